//! What every error code means, and the way out: printed by `secretzero explain`, generated as
//! `docs/errors.md`.
//!
//! Codes stand in families; seven of these are what people meet with any Key Vault, and have a guide. That
//! every code has exactly one entry is checked when this is compiled.

use crate::error_code::ErrorCode;

mod access_denied;
pub mod json;
mod lookup;
mod machine;
mod managed_identity;
#[cfg(test)]
mod markdown;
mod network;
mod secret_name;
mod secretfile;
mod service;
mod sign_in;
mod soft_delete;
#[cfg(test)]
mod tests;
pub mod text;
mod values;
mod vault_url;

pub use lookup::{Topic, find, unknown};

/// Codes that belong together.
#[derive(Debug)]
pub struct Family {
    /// Its word, which can be explained, too.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What its codes have in common, in one sentence.
    pub about: &'static str,
    /// How to go about it, where it is one of the classics.
    pub guide: Option<Guide>,
    /// One for each code.
    pub entries: &'static [Entry],
}

/// A classic problem from what one sees to how one checks that it is mended.
#[derive(Debug)]
pub struct Guide {
    /// What one sees.
    pub sees: &'static str,
    /// Why that is so.
    pub why: &'static str,
    /// What to do; commands in backticks, what is to be filled in in capitals.
    pub mend: &'static [&'static str],
    /// How to know that it is done, in the same form.
    pub check: &'static [&'static str],
}

/// One code.
#[derive(Debug)]
pub struct Entry {
    /// The code.
    pub code: ErrorCode,
    /// What happened, in one line.
    pub title: &'static str,
    /// Why.
    pub cause: &'static str,
    /// What to do, the likeliest first; commands in backticks, what is to be filled in in capitals.
    pub fix: &'static [&'static str],
    /// Codes that look alike or come next.
    pub see: &'static [ErrorCode],
    /// The services' own codes that are told by this one.
    pub service: &'static [&'static str],
}

/// Every family; the classics first.
pub const FAMILIES: &[Family] = &[
    access_denied::FAMILY,
    sign_in::FAMILY,
    vault_url::FAMILY,
    secret_name::FAMILY,
    soft_delete::FAMILY,
    network::FAMILY,
    managed_identity::FAMILY,
    values::FAMILY,
    service::FAMILY,
    secretfile::FAMILY,
    machine::FAMILY,
];

/// The entry of a code and its family; none only if the check below were wrong.
pub fn entry(code: ErrorCode) -> Option<(&'static Family, &'static Entry)> {
    entries().find(|(_, entry)| entry.code == code)
}

/// Every entry with its family.
pub fn entries() -> impl Iterator<Item = (&'static Family, &'static Entry)> {
    FAMILIES.iter().flat_map(|family| family.entries.iter().map(move |entry| (family, entry)))
}

impl Entry {
    /// An entry that leads nowhere else.
    const fn new(
        code: ErrorCode,
        title: &'static str,
        cause: &'static str,
        fix: &'static [&'static str],
    ) -> Self {
        Self { code, title, cause, fix, see: &[], service: &[] }
    }

    /// Adds codes to look at, too.
    const fn see(self, see: &'static [ErrorCode]) -> Self {
        Self { see, ..self }
    }

    /// Adds the services' own codes.
    const fn service(self, service: &'static [&'static str]) -> Self {
        Self { service, ..self }
    }
}

/// Does not compile while a code has no entry, or two.
const _: () = {
    let mut index = 0;
    while index < ErrorCode::ALL.len() {
        assert!(how_many(ErrorCode::ALL[index]) == 1, "a code has no entry, or two");
        index += 1;
    }
};

const fn how_many(code: ErrorCode) -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let entries = FAMILIES[family].entries;
        let mut index = 0;
        while index < entries.len() {
            count += (entries[index].code as usize == code as usize) as usize;
            index += 1;
        }
        family += 1;
    }
    count
}
