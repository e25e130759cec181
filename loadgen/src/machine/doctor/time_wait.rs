//! How many ports closed connections still hold.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "time-wait", summary: "closed connections that still hold a port", find };

fn find(examined: &Examined) -> Option<Finding> {
    let held = examined.time_wait?;
    let ports = examined.limits.port_count()?;
    let share = held as f64 / ports as f64;
    let verdict = Verdict::of_at_most(share, 0.25, 0.75);
    let reuse = match examined.limits.time_wait_reuse {
        Some(0) => "their ports are not taken again before 60 s",
        Some(1) => "their ports are taken again after a second",
        Some(2) => "their ports are taken again after a second on loopback, elsewhere after 60 s",
        _ => "whether their ports are taken again sooner is unknown",
    };
    let found = format!("{held} in TIME_WAIT, {:.0}% of {ports} ports", share * 100.0);
    let means = format!(
        "{reuse}; at most {} connections a second can be closed by one source address to one target \
         where ports wait for 60 s",
        ports / 60
    );
    let fix = "sudo sysctl -w net.ipv4.tcp_tw_reuse=1  # or wait a minute, or keep connections";
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    #[test]
    fn the_share_of_ports_decides() {
        for (held, reuse, verdict, part) in [
            (0, Some(2), Verdict::Fine, "on loopback"),
            (10_000, Some(0), Verdict::Mind, "not taken again"),
            (25_000, None, Verdict::Bad, "unknown"),
        ] {
            let limits = Limits {
                ports: Some((32_768, 60_999)),
                time_wait_reuse: reuse,
                ..Limits::default()
            };
            let examined = Examined { limits, time_wait: Some(held), ..Examined::default() };
            let found = find(&examined).unwrap();
            assert_eq!(found.verdict, verdict, "{held}");
            assert!(found.means.contains(part), "{}", found.means);
        }
    }
}
