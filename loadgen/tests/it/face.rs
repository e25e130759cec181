//! The built binary, as a user runs it. What depends on time is not asked of a machine that is busy
//! with other things: a step may be void there. Its books must be right all the same.

mod binary;
mod interrupt;
mod refusals;
mod report;
mod routers;
mod run;
mod shards;
mod watched;
mod words;

use binary::{Ended, Folder};
use report::Report;
use std::path::Path;

/// A platform that is nearly idle, and a client that sends it sixty requests in two seconds. `{MORE}`
/// is replaced.
const SMALL: &str = r#"
# Question: does a small platform answer?
# Answer: it does.
schema = 1

[run]
duration = "2s"
warmup = "0s"
interval = "500ms"

[mesh]
balancer = "least-loaded"
hop = "100us"

[app.shop]
dynos = 2
process.workers = { count = 1 }

[app.shop.endpoint.page]
work.exponential = "5ms"
cpu = 0

[client.visitors]
arrivals.poisson = { rate = "30/s" }
timeout = "10s"

[[expect]]
that = "error_rate < 1%"

{MORE}
"#;

/// The same in a folder of its own, as `small.toml`.
fn small(more: &str) -> Folder {
    Folder::new("small.toml", &SMALL.replace("{MORE}", more))
}

/// The report of a run that ended well, or that says that its generator was too busy to tell.
fn fine_or_void(ended: &Ended, folder: &Path) -> Report {
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.shown());
    let report = Report::read(folder);
    let expected = if report.is_valid() { 0 } else { 1 };
    ended.assert(expected, if report.is_valid() { &[] } else { &["void"] }, &[]);
    report
}
