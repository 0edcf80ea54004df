//! Vaults that take only so many requests in a window.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use secretzero::emulator::{Fault, Limits, Window};

use crate::harness::{A, Azure, B};

/// As many secrets in each of these vaults, the first vault's first.
fn secretfile(secrets: usize, vaults: &[&str]) -> String {
    let mut file =
        "providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:\n".to_owned();
    for vault in vaults {
        let short = &vault[..6];
        for number in 0..secrets {
            file.push_str(&format!(
                "  - {{name: {short}-{number}, kind: random_string, targets: [{{provider: azure, kind: \
                 key_vault, config: {{vault_url: 'https://{vault}'}}}}]}}\n"
            ));
        }
    }
    file
}

/// How many requests were answered 429.
fn refused(azure: &Azure) -> u64 {
    azure.control().statuses().get(&429).copied().unwrap_or_default()
}

/// A new version is refused as one too many.
fn throttled(retry_after: Option<&str>) -> Fault {
    let told = |text: &str| ("retry-after".to_owned(), text.to_owned());
    let headers = retry_after.map(told).into_iter().collect();
    Fault::Answer { status: 429, headers, body: String::new() }
}

#[test]
fn a_thousand_creates_go_through_300_in_ten_seconds_without_a_failure_and_with_few_refusals() {
    for kind in [Window::Fixed, Window::Sliding] {
        for retry_after in [false, true] {
            let azure = Azure::start();
            let limits = Limits { kind, retry_after, ..Limits::default() };
            azure.control().set_limits(Some(limits));
            azure.run_on_its_clock(&secretfile(1_000, &[A]), &["sync"]).expect(0);
            let case = format!("{kind:?}, told {retry_after}");
            let names = azure.control().names(A);
            assert_eq!(names.len(), 1_000, "{case}");
            assert!(names.iter().all(|name| azure.versions(A, name).len() == 1), "{case}");
            assert!((1..=60).contains(&refused(&azure)), "{case}: {}", refused(&azure));
            assert!(azure.clock.elapsed() >= Duration::from_secs(30), "{case}");
        }
    }
}

#[test]
fn creates_that_wait_for_minutes_in_all_do_not_fail() {
    let azure = Azure::start();
    azure.control().set_limits(Some(Limits { creates: 10, ..Limits::default() }));
    // By one thread, since a simulated clock goes on while others still work.
    let args = ["sync", "--parallel", "1"];
    azure.run_on_its_clock(&secretfile(400, &[A]), &args).expect(0);
    assert_eq!(azure.control().names(A).len(), 400);
    let took = azure.clock.elapsed();
    assert!(took > Duration::from_secs(380) && took < Duration::from_secs(450), "{took:?}");
}

#[test]
fn a_vault_that_refuses_keeps_no_thread_from_another() {
    let azure = Azure::start();
    let (creates, of_b) = (AtomicUsize::new(0), (Mutex::new(0), Condvar::new()));
    azure.control().on_request(Arc::new(move |request| {
        let (seen, more) = &of_b;
        if request.method == "PUT" && request.host == B {
            *seen.lock().ok()? += 1;
            more.notify_all();
        } else if request.method == "PUT" {
            if creates.fetch_add(1, Ordering::SeqCst) == 0 {
                return Some(throttled(None));
            }
            // Unanswered until the other vault was sent all that it gets.
            drop(more.wait_while(seen.lock().ok()?, |seen| *seen < MANY));
        }
        None
    }));
    azure.run_on_its_clock(&secretfile(MANY, &[A, B]), &["sync"]).expect(0);
    assert_eq!(azure.control().names(A).len(), MANY);
    assert_eq!(refused(&azure), 1);
}

#[test]
fn the_time_that_a_vault_asks_for_is_waited_once_for_all_threads() {
    let azure = Azure::start();
    let creates = AtomicUsize::new(0);
    azure.control().on_request(Arc::new(move |request| {
        let is_first = request.method == "PUT" && creates.fetch_add(1, Ordering::SeqCst) == 0;
        is_first.then(|| throttled(Some("30")))
    }));
    azure.run_on_its_clock(&secretfile(MANY, &[A]), &["sync"]).expect(0);
    assert_eq!(azure.control().names(A).len(), MANY);
    assert_eq!(refused(&azure), 1);
    assert!(azure.clock.elapsed() >= Duration::from_secs(30));
}

/// In each vault.
const MANY: usize = 60;
