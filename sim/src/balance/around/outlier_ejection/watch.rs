//! What one router knows of how its dispatches to the dynos of an app ended, and whom it ejects.

use super::{Enough, OutlierEjection};
use crate::balance::Outcome;
use crate::time::SimTime;

/// A router's watch over the dynos of one app.
#[derive(Clone, Debug)]
pub struct Watch {
    settings: OutlierEjection,
    dynos: Vec<Dyno>,
    ejected: usize,
}

/// What is known of a dyno.
#[derive(Clone, Copy, Debug, Default)]
struct Dyno {
    /// Failures since the last success.
    row: u32,
    /// Successes since the last sweep.
    successes: u32,
    /// Ends since the last sweep, but for those taken back.
    ends: u32,
    /// Since when it is ejected.
    ejected: Option<SimTime>,
    /// Since when it is back from its last ejection.
    back: Option<SimTime>,
    /// How many times `base` the next ejection lasts, less one.
    times: u32,
}

impl Watch {
    /// A watch that knows nothing yet.
    pub fn new(settings: OutlierEjection) -> Watch {
        Watch { settings, dynos: Vec::new(), ejected: 0 }
    }

    /// Whether a dyno is ejected.
    pub fn is_ejected(&self, dyno: u32) -> bool {
        self.dynos.get(dyno as usize).is_some_and(|dyno| dyno.ejected.is_some())
    }

    /// A dispatch to a dyno ended, one of `count` that are watched. True when it is ejected for it.
    pub fn ended(&mut self, dyno: u32, outcome: Outcome, now: SimTime, count: usize) -> bool {
        if self.dynos.len() <= dyno as usize {
            self.dynos.resize(dyno as usize + 1, Dyno::default());
        }
        let known = &mut self.dynos[dyno as usize];
        match outcome {
            Outcome::TakenBack => return false,
            Outcome::Success => {
                known.ends += 1;
                known.successes += 1;
                known.row = 0;
                return false;
            }
            Outcome::Failure => {
                known.ends += 1;
                known.row = known.row.saturating_add(1);
            }
        }
        // More failures of attempts that were under way when it was ejected change nothing.
        if known.row != self.settings.consecutive || known.ejected.is_some() {
            return false;
        }
        // Counting begins anew, also when too many are ejected already.
        known.row = 0;
        self.eject(dyno, now, count)
    }

    /// Ejects a dyno, unless too many are.
    fn eject(&mut self, dyno: u32, now: SimTime, count: usize) -> bool {
        let share = (self.ejected + 1) as f64 / count as f64;
        if self.ejected > 0 && share > self.settings.most {
            return false;
        }
        let OutlierEjection { base, cap, .. } = self.settings;
        let known = &mut self.dynos[dyno as usize];
        known.ejected = Some(now);
        if base * u64::from(known.times) < cap + base {
            known.times += 1;
        }
        self.ejected += 1;
        true
    }

    /// What is due every interval. `watched` are the dynos that are, in order. Those that are ejected
    /// or back since the last sweep are put into `changed`.
    pub fn sweep(&mut self, now: SimTime, watched: &[u32], changed: &mut Vec<u32>) {
        let highest = watched.iter().max().map_or(0, |&dyno| dyno as usize + 1);
        if self.dynos.len() < highest {
            self.dynos.resize(highest, Dyno::default());
        }
        let OutlierEjection { base, cap, interval, success_rate, failure_percentage, .. } =
            self.settings;
        for &dyno in watched {
            let known = &mut self.dynos[dyno as usize];
            let lasts = (base * u64::from(known.times)).min(cap);
            if known.ejected.is_some_and(|since| now.since(since) >= lasts) {
                known.ejected = None;
                known.back = Some(now);
                known.row = 0;
                self.ejected -= 1;
                changed.push(dyno);
            }
        }
        // Both judgements are about the dynos that are in use now.
        let rates = self.rates(watched, success_rate.enough);
        let failures = failure_percentage.map(|rule| (rule, self.rates(watched, rule.enough)));
        if let Some(threshold) = outlier_below(&rates, success_rate.deviations) {
            let below = rates.iter().filter(|(_, rate)| *rate < threshold);
            self.eject_all(below.map(|(dyno, _)| *dyno), now, watched.len(), changed);
        }
        if let Some((rule, rates)) = failures {
            let failing = rates.iter().filter(|(_, rate)| 1.0 - rate >= rule.threshold);
            self.eject_all(failing.map(|(dyno, _)| *dyno), now, watched.len(), changed);
        }
        for &dyno in watched {
            let known = &mut self.dynos[dyno as usize];
            (known.successes, known.ends) = (0, 0);
            let long_back = known.back.is_some_and(|back| now.since(back) >= interval);
            if known.ejected.is_none() && long_back {
                known.times = known.times.saturating_sub(1);
            }
        }
    }

    fn eject_all(
        &mut self,
        dynos: impl Iterator<Item = u32>,
        now: SimTime,
        count: usize,
        changed: &mut Vec<u32>,
    ) {
        for dyno in dynos {
            if !self.is_ejected(dyno) && self.eject(dyno, now, count) {
                changed.push(dyno);
            }
        }
    }

    /// The success rates since the last sweep of the dynos that are not ejected and had enough ends;
    /// none when there are too few such dynos.
    fn rates(&self, watched: &[u32], enough: Enough) -> Vec<(u32, f64)> {
        let rate = |&dyno: &u32| {
            let known = &self.dynos[dyno as usize];
            let judged = known.ejected.is_none() && known.ends >= enough.requests;
            judged.then(|| (dyno, f64::from(known.successes) / f64::from(known.ends)))
        };
        let rates: Vec<(u32, f64)> = watched.iter().filter_map(rate).collect();
        if rates.len() >= enough.dynos as usize { rates } else { Vec::new() }
    }

    /// A dyno is no longer watched, or has begun a new life: nothing is known of it any more.
    pub fn forget(&mut self, dyno: u32) {
        if let Some(known) = self.dynos.get_mut(dyno as usize) {
            self.ejected -= usize::from(known.ejected.is_some());
            *known = Dyno::default();
        }
    }
}

/// The mean of the rates less so many standard deviations (of the whole, not of a sample).
fn outlier_below(rates: &[(u32, f64)], deviations: f64) -> Option<f64> {
    if rates.is_empty() {
        return None;
    }
    let count = rates.len() as f64;
    let mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / count;
    let variance = rates.iter().map(|(_, rate)| (rate - mean) * (rate - mean)).sum::<f64>() / count;
    Some(mean - deviations * libm::sqrt(variance))
}

#[cfg(test)]
mod tests;
