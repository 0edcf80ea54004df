//! What happens to values that are there, and to vaults that do not answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, GIVEN, MINTED, generation};

#[test]
fn a_missing_secret_is_made_once_and_is_the_same_in_both_vaults() {
    let azure = Azure::start();
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["created", "created"]);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
    assert_eq!(azure.value(A, "db").chars().count(), 32);
}

#[test]
fn a_second_sync_writes_nothing() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().clear_requests();
    let ran = azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert!(ran.stdout.contains("Nothing changed"), "{}", ran.stdout);
    let writes: Vec<String> = azure
        .control()
        .requests()
        .into_iter()
        .filter(|request| request.host.ends_with("vault.azure.net") && request.method != "GET")
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn a_value_that_somebody_else_made_is_adopted_and_copied() {
    let azure = Azure::start();
    azure.control().put(A, "db", "made by hand", BTreeMap::new());
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["adopted", "copied"]);
    assert_eq!(azure.value(A, "db"), "made by hand");
    assert_eq!(azure.value(B, "db"), "made by hand");
    assert_eq!(azure.versions(A, "db").len(), 1, "adopting makes no version");
    azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(azure.versions(B, "db").len(), 1);
}

#[test]
fn two_equal_values_of_somebody_else_become_one_generation() {
    let azure = Azure::start();
    for vault in [A, B] {
        azure.control().put(vault, "db", "made by hand", BTreeMap::new());
    }
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["adopted", "adopted"]);
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
}

#[test]
fn two_values_of_somebody_else_that_differ_are_a_conflict_and_nothing_is_written() {
    let azure = Azure::start();
    azure.control().put(A, "db", "one", BTreeMap::new());
    azure.control().put(B, "db", "a value of theirs", BTreeMap::new());
    let ran = azure.program(MINTED).args(&["sync"]).run().expect(8);
    assert!(ran.stdout.contains("--prefer"), "{}", ran.stdout);
    for (vault, value) in [(A, "one"), (B, "a value of theirs")] {
        let versions = azure.versions(vault, "db");
        assert_eq!(versions.len(), 1);
        assert_eq!(versions[0].value, value);
        assert!(versions[0].tags.is_empty(), "not even a tag is written");
    }
}

#[test]
fn a_conflict_is_settled_by_preferring_one_vault() {
    let azure = Azure::start();
    azure.control().put(A, "db", "one", BTreeMap::new());
    azure.control().put(B, "db", "a value of theirs", BTreeMap::new());
    azure.program(MINTED).args(&["sync", "--prefer", "shop-b-kv"]).run().expect(0);
    assert_eq!(azure.value(A, "db"), "a value of theirs");
    assert_eq!(azure.value(B, "db"), "a value of theirs");
}

#[test]
fn nothing_is_minted_while_one_vault_cannot_be_seen() {
    let azure = Azure::start();
    azure.control().on_request(Arc::new(|request| {
        (request.host == B).then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"Client address is not authorized","innererror":{"code":"ForbiddenByFirewall"}}}"#.to_owned(),
        })
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(5);
    assert_eq!(ran.actions(), ["held", "failed"]);
    assert!(azure.versions(A, "db").is_empty());
    azure.control().on_request(Arc::new(|_| None));
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
}

#[test]
fn a_lost_answer_to_a_put_is_found_by_its_generation_and_not_sent_again() {
    let azure = Azure::start();
    let puts = Arc::new(AtomicUsize::new(0));
    let counted = puts.clone();
    azure.control().on_request(Arc::new(move |request| {
        let is_first_put = request.method == "PUT" && counted.fetch_add(1, Ordering::SeqCst) == 0;
        is_first_put.then_some(Fault::ResetAfter)
    }));
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!(puts.load(Ordering::SeqCst), 2, "one PUT for each vault");
    assert_eq!(azure.versions(A, "db").len(), 1);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_put_that_was_not_carried_out_is_sent_again() {
    let azure = Azure::start();
    let puts = Arc::new(AtomicUsize::new(0));
    let counted = puts.clone();
    azure.control().on_request(Arc::new(move |request| {
        let is_first_put = request.method == "PUT" && counted.fetch_add(1, Ordering::SeqCst) == 0;
        is_first_put.then_some(Fault::ResetBefore)
    }));
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
    assert_eq!(azure.versions(A, "db").len(), 1);
}

#[test]
fn a_due_secret_is_rotated_in_every_vault() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let old = azure.value(A, "db");
    azure.clock.wait(Duration::from_secs(89 * 86_400));
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!(azure.value(A, "db"), old, "not due yet");
    azure.clock.wait(Duration::from_secs(2 * 86_400));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["rotated", "rotated"]);
    assert_ne!(azure.value(A, "db"), old);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_rotation_cut_after_the_first_vault_is_repaired_by_copying() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(91 * 86_400));
    azure.control().on_request(Arc::new(|request| {
        let is_second = request.method == "PUT" && request.host == B;
        is_second.then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["rotated", "failed"]);
    azure.control().on_request(Arc::new(|_| None));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["unchanged", "repaired"]);
    assert_eq!(azure.generations(&[A, B], "db").len(), 2);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn a_rotation_that_the_first_vault_refuses_writes_nothing() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().on_request(Arc::new(|request| {
        let is_first = request.method == "PUT" && request.host == A;
        is_first.then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
    azure.program(MINTED).args(&["rotate", "db"]).run();
    assert_eq!(azure.versions(A, "db").len(), 1);
    assert_eq!(azure.versions(B, "db").len(), 1);
}

#[test]
fn a_given_value_that_changed_is_written_to_every_vault() {
    let azure = Azure::start();
    azure.program(GIVEN).env("API_KEY", "first").args(&["sync"]).run().expect(0);
    let ran = azure.program(GIVEN).env("API_KEY", "second").args(&["sync", "--format", "json"]);
    assert_eq!(ran.run().expect(0).actions(), ["updated", "updated"]);
    assert_eq!((azure.value(A, "db"), azure.value(B, "db")), ("second".into(), "second".into()));
}

#[test]
fn a_given_value_that_is_not_supplied_stays_and_is_copied_to_where_it_is_missing() {
    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    let ran = azure.program(GIVEN).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["adopted", "copied"]);
    assert_eq!(azure.value(B, "db"), "by hand");
}

#[test]
fn a_given_value_that_nobody_supplied_is_an_error_that_names_its_variable() {
    let azure = Azure::start();
    let ran = azure.program(GIVEN).args(&["sync"]).run().expect(3);
    assert!(ran.stdout.contains("API_KEY"), "{}", ran.stdout);
}

#[test]
fn a_value_that_somebody_put_over_ours_is_reported_and_not_touched() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(3_600));
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["failed", "unchanged"]);
    assert_eq!(azure.value(A, "db"), "by hand");
}

#[test]
fn a_value_that_somebody_put_over_ours_is_seen_without_the_right_to_list_the_vault() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(3_600));
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.control().on_request(Arc::new(|request| {
        (request.path == "/secrets").then(|| Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["failed", "unchanged"]);
}

#[test]
fn a_soft_deleted_secret_comes_back_with_its_value() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let old = azure.value(A, "db");
    azure.control().delete(A, "db");
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["recovered", "unchanged"]);
    assert_eq!(azure.value(A, "db"), old);
}

#[test]
fn tags_of_others_stay_and_ours_are_mended() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let labelled = format!("{MINTED}metadata: {{owner: team-a}}\n");
    let ran = azure.program(&labelled).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["retagged", "retagged"]);
    let version = &azure.versions(A, "db")[0];
    assert_eq!(version.tags.get("Owner").map(String::as_str), Some("team-a"));
    assert_eq!(generation(version), generation(&azure.versions(B, "db")[0]));
    assert_eq!(azure.versions(A, "db").len(), 1, "a tag makes no version");
}

#[test]
fn plan_reads_no_value_and_writes_nothing() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().clear_requests();
    azure.program(MINTED).args(&["plan", "--detailed-exitcode"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(91 * 86_400));
    let plan = azure.program(MINTED).args(&["plan", "--detailed-exitcode", "--format", "json"]);
    assert_eq!(plan.run().expect(10).actions(), ["rotate", "rotate"]);
    for request in azure.control().requests() {
        let reads_value =
            request.path.starts_with("/secrets/") && !request.path.ends_with("/versions");
        assert!(
            request.method == "GET" || request.host != A,
            "{} {}",
            request.method,
            request.path
        );
        assert!(!reads_value, "{}", request.path);
    }
}

#[test]
fn a_deleted_name_counts_as_absent_only_where_the_vault_does_not_know_such_names() {
    for (status, said, code) in [
        (403, "Forbidden", 5),
        (400, "BadParameter", 0),
        (405, "Bad", 0),
        (404, "SecretNotFound", 0),
    ] {
        let azure = Azure::start();
        azure.control().on_request(Arc::new(move |request| {
            request.path.starts_with("/deletedsecrets").then(|| Fault::Answer {
                status,
                headers: Vec::new(),
                body: format!(r#"{{"error":{{"code":"{said}","message":"no"}}}}"#),
            })
        }));
        azure.program(MINTED).args(&["sync"]).run().expect(code);
        assert_eq!(azure.versions(A, "db").is_empty(), code != 0, "{status}");
    }
}
