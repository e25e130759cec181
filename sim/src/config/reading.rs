//! What is shared while one scenario is read.

use super::Problem;
use super::outline::{Asked, Ear};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is shared by all that reads one scenario: the problems found so far, where kinds are chosen,
/// and the way to files.
pub struct Reading<'r> {
    problems: RefCell<Vec<Problem>>,
    kinds: RefCell<BTreeMap<String, Vec<&'static str>>>,
    open: &'r dyn Fn(&str) -> Result<Vec<u8>, String>,
    /// What hears the settings that are asked for, while an outline is made.
    ear: Option<RefCell<Ear>>,
}

impl<'r> Reading<'r> {
    /// A reading that finds files through `open`, whose error says why a file cannot be had.
    pub fn new(open: &'r dyn Fn(&str) -> Result<Vec<u8>, String>) -> Reading<'r> {
        Reading { problems: RefCell::default(), kinds: RefCell::default(), open, ear: None }
    }

    /// A reading of nothing that hears what is asked for.
    pub(super) fn listening(open: &'r dyn Fn(&str) -> Result<Vec<u8>, String>) -> Reading<'r> {
        Reading { ear: Some(RefCell::default()), ..Reading::new(open) }
    }

    /// Whether an outline is made.
    pub(super) fn listens(&self) -> bool {
        self.ear.is_some()
    }

    /// Notes of the setting at `path` that it is asked for, and what `note` knows of it.
    pub(super) fn hear(&self, path: impl FnOnce() -> String, note: impl FnOnce(&mut Asked)) {
        if let Some(ear) = &self.ear {
            note(ear.borrow_mut().asked(&path()));
        }
    }

    /// Notes that the body at `path` is one value.
    pub(super) fn hear_value(&self, path: &str, expects: &'static str) {
        if let Some(ear) = &self.ear {
            ear.borrow_mut().value(path, expects);
        }
    }

    /// What was heard.
    pub(super) fn heard(self) -> Ear {
        self.ear.map(RefCell::into_inner).unwrap_or_default()
    }

    /// Notes a problem.
    pub fn complain(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Takes a problem back that turned out to follow from another.
    pub(super) fn retract(&self, problem: &Problem) {
        self.problems.borrow_mut().retain(|known| known != problem);
    }

    /// The dotted paths at which one of several kinds was chosen, with the names of those kinds. A
    /// setting written over a scenario needs them to replace the kind that was there.
    pub fn kinds(&self) -> BTreeMap<String, Vec<&'static str>> {
        self.kinds.borrow().clone()
    }

    /// Notes that the table called `path` holds one of these kinds.
    pub(super) fn note_kinds(&self, path: &str, names: impl Iterator<Item = &'static str>) {
        self.kinds.borrow_mut().insert(path.into(), names.collect());
    }

    /// The bytes of a file that the scenario names, or why they cannot be had.
    pub fn file(&self, path: &str) -> Result<Vec<u8>, String> {
        (self.open)(path)
    }

    /// Whether nothing is wrong so far.
    pub fn is_fine(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// How many problems were noted so far: whoever compares two counts learns whether what was
    /// read in between is to be trusted.
    pub fn problems(&self) -> usize {
        self.problems.borrow().len()
    }

    /// All problems, in the order of their places, none twice.
    pub fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.place);
        // Equal ones have one place, so they are near each other now.
        let mut kept: Vec<Problem> = Vec::with_capacity(problems.len());
        for problem in problems {
            let mut near = kept.iter().rev().take(8);
            if !near.any(|known| *known == problem) {
                kept.push(problem);
            }
        }
        kept
    }
}
