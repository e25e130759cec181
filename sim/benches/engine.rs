//! The scheduler beside other queues, operation by operation; `ratios` compares them in one run.

mod rivals;

use divan::Bencher;
use divan::counter::ItemsCount;
use rivals::{Delays, Hold, PackedHeap, Payload, QuadHeap, Queue, TupleHeap, sizes};
use sim::engine::Scheduler;
use sim::time::Span;

/// Operations an iteration, so that the clock's own cost vanishes.
const BATCH: usize = 1_000;

fn main() {
    divan::main();
}

fn hold<Q: Queue>(bencher: Bencher<'_, '_>, pending: usize, delays: Delays) {
    let mut queue = Hold::<Q>::new(pending, delays);
    if rivals::measures() {
        // As many holds as events make the queue forget how it was filled.
        queue.hold(2 * pending);
    }
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| queue.hold(BATCH));
}

#[divan::bench(types = [Scheduler<Payload>, TupleHeap, PackedHeap, QuadHeap], args = sizes())]
fn exponential<Q: Queue>(bencher: Bencher<'_, '_>, pending: usize) {
    hold::<Q>(bencher, pending, Delays::Exponential);
}

#[divan::bench(types = [Scheduler<Payload>, TupleHeap, PackedHeap, QuadHeap], args = sizes())]
fn mixed<Q: Queue>(bencher: Bencher<'_, '_>, pending: usize) {
    hold::<Q>(bencher, pending, Delays::Mixed);
}

/// Arms a time-out and cancels the one armed `pending` before: what a request pays that ends in time.
#[divan::bench(args = [0, 1_000])]
fn timer_cancelled(bencher: Bencher<'_, '_>, pending: usize) {
    let mut scheduler = Scheduler::<Payload>::new();
    let mut ids: std::collections::VecDeque<_> =
        (0..pending).map(|_| scheduler.timer(Span::from_secs(30), [0; 2])).collect();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for _ in 0..BATCH {
            ids.push_back(scheduler.timer(Span::from_secs(30), [0; 2]));
            scheduler.cancel(ids.pop_front().expect("one was just armed"));
        }
    });
}

/// The same with a span that is always another one, so that no lane serves it.
#[divan::bench(args = [0, 1_000])]
fn odd_timer_cancelled(bencher: Bencher<'_, '_>, pending: usize) {
    let mut scheduler = Scheduler::<Payload>::new();
    let mut span = Span::from_secs(30);
    let mut arm = move |scheduler: &mut Scheduler<Payload>| {
        span += Span::from_nanos(1_009);
        scheduler.timer(span, [0; 2])
    };
    let mut ids: std::collections::VecDeque<_> =
        (0..pending).map(|_| arm(&mut scheduler)).collect();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for _ in 0..BATCH {
            ids.push_back(arm(&mut scheduler));
            scheduler.cancel(ids.pop_front().expect("one was just armed"));
        }
    });
}

/// An event for the present instant, scheduled and popped.
#[divan::bench]
fn present(bencher: Bencher<'_, '_>) {
    let mut scheduler = Scheduler::<Payload>::new();
    let end = scheduler.now();
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        for index in 0..BATCH {
            scheduler.after(Span::ZERO, [index as u64, 0]);
            divan::black_box(scheduler.pop_until(end));
        }
    });
}
