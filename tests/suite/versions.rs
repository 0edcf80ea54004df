//! The versions behind the current one: how many stay readable, and one of them by its id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::{Fault, StoredVersion};

use crate::harness::{A, Azure, B, Ran};

/// One minted secret in two vaults, of which the first keeps two versions.
const KEEPS_TWO: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net', keep_versions: 2}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
";

fn rotate(azure: &Azure) -> Ran {
    azure.clock.wait(Duration::from_secs(3_600));
    azure.program(KEEPS_TWO).args(&["rotate", "db", "--format", "json"]).run().expect(0)
}

/// Whether each version can be read, oldest first.
fn enabled(azure: &Azure, vault: &str) -> Vec<bool> {
    azure.versions(vault, "db").iter().map(|version| version.enabled).collect()
}

#[test]
fn versions_of_ours_beyond_the_kept_ones_are_disabled_after_a_write() {
    let azure = Azure::start();
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    let disabled = |ran: &Ran| ran.json()["secrets"][0]["targets"][0]["versions_disabled"].clone();
    assert_eq!(disabled(&rotate(&azure)), serde_json::Value::Null);
    assert_eq!(enabled(&azure, A), [true, true]);
    assert_eq!(disabled(&rotate(&azure)), 1);
    assert_eq!(enabled(&azure, A), [false, true, true]);
    assert_eq!(enabled(&azure, B), [true, true, true], "it keeps all");
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    assert_eq!(enabled(&azure, A), [false, true, true], "nothing was written");
}

#[test]
fn a_year_of_rotations_keeps_within_its_budget_of_versions() {
    let azure = Azure::start();
    for made in 1..=5 {
        azure.run_on_its_clock(KEEPS_TWO, &["sync"]).expect(0);
        let enabled = enabled(&azure, A);
        assert_eq!(enabled.len(), made);
        assert_eq!(enabled.iter().filter(|enabled| **enabled).count(), made.min(2));
        assert!(enabled.ends_with(&[true]), "the current one is never disabled");
        azure.clock.wait(Duration::from_secs(90 * 86_400));
    }
}

#[test]
fn versions_that_are_not_ours_stay_enabled() {
    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.clock.wait(Duration::from_secs(3_600));
    azure.control().put(A, "db", "by hand, too", BTreeMap::new());
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    for _ in 0..3 {
        rotate(&azure);
    }
    // The second one was adopted, and is ours since.
    assert_eq!(enabled(&azure, A), [true, false, false, true, true]);
}

#[test]
fn a_version_that_cannot_be_disabled_is_a_notice_and_no_failure() {
    let azure = Azure::start();
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    rotate(&azure);
    azure.control().on_request(Arc::new(|request| {
        (request.method == "PATCH").then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
    let ran = rotate(&azure);
    assert_eq!(ran.actions(), ["rotated", "rotated"]);
    let notices = ran.json()["secrets"][0]["notices"].to_string();
    assert!(notices.contains("could not be disabled"), "{notices}");
    azure.control().on_request(Arc::new(|_| None));
    rotate(&azure);
    assert_eq!(enabled(&azure, A), [false, false, true, true], "the next write catches up");
}

#[test]
fn many_versions_are_spoken_of_before_a_backup_fails() {
    let azure = Azure::start();
    for _ in 0..399 {
        azure.control().put(A, "db", "by hand", BTreeMap::new());
    }
    azure.clock.wait(Duration::from_secs(60));
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    let said = "it has 401 versions; beyond 500 a backup fails; only a purge of the name";
    let ran = azure.program(KEEPS_TWO).args(&["rotate", "db"]).run().expect(0);
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let ran = azure.program(KEEPS_TWO).args(&["status"]).run().expect(0);
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

fn disable(azure: &Azure, version: &StoredVersion, more: &[&str]) -> Ran {
    let id = format!("db@{}", version.id);
    azure.program(KEEPS_TWO).args(&["disable", &id, "--format", "json"]).args(more).run()
}

#[test]
fn one_version_is_disabled_by_its_id_wherever_it_is() {
    let azure = Azure::start();
    azure.program(KEEPS_TWO).args(&["sync"]).run().expect(0);
    rotate(&azure);
    let old = &azure.versions(B, "db")[0];
    assert_eq!(disable(&azure, old, &[]).expect(0).actions(), ["unchanged", "disabled"]);
    assert_eq!(enabled(&azure, B), [false, true]);
    assert_eq!(disable(&azure, old, &[]).expect(0).actions(), ["unchanged", "unchanged"]);
    let elsewhere = disable(&azure, old, &["--vault", "shop-a-kv"]).expect(3);
    assert!(elsewhere.stderr.contains("status db --versions"), "{}", elsewhere.stderr);
}

#[test]
fn the_current_version_and_one_that_is_not_ours_are_disabled_by_force_only() {
    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.clock.wait(Duration::from_secs(3_600));
    azure.control().put(A, "db", "by hand, too", BTreeMap::new());
    for index in [0, 1] {
        let version = &azure.versions(A, "db")[index];
        let ran = disable(&azure, version, &[]).expect(8);
        assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
        assert!(azure.versions(A, "db")[index].enabled);
        disable(&azure, version, &["--force"]).expect(0);
        assert!(!azure.versions(A, "db")[index].enabled);
    }
}
