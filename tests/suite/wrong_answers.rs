//! What wrong answers, of a vault or of what stands before it, cannot bring about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use secretzero::emulator::{Fault, Seen};

use crate::harness::{A, Azure, B, MINTED};

/// Answers what `is_hit` with this, until the next call.
fn answer(azure: &Azure, status: u16, body: &'static str, is_hit: fn(&Seen) -> bool) {
    azure.control().on_request(Arc::new(move |request| {
        is_hit(request).then(|| Fault::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        })
    }));
}

/// More than one page of names, so that ours is looked up by its versions.
fn add_a_page_of_names(azure: &Azure) {
    for vault in [A, B] {
        for number in 0..30 {
            azure.control().put(vault, &format!("a{number}"), "other", BTreeMap::new());
        }
    }
}

#[test]
fn a_404_that_is_not_key_vaults_own_never_makes_a_new_value() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let before = azure.value(A, "db");
    add_a_page_of_names(&azure);
    for body in ["", "<html>not found</html>", r#"{"error":{"code":"NotFound","message":"no"}}"#] {
        answer(&azure, 404, body, |request| request.path.starts_with("/secrets/db"));
        azure.program(MINTED).args(&["sync"]).run().expect(6);
        azure.program(MINTED).args(&["rotate", "db"]).run().expect(6);
    }
    let unknown = r#"{"error":{"code":"SecretNotFound","message":"no"}}"#;
    answer(&azure, 404, unknown, |request| request.path == "/secrets/db/versions");
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert_eq!((azure.value(A, "db"), azure.value(B, "db")), (before.clone(), before));
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
}

#[test]
fn an_answer_of_success_without_a_list_never_makes_a_new_value() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    for body in ["{}", r#"{"error":{"code":"Busy","message":"later"}}"#, ""] {
        answer(&azure, 200, body, |request| request.path == "/secrets");
        azure.program(MINTED).args(&["sync"]).run().expect(6);
        answer(&azure, 200, body, |request| request.host == A && request.path == "/secrets");
        azure.program(MINTED).args(&["sync"]).run().expect(9);
    }
    assert_eq!(azure.generations(&[A, B], "db").len(), 1);
    assert_eq!(azure.versions(A, "db").len(), 1);
}

#[test]
fn a_rotation_that_is_decided_anew_does_not_mint_again() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let was_refused = AtomicBool::new(false);
    azure.control().on_request(Arc::new(move |request| {
        let is_hit = request.host == B && request.method == "PUT";
        (is_hit && !was_refused.swap(true, Ordering::SeqCst)).then(|| Fault::Answer {
            status: 409,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Conflict","message":"x",
                "innererror":{"code":"ObjectIsDeletedButRecoverable"}}}"#
                .to_owned(),
        })
    }));
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    assert_eq!(
        azure.generations(&[A, B], "db").len(),
        2,
        "the first one, and that of the rotation"
    );
}

#[test]
fn a_vault_whose_clock_is_wrong_makes_no_other_vaults_secret_due() {
    let file = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: one
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
  - name: other
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
";
    let azure = Azure::start();
    azure.program(file).args(&["sync"]).run().expect(0);
    azure.control().on_request(Arc::new(|request| {
        (request.host == A && request.method == "GET").then(|| Fault::Answer {
            status: 403,
            headers: vec![("date".to_owned(), "Mon, 31 Dec 2035 23:59:59 GMT".to_owned())],
            body: String::new(),
        })
    }));
    let ran = azure.program(file).args(&["sync", "--format", "json"]).run().expect(9);
    assert_eq!(ran.actions(), ["failed", "unchanged"]);
    assert_eq!(azure.versions(B, "other").len(), 1);
}

#[test]
fn a_list_of_more_versions_than_a_secret_can_have_is_not_kept() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    add_a_page_of_names(&azure);
    let pages = Arc::new(AtomicUsize::new(0));
    let asked = pages.clone();
    azure.control().on_request(Arc::new(move |request| {
        let item = format!(
            r#"{{"id":"https://{A}/secrets/db/0123456789abcdef0123456789abcdef","attributes":{{"created":5}}}}"#
        );
        let next = format!("https://{A}/secrets/db/versions?page=2");
        (request.host == A && request.path == "/secrets/db/versions").then(|| {
            asked.fetch_add(1, Ordering::SeqCst);
            let items = vec![item; 20_000].join(",");
            let body = format!(r#"{{"value":[{items}],"nextLink":"{next}"}}"#);
            Fault::Answer { status: 200, headers: Vec::new(), body }
        })
    }));
    let ran = azure.program(MINTED).args(&["rotate", "db"]).run();
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("50000 items"), "{}", ran.stdout);
    assert!(pages.load(Ordering::SeqCst) <= 3);
}
