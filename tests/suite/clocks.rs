//! Vaults whose clocks are wrong, and answers that come late.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, MINTED};

/// A secret in one vault.
const ONE: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

/// Makes B list its secrets as they are, with a `Date` a year ahead.
fn put_clock_ahead(azure: &Azure) {
    let year = SignedDuration::from_hours(365 * 24);
    let date = azure.clock.now().saturating_add(year).expect("in range");
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let names = azure.control().names(B);
    let items = names.iter().map(|name| {
        let version = azure.versions(B, name).pop().expect("a version");
        let created = version.created.as_second();
        serde_json::json!({
            "id": format!("https://{B}/secrets/{name}"),
            "attributes": {"enabled": true, "created": created, "updated": created},
            "tags": version.tags,
        })
    });
    let body = serde_json::json!({"value": items.collect::<Vec<_>>()}).to_string();
    azure.control().on_request(Arc::new(move |request| {
        (request.host == B && request.path == "/secrets").then(|| Fault::Answer {
            status: 200,
            headers: vec![("date".to_owned(), date.clone())],
            body: body.clone(),
        })
    }));
}

#[test]
fn a_secret_whose_vaults_disagree_on_the_time_is_not_rotated() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    put_clock_ahead(&azure);
    for command in ["plan", "sync"] {
        let ran = azure.program(MINTED).args(&[command, "--format", "json"]).run();
        assert_eq!(ran.actions(), ["failed", "failed"], "{command}");
        assert!(ran.stdout.contains("shop-a-kv") && ran.stdout.contains("shop-b-kv"));
        assert!(ran.stdout.contains("clocks"), "{}", ran.stdout);
    }
    assert_eq!(azure.versions(A, "db").len(), 1);
}

#[test]
fn a_version_that_was_made_after_long_waits_is_ours_all_the_same() {
    let azure = Azure::start();
    let puts = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_put = request.method == "PUT" && request.host == A;
        let (code, inner, status) = match is_put.then(|| puts.fetch_add(1, Ordering::SeqCst))? {
            // Almost three minutes …
            ..25 => ("Conflict", "ObjectIsBeingDeleted", 409),
            // … and as much again.
            25..28 => ("Throttled", "", 429),
            _ => return None,
        };
        Some(Fault::Answer {
            status,
            headers: vec![("retry-after".to_owned(), "59".to_owned())],
            body: format!(r#"{{"error":{{"code":"{code}","innererror":{{"code":"{inner}"}}}}}}"#),
        })
    }));
    let before = azure.clock.now();
    azure.run_on_its_clock(ONE, &["sync"]).expect(0);
    let waited = azure.clock.now().duration_since(before);
    assert!(waited > SignedDuration::from_mins(5), "{waited}");
    let ran = azure.run_on_its_clock(ONE, &["sync", "--format", "json"]).expect(0);
    assert_eq!(ran.actions(), ["unchanged"]);
}

#[test]
fn a_call_that_is_told_to_wait_again_and_again_is_given_up_before_its_tag_is_out_of_date() {
    let azure = Azure::start();
    azure.control().on_request(Arc::new(|request| {
        (request.method == "PUT").then(|| Fault::Answer {
            status: 429,
            headers: vec![("retry-after".to_owned(), "60".to_owned())],
            body: String::new(),
        })
    }));
    let before = azure.clock.now();
    azure.run_on_its_clock(ONE, &["sync"]).expect(7);
    assert!(azure.clock.now().duration_since(before) <= SignedDuration::from_mins(4));
}
