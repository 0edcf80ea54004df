//! One bucket of a vault: what it admitted in the last window, and what that tells.

use std::collections::VecDeque;
use std::time::Duration;

use super::{End, When};

/// What one bucket admitted in the last window, and what that tells.
#[derive(Debug)]
pub struct Tally {
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
    pub limit: Option<usize>,
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
    /// Nothing was admitted yet; `documented` is how many a window should admit.
    pub fn new(documented: usize) -> Self {
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

    /// When the next request may be sent.
    pub fn when(&mut self, now: Duration) -> When {
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

    /// Counts a request that is sent: whether it tries whether the vault admits again.
    pub fn send(&mut self) -> bool {
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

    /// Counts how it ended; `tries` is what `send` said.
    pub fn done(&mut self, tries: bool, end: End, now: Duration) {
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
pub const WINDOW: Duration = Duration::from_secs(10);
/// How many admissions are remembered; twice what is documented, so that memory has a bound.
const MOST_COUNTED: usize = 8_000;
/// The time between two requests that try whether a window is open.
const TRY: Duration = Duration::from_millis(500);
/// The most that is waited because the vault asks for it.
const MOST_ASKED: Duration = Duration::from_secs(60);
/// A vault that admits nothing for so long is not waited for.
pub const PATIENCE: Duration = Duration::from_secs(180);
