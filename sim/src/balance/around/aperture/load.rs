//! `load`: the aperture is widened and narrowed by one dyno to keep the load a dyno within a band.
//!
//! Each router has an order of the dynos of its own, drawn by chance, and uses the first of them. At
//! each change of the attempts that it has under way or queued, their number is smoothed:
//! `ema = number * (1 - w) + ema * w` with `w = e^(-elapsed / window)`. If `ema / width` is at least
//! `high` the aperture is widened by one dyno, if it is at most `low` narrowed by one (Finagle,
//! `LoadBand.scala`, `RandomAperture.scala` and `Ema.scala`). As there, dynos that are not healthy
//! stand behind all others in the order.

use super::Aperture;
use crate::config::{Body, Kind, Page};
use crate::time::{SimTime, Span};

/// The registry's row.
pub const KIND: Kind<Aperture> = Kind {
    name: "load",
    summary: "as many dynos as keep the mean load of each within a band",
    page: Page {
        settings: &[
            ("low", "at or below this load a dyno the aperture is narrowed by one"),
            ("high", "at or above this load a dyno it is widened by one"),
            ("window", "over how long the load is smoothed"),
            ("least", "the fewest dynos in the aperture; it begins with them"),
        ],
        sections: &[
            (
                "Rule",
                "A router uses the first few healthy dynos of an order of its own, drawn by chance. Whenever its number of attempts under way and queued changes, the number is smoothed over `window`; from `high` a dyno on, the aperture is widened by one, down to `low` it is narrowed by one.",
            ),
            ("Knows", "How many attempts the router itself has under way and queued."),
            (
                "Wins",
                "When many routers have little traffic each: all of it then goes to few dynos, which the router knows well. The orders are drawn, so some dynos are in more apertures than others.",
            ),
            ("Source", "Finagle, `LoadBand.scala` with its defaults, `RandomAperture.scala`."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Aperture {
    body.fields(|fields| {
        let band = Band {
            low: fields.or("low", 0.875),
            high: fields.or("high", 1.125),
            window: fields.or("window", Span::from_secs(15)),
            least: fields.or("least", 1),
        };
        fields.require("low", band.low >= 0.0, "at least 0");
        fields.require("high", band.high > band.low, "more than `low`");
        fields.require("least", band.least >= 1, "at least 1");
        Aperture::Load(band)
    })
}

/// The band of the load a dyno.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// At or below it the aperture is narrowed.
    pub low: f64,
    /// At or above it the aperture is widened.
    pub high: f64,
    /// The mean lifetime of what is smoothed.
    pub window: Span,
    /// The fewest dynos.
    pub least: u32,
}

/// How wide the aperture of a router is.
#[derive(Clone, Debug)]
pub struct Width {
    band: Band,
    width: usize,
    /// The smoothed number of attempts, and when it was last brought up to date.
    ema: Option<(f64, SimTime)>,
}

impl Width {
    /// The narrowest.
    pub fn new(band: Band) -> Width {
        Width { band, width: band.least as usize, ema: None }
    }

    /// How many of so many dynos are in the aperture.
    pub fn of(&self, dynos: usize) -> usize {
        self.width.min(dynos)
    }

    /// The router now has so many attempts; `dynos` is how many it could use. True when the width has
    /// changed.
    pub fn offered(&mut self, now: SimTime, attempts: u32, dynos: usize) -> bool {
        let attempts = f64::from(attempts);
        let ema = match self.ema {
            None => attempts,
            Some((ema, at)) => {
                let elapsed = now.since(at).seconds();
                let window = self.band.window.seconds();
                let kept = if window > 0.0 { libm::exp(-elapsed / window) } else { 0.0 };
                attempts * (1.0 - kept) + ema * kept
            }
        };
        self.ema = Some((ema, now));
        let most = dynos.max(1);
        let least = (self.band.least as usize).min(most);
        let was = self.width;
        self.width = self.width.clamp(least, most);
        let load = ema / self.width as f64;
        if load >= self.band.high && self.width < most {
            self.width += 1;
        } else if load <= self.band.low && self.width > least {
            self.width -= 1;
        }
        self.width != was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(window: u64) -> Band {
        Band { low: 0.875, high: 1.125, window: Span::from_secs(window), least: 1 }
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn the_width_follows_the_load_by_one_a_change() {
        let mut width = Width::new(band(0));
        let mut widths = Vec::new();
        for attempts in [1, 2, 3, 4, 4, 4, 9, 9, 9, 9, 3, 3, 3, 0, 0, 0] {
            width.offered(at(0), attempts, 6);
            widths.push(width.of(6));
        }
        // Two attempts on one dyno widen it to 2, three on two to 3; then 4/3 to 4, where 4/4 rests.
        // Nine attempts widen it up to the six dynos that there are; then 3/6 narrows it.
        assert_eq!(widths, [1, 2, 3, 4, 4, 4, 5, 6, 6, 6, 5, 4, 3, 2, 1, 1]);
    }

    #[test]
    fn the_number_is_smoothed_over_the_window() {
        let mut width = Width::new(band(10));
        width.offered(at(0), 0, 9);
        // After ten seconds at four the mean is 4 (1 - 1/e) = 2.53: wider by one.
        assert!(width.offered(at(10), 4, 9));
        assert!((width.ema.unwrap().0 - 4.0 * (1.0 - libm::exp(-1.0))).abs() < 1e-12);
        // At the same instant nothing has passed: the mean stays, and 2.53 / 2 still widens.
        assert!(width.offered(at(10), 99, 9));
        assert_eq!(width.of(9), 3);
        assert!(!Width::new(band(10)).offered(at(0), 1, 9), "one attempt on one dyno is right");
    }

    #[test]
    fn it_stays_between_the_least_and_the_dynos() {
        let mut width = Width::new(Band { least: 3, ..band(0) });
        assert_eq!((width.of(9), width.of(2)), (3, 2));
        assert!(!width.offered(at(1), 0, 9));
        for _ in 0..20 {
            width.offered(at(2), 100, 5);
        }
        assert_eq!(width.of(9), 5);
        width.offered(at(3), 100, 2);
        assert_eq!(width.of(9), 2, "three of five dynos have gone");
    }
}
