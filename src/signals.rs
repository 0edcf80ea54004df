//! The signals that ask the process to end: the first lets it finish what was begun, a second ends it.

use std::thread;

use secretzero::clock::Clock;
use secretzero::halt::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;

use crate::say;

/// Takes them over for the rest of the process. As the first process of a container it would not even be
/// ended by them otherwise.
pub fn heed(clock: Clock) {
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_hang_up_ignored() {
        wanted.push(SIGHUP);
    }
    // What the system refuses leaves them as they are: they end the process.
    let Ok(signals) = Signals::new(wanted) else { return };
    // Where no thread can be had, nothing else can be done either.
    let _ =
        thread::Builder::new().name("signals".to_owned()).spawn(move || listen(signals, &clock));
}

fn listen(mut signals: Signals, clock: &Clock) {
    for number in signals.forever() {
        let signal = match number {
            SIGHUP => Signal::HangUp,
            SIGINT => Signal::Interrupt,
            _ => Signal::Terminate,
        };
        let name = signal.name();
        if !clock.stop(signal) {
            say(&format!("error: ended by {name}\n"));
            exit(signal.exit_code().into());
        }
        say(&format!("warn: {name}: finishing what was begun; a second signal ends it at once\n"));
    }
}

/// Whether this was started to outlive its terminal (`nohup`); Linux tells by a mask of signals.
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (SIGHUP - 1) != 0)
}
