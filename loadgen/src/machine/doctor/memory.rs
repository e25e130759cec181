//! How many users the memory has room for.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check = Check { name: "memory", summary: "what is left for users", find };

/// What a user with a kept connection may cost at most, in bytes.
const USER: u64 = 25 << 10;

/// A gibibyte, as people read it.
const GIBIBYTE: f64 = (1_u64 << 30) as f64;

fn find(examined: &Examined) -> Option<Finding> {
    let limits = &examined.limits;
    let left = limits.memory_left()?;
    let users = left / USER;
    let verdict = Verdict::of_at_least(users as f64, 100_000.0, 10_000.0);
    let by_group = limits.memory_group.is_some_and(|group| group == left);
    let whose = if by_group { "the control group allows" } else { "are free" };
    let found = format!("{:.1} GiB {whose}", left as f64 / GIBIBYTE);
    let means = format!(
        "room for about {users} users with a kept connection each, at 25 KiB; a target on this machine \
         needs as much again"
    );
    let fix = if by_group {
        "raise the memory limit of the container, such as `docker update --memory`"
    } else {
        "ps -eo pid,rss,comm --sort=-rss | head  # then stop what need not run"
    };
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    #[test]
    fn whoever_bounds_the_memory_is_named() {
        for (machine, group, verdict, part) in [
            (8 << 30, None, Verdict::Fine, "8.0 GiB are free"),
            (8 << 30, Some(1 << 30), Verdict::Mind, "1.0 GiB the control group allows"),
            (200 << 20, Some(1 << 30), Verdict::Bad, "0.2 GiB are free"),
        ] {
            let limits = Limits {
                memory_available: Some(machine),
                memory_group: group,
                ..Limits::default()
            };
            let found = find(&Examined { limits, ..Examined::default() }).unwrap();
            assert_eq!((found.verdict, &found.found[..]), (verdict, part));
        }
    }
}
