//! Whose names go, and how far.

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
        expires: None,
        not_before: None,
        recovery_level: Some(LEVEL.to_owned()),
        recoverable_days: Some(90),
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
    let current =
        Properties { created: second(BORN + 60), version, ..properties(tags(&[("team", "a")])) };
    let found = Found::Live { current: Box::new(current.clone()), versions: vec![older, current] };
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
    let error = Error::new(crate::error::Kind::Unreachable, "no answer");
    assert!(purge(&Found::Failed(error), true).contains("no answer"));
    assert!(purge(&Found::Hidden, false).contains("disabled"));
    assert_eq!(purge(&Found::Hidden, true), "Remove");
}
