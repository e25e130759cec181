//! What one dyno keeps in mind of its attempts, so that it can say how it is.
//!
//! A dyno counts the attempts that it has, from all routers and in its backlog too. Of its last
//! attempts it remembers how many others it had when each came, and how long it took from there to its
//! end. Asked what to expect, it gives the median of those that came when it had as many as now or,
//! where there are none, nearly as many (Prequal, NSDI 2024). It knows no clock and no messages: dynos
//! in simulated and in real time have the same.

use crate::time::Span;

/// How many attempts a dyno remembers; our choice.
const MEMORY: usize = 32;

/// What one dyno keeps in mind.
#[derive(Clone, Debug, Default)]
pub struct Mind {
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
    /// An attempt has come. Gives how many there were before, which [`Mind::went`] is to be told.
    pub fn came(&mut self) -> u32 {
        self.in_flight += 1;
        self.in_flight - 1
    }

    /// An attempt has gone that came when there were `before` others; it took so long, if it was
    /// served. True when the dyno has none any more.
    pub fn went(&mut self, before: u32, took: Option<Span>) -> bool {
        self.in_flight = self.in_flight.checked_sub(1).expect("a dyno gives what it took");
        if let Some(took) = took {
            self.remember(before, took);
        }
        self.in_flight == 0
    }

    /// The dyno has become idle. Gives a number for that time: see [`Mind::is_idle_since`].
    pub fn idle(&mut self) -> u32 {
        self.turn = self.turn.wrapping_add(1);
        self.turn
    }

    /// Whether the dyno has been idle since the time of that number.
    pub fn is_idle_since(&self, turn: u32) -> bool {
        self.turn == turn && self.in_flight == 0
    }

    /// The dyno's life is over, with all that it knew.
    pub fn forget(&mut self) {
        *self = Mind { turn: self.turn.wrapping_add(1), ..Mind::default() };
    }

    /// How many attempts it has.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

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
    pub fn latency(&self) -> Span {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
