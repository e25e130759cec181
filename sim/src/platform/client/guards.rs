//! What a population sets between its requests and the network: a throttle, a breaker, a budget.
//!
//! A try that is held back is never sent. It ends its request at once, as Envoy's overflow and
//! Hystrix's short circuit do: it is not tried again and it is no attempt, but a retry that was paid
//! for stays paid. A hedge that is held back is left out.

use super::breaker::Circuit;
use super::budget::Purse;
use super::config::Client;
use super::portion::Portion;
use super::throttle::Throttled;
use crate::metrics::Cause;
use crate::rng::Stream;
use crate::time::SimTime;

/// How an attempt ended for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A good answer.
    Success,
    /// An error, or no answer in the time that the client had for it.
    Failure(Cause),
    /// The client has its answer from another attempt.
    TakenBack,
}

/// All that protects a population, at work, in a simulated run and in a real one: whoever sends tells
/// of every request and attempt, and asks before each try.
pub struct Guards {
    throttle: Option<Throttled>,
    circuit: Option<Box<dyn Circuit>>,
    purse: Option<Box<dyn Purse>>,
}

impl Guards {
    /// The guards of a population before its first request, or those of a portion of it.
    pub fn new(client: &Client, portion: Portion) -> Guards {
        Guards {
            throttle: client.throttle.map(Throttled::new),
            circuit: client.breaker.as_ref().map(|breaker| breaker.build(portion)),
            purse: client.retry.budget.as_ref().map(|budget| budget.build(portion)),
        }
    }

    /// A request begins.
    pub fn begun(&mut self, now: SimTime) {
        if let Some(purse) = &mut self.purse {
            purse.request(now);
        }
    }

    /// Why an attempt may not be sent now; nothing when it may, and is. `rng` makes the stream of its
    /// own that the throttle draws from. The throttle comes first: what it holds back must not be the
    /// trial that a half-open breaker waits for.
    pub fn holds_back(&mut self, now: SimTime, rng: impl FnOnce() -> Stream) -> Option<Cause> {
        if self.throttle.as_mut().is_some_and(|throttle| throttle.holds_back(now, rng)) {
            return Some(Cause::Throttled);
        }
        if self.circuit.as_mut().is_some_and(|circuit| !circuit.admits(now)) {
            return Some(Cause::Breaker);
        }
        if let Some(purse) = &mut self.purse {
            purse.sent();
        }
        None
    }

    /// An attempt ended.
    pub fn ended(&mut self, now: SimTime, ended: Ended) {
        if let Some(throttle) = &mut self.throttle {
            throttle.ended(now, ended);
        }
        if let Some(circuit) = &mut self.circuit {
            circuit.ended(now, ended);
        }
        if let Some(purse) = &mut self.purse {
            purse.ended(ended);
        }
    }

    /// Asks for a retry after a failure by `cause`; gives what was paid for it. It is under way until
    /// [`Guards::retried`].
    pub fn pay(&mut self, now: SimTime, cause: Cause) -> Option<f64> {
        if self.circuit.as_ref().is_some_and(|circuit| !circuit.admits_retry()) {
            return None;
        }
        let paid = match &mut self.purse {
            Some(purse) => purse.pay(now, cause)?,
            None => 0.0,
        };
        if let Some(circuit) = &mut self.circuit {
            circuit.retry();
        }
        Some(paid)
    }

    /// A retry is over, one way or the other.
    pub fn retried(&mut self) {
        if let Some(circuit) = &mut self.circuit {
            circuit.retried();
        }
        if let Some(purse) = &mut self.purse {
            purse.retried();
        }
    }

    /// A request succeeded, which had paid so much for its last retry; 0 when it had none.
    pub fn succeeded(&mut self, paid: f64) {
        if let Some(purse) = &mut self.purse {
            purse.success(paid);
        }
    }

    /// Changes the share of a ratio budget; another kind stays as it is.
    pub fn set_share(&mut self, share: f64) {
        if let Some(purse) = &mut self.purse {
            purse.set_share(share);
        }
    }
}
