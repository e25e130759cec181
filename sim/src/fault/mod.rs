//! What goes wrong, and what operators do about it, at times that the scenario names.
//!
//! One file a kind, one row in [`KINDS`]. A fault says whom it hits and how much; the component that
//! it hits acts on it. To add one: a file with its config, its checks and its tests, a `mod` line, a
//! row, and the arm in the component.

mod crash;
mod freeze;
mod scale;
mod set;
mod slow;
mod surge;
mod which;

pub use crash::Crash;
pub use freeze::Freeze;
pub use scale::Scale;
pub use set::{Change, Set};
pub use slow::Slow;
pub use surge::Surge;
pub use which::Which;

use crate::config::{Fields, Kind, Place};
use crate::time::Span;

/// The kinds of events, by name.
pub const KINDS: &[Kind<Fault>] =
    &[slow::KIND, crash::KIND, freeze::KIND, surge::KIND, scale::KIND, set::KIND];

/// What happens.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An app's work takes longer.
    Slow(Slow),
    /// Dynos crash.
    Crash(Crash),
    /// Dynos stop working without dying.
    Freeze(Freeze),
    /// A client sends more.
    Surge(Surge),
    /// An app gets another number of dynos.
    Scale(Scale),
    /// Settings change in mid-run.
    Set(Set),
}

/// A name that the scenario gives and where it was written; resolved when all names are known.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it was written.
    pub place: Place,
}

/// A fault with its time.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it begins, from the start of the measured time.
    pub at: Span,
    /// How long it lasts; nothing for a change that stays.
    pub lasts: Option<Span>,
    /// What happens.
    pub fault: Fault,
    /// Where the event was written.
    pub place: Place,
}

impl Event {
    /// Reads one `[[event]]`, whose end must not be after `duration`.
    pub fn read(fields: &mut Fields<'_>, duration: Span) -> Option<Event> {
        let at: Span = fields.required("at");
        let lasts: Option<Span> = fields.optional("for");
        if at >= duration {
            let message = format!("the event is at {at}, after the end of the run at {duration}");
            let help = "times count from the end of the warm-up: move it, or set `run.duration`";
            fields.complain("at", message, "must be before `run.duration`", help);
        } else if let Some(lasts) = lasts
            && at + lasts > duration
        {
            let end = at + lasts;
            let message =
                format!("the event ends at {end}, after the end of the run at {duration}");
            let help = "leave `for` out for an event that lasts, or set `run.duration`";
            fields.complain("for", message, "must end before `run.duration`", help);
        }
        if lasts == Some(Span::ZERO) {
            let message = format!("`{}` must be more than `0s`", fields.path_of("for"));
            fields.complain("for", message, "must be more than no time", "leave `for` out");
        }
        let fault = fields.one_kind("kind of event", KINDS)?;
        Some(Event { at, lasts, fault, place: fields.place })
    }

    /// What happens, in a few words for a chart: `slow shop x4`.
    pub fn label(&self) -> String {
        match &self.fault {
            Fault::Slow(slow) => {
                format!("slow {} ×{}{}", slow.app.text, slow.factor, slow.which.label())
            }
            Fault::Crash(crash) => format!("crash {}{}", crash.app.text, crash.which.label()),
            Fault::Freeze(freeze) => format!("freeze {}{}", freeze.app.text, freeze.which.label()),
            Fault::Surge(surge) => format!("surge {} ×{}", surge.client.text, surge.factor),
            Fault::Scale(scale) => format!("scale {} to {}", scale.app.text, scale.dynos),
            Fault::Set(set) => {
                let words: Vec<String> = set.changes.iter().map(Change::label).collect();
                format!("set {}", words.join(", "))
            }
        }
    }

    /// Whether recovery is counted from this event's end: operators' remedies are no faults.
    pub fn is_fault(&self) -> bool {
        !matches!(self.fault, Fault::Scale(_) | Fault::Set(_))
    }
}

/// Reads the name of an app or a client.
fn name(fields: &mut Fields<'_>, key: &str) -> Name {
    let text = fields.required(key);
    Name { text, place: fields.place_of(key) }
}
