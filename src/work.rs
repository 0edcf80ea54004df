//! The same work on many items, by a bounded number of threads.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Does `work` on every item by at most `workers` threads; the results keep the items' order.
pub fn each<T: Sync, R: Send>(
    items: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if items.len() <= 1 || workers <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    by_threads(items.len(), workers, || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        Some((index, work(items.get(index)?)))
    })
}

/// The same where the items of one lane may have to wait for one another: every lane gets its share of
/// the threads, those with the most items left first, and one that is not open now comes last.
pub fn in_lanes<T: Sync, R: Send, K: Ord>(
    items: &[T],
    workers: usize,
    lane: impl Fn(&T) -> K,
    is_open: impl Fn(&T) -> bool + Sync,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if items.len() <= 1 || workers <= 1 {
        return items.iter().map(work).collect();
    }
    let lanes = Mutex::new(Lanes::of(items, lane));
    by_threads(items.len(), workers, || {
        let (lane, index) = lock(&lanes).take(|index| items.get(index).is_some_and(&is_open))?;
        let result = work(items.get(index)?);
        lock(&lanes).done(lane);
        Some((index, result))
    })
}

/// Threads that do `one` piece of work after the other until none is left, ordered by its index.
fn by_threads<R: Send>(
    pieces: usize,
    workers: usize,
    one: impl Fn() -> Option<(usize, R)> + Sync,
) -> Vec<R> {
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(pieces));
    std::thread::scope(|scope| {
        for _ in 0..workers.min(pieces) {
            scope.spawn(|| {
                while let Some(result) = one() {
                    lock(&done).push(result);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Items by what they wait for.
struct Lanes(Vec<Lane>);

/// Items that wait for the same.
#[derive(Default)]
struct Lane {
    /// Indices of those that were not begun.
    waiting: VecDeque<usize>,
    /// How many threads work on it.
    threads: usize,
}

impl Lanes {
    fn of<T, K: Ord>(items: &[T], lane: impl Fn(&T) -> K) -> Self {
        let mut lanes: BTreeMap<K, Lane> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            lanes.entry(lane(item)).or_default().waiting.push_back(index);
        }
        Self(lanes.into_values().collect())
    }

    /// The next item of the lane that needs a thread most; the lane's number comes back with it.
    fn take(&mut self, is_open: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
        let lanes = self.0.iter_mut().enumerate();
        let (_, (number, lane)) = lanes
            .filter_map(|(number, lane)| {
                let next = *lane.waiting.front()?;
                let rank = (!is_open(next), lane.threads, Reverse(lane.waiting.len()));
                Some((rank, (number, lane)))
            })
            .min_by_key(|(rank, _)| *rank)?;
        lane.threads += 1;
        Some((number, lane.waiting.pop_front()?))
    }

    fn done(&mut self, lane: usize) {
        if let Some(lane) = self.0.get_mut(lane) {
            lane.threads -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        let one_by_one = each(&items, 1, |item| item * 2);
        assert_eq!(each(&items, 8, |item| item * 2), one_by_one);
        assert_eq!(in_lanes(&items, 8, |item| item % 3, |_| true, |item| item * 2), one_by_one);
    }

    /// The lanes of the first items that are begun, where none ends.
    fn begun(lengths: &[usize], count: usize, is_open: impl Fn(usize) -> bool) -> Vec<usize> {
        let items: Vec<usize> =
            lengths.iter().enumerate().flat_map(|(lane, length)| vec![lane; *length]).collect();
        let mut lanes = Lanes::of(&items, |lane| *lane);
        let mut take = || lanes.take(|index| is_open(items[index]));
        std::iter::from_fn(|| Some(take()?.0)).take(count).collect()
    }

    #[test]
    fn every_lane_gets_a_thread_before_one_gets_a_second_and_the_longest_begins() {
        assert_eq!(begun(&[1, 9, 3], 5, |_| true), [1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_lane_that_is_not_open_comes_last_and_comes() {
        assert_eq!(begun(&[2, 3], 5, |lane| lane == 0), [0, 0, 1, 1, 1]);
    }
}
