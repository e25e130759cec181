//! How much a request matters: the four classes that every request of Google's systems carries.
//!
//! Source: "Site Reliability Engineering", chapter 21, "Criticality". `CRITICAL` is the default of
//! what comes from production jobs; `SHEDDABLE_PLUS` that of batch jobs, which can be tried again in
//! minutes; `SHEDDABLE` may often be partly or wholly unavailable.

use crate::config::{Kind, Page};

/// How much a request matters, the most first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Criticality {
    /// A failure is a serious harm that people see.
    CriticalPlus,
    /// A failure is seen by people.
    #[default]
    Critical,
    /// Some failures are expected; it is tried again in minutes.
    SheddablePlus,
    /// Frequent failures are expected, and none at all at times.
    Sheddable,
}

impl Criticality {
    /// How many there are.
    pub const COUNT: usize = 4;
}

const KNOWS: (&str, &str) =
    ("Knows", "It is written on every attempt of the client's requests; routers read it there.");
const WINS: (&str, &str) = (
    "Wins",
    "Only where `mesh.shedding` is set: then what matters least makes room for what matters most.",
);
const SOURCE: (&str, &str) = ("Source", "Google, Site Reliability Engineering, chapter 21.");

/// The classes, by name.
pub const KINDS: &[Kind<Criticality>] = &[
    Kind {
        name: "critical-plus",
        summary: "the most important: a failure does serious harm",
        page: Page {
            settings: &[],
            sections: &[
                ("Rule", "Never turned away by `criticality`, and last by `dagor`."),
                KNOWS,
                WINS,
                SOURCE,
            ],
        },
        read: |body| body.fields(|_| Criticality::CriticalPlus),
    },
    Kind {
        name: "critical",
        summary: "what people wait for; the default",
        page: Page {
            settings: &[],
            sections: &[("Rule", "Turned away last but for `critical-plus`."), KNOWS, WINS, SOURCE],
        },
        read: |body| body.fields(|_| Criticality::Critical),
    },
    Kind {
        name: "sheddable-plus",
        summary: "work that can be tried again in minutes, such as batches",
        page: Page {
            settings: &[],
            sections: &[("Rule", "Turned away before `critical`."), KNOWS, WINS, SOURCE],
        },
        read: |body| body.fields(|_| Criticality::SheddablePlus),
    },
    Kind {
        name: "sheddable",
        summary: "what may be missing often, at times altogether",
        page: Page {
            settings: &[],
            sections: &[("Rule", "Turned away first."), KNOWS, WINS, SOURCE],
        },
        read: |body| body.fields(|_| Criticality::Sheddable),
    },
];
