//! The queue of one router for one app: names in their order of coming, served from either end.
//!
//! An attempt that is taken back or answered while it waits leaves its name behind. Such names are
//! dropped at both ends when the queue is looked at, and everywhere when they are more than the names
//! of those that wait: so the memory follows the number of attempts that wait.

use crate::platform::attempt::{Attempt, Attempts, Stage};
use crate::platform::ids::DynoId;
use crate::platform::slab::Ref;
use crate::protect::queue::Order;
use crate::time::SimTime;
use std::collections::VecDeque;

/// A queue may have so many names too many.
const SPARE: usize = 64;

/// Attempts that wait for a dyno.
pub(super) struct Line {
    /// The oldest first; some may be gone.
    names: VecDeque<Ref>,
    /// How many of them still wait.
    pub waiting: u32,
    /// Which of them is next; nothing for the oldest.
    order: Option<Box<dyn Order>>,
    /// Where those that wait are.
    stage: Stage,
    /// The one dyno that they wait for, if it is one.
    dyno: Option<DynoId>,
}

impl Line {
    /// An empty queue of this order.
    pub fn new(order: Option<Box<dyn Order>>) -> Line {
        Line { names: VecDeque::new(), waiting: 0, order, stage: Stage::Queued, dyno: None }
    }

    /// An empty queue of those that wait for one dyno alone, the oldest first.
    pub fn of(dyno: DynoId) -> Line {
        Line { stage: Stage::Bound, dyno: Some(dyno), ..Line::new(None) }
    }

    fn waits(&self, name: Ref, attempts: &Attempts) -> bool {
        let here = |attempt: &Attempt| self.dyno.is_none_or(|dyno| dyno == attempt.dyno);
        waits(name, self.stage, attempts) && attempts.get(name).is_some_and(here)
    }

    /// An attempt begins to wait.
    pub fn push(&mut self, name: Ref, now: SimTime, attempts: &Attempts) {
        if self.waiting == 0
            && let Some(order) = &mut self.order
        {
            order.stands(now);
        }
        forget(&mut self.names, self.waiting, self.stage, attempts);
        self.waiting += 1;
        self.names.push_back(name);
    }

    /// All names, which may be gone, the oldest first; none is left.
    pub fn drain(&mut self) -> impl Iterator<Item = Ref> + '_ {
        self.names.drain(..)
    }

    /// The oldest that waits. There must be one.
    pub fn oldest(&mut self, attempts: &Attempts) -> Ref {
        loop {
            let name = *self.names.front().expect("the count says that one is queued");
            if self.waits(name, attempts) {
                return name;
            }
            self.names.pop_front();
        }
    }

    /// The newest that waits. There must be one.
    pub fn newest(&mut self, attempts: &Attempts) -> Ref {
        loop {
            let name = *self.names.back().expect("the count says that one is queued");
            if self.waits(name, attempts) {
                return name;
            }
            self.names.pop_back();
        }
    }

    /// The next to be served. There must be one.
    pub fn next(&mut self, now: SimTime, attempts: &Attempts) -> Ref {
        match &self.order {
            Some(order) if order.newest_first(now) => self.newest(attempts),
            _ => self.oldest(attempts),
        }
    }

    /// The oldest, where the order says that it is to be dropped now that a dyno is free.
    pub fn dropped(&mut self, now: SimTime, attempts: &Attempts) -> Option<Ref> {
        self.order.as_ref()?;
        let name = self.oldest(attempts);
        let since = attempts.get(name).expect("a queued attempt is there").since;
        let drops = self.order.as_mut().is_some_and(|order| order.drops(now, now.since(since)));
        drops.then_some(name)
    }

    /// Takes the name of the next off its end.
    pub fn take(&mut self, name: Ref) {
        if self.names.front() == Some(&name) {
            self.names.pop_front();
        } else {
            let back = self.names.pop_back();
            assert_eq!(back, Some(name), "what is served stands at one of the ends");
        }
    }
}

/// Whether an attempt waits where its name stands: those taken back are gone, or past waiting.
fn waits(name: Ref, stage: Stage, attempts: &Attempts) -> bool {
    attempts.get(name).is_some_and(|attempt| attempt.stage == stage)
}

/// Drops the names of those that wait no more, when there are more of them than of the others.
pub(super) fn forget(names: &mut VecDeque<Ref>, waiting: u32, stage: Stage, attempts: &Attempts) {
    if names.len() > 2 * waiting as usize + SPARE {
        names.retain(|&name| waits(name, stage, attempts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ids::{AppId, ClientId};
    use crate::platform::slab::Slab;

    /// A queued attempt.
    fn queued(line: &mut Line, attempts: &mut Attempts) -> Ref {
        let request = Slab::new().insert(());
        let attempt = Attempt::sent(request, ClientId(0), AppId(0), SimTime::ZERO);
        let name = attempts.insert(Attempt { stage: Stage::Queued, ..attempt });
        line.push(name, SimTime::ZERO, attempts);
        name
    }

    #[test]
    fn names_of_the_gone_do_not_pile_up_between_those_that_wait() {
        let (mut line, mut attempts) = (Line::new(None), Slab::new());
        let first = queued(&mut line, &mut attempts);
        let mut last = queued(&mut line, &mut attempts);
        for _ in 0..10_000 {
            let next = queued(&mut line, &mut attempts);
            attempts.remove(last);
            line.waiting -= 1;
            last = next;
        }
        assert_eq!(
            (line.waiting, line.oldest(&attempts), line.newest(&attempts)),
            (2, first, last)
        );
        assert!(line.names.len() <= 2 * 3 + SPARE + 1, "{}", line.names.len());
    }

    #[test]
    fn what_is_served_leaves_its_end() {
        let (mut line, mut attempts) = (Line::new(None), Slab::new());
        let [first, second, third] = [(); 3].map(|()| queued(&mut line, &mut attempts));
        line.take(first);
        line.take(third);
        assert_eq!((line.oldest(&attempts), line.newest(&attempts)), (second, second));
        attempts.get_mut(second).unwrap().stage = Stage::Answered;
        let fourth = queued(&mut line, &mut attempts);
        assert_eq!((line.oldest(&attempts), line.names.len()), (fourth, 1));
    }
}
