//! Whose place a newcomer takes in a router that holds as many attempts as it may: one file a rule, one
//! row in [`KINDS`].

mod first_come;
mod max_min;

use crate::config::Kind;

/// The rules, by name.
pub const KINDS: &[Kind<Fairness>] = &[first_come::KIND, max_min::KIND];

/// What a router holds of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// All of its attempts.
    pub held: u32,
    /// Those of them that are queued.
    pub queued: u32,
}

/// A full router, asked by an attempt that has come.
pub struct Full<'a> {
    /// Most attempts that the router holds, which it does.
    pub places: u64,
    /// The app of the newcomer.
    pub newcomer: usize,
    /// How many apps there are.
    pub apps: usize,
    /// What the router holds of each.
    pub holding: &'a dyn Fn(usize) -> Holding,
}

/// A rule: the app that loses its newest queued attempt to the newcomer; nothing when the newcomer is
/// turned away.
#[derive(Clone, Copy, Debug)]
pub struct Fairness {
    /// The kind's name.
    pub name: &'static str,
    /// The rule.
    pub gives_way: fn(&Full<'_>) -> Option<usize>,
}

impl Default for Fairness {
    fn default() -> Fairness {
        first_come::FIRST_COME
    }
}
