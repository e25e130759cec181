//! What is done while a campaign goes on: the live view, the exports, the target's own measures, and
//! the file of a shard.

use super::args;
use crate::campaign::Witness;
use crate::crew::{Frame, StepMeasures};
use crate::plan::Step;
use crate::shard::{Shard, ShardFile};
use crate::watch::{Asked, Board, Endpoint, Live, Otlp, Snapshot, TargetSeries, Watchers};
use crate::wire::Allowed;
use sim::cli::{Exit, Failure, output};
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
    series: Vec<TargetSeries>,
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
        if let Some(endpoint) = endpoint.as_ref().filter(|_| !args.quiet) {
            output::complain(&format!("metrics: http://{}/metrics", endpoint.address()));
        }
        let load = scenario.load.clone();
        let otlp = args.otlp.as_deref().map(|url| otlp(url, &load)).transpose()?;
        Ok(Sight {
            live: Live::new(args.quiet),
            quiet: args.quiet,
            board,
            endpoint,
            otlp,
            load,
            watchers: None,
            series: Vec::new(),
            asked: Vec::new(),
            shard: shard.map(|shard| ShardFile::new(shard, &scenario.name, &scenario.resolved)),
        })
    }

    /// Ends all of it; gives what should be known of the exports and of the target's measures, and
    /// the latter. What is printed from here on stays on the terminal.
    pub fn close(&mut self) -> (Vec<String>, Vec<TargetSeries>) {
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
        (notes, std::mem::take(&mut self.series))
    }

    fn look_away(&mut self) {
        if let Some((series, asked)) = self.watchers.take().map(Watchers::finish) {
            self.series.extend(series);
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

    fn frame(&mut self, step: &Step, frame: &Frame) {
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
        match Watchers::start(&load, &Allowed::new(&self.load, &[])) {
            Ok(watchers) => self.watchers = Some(watchers),
            Err(error) => self.live.say(&format!("warning: the target is not watched: {error}")),
        }
    }
}

/// What should be known of a source that failed.
fn of_source(asked: &Asked) -> Option<String> {
    let Asked { source, times, failed, reason, .. } = asked;
    let why = reason.as_deref().unwrap_or("no reason is known");
    (*failed > 0).then(|| format!("`{source}` failed {failed} of {times} times: {why}"))
}

/// Starts to push to a collector.
fn otlp(url: &str, load: &Load) -> Result<Otlp, Failure> {
    let target = Target::parse(url).map_err(|message| {
        Failure::usage(&format!("`--otlp {url}`: {message}"), "such as `http://127.0.0.1:4318`")
    })?;
    Otlp::start(load, &target, &Allowed::new(load, &[]))
        .map_err(|error| Failure { exit: Exit::Usage, text: format!("error: {error}") })
}
