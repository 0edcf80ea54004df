//! What ends a run early: a signal, or the end of its time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::error_code::ErrorCode;

/// A signal that asks a process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGINT: a person at the terminal, or a CI system that cancels the job.
    Interrupt,
    /// SIGTERM: a CI system, or whatever runs the container.
    Terminate,
}

impl Signal {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// The exit code of a process that it ended: 128 and its number, as shells count.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Why nothing new is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A signal asked for it.
    Stopped(Signal),
    /// The run had this long.
    OutOfTime(Duration),
}

impl Over {
    /// What is said of everything that was not done for it.
    pub fn error(self) -> Error {
        let again = "run again: what was written is kept, and the rest is brought up to it";
        match self {
            Self::Stopped(signal) => {
                let what = format!("not done: stopped by {}", signal.name());
                Error::new(Kind::Stopped(signal), what).help(again)
            }
            Self::OutOfTime(limit) => {
                let seconds = limit.as_secs_f64();
                let what = format!("not done: the run's time limit of {seconds} s is over");
                let help = format!("{again}; `--timeout` gives it more time");
                Error::of(ErrorCode::RunTimeout, what).help(help)
            }
        }
    }
}

/// Whether a signal asked a run to end; waits wake up for it.
#[derive(Debug, Default)]
pub struct Halt {
    state: Mutex<State>,
    told: Condvar,
}

/// What the lock guards.
#[derive(Debug, Default)]
struct State {
    signal: Option<Signal>,
    /// Whether there is something to finish and to report.
    is_guarded: bool,
}

impl Halt {
    /// The first signal.
    pub fn signal(&self) -> Option<Signal> {
        self.lock().signal
    }

    /// Takes a signal; false: the process must end at once, because there is nothing to finish, or because
    /// it is not the first one.
    pub fn stop(&self, signal: Signal) -> bool {
        let mut state = self.lock();
        let waits = state.is_guarded && state.signal.is_none();
        state.signal.get_or_insert(signal);
        self.told.notify_all();
        waits
    }

    /// Sets whether there is something to finish; says whether there was.
    pub fn guard(&self, is_guarded: bool) -> bool {
        std::mem::replace(&mut self.lock().is_guarded, is_guarded)
    }

    /// Waits for a signal, for that long at most.
    pub fn wait(&self, time: Duration) {
        let unstopped = |state: &mut State| state.signal.is_none();
        drop(self.told.wait_timeout_while(self.lock(), time, unstopped));
    }

    /// Waits for a signal.
    pub fn wait_for_signal(&self) {
        drop(self.told.wait_while(self.lock(), |state| state.signal.is_none()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_signal_waits_and_only_for_what_must_be_finished() {
        let halt = Halt::default();
        assert!(!halt.stop(Signal::Interrupt), "nothing was begun");
        let halt = Halt::default();
        halt.guard(true);
        assert!(halt.stop(Signal::Terminate));
        assert!(!halt.stop(Signal::Interrupt), "a second one ends at once");
        assert_eq!(halt.signal(), Some(Signal::Terminate), "the first one counts");
    }
}
