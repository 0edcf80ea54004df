//! When to try again. Pure: the caller waits.
//!
//! Key Vault's limits count in windows of 10 s and its refusals name no time, so a throttled call
//! waits for about a window at a time; other failures are given up sooner.

use std::time::Duration;

/// Why a call did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 429.
    Throttled,
    /// No answer, or an error of the service's own.
    Failed,
}

/// The tries of one call.
#[derive(Debug, Default)]
pub struct Retry {
    throttled: u32,
    failed: u32,
    /// All waits so far.
    waited: Duration,
}

impl Retry {
    /// How long to wait before the next try; `None`: give up. `asked` is the service's own word, and
    /// `share`, between 0 and 1, spreads the clients.
    pub fn next(
        &mut self,
        trouble: Trouble,
        asked: Option<Duration>,
        share: f64,
    ) -> Option<Duration> {
        let (tried, most, longest) = match trouble {
            Trouble::Throttled => (&mut self.throttled, MOST_THROTTLED, WINDOW),
            Trouble::Failed => (&mut self.failed, MOST_FAILED, LONGEST),
        };
        if *tried == most {
            return None;
        }
        let left = MOST_WAITED.saturating_sub(self.waited);
        let doubled = FIRST.saturating_mul(1 << (*tried).min(16));
        *tried += 1;
        let spread = doubled.min(longest).mul_f64(0.5 + share.clamp(0.0, 1.0) / 2.0);
        let wait = asked.map_or(spread, |asked| asked.min(MOST_ASKED).max(spread));
        if wait > left {
            return None;
        }
        self.waited += wait;
        Some(wait)
    }
}

/// The first wait at its longest.
const FIRST: Duration = Duration::from_millis(800);
/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(8);
/// The longest wait when throttled: a window of the service.
const WINDOW: Duration = Duration::from_secs(10);
/// The most that is waited because the service asks for it.
const MOST_ASKED: Duration = Duration::from_secs(60);
/// The most that one call waits in all. A version's tag says when it was sent and is taken for its own
/// for five minutes, and the last try may take a minute.
const MOST_WAITED: Duration = Duration::from_secs(180);
/// Tries after failures.
const MOST_FAILED: u32 = 4;
/// Tries after 429s.
const MOST_THROTTLED: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(trouble: Trouble, asked: Option<Duration>) -> Vec<u128> {
        let mut retry = Retry::default();
        std::iter::from_fn(|| retry.next(trouble, asked, 1.0))
            .map(|wait| wait.as_millis())
            .collect()
    }

    #[test]
    fn waits_double_up_to_a_bound_and_then_it_is_given_up() {
        assert_eq!(waits(Trouble::Failed, None), [800, 1_600, 3_200, 6_400]);
    }

    #[test]
    fn a_throttled_call_waits_for_windows_and_longer_than_a_failed_one() {
        let waits = waits(Trouble::Throttled, None);
        assert_eq!(waits.len(), 20);
        assert_eq!(waits[4..].iter().max(), Some(&10_000));
        assert!(waits.iter().sum::<u128>() <= 180_000);
    }

    #[test]
    fn one_call_waits_three_minutes_at_most_whatever_the_service_asks_for() {
        let waits = waits(Trouble::Throttled, Some(Duration::from_secs(50)));
        assert_eq!(waits, [50_000; 3]);
    }

    #[test]
    fn the_services_own_word_counts_within_a_bound() {
        assert_eq!(waits(Trouble::Failed, Some(Duration::from_secs(20)))[0], 20_000);
        assert_eq!(waits(Trouble::Failed, Some(Duration::from_secs(7_200)))[0], 60_000);
        assert_eq!(waits(Trouble::Failed, Some(Duration::ZERO))[0], 800);
    }

    #[test]
    fn clients_are_spread_over_half_of_the_wait() {
        let wait = |share| Retry::default().next(Trouble::Failed, None, share);
        assert_eq!(wait(0.0), Some(FIRST / 2));
        assert_eq!(wait(1.0), Some(FIRST));
    }
}
