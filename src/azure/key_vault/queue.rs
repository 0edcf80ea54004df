//! Where requests to one vault wait for their turn.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::error::{Error, Kind};
use crate::http::{Http, NoAnswer, Response};
use crate::throttle::{Bucket, End, Pass, Throttle, When};

/// One vault's throttle, shared by the threads that ask the vault.
#[derive(Default)]
pub struct Queue {
    throttle: Mutex<Throttle>,
    /// A request was answered.
    answered: Condvar,
}

/// A request whose turn it is; dropped without an answer, it was not sent.
pub struct Sending<'a> {
    queue: &'a Queue,
    clock: &'a Clock,
    pass: Pass,
    end: End,
}

/// What was waited for, or why not.
type Waited<T> = std::result::Result<T, NoAnswer>;

impl Queue {
    /// Waits for a request's turn, as long as the run may last, and takes it.
    pub fn enter<'a>(&'a self, bucket: Bucket, http: &'a Http) -> Waited<Sending<'a>> {
        let clock = http.clock();
        let pass = self.wait(bucket, http)?.send(bucket, clock.elapsed());
        Ok(Sending { queue: self, clock, pass, end: End::Unsent })
    }

    /// Waits until a request's turn would have come.
    pub fn look(&self, bucket: Bucket, http: &Http) -> Waited<()> {
        self.wait(bucket, http).map(drop)
    }

    /// Whether a request's turn would be now.
    pub fn is_open(&self, bucket: Bucket, clock: &Clock) -> bool {
        self.throttle().when(bucket, clock.elapsed()) == When::Now
    }

    fn wait(&self, bucket: Bucket, http: &Http) -> Waited<MutexGuard<'_, Throttle>> {
        let mut throttle = self.throttle();
        let mut told = None;
        loop {
            let now = http.clock().elapsed();
            throttle = match throttle.when(bucket, now) {
                When::Now => return Ok(throttle),
                When::At(time) => {
                    let wait = http.in_time(time.saturating_sub(now))?;
                    // A wait that is looked at in between is told once.
                    if told.replace(time) != Some(time) {
                        log::debug!("trying again in {} ms", wait.as_millis());
                    }
                    http.clock().wait_on(&self.answered, throttle, wait)
                }
                // Whoever is on the way is answered within the limits of a call.
                When::Later => self.answered.wait(throttle).unwrap_or_else(PoisonError::into_inner),
                When::Never => return Err(given_up()),
            };
        }
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sending<'_> {
    /// Tells how the vault answered; true: it refused, and the request waits for another turn.
    pub fn was_refused(mut self, answer: &std::result::Result<Response, NoAnswer>) -> bool {
        self.end = match answer {
            Ok(response) if response.status == 429 => End::Refused(response.retry_after),
            Err(none) if none.before_request => End::Unsent,
            _ => End::Counted,
        };
        matches!(self.end, End::Refused(_))
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.queue.throttle().done(&self.pass, self.end, self.clock.elapsed());
        self.queue.answered.notify_all();
    }
}

fn given_up() -> NoAnswer {
    let what = "it refused every request of this kind as too many (429), for three minutes";
    let help = "run again later, or with a smaller --parallel; what was written is kept";
    let error = Error::new(Kind::Throttled, what).help(help);
    NoAnswer { error, before_request: true, may_pass: false, status: None }
}
