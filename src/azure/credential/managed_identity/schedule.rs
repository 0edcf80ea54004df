//! When a host is asked again. Pure: the caller waits.

use std::time::Duration;

/// The tries of one question.
#[derive(Debug)]
pub struct Schedule {
    /// Whether 404 and 410 are passing states, as they are of the metadata service while it is
    /// updated.
    updates: bool,
    /// How often it was asked again.
    tried: usize,
}

impl Schedule {
    /// The metadata service's, whose updates take up to 70 s.
    /// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance>
    pub fn imds() -> Self {
        Self { updates: true, tried: 0 }
    }

    /// Any other host's.
    pub fn usual() -> Self {
        Self { updates: false, tried: 0 }
    }

    /// How long to wait before the next try; `None`: give up. No status is no answer; `asked` is the
    /// host's own word.
    pub fn next(&mut self, status: Option<u16>, asked: Option<Duration>) -> Option<Duration> {
        let waits = match status {
            Some(410) if self.updates => UPDATE,
            Some(404) if self.updates => BUSY,
            Some(408 | 429 | 500..=599) | None => BUSY,
            _ => return None,
        };
        let wait = Duration::from_millis(*waits.get(self.tried)?);
        self.tried += 1;
        Some(asked.map_or(wait, |asked| asked.min(MOST_ASKED).max(wait)))
    }
}

/// Waits of a host that is busy or does not answer, milliseconds: 24 s in all.
const BUSY: [u64; 5] = [0, 1_600, 3_200, 6_400, 12_800];
/// Waits of a metadata service that is updated, milliseconds: 75 s in all.
const UPDATE: [u64; 5] = [0, 5_000, 10_000, 20_000, 40_000];
/// The most that is waited because the host asks for it.
const MOST_ASKED: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(mut schedule: Schedule, status: Option<u16>) -> Vec<u128> {
        let next = || schedule.next(status, None).map(|wait| wait.as_millis());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_busy_metadata_service_is_asked_six_times_in_24_seconds() {
        for status in [Some(404), Some(429), Some(500), Some(503), Some(599), None] {
            assert_eq!(waits(Schedule::imds(), status), [0, 1_600, 3_200, 6_400, 12_800]);
        }
    }

    #[test]
    fn a_metadata_service_that_is_updated_is_waited_for_longer() {
        assert_eq!(waits(Schedule::imds(), Some(410)), [0, 5_000, 10_000, 20_000, 40_000]);
    }

    #[test]
    fn a_refusal_is_final() {
        for status in [200, 400, 401, 403] {
            assert!(waits(Schedule::imds(), Some(status)).is_empty(), "{status}");
        }
        for status in [400, 401, 403, 404, 410] {
            assert!(waits(Schedule::usual(), Some(status)).is_empty(), "{status}");
        }
        assert_eq!(waits(Schedule::usual(), Some(429)).len(), 5);
    }

    #[test]
    fn the_hosts_own_word_counts_within_a_bound() {
        let asked = |seconds| Schedule::usual().next(Some(429), Some(Duration::from_secs(seconds)));
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(7_200), Some(Duration::from_secs(60)));
    }
}
