//! How much of the traffic each member is to have: what it is worth by its class and its host, times
//! its part of a slice, times how warm it is. Only strategies that look at weights heed the first; the
//! other two hold for all.

use super::{Around, Members};
use crate::balance::Loads;
use crate::platform::router::warming::Warming;
use crate::time::SimTime;

impl Members {
    /// Brings the weights of dynos that warm up to date, where it is time; says whether some dyno must
    /// be chosen less often than the strategy would choose it.
    pub fn weigh(&mut self, loads: &mut Loads, now: SimTime) -> bool {
        let Some(around) = &mut self.around else { return false };
        if around.warming.as_ref().is_some_and(|warming| warming.is_due(now)) {
            let cold: Vec<u32> = around.warming.iter().flat_map(Warming::dynos).collect();
            around.write_weights(cold.into_iter(), loads, now);
            if let Some(warming) = &mut around.warming {
                warming.settle(now);
            }
        }
        let cold = around.warming.as_ref().is_some_and(Warming::is_cold);
        !around.weighs && (cold || around.uneven)
    }

    /// What a dyno is worth beside others has become known.
    pub fn set_worth(&mut self, loads: &mut Loads, dyno: u32, worth: f64, now: SimTime) {
        let Some(around) = &mut self.around else { return loads.set_weight(dyno, worth) };
        if around.worths.len() <= dyno as usize {
            around.worths.resize(dyno as usize + 1, 1.0);
        }
        around.worths[dyno as usize] = worth;
        around.write_weights(std::iter::once(dyno), loads, now);
    }

    /// How much of a whole dyno's traffic a member is to have.
    pub fn weight(&self, dyno: u32, now: SimTime) -> f64 {
        self.around.as_ref().map_or(1.0, |around| around.weight(dyno, now))
    }
}

impl Around {
    fn weight(&self, dyno: u32, now: SimTime) -> f64 {
        let factor = self.warming.as_ref().map_or(1.0, |warming| warming.factor(dyno, now));
        self.shares[dyno as usize] * factor
    }

    /// Writes weights into the view, for a strategy that looks at them.
    pub(super) fn write_weights(
        &self,
        dynos: impl Iterator<Item = u32>,
        loads: &mut Loads,
        now: SimTime,
    ) {
        if self.weighs {
            for dyno in dynos.filter(|&dyno| self.shares[dyno as usize] > 0.0) {
                let worth = self.worths.get(dyno as usize).copied().unwrap_or(1.0);
                loads.set_weight(dyno, worth * self.weight(dyno, now));
            }
        }
    }
}
