//! What routers and dynos tell each other beside the attempts: probes, their answers, and word from
//! dynos that are idle. These are messages of their own, which take time and may be lost.
//!
//! A message that is lost is never sent: whoever sends it draws that. One that finds nobody, because
//! its dyno is down or stands still, ends there. So none stays behind.

use super::ids::{AppId, DynoId};
use super::slab::Slab;
use crate::config::{Fields, Value};
use crate::rng::Stream;
use crate::time::Span;
use crate::units::Ratio;

/// The settings of the channel for such messages: `mesh.reports`.
#[derive(Clone, Copy, Debug)]
pub struct Reports {
    /// How long a message is under way.
    pub hop: Span,
    /// How likely it is lost.
    pub loss: f64,
}

/// The longest that a message may be under way, one way.
pub(super) const MOST_HOP: Span = Span::from_secs(60);

impl Reports {
    /// Reads `reports` of `[mesh]`: a table, or `"none"`. On its way a message takes `hop` unless the
    /// table says otherwise.
    pub fn read(fields: &mut Fields<'_>, hop: Span) -> Option<Reports> {
        if let Some(Value::Text(text)) = fields.peek("reports") {
            let none = text == "none";
            if !none {
                let message = format!("`{}` is `\"{text:.40}\"`", fields.path_of("reports"));
                let help = "without `reports` messages take `mesh.hop` and none is lost";
                fields.complain("reports", message, "must be a table or `\"none\"`", help);
            }
            let entry = fields.take("reports").expect("it was seen");
            fields.put("reports", entry.key_place, entry.node);
            return (!none).then_some(Reports { hop, loss: 0.0 });
        }
        Some(fields.table("reports", |fields| {
            let hop = fields.or("hop", hop);
            fields.require("hop", hop <= MOST_HOP, "at most 60s");
            let loss = fields.or("loss", Ratio(0.0)).0;
            Reports { hop, loss }
        }))
    }

    /// Whether a message gets through. Nothing is drawn where none is ever lost.
    pub fn gets_through(&self, rng: &mut Stream) -> bool {
        self.loss == 0.0 || rng.unit() >= self.loss
    }
}

/// The messages under way.
pub type Notes = Slab<Note>;

/// One message, in words of the platform. Rows are the routers, or the one that all of them are.
#[derive(Clone, Copy, Debug)]
pub enum Note {
    /// A router asks a dyno how it is.
    Probe(Between),
    /// The dyno says so.
    Answer {
        /// Who said it to whom.
        between: Between,
        /// How many attempts the dyno has, from all routers.
        in_flight: u32,
        /// How long attempts took of late that came when it had about as many.
        latency: Span,
    },
    /// A dyno says that it is idle.
    Idle(Between),
    /// A dyno asks two routers how many idle dynos they know of, and they answer.
    Asking(Asking),
}

/// The two ends of a message.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    /// The router.
    pub row: u32,
    /// Whose dyno.
    pub app: AppId,
    /// The dyno.
    pub dyno: DynoId,
}

/// What a dyno asks two routers. Both messages travel equally long, so they are one event.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Whose dyno.
    pub app: AppId,
    /// The dyno.
    pub dyno: DynoId,
    /// How often the dyno had become idle then: it asks for that time only.
    pub turn: u32,
    /// Each router, and whether the question reached it.
    pub asked: [(u32, bool); 2],
    /// What each said.
    pub known: [Option<u32>; 2],
}
