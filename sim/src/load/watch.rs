//! Sources of the target's own measures: `[load.watch.NAME]`.

use super::Target;
use super::values::{Names, Url};
use crate::config::{Body, Fields, Kind, Page, Setting};

/// The most sources: each is asked again and again during a run.
const MOST: usize = 20;

/// A source of the target's own measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// What the charts call it.
    pub name: String,
    /// Where it is asked: its `base` is the whole path with its query.
    pub target: Target,
    /// What it speaks.
    pub speaks: Speaks,
}

/// What a source of measures speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaks {
    /// The Prometheus text format: these series, by name.
    Prometheus(Vec<String>),
    /// HAProxy's statistics as CSV.
    Haproxy,
    /// nginx's `stub_status`.
    Nginx,
}

/// What sources of measures can speak, by name.
pub const SPEAKS: &[Kind<(Target, Speaks)>] = &[
    Kind {
        name: "haproxy",
        summary: "HAProxy's statistics as CSV",
        page: Page::BARE,
        read: |body: &mut Body<'_>| (body.value::<Url>().0, Speaks::Haproxy),
    },
    Kind {
        name: "nginx",
        summary: "nginx's `stub_status`",
        page: Page::BARE,
        read: |body: &mut Body<'_>| (body.value::<Url>().0, Speaks::Nginx),
    },
    Kind {
        name: "prometheus",
        summary: "series in the Prometheus text format",
        page: Page::BARE,
        read: |body: &mut Body<'_>| {
            body.fields(|fields| {
                let Url(target) = fields.required("url");
                let Names(series) = fields.required("series");
                (target, Speaks::Prometheus(series))
            })
        },
    },
];

/// Reads `watch`. Where each asks is checked by whoever knows the allowed hosts.
pub(super) fn read_watches(fields: &mut Fields<'_>) -> Vec<Watch> {
    let watches = fields.named("watch", |_, fields| fields.one_kind("source of measures", SPEAKS));
    if watches.len() > MOST {
        let message = format!("`{}` has {} sources", fields.path_of("watch"), watches.len());
        fields.complain("watch", message, &format!("at most {MOST} are allowed"), "");
    }
    let watch = |(name, source): (String, Option<(Target, Speaks)>)| {
        let (target, speaks) = source.unwrap_or_else(|| (Target::placeholder(), Speaks::Nginx));
        Watch { name, target, speaks }
    };
    watches.into_iter().map(watch).collect()
}
