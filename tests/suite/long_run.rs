//! A run that outlives its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::{A, Azure};

/// As many secrets in one vault.
fn secretfile(secrets: usize) -> String {
    let mut file =
        "providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:\n".to_owned();
    for number in 0..secrets {
        file.push_str(&format!(
            "  - {{name: s{number}, kind: random_string, targets: [{{provider: azure, kind: key_vault, \
             config: {{vault_url: 'https://{A}'}}}}]}}\n"
        ));
    }
    file
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_run_is_renewed_by_one_request_for_all_threads() {
    let azure = Azure::start();
    azure.control().entra(|entra| entra.token_life(400));
    let (clock, writes) = (azure.clock.clone(), AtomicUsize::new(0));
    azure.control().on_request(Arc::new(move |seen| {
        let is_middle =
            seen.method == "PUT" && writes.fetch_add(1, Ordering::SeqCst) == SECRETS / 2;
        if is_middle {
            clock.wait(Duration::from_secs(401));
        }
        None
    }));
    let args = ["sync", "--parallel", "16"];
    let ran = azure.run_on_its_clock(&secretfile(SECRETS), &args).expect(0);
    let names = azure.control().names(A);
    assert_eq!(names.len(), SECRETS, "{}", ran.stderr);
    assert!(names.iter().all(|name| azure.versions(A, name).len() == 1), "each is made once");
    let asked = azure.control().requests();
    let sign_ins = asked.iter().filter(|seen| seen.path.ends_with("/oauth2/v2.0/token"));
    assert_eq!(sign_ins.count(), 2, "one at the start and one for the renewal");
}

/// In one vault.
const SECRETS: usize = 1_000;
