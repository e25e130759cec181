//! A campaign: the stages of a scenario, one after the other, against a target or against a platform
//! that is started for it; variant by variant.
//!
//! ```text
//! for each variant: stand up (platform, crew) -> for each stage: step, step ... -> take down
//! for each step:    attack -> measures -> judge (searches) -> predict
//! ```
//!
//! It decides what is done next and collects what came of it; how users attack, how a platform is
//! staged and how measures are judged is known by the rooms below. It prints nothing: a [`Witness`]
//! hears how it goes. What was measured before something failed is kept.

mod books;
mod found;
mod layout;
mod measures;
mod peak;
mod predict;
mod recent;
mod sees;
mod stages;
mod stand;

pub use layout::{Done, lay_out};
pub use predict::Diary;
pub use sees::{blind_verdicts, left_out_verdicts};

use crate::crew::{self, Frame, StepMeasures};
use crate::plan::{Refusal, Step};
use crate::shard::Timetable;
use crate::stage::{self, RouterKind};
use crate::wire;
use sim::load::Stage;
use sim::scenario::{Overrides, Scenario};
use stand::Stand;
use std::sync::atomic::AtomicBool;

/// What is to be done.
pub struct Errand<'a> {
    /// The scenario as it was named.
    pub file: &'a str,
    /// What the command line changes in it.
    pub overrides: &'a Overrides,
    /// The scenario, with the variants that are to be run.
    pub scenario: &'a Scenario,
    /// The stages that are run, in their order.
    pub stages: Vec<Stage>,
    /// The router of the platform that is started where there is no target; nothing for the one that
    /// each variant's `mesh.router` says.
    pub router: Option<&'static RouterKind>,
    /// Whether each step is simulated, too.
    pub predict: bool,
    /// How many worker processes are asked for.
    pub workers: Option<u32>,
    /// Which part of the load this generator is, and of how many.
    pub shard: (u32, u32),
    /// When steps start, where that was agreed on with other generators.
    pub timetable: Option<Timetable>,
    /// Set to stop: the step that runs ends early, and what was measured of it is kept.
    pub stop: &'a AtomicBool,
}

/// Who hears how a campaign goes.
pub trait Witness {
    /// Something that should be known before anything is sent, or that was found.
    fn say(&mut self, text: &str);

    /// A second of a step of a variant is over.
    fn frame(&mut self, variant: &str, step: &Step, frame: &Frame);

    /// A step is over that ran as long as planned, with what all workers measured.
    fn measured(&mut self, variant: &str, step: &Step, measures: &StepMeasures);

    /// A platform was started whose router tells of itself, or a target is watched.
    fn watch(&mut self, watched: &[sim::load::Watch]);
}

/// What a campaign came to.
#[derive(Default)]
pub struct Campaign {
    /// The steps that were done.
    pub done: Vec<Done>,
    /// What was found beside the measures.
    pub notes: Vec<String>,
    /// The stages that were never done, for want of a boundary: the variant's place, the stage, and why.
    pub left_out: Vec<(usize, String, String)>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// What ended it before its end, in the world's words.
    pub failure: Option<String>,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target must not be sent to, or cannot be looked up.
    #[error(transparent)]
    Target(#[from] wire::Error),
    /// The environment lacks secrets.
    #[error(transparent)]
    Secrets(#[from] wire::MissingSecrets),
    /// The load does not fit this machine.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The platform cannot be started.
    #[error(transparent)]
    Stage(#[from] stage::Error),
    /// The platform that is started here cannot hold a connection for each user.
    #[error(
        "the platform that is started here holds {room} connections, and {users} users keep one each\n\
         help: set `load.connections = \"closed\"`, or use fewer users"
    )]
    Crowd {
        /// How many users there are in the highest step.
        users: u64,
        /// How many connections it holds.
        room: u64,
    },
    /// The workers cannot be started.
    #[error(transparent)]
    Crew(#[from] crew::Error),
}

impl Error {
    /// Whether it was asked for something that cannot be had, and not the world that failed.
    pub fn is_usage(&self) -> bool {
        match self {
            Error::Target(error) => !matches!(error, wire::Error::Resolve { .. }),
            Error::Secrets(_) | Error::Refusal(_) | Error::Crowd { .. } => true,
            Error::Stage(error) => {
                matches!(error, stage::Error::Cannot { .. } | stage::Error::Ambiguous { .. })
            }
            Error::Crew(_) => false,
        }
    }
}

/// Does an errand. Fails only where nothing was measured; what ends it later is its `failure`.
pub fn run(errand: &Errand<'_>, witness: &mut dyn Witness) -> Result<Campaign, Error> {
    let mut campaign = Campaign::default();
    for variant in 0..errand.scenario.variants.len() {
        let stand = match Stand::start(errand, variant, witness) {
            Ok(stand) => stand,
            Err(error) if campaign.done.is_empty() => return Err(error),
            Err(error) => {
                campaign.failure = Some(error.to_string());
                break;
            }
        };
        stages::run(errand, stand, &mut campaign, witness);
        if campaign.interrupted || campaign.failure.is_some() {
            break;
        }
    }
    Ok(campaign)
}
