//! nginx's `random two least_conn`: two draws by weight, which must differ and be below the limit; and
//! its `random`, which is one of them.
//!
//! nginx 3f6f782, `ngx_http_upstream_get_random2_peer`: fewer attempts / weight wins, the second on a
//! tie. `ngx_http_upstream_get_random_peer` takes the first. A draw of the same dyno again or of a full one is in vain; after more than 20 of those, or
//! with one dyno alone, it is the turn of smooth weighted round robin.

use super::super::weighted_round_robin::Smooth;
use super::super::weights::{News, PerWeight, Roster, millionths};
use super::super::{Ask, Loads, Need};
use super::choice::Rule;
use crate::rng::Stream;

/// Draws in vain before it gives up drawing.
const TRIES: u32 = 20;

/// nginx's way, with its default of one failure.
pub(super) struct Nginx {
    /// One or two.
    choices: usize,
    roster: Roster,
    /// All weights up to each dyno of the roster, its own included.
    ranges: Vec<u64>,
    turns: Smooth,
}

impl Nginx {
    /// Draws one, or two.
    pub fn new(choices: usize) -> Nginx {
        let turns = Smooth::new(1);
        Nginx { choices, roster: Roster::default(), ranges: Vec::new(), turns }
    }

    /// Two distinct dynos below the limit, or twice the only one that is drawn; nothing when drawing
    /// was in vain.
    fn draw(&self, loads: &Loads, rng: &mut Stream) -> Option<(u32, u32)> {
        let all = *self.ranges.last()? as usize;
        let mut first = None;
        for _ in 0..=TRIES + 1 {
            let at = rng.below(all) as u64;
            let index = self.ranges.partition_point(|range| *range <= at);
            let dyno = self.roster.members()[index].dyno;
            match first {
                _ if first == Some(dyno) || !loads.is_free(dyno) => {}
                Some(first) => return Some((first, dyno)),
                None if self.choices == 1 => return Some((dyno, dyno)),
                None => first = Some(dyno),
            }
        }
        None
    }
}

impl Rule for Nginx {
    const NEEDS: &'static [Need] = &[Need::Counts, Need::Weights];

    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        if self.roster.refresh(ask.loads) == News::Members {
            self.ranges.clear();
            let mut sum = 0;
            self.ranges.extend(self.roster.members().iter().map(|member| {
                sum += member.weight;
                sum
            }));
        }
        let pair = if self.ranges.len() < 2 { None } else { self.draw(ask.loads, rng) };
        let Some((first, second)) = pair else {
            let turn = self.turns.pick(ask.loads).expect("one is below the limit");
            drawn.push(turn);
            return turn;
        };
        drawn.extend([first, second]);
        let work = |dyno: u32| self.work(ask.loads, dyno, 0);
        if work(second) > work(first) { first } else { second }
    }

    fn work(&self, loads: &Loads, dyno: u32, more: u32) -> PerWeight {
        let count = u64::from(loads.load(dyno) + more);
        PerWeight { count, weight: millionths(loads.weight(dyno)) }
    }

    fn failed(&mut self, dyno: u32) {
        self.turns.failed(dyno);
    }
}
