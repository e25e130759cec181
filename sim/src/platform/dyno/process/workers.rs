//! `workers`: pre-forked processes. Each serves one attempt from begin to end, whether it computes or
//! waits; the others wait in the listen backlog.
//!
//! unicorn and other pre-forking servers; `count = 1` is thin. One dyno is a queue G/G/c, first in
//! first out. Every worker has a core when it needs one: the share of CPU in the work plays no role.

use super::{Process, Sharing, read_backlog};
use crate::config::{Kind, Page};

/// The registry's row.
pub(super) const KIND: Kind<Process> = Kind {
    name: "workers",
    summary: "pre-forked workers, one request each; the others wait in the listen backlog (unicorn)",
    page: Page {
        settings: &[
            ("count", "workers a dyno"),
            ("backlog", "connections that wait for a worker; more are refused"),
        ],
        sections: &[
            (
                "Rule",
                "A free worker takes the oldest connection of the backlog and serves it to its end. It is busy with it also while the request waits for a database or another service.",
            ),
            (
                "Fits",
                "unicorn, thin (`count = 1`), Apache's prefork, gunicorn's sync workers. As many slow requests as there are workers stop a dyno.",
            ),
            (
                "Source",
                "Talk \"How the cloud got its groove back\" (2010): thin, one at a time; unicorn's documentation for the backlog of 1024.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let most = fields.or("count", 1_u32);
            fields.require("count", (1..=100_000).contains(&most), "from 1 to 100000");
            Process { most, backlog: read_backlog(fields), cpu: Sharing::Own }
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;
    use crate::units::Limit;

    #[test]
    fn one_worker_is_the_default() {
        assert_eq!(read("process = \"workers\""), (Process::default(), vec![]));
        let (process, problems) = read("process.workers = { count = 8, backlog = \"unlimited\" }");
        assert_eq!((process.most, process.width(), process.backlog), (8, 8, Limit::Unlimited));
        assert!(problems.is_empty());
    }

    #[test]
    fn no_workers_are_refused() {
        let (_, problems) = read("process.workers.count = 0");
        assert_eq!(problems, ["`process.workers.count` must be from 1 to 100000, found `0`"]);
    }
}
