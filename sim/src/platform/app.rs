//! The settings of an app: its endpoints, its dynos, how they boot, restart and sleep.
//!
//! Defaults are Heroku's where there are such: devcenter "dynos" and "dyno startup behavior" (a boot
//! limit of 60 s, 30 s to shut down, a crashed dyno restarted at once and then after 10, 20, 40 ...
//! minutes up to a day; R14 above the memory quota, R15 above three times it).

use super::dyno::{PROCESSES, Process};
use super::hardware::{Hardware, read_classes};
use super::protection::Admission;
use crate::config::Fields;
use crate::dist::Distribution;
use crate::time::Span;
use crate::units::{Bytes, Limit, Ratio};

/// The settings of one app.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// How many dynos it has at the start.
    pub dynos: u32,
    /// How long a dyno boots.
    pub boot: Distribution,
    /// A dyno that boots longer is killed.
    pub boot_timeout: Limit<Span>,
    /// How long a dyno that is stopped may finish what it has.
    pub shutdown: Limit<Span>,
    /// The app sleeps after this long without a request.
    pub idle_after: Limit<Span>,
    /// How its dynos serve requests.
    pub process: Process,
    /// How crashed dynos are restarted.
    pub restart: Restart,
    /// What its dynos need of memory; nothing leaves memory out of the model.
    pub memory: Option<Memory>,
    /// How many attempts the routers admit; nothing is no bound.
    pub admission: Option<Admission>,
    /// The classes of its dynos; none where all are alike.
    pub classes: Vec<Hardware>,
    /// What it serves.
    pub endpoints: Vec<Endpoint>,
}

/// What an app serves at one path.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Its share of the traffic, in proportion to the other endpoints' shares.
    pub share: f64,
    /// The service time of a request.
    pub work: Distribution,
    /// The share of it that is CPU; the rest is waiting for others.
    pub cpu: f64,
}

/// How crashed dynos are restarted.
#[derive(Clone, Copy, Debug)]
pub struct Restart {
    /// How many crashes of a dyno are followed by a restart at once.
    pub at_once: u32,
    /// The wait before the next restart; it doubles with each crash.
    pub cool_off: Span,
    /// The longest wait.
    pub cap: Limit<Span>,
}

impl Restart {
    /// The wait after the crash with this number, counted from one.
    pub fn wait(&self, crash: u32) -> Span {
        match crash.checked_sub(self.at_once + 1) {
            None => Span::ZERO,
            Some(doublings) => (self.cool_off * (1_u64 << doublings.min(32))).min(self.cap.span()),
        }
    }
}

/// What a dyno needs of memory.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Above it the dyno swaps (R14); above three times it the dyno is killed (R15).
    pub quota: Bytes,
    /// What an idle dyno needs.
    pub base: Bytes,
    /// What each request under way adds.
    pub request: Bytes,
    /// What each request leaves behind for good.
    pub leak: Bytes,
    /// What work is multiplied by while the dyno swaps.
    pub swap: f64,
}

/// The memory of all requests of a dyno must stay countable.
const MOST_MEMORY: Bytes = Bytes(1 << 40);
/// Memory of a run is a few hundred bytes a dyno and router.
const MOST_DYNOS: u32 = 100_000;

impl App {
    /// Reads `[app.<name>]`.
    pub fn read(name: &str, fields: &mut Fields<'_>) -> App {
        let dynos = fields.or("dynos", 1_u32);
        if dynos == 0 {
            let message = format!("`{}` must be at least 1, found `0`", fields.path_of("dynos"));
            let help = "an app without dynos only answers H14; to take them away in mid-run, \
                        use a `scale` event";
            fields.complain("dynos", message, "must be at least 1", help);
        }
        fields.require("dynos", dynos <= MOST_DYNOS, "at most 100000");
        let boot = Distribution::read_span_or(fields, "boot", Span::from_secs(2));
        let boot_timeout = fields.or("boot-timeout", Limit::At(Span::from_secs(60)));
        fields.require("boot-timeout", boot_timeout != Limit::At(Span::ZERO), "more than 0s");
        let shutdown = fields.or("shutdown", Limit::At(Span::from_secs(30)));
        let idle_after = fields.or("idle-after", Limit::Unlimited);
        fields.require("idle-after", idle_after != Limit::At(Span::ZERO), "more than 0s");
        let process = fields.kind_or("process", "process model", PROCESSES, "workers");
        let restart = fields.table("restart", read_restart);
        let memory = fields.optional_table("memory", read_memory);
        let admission = fields.optional_table("admission", Admission::read);
        let classes = read_classes(fields);
        let endpoints = read_endpoints(fields);
        App {
            name: name.into(),
            dynos,
            boot,
            boot_timeout,
            shutdown,
            idle_after,
            process: process.unwrap_or_default(),
            restart,
            memory,
            admission,
            classes,
            endpoints,
        }
    }
}

fn read_restart(fields: &mut Fields<'_>) -> Restart {
    let restart = Restart {
        at_once: fields.or("at-once", 1),
        cool_off: fields.or("cool-off", Span::from_secs(600)),
        cap: fields.or("cap", Limit::At(Span::from_secs(86_400))),
    };
    fields.require("cap", restart.cap.span() >= restart.cool_off, "at least `cool-off`");
    restart
}

fn read_memory(fields: &mut Fields<'_>) -> Memory {
    let memory = Memory {
        quota: fields.or("quota", Bytes(512 << 20)),
        base: fields.or("base", Bytes(0)),
        request: fields.or("request", Bytes(0)),
        leak: fields.or("leak", Bytes(0)),
        swap: fields.or("swap", 10.0),
    };
    for (key, size) in [
        ("quota", memory.quota),
        ("base", memory.base),
        ("request", memory.request),
        ("leak", memory.leak),
    ] {
        fields.require(key, size <= MOST_MEMORY, "at most 1024GiB");
    }
    fields.require("quota", memory.quota > Bytes(0), "more than 0B");
    let most = memory.quota.0.saturating_mul(3);
    fields.require("base", memory.base.0 <= most || most == 0, "at most three times `quota`");
    fields.require("swap", (1.0..=1e6).contains(&memory.swap), "from 1 to 1e6");
    memory
}

fn read_endpoints(fields: &mut Fields<'_>) -> Vec<Endpoint> {
    let endpoints: Vec<Endpoint> = fields
        .named("endpoint", |name, fields| {
            let share = fields.or("share", 1.0);
            fields.require("share", (0.0..=1e12).contains(&share), "from 0 to 1e12");
            let work = Distribution::read_required(fields, "work");
            let Ratio(cpu) = fields.or("cpu", Ratio(1.0));
            Endpoint { name: name.into(), share, work, cpu }
        })
        .into_iter()
        .map(|(_, endpoint)| endpoint)
        .collect();
    if endpoints.is_empty() {
        let key = fields.path_of("endpoint.home");
        fields.missing("endpoint", &format!("add `[{key}]` with `work.exponential = \"40ms\"`"));
    } else if endpoints.iter().all(|endpoint| endpoint.share == 0.0) {
        let message = format!("the shares of `{}` add up to 0", fields.path_of("endpoint"));
        fields.complain(
            "endpoint",
            message,
            "no request could be sent",
            "give one a `share` above 0",
        );
    }
    endpoints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_follow_herokus_cool_off() {
        let restart = Restart {
            at_once: 1,
            cool_off: Span::from_secs(600),
            cap: Limit::At(Span::from_secs(86_400)),
        };
        let minutes: Vec<u64> =
            (1..=10).map(|crash| restart.wait(crash).nanos() / 60_000_000_000).collect();
        assert_eq!(minutes, [0, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]);
    }
}
