//! The least time that a workload can take, from what its requests cost. Pure.

use crate::bare::Bare;
use crate::vault::Limiter;
use crate::workload::PARALLEL;

/// What a workload has to ask for, counted phase by phase.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    /// Requests of which each needs the answer of the one before: sign-in, pages of a list, the first
    /// of a secret's targets.
    pub in_turn: usize,
    /// Requests that may run side by side, each stage after the one before.
    pub abreast: Vec<usize>,
    /// New versions among them.
    pub creates: usize,
    /// Requests that a secret takes when its observation has become too old to mint on.
    pub looks: usize,
    /// Hosts that are connected to one after the other.
    pub hosts_in_turn: usize,
    /// Connections that are opened side by side.
    pub connections: usize,
}

/// A bound, and what it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Seconds.
    pub seconds: f64,
    /// What decides it.
    pub by: By,
}

/// What decides a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Round trips.
    Trips,
    /// The CPU that the program and the vault share.
    Cpu,
    /// The vault's limiter.
    Limiter,
    /// A number of the design.
    Design,
}

/// Without a limiter; `start` is what a process takes that does nothing.
pub fn free(requests: &Requests, bare: &Bare, start: f64) -> Bound {
    let (each, by) = each(bare);
    let before = before(requests, bare, start);
    let creates = requests.creates as f64;
    // Minting rests on observations of the last five seconds: later secrets are looked at again.
    let in_time = (FRESH / each).min(creates);
    let again = (creates - in_time) * requests.looks as f64;
    let stage = |count: &usize| (*count as f64 * each).max(bare.trip);
    let abreast: f64 = requests.abreast.iter().map(stage).sum();
    Bound { seconds: before + abreast + again * each, by }
}

/// Through a limiter whose clock says `clock` when the program starts.
pub fn limited(
    requests: &Requests,
    bare: &Bare,
    start: f64,
    limiter: Limiter,
    clock: f64,
) -> Bound {
    let (each, _) = each(bare);
    let begin = clock + before(requests, bare, start);
    let mut admitted: Vec<f64> = Vec::with_capacity(requests.creates);
    for number in 0..requests.creates {
        let soonest = admitted.last().map_or(begin, |last| last + each);
        let free = number.checked_sub(LIMIT).and_then(|first| admitted.get(first));
        let opens = match free {
            None => soonest,
            Some(first) if limiter.slides => first + WINDOW,
            Some(first) => (first / WINDOW).floor() * WINDOW + WINDOW,
        };
        admitted.push(soonest.max(opens));
    }
    let end = admitted.last().copied().unwrap_or(begin) + bare.trip;
    Bound { seconds: end - clock, by: By::Limiter }
}

/// Everything before the first request that may run beside others.
fn before(requests: &Requests, bare: &Bare, start: f64) -> f64 {
    let connections = requests.connections.max(1) as f64;
    let connect = requests.hosts_in_turn as f64 * bare.connect
        // Handshakes are CPU, on both sides.
        + connections * (bare.connect / CORES).min(bare.apart);
    start + requests.in_turn as f64 * bare.trip + connect
}

/// The time between two answers of many side by side.
fn each(bare: &Bare) -> (f64, By) {
    let trips = bare.trip / PARALLEL as f64;
    if bare.apart > trips * 1.1 { (bare.apart, By::Cpu) } else { (trips, By::Trips) }
}

/// How old an observation may be, in seconds; as in `apply.rs`.
const FRESH: f64 = 5.0;
/// New versions in each window.
const LIMIT: usize = 300;
/// How long a window is, in seconds.
const WINDOW: f64 = 10.0;
/// Of the machine that the numbers in the README come from.
const CORES: f64 = 2.0;
