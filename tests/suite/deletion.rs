//! What `delete` removes and what it never touches, what `recover` brings back, and what both say.

use std::collections::BTreeMap;
use std::time::Duration;

use secretzero::emulator::{AccessModel, Action, Rights, VaultOptions};

use crate::harness::{A, Azure, B, MINTED, Ran};

/// The file's two vaults, with a scope.
pub fn scoped() -> String {
    format!("metadata: {{scope: shop}}\n{MINTED}")
}

/// The vaults after its first sync.
pub fn synced() -> Azure {
    let azure = Azure::start();
    azure.program(&scoped()).args(&["sync"]).run().expect(0);
    azure
}

fn delete(azure: &Azure, args: &[&str]) -> Ran {
    azure.in_process(&scoped()).args(&["delete", "--format", "json"]).args(args).run()
}

fn set(azure: &Azure, options: &VaultOptions) {
    azure.control().set_default_options(options.clone());
}

/// What the only target in `vault` says under `key`.
fn said(ran: &Ran, vault: &str, key: &str) -> String {
    let report = ran.json();
    let targets = report["secrets"][0]["targets"].as_array().expect("targets").clone();
    let target = targets.iter().find(|target| target["vault"] == vault).expect("a target");
    target[key].to_string()
}

/// Whether nothing holds the name, so that it can be made anew.
pub fn is_free(azure: &Azure, vault: &str, name: &str) -> bool {
    azure.versions(vault, name).is_empty()
}

#[test]
fn a_deleted_secret_is_purged_from_every_vault_once_every_delay_is_over() {
    for seconds in [0, 1, 5, 20] {
        let azure = synced();
        let delay = Duration::from_secs(seconds);
        let options =
            VaultOptions { delete_delay: delay, purge_delay: delay, ..VaultOptions::default() };
        set(&azure, &options);
        let ran = delete(&azure, &["db", "--yes"]).expect(0);
        assert_eq!(ran.actions(), ["purged", "purged"], "after {seconds} s");
        let again = azure.in_process(&scoped()).args(&["sync", "--format", "json"]).run();
        assert_eq!(again.expect(0).actions(), ["created", "created"], "after {seconds} s");
    }
}

#[test]
fn a_soft_deleted_secret_is_purged_and_a_missing_one_is_none() {
    let azure = synced();
    azure.control().delete(A, "db");
    azure.control().delete(B, "db");
    assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["purged", "purged"]);
    assert!(is_free(&azure, A, "db") && is_free(&azure, B, "db"));
    assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["missing", "missing"]);
}

#[test]
fn a_kept_secret_is_soft_deleted_and_comes_back_by_recover_with_its_value() {
    let azure = synced();
    let old = azure.value(A, "db");
    let delay = Duration::from_secs(20);
    let options =
        VaultOptions { delete_delay: delay, recover_delay: delay, ..VaultOptions::default() };
    set(&azure, &options);
    let ran = delete(&azure, &["db", "--keep-deleted", "--yes"]).expect(0);
    assert_eq!(ran.actions(), ["deleted", "deleted"]);
    let again = delete(&azure, &["db", "--keep-deleted", "--yes"]).expect(0);
    assert_eq!(again.actions(), ["kept", "kept"]);
    let recover = || azure.in_process(&scoped()).args(&["recover", "db", "--format", "json"]).run();
    assert_eq!(recover().expect(0).actions(), ["recovered", "recovered"]);
    assert_eq!(recover().expect(0).actions(), ["unchanged", "unchanged"]);
    azure.in_process(&scoped()).args(&["sync"]).run().expect(0);
    assert_eq!((azure.value(A, "db"), azure.value(B, "db")), (old.clone(), old));
}

#[test]
fn a_recovery_right_after_the_delete_waits_for_the_delete_to_end() {
    let azure = synced();
    let options = VaultOptions { delete_delay: Duration::from_secs(20), ..VaultOptions::default() };
    set(&azure, &options);
    azure.grant(Rights::only(AccessModel::Policy, &[Action::List, Action::Delete]));
    delete(&azure, &["db", "--keep-deleted", "--yes"]).expect(0);
    azure.grant(Rights::all());
    azure.in_process(&scoped()).args(&["recover", "db"]).run().expect(0);
    assert!(azure.control().is_live(A, "db"));
}

#[test]
fn what_somebody_else_owns_is_not_recovered() {
    let azure = Azure::start();
    let tags = BTreeMap::from([("ManagedBy".to_owned(), "terraform".to_owned())]);
    azure.control().put(A, "db", "somebody's", tags);
    azure.control().delete(A, "db");
    let run = azure.in_process(&scoped()).args(&["recover", "db", "--format", "json"]);
    let ran = run.args(&["--vault", A]).run().expect(8);
    let error = said(&ran, A, "error");
    assert!(error.contains("it belongs to terraform") && error.contains("take_over"), "{error}");
    assert!(!azure.control().is_live(A, "db"));
}

#[test]
fn recovering_what_is_nowhere_fails_and_says_what_makes_it() {
    let azure = synced();
    delete(&azure, &["db", "--vault", "shop-b-kv", "--yes"]).expect(0);
    let ran = azure.in_process(&scoped()).args(&["recover", "db"]).run().expect(9);
    assert!(ran.stdout.contains("secretzero sync"), "{}", ran.stdout);
}

#[test]
fn purge_protection_is_no_failure_and_the_report_says_until_when_the_name_is_kept() {
    let azure = synced();
    let options =
        VaultOptions { purge_protection: true, retention_days: 7, ..VaultOptions::default() };
    azure.control().set_options(B, options);
    let ran = delete(&azure, &["db", "--yes"]).expect(0);
    assert_eq!(ran.actions(), ["purged", "kept"]);
    let until = azure.clock.now() + jiff::SignedDuration::from_hours(7 * 24);
    let day = until.to_string()[..10].to_owned();
    let reason = said(&ran, B, "reason");
    assert!(reason.contains("purge protection") && reason.contains(&day), "{reason}");
    let again = delete(&azure, &["db"]).expect(0);
    assert_eq!(again.actions(), ["missing", "kept"], "nothing is left to be done");
}

#[test]
fn purge_protection_that_only_the_refusal_tells_is_no_failure_either() {
    let azure = synced();
    azure.control().on_request(std::sync::Arc::new(|request| {
        let is_purge = request.method == "DELETE" && request.path.starts_with("/deletedsecrets");
        is_purge.then(|| secretzero::emulator::Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"protected"}}"#.to_owned(),
        })
    }));
    assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["kept", "kept"]);
}

#[test]
fn a_vault_without_soft_delete_frees_the_name_at_once_but_only_if_that_is_asked_for() {
    let azure = synced();
    set(&azure, &VaultOptions { soft_delete: false, ..VaultOptions::default() });
    let kept = delete(&azure, &["db", "--keep-deleted", "--yes"]).expect(8);
    assert!(said(&kept, A, "error").contains("no soft delete"));
    assert!(!is_free(&azure, A, "db"));
    azure.control().clear_requests();
    assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["purged", "purged"]);
    let polls = azure.control().requests();
    assert!(polls.iter().all(|request| !request.path.starts_with("/deletedsecrets")));
}

#[test]
fn without_a_terminal_or_yes_a_delete_only_lists_and_says_how_to_carry_it_out() {
    let azure = synced();
    let ran = azure.in_process(&scoped()).args(&["delete", "db"]).run().expect(10);
    assert!(ran.stdout.contains("--yes") && ran.stdout.contains("PLAN"), "{}", ran.stdout);
    let ran = azure.program(&scoped()).args(&["delete", "db"]).run().expect(10);
    assert!(ran.stdout.contains("--yes"), "{}", ran.stdout);
    assert!(azure.control().is_live(A, "db"));
}

#[test]
fn switches_that_do_not_belong_together_are_refused_before_any_request() {
    let azure = synced();
    azure.control().clear_requests();
    for args in [
        &["--yes"][..],
        &["db", "--orphans"],
        &["db", "--purge"],
        &["--orphans", "--keep-deleted"],
        &["--orphans", "--force", "db"],
        &["nobody"],
    ] {
        delete(&azure, args).expect(3);
    }
    assert!(azure.control().requests().is_empty());
}

#[test]
fn names_and_a_filter_that_have_no_secret_in_common_are_refused() {
    let azure = synced();
    let (_, entry) = MINTED.split_once("secrets:\n").expect("an entry");
    let file = format!("{}{}", scoped(), entry.replace("name: db", "name: api"));
    for command in ["delete", "recover", "rotate"] {
        let run = azure.in_process(&file).args(&[command, "db", "-s", "api"]).run().expect(3);
        assert!(run.stderr.contains("--secret"), "{}", run.stderr);
    }
}

#[test]
fn on_a_terminal_it_asks_once_and_only_a_yes_counts() {
    let azure = synced();
    for answer in ["", "\n", "n\n", "yesterday\n"] {
        let run = azure.in_process(&scoped()).answer(answer).args(&["delete", "db"]).run();
        let ran = run.expect(10);
        assert!(ran.stderr.contains("Remove these?"), "{}", ran.stderr);
        assert!(azure.control().is_live(A, "db"));
    }
    let run = azure.in_process(&scoped()).answer("y\n").args(&["delete", "db"]).run().expect(0);
    assert!(run.stderr.contains("shop-a-kv/db") && run.stdout.contains("purged"), "{}", run.stderr);
    assert!(is_free(&azure, A, "db"));
}

#[test]
fn what_is_not_ours_stays_unless_it_is_forced_by_name() {
    let tags = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    for (others, part) in [
        (tags(&[]), "not ours"),
        (tags(&[("ManagedBy", "terraform")]), "terraform"),
        (tags(&[("ManagedBy", "secretzero"), ("secretzero", "bakery/db")]), "bakery/db"),
    ] {
        let azure = Azure::start();
        azure.control().put(A, "db", "somebody's", others);
        for _ in 0..2 {
            let ran = delete(&azure, &["db", "--yes"]).expect(9);
            assert_eq!(ran.actions(), ["failed", "missing"]);
            let error = said(&ran, A, "error");
            assert!(error.contains(part) && error.contains("--force"), "{error}");
            assert!(!is_free(&azure, A, "db"));
            azure.control().delete(A, "db");
        }
        delete(&azure, &["db", "--yes", "--force", "bd"]).expect(3);
        delete(&azure, &["db", "--yes", "--force", "db"]).expect(0);
        assert!(is_free(&azure, A, "db"));
    }
}

#[test]
fn what_somebody_put_over_ours_stays() {
    let azure = synced();
    azure.clock.wait(Duration::from_secs(3_600));
    let cloned = azure.versions(A, "db")[0].tags.clone();
    azure.control().put(A, "db", "by hand", cloned);
    azure.control().put(B, "db", "by hand", BTreeMap::new());
    let ran = delete(&azure, &["db", "--yes"]).expect(8);
    assert!(said(&ran, A, "error").contains("wrote over it"));
    assert_eq!(azure.value(B, "db"), "by hand");
}

#[test]
fn a_certificates_secret_stays_even_if_it_is_forced() {
    let azure = Azure::start();
    azure.control().put_managed(A, "db", "pfx");
    let ran = delete(&azure, &["db", "--yes", "--force", "db", "--vault", A]).expect(8);
    assert!(said(&ran, A, "error").contains("certificate"));
    assert_eq!(azure.value(A, "db"), "pfx");
}

#[test]
fn only_the_named_vault_is_touched() {
    let azure = synced();
    let ran = delete(&azure, &["db", "--yes", "--vault", "shop-b-kv"]).expect(0);
    assert_eq!(ran.actions(), ["purged"]);
    assert!(!is_free(&azure, A, "db") && is_free(&azure, B, "db"));
}

#[test]
fn each_missing_right_is_said_with_what_can_be_done_instead() {
    let all = [Action::Get, Action::List, Action::Set, Action::Delete, Action::Purge];
    let azure = synced();
    azure.grant(Rights::only(AccessModel::Policy, &all));
    delete(&azure, &["db", "--yes", "--keep-deleted"]).expect(0);
    let ran = azure.in_process(&scoped()).args(&["recover", "db"]).run().expect(5);
    assert!(ran.stdout.contains("may not recover it"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--secret-permissions recover"), "{}", ran.stdout);
    assert!(ran.stdout.contains("secretzero delete"), "{}", ran.stdout);

    let azure = synced();
    azure.grant(Rights::only(AccessModel::Policy, &all[..4]));
    let ran = delete(&azure, &["db", "--yes"]).expect(5);
    let error = said(&ran, A, "error");
    let until = azure.clock.now() + jiff::SignedDuration::from_hours(90 * 24);
    for part in ["may not purge it", &until.to_string()[..10], "--keep-deleted"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!is_free(&azure, A, "db") && !azure.control().is_live(A, "db"));

    let azure = synced();
    azure.grant(Rights::only(AccessModel::Policy, &all[..3]));
    let ran = delete(&azure, &["db", "--yes"]).expect(5);
    assert!(said(&ran, A, "error").contains("--secret-permissions delete"));
    assert!(azure.control().is_live(A, "db"));
}

#[test]
fn a_caller_who_may_not_look_at_deleted_names_waits_by_trying_to_purge() {
    let azure = synced();
    let delete_delay = Duration::from_secs(20);
    set(&azure, &VaultOptions { delete_delay, ..VaultOptions::default() });
    let rights = [Action::List, Action::Delete, Action::Purge];
    azure.grant(Rights::only(AccessModel::Policy, &rights));
    assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["purged", "purged"]);
    assert!(is_free(&azure, A, "db") && is_free(&azure, B, "db"));
}

#[test]
fn a_lost_answer_to_a_delete_or_a_purge_is_no_failure() {
    for lost in ["/secrets/", "/deletedsecrets/"] {
        let azure = synced();
        let count = std::sync::atomic::AtomicUsize::new(0);
        azure.control().on_request(std::sync::Arc::new(move |request| {
            let is_it = request.method == "DELETE" && request.path.starts_with(lost);
            let is_first = is_it && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            is_first.then_some(secretzero::emulator::Fault::ResetAfter)
        }));
        assert_eq!(delete(&azure, &["db", "--yes"]).expect(0).actions(), ["purged", "purged"]);
        assert!(is_free(&azure, A, "db"), "{lost}");
    }
}
