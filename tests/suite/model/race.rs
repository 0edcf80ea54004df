//! Two runs of one Secretfile at once, the second from beginning to end while the first is held at one
//! of its requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::{A, Azure, B, GIVEN, MINTED, generation};

/// What two runs do at once.
struct Race {
    secretfile: &'static str,
    prepare: fn(&Azure),
    /// What supplies the given value: to the run that is held, and to the other.
    given: [&'static str; 2],
    /// What moves the service's clock while the first run is held.
    pause: Duration,
}

#[test]
fn two_runs_that_create_at_once_end_equal_at_every_offset() {
    for seconds in [0, 2, 20] {
        at_every_offset(&Race {
            secretfile: MINTED,
            prepare: |_| {},
            given: ["", ""],
            pause: Duration::from_secs(seconds),
        });
    }
}

#[test]
fn two_runs_that_rotate_at_once_end_equal_at_every_offset() {
    for seconds in [0, 2, 20] {
        at_every_offset(&Race {
            secretfile: MINTED,
            prepare: |azure| {
                azure.inside(MINTED, &["sync"], Vec::new());
                azure.clock.wait(Duration::from_secs(91 * 86_400));
            },
            given: ["", ""],
            pause: Duration::from_secs(seconds),
        });
    }
}

#[test]
fn two_runs_that_update_at_once_end_equal_at_every_offset() {
    for seconds in [0, 2, 20] {
        at_every_offset(&Race {
            secretfile: GIVEN,
            prepare: |azure| {
                azure.inside(GIVEN, &["sync"], given("first"));
                azure.clock.wait(Duration::from_secs(600));
            },
            given: ["second", "second"],
            pause: Duration::from_secs(seconds),
        });
    }
}

fn at_every_offset(race: &Race) {
    let offsets = (0..).take_while(|&offset| run_both(race, offset)).count();
    assert!(offsets >= 6, "a sync of two vaults makes more than {offsets} requests");
}

/// Returns false when the first run made no request of this number.
fn run_both(race: &Race, offset: usize) -> bool {
    let azure = Arc::new(Azure::start());
    (race.prepare)(&azure);
    let was_held = hold(race, &azure, offset);
    azure.inside(race.secretfile, &["sync", "--parallel", "1"], given(race.given[0]));
    azure.control().on_request(Arc::new(|_| None));

    let place = format!("held at request {offset} for {:?}", race.pause);
    azure.inside(race.secretfile, &["sync"], given(race.given[1]));
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"), "{place}: both vaults are equal");
    let versions = || [A, B].into_iter().flat_map(|vault| azure.versions(vault, "db"));
    let newest = versions().max_by_key(generation).expect("it was made");
    assert_eq!(azure.value(A, "db"), newest.value, "{place}: the newest generation has won");
    let before = versions().count();
    azure.inside(race.secretfile, &["sync"], given(race.given[1]));
    assert_eq!(versions().count(), before, "{place}: nothing is left to do");
    was_held.load(Ordering::SeqCst) > offset
}

/// Lets the second run happen while request `offset` of the first waits; counts the first's requests.
fn hold(race: &Race, azure: &Arc<Azure>, offset: usize) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, azure_of_hook) = (count.clone(), azure.clone());
    let (secretfile, other, pause) = (race.secretfile, race.given[1], race.pause);
    azure.control().on_request(Arc::new(move |_| {
        // Requests of the second run come while the first one's is held, and are past `offset`.
        if counted.fetch_add(1, Ordering::SeqCst) == offset {
            azure_of_hook.clock.wait(pause);
            azure_of_hook.inside(secretfile, &["sync"], given(other));
            azure_of_hook.clock.wait(pause);
        }
        None
    }));
    count
}

fn given(value: &str) -> Vec<(String, String)> {
    vec![("API_KEY".to_owned(), value.to_owned())]
}
