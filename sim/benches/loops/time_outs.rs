//! Requests that each carry a time-out which nearly never fires, as nearly all requests do.

use sim::engine::{Scheduler, TimerId};
use sim::rng::{Seed, Stream};
use sim::time::{SimTime, Span};

/// How a request is guarded against taking too long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Not at all.
    None,
    /// By a timer, cancelled when the request ends.
    Timer,
    /// By an event, which finds the request gone when its time comes.
    Event,
}

#[derive(Clone, Copy)]
enum Happens {
    Arrival,
    End(TimerId),
    TimeOut,
}

const TIME_OUT: Span = Span::from_secs(30);
/// The mean gap between requests and the mean time of one, in seconds.
const GAP: f64 = 1e-4;
const WORK: f64 = 0.1;

/// Serves so many requests, each at once; how many have ended.
pub fn run(requests: u64, guard: Guard) -> u64 {
    let mut stream = Stream::named(Seed { scenario: 1, replication: 0 }, "time-outs", 0);
    let mut exponential = |mean: f64| Span::from_seconds(-libm::log(stream.unit()) * mean);
    let mut scheduler = Scheduler::new();
    let mut ended = 0;
    scheduler.at(SimTime::ZERO, Happens::Arrival);
    while let Some(happens) = scheduler.pop_until(SimTime::NEVER) {
        match happens {
            Happens::Arrival => {
                let timer = match guard {
                    Guard::Timer => scheduler.timer(TIME_OUT, Happens::TimeOut),
                    _ => TimerId::NONE,
                };
                if guard == Guard::Event {
                    scheduler.after(TIME_OUT, Happens::TimeOut);
                }
                scheduler.after(exponential(WORK), Happens::End(timer));
                scheduler.after(exponential(GAP), Happens::Arrival);
            }
            Happens::End(timer) => {
                scheduler.cancel(timer);
                ended += 1;
                if ended == requests {
                    break;
                }
            }
            Happens::TimeOut => {}
        }
    }
    ended
}
