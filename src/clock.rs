//! Now and wait, real or simulated, and whether a run's time is over.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::halt::{Halt, Over, Signal};

/// The one source of time, in client and embedded server alike. Its clones tell the same time and are
/// stopped together.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    halt: Arc<Halt>,
    deadline: Option<Deadline>,
}

#[derive(Clone, Debug)]
enum Source {
    System(Instant),
    Simulated(Arc<Mutex<Simulated>>),
}

#[derive(Debug)]
struct Simulated {
    start: Timestamp,
    passed: Duration,
    /// What of it went by while somebody was kept waiting for an answer.
    stalled: Duration,
}

/// When a run starts nothing more.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    /// By the clock.
    ends: Duration,
    /// How long the run had.
    limit: Duration,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::of(Source::System(Instant::now()))
    }

    /// A clock that stands still but for its waits, which take no time.
    pub fn simulated(start: Timestamp) -> Self {
        let (passed, stalled) = (Duration::ZERO, Duration::ZERO);
        Self::of(Source::Simulated(Arc::new(Mutex::new(Simulated { start, passed, stalled }))))
    }

    fn of(source: Source) -> Self {
        Self { source, halt: Arc::default(), deadline: None }
    }

    /// The same time, for somebody who is stopped by themselves.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::of(self.source.clone())
    }

    /// The same for a run that has this long from now on.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let deadline = Deadline { ends: self.elapsed().saturating_add(limit), limit };
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// The time of day in UTC.
    pub fn now(&self) -> Timestamp {
        match &self.source {
            Source::System(_) => Timestamp::now(),
            Source::Simulated(time) => {
                let time = time.lock().unwrap_or_else(PoisonError::into_inner);
                time.start.saturating_add(time.passed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The time since the clock was made; it never goes back.
    pub fn elapsed(&self) -> Duration {
        match &self.source {
            Source::System(start) => start.elapsed(),
            Source::Simulated(time) => time.lock().unwrap_or_else(PoisonError::into_inner).passed,
        }
    }

    /// Waits; a simulated clock jumps ahead instead. It is cut short when the run is over: whoever waits to
    /// go on must ask [`Self::over`], or do what asks it.
    pub fn wait(&self, time: Duration) {
        let time = time.min(self.left());
        match &self.source {
            Source::System(_) => self.halt.wait(time),
            Source::Simulated(_) if self.halt.signal().is_some() => {}
            Source::Simulated(simulated) => {
                simulated.lock().unwrap_or_else(PoisonError::into_inner).passed += time;
            }
        }
    }

    /// Keeps somebody else waiting for an answer. Nobody can measure that on a simulated clock but by
    /// [`Self::stalled`].
    pub fn stall(&self, time: Duration) {
        match &self.source {
            Source::System(_) => self.wait(time),
            Source::Simulated(simulated) => {
                let mut simulated = simulated.lock().unwrap_or_else(PoisonError::into_inner);
                simulated.passed += time;
                simulated.stalled += time;
            }
        }
    }

    /// How long answers were kept back so far on a simulated clock; zero on the machine's, by which the time
    /// limits of connections go.
    pub fn stalled(&self) -> Duration {
        match &self.source {
            Source::System(_) => Duration::ZERO,
            Source::Simulated(time) => time.lock().unwrap_or_else(PoisonError::into_inner).stalled,
        }
    }

    /// How long the run has; for ever without a limit.
    pub fn left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |deadline| deadline.ends.saturating_sub(self.elapsed()))
    }

    /// Why nothing new may be started; none: it may.
    pub fn over(&self) -> Option<Over> {
        let stopped = self.stopped().map(Over::Stopped);
        let late = self.deadline.filter(|deadline| deadline.ends <= self.elapsed());
        stopped.or_else(|| late.map(|deadline| Over::OutOfTime(deadline.limit)))
    }

    /// The signal that stopped the run.
    pub fn stopped(&self) -> Option<Signal> {
        self.halt.signal()
    }

    /// Stops the run: waits end, and nothing new is started. False: the process should end at once, because
    /// there is nothing to finish, or because it was stopped before.
    pub fn stop(&self, signal: Signal) -> bool {
        self.halt.stop(signal)
    }

    /// From now on there is something to finish and to report.
    pub fn guard(&self) {
        self.halt.guard(true);
    }

    /// Does what no signal need wait for, such as asking a person.
    pub fn unguarded<R>(&self, ask: impl FnOnce() -> R) -> R {
        let before = self.halt.guard(false);
        let answer = ask();
        self.halt.guard(before);
        answer
    }

    /// Waits until a signal comes.
    pub fn wait_for_signal(&self) {
        self.halt.wait_for_signal();
    }

    /// Waits until `event`, but no longer than `most`; a simulated clock jumps ahead instead. It may end
    /// early, so that whoever waits sees that the run is over.
    pub fn wait_on<'a, T>(
        &self,
        event: &Condvar,
        held: MutexGuard<'a, T>,
        most: Duration,
    ) -> MutexGuard<'a, T> {
        match &self.source {
            Source::System(_) => {
                event.wait_timeout(held, most.min(LOOK)).unwrap_or_else(PoisonError::into_inner).0
            }
            Source::Simulated(_) => {
                self.wait(most);
                held
            }
        }
    }
}

/// How long a wait for an event may go on without a look at whether the run is over.
const LOOK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_simulated_wait_moves_both_readings_and_takes_no_time() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        clock.wait(HOUR);
        assert_eq!(clock.elapsed(), HOUR);
        assert_eq!(clock.now().as_second(), 3600);
    }

    #[test]
    fn a_wait_ends_with_the_time_of_the_run() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let run = clock.within(HOUR);
        run.wait(HOUR / 2);
        assert_eq!((run.over(), run.left()), (None, HOUR / 2));
        run.wait(HOUR);
        assert_eq!(clock.elapsed(), HOUR);
        assert_eq!(run.over(), Some(Over::OutOfTime(HOUR)));
        assert_eq!(clock.over(), None, "only that run is over");
    }

    #[test]
    fn a_stop_wakes_whoever_waits_and_nobody_apart() {
        let clock = Clock::system();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| clock.wait(HOUR));
            clock.stop(Signal::Interrupt);
            waiting.join().expect("the wait's end");
        });
        assert_eq!(clock.over(), Some(Over::Stopped(Signal::Interrupt)));
        assert_eq!(clock.apart().over(), None);
    }

    #[test]
    fn a_simulated_clock_that_was_stopped_stands_still() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        clock.stop(Signal::Terminate);
        clock.wait(HOUR);
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }
}
