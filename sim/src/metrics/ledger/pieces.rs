//! Pieces of time, and what was measured in each.
//!
//! The edges of all windows cut the measured time into pieces; each event is recorded in one of them,
//! however many windows hold it. What is a level, such as the requests under way, is recorded by its
//! changes: how much the level was changed in a piece, and the area between each change and the piece's
//! end. Both are sums, so changes may come in any order and from any number of ledgers.

use crate::metrics::{Cause, Counts};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What was measured, by piece of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pieces {
    /// Where pieces begin and end: piece 0 lies before the first edge, the last one begins at the
    /// last but one. What comes at the last edge or later belongs to no piece.
    edges: Vec<SimTime>,
    /// By client, then by piece.
    clients: Vec<Vec<Piece>>,
    /// What dynos finished, by app, then by piece.
    finished: Vec<Vec<u64>>,
}

/// What one client did in one piece of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Piece {
    pub arrivals: u64,
    pub attempts: u64,
    pub successes: u64,
    pub failures: [u64; Cause::ALL.len()],
    pub latency_nanos: u128,
    pub service_nanos: u128,
    pub latency: Counts,
    pub service: Counts,
    pub late: Counts,
    pub in_flight: Changes,
    pub users: Changes,
}

/// The changes of a level in one piece of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changes {
    /// All changes together.
    net: i64,
    /// What they add to the area of this piece, in nanoseconds times the level.
    area: i128,
}

impl Pieces {
    /// Nothing measured yet between these edges, in any order; histograms have so many digits.
    pub fn new(mut edges: Vec<SimTime>, digits: u8, clients: usize, apps: usize) -> Pieces {
        edges.sort_unstable();
        edges.dedup();
        let piece = Piece::new(digits);
        Pieces {
            clients: vec![vec![piece; edges.len()]; clients],
            finished: vec![vec![0; edges.len()]; apps],
            edges,
        }
    }

    /// The number of the piece that holds an instant; nothing after the last.
    fn at(&self, at: SimTime) -> Option<usize> {
        let piece = self.edges.partition_point(|edge| *edge <= at);
        (piece < self.edges.len()).then_some(piece)
    }

    /// What a client did in the piece that holds an instant; nothing after the last.
    pub fn client(&mut self, at: SimTime, client: usize) -> Option<&mut Piece> {
        let piece = self.at(at)?;
        Some(&mut self.clients[client][piece])
    }

    /// More or fewer requests of a client are under way from now on.
    pub fn flow(&mut self, at: SimTime, client: usize, more: i64) {
        let Some(piece) = self.at(at) else { return };
        self.clients[client][piece].in_flight.change(at, self.edges[piece], more);
    }

    /// A client has more or fewer users from now on.
    pub fn users(&mut self, at: SimTime, client: usize, more: i64) {
        let Some(piece) = self.at(at) else { return };
        self.clients[client][piece].users.change(at, self.edges[piece], more);
    }

    /// A dyno of an app finished an attempt.
    pub fn finished(&mut self, at: SimTime, app: usize) {
        let Some(piece) = self.at(at) else { return };
        self.finished[app][piece] += 1;
    }

    /// The time ends at `at`, earlier than planned: so does the piece that holds it, and what comes from now
    /// on at a later time belongs to none.
    pub fn end_at(&mut self, at: SimTime) {
        let last = self.edges.partition_point(|edge| *edge < at);
        let Some(planned) = self.edges.get(last).copied() else { return };
        self.edges.truncate(last + 1);
        self.edges[last] = at;
        let less = i128::from(planned.since(at).nanos());
        for pieces in &mut self.clients {
            pieces.truncate(last + 1);
            let piece = &mut pieces[last];
            for level in [&mut piece.in_flight, &mut piece.users] {
                // A change was taken to last until the planned end of its piece.
                level.area -= i128::from(level.net) * less;
            }
        }
        self.finished.iter_mut().for_each(|counts| counts.truncate(last + 1));
    }

    /// Adds what others with the same edges hold.
    pub fn merge(&mut self, other: &Pieces) {
        for (pieces, more) in self.clients.iter_mut().zip(&other.clients) {
            pieces.iter_mut().zip(more).for_each(|(piece, more)| piece.merge(more));
        }
        for (counts, more) in self.finished.iter_mut().zip(&other.finished) {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
    }

    /// The numbers of the pieces from one edge to another.
    pub fn between(&self, from: SimTime, to: SimTime) -> Range<usize> {
        let place = |edge| self.edges.binary_search(&edge).expect("windows begin and end at edges");
        place(from) + 1..place(to) + 1
    }

    /// What a client did in some pieces that follow each other.
    pub fn of(&self, client: usize, pieces: Range<usize>) -> impl Iterator<Item = &Piece> {
        self.clients[client][pieces].iter()
    }

    /// How many attempts the dynos of an app finished in some pieces.
    pub fn finished_of(&self, app: usize, pieces: Range<usize>) -> u64 {
        self.finished[app][pieces].iter().sum()
    }

    /// The area under a level of a client in some pieces, in nanoseconds times the level.
    pub fn area(
        &self,
        client: usize,
        pieces: Range<usize>,
        level: impl Fn(&Piece) -> &Changes,
    ) -> i128 {
        let all = &self.clients[client];
        let mut present: i64 = all[..pieces.start].iter().map(|piece| level(piece).net).sum();
        let mut area = 0;
        for piece in pieces {
            let length = self.edges[piece].since(self.edges[piece - 1]).nanos();
            area += i128::from(present) * i128::from(length) + level(&all[piece]).area;
            present += level(&all[piece]).net;
        }
        area
    }
}

impl Piece {
    fn new(digits: u8) -> Piece {
        let counts = || Counts::new(digits);
        Piece {
            arrivals: 0,
            attempts: 0,
            successes: 0,
            failures: [0; Cause::ALL.len()],
            latency_nanos: 0,
            service_nanos: 0,
            latency: counts(),
            service: counts(),
            late: counts(),
            in_flight: Changes::default(),
            users: Changes::default(),
        }
    }

    /// Adds what another piece holds.
    pub fn merge(&mut self, more: &Piece) {
        self.arrivals += more.arrivals;
        self.attempts += more.attempts;
        self.successes += more.successes;
        self.failures.iter_mut().zip(&more.failures).for_each(|(sum, more)| *sum += more);
        self.latency_nanos += more.latency_nanos;
        self.service_nanos += more.service_nanos;
        self.latency.merge(&more.latency);
        self.service.merge(&more.service);
        self.late.merge(&more.late);
        for (level, more) in [(&mut self.in_flight, more.in_flight), (&mut self.users, more.users)]
        {
            level.net += more.net;
            level.area += more.area;
        }
    }
}

impl Changes {
    /// The level changes at an instant of a piece that ends at `end`.
    fn change(&mut self, at: SimTime, end: SimTime, more: i64) {
        self.net += more;
        self.area += i128::from(more) * i128::from(end.since(at).nanos());
    }
}
