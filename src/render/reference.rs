//! Which secret a variable refers to, and where that is.

use std::collections::{BTreeMap, BTreeSet};

use crate::ci::variable;
use crate::error::{Error, Kind, Result};
use crate::names::VersionId;
use crate::neutral;
use crate::observation::{Newest, newest};
use crate::secretfile::{Secretfile, Target};
use crate::vaults::Vaults;
use crate::work;

/// One secret in one vault, under the name that a program knows it by.
#[derive(Debug)]
pub struct Reference<'f> {
    /// The variable.
    pub variable: String,
    /// The entry, and the template's field that is stored alone: `NAME` or `NAME.FIELD`.
    pub entry: String,
    /// Where it is.
    pub target: &'f Target,
    /// The directory of the vault, where that is said.
    pub tenant: Option<String>,
    /// One version; none: the current one, whatever that is.
    pub version: Option<VersionId>,
}

impl Reference<'_> {
    /// `https://VAULT/secrets/NAME`, and the version where there is one.
    pub fn address(&self) -> String {
        let Target { vault, name, .. } = self.target;
        match &self.version {
            Some(version) => format!("{vault}/secrets/{name}/{version}"),
            None => format!("{vault}/secrets/{name}"),
        }
    }

    /// The vault's directory, which must be said.
    pub fn tenant(&self) -> Result<&str> {
        self.tenant.as_deref().ok_or_else(|| {
            Error::usage(format!("the directory (tenant) of {} is not known", self.target.vault))
                .help("pass --tenant-id ID, or write `tenant_id` into the provider's `auth`")
        })
    }
}

/// The references to the `secrets` (indices into the file), each in one of the vaults of `only`. `named`
/// says that each of them must be there.
pub fn of<'f>(
    file: &'f Secretfile,
    secrets: &[usize],
    only: Option<&BTreeSet<String>>,
    named: bool,
) -> Result<Vec<Reference<'f>>> {
    let mut all = Vec::new();
    for &index in secrets {
        let secret = &file.secrets[index];
        let targets = secret.targets.iter();
        let near = targets.filter(|t| only.is_none_or(|only| only.contains(t.vault.host())));
        let mut by_field: BTreeMap<Option<&str>, Vec<&Target>> = BTreeMap::new();
        near.for_each(|t| by_field.entry(t.field.as_deref()).or_default().push(t));
        if by_field.is_empty() && named {
            let what = format!("`{}` is in none of these vaults", secret.name);
            return Err(Error::usage(what).at(&file.path).help("choose another by `--vault`"));
        }
        for (field, targets) in by_field {
            let entry = match field {
                Some(field) => format!("{}.{field}", secret.name),
                None => secret.name.clone(),
            };
            all.push(reference(file, entry, &targets)?);
        }
    }
    if all.is_empty() {
        let what = "there is no secret to refer to";
        return Err(Error::usage(what).at(&file.path).help("choose others by `--vault` and `-s`"));
    }
    apart(&all)?;
    Ok(all)
}

fn reference<'f>(
    file: &Secretfile,
    entry: String,
    targets: &[&'f Target],
) -> Result<Reference<'f>> {
    let [target] = targets else {
        let places: Vec<String> = targets.iter().map(|target| target.vault.to_string()).collect();
        let what = format!("`{entry}` is in several places: {}", places.join(", "));
        return Err(Error::usage(what).help("choose one by `--vault NAME`"));
    };
    let variable = variable::environment(&entry).map_err(|what| {
        Error::usage(what)
            .at(format!("secret {entry}"))
            .help("leave it out: -s NAME for each other")
    })?;
    let tenant = file.providers.get(target.provider).and_then(|p| p.auth.tenant_id.clone());
    Ok(Reference { variable, entry, target, tenant, version: None })
}

/// Two secrets must not fall on one variable.
fn apart(all: &[Reference<'_>]) -> Result<()> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for one in all {
        if let Some(other) = taken.insert(&one.variable, &one.entry) {
            let what = format!("`{other}` and `{}` would both be `{}`", one.entry, one.variable);
            return Err(Error::usage(what).help("render them one by one, by `-s NAME`"));
        }
    }
    Ok(())
}

/// Names the current versions; needs the right to list alone.
pub fn pin(references: &mut [Reference<'_>], vaults: &Vaults, parallel: usize) -> Result<()> {
    let found = work::each(references, parallel, |one| current(one, vaults));
    for (one, version) in references.iter_mut().zip(found) {
        one.version = Some(version?);
    }
    Ok(())
}

fn current(one: &Reference<'_>, vaults: &Vaults) -> Result<VersionId> {
    let target = one.target;
    let failed = |kind, what: &str, help: &str| {
        let at = format!("{} in {}", neutral::line(&one.entry), target.vault.name());
        Error::new(kind, what).at(at).help(help)
    };
    let versions = vaults.of(target)?.versions(&target.name).map_err(|failure| failure.error)?;
    let current = match newest(&versions) {
        Newest::None => {
            let help = "run `secretzero sync` first, or render without `--with-version`";
            return Err(failed(Kind::Conflict, "it has no version yet", help));
        }
        Newest::Tie => {
            let what = "its two newest versions were made in the same second";
            let help = "which one is current only a reader can tell; write it once more, or render \
                        without `--with-version`";
            return Err(failed(Kind::Conflict, what, help));
        }
        Newest::One(current) => current,
    };
    if !current.enabled {
        let what = "its current version is disabled, so that nobody could read it";
        return Err(failed(Kind::Conflict, what, "enable it, or render without `--with-version`"));
    }
    current.version.clone().ok_or_else(|| Error::internal("a version has no id"))
}
