//! The policy against vaults that count as the service does, on a clock of their own.

use super::*;

/// How a vault counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Windows {
    /// They open every ten seconds.
    Fixed,
    /// Each admission counts for ten seconds.
    Sliding,
}

/// A vault that admits so many new versions in a window.
struct Vault {
    windows: Windows,
    limit: usize,
    tells: bool,
    admitted: VecDeque<Duration>,
}

impl Vault {
    fn answer(&mut self, now: Duration) -> End {
        let windows = self.windows;
        let leaves = |time: Duration| match windows {
            Windows::Sliding => time + WINDOW,
            Windows::Fixed => Duration::from_secs(time.as_secs() / 10 * 10) + WINDOW,
        };
        while self.admitted.front().is_some_and(|time| leaves(*time) <= now) {
            self.admitted.pop_front();
        }
        if self.admitted.len() < self.limit {
            self.admitted.push_back(now);
            return End::Counted;
        }
        let wait = self.admitted.front().map(|time| leaves(*time) - now);
        End::Refused(
            wait.filter(|_| self.tells).map(|wait| Duration::from_secs(wait.as_secs() + 1)),
        )
    }
}

/// What a run through a vault came to.
#[derive(Debug)]
struct Ran {
    took: Duration,
    refused: usize,
}

/// So many creates by 16 threads, each answered `trip` after it was sent and counted half way, from
/// `start` of the vault's clock on. Time goes on in steps of a millisecond.
fn run(vault: &mut Vault, creates: usize, start: u64) -> Ran {
    let mut throttle = Throttle::default();
    let (mut now, mut left, mut done, mut refused) = (ms(start), creates, 0, 0);
    let mut under_way: Vec<(Pass, Duration, Option<End>)> = Vec::new();
    while done < creates {
        assert!(now < ms(start) + Duration::from_secs(900), "{done} of {creates} done");
        for (pass, sent, end) in &mut under_way {
            if end.is_none() && now >= *sent + TRIP / 2 {
                *end = Some(vault.answer(now));
            }
            if let Some(end) = *end
                && now >= *sent + TRIP
            {
                throttle.done(pass, end, now);
                match end {
                    End::Counted => done += 1,
                    _ => (left, refused) = (left + 1, refused + 1),
                }
            }
        }
        under_way.retain(|(_, sent, _)| now < *sent + TRIP);
        while left > 0 && under_way.len() < 16 && throttle.when(Bucket::Creates, now) == When::Now {
            left -= 1;
            under_way.push((throttle.send(Bucket::Creates, now), now, None));
        }
        now += ms(1);
    }
    Ran { took: now - ms(start), refused }
}

fn vault(windows: Windows, tells: bool) -> Vault {
    Vault { windows, limit: 300, tells, admitted: VecDeque::new() }
}

/// The last of the creates is admitted when the third window after the first opens.
fn bound(windows: Windows, start: u64) -> Duration {
    let rest = TRIP * 7;
    match windows {
        Windows::Sliding => ms(30_000) + rest,
        Windows::Fixed => {
            ms(40_000 - 10_000 * (start / 10_000) - start % 10_000) - ms(10_000) + rest
        }
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const TRIP: Duration = Duration::from_millis(22);

#[test]
fn a_thousand_creates_learn_the_limit_and_keep_to_it_whenever_they_begin() {
    for windows in [Windows::Fixed, Windows::Sliding] {
        for tells in [false, true] {
            for start in (0..10_000).step_by(700) {
                // Fast enough to fill the first window before it ends, or the bound is another.
                let is_late = windows == Windows::Fixed && start > 9_000;
                let ran = run(&mut vault(windows, tells), 1_000, start);
                let case = format!("{windows:?}, told {tells}, from {start} ms: {ran:?}");
                assert!(ran.refused <= 60, "{case}");
                let most = bound(windows, start).mul_f64(1.15);
                assert!(is_late || ran.took <= most, "{case}, at most {most:?}");
            }
        }
    }
}
