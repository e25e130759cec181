//! Draws scenarios: small, valid, and full of things that happen at once.
//!
//! Times are multiples of half a second and boots take round times, so that events meet at the same
//! instant far more often than chance would let them.

mod protection;

use sim::balance::{self, Need, Strategy};
use sim::platform::{BREAKERS, BUDGETS, KEYS, KNOWLEDGE};
use sim::protect;
use sim::rng::{Seed, Stream};
use std::fmt::Write;

/// The seconds in which things happen.
const SECONDS: usize = 12;

/// A scenario in the making.
pub struct Drawing {
    /// The scenario as TOML.
    pub text: String,
    rng: Stream,
    /// Draws what stands around the balancer.
    around: Stream,
    apps: usize,
    /// Whether requests stop coming and all faults end.
    ends: bool,
}

impl Drawing {
    /// The scenario with this number. When it `ends`, requests come for four seconds only, every
    /// fault ends, clients wait as long as it takes, and nothing else may make an attempt wait for
    /// ever: what is under way at the end of its thousand seconds was forgotten.
    pub fn new(number: u64, ends: bool) -> Drawing {
        let rng = Stream::named(Seed { scenario: number, replication: 0 }, "invariants", 0);
        let around = Stream::named(Seed { scenario: number, replication: 0 }, "around", 0);
        let mut drawing = Drawing { rng, around, text: String::new(), apps: 0, ends };
        drawing.apps = 1 + drawing.rng.below(2);
        let seconds = if ends { 1000 } else { SECONDS };
        let warmup = drawing.of(&["0s", "2s"]);
        let _ = writeln!(
            drawing.text,
            "schema = 1\n[run]\nduration = \"{seconds}s\"\nwarmup = \"{warmup}\"\nseed = {number}"
        );
        drawing.mesh();
        drawing.hosts();
        for app in 0..drawing.apps {
            drawing.app(app);
        }
        let clients = drawing.apps + drawing.rng.below(2);
        for client in 0..clients {
            drawing.client(client);
        }
        for _ in 0..drawing.rng.below(5) {
            drawing.event(clients);
        }
        drawing
    }

    /// One of these.
    fn of<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these[self.rng.below(these.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.rng.below(times) == 0
    }

    /// Writes `key = one of these`, or leaves the default.
    fn maybe(&mut self, key: &str, these: &[&str]) {
        if !self.once_in(3) {
            let value = self.of(these);
            let _ = writeln!(self.text, "{key} = {value}");
        }
    }

    fn mesh(&mut self) {
        let kind = balance::KINDS[self.rng.below(balance::KINDS.len())].name;
        let knowledge = KNOWLEDGE[self.rng.below(KNOWLEDGE.len())].name;
        let balancer = match (kind, self.rng.below(2)) {
            ("jiq", 0) => "{ jiq.join = \"sq2\" }".to_string(),
            _ => format!("\"{kind}\""),
        };
        let _ = writeln!(self.text, "[mesh]\nbalancer = {balancer}");
        let _ = match (knowledge, self.rng.below(3)) {
            ("gossip", 0) => writeln!(
                self.text,
                "knowledge.gossip = {{ period = \"200ms\", delay = \"200ms\" }}"
            ),
            ("gossip", 1) => {
                writeln!(self.text, "knowledge.gossip = {{ period = \"100ms\", delay = \"0s\" }}")
            }
            _ => writeln!(self.text, "knowledge = \"{knowledge}\""),
        };
        self.maybe("routers", &["1", "2", "5"]);
        self.maybe("hop", &["\"1ms\"", "\"10ms\"", "\"0s\"", "\"500ms\""]);
        self.maybe(
            "reports",
            &["{ hop = \"0s\" }", "{ hop = \"300ms\" }", "{ loss = 0.3 }", "{ loss = 1 }"],
        );
        // Gossip without a limit is refused where the balancer does not count, and so is no limit
        // where it fills dynos to it.
        let bounded = Strategy::bare(kind).is_some_and(|strategy| strategy.needs(Need::Limit));
        let most = if knowledge == "gossip" || bounded { "9" } else { "\"unlimited\"" };
        self.maybe("limit", &["1", "2", "5", most]);
        self.maybe("backlog", &["0", "1", "10", "\"unlimited\""]);
        self.maybe("first-byte", &["\"500ms\"", "\"2s\"", "\"unlimited\""]);
        self.maybe("connect", &["\"500ms\"", "\"1ms\""]);
        self.maybe("quarantine", &["\"500ms\"", "\"1s\"", "\"10ms\""]);
        self.maybe("dispatches", &["1", "3"]);
        if !self.ends {
            self.maybe("boot-wait", &["\"500ms\"", "\"1s\"", "\"unlimited\""]);
        }
        self.maybe("quarantine-wait", &["\"1s\"", "\"0s\""]);
        if self.once_in(2) {
            self.protection();
        }
        self.around(knowledge == "shared");
        let _ = writeln!(self.text, "[bus]");
        self.maybe("delay", &["\"0s\"", "\"500ms\"", "\"2s\"", "\"100ms\""]);
        let _ = writeln!(self.text, "[manager]");
        if self.once_in(3) {
            self.maybe("launch-limit", &["\"1/s\"", "\"10/s\"", "\"2/s\"", "\"0/s\""]);
        }
    }

    /// What stands around the balancer, drawn from a stream of its own. An app may have one dyno, so
    /// no router may ask for more.
    fn around(&mut self, shared: bool) {
        let chooses = [
            "aperture = \"load\"",
            "aperture.deterministic = { least = 1 }",
            "subset = { size = 1 }",
        ];
        let rests = [
            "panic = \"50%\"",
            "slow-start = { window = \"2s\" }",
            "errors-as-load = { for = \"500ms\" }",
            "outlier-ejection = { consecutive = 2, interval = \"500ms\", base = \"1s\", most = 1 }",
        ];
        if self.around.below(2) == 0 {
            return;
        }
        let choice = self.around.below(2 * chooses.len());
        if let Some(choice) = chooses.get(choice).filter(|_| !shared) {
            let _ = writeln!(self.text, "{choice}");
        }
        for rest in rests {
            if self.around.below(2) == 0 {
                let _ = writeln!(self.text, "{rest}");
            }
        }
    }

    fn app(&mut self, app: usize) {
        let _ = writeln!(self.text, "[app.a{app}]\ndynos = {}", 1 + self.rng.below(6));
        self.maybe("boot", &["\"500ms\"", "\"1s\"", "\"0s\"", "{ exponential = \"500ms\" }"]);
        self.maybe("boot-timeout", &["\"1s\"", "\"500ms\"", "\"60s\""]);
        self.maybe("shutdown", &["\"0s\"", "\"500ms\"", "\"1s\""]);
        if self.once_in(3) {
            self.maybe("idle-after", &["\"500ms\"", "\"100ms\"", "\"1s\""]);
        }
        self.process();
        self.classes();
        if self.once_in(2) {
            let at_once = self.of(&["0", "1", "5"]);
            let cool_off = self.of(&["500ms", "1s", "0s"]);
            let _ = writeln!(
                self.text,
                "restart = {{ at-once = {at_once}, cool-off = \"{cool_off}\", cap = \"2s\" }}"
            );
        }
        if self.once_in(3) {
            let request = self.of(&["0B", "20MiB", "100MiB"]);
            let leak = self.of(&["0B", "1MiB", "10MiB"]);
            let _ = writeln!(
                self.text,
                "memory = {{ quota = \"100MiB\", base = \"50MiB\", request = \"{request}\", leak = \"{leak}\", swap = 3 }}"
            );
        }
        if self.once_in(4) {
            let rate = self.of(&["5/s", "30/s", "0/s", "unlimited"]);
            let burst = self.of(&["5", "40"]);
            let _ = writeln!(self.text, "admission = {{ rate = \"{rate}\", burst = {burst} }}");
        }
        for endpoint in 0..1 + self.rng.below(2) {
            let work = self.of(&[
                "exponential = \"50ms\"",
                "constant = \"100ms\"",
                "constant = \"0s\"",
                "lognormal = { median = \"20ms\", p99 = \"1s\" }",
                "pareto = { shape = 1.1, min = \"5ms\", max = \"10s\" }",
                "uniform = [\"0s\", \"500ms\"]",
                "mixture = [{ share = 9, exponential = \"20ms\" }, { share = 1, constant = \"1s\" }]",
            ]);
            let _ = writeln!(self.text, "[app.a{app}.endpoint.e{endpoint}]\nwork.{work}");
            self.maybe("cpu", &["\"50%\"", "0", "0.1", "1"]);
        }
    }

    fn process(&mut self) {
        let count = self.of(&["1", "2", "4"]);
        let backlog = self.of(&["0", "1", "5", "\"unlimited\"", "1024"]);
        let connections = self.of(&["1", "3", "10", "10000"]);
        let settings = match self.rng.below(6) {
            0 => format!("threads = {{ count = {count}, processes = 2"),
            1 => format!("event-loop = {{ connections = {connections}"),
            2 => format!("processes = {{ cores = {count}, connections = {connections}"),
            _ => format!("workers = {{ count = {count}"),
        };
        let _ = writeln!(self.text, "process.{settings}, backlog = {backlog} }}");
    }

    fn classes(&mut self) {
        if self.once_in(3) {
            let noise = "antagonist = { every = \"1s\", lasts = \"500ms\", factor = 3 }";
            let noise = self.of(&["", noise]);
            let share = self.of(&["1", "3", "0.7"]);
            let _ = writeln!(self.text, "class.old = {{}}\nclass.new.speed = 2");
            let _ = writeln!(self.text, "class.new.share = {share}\nclass.new.weight = 2");
            if !noise.is_empty() {
                let _ = writeln!(self.text, "class.new.{noise}");
            }
        }
    }

    fn hosts(&mut self) {
        if self.once_in(4) {
            let count = self.of(&["1", "2", "5"]);
            let _ = writeln!(self.text, "[host.h0]\ncount = {count}");
            self.maybe("speed", &["0.8", "1.5"]);
            self.maybe("antagonist", &["{ every = \"2s\", lasts = \"1s\", factor = 2 }"]);
            let _ = writeln!(self.text, "[host.h1]\ncount = 1\nweight = 0.5");
        }
    }

    fn client(&mut self, client: usize) {
        let _ = writeln!(self.text, "[client.c{client}]\napp = \"a{}\"", client % self.apps);
        if self.ends {
            let rates = "[{ rate = \"40/s\", for = \"4s\" }, { rate = \"0/s\" }]";
            let _ = writeln!(self.text, "arrivals.steps = {rates}");
        } else if client > 0 && self.once_in(3) {
            let think = self.of(&["\"100ms\"", "{ exponential = \"500ms\" }", "\"1ms\""]);
            let _ = writeln!(self.text, "users = {}\nthink = {think}", 1 + self.rng.below(30));
        } else {
            let arrivals = self.of(&[
                "poisson = { rate = \"40/s\" }",
                "poisson = { rate = \"200/s\" }",
                "poisson = { rate = \"1/s\" }",
                "steady = { rate = \"20/s\" }",
                "burst = { rate = \"100/s\", base = \"2/s\", on = \"1s\", off = \"2s\" }",
                "ramp = { from = \"0/s\", to = \"100/s\", over = \"5s\" }",
                "steps = [{ rate = \"50/s\", for = \"3s\" }, { rate = \"0/s\", for = \"3s\" }, { rate = \"10/s\" }]",
                "diurnal = { low = \"1/s\", high = \"60/s\", period = \"6s\" }",
            ]);
            let _ = writeln!(self.text, "arrivals.{arrivals}");
        }
        if !self.ends {
            self.maybe("timeout", &["\"500ms\"", "\"1s\"", "\"100ms\"", "\"3s\""]);
        }
        if self.once_in(2) {
            if !self.ends {
                self.maybe("deadline", &["\"1s\"", "\"500ms\"", "\"2s\"", "\"50ms\""]);
            }
            self.maybe("hedge", &["\"50ms\"", "\"500ms\"", "\"1ms\""]);
        }
        self.maybe("cancels", &["true", "false"]);
        self.guards();
        let class = protect::criticality::KINDS[self.rng.below(4)].name;
        let _ = writeln!(self.text, "criticality = \"{class}\"");
        if !self.once_in(3) {
            let attempts = self.of(&["2", "3", "10"]);
            let base = self.of(&["0s", "100ms", "500ms"]);
            let jitter = self.of(&["full", "equal", "decorrelated", "none"]);
            let kind = BUDGETS[self.rng.below(BUDGETS.len())].name;
            let budget = match (kind, self.rng.below(2)) {
                (_, 0) => "\"unlimited\"",
                ("ratio", _) => "{ ratio = { share = 0.2, window = \"1s\", least = \"1/s\" } }",
                ("token-bucket", _) => "{ token-bucket = { capacity = 10 } }",
                ("aws", _) => "{ aws = { quota = 30 } }",
                ("grpc", _) => "{ grpc = { tokens = 4, ratio = 0.5 } }",
                _ => "{ envoy = { share = 0.1, least = 1 } }",
            };
            let _ = writeln!(
                self.text,
                "retry = {{ attempts = {attempts}, backoff = {{ base = \"{base}\", jitter = \"{jitter}\" }}, budget = {budget} }}"
            );
        }
    }

    /// What a client sets between its requests and the network, and what they are about.
    fn guards(&mut self) {
        if self.once_in(2) {
            let breaker = match BREAKERS[self.rng.below(BREAKERS.len())].name {
                "hystrix" => self.of(&[
                    "hystrix = { window = \"1s\", requests = 3, sleep = \"500ms\" }",
                    "hystrix = { requests = 1, errors = 0.1, sleep = \"100ms\" }",
                ]),
                "resilience4j" => self.of(&[
                    "resilience4j = { window = 10, least = 5, open = \"1s\", half-open = 3 }",
                    "resilience4j = { window = 1, least = 1, open = \"100ms\", half-open = 1 }",
                ]),
                _ => self.of(&[
                    "envoy = { requests = 2, retries = 1 }",
                    "envoy = { requests = 1, retries = 0 }",
                    "envoy = { retries = \"unlimited\" }",
                ]),
            };
            let _ = writeln!(self.text, "breaker.{breaker}");
        }
        if self.once_in(3) {
            let throttle = self.of(&["{}", "{ k = 1.1, window = \"1s\" }", "{ k = 1 }"]);
            let _ = writeln!(self.text, "throttle = {throttle}");
        }
        if self.once_in(3) {
            let keys = match KEYS[self.rng.below(KEYS.len())].name {
                "zipf" => self.of(&["{ count = 5, zipf = 1.2 }", "{ zipf = 1 }"]),
                _ => self.of(&["{ count = 1, uniform = {} }", "\"uniform\""]),
            };
            let _ = writeln!(self.text, "keys = {keys}");
        }
    }

    fn event(&mut self, clients: usize) {
        let at = self.rng.below(2 * SECONDS - 1) + 1;
        let lasts = 1 + self.rng.below(2 * SECONDS - at);
        let _ = writeln!(self.text, "[[event]]\nat = \"{}ms\"", at * 500);
        let stays = !self.ends && self.once_in(3);
        if !stays {
            let _ = writeln!(self.text, "for = \"{}ms\"", lasts * 500);
        }
        let app = self.rng.below(self.apps);
        let which = self.of(&["", ", dynos = 1", ", share = 0.5"]);
        let fault = match self.rng.below(10) {
            0 => format!("slow = {{ app = \"a{app}\", factor = 4{which} }}"),
            1 | 2 => format!("crash = {{ app = \"a{app}\"{which} }}"),
            3 => format!("freeze = {{ app = \"a{app}\"{which} }}"),
            4 => format!("scale = {{ app = \"a{app}\", dynos = {} }}", self.rng.below(9)),
            5 if self.text.contains("[client.c0]\napp = \"a0\"\narrivals") => {
                "surge = { client = \"c0\", factor = 3 }".into()
            }
            6 if self.admits(app) => {
                let rate = self.of(&["0/s", "10/s", "unlimited"]);
                format!("set = {{ \"app.a{app}.admission.rate\" = \"{rate}\" }}")
            }
            7 => {
                let rate = self.of(&["1", "0.5"]);
                let after = self.of(&["0s", "1ms", "500ms"]);
                format!("fail = {{ app = \"a{app}\", rate = {rate}, after = \"{after}\"{which} }}")
            }
            8 => format!("flaky = {{ app = \"a{app}\", up = \"500ms\", down = \"200ms\"{which} }}"),
            _ => {
                let client = self.rng.below(clients);
                let knob = self.of(&[
                    "\"mesh.limit\" = 1",
                    "\"mesh.limit\" = \"unlimited\"",
                    "\"mesh.backlog\" = 0",
                    "\"mesh.first-byte\" = \"100ms\"",
                    "\"manager.launch-limit\" = \"0/s\"",
                    "\"manager.launch-limit\" = \"2/s\"",
                    "\"client.C.timeout\" = \"200ms\"",
                    "\"client.C.deadline\" = \"400ms\"",
                    "\"client.C.retry.attempts\" = 1",
                ]);
                format!("set = {{ {} }}", knob.replace('C', &format!("c{client}")))
            }
        };
        let _ = writeln!(self.text, "{fault}");
    }
}
