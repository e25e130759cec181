//! What Linux's counters say, from their text: pure functions, each beside its test.
//!
//! Sources: proc(5); Documentation/scheduler/sched-stats.rst.

/// A tick of the counters in `/proc/stat` and `/proc/<pid>/stat`, in nanoseconds. The kernel shows
/// them to programs at 100 a second, whatever its own rate is.
pub const TICK: u64 = 10_000_000;

/// What all cores did since the machine started, in nanoseconds of cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// They ran something.
    pub busy: u64,
    /// They had nothing to do.
    pub idle: u64,
    /// The hypervisor gave them to somebody else.
    pub steal: u64,
}

/// The first line of `/proc/stat`.
pub fn all_cores(stat: &str) -> Option<Cores> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    // user nice system idle iowait irq softirq steal; guests are part of user.
    let [user, nice, system, idle, wait, irq, soft, steal, ..] = ticks[..] else { return None };
    let nanos = |ticks: u64| ticks.saturating_mul(TICK);
    Some(Cores {
        busy: nanos(user + nice + system + irq + soft),
        idle: nanos(idle + wait),
        steal: nanos(steal),
    })
}

/// How many cores `/proc/stat` counts.
pub fn cores(stat: &str) -> Option<u32> {
    let is_core = |line: &&str| {
        let rest = line.strip_prefix("cpu");
        rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let count = stat.lines().filter(is_core).count();
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// The CPU time of a process and all its threads, those that ended too, in nanoseconds, from
/// `/proc/<pid>/stat`.
pub fn process_cpu(stat: &str) -> Option<u64> {
    // The second field is the program's name, which may hold anything, a closing parenthesis too.
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system).saturating_mul(TICK))
}

/// How long a thread was ready to run and did not, in nanoseconds, from `/proc/<pid>/task/<id>/schedstat`.
pub fn run_wait(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(1)?.parse().ok()
}

/// How long a thread ran, in nanoseconds, from its `schedstat`.
pub fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

/// A counter of `/proc/net/netstat` or `/proc/net/snmp`: lines come in pairs, names and then values.
pub fn protocol_counter(text: &str, protocol: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(protocol)?.strip_prefix(':'));
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let at = names.split_whitespace().position(|found| found == name);
        if let Some(at) = at {
            return values.split_whitespace().nth(at)?.parse().ok();
        }
    }
    None
}

/// A number of `/proc/net/sockstat`: `TCP: inuse 1 orphan 0 tw 7`.
pub fn socket_count(text: &str, protocol: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(protocol)?.strip_prefix(':'))?;
    let mut words = line.split_whitespace();
    words.find(|word| *word == name)?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_busy_idle_or_stolen() {
        let stat = "cpu  10 1 4 100 5 0 2 30 7 0\ncpu0 5 0 2 50 5 0 1 15 0 0\ncpu1 5 1 2 50 0 0 1 15\nintr 9\n";
        let expected = Cores { busy: 17 * TICK, idle: 105 * TICK, steal: 30 * TICK };
        assert_eq!((all_cores(stat), cores(stat)), (Some(expected), Some(2)));
        assert_eq!((all_cores("cpu  10 1 4"), cores("cpu  10 1 4")), (None, None));
    }

    #[test]
    fn a_program_may_have_any_name() {
        let stat =
            |name: &str| format!("77 ({name}) R 1 1 1 0 -1 4194304 99 0 0 0 250 50 0 0 20 0 1");
        for name in ["cat", "a b", "evil) R 9 9 9", ""] {
            assert_eq!(process_cpu(&stat(name)), Some(300 * TICK), "{name}");
        }
        for stat in ["", "77 (cat", "77 (cat) R 1 1"] {
            assert_eq!(process_cpu(stat), None, "{stat}");
        }
    }

    #[test]
    fn counters_are_found_by_their_names() {
        let text = "TcpExt: Sent ListenOverflows ListenDrops\nTcpExt: 1 22 33\nIpExt: A ListenDrops\nIpExt: 4 5\n";
        for (protocol, name, expected) in [
            ("TcpExt", "ListenOverflows", Some(22)),
            ("IpExt", "ListenDrops", Some(5)),
            ("TcpExt", "Missing", None),
            ("Udp", "A", None),
        ] {
            assert_eq!(protocol_counter(text, protocol, name), expected, "{protocol} {name}");
        }
        let sockets = "sockets: used 29\nTCP: inuse 1 orphan 0 tw 8 alloc 1\nUDP: inuse 3\n";
        assert_eq!(socket_count(sockets, "TCP", "tw"), Some(8));
        assert_eq!(socket_count(sockets, "UDP", "tw"), None);
        assert_eq!((run_time("120 45 7"), run_wait("120 45 7")), (Some(120), Some(45)));
        assert_eq!((run_time(""), run_wait("120")), (None, None));
    }
}
