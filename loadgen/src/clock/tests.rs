//! Clocks agree across their ways of starting; sleeps end in order, never early, and leave nothing.

use super::*;
use std::task::Wake;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_clock_counts_from_its_start_and_stands_still_before_it() {
    let start = Instant::now() + Duration::from_secs(3600);
    let clock = Clock::starting(start);
    assert_eq!(clock.now(), Span::ZERO);
    assert_eq!(clock.at(start + Duration::from_millis(5)), Span::from_millis(5));
    let instant = clock.instant(Span::from_millis(7));
    assert_eq!(instant, start + Duration::from_millis(7));
}

#[test]
fn clocks_of_one_wall_time_agree() {
    let unix = Clock::unix_in(Duration::from_millis(200));
    let first = Clock::starting_at_unix(unix);
    thread::sleep(Duration::from_millis(20));
    let second = Clock::starting_at_unix(unix);
    let (a, b) = (first.origin(), second.origin());
    let apart = a.max(b).duration_since(a.min(b));
    assert!(apart < Duration::from_millis(15), "apart by {apart:?}");
    assert!(first.origin() > Instant::now(), "the start should lie ahead");
}

#[test]
fn a_start_that_has_passed_counts_from_then() {
    let hour = Duration::from_secs(3600);
    let clock = Clock::starting_at_unix(Clock::unix_in(Duration::ZERO) - span(hour).nanos());
    let now = clock.now();
    assert!(now >= span(hour) - Span::from_secs(1), "{now}");
    assert!(now < span(hour) + Span::from_secs(60), "{now}");
}

#[test]
fn no_sleep_ends_early_and_most_end_on_time() {
    let sleeper = Sleeper::start().unwrap();
    let late = runtime().block_on(async {
        let start = Instant::now();
        let sleeps: Vec<_> = (0..200_u64)
            .map(|index| {
                let deadline = start + Duration::from_micros(500 + index * 731 % 40_000);
                let sleep = sleeper.until(deadline);
                tokio::spawn(async move {
                    sleep.await;
                    Instant::now().checked_duration_since(deadline)
                })
            })
            .collect();
        let mut late = Vec::new();
        for sleep in sleeps {
            late.push(sleep.await.unwrap().expect("a sleep ended early"));
        }
        late.sort();
        late
    });
    // A shared machine takes the processor away at times; the median tells of the sleeper.
    let median = late[late.len() / 2];
    assert!(median < Duration::from_millis(20), "median {median:?}");
    assert_eq!(sleeper.waiting(), 0);
}

#[test]
fn a_sleep_that_is_dropped_or_moved_leaves_nothing() {
    let sleeper = Sleeper::start().unwrap();
    let far = Instant::now() + Duration::from_secs(3600);
    runtime().block_on(async {
        for _ in 0..100 {
            let cut = tokio::time::timeout(Duration::ZERO, sleeper.until(far)).await;
            assert!(cut.is_err());
        }
        assert_eq!(sleeper.waiting(), 0);
        let mut sleep = Box::pin(sleeper.until(far));
        let cut = tokio::time::timeout(Duration::ZERO, sleep.as_mut()).await;
        assert!(cut.is_err());
        assert_eq!(sleeper.waiting(), 1);
        sleep.reset(Instant::now());
        sleep.await;
        assert_eq!(sleeper.waiting(), 0);
    });
}

#[test]
fn an_earlier_sleep_overtakes_a_later_one() {
    let sleeper = Sleeper::start().unwrap();
    runtime().block_on(async {
        let now = Instant::now();
        let far = tokio::spawn(sleeper.until(now + Duration::from_secs(3600)));
        while sleeper.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let near = sleeper.until(now + Duration::from_millis(10));
        let near = tokio::time::timeout(Duration::from_secs(60), near).await;
        assert!(near.is_ok(), "the nearer sleep was never woken");
        far.abort();
    });
}

/// Holds a sleep, as a task does, so that waking drops it.
struct Holder {
    _sleep: Mutex<Option<Sleep>>,
}

impl Wake for Holder {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn the_last_sleep_may_be_dropped_by_the_thread_itself() {
    let sleeper = Sleeper::start().unwrap();
    let shared = Arc::clone(&sleeper.owner.shared);
    let now = Instant::now();
    let mut first = Box::pin(sleeper.until(now + Duration::from_millis(20)));
    let holder = Arc::new(Holder {
        _sleep: Mutex::new(Some(sleeper.until(now + Duration::from_secs(3600)))),
    });
    let waker = Waker::from(holder);
    let poll = first.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    drop((waker, sleeper));
    let patience = Instant::now() + Duration::from_secs(60);
    while !shared.lock().sleeps.is_empty() && Instant::now() < patience {
        thread::sleep(Duration::from_millis(1));
    }
    drop(first);
    assert!(shared.lock().closed, "the thread outlived its last sleep");
}
