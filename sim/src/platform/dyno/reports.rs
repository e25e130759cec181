//! What a dyno tells routers of itself: how it is when it is probed, and, of its own accord, that it
//! is idle.
//!
//! What it says comes from its mind, see `mind`. A dyno that is down or stands still says nothing; one
//! that starts anew has forgotten all.

use super::mind::Mind;
use super::{Dynos, State};
use crate::balance::{Join, Need};
use crate::platform::config::Platform;
use crate::platform::cx::Cx;
use crate::platform::mesh::Knowledge;
use crate::platform::message::{Event, RouterEvent};
use crate::platform::reports::{Asking, Between, Note, Reports};
use crate::platform::slab::Ref;
use crate::rng::{Seed, Stream};
use crate::time::SimTime;

/// What dynos keep in mind where a balancer listens.
pub(super) struct Reporter {
    reports: Reports,
    /// Whose idle queue a dyno joins; nothing where nobody wants to know.
    join: Option<Join>,
    /// How many routers there are to join.
    rows: u32,
    /// Draws which messages are lost.
    loss: Stream,
    /// For each app, draws whom its dynos join.
    joins: Vec<Stream>,
    /// By dyno.
    minds: Vec<Mind>,
    /// For each attempt at a dyno, by its place, when it came and how many the dyno had.
    arrivals: Vec<(SimTime, u32)>,
}

impl Reporter {
    pub fn new(platform: &Platform, seed: Seed) -> Option<Box<Reporter>> {
        let mesh = &platform.mesh;
        let pushes = mesh.balancer.needs(Need::Pushes);
        let reports = mesh.reports.filter(|_| pushes || mesh.balancer.needs(Need::Probes))?;
        let join = |name: &str| Stream::named(seed, &format!("app.{name}.joins"), 0);
        Some(Box::new(Reporter {
            reports,
            join: pushes.then(|| mesh.balancer.join()),
            rows: if mesh.knowledge == Knowledge::Shared { 1 } else { mesh.routers },
            loss: Stream::named(seed, "dynos.reports.loss", 0),
            joins: platform.apps.iter().map(|app| join(&app.name)).collect(),
            minds: Vec::new(),
            arrivals: Vec::new(),
        }))
    }

    fn mind(&mut self, dyno: u32) -> &mut Mind {
        if self.minds.len() <= dyno as usize {
            self.minds.resize(dyno as usize + 1, Mind::default());
        }
        &mut self.minds[dyno as usize]
    }

    /// Tells a router something, unless it is lost.
    fn tell(&mut self, cx: &mut Cx<'_>, note: Note) {
        if self.reports.gets_through(&mut self.loss) {
            let name = cx.notes.insert(note);
            cx.send(self.reports.hop, Event::Router(RouterEvent::Note(name)));
        }
    }
}

impl Dynos {
    /// A dyno has taken an attempt in.
    pub(super) fn took(&mut self, cx: &Cx<'_>, dyno: u32, name: Ref) {
        let Some(reporter) = &mut self.reporter else { return };
        let mind = reporter.mind(dyno);
        let came = (cx.now(), mind.came());
        if reporter.arrivals.len() <= name.place() {
            reporter.arrivals.resize(name.place() + 1, (SimTime::ZERO, 0));
        }
        reporter.arrivals[name.place()] = came;
    }

    /// A dyno has an attempt no longer, because it served it or because it was taken back.
    pub(super) fn gave(&mut self, cx: &mut Cx<'_>, dyno: u32, name: Ref, served: bool) {
        let Some(reporter) = &mut self.reporter else { return };
        let (came, in_flight) = reporter.arrivals[name.place()];
        let mind = reporter.mind(dyno);
        if mind.went(in_flight, served.then(|| cx.now().since(came))) {
            self.is_idle(cx, dyno);
        }
    }

    /// A dyno's life is over, with all that it knew.
    pub(super) fn forgot(&mut self, dyno: u32) {
        let Some(reporter) = &mut self.reporter else { return };
        reporter.mind(dyno).forget();
    }

    /// A dyno has nothing to do, or has just come up: it joins an idle queue.
    pub(super) fn is_idle(&mut self, cx: &mut Cx<'_>, dyno: u32) {
        let Some(reporter) = &mut self.reporter else { return };
        let Some(join) = reporter.join else { return };
        let found = &self.dynos[dyno as usize];
        if found.state != State::Up {
            return;
        }
        let (app, slot, rows) = (found.app, found.slot, reporter.rows as usize);
        let turn = reporter.mind(dyno).idle();
        let row = reporter.joins[app.index()].below(rows);
        if join == Join::Random || rows == 1 {
            reporter.tell(cx, Note::Idle(Between { row: row as u32, app, dyno: slot }));
            return;
        }
        let other = (row + 1 + reporter.joins[app.index()].below(rows - 1)) % rows;
        let asked =
            [row, other].map(|row| (row as u32, reporter.reports.gets_through(&mut reporter.loss)));
        let asking = Asking { app, dyno: slot, turn, asked, known: [None; 2] };
        let name = cx.notes.insert(Note::Asking(asking));
        cx.send(reporter.reports.hop, Event::Router(RouterEvent::Note(name)));
    }

    /// A router probes a dyno, or two routers have answered it.
    pub(super) fn note(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let note = cx.notes.remove(name).expect("a message arrives once");
        let (app, slot) = match note {
            Note::Probe(Between { app, dyno, .. }) | Note::Asking(Asking { app, dyno, .. }) => {
                (app, dyno)
            }
            Note::Answer { .. } | Note::Idle(_) => unreachable!("a router hears that"),
        };
        let dyno = self.ensure(app, slot);
        let found = &self.dynos[dyno as usize];
        if found.state != State::Up || found.frozen {
            return;
        }
        let reporter = self.reporter.as_mut().expect("it is told only where it answers");
        let mind = reporter.mind(dyno);
        match note {
            Note::Probe(between) => {
                let (in_flight, latency) = (mind.in_flight(), mind.latency());
                reporter.tell(cx, Note::Answer { between, in_flight, latency });
            }
            Note::Asking(asking) if mind.is_idle_since(asking.turn) => {
                let row = shorter(&asking);
                reporter.tell(cx, Note::Idle(Between { row, app, dyno: slot }));
            }
            // It has become busy while it asked.
            _ => {}
        }
    }
}

/// The router whose idle queue is the shorter.
fn shorter(asking: &Asking) -> u32 {
    asking.asked[Join::shorter(asking.known)].0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ids::{AppId, DynoId};

    #[test]
    fn a_dyno_joins_the_shorter_queue_of_those_that_answered() {
        for (known, expected) in [
            ([Some(3), Some(2)], 8),
            ([Some(2), Some(2)], 5),
            ([Some(1), Some(2)], 5),
            ([None, Some(9)], 8),
            ([Some(9), None], 5),
            ([None, None], 5),
        ] {
            let asked = [(5, true), (8, true)];
            let asking = Asking { app: AppId(0), dyno: DynoId(0), turn: 1, asked, known };
            assert_eq!(shorter(&asking), expected, "{known:?}");
        }
    }
}
