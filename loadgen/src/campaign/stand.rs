//! What one variant needs: a target, which may be a platform that is started for it, and a crew that
//! attacks it. All that can be refused is refused here, before anything is sent.

use super::{Errand, Error, Witness, peak};
use crate::crew::{Crew, Job, Selected};
use crate::machine::Limits;
use crate::plan::{Layout, Peak, Steps};
use crate::stage::{RouterKind, Staging};
use crate::wire::{Allowed, Net, Secrets};
use sim::fault::Fault;
use sim::load::{Connections, Target};
use sim::platform::{Platform, Scheduled};
use sim::rng::Seed;
use std::sync::Arc;

/// A variant that is ready for its steps.
pub(super) struct Stand<'a> {
    /// Which variant, by its place.
    pub variant: usize,
    /// Its platform.
    pub platform: &'a Platform,
    /// The platform that was started for it.
    pub staging: Option<Staging>,
    /// Who attacks.
    pub crew: Crew,
    /// Makes its steps.
    pub steps: Steps,
}

impl<'a> Stand<'a> {
    /// Starts all that the variant at this place needs.
    pub fn start(
        errand: &Errand<'a>,
        variant: usize,
        witness: &mut dyn Witness,
    ) -> Result<Stand<'a>, Error> {
        let (scenario, load) = (errand.scenario, &errand.scenario.load);
        let platform = &scenario.variants[variant].platform;
        let seed = Seed { scenario: scenario.run.seed, replication: 0 };
        let steps = Steps::new(&scenario.run, &scenario.windows);
        let highest = peak::highest(&mut steps.clone(), &errand.stages, platform);
        let peak = Peak::of(platform, load, &highest);
        // Refused before a platform is started, as far as the target is known.
        let secrets = Arc::new(Secrets::read(load, |name| std::env::var(name).ok())?);
        let allowed = Allowed::new(load, &[]);
        let net = |target: &Target| Net::new(load, target, &allowed, Vec::new(), secrets.clone());
        if let Some(target) = &load.target {
            net(target)?;
        }
        let staging = match &load.target {
            Some(_) => None,
            None => Some(Staging::start(platform, seed, router(errand, platform))?),
        };
        let target = match (&load.target, &staging) {
            (Some(target), _) => target.clone(),
            (None, Some(staging)) => staging.target(),
            (None, None) => unreachable!("without a target a platform was started"),
        };
        let address = net(&target)?.address();
        if let Some(staging) = &staging {
            let (users, room) = (peak.all(), staging.most_connections());
            if load.connections == Connections::Kept && peak.connections() > room {
                return Err(Error::Crowd { users, room });
            }
        }
        let layout = Layout::of(&peak, load, address, &Limits::read(), errand.workers)?;
        witness.say(&announcement(errand, variant, &target, &peak, &layout));
        let staged = staging.iter().flat_map(Staging::warnings);
        staged.for_each(|warning| witness.say(&format!("warning: {warning}")));
        if staging.is_none()
            && let Some(text) = unheard(platform)
        {
            witness.say(&format!("warning: {text}"));
        }
        let mut watched = load.watch.clone();
        watched.extend(staging.as_ref().and_then(Staging::watch));
        witness.watch(&watched);
        let named = &scenario.variants[variant];
        let crew = Crew::start(&Job {
            program: None,
            scenario: Selected::of(errand.file, errand.overrides, scenario, named),
            target,
            allow: Vec::new(),
            layout,
            shard: errand.shard,
        })?;
        Ok(Stand { variant, platform, staging, crew, steps })
    }
}

/// The router that stands before a variant's dynos.
fn router(errand: &Errand<'_>, platform: &Platform) -> &'static RouterKind {
    errand.router.unwrap_or_else(|| RouterKind::of(platform))
}

/// What happens in a scenario and not to a target that was not started for it.
fn unheard(platform: &Platform) -> Option<String> {
    let of_clients = |scheduled: &&Scheduled| match &scheduled.event.fault {
        Fault::Surge(_) => true,
        Fault::Set(_) => scheduled.knobs.iter().all(|knob| knob[0].client().is_some()),
        _ => false,
    };
    let events = platform.events.iter().filter(|scheduled| !of_clients(scheduled));
    let labels: Vec<String> = events.map(|found| format!("`{}`", found.event.label())).collect();
    (!labels.is_empty()).then(|| {
        let labels = labels.join(", ");
        format!("nobody does to the target what the scenario's events say: {labels}")
    })
}

/// What is going to be done, in one line.
fn announcement(
    errand: &Errand<'_>,
    variant: usize,
    target: &Target,
    peak: &Peak,
    layout: &Layout,
) -> String {
    let scenario = errand.scenario;
    let name = &scenario.variants[variant].name;
    let scheme = if target.tls { "https" } else { "http" };
    let Target { host, port, base, .. } = target;
    let whose = match scenario.load.target {
        Some(_) => String::new(),
        None => {
            let router = router(errand, &scenario.variants[variant].platform);
            format!(" (its own platform, router `{}`)", router.name)
        }
    };
    let stages = match errand.stages.len() {
        1 => "1 stage".to_string(),
        several => format!("{several} stages"),
    };
    let workers = match layout.processes() {
        1 => "1 worker process".to_string(),
        several => format!("{several} worker processes"),
    };
    let caps = match (scenario.load.rate_max, scenario.load.users_max) {
        (None, None) => String::new(),
        (rate, users) => {
            let rate = rate.map(|rate| format!("{}/s", rate.0));
            let users = users.map(|users| format!("{users} users"));
            let both: Vec<String> = rate.into_iter().chain(users).collect();
            format!(", never more than {}", both.join(" and "))
        }
    };
    let users = peak.all();
    format!(
        "{name}: {stages} against {scheme}://{host}:{port}{base}{whose}, \
         at most {users} users in {workers}{caps}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;

    #[test]
    fn what_a_target_does_not_hear_of_is_named() {
        let named = |what: &str| {
            let scenario = testing::scenario(&format!("[[event]]\nat = \"1s\"\n{what}"));
            unheard(&scenario.variants[0].platform)
        };
        for of_clients in [
            "for = \"1s\"\nsurge = { client = \"robots\", factor = 3 }",
            "set = { \"client.robots.timeout\" = \"1s\" }",
        ] {
            assert_eq!(named(of_clients), None);
        }
        let limit = named("set = { \"mesh.limit\" = 10 }").unwrap();
        assert!(limit.ends_with("say: `set limit = 10`"), "{limit}");
        assert!(named("for = \"1s\"\nslow = { app = \"shop\", factor = 4 }").is_some());
    }
}
