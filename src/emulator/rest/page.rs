//! Lists, a page at a time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::uri::Query;

/// The most items of a page, and as many as there are if the caller does not say.
const PAGE: usize = 25;

/// A row that a list goes over: a name, or one of its versions. Rows are in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// The name in upper case.
    pub name: String,
    /// The version's id; none is the name itself, which comes before its versions.
    pub version: Option<String>,
}

/// Where a page starts, as the page before says it.
#[derive(Serialize, Deserialize)]
struct Marker {
    /// The list that it belongs to, with its vault: it is worth nothing anywhere else.
    list: String,
    /// The first row of the page.
    row: Row,
}

/// A page that is asked for.
pub struct Page {
    /// `host/path` of the list.
    list: String,
    /// `maxresults`, if the caller gave one.
    most: Option<usize>,
    /// The first row; none is the start.
    start: Option<Row>,
}

impl Page {
    /// The page of a list (`host/path`) that the query asks for.
    ///
    /// # Errors
    ///
    /// `maxresults` is not 1 to 25, or the token is not one that this list gave out.
    pub fn parse(list: String, query: &Query) -> Result<Self, Refusal> {
        let most = query.max_results.as_deref().map(most).transpose()?;
        let start = query.skip_token.as_deref().map(|token| start(token, &list)).transpose()?;
        Ok(Self { list, most, start })
    }

    /// The name that the page starts with.
    pub fn first_name(&self) -> &str {
        self.start.as_ref().map_or("", |row| &row.name)
    }

    /// Takes as many rows as fit, and writes those that are shown. If only shown ones count, every
    /// page but the last is full; else pages are short or empty.
    pub fn write(
        &self,
        rows: impl Iterator<Item = (Row, Option<Value>)>,
        counts_hidden: bool,
        api_version: &str,
    ) -> Value {
        let mut rows = rows
            .skip_while(|(row, _)| self.start.as_ref().is_some_and(|start| row < start))
            .filter(|(_, shown)| counts_hidden || shown.is_some());
        let page = rows.by_ref().take(self.most.unwrap_or(PAGE));
        let items: Vec<Value> = page.filter_map(|(_, shown)| shown).collect();
        let next = rows.next().map(|(row, _)| self.link(row, api_version));
        json!({ "value": items, "nextLink": next })
    }

    /// Where the next page is; the port is always written out.
    fn link(&self, row: Row, api_version: &str) -> String {
        let (host, path) = self.list.split_once('/').unwrap_or((&self.list, ""));
        let port = if has_port(host) { "" } else { ":443" };
        let token = Marker { list: self.list.to_ascii_lowercase(), row }.token();
        let most = self.most.map_or_else(String::new, |most| format!("&maxresults={most}"));
        format!("https://{host}{port}/{path}?api-version={api_version}&$skiptoken={token}{most}")
    }
}

impl Marker {
    /// As a link carries it.
    fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }
}

/// `maxresults`.
fn most(text: &str) -> Result<usize, Refusal> {
    let most = text.parse().ok().filter(|most| (1..=PAGE).contains(most));
    most.ok_or_else(|| Refusal::bad_parameter("The maxresults parameter must be from 1 to 25."))
}

/// The row of a token that this list gave out.
fn start(token: &str, list: &str) -> Result<Row, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(token).ok();
    let marker: Option<Marker> = json.and_then(|json| serde_json::from_slice(&json).ok());
    let ours = marker.filter(|marker| marker.list.eq_ignore_ascii_case(list));
    ours.map(|marker| marker.row)
        .ok_or_else(|| Refusal::bad_parameter("The $skiptoken parameter is not valid."))
}

/// An IPv6 address has colons inside its brackets.
fn has_port(host: &str) -> bool {
    host.rsplit(']').next().is_some_and(|end| end.contains(':'))
}
