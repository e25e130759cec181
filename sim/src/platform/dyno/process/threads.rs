//! `threads`: `processes` times `count` threads. Of each process one thread computes at a time; those
//! that wait leave the lock to the others.
//!
//! puma under MRI's global lock. The threads that compute share as many cores as there are processes,
//! evenly: which process a thread belongs to is left out, so a lock is never idle while a thread of
//! another process wants one.

use super::{Process, Sharing, read_backlog};
use crate::config::{Kind, Page};

/// The registry's row.
pub(super) const KIND: Kind<Process> = Kind {
    name: "threads",
    summary: "threads that share one lock a process for their CPU; waits are free (puma)",
    page: Page {
        settings: &[
            ("count", "threads a process"),
            ("processes", "processes a dyno, each with a lock of its own"),
            ("backlog", "connections that wait for a thread; more are refused"),
        ],
        sections: &[
            (
                "Rule",
                "A dyno serves `count` times `processes` requests at once. Those that compute share `processes` cores evenly, none with more than one; those that wait cost nothing but their thread. Which process a thread belongs to is left out.",
            ),
            (
                "Fits",
                "puma on MRI, threaded gunicorn on CPython: threads under a global lock that is released while they wait. Much `cpu` in the work makes more threads slower, not faster.",
            ),
            (
                "Source",
                "puma's defaults: 5 threads, a backlog of 1024. The lock is passed on every 100 ms in MRI; here without any slice, as processor sharing.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let count = fields.or("count", 5_u32);
            fields.require("count", (1..=10_000).contains(&count), "from 1 to 10000");
            let cores = fields.or("processes", 1_u32);
            fields.require("processes", (1..=100).contains(&cores), "from 1 to 100");
            let most = count.saturating_mul(cores);
            Process { most, backlog: read_backlog(fields), cpu: Sharing::Cores(cores) }
        })
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn each_process_has_its_threads_and_one_core() {
        let (process, problems) = read("process.threads = { count = 3, processes = 2 }");
        assert_eq!((process.most, process.cpu), (6, Sharing::Cores(2)));
        assert!(problems.is_empty());
        let (process, _) = read("process = \"threads\"");
        assert_eq!((process.most, process.width()), (5, 1));
    }

    #[test]
    fn threads_without_a_process_are_refused() {
        let (_, problems) = read("process.threads = { count = 0, processes = 0 }");
        assert_eq!(
            problems,
            [
                "`process.threads.count` must be from 1 to 10000, found `0`",
                "`process.threads.processes` must be from 1 to 100, found `0`",
            ]
        );
    }
}
