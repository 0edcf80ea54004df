//! A program that dies at one of its requests.

use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use secretzero::emulator::{Control, Fault, Seen};

use crate::harness::Program;

/// When the process dies.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// The request is lost.
    BeforeCommit,
    /// The answer is lost.
    AfterCommit,
}

/// Runs the program and kills it at its request `number`; says whether it came that far. `watch` sees
/// every request first.
pub fn kill_at(
    control: &Control,
    program: Program,
    number: usize,
    moment: Moment,
    watch: impl Fn(&Seen) + Send + Sync + 'static,
) -> bool {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let count = Arc::new(AtomicUsize::new(0));
    let (hooked, counted) = (victim.clone(), count.clone());
    control.on_request(Arc::new(move |request| {
        watch(request);
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
    wait_for(&victim);
    control.on_request(Arc::new(|_| None));
    count.load(Ordering::SeqCst) >= number
}

/// Waits for its end, and lets whoever kills it have it meanwhile.
fn wait_for(victim: &Mutex<Option<Child>>) {
    loop {
        let mut victim = victim.lock().expect("no holder panicked");
        let child = victim.as_mut().expect("the process was started");
        if child.try_wait().expect("the process can be waited for").is_some() {
            break;
        }
        drop(victim);
        std::thread::yield_now();
    }
}
