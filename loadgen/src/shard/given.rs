//! What shards were given on their command lines, and in what two of them differ.

use sim::scenario::Overrides;

/// In what the command lines of two shards differ; nothing where they set the same, in any order.
pub(super) fn difference(one: &Overrides, other: &Overrides) -> Option<String> {
    let (one, other) = (arguments(one), arguments(other));
    let beyond = |all: &[String], known: &[String]| {
        let own = all.iter().filter(|argument| !known.contains(argument));
        own.map(|argument| format!("`{argument}`")).collect::<Vec<_>>().join(" ")
    };
    let (first, second) = (beyond(&one, &other), beyond(&other, &one));
    match (first.is_empty(), second.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("one was given {first} and the other was not")),
        (true, false) => Some(format!("one was given {second} and the other was not")),
        (false, false) => Some(format!("one was given {first} and the other {second}")),
    }
}

/// The arguments by which a scenario was changed, as they are written.
fn arguments(overrides: &Overrides) -> Vec<String> {
    let Overrides { set, options, vary, only, seed, replications, precision } = overrides;
    let pair =
        |option: &str, (path, value): &(String, String)| format!("--{option} {path}={value}");
    let set = set.iter().map(|setting| pair("set", setting));
    let options = options.iter().map(ToString::to_string);
    let vary = vary.iter().map(|axis| pair("vary", axis));
    let only = only.iter().map(|variant| format!("--only {variant}"));
    let numbers = [("seed", *seed), ("replications", replications.map(u64::from))];
    let numbers =
        numbers.into_iter().filter_map(|(option, n)| n.map(|n| format!("--{option} {n}")));
    let precision = precision.iter().map(|share| format!("--precision {share}"));
    set.chain(options).chain(vary).chain(only).chain(numbers).chain(precision).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{Given, Opted};

    fn overrides(target: &str, set: &[&str], seed: Option<u64>) -> Overrides {
        let given = Given::One(target.into());
        let target = Opted { option: "--target".into(), path: "load.target".into(), given };
        let set = set.iter().map(|path| ((*path).into(), "1".into())).collect();
        Overrides { set, options: vec![target], seed, ..Overrides::default() }
    }

    #[test]
    fn what_differs_is_told_as_it_was_written() {
        let one = overrides("http://a", &["mesh.limit", "mesh.hop"], Some(7));
        let differs = |other: &Overrides| difference(&one, other);
        assert_eq!(differs(&overrides("http://a", &["mesh.hop", "mesh.limit"], Some(7))), None);
        for (other, expected) in [
            (
                overrides("http://b", &["mesh.limit", "mesh.hop"], Some(7)),
                "one was given `--target http://a` and the other `--target http://b`",
            ),
            (
                overrides("http://a", &["mesh.hop"], None),
                "one was given `--set mesh.limit=1` `--seed 7` and the other was not",
            ),
            (
                Overrides { only: vec!["p2c".into()], ..one.clone() },
                "one was given `--only p2c` and the other was not",
            ),
        ] {
            assert_eq!(differs(&other).as_deref(), Some(expected));
        }
    }
}
