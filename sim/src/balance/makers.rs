//! Who builds strategies: real routers have their own words for them, draw in their own ways and break
//! ties in their own ways.
//!
//! What a maker has of a strategy stands in the strategy's file, by [`Strategy::made`]. A strategy that
//! a maker does not have is no choice for a router of that kind.

use super::{KINDS, Strategy};

/// Who builds a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// HAProxy 2.6.
    Haproxy,
    /// nginx 1.22.
    Nginx,
}

/// A strategy as a maker builds it.
#[derive(Clone)]
pub(super) struct Made {
    maker: Maker,
    strategy: Strategy,
}

impl Strategy {
    /// The same where this maker has it, too: in its configuration as `words`.
    pub(super) fn made(mut self, maker: Maker, words: &str, strategy: Strategy) -> Strategy {
        self.made.push(Made { maker, strategy: Strategy { words: words.into(), ..strategy } });
        self
    }

    /// The strategy as this maker builds it; nothing where it has no such strategy, or not with these
    /// settings.
    pub fn by(&self, maker: Maker) -> Option<&Strategy> {
        let made = self.made.iter().find(|made| made.maker == maker)?;
        Some(&made.strategy)
    }

    /// What stands for the strategy in the configuration of the maker who built it, such as `leastconn`
    /// or `random two least_conn`; empty for ours, and for nginx's default.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The names of the strategies that this maker has, in the registry's order.
    pub fn names_by(maker: Maker) -> Vec<&'static str> {
        let has = |name: &&str| Strategy::bare(name).is_some_and(|found| found.by(maker).is_some());
        KINDS.iter().map(|kind| kind.name).filter(has).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_maker_has_what_its_manual_lists() {
        for (maker, wanted) in [
            (
                Maker::Haproxy,
                [
                    ("random", "random(1)"),
                    ("round-robin", "roundrobin"),
                    ("weighted-round-robin", "roundrobin"),
                    ("least-loaded", "leastconn"),
                    ("least-loaded-weighted", "leastconn"),
                    ("first-free", "first"),
                    ("p2c", "random(2)"),
                    ("consistent-hash", "hash"),
                ]
                .as_slice(),
            ),
            (
                Maker::Nginx,
                &[
                    ("random", "random"),
                    ("round-robin", ""),
                    ("weighted-round-robin", ""),
                    ("least-loaded", "least_conn"),
                    ("least-loaded-weighted", "least_conn"),
                    ("p2c", "random two least_conn"),
                    ("consistent-hash", "hash"),
                ],
            ),
        ] {
            let words = |name: &'static str| {
                let strategy = Strategy::bare(name).unwrap();
                (name, strategy.by(maker).unwrap().words().to_string())
            };
            let found: Vec<_> = Strategy::names_by(maker).into_iter().map(words).collect();
            let wanted: Vec<_> = wanted.iter().map(|(n, words)| (*n, words.to_string())).collect();
            assert_eq!(found, wanted, "{maker:?}");
        }
    }
}
