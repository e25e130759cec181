//! What the scenario's events do to a dyno.

use sim::fault::{Fail, Flaky};

use super::Dyno;
use super::state::{Phase, State};

impl Dyno {
    /// Stands still.
    pub fn freeze(&self) {
        self.with(
            |state, now| {
                state.service.freeze(now);
                let room = state.service.room();
                state.turn(Phase::Frozen { room });
            },
            |_| (),
        );
    }

    /// Goes on where it stood still.
    pub fn thaw(&self) {
        self.with(
            |state, now| {
                let State { service, pace, .. } = state;
                service.thaw(now, &mut |at, work| pace.lot(at, work));
                for waiter in std::mem::take(&mut state.unheard) {
                    state.refuse(waiter);
                }
                state.turn(Phase::Up);
            },
            |_| (),
        );
    }

    /// Work takes `factor` times as long.
    pub fn slow(&self, event: usize, factor: f64) {
        self.with(|state, _| state.pace.slow(event, factor), |_| ());
    }

    /// Requests fail.
    pub fn fail(&self, event: usize, fail: &Fail) {
        self.with(|state, _| state.pace.fail(event, fail), |_| ());
    }

    /// Requests fail in turns.
    pub fn flake(&self, event: usize, flaky: &Flaky) {
        self.with(|state, now| state.pace.flake(now, event, flaky), |_| ());
    }

    /// What an event brought is over.
    pub fn mend(&self, event: usize) {
        self.with(|state, _| state.pace.mend(event), |_| ());
    }
}
