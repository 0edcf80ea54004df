//! Whether a name may be removed from its vault, or brought back: only what is surely ours goes. Pure.

use crate::azure::key_vault::{Deleted, Properties};
use crate::decision::Action;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::observation::{Found, Standing, whose};
use crate::secretfile::Secretfile;

#[cfg(test)]
mod tests;

/// How far a removal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To the soft delete, which can be undone.
    SoftDelete,
    /// To the end.
    Purge,
}

/// What the user asks for one name.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// How far it goes.
    pub extent: Extent,
    /// Whether the name goes even if it is not ours; none: the command has no such switch for it.
    pub forced: Option<bool>,
}

/// What is to be done with one name.
#[derive(Debug)]
pub enum Fate {
    /// Nothing, for the reason that the action tells.
    Stays(Action),
    /// It is soft-deleted, and left so.
    SoftDelete,
    /// It is deleted, and purged where the vault keeps it.
    Remove,
    /// It is soft-deleted already, and purged.
    Purge,
}

impl Fate {
    /// Decides by what was found under the name.
    pub fn of(file: &Secretfile, found: &Found, order: Order) -> Self {
        let stays = |error| Self::Stays(Action::Failed(error));
        match found {
            Found::Failed(error) => stays(error.clone()),
            Found::Absent => Self::Stays(Action::Missing),
            Found::Deleted(deleted) => {
                match refusal(&whose(file, &deleted.properties, &[], false), order) {
                    Some(error) => stays(error),
                    None => Self::of_deleted(deleted, order.extent),
                }
            }
            Found::Live { current, versions } => {
                match refusal(&whose(file, current, versions, false), order) {
                    Some(error) => stays(error),
                    None => Self::of_live(current, order.extent),
                }
            }
            Found::Hidden if order.forced == Some(true) => Self::of_unseen(order.extent),
            Found::Hidden => stays(hidden(order)),
        }
    }

    fn of_deleted(deleted: &Deleted, extent: Extent) -> Self {
        match extent {
            Extent::Purge if !is_protected(&deleted.properties) => Self::Purge,
            Extent::Purge => Self::Stays(protected(deleted.purge)),
            Extent::SoftDelete => {
                Self::Stays(Action::Kept(kept("it is soft-deleted", deleted.purge)))
            }
        }
    }

    fn of_live(current: &Properties, extent: Extent) -> Self {
        match extent {
            Extent::SoftDelete if !has_soft_delete(current) => {
                Self::Stays(Action::Failed(no_way_back()))
            }
            Extent::Purge if is_protected(current) => Self::SoftDelete,
            extent => Self::of_unseen(extent),
        }
    }

    fn of_unseen(extent: Extent) -> Self {
        match extent {
            Extent::SoftDelete => Self::SoftDelete,
            Extent::Purge => Self::Remove,
        }
    }

    /// What a plan says of it.
    pub fn planned(self) -> Action {
        match self {
            Self::Stays(action) => action,
            Self::SoftDelete => Action::Delete,
            Self::Remove | Self::Purge => Action::Purge,
        }
    }
}

/// Whether a soft-deleted name may come back: unless somebody else owns it.
pub fn may_recover(file: &Secretfile, deleted: &Deleted) -> Result<()> {
    let Standing::Foreign(owner) = whose(file, &deleted.properties, &[], false) else {
        return Ok(());
    };
    let help = "let its owner recover it; or, if this file owned it under another scope, name that \
                in `metadata.formerly` (`''` for none); or make it ours with `take_over: true` on \
                the target, and `secretzero sync` recovers it";
    Err(Error::of(ErrorCode::ForeignSecret, format!("it belongs to {owner}")).help(help))
}

/// What the report says of a name that purge protection keeps.
pub fn protected(until: Option<jiff::Timestamp>) -> Action {
    Action::Kept(kept("it is soft-deleted, and purge protection keeps it", until))
}

fn kept(what: &str, until: Option<jiff::Timestamp>) -> String {
    match until {
        Some(until) => format!("{what}; the vault purges it by itself on {until}"),
        None => format!("{what}; the vault purges it by itself when its retention ends"),
    }
}

/// `recoveryLevel` is an open list of words; what can be purged says so in it.
fn is_protected(properties: &Properties) -> bool {
    properties.recovery_level.as_deref().is_some_and(|level| !level.contains("Purgeable"))
}

fn has_soft_delete(properties: &Properties) -> bool {
    properties.recovery_level.as_deref() != Some("Purgeable")
}

/// Why it stays, by whose it is.
fn refusal(standing: &Standing, order: Order) -> Option<Error> {
    let is_forced = order.forced == Some(true);
    let (what, help) = match standing {
        Standing::Ours(_) => return None,
        Standing::Managed => return Some(managed()),
        _ if is_forced => return None,
        Standing::Foreign(owner) => (
            format!("it belongs to {owner}"),
            "if this file owned it under another scope, name that in `metadata.formerly` (`''` for none)",
        ),
        Standing::ChangedOutside(_) => (
            "somebody else wrote over it, or copied our tags".to_owned(),
            "let `secretzero sync` settle that by `on_drift`",
        ),
        _ => (
            "it is not ours: it has no tag of this file".to_owned(),
            "let `secretzero sync` adopt it",
        ),
    };
    Some(Error::of(ErrorCode::NotRemovable, what).help(format!("{help}; or {}", by_hand(order))))
}

fn by_hand(order: Order) -> &'static str {
    match order.forced {
        Some(_) => "remove it all the same with `--force NAME`",
        None => "remove it by hand (az keyvault secret delete)",
    }
}

fn managed() -> Error {
    Error::of(ErrorCode::CertificateOwned, "a certificate of this vault owns the name")
        .help("delete the certificate (az keyvault certificate delete)")
}

fn hidden(order: Order) -> Error {
    let what = "it is disabled, and without the right to list nobody can see whose it is";
    let help = format!("allow this identity to list secrets; or {}", by_hand(order));
    Error::of(ErrorCode::SecretDisabled, what).help(help)
}

fn no_way_back() -> Error {
    let what = "this vault has no soft delete, so that a delete cannot be undone";
    let help =
        "to remove it for good, leave `--keep-deleted` out, or give `--purge` with `--orphans`";
    Error::of(ErrorCode::NotRemovable, what).help(help)
}
