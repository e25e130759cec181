//! What this machine allows a process: files, ports, memory, cores.
//!
//! Read from Linux's `/proc` and `/sys`; on other systems nearly all of it is unknown, and a plan then
//! takes nothing for granted. Nothing here changes a limit. Sources: `getrlimit(2)`,
//! Documentation/networking/ip-sysctl.rst of Linux, proc(5).

use super::root::Root;
use super::{cgroup, text};
use serde::{Deserialize, Serialize};

/// The value of a limit that is none.
pub const UNLIMITED: u64 = u64::MAX;

/// The limits of this process and its machine. What could not be read is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// How many files and sockets this process may hold now; [`UNLIMITED`] where there is no bound.
    pub open_files: Option<u64>,
    /// How far it may raise that by itself.
    pub open_files_most: Option<u64>,
    /// The first and the last of the ports that connections go out from.
    pub ports: Option<(u16, u16)>,
    /// The longest queue of connections that wait for `accept`, whatever a server asks for.
    pub somaxconn: Option<u64>,
    /// How many half-open connections a listening socket keeps.
    pub syn_backlog: Option<u64>,
    /// `net.ipv4.tcp_tw_reuse`: 0 never, 1 always, 2 on loopback only.
    pub time_wait_reuse: Option<u64>,
    /// How many closed connections may stay in TIME_WAIT.
    pub time_wait_most: Option<u64>,
    /// All memory, in bytes.
    pub memory: Option<u64>,
    /// What new processes may take without swapping, in bytes.
    pub memory_available: Option<u64>,
    /// What the control group of this process may still take, in bytes; absent where it is unbounded.
    pub memory_group: Option<u64>,
    /// How many threads can run at once, with what affinity and quota leave of it.
    pub cores: Option<u32>,
    /// The share of cores that the control group grants; absent where it is unbounded.
    pub cores_group: Option<f64>,
}

impl Limits {
    /// The limits of this process.
    pub fn read() -> Limits {
        let mut limits = Limits::read_at(&Root::system());
        let cores = std::thread::available_parallelism().ok();
        limits.cores = cores.and_then(|cores| u32::try_from(cores.get()).ok());
        limits
    }

    /// The limits that the files below a root tell; they know nothing of affinity.
    pub fn read_at(root: &Root) -> Limits {
        let open_files = root.text("/proc/self/limits").and_then(|limits| open_files(&limits));
        let memory = root.text("/proc/meminfo").unwrap_or_default();
        let groups = root.text("/proc/self/cgroup").unwrap_or_default();
        let ipv4 = |name: &str| root.number(&format!("/proc/sys/net/ipv4/{name}"));
        let ports = root.text("/proc/sys/net/ipv4/ip_local_port_range");
        let cpu = root.text("/proc/stat").unwrap_or_default();
        Limits {
            open_files: open_files.map(|(now, _)| now),
            open_files_most: open_files.map(|(_, most)| most),
            ports: ports.and_then(|text| port_range(&text)),
            somaxconn: root.number("/proc/sys/net/core/somaxconn"),
            syn_backlog: ipv4("tcp_max_syn_backlog"),
            time_wait_reuse: ipv4("tcp_tw_reuse"),
            time_wait_most: ipv4("tcp_max_tw_buckets"),
            memory: kibibytes(&memory, "MemTotal:"),
            memory_available: kibibytes(&memory, "MemAvailable:"),
            memory_group: cgroup::memory_left(root, &groups),
            cores: text::cores(&cpu),
            cores_group: cgroup::cores(root, &groups),
        }
    }

    /// How many ports connections may go out from.
    pub fn port_count(&self) -> Option<u64> {
        self.ports.map(|(first, last)| u64::from(last) - u64::from(first) + 1)
    }

    /// How many connections one source address can hold to one target address and port before
    /// `connect` becomes slow: Linux hands out ports of one parity first and searches for the others
    /// one by one (commit 07f4c90062f8), so half of all.
    pub fn quick_connections(&self) -> Option<u64> {
        self.port_count().map(|ports| ports / 2)
    }

    /// The memory that a run may take, in bytes: what the machine or the control group has left,
    /// whichever is less.
    pub fn memory_left(&self) -> Option<u64> {
        match (self.memory_available, self.memory_group) {
            (Some(machine), Some(group)) => Some(machine.min(group)),
            (machine, group) => machine.or(group),
        }
    }

    /// The CPU seconds that a second can give, at most.
    pub fn cpu(&self) -> Option<f64> {
        let cores = self.cores.map(f64::from);
        match (cores, self.cores_group) {
            (Some(cores), Some(group)) => Some(cores.min(group)),
            (cores, group) => cores.or(group),
        }
    }
}

/// The present and the highest bound on open files, from `/proc/<pid>/limits`.
pub fn open_files(limits: &str) -> Option<(u64, u64)> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut values = line.split_whitespace().map(|word| match word {
        "unlimited" => Some(UNLIMITED),
        number => number.parse().ok(),
    });
    Some((values.next()??, values.next()??))
}

/// First and last port; nothing where they stand the wrong way round.
fn port_range(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_whitespace().map(|word| word.parse().ok());
    let (first, last) = (numbers.next()??, numbers.next()??);
    (first <= last).then_some((first, last))
}

/// The bytes of a line of `/proc/meminfo`.
fn kibibytes(memory: &str, name: &str) -> Option<u64> {
    let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_files_are_found_among_the_limits() {
        let line = |values: &str| format!("Max processes 5 5 processes\nMax open files {values}\n");
        for (values, expected) in [
            ("   1024       524288    files", Some((1024, 524_288))),
            ("20000 20000 files", Some((20_000, 20_000))),
            ("1024 unlimited files", Some((1024, UNLIMITED))),
            ("many more files", None),
            ("1024", None),
        ] {
            assert_eq!(open_files(&line(values)), expected, "{values}");
        }
        assert_eq!(open_files(""), None);
    }

    #[test]
    fn ports_come_as_a_range() {
        for (text, expected) in [
            ("32768\t60999\n", Some((32_768, 60_999))),
            ("60999 32768", None),
            ("32768", None),
            ("1 70000", None),
        ] {
            assert_eq!(port_range(text), expected, "{text}");
        }
        let limits = Limits { ports: Some((32_768, 60_999)), ..Limits::default() };
        assert_eq!((limits.port_count(), limits.quick_connections()), (Some(28_232), Some(14_116)));
    }

    #[test]
    fn memory_is_told_in_kibibytes() {
        let memory = "MemTotal:       24647000 kB\nMemAvailable:    1024 kB\n";
        assert_eq!(kibibytes(memory, "MemAvailable:"), Some(1 << 20));
        assert_eq!(kibibytes(memory, "MemFree:"), None);
        assert_eq!(kibibytes("MemFree: 12 pages", "MemFree:"), None);
    }

    #[test]
    fn the_narrower_of_machine_and_group_counts() {
        let limits = Limits {
            memory_available: Some(900),
            memory_group: Some(500),
            cores: Some(8),
            cores_group: Some(1.5),
            ..Limits::default()
        };
        assert_eq!((limits.memory_left(), limits.cpu()), (Some(500), Some(1.5)));
        let free = Limits { memory_group: None, cores_group: None, ..limits };
        assert_eq!((free.memory_left(), free.cpu()), (Some(900), Some(8.0)));
        assert_eq!(Limits::default().memory_left(), None);
    }

    #[test]
    fn an_empty_machine_is_unknown_and_panics_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Limits::read_at(&Root::at(dir.path())), Limits::default());
    }

    #[test]
    fn this_machine_has_cores_and_on_linux_files() {
        let limits = Limits::read();
        assert!(limits.cores.is_some_and(|cores| cores > 0));
        if cfg!(target_os = "linux") {
            assert!(limits.open_files.is_some_and(|files| files > 0), "{limits:?}");
        }
    }
}
