//! `uniform`: every key is as popular as any other.

use super::{Law, Popularity};
use crate::config::{Kind, Page};
use crate::rng::Stream;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Popularity> = Kind {
    name: "uniform",
    summary: "every key as popular as any other: `keys = { count = 10000, uniform = {} }`",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Each request is about one of `count` keys, each as likely, in one draw. `count` stands beside the kind and is 10000 where it is left out.",
            ),
            (
                "Wins",
                "As the case that is kind to hashing: what is uneven then comes from the hash alone. Real keys are rarely so even.",
            ),
            ("Source", "Our choice, as the case to compare `zipf` with."),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Box::new(|count| Arc::new(Uniform { count }))
    },
};

#[derive(Debug)]
struct Uniform {
    count: u32,
}

impl Law for Uniform {
    fn rank(&self, rng: &mut Stream) -> u32 {
        rng.below(self.count as usize) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn every_key_is_as_likely() {
        let law = Uniform { count: 10 };
        let mut rng = Stream::named(Seed { scenario: 2, replication: 0 }, "keys", 0);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[law.rank(&mut rng) as usize] += 1;
        }
        // Five standard deviations are 475.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 475), "{counts:?}");
    }
}
