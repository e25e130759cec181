//! `zipf`: the k-th most popular key has a share of requests in proportion to 1 / k^s.
//!
//! Drawn by rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates
//! from monotone discrete distributions", 1996): exact, without a table, in little more than one draw
//! on average. The law 1 / x^s is integrated from the middle before each rank to the middle after it,
//! inverted at a draw, and the rank that is hit kept with the probability that makes up for the bend
//! of the curve.

use super::{Law, Popularity};
use crate::config::{Body, Kind, Page};
use crate::rng::Stream;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Popularity> = Kind {
    name: "zipf",
    summary: "the k-th key in proportion to 1/k^s: `keys = { count = 10000, zipf = 1.0 }`",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Each request is about one of `count` keys, the k-th most popular one in proportion to 1/k^s, where s is the number behind `zipf`: 0 is even, and the larger the more of the requests are about a few keys. `count` stands beside the kind and is 10000 where it is left out.",
            ),
            (
                "Wins",
                "As what traffic looks like: web pages, cache keys and tenants are near s = 1, caches of the large sites between 0.6 and 1.5. It is what makes hashing uneven: with s = 1 and 10000 keys every tenth request is about one key, and one dyno gets all of those.",
            ),
            (
                "Source",
                "Hörmann and Derflinger 1996 for the way to draw; Yang, Yue and Rashmi, \"A large scale analysis of hundreds of in-memory cache clusters at Twitter\" (2020) for s.",
            ),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Popularity {
    let noted = body.reading.problems();
    let s: f64 = body.value();
    let holds = (0.0..=10.0).contains(&s);
    if !holds && body.reading.problems() == noted {
        let message = format!("`{}` must be from 0 to 10, found `{s:?}`", body.path);
        body.complain(message, "must be from 0 to 10", "most real popularities are near 1");
    }
    let s = if holds { s } else { 1.0 };
    Box::new(move |count| Arc::new(Zipf::new(s, count)))
}

#[derive(Debug)]
struct Zipf {
    s: f64,
    count: u32,
    /// The integral up to the middle after rank 1, less the whole of rank 1.
    from: f64,
    /// The integral up to the middle after the last rank.
    to: f64,
    /// Up to this far before a rank all is kept without a look at the curve.
    sure: f64,
}

impl Zipf {
    fn new(s: f64, count: u32) -> Zipf {
        let mut zipf = Zipf { s, count, from: 0.0, to: 0.0, sure: 0.0 };
        zipf.from = zipf.integral(1.5) - 1.0;
        zipf.to = zipf.integral(f64::from(count) + 0.5);
        zipf.sure = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.density(2.0));
        zipf
    }

    /// x^-s.
    fn density(&self, x: f64) -> f64 {
        libm::exp(-self.s * libm::log(x))
    }

    /// The integral of the density from 1 to `x`: (x^(1-s) - 1) / (1 - s), or ln x for s = 1.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        log * over(libm::expm1, (1.0 - self.s) * log)
    }

    /// The x at which the integral is `y`.
    fn inverse(&self, y: f64) -> f64 {
        // Rounding must not lead out of the logarithm's domain.
        let t = (y * (1.0 - self.s)).max(-1.0);
        libm::exp(y * over(libm::log1p, t))
    }
}

/// f(t) / t for a function that is t near 0, where it is 1.
fn over(f: fn(f64) -> f64, t: f64) -> f64 {
    if t.abs() < 1e-300 { 1.0 } else { f(t) / t }
}

impl Law for Zipf {
    fn rank(&self, rng: &mut Stream) -> u32 {
        loop {
            let y = self.to + rng.unit() * (self.from - self.to);
            let x = self.inverse(y);
            let rank = ((x + 0.5) as u32).clamp(1, self.count);
            let k = f64::from(rank);
            if k - x <= self.sure || y >= self.integral(k + 0.5) - self.density(k) {
                return rank - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    fn stream() -> Stream {
        Stream::named(Seed { scenario: 11, replication: 0 }, "keys", 0)
    }

    /// Compares how often each rank comes with 1 / k^s, ranks of few expected draws together.
    fn check(s: f64, count: u32) {
        const DRAWS: u32 = 100_000;
        let (law, mut rng) = (Zipf::new(s, count), stream());
        let mut counts = vec![0_u32; count as usize];
        for _ in 0..DRAWS {
            counts[law.rank(&mut rng) as usize] += 1;
        }
        let weight = |k: u32| libm::pow(f64::from(k), -s);
        let sum: f64 = (1..=count).map(weight).sum();
        let (mut square, mut cells, mut expected, mut found) = (0.0, 0_u32, 0.0, 0.0);
        for k in 1..=count {
            expected += f64::from(DRAWS) * weight(k) / sum;
            found += f64::from(counts[k as usize - 1]);
            if expected >= 20.0 || k == count && expected >= 5.0 {
                square += (found - expected) * (found - expected) / expected;
                (cells, expected, found) = (cells + 1, 0.0, 0.0);
            }
        }
        // Chi squared: mean and variance are its degrees of freedom, and twice that.
        let freedom = f64::from(cells.saturating_sub(1));
        let bound = freedom + 4.0 * (2.0 * freedom).sqrt() + 8.0;
        assert!(square <= bound, "s {s}, {count} keys: {square} for {freedom}");
    }

    #[test]
    fn ranks_are_as_frequent_as_the_law_says() {
        for s in [0.0, 0.5, 0.99, 1.0, 1.000_001, 1.2, 2.0, 3.5, 10.0] {
            for count in [1, 2, 3, 10, 1_000, 50_000] {
                check(s, count);
            }
        }
    }

    #[test]
    fn the_most_keys_need_no_memory_and_few_draws() {
        for s in [0.0, 1.0, 2.0, 10.0] {
            let (law, mut rng) = (Zipf::new(s, 10_000_000), stream());
            let most = (0..10_000).map(|_| law.rank(&mut rng)).max().unwrap();
            assert!(most < 10_000_000, "{most}");
            assert!(s > 0.0 || most > 9_900_000, "{most}");
            // What is rejected is drawn again: it must be seldom.
            let (mut a, mut b) = (stream(), stream());
            (0..10_000).for_each(|_| assert!(law.rank(&mut a) < 10_000_000));
            let next = a.bits();
            let draws = (0..20_000).take_while(|_| b.bits() != next).count();
            assert!(draws < 12_500, "{draws} draws for 10000 ranks at {s}");
        }
    }
}
