//! `event-loop`: one thread that runs each burst of CPU to its end, in the order in which they came;
//! what waits for others costs nothing.
//!
//! node. A long burst holds up all that is behind it: the second burst of a request, after its wait,
//! goes to the end of the line.

use super::{Process, Sharing, read_backlog, read_connections};
use crate::config::{Kind, Page};

/// The registry's row.
pub(super) const KIND: Kind<Process> = Kind {
    name: "event-loop",
    summary: "one thread runs bursts of CPU to their ends, in turn; waits are free (node)",
    page: Page {
        settings: &[
            ("connections", "requests that a dyno serves at once"),
            ("backlog", "connections that wait to be accepted; more are refused"),
        ],
        sections: &[
            (
                "Rule",
                "Bursts of CPU run one at a time, first in first out, none interrupted. A request that waits for another service stands in no line; when it has waited, its second burst joins the end.",
            ),
            (
                "Fits",
                "node, Twisted, EventMachine: one loop a dyno. Much waiting is free, one long computation stops everything.",
            ),
            (
                "Source",
                "node's documentation, \"Don't block the event loop\". The number of connections is our choice.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let most = read_connections(fields);
            Process { most, backlog: read_backlog(fields), cpu: Sharing::Turns }
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn a_loop_has_one_core_and_many_connections() {
        let (process, problems) = read("process = \"event-loop\"");
        assert_eq!((process.most, process.width(), process.cpu), (10_000, 1, Sharing::Turns));
        assert!(problems.is_empty());
    }

    #[test]
    fn no_connections_are_refused() {
        let (_, problems) = read("process.event-loop.connections = 0");
        let expected = "`process.event-loop.connections` must be from 1 to 1000000, found `0`";
        assert_eq!(problems, [expected]);
    }
}
