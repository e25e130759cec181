//! The stages of one variant: which level comes next, and what each step came to.

use super::layout::Done;
use super::recent::Recent;
use super::stand::Stand;
use super::{Campaign, Errand, Witness, books, found, measures, predict};
use crate::clock::Clock;
use crate::crew::{Crew, Error, Frame, StepMeasures};
use crate::judge::boundary::{Answer, Boundary, Next};
use crate::plan::{At, Step};
use crate::shard::Timetable;
use crate::stage::Staging;
use crate::user::Reasons;
use sim::experiment::step_windows;
use sim::load::{Amount, Level, Search, Stage};
use sim::metrics::Counted;
use sim::time::Span;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

/// A step that was ended early is reported where so much of it was measured, or more.
const SHORTEST: Span = Span::from_secs(1);

/// Runs all stages of a variant and takes down what it stood on.
pub(super) fn run(
    errand: &Errand<'_>,
    stand: Stand<'_>,
    campaign: &mut Campaign,
    witness: &mut dyn Witness,
) {
    let timetable = errand.timetable.clone();
    let (sent, reasons) = (Counted::default(), Reasons::default());
    let mut going =
        Going { errand, stand, campaign, witness, sent, reasons, boundaries: [None; 2], timetable };
    for stage in &errand.stages {
        if going.stage(stage).is_break() {
            break;
        }
    }
    let Going { stand, campaign, sent, reasons, .. } = going;
    let name = &errand.scenario.variants[stand.variant].name;
    stand.crew.end();
    let counts = stand.staging.map(Staging::stop);
    campaign.notes.push(books::told(name, &sent, counts.as_ref()));
    campaign
        .notes
        .extend(reasons.told().map(|told| format!("{name}, attempts failed for: {told}")));
}

/// A variant under way.
struct Going<'g, 'a> {
    errand: &'g Errand<'a>,
    stand: Stand<'a>,
    campaign: &'g mut Campaign,
    witness: &'g mut dyn Witness,
    /// What all steps so far sent, those that are left out of the report too.
    sent: Counted,
    /// Why attempts of all steps so far failed.
    reasons: Reasons,
    /// The boundary that was found last: of users, of rates.
    boundaries: [Option<f64>; 2],
    /// When steps start, where that was agreed on.
    timetable: Option<Timetable>,
}

/// How a stage goes on.
type Flow = ControlFlow<()>;

impl Going<'_, '_> {
    fn stage(&mut self, stage: &Stage) -> Flow {
        let (level, place) = match &stage.amount {
            Amount::AsWritten => return self.hold(stage, At::AsWritten),
            Amount::Users(level) => (level, 0),
            Amount::Rate(level) => (level, 1),
        };
        match level {
            Level::At(height) => self.hold(stage, self.at(place, *height)),
            Level::OfBoundary(share) => match self.boundaries[place] {
                Some(boundary) => self.hold(stage, self.at(place, boundary * share)),
                None => {
                    let name = &stage.name;
                    let text = format!("`{name}` was left out: no boundary was found before it");
                    self.witness.say(&text);
                    self.campaign.notes.push(text.clone());
                    self.campaign.left_out.push((self.stand.variant, name.clone(), text));
                    Flow::Continue(())
                }
            },
            Level::Search(search) => self.search(stage, search, place),
        }
    }

    /// A stage of one level, in which expectations are judged.
    fn hold(&mut self, stage: &Stage, at: At) -> Flow {
        self.step(stage, at, 0, true)
    }

    /// Raises the level until it is too much, and finds out where that begins.
    fn search(&mut self, stage: &Stage, search: &Search, place: usize) -> Flow {
        let rules = measures::rules(search, self.errand.scenario);
        let mut boundary = Boundary::new(search, place == 0);
        loop {
            let height = match boundary.next() {
                Next::Hold(height) => height,
                Next::Done(answer) => {
                    self.found(stage, place, &answer);
                    return Flow::Continue(());
                }
            };
            let tried = self.campaign.done.iter().filter(|done| {
                let same = done.variant == self.stand.variant && done.step.stage == stage.name;
                same && done.step.at == self.at(place, height)
            });
            let repeat = tried.count() as u32;
            match self.step(stage, self.at(place, height), repeat, false) {
                Flow::Break(()) => return Flow::Break(()),
                Flow::Continue(()) => {
                    let done = self.campaign.done.last().expect("a step was just done");
                    match &done.void {
                        Some(_) => boundary.void(height),
                        None => {
                            let Done { measured, step, .. } = done;
                            let scenario = self.errand.scenario;
                            boundary
                                .held(height, measures::judge(&rules, measured, step, scenario));
                        }
                    }
                }
            }
        }
    }

    /// The level at a height: of users, or of a rate.
    fn at(&self, place: usize, height: f64) -> At {
        match place {
            0 => At::users(height, self.stand.platform),
            _ => At::Rate(height),
        }
    }

    /// A search is over.
    fn found(&mut self, stage: &Stage, place: usize, answer: &Answer) {
        self.boundaries[place] = answer.boundary;
        let variant = &self.errand.scenario.variants[self.stand.variant].name;
        let text = format!("{variant}, {}: {}", stage.name, found::words(answer, place));
        self.witness.say(&text);
        self.campaign.notes.push(text);
    }

    /// Does one step and keeps what came of it.
    fn step(&mut self, stage: &Stage, at: At, repeat: u32, judged: bool) -> Flow {
        let scenario = self.errand.scenario;
        let (variant, platform) = (self.stand.variant, self.stand.platform);
        let mut step = self.stand.steps.step(stage, platform, at, repeat);
        step.windows = step_windows(scenario, &step.platform(platform), step.lasts);
        let start = self.start(&step);
        if let Some(staging) = &self.stand.staging {
            let measured_from = Clock::starting_at_unix(start).instant(step.warmup);
            if let Err(error) = staging.begin(measured_from) {
                self.campaign.failure = Some(error.to_string());
                return Flow::Break(());
            }
        }
        let (outcome, ended) = self.attack(&step, start);
        let (measures, failure) = match outcome {
            Ok(measures) => (Some(measures), None),
            Err(Error::Lost { worker, process, how, kept }) => {
                let kept = kept.map(|kept| *kept);
                let lost = Error::Lost { worker, process, how, kept: None };
                (kept, Some(lost.to_string()))
            }
            Err(error) => (None, Some(error.to_string())),
        };
        let failure = failure.or_else(|| self.fallen());
        let reason = failure.as_ref().and_then(|text| text.lines().next()).map(String::from);
        let void = ended.clone().or(reason);
        if let Some(measures) = measures {
            self.keep(Kept { variant, step, judged, void }, measures);
        }
        self.campaign.notes.extend(ended);
        self.campaign.failure = failure;
        self.campaign.interrupted |= self.errand.stop.load(Ordering::Relaxed);
        let stops = self.campaign.failure.is_some() || self.campaign.interrupted;
        match stops || self.stand.crew.stopper().is_stopped() {
            true => Flow::Break(()),
            false => Flow::Continue(()),
        }
    }

    /// Why the platform that was started here serves no more, if it does not.
    fn fallen(&self) -> Option<String> {
        let staging = self.stand.staging.as_ref()?;
        staging.check().err().map(|error| error.to_string())
    }

    /// When a step starts: soon, or when all generators have agreed to.
    fn start(&mut self, step: &Step) -> u64 {
        match &mut self.timetable {
            None => Crew::soon(),
            Some(timetable) => timetable.next(step.whole()),
        }
    }

    /// Lets the crew attack; gives what it measured, and why the run had to end if a rule says so.
    fn attack(&mut self, step: &Step, start: u64) -> (Result<StepMeasures, Error>, Option<String>) {
        let rules = &self.errand.scenario.load.abort_when;
        let (witness, stop) = (&mut *self.witness, self.errand.stop);
        let variant = &self.errand.scenario.variants[self.stand.variant].name;
        let (mut recent, mut ended) = (Recent::default(), None);
        let mut on_frame = |frame: &Frame| {
            witness.frame(variant, step, frame);
            recent.add(frame.clone());
            if let Some((rule, value)) = recent.first_met(rules) {
                let found = format!("{}: found {value:.4} over the last seconds", rule.text);
                ended = Some(format!("`{}` was ended by abort-when {found}", step.name));
                return ControlFlow::Break(());
            }
            match stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let outcome = self.stand.crew.step(step, start, &mut on_frame);
        if ended.is_some() {
            self.stand.crew.stopper().stop();
        }
        (outcome, ended)
    }

    /// Keeps what a step came to: of one that ended early, all that was measured until then, unless that is
    /// next to nothing.
    fn keep(&mut self, kept: Kept, mut measures: StepMeasures) {
        let Kept { variant, mut step, judged, void } = kept;
        let scenario = self.errand.scenario;
        self.sent.add(&measures.counted);
        self.reasons.merge(&measures.reasons);
        let name = &scenario.variants[variant].name;
        if measures.ran < step.whole() {
            let measured = measures.ledger.plan().duration;
            let is_left_out = measured < SHORTEST;
            self.campaign.notes.push(cut_short(&step, measured, is_left_out));
            if is_left_out {
                return;
            }
            measures.ledger.fit_windows(scenario.windows.len());
            step.lasts = measured;
            step.windows.clone_from(&measures.ledger.plan().windows);
        } else {
            self.witness.measured(name, &step, &measures);
        }
        if measures.cut_off > 0 {
            self.campaign.notes.push(format!(
                "{name}, {}: {} attempts that nobody waited for any more were closed, for want of \
                 room to let them go on: routers that look saw their clients leave",
                step.name, measures.cut_off
            ));
        }
        let predicted = self.errand.predict.then(|| {
            let seed = scenario.run.seed;
            let (summary, diary) = predict::predict(&step, self.stand.platform, seed);
            let apart = predict::apart(&measures.diary, &diary, self.stand.platform);
            let words = apart.map(|apart| predict::words(name, &step, &apart));
            self.campaign.notes.extend(words);
            summary
        });
        let done = Done::of((variant, self.stand.platform), step, judged, measures);
        let void = void.or(done.void.clone());
        self.campaign.done.push(Done { void, predicted, ..done });
    }
}

/// What is known of a step before its measures are looked at.
struct Kept {
    variant: usize,
    step: Step,
    judged: bool,
    void: Option<String>,
}

/// What to say of a step that ended early.
fn cut_short(step: &Step, measured: Span, is_left_out: bool) -> String {
    let Step { name, lasts, .. } = step;
    let (measured, lasts) = (measured.seconds(), lasts.seconds());
    let kept =
        if is_left_out { "too little to say anything: it is left out" } else { "which is kept" };
    format!("`{name}` was ended early: {measured:.1} s of {lasts:.1} s were measured, {kept}")
}
