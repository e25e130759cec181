//! The settings that an operator can change in mid-run.

use super::client::{Budget, MOST_ATTEMPTS};
use super::config::{Platform, Scheduled};
use super::ids::{AppId, ClientId};
use super::protection::Admission;
use crate::config::{Problem, Reading, Setting, nearest, one_of, suggestion};
use crate::fault::Change;
use crate::time::{SimTime, Span};
use crate::units::{Limit, Rate, Ratio};

/// A setting with its new value.
#[derive(Clone, Copy, Debug)]
pub enum Knob {
    /// `mesh.limit`.
    Limit(u32),
    /// `mesh.backlog`.
    Backlog(u32),
    /// `mesh.first-byte`.
    FirstByte(Span),
    /// `app.<name>.admission.rate`, in attempts a second; infinite for no bound.
    Admission(AppId, f64),
    /// `manager.launch-limit`, in launches a second; infinite for no limit.
    LaunchLimit(f64),
    /// `client.<name>.timeout`.
    Timeout(ClientId, Span),
    /// `client.<name>.deadline`.
    Deadline(ClientId, Span),
    /// `client.<name>.retry.attempts`.
    Attempts(ClientId, u32),
    /// `client.<name>.retry.budget`, the share of a ratio.
    Budget(ClientId, f64),
}

/// The paths of all knobs, for lists and messages.
pub const KNOBS: [&str; 9] = [
    "mesh.limit",
    "mesh.backlog",
    "mesh.first-byte",
    "manager.launch-limit",
    "app.<name>.admission.rate",
    "client.<name>.timeout",
    "client.<name>.deadline",
    "client.<name>.retry.attempts",
    "client.<name>.retry.budget",
];

impl Platform {
    /// What `set` events turn of a client, by its number, and when in simulated time; in the order in
    /// which it happens.
    pub fn turns(&self, client: usize) -> Vec<(SimTime, Knob)> {
        let begin = SimTime::ZERO + self.timing.warmup;
        let mut turns = Vec::new();
        for Scheduled { event, knobs, .. } in &self.events {
            let own =
                || knobs.iter().filter(|knob| knob[0].client() == Some(ClientId(client as u32)));
            let at = begin + event.at;
            turns.extend(own().map(|knob| (at, knob[0])));
            if let Some(lasts) = event.lasts {
                turns.extend(own().map(|knob| (at + lasts, knob[1])));
            }
        }
        // At one instant they happen in the order in which they stand.
        turns.sort_by_key(|(at, _)| *at);
        turns
    }
}

impl Knob {
    /// The client that it belongs to; nothing where it is the platform's.
    pub fn client(self) -> Option<ClientId> {
        match self {
            Knob::Timeout(client, _)
            | Knob::Deadline(client, _)
            | Knob::Attempts(client, _)
            | Knob::Budget(client, _) => Some(client),
            Knob::Limit(_)
            | Knob::Backlog(_)
            | Knob::FirstByte(_)
            | Knob::Admission(..)
            | Knob::LaunchLimit(_) => None,
        }
    }

    /// Resolves a change of a `set` event into the knob turned and the knob turned back.
    pub fn resolve(
        reading: &Reading<'_>,
        platform: &Platform,
        change: &Change,
    ) -> Option<[Knob; 2]> {
        let (mesh, manager) = (&platform.mesh, &platform.manager);
        let words: Vec<&str> = change.path.splitn(3, '.').collect();
        match words.as_slice() {
            ["mesh", "limit"] => {
                let limit: Limit<u32> = value(reading, change)?;
                require(reading, change, limit != Limit::At(0), "at least 1");
                Some([Knob::Limit(limit.count()), Knob::Limit(mesh.limit.count())])
            }
            ["mesh", "backlog"] => {
                let backlog: Limit<u32> = value(reading, change)?;
                Some([Knob::Backlog(backlog.count()), Knob::Backlog(mesh.backlog.count())])
            }
            ["mesh", "first-byte"] => {
                let span: Limit<Span> = value(reading, change)?;
                require(reading, change, span.span() > Span::ZERO, "more than 0s");
                Some([Knob::FirstByte(span.span()), Knob::FirstByte(mesh.first_byte.span())])
            }
            ["manager", "launch-limit"] => {
                let limit: Limit<Rate> = value(reading, change)?;
                let rate = super::manager::rate;
                Some([limit, manager.launch_limit].map(|limit| Knob::LaunchLimit(rate(limit))))
            }
            ["app", name, "admission.rate"] => of_admission(reading, platform, change, name),
            ["client", name, setting] => {
                let index = platform.clients.iter().position(|client| client.name == *name);
                let Some(index) = index else {
                    let names = platform.clients.iter().map(|client| client.name.as_str());
                    let message = format!("there is no client `{name}`");
                    let problem = Problem::at(change.path_place, message);
                    let problem = problem.allowed(one_of(names.clone()));
                    reading.complain(match nearest(name, names) {
                        Some(near) => {
                            problem.help(format!("did you mean `client.{near}.{setting}`?"))
                        }
                        None => problem,
                    });
                    return None;
                };
                of_client(reading, platform, change, index, setting)
            }
            _ => {
                reading.complain(unknown(change, nearest(&change.path, KNOBS.into_iter())));
                None
            }
        }
    }
}

/// The rate at which an app's attempts are admitted, which must have one to turn.
fn of_admission(
    reading: &Reading<'_>,
    platform: &Platform,
    change: &Change,
    name: &str,
) -> Option<[Knob; 2]> {
    let names = || platform.apps.iter().map(|app| app.name.as_str());
    let Some(index) = names().position(|app| app == name) else {
        let problem = Problem::at(change.path_place, format!("there is no app `{name}`"));
        let problem = problem.allowed(one_of(names()));
        reading.complain(match nearest(name, names()) {
            Some(near) => problem.help(format!("did you mean `app.{near}.admission.rate`?")),
            None => problem,
        });
        return None;
    };
    let new: Limit<Rate> = value(reading, change)?;
    let Some(admission) = platform.apps[index].admission else {
        let message = format!("`{}` has nothing to change: the app admits all", change.path);
        let help = format!("give `app.{name}.admission` a rate, such as `\"unlimited\"`");
        let problem = Problem::at(change.path_place, message);
        reading.complain(problem.allowed("needs an `admission`").help(help));
        return None;
    };
    let app = AppId(index as u32);
    Some([new, admission.rate].map(|rate| Knob::Admission(app, Admission::rate(rate))))
}

fn of_client(
    reading: &Reading<'_>,
    platform: &Platform,
    change: &Change,
    index: usize,
    setting: &str,
) -> Option<[Knob; 2]> {
    let (client, id) = (&platform.clients[index], ClientId(index as u32));
    match setting {
        "timeout" => {
            let new: Limit<Span> = value(reading, change)?;
            require(reading, change, new.span() > Span::ZERO, "more than 0s");
            Some([new, client.timeout].map(|limit| Knob::Timeout(id, limit.span())))
        }
        "deadline" => {
            let new: Limit<Span> = value(reading, change)?;
            require(reading, change, new.span() > Span::ZERO, "more than 0s");
            Some([new, client.deadline].map(|limit| Knob::Deadline(id, limit.span())))
        }
        "retry.attempts" => {
            let new: u32 = value(reading, change)?;
            require(reading, change, (1..=MOST_ATTEMPTS).contains(&new), "from 1 to 60");
            Some([new, client.retry.attempts].map(|tries| Knob::Attempts(id, tries)))
        }
        "retry.budget" => {
            let new: Ratio = value(reading, change)?;
            let Some(old) = client.retry.budget.as_ref().and_then(Budget::share) else {
                let message = format!("`{}` has no share to change", change.path);
                let help =
                    format!("give `client.{}.retry.budget` a share such as `\"20%\"`", client.name);
                let problem = Problem::at(change.path_place, message);
                reading.complain(problem.allowed("needs a ratio budget").help(help));
                return None;
            };
            Some([new.0, old].map(|share| Knob::Budget(id, share)))
        }
        _ => {
            reading.complain(unknown(change, None));
            None
        }
    }
}

/// Reads a change's value as the setting's type.
fn value<T: Setting>(reading: &Reading<'_>, change: &Change) -> Option<T> {
    match T::read(&change.value) {
        Ok(value) => Some(value),
        Err(found) => {
            let problem = Problem::at(change.place, format!("`{}`: {found}", change.path));
            let problem = problem.allowed(format!("expected {}", T::EXPECTS));
            reading.complain(match suggestion::<T>(&change.value) {
                Some(help) => problem.help(help),
                None => problem,
            });
            None
        }
    }
}

/// Refuses a change's value unless `holds`.
fn require(reading: &Reading<'_>, change: &Change, holds: bool, limits: &str) {
    if !holds {
        let message = format!("`{}` must be {limits}, found `{}`", change.path, change.value);
        let problem = Problem::at(change.place, message);
        reading.complain(problem.allowed(format!("must be {limits}")));
    }
}

fn unknown(change: &Change, near: Option<&str>) -> Problem {
    let message = format!("`{}` cannot be changed in mid-run", change.path);
    let problem = Problem::at(change.path_place, message).allowed(one_of(KNOBS.into_iter()));
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}
