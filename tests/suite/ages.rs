//! Ages of secrets that another tool made, taken over from its lockfile.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::harness::{A, Azure, B, Ran, generation, repository};

/// What `tests/cases/lockfiles/shop.lock` is of: `db` was rotated on 3 August, `session` made on the
/// 20th, `cache` on 1 July.
const SHOP: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
  - name: session
    kind: random_string
    rotation_period: 30d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
  - name: cache
    kind: templates.cache
    rotation_period: 90d
  - name: new
    kind: random_string
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
templates:
  cache:
    fields:
      host: {generator: {kind: static, config: {default: cache.example.net}}}
      password: {generator: {kind: random_password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

/// What the lockfile tells of was done then, and without tags, as the other tool does it; now it is 1 September.
fn shop() -> Azure {
    let azure = at("2026-07-01T00:00:00Z");
    azure.control().put(A, "cache", CACHE, BTreeMap::new());
    go_to(&azure, "2026-08-03T10:14:58Z");
    for vault in [A, B] {
        azure.control().put(vault, "db", "by the other tool", BTreeMap::new());
    }
    go_to(&azure, "2026-08-20T00:00:00Z");
    azure.control().put(A, "session", "by the other tool, too", BTreeMap::new());
    go_to(&azure, "2026-09-01T12:00:00Z");
    azure
}

const CACHE: &str = r#"{"host":"cache.example.net","password":"by the other tool"}"#;

fn at(time: &str) -> Azure {
    Azure::start_at(time.parse().expect("a time"))
}

fn go_to(azure: &Azure, time: &str) {
    let time: Timestamp = time.parse().expect("a time");
    let wait = time.duration_since(azure.clock.now());
    azure.clock.wait(Duration::try_from(wait).expect("the future"));
}

fn lockfile() -> PathBuf {
    repository().join("tests/cases/lockfiles/shop.lock")
}

fn adopt(azure: &Azure, more: &[&str]) -> Ran {
    adopt_from(azure, &lockfile(), more)
}

fn adopt_from(azure: &Azure, lockfile: &std::path::Path, more: &[&str]) -> Ran {
    let lockfile = lockfile.to_str().expect("a path of UTF-8");
    let args = ["adopt", "--lockfile", lockfile, "--format", "json"];
    azure.in_process(SHOP).args(&args).args(more).run()
}

/// One secret of a report.
fn secret(report: &Value, name: &str) -> Value {
    let all = report["secrets"].as_array().expect("secrets");
    all.iter().find(|secret| secret["name"] == name).unwrap_or(&Value::Null).clone()
}

fn writes(azure: &Azure) -> Vec<String> {
    let of_vaults = |host: &str| host.ends_with("vault.azure.net");
    let all = azure.control().requests().into_iter();
    let all = all.filter(|seen| of_vaults(&seen.host) && seen.method != "GET");
    all.map(|seen| format!("{} {}", seen.method, seen.path)).collect()
}

#[test]
fn ages_are_taken_over_without_a_new_version_and_the_next_rotation_falls_on_the_right_day() {
    let azure = shop();
    let ran = adopt(&azure, &[]).expect(0);
    assert_eq!(ran.actions(), ["adopted", "adopted", "adopted", "adopted"]);
    assert!(writes(&azure).iter().all(|write| write.starts_with("PATCH ")), "{:?}", writes(&azure));
    for (vault, name, value) in
        [(A, "db", "by the other tool"), (B, "db", "by the other tool"), (A, "cache", CACHE)]
    {
        assert_eq!(azure.versions(vault, name).len(), 1);
        assert_eq!(azure.value(vault, name), value);
    }
    let status = azure.run_on_its_clock(SHOP, &["status", "--format", "json"]).expect(0).json();
    for (name, rotated, due) in [
        ("db", "2026-08-03T10:15:00Z", "2026-11-01T10:15:00Z"),
        ("session", "2026-08-20T00:00:00Z", "2026-09-19T00:00:00Z"),
        ("cache", "2026-07-01T00:00:00Z", "2026-09-29T00:00:00Z"),
    ] {
        let secret = secret(&status, name);
        assert_eq!(secret["rotated"], rotated, "{name}");
        assert_eq!(secret["due"]["at"], due, "{name}: {secret}");
        assert_eq!(self::secret(&ran.json(), name)["due"], due, "{name}");
    }
}

#[test]
fn a_sync_after_it_leaves_the_values_alone_until_their_day_and_rotates_them_then() {
    let azure = shop();
    adopt(&azure, &[]).expect(0);
    let sync = || azure.run_on_its_clock(SHOP, &["sync", "--format", "json", "-s", "db"]).expect(0);
    let plan = || azure.run_on_its_clock(SHOP, &["plan", "--format", "json", "-s", "db"]).expect(0);
    assert_eq!(sync().actions(), ["unchanged", "unchanged"]);
    go_to(&azure, "2026-11-01T10:00:00Z");
    assert_eq!(plan().actions(), ["unchanged", "unchanged"]);
    assert_eq!(secret(&plan().json(), "db")["due"], "2026-11-01T10:15:00Z");
    go_to(&azure, "2026-11-01T10:15:01Z");
    assert_eq!(plan().actions(), ["rotate", "rotate"]);
    assert_eq!(sync().actions(), ["rotated", "rotated"]);
    assert_ne!(azure.value(A, "db"), "by the other tool");
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let azure = shop();
    let ran = adopt(&azure, &["--dry-run"]).expect(0);
    assert_eq!(ran.actions(), ["adopt", "adopt", "adopt", "adopt"]);
    assert_eq!(secret(&ran.json(), "db")["due"], "2026-11-01T10:15:00Z");
    assert!(writes(&azure).is_empty(), "{:?}", writes(&azure));
}

#[test]
fn it_can_be_run_again_and_after_a_sync_that_counted_from_its_own_day() {
    let azure = shop();
    azure.run_on_its_clock(SHOP, &["sync"]).expect(0);
    let generations = azure.generations(&[A, B], "db");
    assert_eq!(adopt(&azure, &[]).expect(0).actions(), ["retagged"; 4]);
    assert_eq!(azure.generations(&[A, B], "db"), generations, "the value's own mark stays");
    azure.control().clear_requests();
    let again = adopt(&azure, &[]).expect(0);
    assert_eq!(again.actions(), ["unchanged"; 4]);
    assert_eq!(secret(&again.json(), "db")["due"], "2026-11-01T10:15:00Z");
    assert!(writes(&azure).is_empty(), "{:?}", writes(&azure));
}

#[test]
fn a_value_that_was_copied_by_us_is_as_old_as_the_one_that_it_was_copied_from() {
    let azure = at("2026-08-03T10:14:58Z");
    azure.control().put(A, "db", "by the other tool", BTreeMap::new());
    go_to(&azure, "2026-09-01T12:00:00Z");
    azure.run_on_its_clock(SHOP, &["sync", "-s", "db"]).expect(0);
    assert_eq!(adopt(&azure, &["-s", "db"]).expect(0).actions(), ["retagged", "retagged"]);
    for vault in [A, B] {
        let tag = azure.versions(vault, "db")[0].tags["secretzero-state"].clone();
        assert!(tag.contains(";2026-08-03T10:15:00Z;"), "{tag}");
    }
    assert_eq!(
        azure.run_on_its_clock(SHOP, &["sync", "-s", "db", "--format", "json"]).expect(0).actions(),
        ["unchanged"; 2]
    );
}

#[test]
fn what_one_of_the_files_has_and_the_other_has_not_is_told() {
    let azure = shop();
    let notices = adopt(&azure, &[]).expect(0).json()["notices"].to_string();
    assert!(notices.contains("has entries that the Secretfile does not have: gone"), "{notices}");
    assert!(notices.contains("`sync` counts their age from now: new"), "{notices}");
    assert!(azure.control().names(A).iter().all(|name| name != "new"), "nothing is made");
}

#[test]
fn a_value_that_is_newer_than_the_lockfile_or_somebody_elses_is_told_and_left_alone() {
    let azure = shop();
    let terraform = BTreeMap::from([("ManagedBy".to_owned(), "terraform".to_owned())]);
    azure.control().put(A, "session", "theirs", terraform);
    for vault in [A, B] {
        azure.control().put(vault, "db", "by hand, since", BTreeMap::new());
    }
    let ran = adopt(&azure, &[]).expect(9);
    assert_eq!(ran.actions(), ["failed", "failed", "failed", "adopted"]);
    let report = ran.json();
    for (name, code) in [("db", "lockfile-outdated"), ("session", "foreign-secret")] {
        assert_eq!(secret(&report, name)["targets"][0]["error"]["code"], code);
    }
    assert!(azure.versions(A, "db").iter().all(|version| version.tags.is_empty()));
}

#[test]
fn a_value_that_we_rotated_since_keeps_its_own_age() {
    let azure = shop();
    adopt(&azure, &[]).expect(0);
    azure.run_on_its_clock(SHOP, &["rotate", "db"]).expect(0);
    let before = generation(azure.versions(A, "db").last().expect("a version"));
    let ran = adopt(&azure, &["-s", "db"]).expect(0);
    assert_eq!(ran.actions(), ["unchanged", "unchanged"]);
    assert!(ran.stdout.contains("newer than the lockfile"), "{}", ran.stdout);
    assert_eq!(secret(&ran.json(), "db")["due"], "2026-11-30T12:00:00Z");
    assert_eq!(generation(azure.versions(A, "db").last().expect("a version")), before);
}

#[test]
fn what_is_changed_over_ours_missing_or_soft_deleted_is_told_and_not_touched() {
    let azure = shop();
    azure.run_on_its_clock(SHOP, &["sync"]).expect(0);
    go_to(&azure, "2026-09-02T12:00:00Z");
    azure.control().put(A, "session", "by hand", BTreeMap::new());
    azure.control().delete(A, "cache");
    let ran = adopt(&azure, &["-s", "session", "-s", "cache"]).expect(9);
    assert_eq!(ran.actions(), ["failed", "kept"]);
    assert_eq!(secret(&ran.json(), "session")["targets"][0]["error"]["code"], "drift");
    assert!(!azure.control().is_live(A, "cache"));
    let empty = at("2026-09-01T12:00:00Z");
    assert_eq!(adopt(&empty, &[]).expect(0).actions(), ["missing"; 4]);
    assert!(writes(&empty).is_empty());
}

#[test]
fn two_values_that_differ_are_a_conflict_as_in_a_sync() {
    let azure = at("2026-08-03T10:14:58Z");
    azure.control().put(A, "db", "one", BTreeMap::new());
    azure.control().put(B, "db", "somebody-elses-81", BTreeMap::new());
    let ran = adopt(&azure, &["-s", "db"]).expect(8);
    assert_eq!(secret(&ran.json(), "db")["targets"][0]["error"]["code"], "values-differ");
    assert!(writes(&azure).is_empty());
    go_to(&azure, "2026-08-03T10:16:00Z");
    let preferred = adopt(&azure, &["-s", "db", "--prefer", "shop-a-kv"]).expect(0);
    assert_eq!(preferred.actions(), ["adopted", "kept"]);
    assert_eq!(azure.value(B, "db"), "somebody-elses-81");
}

#[test]
fn a_lockfile_of_nonsense_stops_it_before_anything_is_asked() {
    let azure = shop();
    let path = azure.folder().join("nonsense.lock");
    for (text, part) in [
        ("hunter2".to_owned(), "no JSON object"),
        (
            r#"{"secrets": {"db": {"created_at": "hunter2"}}}"#.to_owned(),
            "`created_at` that is no time",
        ),
        (" ".repeat((4 << 20) + 1), "more than 4194304 bytes"),
        (r#"{"version": "9", "secrets": {}}"#.to_owned(), "`version` is not 1"),
    ] {
        std::fs::write(&path, &text).expect("written");
        let ran = adopt_from(&azure, &path, &[]).expect(3);
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    let ran = adopt_from(&azure, &azure.folder().join("none.lock"), &[]).expect(3);
    assert!(ran.stderr.contains("[file-unreadable]"), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty());
}

#[test]
fn an_age_from_the_future_is_told_and_not_written() {
    let azure = at("2026-08-01T00:00:00Z");
    azure.control().put(A, "session", "by the other tool", BTreeMap::new());
    let ran = adopt(&azure, &["-s", "session"]).expect(3);
    assert!(ran.stdout.contains("rotated in the future"), "{}", ran.stdout);
    assert!(writes(&azure).is_empty());
}
