//! The settings of a whole platform: read once, checked against each other, then never changed.

use super::app::App;
use super::client::{Client, Source};
use super::hardware::{Hardware, read_hosts};
use super::ids::{AppId, ClientId};
use super::knob::Knob;
use super::manager::ManagerSettings;
use super::mesh::Mesh;
use super::names::{app_of, find, read_named};
use super::protection;
use crate::config::{Fields, Problem, nearest, one_of};
use crate::fault::{self, Event, Fault, Name};
use crate::metrics::Plan;
use crate::time::{SimTime, Span};
use crate::workload::Surge;

/// When a run begins to be measured, how long, and in which steps.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The measured time.
    pub duration: Span,
    /// Simulated before it, not measured.
    pub warmup: Span,
    /// The length of an interval of the series.
    pub interval: Span,
}

/// The settings of the bus that carries news from the manager to the routers.
#[derive(Clone, Copy, Debug)]
pub struct Bus {
    /// How long news is under way.
    pub delay: Span,
}

/// A platform, ready to run.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The time of the run.
    pub timing: Timing,
    /// The routers.
    pub mesh: Mesh,
    /// The bus.
    pub bus: Bus,
    /// The manager.
    pub manager: ManagerSettings,
    /// The kinds of hosts; none where dynos have machines of their own.
    pub hosts: Vec<Hardware>,
    /// The apps.
    pub apps: Vec<App>,
    /// The clients.
    pub clients: Vec<Client>,
    /// For each client the app that it asks.
    pub app_of_client: Vec<AppId>,
    /// What happens, in the scenario's order.
    pub events: Vec<Scheduled>,
    /// How many times what they say all open clients send, but for traces; 1 as written.
    pub rate_factor: f64,
}

/// An event of the scenario with its names resolved.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// The event as written.
    pub event: Event,
    /// The app that it hits, if it hits one.
    pub app: Option<AppId>,
    /// The client that it hits, if it hits one.
    pub client: Option<ClientId>,
    /// For each change of a `set`: the knob turned, and turned back.
    pub knobs: Vec<[Knob; 2]>,
}

/// A stretch of the measured time that an event covers.
#[derive(Clone, Debug)]
pub struct Mark {
    /// What happens, in a few words.
    pub label: String,
    /// When it begins.
    pub from: Span,
    /// When it ends; nothing for a change that stays.
    pub to: Option<Span>,
    /// Whether it is a fault, from whose end recovery is counted.
    pub fault: bool,
}

impl Platform {
    /// Reads everything but `schema`, `[run]` and what is about experiments. All that is wrong has
    /// been complained of; such a platform must not be run.
    pub fn read(fields: &mut Fields<'_>, timing: Timing) -> Platform {
        let mesh = fields.table("mesh", Mesh::read);
        let bus = fields.table("bus", |fields| {
            let delay = fields.or("delay", Span::from_millis(100));
            fields.require("delay", delay <= Span::from_secs(3600), "at most 1h");
            Bus { delay }
        });
        let manager = fields.table("manager", ManagerSettings::read);
        let hosts = read_hosts(fields);
        let help = "add `[app.shop]` with `dynos = 4` and an endpoint";
        let apps = read_named(fields, "app", help, App::read);
        let help = "add `[client.browsers]` with arrivals or users";
        let clients = read_named(fields, "client", help, Client::read);
        let app_of_client =
            clients.iter().map(|client| app_of(fields, client, &apps)).collect::<Vec<_>>();
        let events: Vec<Option<Event>> =
            fields.list("event", |fields| Event::read(fields, timing.duration));
        let mut platform = Platform {
            timing,
            mesh,
            bus,
            manager,
            hosts,
            apps,
            clients,
            app_of_client,
            events: Vec::new(),
            rate_factor: 1.0,
        };
        let apps = platform.apps.iter().map(|app| (app.name.as_str(), app.dynos));
        platform.mesh.around.check(fields, apps);
        platform.check_endpoints(fields);
        for client in &platform.clients {
            client.check_pace(fields, platform.mesh.hop);
        }
        protection::check(fields, &platform.mesh, &platform.apps);
        platform.check_sleep(fields);
        let scheduled = events.into_iter().flatten().map(|event| platform.schedule(fields, event));
        platform.events = scheduled.collect();
        platform
    }

    /// The endpoints that a client or its trace names must be the app's.
    fn check_endpoints(&self, fields: &Fields<'_>) {
        for (client, app) in self.clients.iter().zip(&self.app_of_client) {
            if let (Some(name), Some(app)) = (&client.endpoint, self.apps.get(app.index())) {
                let names = app.endpoints.iter().map(|endpoint| endpoint.name.as_str());
                find(fields, name, &format!("app.{}.endpoint", app.name), names);
            }
            let (Source::Open(arrivals), Some(app)) = (&client.source, self.apps.get(app.index()))
            else {
                continue;
            };
            let names = || app.endpoints.iter().map(|endpoint| endpoint.name.as_str());
            for name in arrivals.trace_endpoints() {
                if !names().any(|known| known == name) {
                    let message = format!(
                        "the trace of `client.{}` asks for the endpoint `{name}`, \
                         which `app.{}` does not have",
                        client.name, app.name
                    );
                    let place = fields.place_of_named("client", &client.name);
                    let problem = Problem::at(place, message).allowed(one_of(names()));
                    fields.reading.complain(match nearest(name, names()) {
                        Some(near) => problem.help(format!("did you mean `{near}`?")),
                        None => problem.help(format!(
                            "add `[app.{}.endpoint.{name}]` with its work",
                            app.name
                        )),
                    });
                }
            }
        }
    }

    /// An app that sleeps is woken by a router that knows of it.
    fn check_sleep(&self, fields: &Fields<'_>) {
        let router = self.mesh.router;
        if router.maker().is_none() {
            return;
        }
        for app in self.apps.iter().filter(|app| app.idle_after.span() < Span::MAX) {
            let (name, router) = (&app.name, router.name());
            let message = format!(
                "`app.{name}.idle-after` lets the app sleep, but `{router}` never wakes one"
            );
            let problem = Problem::at(fields.place_of_named("app", name), message)
                .allowed(format!("must be `unlimited` with `mesh.router = \"{router}\"`"));
            let help = "remove `idle-after`, or take `router = \"heroku\"`";
            fields.reading.complain(problem.help(help));
        }
    }

    /// Resolves the names of an event.
    fn schedule(&self, fields: &Fields<'_>, event: Event) -> Scheduled {
        let apps = || self.apps.iter().map(|app| app.name.as_str());
        let clients = || self.clients.iter().map(|client| client.name.as_str());
        let app = |name: &Name| find(fields, name, "app", apps()).map(AppId);
        let mut knobs = Vec::new();
        let (app, client) = match &event.fault {
            Fault::Slow(slow) => (app(&slow.app), None),
            Fault::Crash(crash) => (app(&crash.app), None),
            Fault::Freeze(freeze) => (app(&freeze.app), None),
            Fault::Fail(fail) => (app(&fail.app), None),
            Fault::Flaky(flaky) => (app(&flaky.app), None),
            Fault::Scale(scale) => (app(&scale.app), None),
            Fault::Surge(surge) => {
                let client = find(fields, &surge.client, "client", clients()).map(ClientId);
                self.check_surge(fields, surge, client);
                (None, client)
            }
            Fault::Set(set) => {
                let resolve = |change| Knob::resolve(fields.reading, self, change);
                knobs = set.changes.iter().filter_map(resolve).collect();
                (None, None)
            }
        };
        Scheduled { event, app, client, knobs }
    }

    /// A surge multiplies a rate, so the client must have one.
    fn check_surge(&self, fields: &Fields<'_>, surge: &fault::Surge, client: Option<ClientId>) {
        let Some(client) = client.map(|id| &self.clients[id.index()]) else { return };
        let why = match &client.source {
            Source::Open(arrivals) if arrivals.is_trace() => "replays a trace",
            Source::Closed { .. } => "is a closed population of users",
            Source::Open(_) => return,
        };
        let message = format!("a surge multiplies a rate, but `client.{}` {why}", client.name);
        let problem = Problem::at(surge.client.place, message).allowed("must have a rate");
        fields
            .reading
            .complain(problem.help("use a client with `arrivals.poisson` or another rate"));
    }

    /// The surges of a client, by its number, in simulated time.
    pub fn surges(&self, client: usize) -> Vec<Surge> {
        let begin = SimTime::ZERO + self.timing.warmup;
        let surge = |scheduled: &Scheduled| match &scheduled.event.fault {
            Fault::Surge(surge) if scheduled.client == Some(ClientId(client as u32)) => {
                let from = begin + scheduled.event.at;
                let to = scheduled.event.lasts.map_or(SimTime::NEVER, |lasts| from + lasts);
                Some(Surge { from, to, factor: surge.factor })
            }
            _ => None,
        };
        let always = Surge { from: SimTime::ZERO, to: SimTime::NEVER, factor: self.rate_factor };
        let level = (self.rate_factor != 1.0).then_some(always);
        level.into_iter().chain(self.events.iter().filter_map(surge)).collect()
    }

    /// The stretches of measured time that events cover, for charts and for recovery.
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |scheduled: &Scheduled| Mark {
            label: scheduled.event.label(),
            from: scheduled.event.at,
            to: scheduled.event.lasts.map(|lasts| scheduled.event.at + lasts),
            fault: scheduled.event.is_fault(),
        };
        self.events.iter().map(mark).collect()
    }

    /// What a reader should know before trusting a run, such as skipped lines of a trace.
    pub fn notes(&self) -> Vec<String> {
        let notes = |client: &Client| match &client.source {
            Source::Open(arrivals) => arrivals.notes(),
            Source::Closed { .. } => Vec::new(),
        };
        self.clients.iter().flat_map(notes).collect()
    }

    /// The names of all scopes, `all` first.
    pub fn scopes(&self) -> Vec<String> {
        let apps = self.apps.iter().map(|app| format!("app.{}", app.name));
        let clients = self.clients.iter().map(|client| format!("client.{}", client.name));
        std::iter::once("all".to_string()).chain(apps).chain(clients).collect()
    }

    /// The shape of what is to be recorded of a run; `windows` are further stretches of the measured
    /// time.
    pub fn plan(&self, windows: &[(Span, Span)]) -> Plan {
        let marks: Vec<Mark> = self.marks().into_iter().filter(|mark| mark.fault).collect();
        let begin = marks.iter().map(|mark| mark.from).min();
        let end = marks.iter().map(|mark| mark.to.unwrap_or(mark.from)).max();
        let client = |(client, app): (&Client, &AppId)| (client.name.clone(), app.index());
        Plan {
            apps: self.apps.iter().map(|app| app.name.clone()).collect(),
            clients: self.clients.iter().zip(&self.app_of_client).map(client).collect(),
            begin: SimTime::ZERO + self.timing.warmup,
            duration: self.timing.duration,
            interval: self.timing.interval,
            windows: windows.to_vec(),
            faults: begin.zip(end),
        }
    }
}
