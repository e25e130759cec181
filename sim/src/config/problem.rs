//! What is wrong with a scenario, and where.

/// A stretch of bytes in one of the texts that settings come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which text: 0 is the scenario file, the others are arguments such as `--set`.
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One mistake in a scenario: what was found, what is allowed, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, if it has a place.
    pub place: Option<Place>,
    /// What is wrong: lower case, names in backticks.
    pub message: String,
    /// What is allowed here; stands under the underlined text.
    pub label: String,
    /// The fix, or the nearest right word.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place, not yet labelled.
    pub fn at(place: Place, message: impl Into<String>) -> Problem {
        Problem { place: Some(place), message: message.into(), label: String::new(), help: None }
    }

    /// The same with what is allowed here.
    #[must_use]
    pub fn allowed(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }

    /// The same with a fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}
