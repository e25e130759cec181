//! What routers hear of dynos beside the attempts: answers to probes, and who is idle.

use super::Routers;
use crate::balance::{Need, Report};
use crate::platform::config::Platform;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::message::{DynoEvent, Event};
use crate::platform::reports::{Between, Note, Reports};
use crate::platform::slab::Ref;
use crate::rng::{Seed, Stream};
use crate::time::{SimTime, Span};
use std::collections::VecDeque;

/// Most probes of one router and one app that are under way at once; more are not sent.
const MOST_UNDER_WAY: usize = 1024;

/// How the routers of a mesh whose balancer listens speak to dynos.
pub(super) struct Prober {
    reports: Reports,
    /// Whether attempts bring probes.
    pub probes: bool,
    /// Draws which messages are lost.
    loss: Stream,
    /// Draws which router an idle dyno joins that has come to one without a use for it.
    joins: Stream,
    /// Whom to probe; kept to reuse its memory.
    to: Vec<u32>,
    /// The probes under way, by row and app.
    under_way: Vec<Vec<UnderWay>>,
}

/// When each probe was sent whose answer may still come, the oldest first.
#[derive(Clone, Default)]
struct UnderWay(VecDeque<SimTime>);

impl UnderWay {
    /// Whether one more may be sent now; it is counted then. There and back takes `round`: an answer
    /// that has not come by then was lost.
    fn admit(&mut self, now: SimTime, round: Span) -> bool {
        while self.0.front().is_some_and(|&sent| sent + round <= now) {
            self.0.pop_front();
        }
        let room = self.0.len() < MOST_UNDER_WAY;
        if room {
            self.0.push_back(now);
        }
        room
    }
}

impl Prober {
    pub fn new(platform: &Platform, rows: u32, seed: Seed) -> Option<Prober> {
        let mesh = &platform.mesh;
        let probes = mesh.balancer.needs(Need::Probes);
        let reports = mesh.reports.filter(|_| probes || mesh.balancer.needs(Need::Pushes))?;
        let under_way = vec![vec![UnderWay::default(); platform.apps.len()]; rows as usize];
        let loss = Stream::named(seed, "routers.reports.loss", 0);
        let joins = Stream::named(seed, "routers.joins", 0);
        Some(Prober { reports, probes, loss, joins, to: Vec::new(), under_way })
    }
}

impl Routers {
    /// Sends the probes that an attempt brings.
    pub(super) fn probe(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = cx.attempts.get(name).expect("the path holds its attempt");
        let (app, key, row) = (attempt.app, attempt.key, self.row(attempt.router));
        let prober = self.prober.as_mut().expect("only those that listen probe");
        let now = cx.now();
        self.pools[row][app.index()].view.probes(now, key, &mut prober.to);
        let round = prober.reports.hop * 2;
        let under_way = &mut prober.under_way[row][app.index()];
        for dyno in prober.to.drain(..) {
            if under_way.admit(now, round) && prober.reports.gets_through(&mut prober.loss) {
                let between = Between { row: row as u32, app, dyno: DynoId(dyno) };
                let note = cx.notes.insert(Note::Probe(between));
                cx.send(prober.reports.hop, Event::Dyno(DynoEvent::Note(note)));
            }
        }
    }

    /// Whose idle queue a dyno joins that came to this row's: that one, or, where the router does not
    /// use the dyno, any of those that do, each as likely. So a dyno joins one of its own routers,
    /// as if it knew them. None where no router uses it.
    fn joined(&mut self, row: usize, app: AppId, dyno: DynoId) -> Option<usize> {
        let uses = |row: usize| self.pools[row][app.index()].view.uses(dyno);
        if uses(row) {
            return Some(row);
        }
        let users: Vec<usize> = (0..self.pools.len()).filter(|&row| uses(row)).collect();
        let prober = self.prober.as_mut().expect("only those that listen are joined");
        (!users.is_empty()).then(|| users[prober.joins.below(users.len())])
    }

    /// A dyno has something to say.
    pub(super) fn note(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let note = cx.notes.get_mut(name).expect("a message arrives once");
        match note {
            Note::Probe(_) => unreachable!("dynos do not probe routers"),
            Note::Answer { between, in_flight, latency } => {
                let Between { row, app, dyno } = *between;
                let (in_flight, latency) = (*in_flight, *latency);
                cx.notes.remove(name);
                let report = Report { in_flight, latency, now: cx.now() };
                self.pools[row as usize][app.index()].view.probed(dyno, &report);
            }
            Note::Idle(between) => {
                let Between { row, app, dyno } = *between;
                cx.notes.remove(name);
                if let Some(row) = self.joined(row as usize, app, dyno) {
                    self.pools[row][app.index()].view.idle(dyno);
                }
            }
            Note::Asking(asking) => {
                let prober = self.prober.as_mut().expect("only those that listen are asked");
                for ((row, reached), known) in asking.asked.iter().zip(&mut asking.known) {
                    if *reached && prober.reports.gets_through(&mut prober.loss) {
                        let pool = &self.pools[*row as usize][asking.app.index()];
                        *known = pool.view.uses(asking.dyno).then(|| pool.view.known_idle());
                    }
                }
                cx.send(prober.reports.hop, Event::Dyno(DynoEvent::Note(name)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_under_way_are_bounded_and_lost_ones_are_forgotten() {
        let (mut under_way, hop) = (UnderWay::default(), Span::from_millis(1));
        let begin = SimTime::ZERO + Span::from_secs(1);
        for _ in 0..MOST_UNDER_WAY {
            assert!(under_way.admit(begin, hop * 2));
        }
        assert!(!under_way.admit(begin + hop, hop * 2));
        assert!(under_way.admit(begin + hop * 2, hop * 2));
        assert_eq!(under_way.0.len(), 1);
        // What takes no time is never under way.
        assert!((0..9000).all(|_| under_way.admit(begin + hop * 2, Span::ZERO)));
        assert_eq!(under_way.0.len(), 1);
    }
}
