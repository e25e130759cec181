//! The time of a run, and sleeping to the tenth of a millisecond.
//!
//! A [`Clock`] tells how long ago the run, or a step of it, began. Processes share one by its start in
//! wall-clock time, because their monotonic clocks have nothing else in common. A [`Sleeper`] wakes
//! futures at their moment: tokio's own timer has a grain of a millisecond, which is too coarse for
//! arrivals that stand for a Poisson process and for dynos that sleep for their work.
//!
//! Nothing here may block a runtime's thread, and no sleep may end early.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sim::time::Span;

/// Time since a start, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts at this instant, which may lie ahead.
    pub fn starting(origin: Instant) -> Clock {
        Clock { origin }
    }

    /// A clock that starts so many nanoseconds after the beginning of 1970: the same moment in every
    /// process of this machine, and in those of others as far as their wall clocks agree.
    pub fn starting_at_unix(nanoseconds: u64) -> Clock {
        let start = UNIX_EPOCH + Duration::from_nanos(nanoseconds);
        let (instant, wall) = (Instant::now(), SystemTime::now());
        let origin = match start.duration_since(wall) {
            Ok(ahead) => instant + ahead,
            // Where instants cannot lie so far back, the start is taken to be now.
            Err(behind) => instant.checked_sub(behind.duration()).unwrap_or(instant),
        };
        Clock { origin }
    }

    /// The wall-clock time so long from now, in nanoseconds since the beginning of 1970.
    ///
    /// # Panics
    ///
    /// When the machine's wall clock stands before 1970 or after 2554.
    pub fn unix_in(wait: Duration) -> u64 {
        let since = (SystemTime::now() + wait).duration_since(UNIX_EPOCH);
        let nanoseconds = since.expect("the wall clock stands after 1970").as_nanos();
        u64::try_from(nanoseconds).expect("the wall clock stands before 2554")
    }

    /// When it starts or started.
    pub fn origin(&self) -> Instant {
        self.origin
    }

    /// The time since the start; zero before it.
    pub fn now(&self) -> Span {
        self.at(Instant::now())
    }

    /// The time from the start to an instant; zero for those before it.
    pub fn at(&self, instant: Instant) -> Span {
        span(instant.saturating_duration_since(self.origin))
    }

    /// The instant so long after the start.
    pub fn instant(&self, at: Span) -> Instant {
        self.origin + Duration::from_nanos(at.nanos())
    }
}

/// A duration of the standard library as a span; what is too long for one becomes the longest.
pub fn span(duration: Duration) -> Span {
    Span::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// Wakes futures at their moment, to about a tenth of a millisecond, from a thread of its own.
///
/// Clones share the thread; it ends with the last of them and of their sleeps. Memory grows with the
/// sleeps that are under way and with nothing else: one that is dropped leaves nothing behind.
#[derive(Clone, Debug)]
pub struct Sleeper {
    owner: Arc<Owner>,
}

impl Sleeper {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start() -> io::Result<Sleeper> {
        let shared = Arc::new(Shared::default());
        let run = Arc::clone(&shared);
        thread::Builder::new().name("sleeper".to_owned()).spawn(move || run.wake_until_closed())?;
        let owner = Arc::new(Owner { shared });
        Ok(Sleeper { owner })
    }

    /// Ends at the instant or just after it, never before; at once when it has passed.
    pub fn until(&self, deadline: Instant) -> Sleep {
        Sleep { owner: Arc::clone(&self.owner), deadline, number: None }
    }

    /// How many sleeps are waiting.
    pub fn waiting(&self) -> usize {
        self.owner.shared.lock().sleeps.len()
    }
}

/// A wait of [`Sleeper::until`].
#[derive(Debug)]
pub struct Sleep {
    owner: Arc<Owner>,
    deadline: Instant,
    /// Its place among the waiting, once it has been polled.
    number: Option<u64>,
}

impl Sleep {
    /// Waits for another instant from now on, in the place of the one before.
    pub fn reset(&mut self, deadline: Instant) {
        self.forget();
        self.deadline = deadline;
    }

    fn forget(&mut self) {
        if let Some(number) = self.number.take() {
            let waker = self.owner.shared.lock().sleeps.remove(&(self.deadline, number));
            // A waker may own a task that owns another sleep: it is dropped with the lock released.
            drop(waker);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline {
            self.forget();
            return Poll::Ready(());
        }
        let number = self.owner.shared.put(self.deadline, self.number, context.waker());
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.forget();
    }
}

/// Closes the thread when the last sleeper and the last sleep are gone.
#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        // The thread is not joined: it may be this very one, dropping a task that it woke.
        self.shared.changed.notify_one();
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Who is to be woken, by moment and, within one, by the order of coming.
    sleeps: BTreeMap<(Instant, u64), Waker>,
    numbers: u64,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No state is left half-changed by a panic here, so a poisoned lock is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, deadline: Instant, number: Option<u64>, waker: &Waker) -> u64 {
        let mut state = self.lock();
        let number = number.unwrap_or_else(|| {
            state.numbers += 1;
            state.numbers
        });
        let before = state.sleeps.insert((deadline, number), waker.clone());
        let first = state.sleeps.first_key_value().map(|(&key, _)| key);
        drop(state);
        drop(before);
        if first == Some((deadline, number)) {
            self.changed.notify_one();
        }
        number
    }

    fn wake_until_closed(&self) {
        let mut due = Vec::new();
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            while let Some(entry) = state.sleeps.first_entry()
                && entry.key().0 <= now
            {
                due.push(entry.remove());
            }
            if !due.is_empty() {
                drop(state);
                due.drain(..).for_each(Waker::wake);
                state = self.lock();
                continue;
            }
            let next = state.sleeps.first_key_value().map(|(key, _)| key.0);
            state = match next {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let wait = at.saturating_duration_since(now);
                    let woken = self.changed.wait_timeout(state, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests;
