//! The three lists. Each goes over the rows of names and versions, and shows some of them.

use std::iter::once;

use serde_json::Value;

use super::page::{Page, Row};
use super::refusal::Refusal;
use super::route::Name;
use super::{Answer, Call};
use crate::emulator::message::Reply;
use crate::emulator::vaults::secret::{Phase, Secret, Version};

impl Call<'_> {
    /// One item for each living name.
    pub fn list(&self) -> Answer {
        let form = self.form();
        self.list_names("secrets", |secret, phase| {
            matches!(phase, Phase::Live).then(|| form.item(secret))
        })
    }

    /// One item for each deleted name.
    pub fn list_deleted(&self) -> Answer {
        let form = self.form();
        self.list_names("deletedsecrets", |secret, phase| match phase {
            Phase::Deleted(deletion) => Some(form.deleted_item(secret, deletion)),
            _ => None,
        })
    }

    /// Empty for a name that is unknown or deleted.
    pub fn list_versions(&self, name: &Name) -> Answer {
        let page = self.page(&format!("secrets/{}/versions", name.text()))?;
        let form = self.form();
        let found = self.find(name.text()).into_iter();
        let rows = found.flat_map(|(secret, phase)| {
            let is_live = matches!(phase, Phase::Live);
            let form = &form;
            let shown =
                move |version: &Version| is_live.then(|| form.without_value(secret, version));
            rows(secret, None, shown)
        });
        Ok(self.write(&page, rows))
    }

    /// A list of names; `show` writes those that are in it.
    fn list_names(&self, path: &str, show: impl Fn(&Secret, Phase) -> Option<Value>) -> Answer {
        let page = self.page(path)?;
        let names = self.store.ledger.from(&self.request.host, page.first_name(), self.now);
        let rows = names.flat_map(|(secret, phase)| rows(secret, show(secret, phase), |_| None));
        Ok(self.write(&page, rows))
    }

    /// The page of a list that this request asks for.
    fn page(&self, path: &str) -> Result<Page, Refusal> {
        Page::parse(format!("{}/{path}", self.request.host), &self.query)
    }

    /// The page as it is sent.
    fn write(&self, page: &Page, rows: impl Iterator<Item = (Row, Option<Value>)>) -> Reply {
        Reply::json(200, &page.write(rows, self.options.short_pages, self.api.name()))
    }
}

/// A name's row, then those of its versions by id, which is no order of time.
fn rows<'a>(
    secret: &'a Secret,
    name: Option<Value>,
    show: impl Fn(&Version) -> Option<Value> + 'a,
) -> impl Iterator<Item = (Row, Option<Value>)> + 'a {
    let mut versions: Vec<&Version> = secret.versions().collect();
    versions.sort_by(|one, other| one.id.cmp(&other.id));
    let row = |id: Option<&str>| Row {
        name: secret.name.to_ascii_uppercase(),
        version: id.map(str::to_owned),
    };
    once((row(None), name))
        .chain(versions.into_iter().map(move |version| (row(Some(&version.id)), show(version))))
}
