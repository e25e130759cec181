//! How many connections one source address can hold to one target.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "ports", summary: "ephemeral ports that connections go out from", find };

fn find(examined: &Examined) -> Option<Finding> {
    let limits = &examined.limits;
    let (first, last) = limits.ports?;
    let (all, quick) = (limits.port_count()?, limits.quick_connections()?);
    let verdict = Verdict::of_at_least(quick as f64, 14_000.0, 1000.0);
    let found = format!("ports {first} to {last}: {all}");
    let pairs = 100_000_u64.div_ceil(quick.max(1));
    let means = format!(
        "one source address holds {quick} connections to one target address and port before `connect` \
         becomes slow, and {all} at most; 100000 need {pairs} pairs of addresses"
    );
    let fix = "sudo sysctl -w net.ipv4.ip_local_port_range='10240 65535'";
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    #[test]
    fn half_of_the_ports_are_quick() {
        for (ports, verdict, part) in [
            ((32_768, 60_999), Verdict::Fine, "need 8 pairs"),
            ((50_000, 59_999), Verdict::Mind, "holds 5000 connections"),
            ((60_000, 60_000), Verdict::Bad, "and 1 at most"),
        ] {
            let limits = Limits { ports: Some(ports), ..Limits::default() };
            let found = find(&Examined { limits, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{ports:?}");
            assert!(found.means.contains(part), "{}", found.means);
        }
    }
}
