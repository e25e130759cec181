//! What can be listed and explained, read from the registries.
//!
//! To list and explain something else: one row of [`CATEGORIES`].

use super::args::Cli;
use super::pages;
use crate::config::{Kind, Outline, Page};
use crate::metrics::{Cause, Metric};
use crate::{balance, dist, fault, platform, protect, report, scenario, workload};
use clap::CommandFactory;

/// Something that has things in it with names.
pub(super) struct Category {
    /// Its name, as `sim list` takes it.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Where in a scenario its things are written; empty where they are not.
    pub path: &'static str,
    /// Its things, in order.
    pub topics: fn() -> Vec<Topic>,
}

/// A thing with a name.
pub(super) struct Topic {
    /// Its name.
    pub name: String,
    /// One line.
    pub summary: String,
    /// What else there is to say. Reading it may take a moment, so it is read only when asked for.
    pub detail: Box<dyn Fn() -> Detail>,
}

/// What there is to say of a thing beyond its line.
#[derive(Default)]
pub(super) struct Detail {
    /// Titles with their paragraphs.
    pub sections: Vec<(String, String)>,
    /// Each setting, and what it means.
    pub settings: &'static [(&'static str, &'static str)],
    /// What a kind asks for; nothing for what is no kind.
    pub outline: Option<Outline>,
    /// Lines to copy; empty for none. Those of a kind without any are made from its outline.
    pub example: String,
}

/// All that can be listed and explained.
pub(super) const CATEGORIES: &[Category] = &[
    Category {
        name: "scenarios",
        summary: "what `sim run` can run without a file",
        path: "",
        topics: scenarios,
    },
    Category {
        name: "routers",
        summary: "whose manners a router has: `mesh.router`",
        path: "mesh.router",
        topics: || kinds(platform::ROUTERS),
    },
    Category {
        name: "balancers",
        summary: "how a router chooses a dyno: `mesh.balancer`",
        path: "mesh.balancer",
        topics: || kinds(balance::KINDS),
    },
    Category {
        name: "around",
        summary: "what can stand around any balancer: `mesh.NAME`",
        path: "mesh",
        topics: || kinds(balance::AROUND),
    },
    Category {
        name: "apertures",
        summary: "how many dynos a router uses: `mesh.aperture`",
        path: "mesh.aperture",
        topics: || kinds(balance::APERTURES),
    },
    Category {
        name: "knowledge",
        summary: "what a router knows of the dynos' load: `mesh.knowledge`",
        path: "mesh.knowledge",
        topics: || kinds(platform::KNOWLEDGE),
    },
    Category {
        name: "arrivals",
        summary: "how traffic arrives: `client.NAME.arrivals`",
        path: "client.NAME.arrivals",
        topics: || kinds(workload::KINDS),
    },
    Category {
        name: "keys",
        summary: "how popular the objects of requests are: `client.NAME.keys`",
        path: "client.NAME.keys",
        topics: || kinds(platform::KEYS),
    },
    Category {
        name: "budgets",
        summary: "how clients bound their retries: `client.NAME.retry.budget`",
        path: "client.NAME.retry.budget",
        topics: || kinds(platform::BUDGETS),
    },
    Category {
        name: "breakers",
        summary: "when clients stop sending: `client.NAME.breaker`",
        path: "client.NAME.breaker",
        topics: || kinds(platform::BREAKERS),
    },
    Category {
        name: "queues",
        summary: "which queued attempt a router hands out next: `mesh.queue`",
        path: "mesh.queue",
        topics: || kinds(protect::queue::KINDS),
    },
    Category {
        name: "concurrency-limits",
        summary: "how a router learns how many attempts may be under way: `mesh.concurrency`",
        path: "mesh.concurrency",
        topics: || kinds(protect::concurrency::KINDS),
    },
    Category {
        name: "shedding",
        summary: "which attempts a router turns away first: `mesh.shedding`",
        path: "mesh.shedding",
        topics: || kinds(protect::shedding::KINDS),
    },
    Category {
        name: "fairness",
        summary: "whose place a newcomer takes in a full router: `mesh.capacity.fairness`",
        path: "mesh.capacity.fairness",
        topics: || kinds(protect::fairness::KINDS),
    },
    Category {
        name: "criticalities",
        summary: "how much a client's requests matter: `client.NAME.criticality`",
        path: "client.NAME.criticality",
        topics: || kinds(protect::criticality::KINDS),
    },
    Category {
        name: "distributions",
        summary: "how long things take: `work`, `boot`, `think`",
        path: "app.NAME.endpoint.NAME.work",
        topics: || kinds(dist::KINDS),
    },
    Category {
        name: "events",
        summary: "what goes wrong, and when: `[[event]]`",
        path: "event",
        topics: || kinds(fault::KINDS),
    },
    Category {
        name: "processes",
        summary: "how a dyno works: `app.NAME.process`",
        path: "app.NAME.process",
        topics: || kinds(platform::PROCESSES),
    },
    Category {
        name: "metrics",
        summary: "what is measured, for `[[expect]]`",
        path: "expect.that",
        topics: metrics,
    },
    Category {
        name: "causes",
        summary: "why requests fail: `errors_CAUSE` counts each",
        path: "",
        topics: causes,
    },
    Category {
        name: "formats",
        summary: "what `sim run --format` prints",
        path: "",
        topics: || lines(report::FORMATS.iter().map(|format| (format.name, format.summary))),
    },
    Category {
        name: "charts",
        summary: "the pictures of a report",
        path: "",
        topics: || lines(report::chart::CHARTS.iter().map(|chart| (chart.name, chart.summary))),
    },
    Category { name: "commands", summary: "what `sim` can do", path: "", topics: commands },
    Category {
        name: "words",
        summary: "what words mean here",
        path: "",
        topics: || lines(pages::WORDS.iter().copied()),
    },
];

/// A thing of which there is nothing to say beyond its line.
fn line(name: &str, summary: &str) -> Topic {
    Topic { name: name.into(), summary: summary.into(), detail: Box::new(Detail::default) }
}

fn lines<'l>(rows: impl Iterator<Item = (&'l str, &'l str)>) -> Vec<Topic> {
    rows.map(|(name, summary)| line(name, summary)).collect()
}

/// Sections with the title that marks the lines to copy taken out.
fn of_page(page: &Page) -> Detail {
    let (mut sections, mut example) = (Vec::new(), String::new());
    for &(title, text) in page.sections {
        match title {
            "Example" => example = text.into(),
            _ => sections.push((title.into(), text.into())),
        }
    }
    Detail { sections, settings: page.settings, outline: None, example }
}

fn kinds<T>(kinds: &'static [Kind<T>]) -> Vec<Topic> {
    let topic = |kind: &'static Kind<T>| Topic {
        detail: Box::new(|| Detail { outline: Some(Outline::of(kind)), ..of_page(&kind.page) }),
        ..line(kind.name, kind.summary)
    };
    kinds.iter().map(topic).collect()
}

fn scenarios() -> Vec<Topic> {
    let topic = |(name, text): &(&'static str, &'static str)| {
        let (name, text) = (*name, *text);
        let detail = move || {
            let (question, answer) = (scenario::question(text), scenario::answer(text));
            let mut sections = vec![("Question".into(), question), ("Answer".into(), answer)];
            if let Ok(scenario) = scenario::load(name, &scenario::Overrides::default(), false) {
                let names: Vec<String> =
                    scenario.variants.iter().map(|variant| format!("`{}`", variant.name)).collect();
                sections.push(("Variants".into(), format!("{}.", names.join("; "))));
            }
            Detail { sections, example: format!("sim run {name}"), ..Detail::default() }
        };
        Topic { detail: Box::new(detail), ..line(name, &scenario::question(text)) }
    };
    scenario::bundled::SCENARIOS.iter().map(topic).collect()
}

fn metrics() -> Vec<Topic> {
    let topic = |metric: Metric| {
        let detail = move || Detail {
            sections: vec![("Measured".into(), pages::metric(metric))],
            example: pages::expectation(metric),
            ..Detail::default()
        };
        let summary = format!("{} [{}]", metric.summary(), metric.unit());
        Topic { detail: Box::new(detail), ..line(metric.name(), &summary) }
    };
    Metric::all().map(topic).collect()
}

fn causes() -> Vec<Topic> {
    let topic = |cause: Cause| {
        let detail = move || Detail {
            sections: vec![("Means".into(), pages::cause(cause).into())],
            example: pages::expectation(Metric::Errors(cause)),
            ..Detail::default()
        };
        Topic { detail: Box::new(detail), ..line(cause.name(), cause.summary()) }
    };
    Cause::ALL.into_iter().map(topic).collect()
}

fn commands() -> Vec<Topic> {
    let cli = Cli::command();
    let topic = |command: &clap::Command| {
        let name = command.get_name().to_string();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let example = format!("sim {name} --help");
        let detail = move || Detail { example: example.clone(), ..Detail::default() };
        Topic { detail: Box::new(detail), ..line(&name, &about) }
    };
    cli.get_subcommands().map(topic).collect()
}
