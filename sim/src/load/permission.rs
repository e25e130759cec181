//! How a host on another machine is permitted, in the words of whoever named it: settings of `[load]`,
//! or options of the command line that stand for them.
//!
//! These words are all there are: what complains of a host takes them from here.

use crate::config::Place;

/// What a user can write to permit a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Settings of `[load]`.
    Settings,
    /// Options such as `--allow HOST`.
    Options,
    /// Any of both: it is not known who named the host.
    Both,
}

impl Permission {
    /// For what was written at a place of the scenario, or on a command line that has `options` for it.
    pub(super) fn at(place: Place, options: bool) -> Permission {
        if place.source > 0 && options { Permission::Options } else { Permission::Settings }
    }

    /// The list of the hosts that may be sent to, as it is called.
    pub(super) fn list(self) -> &'static str {
        match self {
            Permission::Settings => "in `load.allow`",
            Permission::Options => "allowed by `--allow`",
            Permission::Both => "allowed",
        }
    }

    /// What to add for a host that is not permitted.
    pub fn of_host(self, host: &str) -> String {
        let settings = format!("`allow = [\"{host}\"]`, `rate-max` and `users-max`");
        let options = format!("`--allow {host} --rate-max 500/s --users-max 1000`");
        let add = match self {
            Permission::Settings => settings,
            Permission::Options => format!("{options}, with bounds that it bears"),
            Permission::Both => format!("{options}, or {settings} in `[load]`"),
        };
        format!("if it is yours to load, add {add}")
    }

    /// What to add where a host is permitted and nothing bounds what it gets: `rate-max`, `users-max`.
    pub fn of_bound(self, key: &str) -> String {
        let (written, given) = match key {
            "rate-max" => ("\"500/s\"", "500/s"),
            _ => ("1000", "1000"),
        };
        match self {
            Permission::Settings => format!("add `{key} = {written}`"),
            Permission::Options => format!("add `--{key} {given}`"),
            Permission::Both => {
                format!("add `--{key} {given}`, or `{key} = {written}` in `[load]`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_named_a_host_is_told_in_his_own_words() {
        let place = |source| Place { source, start: 1, end: 2 };
        assert_eq!(Permission::at(place(0), true), Permission::Settings, "the scenario says it");
        assert_eq!(Permission::at(place(1), false), Permission::Settings, "`--set` alone says it");
        assert_eq!(Permission::at(place(1), true), Permission::Options);
        for (words, setting, option) in [
            (Permission::Settings, true, false),
            (Permission::Options, false, true),
            (Permission::Both, true, true),
        ] {
            let host = words.of_host("10.0.0.1");
            assert_eq!(host.contains("`allow = [\"10.0.0.1\"]`"), setting, "{host}");
            assert_eq!(host.contains("`--allow 10.0.0.1 --rate-max"), option, "{host}");
            for (key, written, given) in [
                ("rate-max", "`rate-max = \"500/s\"`", "`--rate-max 500/s`"),
                ("users-max", "`users-max = 1000`", "`--users-max 1000`"),
            ] {
                let bound = words.of_bound(key);
                let found = (bound.contains(written), bound.contains(given));
                assert_eq!(found, (setting, option), "{bound}");
            }
        }
    }
}
