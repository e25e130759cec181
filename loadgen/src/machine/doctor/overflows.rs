//! What listening sockets of this machine lost.

use super::{Check, Drops, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "overflows", summary: "connections that listening sockets dropped", find };

fn find(examined: &Examined) -> Option<Finding> {
    let (before, after) = (examined.drops_before?, examined.drops_after?);
    let lost = |drops: Drops| drops.listen.max(drops.overflows) + drops.syn + drops.cookies;
    let now = lost(after).saturating_sub(lost(before));
    let verdict = match (now, lost(after)) {
        (0, 0) => Verdict::Fine,
        (0, _) => Verdict::Mind,
        _ => Verdict::Bad,
    };
    let Drops { overflows, listen, syn, cookies } = after;
    let found = format!(
        "since the machine started: {overflows} accept queues overflowed, {listen} drops at listening \
         sockets, {syn} SYNs dropped and {cookies} answered with cookies; {now} while looking"
    );
    let means = match verdict {
        Verdict::Fine => "no server of this machine was ever too slow to accept",
        Verdict::Mind => {
            "a server of this machine was once too slow to accept, or its backlog too short; compare \
             before and after a run"
        }
        Verdict::Bad => {
            "a server of this machine loses connections now: its clients see seconds of latency or \
             failed connects"
        }
    };
    let fix = "sudo sysctl -w net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096  # and give the \
               server a backlog as long";
    Some(Finding::new(verdict, found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_is_worse_than_what_was() {
        let drops = |listen: u64| Some(Drops { overflows: listen, listen, syn: 0, cookies: 0 });
        for (before, after, verdict) in
            [(0, 0, Verdict::Fine), (7, 7, Verdict::Mind), (7, 9, Verdict::Bad)]
        {
            let examined = Examined {
                drops_before: drops(before),
                drops_after: drops(after),
                ..Examined::default()
            };
            assert_eq!(find(&examined).unwrap().verdict, verdict, "{before} {after}");
        }
    }
}
