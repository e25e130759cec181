//! What goes wrong, and what operators do about it, at times that the scenario names.
//!
//! One file a kind, one row in [`KINDS`]. A fault says whom it hits and how much; the component that
//! it hits acts on it. To add one: a file with its config, its checks and its tests, a `mod` line, a
//! row, and the arm in the component.

mod crash;
mod fail;
mod flaky;
mod freeze;
mod scale;
mod set;
mod slow;
mod surge;
mod which;

pub use crash::Crash;
pub use fail::Fail;
pub use flaky::Flaky;
pub use freeze::Freeze;
pub use scale::Scale;
pub use set::{Change, Set};
pub use slow::Slow;
pub use surge::Surge;
pub use which::Which;

use crate::config::{Fields, Kind, Place, Value};
use crate::time::Span;

/// The kinds of events, by name.
pub const KINDS: &[Kind<Fault>] = &[
    slow::KIND,
    crash::KIND,
    freeze::KIND,
    fail::KIND,
    flaky::KIND,
    surge::KIND,
    scale::KIND,
    set::KIND,
];

/// What happens.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An app's work takes longer.
    Slow(Slow),
    /// Dynos crash.
    Crash(Crash),
    /// Dynos stop working without dying.
    Freeze(Freeze),
    /// Dynos answer with errors.
    Fail(Fail),
    /// Dynos are well and fail in turns.
    Flaky(Flaky),
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
        let noted = fields.reading.problems();
        let at: Span = fields.required("at");
        let lasts: Option<Span> = fields.optional("for");
        // Times that were wrong are not compared with the run's.
        if fields.reading.problems() == noted {
            check_times(fields, at, lasts, duration);
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
            Fault::Fail(fail) => format!("fail {}{}", fail.app.text, fail.which.label()),
            Fault::Flaky(flaky) => format!("flaky {}{}", flaky.app.text, flaky.which.label()),
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

/// The event must begin and end within the run.
fn check_times(fields: &Fields<'_>, at: Span, lasts: Option<Span>, duration: Span) {
    let end = lasts.map(|lasts| at + lasts);
    if at >= duration {
        let message =
            format!("the event at `{at}` is not before the end of the run at `{duration}`");
        let help = "times count from the end of the warm-up: move it, or set `run.duration`";
        fields.complain("at", message, "must be before `run.duration`", help);
    } else if let Some(end) = end.filter(|end| *end > duration) {
        let message =
            format!("the event ends at `{end}`, after the end of the run at `{duration}`");
        let help = "leave `for` out for an event that lasts, or set `run.duration`";
        fields.complain("for", message, "must end with the run or before", help);
    }
    if lasts == Some(Span::ZERO) {
        let message = format!("`{}` must be more than `\"0s\"`", fields.path_of("for"));
        fields.complain("for", message, "must last", "leave `for` out for an event that lasts");
    }
}

impl Name {
    /// Reads the name of an app or a client, which must be there. Where it is missing or wrong, that
    /// is noted and the name is empty.
    pub fn read(fields: &mut Fields<'_>, key: &str) -> Name {
        if matches!(fields.peek(key), Some(Value::Text(text)) if text.is_empty()) {
            let message = format!("`{}` is empty", fields.path_of(key));
            fields.complain(key, message, "expected a name", "");
        }
        if !fields.has(key) {
            fields.take(key);
            fields.missing(key, &format!("name the one that is meant: `{key} = \"NAME\"`"));
        }
        let text = fields.optional(key).unwrap_or_default();
        Name { text, place: fields.place_of(key) }
    }
}

#[cfg(test)]
mod testing {
    use super::{Fault, KINDS};
    use crate::config::testing::read_table;

    /// A fault and what is wrong with it.
    pub fn read(text: &str) -> (Option<Fault>, Vec<String>) {
        let (fault, problems, _) = read_table(text, &|_| unreachable!("no file is named"), |f| {
            f.one_kind("kind of event", KINDS)
        });
        (fault, problems.into_iter().map(|problem| problem.message).collect())
    }
}
