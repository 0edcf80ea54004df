//! Rotation: when, of what, and what happens where a vault does not take part.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::{AccessModel, Action, Fault, Rights};

use crate::harness::{A, Azure, B, MINTED, generation};

/// A third vault.
const C: &str = "shop-c-kv.vault.azure.net";

/// One day.
const DAY: Duration = Duration::from_secs(86_400);

/// One minted secret in three vaults.
fn in_three_vaults() -> String {
    let third = "
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-c-kv.vault.azure.net'}}
";
    format!("{}{third}", MINTED.trim_end())
}

/// Refuses every PUT to this vault; none: to no vault.
fn refuse(azure: &Azure, host: Option<&'static str>) {
    azure.control().on_request(Arc::new(move |request| {
        let is_refused = request.method == "PUT" && Some(request.host.as_str()) == host;
        is_refused.then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
}

#[test]
fn a_rotation_that_the_last_of_three_vaults_refuses_is_repaired_by_the_next_sync() {
    let (azure, file) = (Azure::start(), in_three_vaults());
    azure.program(&file).args(&["sync"]).run().expect(0);
    let old = azure.value(C, "db");
    azure.clock.wait(91 * DAY);
    refuse(&azure, Some(C));
    let ran = azure.program(&file).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["rotated", "rotated", "failed"]);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    assert_ne!(azure.value(A, "db"), old);
    assert_eq!(azure.value(C, "db"), old);
    let notices = ran.json()["secrets"][0]["notices"].to_string();
    assert!(notices.contains("shop-c-kv/db did not get the new value"), "{notices}");
    assert!(notices.contains("the next `sync` repairs it"), "{notices}");

    refuse(&azure, None);
    let ran = azure.program(&file).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["unchanged", "unchanged", "repaired"]);
    assert_eq!(azure.value(C, "db"), azure.value(A, "db"));
    assert_eq!(azure.generations(&[A, B, C], "db").len(), 2);
}

#[test]
fn a_rotation_that_the_first_of_three_vaults_refuses_writes_nothing_and_is_a_refusal() {
    let (azure, file) = (Azure::start(), in_three_vaults());
    azure.program(&file).args(&["sync"]).run().expect(0);
    azure.clock.wait(91 * DAY);
    refuse(&azure, Some(A));
    let ran = azure.program(&file).args(&["sync", "--format", "json"]).run().expect(5);
    assert_eq!(ran.actions(), ["failed", "failed", "failed"]);
    for vault in [A, B, C] {
        assert_eq!(azure.versions(vault, "db").len(), 1, "{vault}");
    }
    refuse(&azure, None);
    azure.program(&file).args(&["sync"]).run().expect(0);
    assert_eq!(azure.generations(&[A, B, C], "db").len(), 2);
}

/// A minted secret, one that is minted once, and a given one.
const THREE_KINDS: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    targets: &in_a
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
  - {name: once, kind: random_password, one_time: true, targets: *in_a}
  - {name: given, kind: static, config: {default: as-declared}, targets: *in_a}
";

#[test]
fn rotating_all_mints_what_is_minted_and_may_be_minted_again() {
    let azure = Azure::start();
    azure.program(THREE_KINDS).args(&["sync"]).run().expect(0);
    let args = ["rotate", "--all", "--format", "json"];
    let ran = azure.program(THREE_KINDS).args(&args).run().expect(0);
    assert_eq!(ran.actions(), ["rotated", "unchanged", "unchanged"]);
    let count = |name| azure.versions(A, name).len();
    assert_eq!([count("db"), count("once"), count("given")], [2, 1, 1]);
}

#[test]
fn rotating_what_is_minted_once_is_refused_with_its_way_out() {
    let azure = Azure::start();
    azure.program(THREE_KINDS).args(&["sync"]).run().expect(0);
    let ran = azure.program(THREE_KINDS).args(&["rotate", "once"]).run().expect(3);
    assert!(ran.stdout.contains("take `one_time` out"), "{}", ran.stdout);
    let ran = azure.program(THREE_KINDS).args(&["rotate", "given"]).run().expect(3);
    assert!(ran.stdout.contains("supply the new value"), "{}", ran.stdout);
    assert_eq!(azure.versions(A, "once").len(), 1);
}

#[test]
fn a_template_mints_its_fields_together_and_keeps_the_given_ones() {
    let azure = Azure::start();
    let file = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db, rotation_period: 30d}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: '${HOST}'}}}
      user: {generator: {kind: random_string}}
      password: {generator: {kind: random_password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";
    azure.program(file).env("HOST", "db.example.net").args(&["sync"]).run().expect(0);
    let fields = || -> serde_json::Value {
        serde_json::from_str(&azure.value(A, "db")).expect("a JSON object")
    };
    let old = fields();
    azure.clock.wait(31 * DAY);
    let ran = azure.program(file).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["rotated"]);
    let new = fields();
    assert_eq!(new["host"], "db.example.net");
    assert_ne!(new["user"], old["user"]);
    assert_ne!(new["password"], old["password"]);
}

#[test]
fn a_generation_from_the_future_is_named_and_out_ordered() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    // As a job would have written it whose service's clock was a year ahead.
    let version = azure.versions(A, "db").remove(0);
    let mut tags = version.tags.clone();
    let year = generation(&version)[..4].parse::<u32>().expect("a year");
    let ahead = generation(&version).replacen(&year.to_string(), &(year + 1).to_string(), 1);
    let state = tags["secretzero-state"].replacen(&generation(&version), &ahead, 1);
    tags.insert("secretzero-state".to_owned(), state);
    azure.control().put(A, "db", "of the future", tags);

    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["unchanged", "repaired"]);
    let notices = ran.json()["secrets"][0]["notices"].to_string();
    assert!(notices.contains(&format!("its generation {ahead} is from the future")), "{notices}");

    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    let newest = generation(azure.versions(A, "db").last().expect("a version"));
    assert!(newest > ahead, "{newest} comes after {ahead}");
    assert_ne!(azure.value(A, "db"), "of the future");
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_caller_who_may_get_and_set_but_not_list_still_syncs_and_rotates() {
    let azure = Azure::start();
    let rights = [Action::Get, Action::Set, Action::Update];
    azure.grant(Rights::only(AccessModel::Rbac, &rights));
    let sync = || azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(sync().actions(), ["created", "created"]);
    assert_eq!(sync().actions(), ["unchanged", "unchanged"]);
    azure.clock.wait(91 * DAY);
    assert_eq!(sync().actions(), ["rotated", "rotated"]);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_plan_by_a_caller_who_may_only_list_reads_no_value_and_decides_as_with_all_rights() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().delete(B, "db");
    azure.clock.wait(91 * DAY);
    let plan = || azure.program(MINTED).args(&["plan", "--format", "json"]).run().expect(0);
    let with_all = plan().actions();
    azure.grant(Rights::only(AccessModel::Rbac, &[Action::List]));
    azure.control().clear_requests();
    assert_eq!(plan().actions(), with_all);
    let paths: BTreeSet<String> =
        azure.control().requests().into_iter().map(|request| request.path).collect();
    let reads_value =
        |path: &&String| path.starts_with("/secrets/") && !path.ends_with("/versions");
    assert_eq!(paths.iter().find(reads_value), None, "{paths:?}");
}
