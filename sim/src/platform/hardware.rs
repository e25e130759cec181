//! What dynos run on: classes of an app's dynos, and hosts that the dynos of all apps share.
//!
//! Each has a speed, a weight and perhaps a noisy neighbour; those of class and host multiply. Which
//! dyno has which is fixed from the start, by its slot alone, so that routers know the weight of a slot
//! before there is a dyno in it.

use super::app::App;
use super::ids::AppId;
use crate::config::Fields;
use crate::time::Span;

/// Hardware of one kind.
#[derive(Clone, Debug)]
pub struct Hardware {
    /// The name that the scenario gives it.
    pub name: String,
    /// For classes the share of an app's dynos, for hosts how many there are.
    pub share: f64,
    /// Work takes one over this times as long.
    pub speed: f64,
    /// What routers are told that a dyno is worth, beside the others.
    pub weight: f64,
    /// Who disturbs it.
    pub antagonist: Option<Antagonist>,
}

/// A neighbour who is quiet and noisy in turns, each for an exponential time.
#[derive(Clone, Copy, Debug)]
pub struct Antagonist {
    /// How long it is quiet, in the mean.
    pub every: Span,
    /// How long it is noisy, in the mean.
    pub lasts: Span,
    /// What work that begins meanwhile is multiplied by.
    pub factor: f64,
}

/// Most hosts of one kind.
const MOST_HOSTS: u32 = 100_000;

impl Hardware {
    /// Reads `[app.<name>.class.<name>]`.
    pub fn read_class(name: &str, fields: &mut Fields<'_>) -> Hardware {
        let share = fields.or("share", 1.0);
        fields.require("share", (0.0..=1e6).contains(&share), "from 0 to 1e6");
        Hardware::read(name, fields, share)
    }

    /// Reads `[host.<name>]`.
    pub fn read_host(name: &str, fields: &mut Fields<'_>) -> Hardware {
        let count = fields.or("count", 10_u32);
        fields.require("count", (1..=MOST_HOSTS).contains(&count), "from 1 to 100000");
        Hardware::read(name, fields, f64::from(count))
    }

    fn read(name: &str, fields: &mut Fields<'_>, share: f64) -> Hardware {
        let speed = fields.or("speed", 1.0);
        fields.require("speed", (1e-6..=1e6).contains(&speed), "from 1e-6 to 1e6");
        let weight = fields.or("weight", 1.0);
        fields.require("weight", (1e-6..=1e6).contains(&weight), "from 1e-6 to 1e6");
        let antagonist = fields.optional_table("antagonist", Antagonist::read);
        Hardware { name: name.into(), share, speed, weight, antagonist }
    }
}

impl Antagonist {
    fn read(fields: &mut Fields<'_>) -> Antagonist {
        let every: Span = fields.required("every");
        let lasts: Span = fields.required("lasts");
        let factor: f64 = fields.required("factor");
        // Stretches are drawn one by one.
        for (key, span) in [("every", every), ("lasts", lasts)] {
            fields.require(key, span >= Span::from_millis(1), "at least 1ms");
        }
        fields.require("factor", factor > 0.0 && factor <= 1e6, "more than 0, at most 1e6");
        Antagonist { every, lasts, factor }
    }
}

/// Reads the classes of an app.
pub fn read_classes(fields: &mut Fields<'_>) -> Vec<Hardware> {
    let named = fields.named("class", Hardware::read_class);
    let classes: Vec<Hardware> = named.into_iter().map(|(_, class)| class).collect();
    if !classes.is_empty() && classes.iter().all(|class| class.share == 0.0) {
        let message = format!("the shares of `{}` add up to 0", fields.path_of("class"));
        fields.complain("class", message, "no dyno could be placed", "give one a `share` above 0");
    }
    classes
}

/// Reads the hosts of the platform.
pub fn read_hosts(fields: &mut Fields<'_>) -> Vec<Hardware> {
    fields.named("host", Hardware::read_host).into_iter().map(|(_, host)| host).collect()
}

/// Deals kinds out by their shares, so that any first so many are mixed as evenly as can be: the next
/// is the kind that lacks most of what its share of all dealt, this one included, comes to. Ties go to
/// the first written. (The smooth weighted round robin of nginx.)
#[derive(Clone, Debug)]
struct Deal {
    shares: Vec<f64>,
    total: f64,
    /// How many of each kind were dealt.
    given: Vec<u32>,
    dealt: Vec<u32>,
}

impl Deal {
    fn new(kinds: &[Hardware]) -> Deal {
        let shares: Vec<f64> = kinds.iter().map(|kind| kind.share).collect();
        let (total, given) = (shares.iter().sum(), vec![0; shares.len()]);
        Deal { shares, total, given, dealt: Vec::new() }
    }

    /// The kind dealt as number `n`.
    fn nth(&mut self, n: usize) -> u32 {
        while self.dealt.len() <= n {
            let next = (self.dealt.len() + 1) as f64;
            let lack =
                |kind: usize| self.shares[kind] * next - self.total * f64::from(self.given[kind]);
            let most = (1..self.shares.len())
                .fold(0, |most, kind| if lack(kind) > lack(most) { kind } else { most });
            self.given[most] += 1;
            self.dealt.push(most as u32);
        }
        self.dealt[n]
    }
}

/// What each dyno of a platform runs on.
#[derive(Clone, Debug)]
pub struct Placement {
    apps: Vec<Placed>,
    hosts: Vec<Hardware>,
    /// The kind of each host.
    kinds: Vec<u32>,
}

/// The dynos of one app.
#[derive(Clone, Debug)]
struct Placed {
    classes: Vec<Hardware>,
    deal: Deal,
    /// The host of the first slot; the others follow in turn.
    first_host: usize,
}

/// What one dyno runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// What work is multiplied by.
    pub slowness: f64,
    /// What routers are told.
    pub weight: f64,
    /// Its class, by number.
    pub class: Option<u32>,
    /// Its host, by number.
    pub host: Option<u32>,
}

impl Placement {
    /// The dynos of these apps on these hosts: round robin in the order of apps and slots.
    pub fn new(apps: &[App], hosts: &[Hardware]) -> Placement {
        let mut deal = Deal::new(hosts);
        let count: u32 = hosts.iter().map(|host| host.share as u32).sum();
        let kinds: Vec<u32> = (0..count as usize).map(|number| deal.nth(number)).collect();
        let mut before = 0;
        let placed = apps.iter().map(|app| {
            let first_host = before % kinds.len().max(1);
            before += app.dynos as usize;
            let classes = app.classes.clone();
            Placed { deal: Deal::new(&classes), classes, first_host }
        });
        Placement { apps: placed.collect(), hosts: hosts.to_vec(), kinds }
    }

    /// What the dyno in a slot of an app runs on.
    pub fn spot(&mut self, app: AppId, slot: u32) -> Spot {
        let placed = &mut self.apps[app.index()];
        let mut spot = Spot { slowness: 1.0, weight: 1.0, class: None, host: None };
        let mut add = |kind: &Hardware| {
            spot.slowness /= kind.speed;
            spot.weight *= kind.weight;
        };
        if !placed.classes.is_empty() {
            let class = placed.deal.nth(slot as usize);
            add(&placed.classes[class as usize]);
            spot.class = Some(class);
        }
        if !self.kinds.is_empty() {
            let host = (placed.first_host + slot as usize) % self.kinds.len();
            add(&self.hosts[self.kinds[host] as usize]);
            spot.host = Some(host as u32);
        }
        spot
    }

    /// Who disturbs the dynos of a class.
    pub fn of_class(&self, app: AppId, class: u32) -> Option<Antagonist> {
        self.apps[app.index()].classes[class as usize].antagonist
    }

    /// Who disturbs each host: its kind's name, its number among those of its kind, and the
    /// antagonist.
    pub fn disturbed(&self) -> Vec<Option<(&str, u64, Antagonist)>> {
        let mut seen = vec![0; self.hosts.len()];
        let of = |&kind: &u32| {
            let (host, number) = (&self.hosts[kind as usize], seen[kind as usize]);
            seen[kind as usize] += 1;
            host.antagonist.map(|antagonist| (host.name.as_str(), number, antagonist))
        };
        self.kinds.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests;
