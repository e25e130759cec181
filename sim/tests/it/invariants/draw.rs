//! Draws scenarios: small, valid, and full of things that happen at once.
//!
//! Times are multiples of half a second and boots take round times, so that events meet at the same
//! instant far more often than chance would let them.

use sim::balance;
use sim::platform::{BUDGETS, KNOWLEDGE};
use sim::rng::{Seed, Stream};
use std::fmt::Write;

/// The seconds in which things happen.
const SECONDS: usize = 12;

/// A scenario in the making.
pub struct Drawing {
    /// The scenario as TOML.
    pub text: String,
    rng: Stream,
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
        let mut drawing = Drawing { rng, text: String::new(), apps: 0, ends };
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
        let _ = writeln!(self.text, "[mesh]\nbalancer = \"{kind}\"");
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
        self.maybe("limit", &["1", "2", "5", "\"unlimited\""]);
        self.maybe("backlog", &["0", "1", "10", "\"unlimited\""]);
        self.maybe("first-byte", &["\"500ms\"", "\"2s\"", "\"unlimited\""]);
        self.maybe("connect", &["\"500ms\"", "\"1ms\""]);
        self.maybe("quarantine", &["\"500ms\"", "\"1s\"", "\"10ms\""]);
        self.maybe("dispatches", &["1", "3"]);
        if !self.ends {
            self.maybe("boot-wait", &["\"500ms\"", "\"1s\"", "\"unlimited\""]);
        }
        self.maybe("quarantine-wait", &["\"1s\"", "\"0s\""]);
        let _ = writeln!(self.text, "[bus]");
        self.maybe("delay", &["\"0s\"", "\"500ms\"", "\"2s\"", "\"100ms\""]);
        let _ = writeln!(self.text, "[manager]");
        if self.once_in(3) {
            self.maybe("launch-limit", &["\"1/s\"", "\"10/s\"", "\"2/s\"", "\"0/s\""]);
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
        if !self.once_in(3) {
            let attempts = self.of(&["2", "3", "10"]);
            let base = self.of(&["0s", "100ms", "500ms"]);
            let jitter = self.of(&["full", "equal", "decorrelated", "none"]);
            let kind = BUDGETS[self.rng.below(BUDGETS.len())].name;
            let budget = match (kind, self.rng.below(2)) {
                (_, 0) => "\"unlimited\"",
                ("ratio", _) => "{ ratio = { share = 0.2, window = \"1s\", least = \"1/s\" } }",
                _ => "{ token-bucket = { capacity = 10 } }",
            };
            let _ = writeln!(
                self.text,
                "retry = {{ attempts = {attempts}, backoff = {{ base = \"{base}\", jitter = \"{jitter}\" }}, budget = {budget} }}"
            );
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
        let fault = match self.rng.below(9) {
            0 => format!("slow = {{ app = \"a{app}\", factor = 4{which} }}"),
            1 | 2 => format!("crash = {{ app = \"a{app}\"{which} }}"),
            3 => format!("freeze = {{ app = \"a{app}\"{which} }}"),
            4 => format!("scale = {{ app = \"a{app}\", dynos = {} }}", self.rng.below(9)),
            5 if self.text.contains("[client.c0]\napp = \"a0\"\narrivals") => {
                "surge = { client = \"c0\", factor = 3 }".into()
            }
            6 => {
                let rate = self.of(&["1", "0.5"]);
                let after = self.of(&["0s", "1ms", "500ms"]);
                format!("fail = {{ app = \"a{app}\", rate = {rate}, after = \"{after}\"{which} }}")
            }
            7 => format!("flaky = {{ app = \"a{app}\", up = \"500ms\", down = \"200ms\"{which} }}"),
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
