//! The policy against vaults that count as the service does, on a clock of their own.

use std::collections::VecDeque;

use super::tally::{PATIENCE, WINDOW};
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

#[test]
fn nothing_but_one_request_is_sent_while_a_bucket_is_shut() {
    let mut throttle = Throttle::default();
    let first = throttle.send(Bucket::Creates, ms(0));
    throttle.done(&first, End::Refused(None), ms(10));
    assert_eq!(throttle.when(Bucket::Creates, ms(10)), When::At(ms(510)));
    assert_eq!(throttle.when(Bucket::Others, ms(10)), When::Now, "they count apart");
    assert_eq!(throttle.when(Bucket::Creates, ms(510)), When::Now);
    let tries = throttle.send(Bucket::Creates, ms(510));
    assert_eq!(throttle.when(Bucket::Creates, ms(600)), When::Later);
    throttle.done(&tries, End::Refused(None), ms(620));
    assert_eq!(throttle.when(Bucket::Creates, ms(620)), When::At(ms(1_120)));
    let tries = throttle.send(Bucket::Creates, ms(1_120));
    throttle.done(&tries, End::Counted, ms(1_130));
    assert_eq!(throttle.when(Bucket::Creates, ms(1_130)), When::At(ms(11_130)), "one was admitted");
}

#[test]
fn a_try_that_never_got_to_the_vault_says_nothing_and_is_followed_by_another() {
    let mut throttle = Throttle::default();
    let first = throttle.send(Bucket::Creates, ms(0));
    throttle.done(&first, End::Refused(None), ms(10));
    let tries = throttle.send(Bucket::Creates, ms(510));
    throttle.done(&tries, End::Unsent, ms(520));
    assert_eq!(throttle.when(Bucket::Creates, ms(520)), When::At(ms(1_020)));
}

#[test]
fn the_time_that_the_vault_asks_for_is_waited_within_a_bound() {
    for (asked, waits) in [(0, 500), (7, 7_000), (7_200, 60_000)] {
        let mut throttle = Throttle::default();
        let first = throttle.send(Bucket::Creates, ms(0));
        throttle.done(&first, End::Refused(Some(Duration::from_secs(asked))), ms(0));
        assert_eq!(throttle.when(Bucket::Creates, ms(1)), When::At(ms(waits)), "{asked} s");
    }
}

#[test]
fn a_vault_that_admits_nothing_for_three_minutes_is_given_up() {
    let (mut throttle, mut now, mut tries) = (Throttle::default(), ms(0), 0);
    loop {
        match throttle.when(Bucket::Creates, now) {
            When::Now => {
                let pass = throttle.send(Bucket::Creates, now);
                throttle.done(&pass, End::Refused(None), now);
                tries += 1;
            }
            When::At(time) => now = time,
            other => break assert_eq!(other, When::Never),
        }
    }
    assert_eq!((now, tries), (PATIENCE, 360));
}

#[test]
fn a_limit_that_others_made_low_is_left_again_when_they_are_gone() {
    let mut shared = Vault { limit: 40, ..vault(Windows::Fixed, false) };
    let ran = run(&mut shared, 100, 0);
    assert!(ran.took < Duration::from_secs(25), "{ran:?}");
    let mut throttle = Throttle::default();
    let first = throttle.send(Bucket::Creates, ms(0));
    throttle.done(&first, End::Refused(None), ms(0));
    // From one in a window up to the documented limit, a part more in each.
    let (mut now, mut sent) = (ms(500), 0);
    while now < Duration::from_secs(600) {
        match throttle.when(Bucket::Creates, now) {
            When::Now => {
                let pass = throttle.send(Bucket::Creates, now);
                throttle.done(&pass, End::Counted, now);
                sent += 1;
            }
            When::At(time) => now = time,
            other => panic!("{other:?}"),
        }
    }
    assert!(sent > 5_000, "{sent}");
    assert_eq!(throttle.creates.limit, Some(CREATES));
}

#[test]
fn quick_answers_let_more_be_sent_at_once_and_slow_ones_fewer() {
    let send_all = |throttle: &mut Throttle| {
        let send = || {
            let now = ms(0);
            (throttle.when(Bucket::Others, now) == When::Now)
                .then(|| throttle.send(Bucket::Others, now))
        };
        std::iter::from_fn(send).collect::<Vec<Pass>>()
    };
    for (trip, at_once) in [(ms(20), 32), (ms(3_000), FEWEST)] {
        let mut throttle = Throttle::default();
        let passes = send_all(&mut throttle);
        assert_eq!(passes.len(), AT_ONCE);
        passes.iter().for_each(|pass| throttle.done(pass, End::Counted, trip));
        assert_eq!(send_all(&mut throttle).len(), at_once, "{trip:?}");
    }
}
