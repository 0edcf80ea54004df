//! A sync that meets soft-deleted names: it recovers or purges, waits as long as the service takes, and
//! never mints beside a value that can come back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secretzero::clock::Clock;
use secretzero::emulator::{AccessModel, Action, Fault, Rights, VaultOptions};

use crate::harness::{A, Azure, B, InProcess, MINTED, Ran};

/// The file with this option on both targets.
fn with(on_soft_deleted: &str) -> String {
    MINTED.replace("net'}", &format!("net', on_soft_deleted: {on_soft_deleted}}}"))
}

fn sync(azure: &Azure, file: &str) -> InProcess {
    azure.in_process(file).args(&["sync", "--format", "json"])
}

/// Both vaults hold `db`; then these deletes.
fn deleted(vaults: &[&str], options: VaultOptions) -> Azure {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    azure.control().set_default_options(options);
    for vault in vaults {
        azure.control().delete(vault, "db");
    }
    azure
}

fn delays(seconds: u64) -> VaultOptions {
    let delay = Duration::from_secs(seconds);
    VaultOptions {
        delete_delay: delay,
        recover_delay: delay,
        purge_delay: delay,
        ..VaultOptions::default()
    }
}

/// What a policy without some rights leaves.
fn policy(actions: &[Action]) -> Rights {
    Rights::only(AccessModel::Policy, actions)
}

fn errors(ran: &Ran) -> String {
    let report = ran.json();
    let targets = report["secrets"][0]["targets"].as_array().expect("targets").clone();
    targets.iter().map(|target| target["error"].to_string()).collect()
}

#[test]
fn a_recovery_of_0_to_20_seconds_brings_the_value_back_to_both_vaults() {
    for seconds in 0..=20 {
        let azure = deleted(&[A, B], delays(seconds));
        let old = azure.value(A, "db");
        let ran = sync(&azure, MINTED).run().expect(0);
        assert_eq!(ran.actions(), ["recovered", "recovered"], "after {seconds} s");
        assert_eq!((azure.value(A, "db"), azure.value(B, "db")), (old.clone(), old));
        assert_eq!(azure.generations(&[A, B], "db").len(), 1);
    }
}

#[test]
fn a_purge_of_0_to_20_seconds_frees_the_name_for_a_new_value_or_for_a_copy() {
    for seconds in 0..=20 {
        let azure = deleted(&[A, B], delays(seconds));
        let old = azure.value(A, "db");
        let ran = sync(&azure, &with("purge")).run().expect(0);
        assert_eq!(ran.actions(), ["created", "created"], "after {seconds} s");
        assert_ne!(azure.value(A, "db"), old);
        assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
        assert_eq!(azure.versions(B, "db").len(), 1, "nothing came back");

        let azure = deleted(&[B], delays(seconds));
        let ran = sync(&azure, &with("purge")).run().expect(0);
        assert_eq!(ran.actions(), ["unchanged", "copied"], "after {seconds} s");
        assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    }
}

#[test]
fn what_somebody_else_owns_is_neither_recovered_nor_purged_while_it_is_soft_deleted() {
    for file in [with("recover"), with("purge")] {
        let azure = Azure::start();
        let tags = BTreeMap::from([("ManagedBy".to_owned(), "terraform".to_owned())]);
        azure.control().put(A, "db", "theirs", tags);
        azure.control().delete(A, "db");
        let ran = sync(&azure, &file).run().expect(8);
        assert_eq!(ran.actions(), ["failed", "held"]);
        assert!(errors(&ran).contains("it belongs to terraform"), "{}", ran.stdout);
        assert_eq!(azure.value(A, "db"), "theirs");
        assert!(!azure.control().is_live(A, "db"));
        let taken = file.replacen("net', ", "net', take_over: true, ", 1);
        sync(&azure, &taken).run().expect(0);
        assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    }
}

#[test]
fn a_secret_that_is_still_being_deleted_comes_back_and_is_not_minted_anew() {
    for seconds in [0, 1, 7, 20] {
        let azure = deleted(&[], delays(seconds));
        let old = azure.value(A, "db");
        // The harness deletes at once; a caller without the right to look does not wait.
        azure.grant(policy(&[Action::List, Action::Delete]));
        let gone = azure.in_process(MINTED).args(&["delete", "db", "--keep-deleted", "--yes"]);
        gone.run().expect(0);
        azure.grant(Rights::all());
        sync(&azure, MINTED).run().expect(0);
        assert_eq!((azure.value(A, "db"), azure.value(B, "db")), (old.clone(), old));
    }
}

/// Answers writes of `db` with 409 until `seconds` after the first of them.
fn busy_for(azure: &Azure, seconds: i64, inner: &'static str) {
    let (clock, first) = (azure.clock.clone(), std::sync::OnceLock::new());
    let body = format!(
        r#"{{"error":{{"code":"Conflict","message":"later","innererror":{{"code":"{inner}"}}}}}}"#
    );
    azure.control().on_request(Arc::new(move |request| {
        if !matches!(request.method.as_str(), "PUT" | "PATCH") {
            return None;
        }
        let since = since(&clock, *first.get_or_init(|| clock.now()));
        let busy = Fault::Answer { status: 409, headers: Vec::new(), body: body.clone() };
        (since < seconds).then_some(busy)
    }));
}

fn since(clock: &Clock, start: jiff::Timestamp) -> i64 {
    clock.now().duration_since(start).as_secs()
}

#[test]
fn a_409_that_outlasts_a_good_get_after_a_recovery_is_waited_for_by_a_new_version() {
    for seconds in [1, 20, 150] {
        let azure = deleted(&[], delays(1));
        azure.clock.wait(Duration::from_secs(89 * 86_400));
        azure.control().delete(A, "db");
        azure.clock.wait(Duration::from_secs(2 * 86_400));
        busy_for(&azure, seconds, "ObjectIsBeingRecovered");
        let ran = sync(&azure, MINTED).run().expect(0);
        assert_eq!(ran.actions(), ["rotated", "rotated"], "after {seconds} s");
        assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    }
}

#[test]
fn a_409_that_outlasts_a_good_get_after_a_recovery_is_waited_for_by_new_tags() {
    for seconds in [1, 20, 150] {
        let azure = deleted(&[A], delays(1));
        busy_for(&azure, seconds, "ObjectIsBeingRecovered");
        let labelled = format!("{MINTED}metadata: {{owner: team-a}}\n");
        let ran = sync(&azure, &labelled).run().expect(0);
        assert_eq!(ran.actions(), ["retagged", "retagged"], "after {seconds} s");
        assert_eq!(azure.versions(A, "db").len(), 1);
    }
}

#[test]
fn a_409_that_outlasts_a_purge_is_waited_for() {
    for seconds in [1, 20, 150] {
        let azure = deleted(&[A], VaultOptions::default());
        busy_for(&azure, seconds, "ObjectIsBeingDeleted");
        let ran = sync(&azure, &with("purge")).run().expect(0);
        assert_eq!(ran.actions(), ["copied", "unchanged"], "after {seconds} s");
    }
}

#[test]
fn a_409_without_end_fails_in_bounded_time_and_says_to_run_again() {
    let azure = deleted(&[A], VaultOptions::default());
    busy_for(&azure, i64::MAX, "ObjectIsBeingDeleted");
    let start = azure.clock.now();
    let ran = sync(&azure, &with("purge")).run().expect(9);
    assert!(errors(&ran).contains("run again in some minutes"), "{}", errors(&ran));
    assert!(since(&azure.clock, start) <= 600);
    azure.control().on_request(Arc::new(|_| None));
    sync(&azure, &with("purge")).run().expect(0);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
}

#[test]
fn somebody_elses_request_on_the_same_name_is_waited_for() {
    let azure = deleted(&[A], VaultOptions::default());
    let count = std::sync::atomic::AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_early = request.path.ends_with("/recover")
            && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 4;
        is_early.then(|| Fault::Answer {
            status: 409,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Conflict","message":"in parallel"}}"#.to_owned(),
        })
    }));
    assert_eq!(sync(&azure, MINTED).run().expect(0).actions(), ["recovered", "unchanged"]);
}

#[test]
fn a_value_that_somebody_else_is_recovering_is_not_written_over() {
    let azure = deleted(&[A, B], delays(20));
    let generations = azure.generations(&[A, B], "db");
    // Another run has asked for both; until they are back they look as if they were missing.
    for vault in [A, B] {
        azure.control().recover(vault, "db");
    }
    assert_eq!(sync(&azure, MINTED).run().expect(0).actions(), ["unchanged", "unchanged"]);
    assert_eq!(azure.generations(&[A, B], "db"), generations);
}

#[test]
fn a_caller_who_may_get_but_not_list_waits_for_the_recovery_too() {
    let azure = deleted(&[A, B], delays(20));
    let old = azure.value(A, "db");
    azure.grant(policy(&[Action::Get, Action::Set, Action::Recover]));
    let ran = sync(&azure, MINTED).run().expect(0);
    assert_eq!(ran.actions(), ["recovered", "recovered"]);
    assert_eq!(azure.value(A, "db"), old);
}

#[test]
fn without_the_right_to_recover_it_says_so_and_what_can_be_done_instead() {
    let azure = deleted(&[A], VaultOptions::default());
    let all_but = [Action::Get, Action::List, Action::Set, Action::Delete, Action::Purge];
    azure.grant(policy(&all_but));
    let ran = sync(&azure, MINTED).run().expect(9);
    let said = errors(&ran);
    for part in ["may not recover it", "--secret-permissions recover", "on_soft_deleted: purge"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(azure.generations(&[B], "db").len(), 1, "nothing is minted beside it");
    assert_eq!(sync(&azure, &with("purge")).run().expect(0).actions(), ["copied", "unchanged"]);
}

#[test]
fn without_the_right_to_purge_it_says_until_when_the_vault_keeps_the_name() {
    let azure = deleted(&[A], VaultOptions::default());
    azure.grant(policy(&[Action::Get, Action::List, Action::Set, Action::Recover]));
    let said = errors(&sync(&azure, &with("purge")).run().expect(9));
    let until = azure.clock.now() + jiff::SignedDuration::from_hours(90 * 24);
    for part in ["may not purge it", &until.to_string()[..10], "on_soft_deleted: recover"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(sync(&azure, MINTED).run().expect(0).actions(), ["recovered", "unchanged"]);
}

#[test]
fn purge_protection_is_told_from_a_missing_right() {
    let options = VaultOptions { purge_protection: true, ..VaultOptions::default() };
    let azure = deleted(&[A], options);
    let said = errors(&sync(&azure, &with("purge")).run().expect(9));
    assert!(said.contains("purge protection keeps it until"), "{said}");
    assert!(said.contains("on_soft_deleted: recover"), "{said}");
    assert!(!said.contains("role assignment"), "{said}");
}

#[test]
fn on_soft_deleted_fail_touches_nothing_and_says_both_ways_out() {
    let azure = deleted(&[A], VaultOptions::default());
    let said = errors(&sync(&azure, &with("fail")).run().expect(9));
    assert!(said.contains("recover") && said.contains("purge"), "{said}");
    assert!(!azure.control().is_live(A, "db") && azure.versions(A, "db").len() == 1);
}
