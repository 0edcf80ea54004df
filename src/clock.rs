//! Now and wait, real or simulated.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The one source of time, in client and embedded server alike.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Instant),
    Simulated(Arc<Mutex<Simulated>>),
}

#[derive(Debug)]
struct Simulated {
    start: Timestamp,
    passed: Duration,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// A clock that stands still but for its waits, which take no time.
    pub fn simulated(start: Timestamp) -> Self {
        let passed = Duration::ZERO;
        Self(Source::Simulated(Arc::new(Mutex::new(Simulated { start, passed }))))
    }

    /// The time of day in UTC.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System(_) => Timestamp::now(),
            Source::Simulated(time) => {
                let time = time.lock().unwrap_or_else(PoisonError::into_inner);
                time.start.saturating_add(time.passed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The time since the clock was made; it never goes back.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::System(start) => start.elapsed(),
            Source::Simulated(time) => time.lock().unwrap_or_else(PoisonError::into_inner).passed,
        }
    }

    /// Waits; a simulated clock jumps ahead instead.
    pub fn wait(&self, time: Duration) {
        match &self.0 {
            Source::System(_) => std::thread::sleep(time),
            Source::Simulated(simulated) => {
                simulated.lock().unwrap_or_else(PoisonError::into_inner).passed += time;
            }
        }
    }

    /// Waits until `event`, but no longer than `most`; a simulated clock jumps ahead instead.
    pub fn wait_on<'a, T>(
        &self,
        event: &Condvar,
        held: MutexGuard<'a, T>,
        most: Duration,
    ) -> MutexGuard<'a, T> {
        match &self.0 {
            Source::System(_) => {
                event.wait_timeout(held, most).unwrap_or_else(PoisonError::into_inner).0
            }
            Source::Simulated(_) => {
                self.wait(most);
                held
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_wait_moves_both_readings_and_takes_no_time() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        clock.wait(Duration::from_secs(3600));
        assert_eq!(clock.elapsed(), Duration::from_secs(3600));
        assert_eq!(clock.now().as_second(), 3600);
    }
}
