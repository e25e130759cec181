//! Retry budgets: how many retries a whole population may make.
//!
//! One file a kind, one row in [`BUDGETS`]. A retry is paid for before its back-off begins, and what
//! a budget does not pay for ends its request by the cause that it had. Hedges pay nothing.

mod aws;
mod envoy;
mod grpc;
mod ratio;
mod token_bucket;

use super::guards::Ended;
use super::portion::Portion;
use crate::config::Kind;
use crate::metrics::Cause;
use crate::time::SimTime;
use std::fmt;
use std::sync::Arc;

/// The kinds of retry budgets, by name.
pub const BUDGETS: &[Kind<Budget>] =
    &[ratio::KIND, token_bucket::KIND, aws::KIND, grpc::KIND, envoy::KIND];

/// A budget at work in one population. Only `pay` must be there; the rest is how it hears of what it
/// counts.
pub(super) trait Purse: Send {
    /// Pays for a retry after a failure by `cause`, which is then under way until `retried`; gives what
    /// it cost, or nothing when it is not allowed.
    fn pay(&mut self, now: SimTime, cause: Cause) -> Option<f64>;

    /// A request begins.
    fn request(&mut self, _now: SimTime) {}

    /// An attempt is sent.
    fn sent(&mut self) {}

    /// An attempt that was sent has ended.
    fn ended(&mut self, _ended: Ended) {}

    /// A retry has ended, or its request has.
    fn retried(&mut self) {}

    /// A request succeeded that had paid so much for its last retry; 0 when it had none.
    fn success(&mut self, _paid: f64) {}

    /// The share of requests that may be retried is another one now; not for kinds without a share.
    fn set_share(&mut self, _share: f64) {}
}

/// A budget with its settings.
#[derive(Clone)]
pub struct Budget {
    name: &'static str,
    share: Option<f64>,
    build: Arc<dyn Fn(Portion) -> Box<dyn Purse> + Send + Sync>,
}

impl Budget {
    /// A budget called `name` whose purses `build` makes.
    fn new<P: Purse + 'static>(
        name: &'static str,
        build: impl Fn(Portion) -> P + Send + Sync + 'static,
    ) -> Budget {
        Budget { name, share: None, build: Arc::new(move |portion| Box::new(build(portion))) }
    }

    /// The share of a ratio, which can be changed in mid-run; other kinds have none.
    pub fn share(&self) -> Option<f64> {
        self.share
    }

    /// A full purse for one population, or for a portion of it.
    pub(super) fn build(&self, portion: Portion) -> Box<dyn Purse> {
        (self.build)(portion)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({})", self.name)
    }
}

#[cfg(test)]
mod testing {
    use super::{BUDGETS, Portion, Purse};
    use crate::config::testing::read_table;
    use crate::metrics::Cause;
    use crate::time::SimTime;

    /// The budget that these lines set, at work.
    pub fn purse(text: &str) -> Box<dyn Purse> {
        portion(text, Portion::WHOLE)
    }

    /// A portion of it.
    pub fn portion(text: &str, portion: Portion) -> Box<dyn Purse> {
        let open = |_: &str| Err("no file".to_string());
        let read =
            |fields: &mut crate::config::Fields<'_>| fields.kind("budget", "budget", BUDGETS);
        let (budget, problems, _) = read_table(text, &open, read);
        assert!(problems.is_empty(), "{problems:?}");
        budget.unwrap().build(portion)
    }

    /// What is complained of in these lines.
    pub fn problems(text: &str) -> Vec<String> {
        let open = |_: &str| Err("no file".to_string());
        let read =
            |fields: &mut crate::config::Fields<'_>| fields.kind("budget", "budget", BUDGETS);
        let (_, problems, _) = read_table(text, &open, read);
        problems.into_iter().map(|problem| problem.message).collect()
    }

    /// Whether a retry is paid for at time 0 after a failure that was no time-out.
    pub fn pays(purse: &mut dyn Purse) -> bool {
        purse.pay(SimTime::ZERO, Cause::H11).is_some()
    }
}
