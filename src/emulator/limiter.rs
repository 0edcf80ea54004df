//! How many requests a vault takes in ten seconds.

use std::collections::VecDeque;
use std::time::Duration;

/// What a limiter allows, and what it tells those that it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// New versions (PUT and restore) in each window.
    pub creates: usize,
    /// Other requests in each window.
    pub others: usize,
    /// How long a window is.
    pub window: Duration,
    /// When a window starts.
    pub kind: Window,
    /// Whether a refusal says how long to wait; the service's own do not.
    pub retry_after: bool,
}

/// When a window starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Window {
    /// At every multiple of its length.
    Fixed,
    /// With each request.
    Sliding,
}

impl Default for Limits {
    /// As documented for a vault in one region.
    fn default() -> Self {
        Self {
            creates: 300,
            others: 4_000,
            window: Duration::from_secs(10),
            kind: Window::Fixed,
            retry_after: false,
        }
    }
}

/// What counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// New versions.
    Creates,
    /// All else.
    Others,
}

impl Bucket {
    /// Where a request counts.
    pub fn of(method: &str, path: &str) -> Self {
        let path = path.trim_matches('/').to_ascii_lowercase();
        match method {
            "PUT" => Self::Creates,
            "POST" if path == "secrets/restore" => Self::Creates,
            _ => Self::Others,
        }
    }
}

/// One vault's count; refused requests do not count.
#[derive(Debug, Default)]
pub struct Limiter {
    /// When the new versions of this window were made, by the clock's elapsed time.
    creates: VecDeque<Duration>,
    /// When the other requests came.
    others: VecDeque<Duration>,
}

impl Limiter {
    /// Counts a request that comes at `now`, or says how long it has to wait.
    pub fn admit(
        &mut self,
        limits: &Limits,
        bucket: Bucket,
        now: Duration,
    ) -> Result<(), Duration> {
        let (times, limit) = match bucket {
            Bucket::Creates => (&mut self.creates, limits.creates),
            Bucket::Others => (&mut self.others, limits.others),
        };
        while times.front().is_some_and(|time| leaves(limits, *time) <= now) {
            times.pop_front();
        }
        if times.len() < limit {
            times.push_back(now);
            return Ok(());
        }
        let end = times.front().map_or(now + limits.window, |time| leaves(limits, *time));
        Err(end.saturating_sub(now))
    }
}

/// When a request of `time` counts no more.
fn leaves(limits: &Limits, time: Duration) -> Duration {
    let Window::Fixed = limits.kind else { return time + limits.window };
    let length = limits.window.as_nanos().max(1);
    let into_window = u64::try_from(time.as_nanos() % length).unwrap_or_default();
    time.saturating_sub(Duration::from_nanos(into_window)) + limits.window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn few(kind: Window) -> Limits {
        Limits { creates: 2, others: 3, kind, ..Limits::default() }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_fixed_window_starts_anew_for_all_at_once() {
        let (limits, mut limiter) = (few(Window::Fixed), Limiter::default());
        let mut ask = |now| limiter.admit(&limits, Bucket::Creates, at(now));
        assert_eq!((ask(8), ask(9)), (Ok(()), Ok(())));
        assert_eq!(ask(9), Err(at(1)));
        assert_eq!((ask(10), ask(10)), (Ok(()), Ok(())));
        assert_eq!(ask(11), Err(at(9)));
    }

    #[test]
    fn a_sliding_window_frees_one_place_at_a_time() {
        let (limits, mut limiter) = (few(Window::Sliding), Limiter::default());
        let mut ask = |now| limiter.admit(&limits, Bucket::Creates, at(now));
        assert_eq!((ask(5), ask(9)), (Ok(()), Ok(())));
        assert_eq!(ask(14), Err(at(1)));
        assert_eq!(ask(15), Ok(()));
        assert_eq!(ask(15), Err(at(4)));
    }

    #[test]
    fn new_versions_and_other_requests_count_apart() {
        let (limits, mut limiter) = (few(Window::Fixed), Limiter::default());
        for bucket in [Bucket::Creates, Bucket::Creates, Bucket::Others] {
            assert_eq!(limiter.admit(&limits, bucket, at(0)), Ok(()));
        }
        assert!(limiter.admit(&limits, Bucket::Creates, at(0)).is_err());
        assert!(limiter.admit(&limits, Bucket::Others, at(0)).is_ok());
    }

    #[test]
    fn only_put_and_restore_make_versions() {
        assert_eq!(Bucket::of("PUT", "/secrets/a"), Bucket::Creates);
        assert_eq!(Bucket::of("POST", "//Secrets/restore/"), Bucket::Creates);
        assert_eq!(Bucket::of("POST", "/secrets/a/backup"), Bucket::Others);
        assert_eq!(Bucket::of("GET", "/secrets/restore"), Bucket::Others);
    }
}
