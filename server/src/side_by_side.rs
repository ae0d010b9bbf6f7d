//! The same work for many things, on all cores.

use std::panic::resume_unwind;
use std::thread;

/// What `work` makes of each, in the same order.
pub(crate) fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let mut shares: Vec<Vec<T>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, item) in items.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(index % threads) {
            share.push(item);
        }
    }
    let work = &work;
    let done: Vec<Vec<R>> = thread::scope(|scope| {
        let running: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || share.into_iter().map(work).collect()))
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut done: Vec<_> = done.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    while let Some(next) = done.get_mut(all.len() % threads).and_then(Iterator::next) {
        all.push(next);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_stays_in_order() {
        for count in [0, 1, 2, 3, 10, 101] {
            let done = side_by_side((0..count).collect(), |number: usize| number * 2);
            assert_eq!(done, (0..count).map(|number| number * 2).collect::<Vec<_>>());
        }
    }
}
