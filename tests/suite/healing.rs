//! A job that dies at any request heals on the next run, and makes no second generation.

use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, GIVEN, MINTED, Program};

/// When the process dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The request is lost.
    BeforeCommit,
    /// The answer is lost.
    AfterCommit,
}

/// What the run that dies would have done.
struct Story {
    secretfile: &'static str,
    /// Brings the vaults into the state that the run starts from.
    prepare: fn(&Azure),
    /// What the run and the one after it have in their environment.
    environment: &'static [(&'static str, &'static str)],
    /// How many generations there are in the end.
    generations: usize,
}

#[test]
fn a_create_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        secretfile: MINTED,
        prepare: |_| {},
        environment: &[],
        generations: 1,
    });
}

#[test]
fn a_rotation_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        secretfile: MINTED,
        prepare: |azure| {
            azure.program(MINTED).args(&["sync"]).run().expect(0);
            azure.clock.wait(Duration::from_secs(91 * 86_400));
        },
        environment: &[],
        generations: 2,
    });
}

#[test]
fn an_update_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        secretfile: GIVEN,
        prepare: |azure| {
            azure.program(GIVEN).env("API_KEY", "first").args(&["sync"]).run().expect(0);
            azure.clock.wait(Duration::from_secs(60));
        },
        environment: &[("API_KEY", "second")],
        generations: 2,
    });
}

/// Kills the run at its first request, at its second, and so on until it is no longer killed.
fn dies_at_every_request(story: &Story) {
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let deaths = (1..).take_while(|&number| dies_and_heals(story, number, moment)).count();
        assert!(deaths >= 6, "a sync of two vaults makes more than {deaths} requests");
    }
}

/// Returns false when the run made fewer requests than `number`.
fn dies_and_heals(story: &Story, number: usize, moment: Moment) -> bool {
    let azure = Azure::start();
    (story.prepare)(&azure);
    let program = || {
        let program = azure.program(story.secretfile).args(&["sync"]);
        story.environment.iter().fold(program, |program, (name, value)| program.env(name, value))
    };
    let was_killed = kill_at(&azure, program(), number, moment);
    program().run().expect(0);

    let place = format!("killed at request {number}, {moment:?}");
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"), "{place}: both vaults are equal");
    let generations = azure.generations(&[A, B], "db");
    assert_eq!(generations.len(), story.generations, "{place}: {generations:?}");
    was_killed
}

/// Runs the program and kills it at its request `number`; says whether it came that far.
fn kill_at(azure: &Azure, program: Program, number: usize, moment: Moment) -> bool {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let count = Arc::new(AtomicUsize::new(0));
    let (hooked, counted) = (victim.clone(), count.clone());
    azure.control().on_request(Arc::new(move |_| {
        if counted.fetch_add(1, Ordering::SeqCst) + 1 != number {
            return None;
        }
        // The lock is free once the process was started.
        let mut victim = hooked.lock().expect("no holder panicked");
        let child = victim.as_mut().expect("the process was started");
        child.kill().expect("the process can be killed");
        child.wait().expect("the process is gone");
        match moment {
            Moment::BeforeCommit => Some(Fault::ResetBefore),
            Moment::AfterCommit => Some(Fault::ResetAfter),
        }
    }));
    {
        let mut victim = victim.lock().expect("no holder panicked");
        *victim = Some(program.spawn());
    }
    loop {
        let mut victim = victim.lock().expect("no holder panicked");
        let child = victim.as_mut().expect("the process was started");
        if child.try_wait().expect("the process can be waited for").is_some() {
            break;
        }
        drop(victim);
        std::thread::yield_now();
    }
    azure.control().on_request(Arc::new(|_| None));
    count.load(Ordering::SeqCst) >= number
}
