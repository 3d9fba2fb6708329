//! pipeline: many documents at the same time, results in the order of the input, bounded memory.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Calls `work` on every item on `threads` threads and `sink` on the results in the order of the items.
///
/// Each item travels with the sending end of its own channel; the receiving ends queue in the order of the
/// input. That queue is bounded, so that one slow document holds back the reader instead of filling memory.
/// When `stop` is set no further item is taken; those in flight are finished. An error of `sink` ends all.
pub(crate) fn run<T, U, E>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    stop: &AtomicBool,
    work: impl Fn(T) -> U + Sync,
    mut sink: impl FnMut(U) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    U: Send,
{
    let in_flight = threads * 4;
    let (order_in, order_out) = sync_channel::<Receiver<U>>(in_flight);
    let (work_in, work_out) = sync_channel::<(T, SyncSender<U>)>(in_flight);
    let work_out = Mutex::new(work_out);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for item in items {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (done, result) = sync_channel(1);
                // Either end closed means that the sink gave up.
                if order_in.send(result).is_err() || work_in.send((item, done)).is_err() {
                    break;
                }
            }
        });
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = work_out.lock().map(|queue| queue.recv());
                    let Ok(Ok((item, done))) = next else { break };
                    // A closed receiver means that the sink gave up.
                    let _ = done.send(work(item));
                }
            });
        }
        let mut ended = Ok(());
        for result in order_out {
            let Ok(result) = result.recv() else { continue };
            ended = sink(result);
            if ended.is_err() {
                break;
            }
        }
        ended
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        for threads in [1, 2, 8] {
            let mut seen = Vec::new();
            let stop = AtomicBool::new(false);
            let slow_first = |n: u64| {
                std::thread::sleep(std::time::Duration::from_millis(if n.is_multiple_of(7) { 3 } else { 0 }));
                n
            };
            run(threads, 0..100, &stop, slow_first, |n| {
                seen.push(n);
                Ok::<(), ()>(())
            })
            .unwrap();
            assert_eq!(seen, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_failing_sink_ends_an_endless_input() {
        let stop = AtomicBool::new(false);
        let ended = run(2, 0.., &stop, |n: u64| n, |n| if n < 5 { Ok(()) } else { Err(n) });
        assert_eq!(ended, Err(5));
    }

    #[test]
    fn stopping_finishes_what_is_in_flight() {
        let stop = AtomicBool::new(false);
        let mut last = 0;
        let work = |n: u64| {
            if n == 20 {
                stop.store(true, Ordering::Relaxed);
            }
            n
        };
        run(2, 0.., &stop, work, |n| {
            last = n;
            Ok::<(), ()>(())
        })
        .unwrap();
        assert!(last >= 20);
    }
}
