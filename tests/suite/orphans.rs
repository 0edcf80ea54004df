//! What the file no longer names: only what carries its very scope goes, and only when asked.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::deletion::{is_free, scoped, synced};
use crate::harness::{A, Azure, B, MINTED};

/// The file once `db` is gone and `api` has come.
fn without_db() -> String {
    scoped().replace("name: db", "name: api")
}

#[test]
fn orphans_are_listed_then_soft_deleted_with_yes_and_purged_with_purge() {
    let azure = synced();
    let orphans = |args: &[&str]| {
        let run = azure.in_process(&without_db());
        run.args(&["delete", "--orphans", "--format", "json"]).args(args).run()
    };
    azure.program(&without_db()).args(&["sync"]).run().expect(0);
    let listed = orphans(&[]).expect(10);
    assert_eq!(listed.actions(), ["delete", "delete"]);
    assert_eq!(listed.json()["secrets"][0]["name"], "db");
    assert!(azure.control().is_live(A, "db"));
    assert_eq!(orphans(&["--yes"]).expect(0).actions(), ["deleted", "deleted"]);
    assert!(!is_free(&azure, A, "db") && !azure.control().is_live(A, "db"));
    assert!(orphans(&["--yes"]).expect(0).actions().is_empty());
    assert_eq!(orphans(&["--purge"]).expect(10).actions(), ["purge", "purge"]);
    assert_eq!(orphans(&["--purge", "--yes"]).expect(0).actions(), ["purged", "purged"]);
    assert!(is_free(&azure, A, "db") && !is_free(&azure, A, "api"));
}

#[test]
fn only_what_carries_this_very_scope_is_an_orphan() {
    let azure = synced();
    let other = scoped().replace("scope: shop", "scope: bakery").replace("name: db", "name: cake");
    azure.program(&other).args(&["sync"]).run().expect(0);
    azure.control().put(A, "plain", "x", BTreeMap::new());
    let former = other.replace("scope: bakery", "scope: patisserie, formerly: [bakery]");
    let former = former.replace("name: cake", "name: pie");
    let run = azure.in_process(&former).args(&["delete", "--orphans", "--yes"]).run().expect(0);
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);
    assert!(["cake", "db", "plain"].iter().all(|name| azure.control().is_live(A, name)));
    let run = azure.in_process(MINTED).args(&["delete", "--orphans", "--yes"]).run().expect(3);
    assert!(run.stderr.contains("metadata.scope"), "{}", run.stderr);
}

#[test]
fn a_file_that_had_no_scope_keeps_what_it_wrote_when_it_gets_one() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let old = azure.value(A, "db");
    let ran = azure.program(&scoped()).args(&["sync"]).run().expect(8);
    assert!(ran.stdout.contains("`metadata.formerly` (`''` for none)"), "{}", ran.stdout);
    let named = scoped().replace("scope: shop", "scope: shop, formerly: ['']");
    azure.program(&named).args(&["sync"]).run().expect(0);
    azure.program(&scoped()).args(&["sync"]).run().expect(0);
    assert_eq!((azure.value(A, "db"), azure.value(B, "db")), (old.clone(), old));
}

#[test]
fn an_orphan_with_copied_tags_is_reported_and_stays() {
    let azure = synced();
    azure.clock.wait(Duration::from_secs(3_600));
    let cloned = azure.versions(A, "db")[0].tags.clone();
    azure.control().put(A, "copy", "made by hand", cloned);
    let ran = azure.in_process(&scoped()).args(&["delete", "--orphans", "--yes"]).run().expect(8);
    assert!(ran.stdout.contains("copied our tags"), "{}", ran.stdout);
    assert_eq!(azure.value(A, "copy"), "made by hand");
}

#[test]
fn a_vault_that_cannot_be_listed_fails_beside_the_others() {
    let azure = synced();
    azure.control().on_request(std::sync::Arc::new(|request| {
        (request.host == B).then(|| secretzero::emulator::Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByRbac"}}}"#.to_owned(),
        })
    }));
    let run = azure.in_process(&without_db()).args(&["delete", "--orphans", "--format", "json"]);
    let ran = run.args(&["--yes"]).run().expect(9);
    assert_eq!(ran.actions(), ["deleted", "failed"]);
}
