//! What is done while a campaign goes on: the live view, the exports, the target's own measures, and
//! the file of a shard.

use super::args;
use crate::campaign::Witness;
use crate::crew::{Frame, StepMeasures};
use crate::plan::Step;
use crate::shard::{Shard, ShardFile};
use crate::watch::{Asked, Board, Courses, Endpoint, Live, Otlp, Snapshot, Watchers};
use crate::wire::Allowed;
use sim::cli::{Exit, Failure, output};
use sim::experiment::Beside;
use sim::load::{Load, Target, Watch};
use sim::scenario::Scenario;

/// Sees a campaign.
pub(super) struct Sight {
    live: Live,
    quiet: bool,
    board: Board,
    endpoint: Option<Endpoint>,
    otlp: Option<Otlp>,
    load: Load,
    watchers: Option<Watchers>,
    courses: Courses,
    /// Whether steps are told apart by their variants.
    several: bool,
    asked: Vec<Asked>,
    /// What a shard measured so far, for `loadgen merge`.
    pub shard: Option<ShardFile>,
}

impl Sight {
    /// Opens the live view and the exports that were asked for; nothing has been sent yet.
    pub fn open(
        args: &args::Run,
        scenario: &Scenario,
        shard: Option<Shard>,
    ) -> Result<Sight, Failure> {
        let board = Board::default();
        let endpoint = args.prometheus.map(|address| Endpoint::start(address, board.clone()));
        let endpoint = endpoint.transpose().map_err(|error| {
            Failure::world(&format!("cannot serve Prometheus: {error}\nhelp: use another address"))
        })?;
        if let Some(endpoint) = endpoint.as_ref().filter(|_| !args.delivered.quiet) {
            output::complain(&format!("metrics: http://{}/metrics", endpoint.address()));
        }
        let load = scenario.load.clone();
        let otlp = args.otlp.as_deref().map(|url| otlp(url, &load)).transpose()?;
        Ok(Sight {
            live: Live::new(args.delivered.quiet),
            quiet: args.delivered.quiet,
            board,
            endpoint,
            otlp,
            load,
            watchers: None,
            courses: Courses::default(),
            several: scenario.variants.len() > 1,
            asked: Vec::new(),
            shard: shard.map(|shard| {
                let overrides = args.overrides();
                ShardFile::new(shard, &scenario.name, &overrides, &scenario.resolved)
            }),
        })
    }

    /// Ends all of it; gives what should be known of the exports and of the target's measures, and
    /// the latter beside the course of the run. What is printed from here on stays on the terminal.
    pub fn close(&mut self) -> (Vec<String>, Option<Beside>) {
        self.live.end();
        self.look_away();
        drop(self.endpoint.take());
        let mut notes: Vec<String> = self.asked.iter().filter_map(of_source).collect();
        if let Some(pushed) = self.otlp.take().map(Otlp::finish) {
            let lost = pushed.failed + pushed.dropped;
            if lost > 0 {
                let why = pushed.reason.unwrap_or_else(|| "it was too slow".into());
                notes.push(format!("the OTLP collector did not take {lost} snapshots: {why}"));
            }
        }
        let courses = std::mem::take(&mut self.courses);
        if courses.lost() > 0 {
            let lost = courses.lost();
            notes.push(format!(
                "the run is too long for the chart `target`: {lost} seconds are lost"
            ));
        }
        (notes, courses.finish())
    }

    fn look_away(&mut self) {
        if let Some((series, asked)) = self.watchers.take().map(Watchers::finish) {
            self.courses.told(series);
            self.asked.extend(asked);
        }
    }
}

impl Witness for Sight {
    fn say(&mut self, text: &str) {
        if !self.quiet || text.starts_with("warning") {
            self.live.say(text);
        }
    }

    fn frame(&mut self, variant: &str, step: &Step, frame: &Frame) {
        if self.watchers.is_some() {
            self.courses.frame(if self.several { variant } else { "" }, step, frame);
        }
        let snapshot = Snapshot::of(step, frame);
        self.live.show(&snapshot);
        if let Some(otlp) = &self.otlp {
            otlp.push(snapshot.clone());
        }
        self.board.set(snapshot);
    }

    fn measured(&mut self, variant: &str, step: &Step, measures: &StepMeasures) {
        if let Some(file) = &mut self.shard {
            file.add(variant, step, measures);
        }
    }

    fn watch(&mut self, watched: &[Watch]) {
        self.look_away();
        let load = Load { watch: watched.to_vec(), ..self.load.clone() };
        let (allowed, clock) = (Allowed::new(&self.load, &[]), self.courses.clock());
        match Watchers::start(&load, &allowed, clock) {
            Ok(watchers) => self.watchers = Some(watchers),
            Err(error) => self.live.say(&format!("warning: the target is not watched: {error}")),
        }
    }
}

/// What should be known of a source that failed.
fn of_source(asked: &Asked) -> Option<String> {
    let Asked { source, times, failed, reason, left_out } = asked;
    let why = reason.as_deref().unwrap_or("no reason is known");
    let failed = (*failed > 0).then(|| format!("failed {failed} of {times} times: {why}"));
    let lost =
        (*left_out > 0).then(|| format!("told more than is kept: {left_out} values are lost"));
    let both: Vec<String> = failed.into_iter().chain(lost).collect();
    (!both.is_empty()).then(|| format!("`{source}` {}", both.join("; it ")))
}

/// Starts to push to a collector.
fn otlp(url: &str, load: &Load) -> Result<Otlp, Failure> {
    let target = Target::parse(url).map_err(|message| {
        Failure::usage(&format!("`--otlp {url}`: {message}"), "such as `http://127.0.0.1:4318`")
    })?;
    Otlp::start(load, &target, &Allowed::new(load, &[]))
        .map_err(|error| Failure { exit: Exit::Usage, text: format!("error: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_lacked_is_said() {
        let asked = |failed, left_out| Asked {
            source: "router".into(),
            times: 9,
            failed,
            reason: (failed > 0).then(|| "it is away".into()),
            left_out,
        };
        for (failed, left_out, expected) in [
            (0, 0, None),
            (2, 0, Some("`router` failed 2 of 9 times: it is away")),
            (0, 3, Some("`router` told more than is kept: 3 values are lost")),
            (
                2,
                3,
                Some(
                    "`router` failed 2 of 9 times: it is away; it told more than is kept: 3 values are \
                     lost",
                ),
            ),
        ] {
            assert_eq!(of_source(&asked(failed, left_out)).as_deref(), expected);
        }
    }
}
