//! The target's queue of new connections, where the target is on this machine.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "listener", summary: "the target's backlog and its drops", find };

fn find(examined: &Examined) -> Option<Finding> {
    let target = examined.target?;
    let listeners = &examined.listeners;
    if listeners.is_empty() {
        let means = "every connection to it will be refused".to_string();
        let fix = format!("start the target so that it listens at {target}");
        let found = format!("nothing listens at {target}");
        return Some(Finding::new(Verdict::Bad, found, means).mended_by(fix));
    }
    let waiting: u64 = listeners.iter().map(|listener| listener.waiting).sum();
    let backlog: Option<u64> = listeners.iter().map(|listener| listener.backlog).sum();
    let dropped: Option<u64> = listeners.iter().map(|listener| listener.dropped).sum();
    let number =
        |value: Option<u64>| value.map_or("unknown".to_string(), |value| value.to_string());
    let full = backlog.is_some_and(|backlog| waiting > 0 && waiting * 2 >= backlog);
    let short = backlog.is_some_and(|backlog| backlog < 1024);
    let verdict = match (full || dropped.is_some_and(|dropped| dropped > 0), short) {
        (true, _) => Verdict::Bad,
        (false, true) => Verdict::Mind,
        (false, false) => Verdict::Fine,
    };
    let found = format!(
        "sockets that listen at {target}: {}; connections: {waiting} wait, room for {}, {} dropped",
        listeners.len(),
        number(backlog),
        number(dropped)
    );
    let means = match verdict {
        Verdict::Fine if backlog.is_none() => {
            "how long its queue may become is unknown: `ss` is not installed"
        }
        Verdict::Fine => "users may connect at once in such numbers",
        Verdict::Mind => {
            "when more users connect at once, some wait a second or longer for a second SYN"
        }
        Verdict::Bad => "it loses connections: its users see seconds of latency or failed connects",
    };
    let fix = "give the server a longer backlog (nginx: listen ... backlog=4096, HAProxy: bind ... backlog \
               4096), at most net.core.somaxconn";
    Some(Finding::new(verdict, found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::doctor::Listener;

    #[test]
    fn a_target_listens_with_room_and_loses_nothing() {
        let target = "127.0.0.1:8080".parse().unwrap();
        let socket = |waiting, backlog, dropped| {
            vec![Listener { address: target, waiting, backlog, dropped, owner: None }]
        };
        for (listeners, verdict, part) in [
            (vec![], Verdict::Bad, "nothing listens at 127.0.0.1:8080"),
            (socket(0, Some(4096), Some(0)), Verdict::Fine, "room for 4096, 0 dropped"),
            (socket(0, None, None), Verdict::Fine, "room for unknown"),
            (socket(0, Some(128), None), Verdict::Mind, "room for 128"),
            (socket(0, Some(4096), Some(3)), Verdict::Bad, "3 dropped"),
            (socket(3000, Some(4096), Some(0)), Verdict::Bad, "3000 wait"),
        ] {
            let examined = Examined { target: Some(target), listeners, ..Examined::default() };
            let found = find(&examined).unwrap();
            assert_eq!(found.verdict, verdict, "{}", found.found);
            assert!(found.found.contains(part), "{}", found.found);
        }
    }
}
