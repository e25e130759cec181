//! What a dyno tells routers of itself: how it is when it is probed, and, of its own accord, that it
//! is idle.
//!
//! A dyno counts the attempts that it has, from all routers and in its backlog too. Of its last
//! attempts it remembers how many others it had when each came, and how long it took from there to its
//! end. Asked what to expect, it gives the median of those that came when it had as many as now or,
//! where there are none, nearly as many (Prequal, NSDI 2024). A dyno that is down or stands
//! still says nothing; one that starts anew has forgotten all.

use super::{Dynos, State};
use crate::balance::{Join, Need};
use crate::platform::config::Platform;
use crate::platform::cx::Cx;
use crate::platform::mesh::Knowledge;
use crate::platform::message::{Event, RouterEvent};
use crate::platform::reports::{Asking, Between, Note, Reports};
use crate::platform::slab::Ref;
use crate::rng::{Seed, Stream};
use crate::time::{SimTime, Span};

/// How many attempts a dyno remembers; our choice.
const MEMORY: usize = 32;

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

/// What one dyno keeps in mind.
#[derive(Clone, Default)]
struct Mind {
    /// Attempts that it has.
    in_flight: u32,
    /// How often it became idle or died: what it asked before is of no use after.
    turn: u32,
    /// The last attempts: how many it had when they came, and how long they took. A ring.
    past: Vec<(u32, Span)>,
    /// Where the next goes.
    next: usize,
}

impl Mind {
    fn remember(&mut self, in_flight: u32, took: Span) {
        if self.past.len() < MEMORY {
            self.past.push((in_flight, took));
        } else {
            self.past[self.next] = (in_flight, took);
        }
        self.next = (self.next + 1) % MEMORY;
    }

    /// The latency to expect with the attempts that there are: a median, the lower of two; zero while
    /// nothing is known.
    fn latency(&self) -> Span {
        let distance = |&(in_flight, _): &(u32, Span)| in_flight.abs_diff(self.in_flight);
        let Some(nearest) = self.past.iter().map(distance).min() else { return Span::ZERO };
        let mut near = [Span::ZERO; MEMORY];
        let mut count = 0;
        for past in self.past.iter().filter(|past| distance(past) == nearest) {
            near[count] = past.1;
            count += 1;
        }
        near[..count].sort_unstable();
        near[(count - 1) / 2]
    }
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
        let came = (cx.now(), mind.in_flight);
        mind.in_flight += 1;
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
        mind.in_flight = mind.in_flight.checked_sub(1).expect("a dyno gives what it took");
        if served {
            mind.remember(in_flight, cx.now().since(came));
        }
        if mind.in_flight == 0 {
            self.is_idle(cx, dyno);
        }
    }

    /// A dyno's life is over, with all that it knew.
    pub(super) fn forgot(&mut self, dyno: u32) {
        let Some(reporter) = &mut self.reporter else { return };
        let mind = reporter.mind(dyno);
        *mind = Mind { turn: mind.turn.wrapping_add(1), ..Mind::default() };
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
        let mind = reporter.mind(dyno);
        mind.turn = mind.turn.wrapping_add(1);
        let turn = mind.turn;
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
                let (in_flight, latency) = (mind.in_flight, mind.latency());
                reporter.tell(cx, Note::Answer { between, in_flight, latency });
            }
            Note::Asking(asking) if mind.turn == asking.turn && mind.in_flight == 0 => {
                let row = shorter(&asking);
                reporter.tell(cx, Note::Idle(Between { row, app, dyno: slot }));
            }
            // It has become busy while it asked.
            _ => {}
        }
    }
}

/// The router that knows of the fewest idle dynos, the first asked on a tie; when only one answered,
/// that one, and when none did, the first.
fn shorter(asking: &Asking) -> u32 {
    let [(first, _), (second, _)] = asking.asked;
    match asking.known {
        [Some(of_first), Some(of_second)] if of_second < of_first => second,
        [None, Some(_)] => second,
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ids::{AppId, DynoId};

    #[test]
    fn the_latency_is_the_median_at_the_nearest_number_of_attempts() {
        let millis = Span::from_millis;
        let mut mind = Mind::default();
        assert_eq!(mind.latency(), Span::ZERO, "nothing is known");
        for (in_flight, took) in [(0, 10), (2, 50), (2, 30), (2, 40), (5, 90), (7, 10)] {
            mind.remember(in_flight, millis(took));
        }
        for (in_flight, latency) in [(0, 10), (1, 30), (2, 40), (3, 40), (4, 90), (6, 10), (99, 10)]
        {
            mind.in_flight = in_flight;
            assert_eq!(mind.latency(), millis(latency), "{in_flight}");
        }
    }

    #[test]
    fn only_the_last_attempts_are_remembered() {
        let mut mind = Mind::default();
        for took in 0..100 {
            mind.remember(0, Span::from_millis(took));
        }
        // 68 to 99 milliseconds: the lower of the two in the middle is 83.
        assert_eq!((mind.past.len(), mind.latency()), (MEMORY, Span::from_millis(83)));
    }

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
