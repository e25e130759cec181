//! Draws the routers, what stands around their balancer, and how news travels.

use super::Drawing;
use super::examples::{APERTURES, AROUND, BALANCERS, BALANCERS_OF, KNOWLEDGES, ROUTERS};
use sim::balance::{Maker, Need, Strategy};
use std::fmt::Write;

impl Drawing {
    pub(super) fn mesh(&mut self) {
        let (router, none) = self.kind(&ROUTERS);
        self.sleeps = router == "heroku";
        match router {
            "heroku" => self.our_mesh(),
            "haproxy" => self.real_mesh(router, &none, Maker::Haproxy),
            "nginx" => self.real_mesh(router, &none, Maker::Nginx),
            other => panic!("nobody knows what `{other}` has no use for"),
        }
        let _ = writeln!(self.text, "[bus]");
        self.maybe("delay", &["\"0s\"", "\"500ms\"", "\"2s\"", "\"100ms\""]);
        let _ = writeln!(self.text, "[manager]");
        if self.once_in(3) {
            self.maybe("launch-limit", &["\"1/s\"", "\"10/s\"", "\"2/s\"", "\"0/s\""]);
        }
    }

    /// A mesh of a real router's: with its own balancers, and nothing that it does not have.
    fn real_mesh(&mut self, router: &'static str, none: &str, maker: Maker) {
        let names = Strategy::names_by(maker);
        let mut name = names[self.rng.below(names.len())];
        let mut settings = "{}";
        let rows = BALANCERS_OF.iter().filter(|(of, ..)| *of == router).collect::<Vec<_>>();
        if self.once_in(3) {
            (_, name, settings) = *rows[self.rng.below(rows.len())];
        }
        let _ =
            writeln!(self.text, "[mesh]\nrouter.{router} = {none}\nbalancer.{name} = {settings}");
        let bounded = Strategy::bare(name).is_some_and(|strategy| strategy.needs(Need::Limit));
        if bounded || self.once_in(2) {
            let limit = self.of(&["1", "2", "5"]);
            let _ = writeln!(self.text, "limit = {limit}");
        }
        self.maybe("routers", &["1", "2"]);
        self.maybe("hop", &["\"1ms\"", "\"10ms\"", "\"0s\"", "\"500ms\""]);
        self.maybe("first-byte", &["\"500ms\"", "\"2s\"", "\"unlimited\""]);
        self.maybe("connect", &["\"500ms\"", "\"1ms\""]);
        self.maybe("dispatches", &["1", "2", "3"]);
        if router == "haproxy" {
            self.maybe("backlog", &["0", "1", "10"]);
            self.maybe("queue-wait", &["\"500ms\"", "\"1ms\""]);
        } else {
            self.maybe("quarantine", &["\"500ms\"", "\"1s\"", "\"10ms\""]);
        }
    }

    fn our_mesh(&mut self) {
        let (kind, settings) = self.kind(&BALANCERS);
        let (knowledge, told) = self.kind(&KNOWLEDGES);
        let _ = writeln!(
            self.text,
            "[mesh]\nbalancer.{kind} = {settings}\nknowledge.{knowledge} = {told}"
        );
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
        if self.once_in(4) {
            self.maybe("queue-wait", &["\"500ms\"", "\"1ms\""]);
        }
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
    }

    /// What stands around the balancer. Routers that are one use all dynos, and others choose them in
    /// one way at most.
    fn around(&mut self, shared: bool) {
        if self.once_in(2) {
            return;
        }
        let other = self.of(&["aperture", "subset"]);
        for kind in (AROUND.kinds)() {
            let chooses = ["aperture", "subset"].contains(&kind);
            if self.once_in(2) || kind == other || shared && chooses {
                continue;
            }
            let settings = self.example(&AROUND, kind);
            let _ = match kind {
                "aperture" => {
                    let (aperture, settings) = self.kind(&APERTURES);
                    writeln!(self.text, "aperture.{aperture} = {settings}")
                }
                _ => writeln!(self.text, "{kind} = {settings}"),
            };
        }
    }

    pub(super) fn hosts(&mut self) {
        if self.once_in(4) {
            let count = self.of(&["1", "2", "5"]);
            let _ = writeln!(self.text, "[host.h0]\ncount = {count}");
            self.maybe("speed", &["0.8", "1.5"]);
            self.maybe("antagonist", &["{ every = \"2s\", lasts = \"1s\", factor = 2 }"]);
            let _ = writeln!(self.text, "[host.h1]\ncount = 1\nweight = 0.5");
        }
    }
}
