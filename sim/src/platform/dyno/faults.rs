//! What the scenario's events do to dynos.

use super::alternation::Alternation;
use super::{Dynos, State};
use crate::fault::{Fail, Flaky, Which};
use crate::platform::cx::Cx;
use crate::platform::ids::AppId;
use crate::platform::message::{DynoEvent, Event};
use crate::rng::{Stream, Streams};
use crate::time::Span;

/// Something that is wrong with an app's dynos for a while.
pub(super) struct Trouble {
    /// The event that brought it.
    event: u32,
    /// It hits the slots below this one.
    pub dynos: u32,
    pub what: What,
}

/// What is wrong.
pub(super) enum What {
    /// Work takes so many times as long.
    Slow(f64),
    /// Attempts fail.
    Fail {
        /// How long that takes.
        after: Span,
        /// The probability.
        rate: f64,
        /// The chance of each slot.
        rolls: BySlot<Stream>,
    },
    /// Dynos are well and fail in turns.
    Flaky {
        /// How long it takes to fail.
        after: Span,
        /// The turns of each slot.
        turns: BySlot<Alternation>,
    },
}

/// Something for each slot, made when it is first asked for.
pub(super) struct BySlot<T> {
    made: Vec<Option<T>>,
    make: Box<dyn Fn(u32) -> T>,
}

impl<T> BySlot<T> {
    fn new(make: impl Fn(u32) -> T + 'static) -> BySlot<T> {
        BySlot { made: Vec::new(), make: Box::new(make) }
    }

    /// That of a slot.
    pub fn of(&mut self, slot: u32) -> &mut T {
        if self.made.len() <= slot as usize {
            self.made.resize_with(slot as usize + 1, || None);
        }
        self.made[slot as usize].get_or_insert_with(|| (self.make)(slot))
    }
}

impl Dynos {
    /// Work takes `factor` times as long on some of an app's dynos from now on, until the event ends.
    pub fn slow(&mut self, app: AppId, event: u32, factor: f64, which: Which) {
        self.trouble(app, event, which, What::Slow(factor));
    }

    /// Attempts that begin on some of an app's dynos fail from now on, until the event ends.
    pub fn fail(&mut self, app: AppId, event: u32, fail: &Fail) {
        let streams = Streams::named(self.seed, &format!("event.{event}.failures"));
        let rolls = BySlot::new(move |slot| streams.stream(u64::from(slot)));
        let what = What::Fail { after: fail.after, rate: fail.rate, rolls };
        self.trouble(app, event, fail.which, what);
    }

    /// Some of an app's dynos are well and fail in turns from now on, until the event ends.
    pub fn flake(&mut self, cx: &Cx<'_>, app: AppId, event: u32, flaky: &Flaky) {
        let streams = Streams::named(self.seed, &format!("event.{event}.turns"));
        let (from, up, down) = (cx.now(), flaky.up, flaky.down);
        let turns = BySlot::new(move |slot| {
            Alternation::good_first(streams.stream(u64::from(slot)), from, up, down)
        });
        self.trouble(app, event, flaky.which, What::Flaky { after: flaky.after, turns });
    }

    /// Something is wrong with some of an app's dynos from now on.
    fn trouble(&mut self, app: AppId, event: u32, which: Which, what: What) {
        let app = &mut self.apps[app.index()];
        let up = |dyno: &&u32| self.dynos[**dyno as usize].state == State::Up;
        let count = which.of(app.slots.iter().filter(up).count() as u32);
        let dynos = match which {
            // Those that come later have the same code.
            Which::All => u32::MAX,
            _ => app
                .slots
                .iter()
                .filter(up)
                .nth(count as usize)
                .map_or(u32::MAX, |&dyno| self.dynos[dyno as usize].slot.0),
        };
        app.troubles.push(Trouble { event, dynos, what });
    }

    /// What an event brought ends.
    pub fn mend(&mut self, app: AppId, event: u32) {
        self.apps[app.index()].troubles.retain(|trouble| trouble.event != event);
    }

    /// Some dynos of an app that are up stand still; gives which, each with its life.
    pub fn freeze(&mut self, cx: &mut Cx<'_>, app: AppId, which: Which) -> Vec<(u32, u32)> {
        let up: Vec<u32> = self.apps[app.index()]
            .slots
            .iter()
            .copied()
            .filter(|&dyno| self.dynos[dyno as usize].state == State::Up)
            .filter(|&dyno| !self.dynos[dyno as usize].frozen)
            .collect();
        let chosen = &up[..which.of(up.len() as u32) as usize];
        for &dyno in chosen {
            let dyno = &mut self.dynos[dyno as usize];
            dyno.frozen = true;
            for &seat in &dyno.seats {
                let seat = &mut self.seats[seat as usize];
                seat.turn = seat.turn.wrapping_add(1);
                if seat.job.is_some() && seat.doing.by_clock() {
                    seat.left = seat.ends.since(cx.now());
                }
            }
            if let Some(cpu) = &mut dyno.cpu {
                cpu.stop(cx.now());
            }
        }
        chosen.iter().map(|&dyno| (dyno, self.dynos[dyno as usize].life)).collect()
    }

    /// Frozen dynos go on where they stopped, unless that life has ended in the meantime.
    pub fn thaw(&mut self, cx: &mut Cx<'_>, frozen: &[(u32, u32)]) {
        for &(index, life) in frozen {
            let dyno = &mut self.dynos[index as usize];
            if !dyno.frozen || dyno.life != life {
                continue;
            }
            dyno.frozen = false;
            for &number in &dyno.seats {
                let seat = &mut self.seats[number as usize];
                if seat.job.is_some() && seat.doing.by_clock() {
                    seat.ends = cx.now() + seat.left;
                    cx.send(seat.left, Event::Dyno(DynoEvent::Finish(number, seat.turn)));
                }
            }
            if let Some(cpu) = &mut dyno.cpu {
                cpu.go(cx.now());
            }
            self.resume(cx, index);
            self.set_timer(cx, index);
        }
    }
}
