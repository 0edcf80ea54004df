//! Whether a name may be removed from its vault: only what is surely ours goes. Pure.

use crate::azure::key_vault::{Deleted, Properties};
use crate::decision::Action;
use crate::error::{Error, Kind};
use crate::observation::{Found, Standing, whose};
use crate::secretfile::Secretfile;

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
            "if this file owned it under another scope, name that in `metadata.formerly`",
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
    Some(Error::new(Kind::Conflict, what).help(format!("{help}; or {}", by_hand(order))))
}

fn by_hand(order: Order) -> &'static str {
    match order.forced {
        Some(_) => "remove it all the same with `--force NAME`",
        None => "remove it by hand (az keyvault secret delete)",
    }
}

fn managed() -> Error {
    Error::new(Kind::Conflict, "a certificate of this vault owns the name")
        .help("delete the certificate (az keyvault certificate delete)")
}

fn hidden(order: Order) -> Error {
    let what = "it is disabled, and without the right to list nobody can see whose it is";
    let help = format!("allow this identity to list secrets; or {}", by_hand(order));
    Error::new(Kind::Conflict, what).help(help)
}

fn no_way_back() -> Error {
    let what = "this vault has no soft delete, so that a delete cannot be undone";
    let help =
        "to remove it for good, leave `--keep-deleted` out, or give `--purge` with `--orphans`";
    Error::new(Kind::Conflict, what).help(help)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::names::{SecretName, VersionId};
    use crate::state::{MANAGED_BY, MANAGED_BY_TAG, OWNER_TAG, STATE_TAG};

    const LEVEL: &str = "Recoverable+Purgeable";
    const BORN: i64 = 1_700_000_000;

    fn file() -> Secretfile {
        Secretfile {
            path: "Secretfile.yml".to_owned(),
            scope: Some("shop".to_owned()),
            formerly: vec!["old-shop".to_owned()],
            tags: BTreeMap::new(),
            providers: Vec::new(),
            secrets: Vec::new(),
            notices: Vec::new(),
        }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn ours(scope: &str) -> BTreeMap<String, String> {
        let state = "1;2023-11-14T22:13:20Z.010203ff;2023-11-14T22:13:20Z;2023-11-14T22:13:20Z;-";
        let owner = format!("{scope}/db");
        tags(&[(MANAGED_BY_TAG, MANAGED_BY), (OWNER_TAG, &owner), (STATE_TAG, state)])
    }

    fn properties(tags: BTreeMap<String, String>) -> Properties {
        Properties {
            name: SecretName::strict("db").expect("valid"),
            version: VersionId::new(&"a".repeat(32)),
            enabled: true,
            created: second(BORN),
            updated: second(BORN),
            expires: None,
            not_before: None,
            recovery_level: Some(LEVEL.to_owned()),
            content_type: None,
            tags: Some(tags),
            managed: false,
        }
    }

    fn live(current: Properties) -> Found {
        Found::Live { current: Box::new(current), versions: Vec::new() }
    }

    fn deleted(properties: Properties) -> Found {
        Found::Deleted(Box::new(Deleted {
            properties,
            recovery_id: Some("there".to_owned()),
            deleted: Some(second(BORN)),
            purge: Some(second(BORN) + SignedDuration::from_hours(24)),
        }))
    }

    /// The fate in words; a failure is what it says.
    fn fate(found: &Found, extent: Extent, forced: Option<bool>) -> String {
        match Fate::of(&file(), found, Order { extent, forced }) {
            Fate::Stays(Action::Failed(error)) => error.to_string(),
            Fate::Stays(Action::Kept(reason)) => reason,
            fate => format!("{fate:?}"),
        }
    }

    fn purge(found: &Found, forced: bool) -> String {
        fate(found, Extent::Purge, Some(forced))
    }

    #[test]
    fn what_is_ours_goes_as_far_as_it_is_asked_for() {
        for scope in ["shop", "old-shop"] {
            let current = properties(ours(scope));
            assert_eq!(purge(&live(current.clone()), false), "Remove");
            assert_eq!(purge(&deleted(current.clone()), false), "Purge");
            assert_eq!(fate(&live(current.clone()), Extent::SoftDelete, Some(false)), "SoftDelete");
            let kept = fate(&deleted(current), Extent::SoftDelete, Some(false));
            assert!(kept.contains("2023-11-15T22:13:20Z"), "{kept}");
        }
        assert_eq!(purge(&Found::Absent, false), "Stays(Missing)");
    }

    #[test]
    fn a_disabled_secret_of_ours_goes_like_any_other() {
        let current = Properties { enabled: false, ..properties(ours("shop")) };
        assert_eq!(purge(&live(current), false), "Remove");
    }

    #[test]
    fn what_is_not_surely_ours_stays_unless_it_is_forced() {
        let foreign = properties(ours("another"));
        let tool = properties(tags(&[(MANAGED_BY_TAG, "terraform")]));
        let plain = properties(BTreeMap::new());
        let copied = Properties { created: second(BORN + 9_999), ..properties(ours("shop")) };
        for (current, part) in [
            (foreign, "belongs to another/db"),
            (tool, "belongs to terraform"),
            (plain, "not ours"),
            (copied, "wrote over it"),
        ] {
            for (found, forced) in
                [(live(current.clone()), "Remove"), (deleted(current.clone()), "Purge")]
            {
                let refused = purge(&found, false);
                assert!(refused.contains(part) && refused.contains("--force"), "{refused}");
                assert_eq!(purge(&found, true), forced);
            }
            let orphan = fate(&live(current), Extent::SoftDelete, None);
            assert!(orphan.contains(part) && orphan.contains("az keyvault"), "{orphan}");
        }
    }

    #[test]
    fn our_older_version_does_not_make_somebodys_newer_one_ours() {
        let older = properties(ours("shop"));
        let version = VersionId::new(&"b".repeat(32));
        let current = Properties {
            created: second(BORN + 60),
            version,
            ..properties(tags(&[("team", "a")]))
        };
        let found =
            Found::Live { current: Box::new(current.clone()), versions: vec![older, current] };
        assert!(purge(&found, false).contains("wrote over it"));
    }

    #[test]
    fn what_a_certificate_owns_stays_even_if_it_is_forced() {
        let current = Properties { managed: true, ..properties(ours("shop")) };
        for forced in [false, true] {
            assert!(purge(&live(current.clone()), forced).contains("certificate"));
        }
    }

    #[test]
    fn purge_protection_ends_a_removal_at_the_soft_delete() {
        for level in ["Recoverable", "CustomizedRecoverable", "Recoverable+ProtectedSubscription"] {
            let level = Some(level.to_owned());
            let current = Properties { recovery_level: level, ..properties(ours("shop")) };
            assert_eq!(purge(&live(current.clone()), false), "SoftDelete");
            let kept = purge(&deleted(current), false);
            assert!(kept.contains("purge protection") && kept.contains("2023-11-15"), "{kept}");
        }
    }

    #[test]
    fn without_soft_delete_a_name_goes_only_when_it_may_go_for_good() {
        let level = Some("Purgeable".to_owned());
        let current = Properties { recovery_level: level, ..properties(ours("shop")) };
        assert_eq!(purge(&live(current.clone()), false), "Remove");
        let refused = fate(&live(current), Extent::SoftDelete, Some(false));
        assert!(refused.contains("no soft delete"), "{refused}");
    }

    #[test]
    fn a_name_that_cannot_be_judged_stays() {
        let error = Error::new(Kind::Unreachable, "no answer");
        assert!(purge(&Found::Failed(error), true).contains("no answer"));
        assert!(purge(&Found::Hidden, false).contains("disabled"));
        assert_eq!(purge(&Found::Hidden, true), "Remove");
    }
}
