//! `outlier-ejection`: a dyno that fails more than the others is left alone for a while.
//!
//! Envoy's outlier detection (`source/common/upstream/outlier_detection_impl.cc`), of which these
//! rules are taken over, each router on its own:
//!
//! - After `consecutive` failures in a row a dyno is ejected at once.
//! - At each sweep, every `interval`, come in turn: dynos return whose time is over; the success
//!   rates since the last sweep are compared, and a dyno is ejected whose rate is below the mean less
//!   `deviations` standard deviations; dynos are ejected of whose ends `threshold` or more were
//!   failures; and a dyno that has been back for at least `interval` has its number of ejections
//!   reduced by one.
//! - An ejection lasts `base` times that number, at most `cap`, and until the next sweep.
//! - At most the share `most` of the dynos is ejected at once, but always one (Envoy's older default;
//!   newer ones ask for `always_eject_one_host`).
//!
//! Left out: chances of enforcing, jitter, gateway failures and failures of local origin apart.

mod watch;

pub use watch::Watch;

use super::Part;
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use crate::units::{Limit, Ratio};

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "outlier-ejection",
    summary: "a dyno that fails more than the others is left alone for a while",
    page: Page {
        settings: &[
            ("consecutive", "so many failures in a row eject a dyno at once"),
            ("interval", "how often a router sweeps: dynos return, rates are compared"),
            ("base", "how long an ejection lasts, times how often the dyno was ejected"),
            ("cap", "the longest ejection"),
            ("most", "the largest share of the dynos that is ejected at once, but always one"),
            (
                "success-rate",
                "`dynos` of at least `requests` each are compared; below the mean less `deviations` standard deviations a dyno is ejected",
            ),
            (
                "failure-percentage",
                "from `threshold` failures on a dyno is ejected, with at least `dynos` of `requests` each; off unless it is written",
            ),
        ],
        sections: &[
            (
                "Rule",
                "A router ejects a dyno after `consecutive` failures in a row, or at a sweep when its success rate is an outlier among the dynos with enough requests. An ejection lasts `base` times the number of ejections, at most `cap`, until the next sweep; that number goes down by one at each sweep at which the dyno has been back for an `interval`. No more than `most` of the dynos are ejected, but always one may be.",
            ),
            (
                "Knows",
                "How the router's own dispatches end: an answer is a success; H12, H13, a refusal and no connection are failures; what is taken back is neither.",
            ),
            (
                "Wins",
                "When one dyno of many is ill and keeps failing: it is left alone far longer than a quarantine lasts. When all fail together nearly all stay in use. It needs traffic: with many routers each sees too few failures of a dyno.",
            ),
            ("Source", "Envoy, \"Outlier detection\", with its defaults."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Part {
    body.fields(|fields| {
        let ejection = OutlierEjection {
            consecutive: fields.or("consecutive", Limit::At(5)).count(),
            interval: fields.or("interval", Span::from_secs(10)),
            base: fields.or("base", Span::from_secs(30)),
            cap: fields.or("cap", Span::from_secs(300)),
            most: fields.or("most", Ratio(0.1)).0,
            success_rate: fields.table("success-rate", read_success_rate),
            failure_percentage: fields.optional_table("failure-percentage", read_failures),
        };
        fields.require("consecutive", ejection.consecutive > 0, "at least 1");
        let least = Span::from_millis(1);
        fields.require("interval", ejection.interval >= least, "at least 1ms");
        fields.require("base", ejection.base >= least, "at least 1ms");
        fields.require("cap", ejection.cap >= ejection.base, "at least `base`");
        Part::OutlierEjection(ejection)
    })
}

fn read_success_rate(fields: &mut Fields<'_>) -> SuccessRate {
    let rate = SuccessRate {
        enough: Enough {
            dynos: fields.or("dynos", 5),
            requests: fields.or("requests", Limit::At(100)).count(),
        },
        deviations: fields.or("deviations", 1.9),
    };
    fields.require("requests", rate.enough.requests > 0, "at least 1");
    fields.require("deviations", (0.0..=1000.0).contains(&rate.deviations), "from 0 to 1000");
    rate
}

fn read_failures(fields: &mut Fields<'_>) -> FailurePercentage {
    let failures = FailurePercentage {
        threshold: fields.or("threshold", Ratio(0.85)).0,
        enough: Enough { dynos: fields.or("dynos", 5), requests: fields.or("requests", 50) },
    };
    fields.require("threshold", failures.threshold > 0.0, "more than 0");
    fields.require("requests", failures.enough.requests > 0, "at least 1");
    failures
}

/// When a dyno is ejected, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlierEjection {
    /// So many failures in a row eject a dyno; `u32::MAX` never do.
    pub consecutive: u32,
    /// How long it is from sweep to sweep.
    pub interval: Span,
    /// How long the first ejection lasts.
    pub base: Span,
    /// How long the longest lasts.
    pub cap: Span,
    /// The largest share of dynos ejected at once, if it is more than one dyno.
    pub most: f64,
    /// How success rates are compared.
    pub success_rate: SuccessRate,
    /// From which share of failures on a dyno is ejected.
    pub failure_percentage: Option<FailurePercentage>,
}

/// How success rates are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuccessRate {
    /// What it takes to compare them.
    pub enough: Enough,
    /// How many standard deviations below the mean a dyno is an outlier.
    pub deviations: f64,
}

/// From which share of failures on a dyno is ejected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FailurePercentage {
    /// That share.
    pub threshold: f64,
    /// What it takes to judge.
    pub enough: Enough,
}

/// What it takes to judge dynos at a sweep: so many dynos with so many ends each since the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enough {
    /// Dynos.
    pub dynos: u32,
    /// Ends of dispatches at each of them; `u32::MAX` is never enough.
    pub requests: u32,
}
