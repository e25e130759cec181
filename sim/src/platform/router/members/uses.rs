//! Whether a router has a use for what a dyno says of itself, and for a dyno that it left alone.

use super::{Members, Quarantine};
use crate::balance::Loads;
use crate::platform::ids::DynoId;
use crate::platform::router::choice::Choice;

impl Members {
    /// Whether a dyno may be chosen now, or once it leaves quarantine or ejection. What an aperture or a
    /// subset leaves out is of no use; of a dyno that the router has not heard of that is not known.
    pub fn uses(&self, loads: &Loads, dyno: DynoId) -> bool {
        let Some(around) = &self.around else { return true };
        if !self.routed.get(dyno.index()).is_some_and(|&routed| routed) {
            return true;
        }
        let chosen = around.shares.get(dyno.index()).is_some_and(|&share| share > 0.0);
        loads.contains(dyno.0)
            || matches!(around.choice, Choice::All)
            || chosen && !self.is_healthy(dyno.0)
    }

    /// A quarantine ends before its time.
    pub fn end_quarantine(&mut self, loads: &mut Loads, dyno: DynoId) {
        let was = self.is_healthy(dyno.0);
        if let Some(quarantine) = self.quarantines.get_mut(dyno.index()) {
            *quarantine = Quarantine::default();
            self.health(loads, dyno.0, was);
        }
    }
}
