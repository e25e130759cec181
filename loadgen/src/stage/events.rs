//! The scenario's events on the stage's dynos, on time.
//!
//! `slow`, `crash`, `freeze`, `fail`, `flaky` and `scale` happen here; `surge` is the generator's, and so is
//! what `set` changes of clients. Its other settings a real platform does not have at hand: `warnings`
//! names those.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim::fault::{Fault, Which};
use sim::platform::{Platform, Scheduled};
use sim::time::{SimTime, Span};

use super::fleet::{AppFleet, Fleet};

/// Something that is to happen.
struct Moment {
    /// From the begin of the measured time.
    at: Span,
    /// The event's place in the scenario.
    event: usize,
    /// Whether it begins; else it ends.
    begins: bool,
}

/// The events of a platform, and what they have done.
pub(super) struct Events {
    fleet: Arc<Fleet>,
    scheduled: Vec<Scheduled>,
    moments: Vec<Moment>,
    /// For each event under way the dynos that it hit, or how many there were to be before.
    hit: BTreeMap<usize, Hit>,
}

enum Hit {
    Dynos(Vec<u32>),
    Wanted(u32),
}

impl Events {
    /// The events of a platform, in the order in which they happen.
    pub fn new(fleet: Arc<Fleet>, scheduled: Vec<Scheduled>) -> Events {
        let mut moments: Vec<Moment> = Vec::new();
        for (event, found) in scheduled.iter().enumerate() {
            let at = found.event.at;
            moments.push(Moment { at, event, begins: true });
            if let Some(lasts) = found.event.lasts {
                moments.push(Moment { at: at + lasts, event, begins: false });
            }
        }
        moments.sort_by_key(|moment| moment.at);
        Events { fleet, scheduled, moments, hit: BTreeMap::new() }
    }

    /// Lets all of them happen; the measured time begins at `begin`.
    pub async fn run(mut self, begin: SimTime) {
        for moment in std::mem::take(&mut self.moments) {
            self.fleet.time.until(begin + moment.at).await;
            if moment.begins {
                self.begin(moment.event);
            } else {
                self.end(moment.event);
            }
        }
    }

    fn begin(&mut self, event: usize) {
        let found = self.scheduled[event].clone();
        let Some(index) = found.app.map(|app| app.0 as usize) else { return };
        let app = &self.fleet.apps[index];
        match &found.event.fault {
            Fault::Slow(slow) => {
                each(app, slow.which, |dyno| app.dynos[dyno].slow(event, slow.factor));
            }
            Fault::Fail(fail) => each(app, fail.which, |dyno| app.dynos[dyno].fail(event, fail)),
            Fault::Flaky(flaky) => {
                each(app, flaky.which, |dyno| app.dynos[dyno].flake(event, flaky));
            }
            Fault::Freeze(freeze) => {
                let mut up = app.up();
                up.retain(|&dyno| !app.dynos[dyno as usize].is_frozen());
                up.truncate(freeze.which.of(up.len() as u32) as usize);
                up.iter().for_each(|&dyno| app.dynos[dyno as usize].freeze());
                self.hit.insert(event, Hit::Dynos(up));
            }
            Fault::Crash(crash) => {
                let mut up = app.up();
                up.truncate(crash.which.of(up.len() as u32) as usize);
                let restarts = found.event.lasts.is_none();
                up.iter().for_each(|&dyno| self.fleet.crash(index, dyno, restarts));
                self.hit.insert(event, Hit::Dynos(up));
            }
            Fault::Scale(scale) => {
                self.hit.insert(event, Hit::Wanted(app.wanted()));
                self.fleet.scale(index, scale.dynos);
            }
            Fault::Surge(_) | Fault::Set(_) => {}
        }
    }

    fn end(&mut self, event: usize) {
        let found = &self.scheduled[event];
        let Some(index) = found.app.map(|app| app.0 as usize) else { return };
        let app = &self.fleet.apps[index];
        match (&found.event.fault, self.hit.remove(&event)) {
            (Fault::Slow(_) | Fault::Fail(_) | Fault::Flaky(_), _) => {
                app.dynos.iter().for_each(|dyno| dyno.mend(event));
            }
            (Fault::Freeze(_), Some(Hit::Dynos(dynos))) => {
                dynos.iter().for_each(|&dyno| app.dynos[dyno as usize].thaw());
            }
            (Fault::Crash(_), Some(Hit::Dynos(dynos))) => {
                dynos.iter().for_each(|&dyno| self.fleet.boot(index, dyno));
            }
            (Fault::Scale(_), Some(Hit::Wanted(wanted))) => self.fleet.scale(index, wanted),
            _ => {}
        }
    }
}

/// Does something to those of an app's dynos that are meant: the first so many of those that are up,
/// and with `All` those that come later too, because they run the same code.
fn each(app: &AppFleet, which: Which, mut act: impl FnMut(usize)) {
    let up = app.up();
    let count = which.of(up.len() as u32) as usize;
    let below = match which {
        Which::All => u32::MAX,
        _ => up.get(count).copied().unwrap_or(u32::MAX),
    };
    (0..app.dynos.len()).filter(|&dyno| (dyno as u32) < below).for_each(&mut act);
}

/// How many dynos an app ever has.
pub(super) fn most_dynos(platform: &Platform, app: usize) -> u32 {
    let scaled = platform.events.iter().filter_map(|scheduled| match &scheduled.event.fault {
        Fault::Scale(scale) if scheduled.app.is_some_and(|id| id.0 as usize == app) => {
            Some(scale.dynos)
        }
        _ => None,
    });
    scaled.chain([platform.apps[app].dynos]).max().unwrap_or_default()
}

/// What the stage leaves out of a scenario, a sentence each.
pub(super) fn warnings(platform: &Platform) -> Vec<String> {
    let unstaged = |scheduled: &Scheduled| {
        let Fault::Set(set) = &scheduled.event.fault else { return None };
        // What is a client's is the generator's to change.
        let fixed = set.changes.iter().zip(&scheduled.knobs);
        let mut fixed = fixed.filter(|(_, knob)| knob[0].client().is_none());
        let first = fixed.next()?.0.label();
        let labels =
            fixed.fold(first, |labels, (change, _)| format!("{labels}, {}", change.label()));
        Some(format!(
            "the event `{labels}` does not happen on the stage: its settings are fixed from the start"
        ))
    };
    platform.events.iter().filter_map(unstaged).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;

    #[test]
    fn what_a_set_changes_of_the_platform_is_named_and_what_it_changes_of_clients_happens() {
        let set = |what: &str| {
            let scenario =
                testing::scenario(&format!("[[event]]\nat = \"1s\"\nset = {{ {what} }}"));
            warnings(&scenario.variants[0].platform)
        };
        let (mesh, own) = ("\"mesh.limit\" = 10", "\"client.robots.timeout\" = \"1s\"");
        assert_eq!(set(own), Vec::<String>::new());
        let both = set(&format!("{own}, {mesh}, \"mesh.backlog\" = 5"));
        let named = "the event `limit = 10, backlog = 5` does not happen on the stage: its settings are \
                     fixed from the start";
        assert_eq!(both, [named]);
    }
}
