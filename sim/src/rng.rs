//! Named streams of random numbers.
//!
//! Every use of chance has a stream of its own, named by what it is for, so that a new draw in one
//! component moves no other, and every variant of a scenario sees the same traffic (common random
//! numbers). The generator is xoshiro256++ (Blackman and Vigna 2021), portable and seeded by
//! SplitMix64 from the seed, the replication, the name and an index.

use rand::rand_core::{Infallible, SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What makes a run repeatable: the scenario's seed and the replication's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The scenario's seed.
    pub scenario: u64,
    /// Which replication of it, from zero.
    pub replication: u32,
}

/// A family of streams that share a name: the name is hashed once, the streams are numbered.
#[derive(Clone, Copy, Debug)]
pub struct Streams(u64);

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every input bit reaches every output
/// bit.
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The hash of no bytes.
pub const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of 64 bits (Fowler, Noll and Vo) over some bytes, which go on from the hash of those before.
pub fn fnv1a(before: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(before, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number strictly between 0 and 1 that random bits stand for: the bits become the fraction of
/// a number from 1 to 2, from which a little less than 1 is taken. Exact, and without a conversion.
pub fn unit_of(bits: u64) -> f64 {
    f64::from_bits((bits >> 12) | 0x3ff0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0)
}

impl Streams {
    /// The streams called `name` under this seed, such as `"client.browsers.arrivals"`.
    pub fn named(seed: Seed, name: &str) -> Streams {
        let hash = fnv1a(FNV_BASIS, name.bytes());
        let seeded = mix(seed.scenario.wrapping_add(GOLDEN));
        let replicated = mix(seeded ^ u64::from(seed.replication).wrapping_mul(GOLDEN));
        Streams(mix(replicated ^ hash))
    }

    /// Stream number `index` of this family.
    pub fn stream(self, index: u64) -> Stream {
        let state = mix(self.0.wrapping_add(index.wrapping_mul(GOLDEN)));
        Stream(Xoshiro256PlusPlus::seed_from_u64(state))
    }
}

impl Stream {
    /// The stream called `name` with this index.
    pub fn named(seed: Seed, name: &str, index: u64) -> Stream {
        Streams::named(seed, name).stream(index)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let Ok(bits) = self.0.try_next_u64();
        bits
    }

    /// A number strictly between 0 and 1, from one draw of 52 bits: an odd multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        unit_of(self.bits())
    }

    /// A whole number below `bound`, from one draw (multiply and shift, Lemire 2019; the bias is
    /// below `bound` / 2^64). Panics when `bound` is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "there is no number below zero");
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // From the test vectors of FNV's authors.
        for (text, hash) in
            [("", FNV_BASIS), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(FNV_BASIS, text.bytes()), hash, "{text}");
        }
        let (one, other) = ("foo".bytes(), "bar".bytes());
        assert_eq!(fnv1a(fnv1a(FNV_BASIS, one), other), 0x8594_4171_f739_67e8, "it goes on");
    }

    const SEED: Seed = Seed { scenario: 1, replication: 0 };

    #[test]
    fn streams_are_fixed_for_all_time() {
        // A change here changes every report: it must be a decision, never an accident.
        let mut stream = Stream::named(SEED, "client.browsers", 0);
        let first: Vec<u64> = (0..3).map(|_| stream.bits()).collect();
        let mut again = Stream::named(SEED, "client.browsers", 0);
        assert_eq!(first, (0..3).map(|_| again.bits()).collect::<Vec<_>>());
    }

    #[test]
    fn names_indices_seeds_and_replications_all_matter() {
        let base = Stream::named(SEED, "a", 0).bits();
        assert_ne!(base, Stream::named(SEED, "b", 0).bits());
        assert_ne!(base, Stream::named(SEED, "a", 1).bits());
        assert_ne!(base, Stream::named(Seed { replication: 1, ..SEED }, "a", 0).bits());
        assert_ne!(base, Stream::named(Seed { scenario: 2, ..SEED }, "a", 0).bits());
    }

    #[test]
    fn a_unit_is_never_zero_nor_one() {
        for (bits, unit) in [
            (0, f64::EPSILON / 2.0),
            (u64::MAX, 1.0 - f64::EPSILON / 2.0),
            (1 << 63, 0.5 + f64::EPSILON / 2.0),
        ] {
            assert_eq!(unit_of(bits), unit);
        }
    }

    #[test]
    fn neighbouring_streams_are_uncorrelated() {
        let streams = Streams::named(SEED, "request");
        let n = 100_000_u64;
        let pairs = (0..n).map(|i| (streams.stream(i).unit(), streams.stream(i + 1).unit()));
        let (mut sum, mut product) = (0.0, 0.0);
        for (x, y) in pairs {
            sum += x - 0.5;
            product += (x - 0.5) * (y - 0.5);
        }
        // Five standard deviations: 1/sqrt(12 n) and 1/(12 sqrt n).
        assert!((sum / n as f64).abs() < 5.0 / (12.0 * n as f64).sqrt());
        assert!((product / n as f64).abs() < 5.0 / (12.0 * (n as f64).sqrt()));
    }

    #[test]
    fn below_reaches_every_number() {
        let mut stream = Stream::named(SEED, "below", 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[stream.below(7)] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
    }
}
