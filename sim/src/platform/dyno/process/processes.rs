//! `processes`: a light process a request, all of them preempted: bursts of CPU share the cores evenly.
//!
//! The BEAM. With n bursts on c cores each runs at min(1, c/n) of a core: processor sharing, the limit
//! of ever shorter time slices. A slow request makes the others slower and stops none of them.

use super::{Process, Sharing, read_backlog, read_connections};
use crate::config::{Kind, Page};

/// The registry's row.
pub(super) const KIND: Kind<Process> = Kind {
    name: "processes",
    summary: "a preempted process a request: all share the cores evenly, waits are free (BEAM)",
    page: Page {
        settings: &[
            ("cores", "cores a dyno"),
            ("connections", "requests that a dyno serves at once"),
            ("backlog", "connections that wait to be accepted; more are refused"),
        ],
        sections: &[
            (
                "Rule",
                "With n requests that compute on c cores, each has min(1, c/n) of a core. A request that waits for another service takes none.",
            ),
            (
                "Fits",
                "Erlang and Elixir on the BEAM, Go, a thread a request without a global lock. A slow request costs the others their share of the CPU and no more: the mean time is that of M/M/1 whatever the law of the work.",
            ),
            (
                "Source",
                "Processor sharing as the limit of time slices: Kleinrock 1967. The BEAM preempts after some 4000 reductions.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let cores = fields.or("cores", 1_u32);
            fields.require("cores", (1..=1024).contains(&cores), "from 1 to 1024");
            let most = read_connections(fields);
            Process { most, backlog: read_backlog(fields), cpu: Sharing::Cores(cores) }
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn cores_are_shared_by_all_connections() {
        let (process, problems) = read("process.processes = { cores = 4, connections = 9 }");
        assert_eq!((process.most, process.width()), (9, 4));
        assert_eq!(process.cpu, Sharing::Cores(4));
        assert!(problems.is_empty());
    }

    #[test]
    fn no_cores_are_refused() {
        let (_, problems) = read("process.processes.cores = 0");
        assert_eq!(problems, ["`process.processes.cores` must be from 1 to 1024, found `0`"]);
    }
}
