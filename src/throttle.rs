//! How often one vault is asked, learned from its answers. Pure: the caller waits and tells the time.
//!
//! Key Vault counts in windows of 10 s, new versions apart from all else, and a refusal names neither
//! the limit nor the time at which the next window opens. So what was admitted is counted here as well:
//! the first refusal tells the limit, one request after the other tries until the window opens, and
//! from then on the limit is kept to. Whether windows begin at fixed times or with each request shows
//! when a new one admits less than the limit.

use std::collections::VecDeque;
use std::time::Duration;

/// What counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// New versions.
    Creates,
    /// All else.
    Others,
}

/// When a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// Not before this time of the clock.
    At(Duration),
    /// Not before another request was answered.
    Later,
    /// Not at all: nothing was admitted for too long.
    Never,
}

/// A request that was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Pass {
    bucket: Bucket,
    /// Whether it tries whether the window is open again.
    tries: bool,
    /// When it was sent.
    sent: Duration,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The vault has counted it, or may have.
    Counted,
    /// 429, with the time that the vault asks to wait, where it does.
    Refused(Option<Duration>),
    /// It never got to the vault.
    Unsent,
}

/// What is known of one vault.
#[derive(Debug)]
pub struct Throttle {
    creates: Tally,
    others: Tally,
    /// How many requests may be under way.
    at_once: usize,
    /// How many are.
    under_way: usize,
}

impl Default for Throttle {
    fn default() -> Self {
        let (creates, others) = (Tally::new(CREATES), Tally::new(OTHERS));
        Self { creates, others, at_once: AT_ONCE, under_way: 0 }
    }
}

impl Throttle {
    /// When the next request may be sent.
    pub fn when(&mut self, bucket: Bucket, now: Duration) -> When {
        if self.under_way >= self.at_once {
            return When::Later;
        }
        self.tally(bucket).when(now)
    }

    /// Sends a request, which `when` allowed; how it ends is told with the pass.
    pub fn send(&mut self, bucket: Bucket, now: Duration) -> Pass {
        self.under_way += 1;
        Pass { bucket, tries: self.tally(bucket).send(), sent: now }
    }

    /// A request was answered, or failed.
    pub fn done(&mut self, pass: &Pass, end: End, now: Duration) {
        self.under_way -= 1;
        if let End::Counted = end {
            let is_quick = now.saturating_sub(pass.sent) <= QUICK;
            let fewer = self.at_once.saturating_sub(1).max(FEWEST);
            self.at_once = if is_quick { (self.at_once + 1).min(MOST) } else { fewer };
        }
        self.tally(pass.bucket).done(pass.tries, end, now);
    }

    fn tally(&mut self, bucket: Bucket) -> &mut Tally {
        match bucket {
            Bucket::Creates => &mut self.creates,
            Bucket::Others => &mut self.others,
        }
    }
}

/// What one bucket admitted in the last window, and what that tells.
#[derive(Debug)]
struct Tally {
    /// When requests were answered that the vault counted, oldest first, as far as a window goes back. It
    /// counted each of them earlier, so that none still counts there which counts no more here.
    counted: VecDeque<Duration>,
    /// How many are sent and not answered.
    under_way: usize,
    /// What was admitted before counts no more: the vault was seen to open a window then.
    opened: Option<Duration>,
    /// Whether that was wrong, because each request has a window of its own.
    slides: bool,
    /// How many a window admits, once that was seen.
    limit: Option<usize>,
    /// When that was seen or raised last.
    learned: Duration,
    /// What the service documents: a lower limit comes from others who use the vault, and may pass.
    documented: usize,
    shut: Option<Shut>,
}

/// The vault refuses.
#[derive(Debug)]
struct Shut {
    /// Since when.
    since: Duration,
    /// When the next request may try.
    next: Duration,
    /// Whether one does.
    is_tried: bool,
}

impl Tally {
    fn new(documented: usize) -> Self {
        Self {
            counted: VecDeque::new(),
            under_way: 0,
            opened: None,
            slides: false,
            limit: None,
            learned: Duration::ZERO,
            documented,
            shut: None,
        }
    }

    fn when(&mut self, now: Duration) -> When {
        self.forget(now);
        if let Some(shut) = &self.shut {
            return shut.when(now);
        }
        self.raise(now);
        match self.limit {
            Some(limit) if self.used() + self.under_way >= limit => {
                self.oldest().map_or(When::Later, |oldest| When::At(oldest + WINDOW))
            }
            _ => When::Now,
        }
    }

    /// Whether the request tries whether the vault admits again.
    fn send(&mut self) -> bool {
        self.under_way += 1;
        self.shut.as_mut().is_some_and(|shut| {
            shut.is_tried = true;
            true
        })
    }

    /// A limit below the documented one may have been lower only for a while.
    fn raise(&mut self, now: Duration) {
        let is_full = |limit| self.used() + self.under_way >= limit;
        if let Some(limit) = self.limit.filter(|limit| *limit < self.documented && is_full(*limit))
            && now >= self.learned + WINDOW
        {
            self.limit = Some((limit + limit / 8 + 1).min(self.documented));
            self.learned = now;
        }
    }

    fn done(&mut self, tries: bool, end: End, now: Duration) {
        self.under_way -= 1;
        self.forget(now);
        match end {
            End::Refused(asked) => self.refused(tries, asked, now),
            End::Counted => self.admitted(tries, now),
            End::Unsent => {
                if let Some(shut) = self.shut.as_mut().filter(|_| tries) {
                    shut.is_tried = false;
                    shut.next = now + TRY;
                }
            }
        }
    }

    fn admitted(&mut self, tries: bool, now: Duration) {
        self.counted.push_back(now);
        if self.counted.len() > MOST_COUNTED {
            self.counted.pop_front();
        }
        if tries {
            self.shut = None;
            self.opened = Some(now);
        } else if self.shut.is_some() {
            // Sent before the refusal was known, and admitted before it.
            self.limit = self.limit.map(|limit| limit.max(self.used()));
        }
    }

    fn refused(&mut self, tries: bool, asked: Option<Duration>, now: Duration) {
        if self.shut.is_none() {
            self.learn(now);
        }
        let next = match asked {
            Some(asked) => now + asked.clamp(TRY, MOST_ASKED),
            None => self.next_try(now),
        };
        match &mut self.shut {
            Some(shut) if tries => (shut.is_tried, shut.next) = (false, next),
            // Its refusal is as old as the one that shut.
            Some(_) => {}
            None => self.shut = Some(Shut { since: now, next, is_tried: false }),
        }
    }

    /// What the first refusal after a time of admission tells.
    fn learn(&mut self, now: Duration) {
        let (used, all) = (self.used(), self.counted.len() + self.under_way);
        match self.limit {
            Some(limit) if used >= limit => {}
            Some(limit) if !self.slides && all >= limit => self.slides = true,
            _ => {
                self.limit = Some(used.max(1));
                self.learned = now;
            }
        }
    }

    /// About every half second; where windows are fixed and one was seen to open, when the next does.
    fn next_try(&self, now: Duration) -> Duration {
        let soon = now + TRY;
        match self.opened.filter(|_| !self.slides && self.shut.is_none()) {
            Some(opened) => {
                let passed = now.saturating_sub(opened).as_millis() / WINDOW.as_millis();
                let windows = u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(1);
                soon.max(opened.saturating_add(WINDOW.saturating_mul(windows)))
            }
            None => soon,
        }
    }

    /// How many of those that were admitted count still.
    fn used(&self) -> usize {
        self.counted.len() - self.forgiven()
    }

    /// The oldest of them.
    fn oldest(&self) -> Option<Duration> {
        self.counted.get(self.forgiven()).copied()
    }

    /// How many count no more, since a window opened after them.
    fn forgiven(&self) -> usize {
        match self.opened.filter(|_| !self.slides) {
            Some(opened) => self.counted.partition_point(|time| *time < opened),
            None => 0,
        }
    }

    fn forget(&mut self, now: Duration) {
        while self.counted.front().is_some_and(|time| *time + WINDOW <= now) {
            self.counted.pop_front();
        }
    }
}

impl Shut {
    fn when(&self, now: Duration) -> When {
        if self.is_tried {
            When::Later
        } else if now < self.next {
            When::At(self.next)
        } else if now >= self.since + PATIENCE {
            When::Never
        } else {
            When::Now
        }
    }
}

/// How long the service counts. Its limits are documented per 10 s.
/// <https://learn.microsoft.com/azure/key-vault/general/service-limits>
const WINDOW: Duration = Duration::from_secs(10);
/// New versions in a window, as documented.
const CREATES: usize = 300;
/// Other requests in a window, as documented.
const OTHERS: usize = 4_000;
/// How many admissions are remembered; twice what is documented, so that memory has a bound.
const MOST_COUNTED: usize = 2 * OTHERS;
/// The time between two requests that try whether a window is open.
const TRY: Duration = Duration::from_millis(500);
/// The most that is waited because the vault asks for it.
const MOST_ASKED: Duration = Duration::from_secs(60);
/// A vault that admits nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(180);
/// How many requests a vault gets at once before it was seen to be quick.
const AT_ONCE: usize = 16;
/// How many it gets however slow it is.
const FEWEST: usize = 4;
/// How many it gets however quick it is: `--parallel` is no more.
const MOST: usize = 256;
/// An answer within this time lets one more request be sent beside it, any other one fewer.
const QUICK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
