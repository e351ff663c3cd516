//! Work in parallel with results in order: the one place where threads and order meet.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use rayon::ThreadPool;

use crate::error::{Error, Result};

/// Runs `work` on every item that `items` yields, on the threads of `pool`, and hands the results to `sink` in the order
/// of the items, on the calling thread.
///
/// Items are pulled on the calling thread, so a reader may sit behind them. At most four items a thread are under way
/// or wait for an earlier one, which bounds what is held. The first error ends the run after what is under way.
///
/// # Errors
/// The first that `items` or `sink` gives; [`Error::Internal`] when `work` panics.
pub fn in_order<T: Send, R: Send>(
    pool: &ThreadPool,
    items: impl Iterator<Item = Result<T>>,
    work: impl Fn(T) -> R + Sync,
    sink: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    in_order_within(pool, items, &Weighed { most: u64::MAX, weigh: |_: &R| 1 }, work, sink)
}

/// How much may be under way where results can be far larger than their items.
pub struct Weighed<W> {
    /// Bytes of all results together.
    pub most: u64,
    /// Tells the bytes of one.
    pub weigh: W,
}

/// As [`in_order`], with fewer items under way where results such as the last ones would hold more than [`Weighed::most`] bytes.
///
/// # Errors
/// As [`in_order`].
pub fn in_order_within<T: Send, R: Send, W: Fn(&R) -> u64>(
    pool: &ThreadPool,
    items: impl Iterator<Item = Result<T>>,
    bound: &Weighed<W>,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let mut window = Window::new(pool.current_num_threads(), bound.most);
    let mut items = items.enumerate();
    pool.in_place_scope(|scope| {
        let (done, results) = mpsc::channel();
        let mut waiting = BTreeMap::new();
        let (mut started, mut next, mut more) = (0usize, 0usize, true);
        while more || next < started {
            while more && started < next + window.items() {
                let Some((number, item)) = items.next() else {
                    more = false;
                    break;
                };
                let item = item?;
                let (done, work) = (done.clone(), &work);
                scope.spawn(move |_| {
                    // Whoever waits for the result must hear of a panic; nothing that it may have left half done is looked at again.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    // The receiver is gone only when the run already failed.
                    let _ = done.send((number, result.map_err(|_| died())));
                });
                started += 1;
            }
            if next < started {
                let Ok((number, result)) = results.recv() else { break };
                waiting.insert(number, result);
                while let Some(result) = waiting.remove(&next) {
                    next += 1;
                    let result: R = result?;
                    window.note((bound.weigh)(&result));
                    sink(result)?;
                }
            }
        }
        Ok(())
    })
}

/// How many items may be under way, by what the last results held.
struct Window {
    threads: u64,
    most: u64,
    /// Of the last results, the later ones counting more; before the first, as much as lets every second thread have one.
    mean: u64,
}

impl Window {
    fn new(threads: usize, most: u64) -> Self {
        let threads = threads as u64;
        Self { threads, most, mean: if most == u64::MAX { 0 } else { most / threads.div_ceil(2) } }
    }

    fn note(&mut self, bytes: u64) {
        self.mean = (self.mean / 4 * 3).saturating_add(bytes / 4);
    }

    fn items(&self) -> usize {
        (self.most / self.mean.max(1)).clamp(1, 4 * self.threads) as usize
    }
}

/// Work handed in one by one, done on the threads of a pool, whose results come back in the order of handing in.
pub struct Queue<R> {
    pool: Arc<ThreadPool>,
    under_way: VecDeque<mpsc::Receiver<R>>,
}

impl<R: Send + 'static> Queue<R> {
    /// An empty queue.
    pub fn new(pool: Arc<ThreadPool>) -> Self {
        Self { pool, under_way: VecDeque::new() }
    }

    /// Starts some work. Not to be called on a thread of the pool, nor is [`Queue::take`].
    pub fn push(&mut self, work: impl FnOnce() -> R + Send + 'static) {
        let (done, result) = mpsc::sync_channel(1);
        self.pool.spawn(move || {
            // A panic must not end the process from a thread of the pool: whoever waits hears that nothing comes.
            if let Ok(result) = catch_unwind(AssertUnwindSafe(work)) {
                // Nobody waits for it when the run already failed.
                let _ = done.send(result);
            }
        });
        self.under_way.push_back(result);
    }

    /// The result of the work handed in first; waits for it.
    ///
    /// # Errors
    /// When the work panicked, which is a fault of tamis.
    pub fn take(&mut self) -> Option<Result<R>> {
        let result = self.under_way.pop_front()?;
        Some(result.recv().map_err(|_| died()))
    }

    /// Whether as much is under way as keeps all threads busy, so that no more should be handed in.
    pub fn is_full(&self) -> bool {
        self.under_way.len() > self.pool.current_num_threads() + 1
    }
}

fn died() -> Error {
    Error::Internal("a thread died at its work".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in [1, 2, 8] {
            let mut seen = Vec::new();
            let work = |n: u64| {
                std::thread::sleep(std::time::Duration::from_micros((n * 7919) % 500));
                n * 2
            };
            in_order(&pool(threads), (0..200).map(Ok), work, |n| {
                seen.push(n);
                Ok(())
            })
            .unwrap();
            assert_eq!(seen, (0..200).map(|n| n * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn large_results_leave_fewer_under_way() {
        let mut window = Window::new(2, 60_000);
        assert_eq!(window.items(), 1, "before anything is known of them");
        (0..40).for_each(|_| window.note(4_000));
        assert_eq!(window.items(), 8);
        (0..40).for_each(|_| window.note(16_001));
        assert_eq!(window.items(), 3);
        window.note(u64::MAX);
        assert_eq!(window.items(), 1);
        assert_eq!(Window::new(2, u64::MAX).items(), 8);
    }

    #[test]
    fn a_queue_keeps_the_order() {
        for threads in [1, 2, 8] {
            let mut queue = Queue::new(Arc::new(pool(threads)));
            let mut seen = Vec::new();
            for number in 0..100_u64 {
                queue.push(move || {
                    std::thread::sleep(std::time::Duration::from_micros((number * 7919) % 300));
                    number
                });
                if queue.is_full() {
                    seen.extend(queue.take().transpose().unwrap());
                }
            }
            while let Some(number) = queue.take() {
                seen.push(number.unwrap());
            }
            assert_eq!(seen, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_ends_the_run() {
        for threads in [1, 2, 8] {
            let work = |n: u64| {
                assert!(n != 7, "on purpose");
                n
            };
            let ended = in_order(&pool(threads), (0..100).map(Ok), work, |_| Ok(()));
            assert!(matches!(ended, Err(Error::Internal(_))));
            let mut queue = Queue::new(Arc::new(pool(threads)));
            queue.push(move || work(7));
            queue.push(move || work(8));
            assert!(matches!(queue.take(), Some(Err(Error::Internal(_)))));
            assert_eq!(queue.take().transpose().unwrap(), Some(8));
        }
    }

    #[test]
    fn an_error_ends_the_run() {
        let items = (0..100).map(|n| if n == 5 { Err(Error::Usage("five".into())) } else { Ok(n) });
        assert!(in_order(&pool(2), items, |n| n, |_| Ok(())).is_err());
        let full = in_order(
            &pool(2),
            (0..100).map(Ok),
            |n| n,
            |n| if n == 7 { Err(Error::ClosedPipe) } else { Ok(()) },
        );
        assert!(full.is_err());
    }
}
