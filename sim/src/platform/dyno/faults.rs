//! What the scenario's events do to dynos.

use super::{Dynos, Slowdown, State};
use crate::fault::Which;
use crate::platform::cx::Cx;
use crate::platform::ids::AppId;
use crate::platform::message::{DynoEvent, Event};

impl Dynos {
    /// Work takes `factor` times as long on some of an app's dynos from now on, until the event ends.
    pub fn slow(&mut self, app: AppId, event: u32, factor: f64, which: Which) {
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
        app.slow.push(Slowdown { event, factor, dynos });
    }

    /// A slowdown ends.
    pub fn unslow(&mut self, app: AppId, event: u32) {
        self.apps[app.index()].slow.retain(|slow| slow.event != event);
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
            self.dynos[dyno as usize].frozen = true;
            for worker in self.workers_of(dyno) {
                let worker = &mut self.workers[worker as usize];
                worker.turn = worker.turn.wrapping_add(1);
                if worker.job.is_some() {
                    worker.left = worker.ends.since(cx.now());
                }
            }
        }
        chosen.iter().map(|&dyno| (dyno, self.dynos[dyno as usize].life)).collect()
    }

    /// Frozen dynos go on where they stopped, unless that life has ended in the meantime.
    pub fn thaw(&mut self, cx: &mut Cx<'_>, frozen: &[(u32, u32)]) {
        for &(dyno, life) in frozen {
            if !self.dynos[dyno as usize].frozen || self.dynos[dyno as usize].life != life {
                continue;
            }
            self.dynos[dyno as usize].frozen = false;
            for index in self.workers_of(dyno) {
                let worker = &mut self.workers[index as usize];
                if worker.job.is_some() {
                    worker.ends = cx.now() + worker.left;
                    cx.send(worker.left, Event::Dyno(DynoEvent::Finish(index, worker.turn)));
                }
            }
            self.resume(cx, dyno);
        }
    }
}
