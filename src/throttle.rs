//! How often one vault is asked, learned from its answers. Pure: the caller waits and tells the time.
//!
//! Key Vault counts in windows of 10 s, new versions apart from all else, and a refusal names neither
//! the limit nor the time at which the next window opens. So what was admitted is counted here as well:
//! the first refusal tells the limit, one request after the other tries until the window opens, and
//! from then on the limit is kept to. Whether windows begin at fixed times or with each request shows
//! when a new one admits less than the limit.

use std::time::Duration;

use self::tally::Tally;

mod tally;

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

/// New versions in a window, as documented.
const CREATES: usize = 300;
/// Other requests in a window, as documented.
const OTHERS: usize = 4_000;
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
