//! How many connections may wait at a server of this machine.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "backlog", summary: "the longest queue of connections for `accept`", find };

fn find(examined: &Examined) -> Option<Finding> {
    let limits = &examined.limits;
    let somaxconn = limits.somaxconn?;
    let least = limits.syn_backlog.map_or(somaxconn, |syn| syn.min(somaxconn));
    let verdict = Verdict::of_at_least(least as f64, 1024.0, 129.0);
    let half_open = limits.syn_backlog.map_or("unknown".into(), |syn| syn.to_string());
    let found = format!("somaxconn {somaxconn}, tcp_max_syn_backlog {half_open}");
    let means = format!(
        "a server on this machine queues at most {least} new connections, whatever it asks for; more at \
         once wait a second or longer for a second SYN, which shows as latency"
    );
    let fix = "sudo sysctl -w net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096  # then restart \
               the server";
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    #[test]
    fn the_shorter_of_both_queues_counts() {
        for (somaxconn, syn, verdict) in [
            (4096, Some(2048), Verdict::Fine),
            (4096, Some(512), Verdict::Mind),
            (4096, None, Verdict::Fine),
            (128, Some(2048), Verdict::Bad),
        ] {
            let limits =
                Limits { somaxconn: Some(somaxconn), syn_backlog: syn, ..Limits::default() };
            let found = find(&Examined { limits, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{somaxconn} {syn:?}");
            assert_eq!(found.fix.is_some(), verdict != Verdict::Fine);
        }
    }
}
