//! `dagor`: WeChat's overload control. Below a level of priority all is turned away; the level moves
//! with the mean wait in the queue.
//!
//! An attempt's level is 128 times its business priority (its class, 0 for `critical-plus` to 3) plus its
//! user priority (a hash of user and hour, 0 to 127; another one each hour, so that nobody is always
//! unlucky). Low levels go first. A window ends with the first attempt that comes a `window` or
//! `requests` attempts after its begin. Then, with `came` and `admitted` the attempts of the window:
//!
//! ```text
//! mean wait of those that left the queue > threshold:
//!     the level falls until at most (1 - down) * admitted of the window were below it
//! else:
//!     the level rises until at least admitted + up * came of the window were below it
//! ```
//!
//! Source: Zhou et al., "Overload control for scaling WeChat microservices" (DAGOR), SoCC 2018, as told
//! by A. Colyer (blog.acolyer.org, 16 Nov 2018): 20 ms, 1 s or 2,000 requests, 5 % and 1 %.

use super::{Newcomer, Shedder, Shedding};
use crate::config::{Kind, Page};
use crate::protect::Criticality;
use crate::rng::mix;
use crate::time::{SimTime, Span};
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Shedding> = Kind {
    name: "dagor",
    summary: "a level of priority that moves with the mean wait in the queue (WeChat)",
    page: Page {
        settings: &[
            ("threshold", "a mean wait above it is overload"),
            ("window", "the level moves after this long,"),
            ("requests", "or after this many attempts, whichever comes first"),
            ("down", "the share of the admitted that overload takes away"),
            ("up", "the share of those who came that its absence gives back"),
        ],
        sections: &[
            (
                "Rule",
                "Level: 128 x class + a hash of user and hour, 0 to 127. Overload is a mean wait in the router above `threshold`. It lowers the number admitted by `down`, else the number rises by `up` of all that came; the level moves along the histogram of the window until it is reached.",
            ),
            (
                "Knows",
                "How long the router's own attempts of the app waited in it, and the class and the user of each.",
            ),
            (
                "Wins",
                "When a user needs several requests to get anywhere: the same users pass for an hour, instead of each request by chance. It needs a `mesh.limit` near the dynos' workers: a queue that stands in the dynos is not seen.",
            ),
            (
                "Source",
                "Zhou et al., Overload control for scaling WeChat microservices, SoCC 2018.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let threshold = fields.or("threshold", Span::from_millis(20));
            let window = fields.or("window", Span::from_secs(1));
            fields.require("window", window >= Span::from_millis(1), "at least 1ms");
            let requests = fields.or("requests", 2_000_u32);
            fields.require("requests", requests >= 1, "at least 1");
            let down = fields.or("down", Ratio(0.05)).0;
            fields.require("down", down > 0.0, "more than 0");
            let up = fields.or("up", Ratio(0.01)).0;
            fields.require("up", up > 0.0, "more than 0");
            let settings = Settings { threshold, window, requests, down, up };
            Shedding::new("dagor", false, move || Dagor::new(settings))
        })
    },
};

/// The settings.
#[derive(Clone, Copy, Debug)]
struct Settings {
    threshold: Span,
    window: Span,
    requests: u32,
    down: f64,
    up: f64,
}

/// User priorities within a class.
const USERS: usize = 128;
/// All levels.
const LEVELS: usize = USERS * Criticality::COUNT;
/// After so long a user's priority is another one.
const ROTATION: u64 = 3600 * 1_000_000_000;

/// The rule at work.
struct Dagor {
    settings: Settings,
    /// Levels below this one are admitted.
    admitted_levels: usize,
    /// What came in the window, by level.
    came: Box<[u32; LEVELS]>,
    total: u32,
    admitted: u32,
    began: SimTime,
    /// Those that left the queue in the window, and how long they waited together.
    left: u32,
    waits: Span,
}

impl Dagor {
    fn new(settings: Settings) -> Dagor {
        Dagor {
            settings,
            admitted_levels: LEVELS,
            came: Box::new([0; LEVELS]),
            total: 0,
            admitted: 0,
            began: SimTime::ZERO,
            left: 0,
            waits: Span::ZERO,
        }
    }

    /// Moves the level and begins another window.
    fn close(&mut self, now: SimTime) {
        let Settings { threshold, down, up, .. } = self.settings;
        let overloaded = self.waits > threshold * u64::from(self.left);
        let admitted = f64::from(self.admitted);
        // How many of the window the levels below the mark have.
        let mut below = admitted;
        if overloaded {
            let wanted = (1.0 - down) * admitted;
            while below > wanted {
                self.admitted_levels -= 1;
                below -= f64::from(self.came[self.admitted_levels]);
            }
        } else {
            let wanted = admitted + up * f64::from(self.total);
            while below < wanted && self.admitted_levels < LEVELS {
                below += f64::from(self.came[self.admitted_levels]);
                self.admitted_levels += 1;
            }
        }
        self.came.fill(0);
        (self.total, self.admitted, self.began) = (0, 0, now);
        (self.left, self.waits) = (0, Span::ZERO);
    }
}

/// An attempt's level, 0 for the most important.
fn level(newcomer: &Newcomer) -> usize {
    let hour = newcomer.now.nanos() / ROTATION;
    let user = mix(newcomer.key ^ mix(hour.wrapping_add(1))) % USERS as u64;
    newcomer.criticality as usize * USERS + user as usize
}

impl Shedder for Dagor {
    fn sheds(&mut self, newcomer: &Newcomer) -> bool {
        let Settings { window, requests, .. } = self.settings;
        if self.total >= requests || newcomer.now.since(self.began) >= window {
            self.close(newcomer.now);
        }
        let level = level(newcomer);
        let admits = level < self.admitted_levels;
        self.came[level] += 1;
        self.total += 1;
        self.admitted += u32::from(admits);
        !admits
    }

    fn waited(&mut self, wait: Span) {
        self.left += 1;
        self.waits += wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: Settings = Settings {
        threshold: Span::from_millis(20),
        window: Span::from_secs(1),
        requests: 2_000,
        down: 0.05,
        up: 0.01,
    };

    /// Lets users 0 to 999 of a class come at the same instant; gives who is admitted.
    fn come(dagor: &mut Dagor, criticality: Criticality, second: u64) -> Vec<u64> {
        let now = SimTime::from_nanos(second * 1_000_000_000);
        let newcomer = |key| Newcomer { criticality, key, now, held: 0, places: 0 };
        (0..1_000).filter(|key| !dagor.sheds(&newcomer(*key))).collect()
    }

    #[test]
    fn overload_takes_a_twentieth_and_its_absence_gives_a_hundredth_back() {
        let mut dagor = Dagor::new(DEFAULTS);
        assert_eq!(come(&mut dagor, Criticality::Critical, 0).len(), 1_000);
        // Exactly 20 ms is no overload, a nanosecond more is.
        dagor.waited(Span::from_millis(20));
        assert_eq!(come(&mut dagor, Criticality::Critical, 1).len(), 1_000);
        dagor.waited(Span::from_millis(40));
        dagor.waited(Span::from_nanos(1));
        let fewer = come(&mut dagor, Criticality::Critical, 2).len();
        // As many whole user levels as fit into 950: a level has about 8 of the thousand.
        assert!((930..=950).contains(&fewer), "{fewer}");
        dagor.waited(Span::from_secs(1));
        let fewest = come(&mut dagor, Criticality::Critical, 3).len();
        assert!(fewest as f64 <= fewer as f64 * 0.95 && fewest > fewer - 70, "{fewest}");
        let more = come(&mut dagor, Criticality::Critical, 4).len();
        assert!((fewest + 10..fewest + 30).contains(&more), "{fewest} {more}");
        for second in 5..20 {
            come(&mut dagor, Criticality::Critical, second);
        }
        assert_eq!(come(&mut dagor, Criticality::Critical, 20).len(), 1_000);
    }

    #[test]
    fn the_lower_class_goes_first_and_the_same_users_pass_for_an_hour() {
        let mut dagor = Dagor::new(Settings { requests: 1_000_000, ..DEFAULTS });
        for second in 0..30 {
            come(&mut dagor, Criticality::CriticalPlus, second);
            come(&mut dagor, Criticality::Sheddable, second);
            dagor.waited(Span::from_secs(1));
        }
        // 0.95 to the 30th is a fifth: all of the lower class are gone, and more than half of the other.
        let passed = come(&mut dagor, Criticality::CriticalPlus, 30);
        assert!((300..500).contains(&passed.len()), "{}", passed.len());
        assert!(come(&mut dagor, Criticality::Sheddable, 30).is_empty());
        let levels = dagor.admitted_levels;
        assert_eq!(come(&mut dagor, Criticality::CriticalPlus, 30), passed);
        dagor.began = SimTime::from_nanos(3_600_000_000_000);
        dagor.admitted_levels = levels;
        let others = come(&mut dagor, Criticality::CriticalPlus, 3_600);
        let both = passed.iter().filter(|user| others.contains(user)).count();
        assert!(both < passed.len() * 2 / 3, "{both} of {}", passed.len());
    }

    #[test]
    fn it_opens_again_however_few_come() {
        let mut dagor = Dagor::new(DEFAULTS);
        let newcomer = |second: u64| Newcomer {
            criticality: Criticality::Sheddable,
            key: 7,
            now: SimTime::from_nanos(second * 1_000_000_000),
            held: 0,
            places: 0,
        };
        assert!(!dagor.sheds(&newcomer(0)));
        dagor.waited(Span::from_secs(1));
        assert!(dagor.sheds(&newcomer(1)));
        assert!(!dagor.sheds(&newcomer(2)));
    }
}
