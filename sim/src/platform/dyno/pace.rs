//! How long work takes that begins now, and whether it comes to a bad end.

use super::Dynos;
use super::alternation::Alternation;
use super::faults::What;
use crate::platform::hardware::Antagonist;
use crate::rng::Streams;
use crate::time::{SimTime, Span};

/// An antagonist at work, with what it multiplies work by.
pub(super) fn disturbed(
    antagonist: Antagonist,
    streams: Streams,
    number: u64,
) -> (Alternation, f64) {
    let Antagonist { every, lasts, factor } = antagonist;
    (Alternation::under_way(streams.stream(number), every, lasts), factor)
}

impl Dynos {
    /// What becomes of `work` that begins now: the time that it takes, and whether it fails at the end
    /// of that.
    pub(super) fn lot(&mut self, now: SimTime, dyno: u32, work: Span) -> (Span, bool) {
        let found = &mut self.dynos[dyno as usize];
        let mut factor = found.slowness;
        if let Some(noise) = &mut found.antagonist
            && noise.0.is_bad(now)
        {
            factor *= noise.1;
        }
        if let Some(host) = found.host
            && let Some(noise) = &mut self.hosts[host as usize]
            && noise.0.is_bad(now)
        {
            factor *= noise.1;
        }
        let slot = found.slot.0;
        let app = &mut self.apps[found.app.index()];
        let mut fails = None;
        for trouble in app.troubles.iter_mut().filter(|trouble| slot < trouble.dynos) {
            match &mut trouble.what {
                What::Slow(slow) => factor *= *slow,
                // Every one is asked, so that none moves the chance of another.
                What::Fail { after, rate, rolls } => {
                    let fail = *rate == 1.0 || rolls.of(slot).unit() < *rate;
                    fails = fails.or(fail.then_some(*after));
                }
                What::Flaky { after, turns } => {
                    fails = fails.or(turns.of(slot).is_bad(now).then_some(*after));
                }
            }
        }
        if let Some(after) = fails {
            return (after, true);
        }
        if let Some(memory) = app.config.memory
            && self.memory(dyno) > memory.quota.0
        {
            factor *= memory.swap;
        }
        (if factor == 1.0 { work } else { work.scaled(factor) }, false)
    }

    /// What a dyno needs of memory, the attempt that is about to begin included.
    fn memory(&self, dyno: u32) -> u64 {
        let found = &self.dynos[dyno as usize];
        let Some(memory) = self.apps[found.app.index()].config.memory else { return 0 };
        let served = found.seats.len() - found.free.len();
        memory.base.0 + memory.request.0 * served as u64 + found.leaked
    }

    /// R15: more than three times the quota.
    pub(super) fn is_out_of_memory(&self, dyno: u32) -> bool {
        let memory = self.apps[self.dynos[dyno as usize].app.index()].config.memory;
        memory.is_some_and(|memory| self.memory(dyno) > memory.quota.0 * 3)
    }
}
