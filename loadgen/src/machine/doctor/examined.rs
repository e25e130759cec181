//! Everything that a check may look at, gathered once.

use super::super::{Gaps, GapsReport, Limits, Root, text};
use super::target::{self, Listener};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

/// A machine, looked at for some time. What could not be read is absent.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// What it allows.
    pub limits: Limits,
    /// How this process was scheduled while it did nothing.
    pub gaps: GapsReport,
    /// What the system dropped since it started, before we looked.
    pub drops_before: Option<Drops>,
    /// The same after we had looked.
    pub drops_after: Option<Drops>,
    /// How many closed connections are in TIME_WAIT.
    pub time_wait: Option<u64>,
    /// Its clocks.
    pub clocks: Option<Clocks>,
    /// The sockets that listen at the target's address, where that is on this machine.
    pub listeners: Vec<Listener>,
    /// The target's address, where it is on this machine.
    pub target: Option<SocketAddr>,
}

/// What the system counted as lost at listening sockets, since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// A finished handshake found the queue for `accept` full.
    pub overflows: u64,
    /// All that a listening socket dropped, those too.
    pub listen: u64,
    /// A SYN was dropped because too many handshakes were half done.
    pub syn: u64,
    /// A SYN was answered with a cookie for that reason.
    pub cookies: u64,
}

/// What the clocks are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Clocks {
    /// The kernel's source of time; unknown outside Linux.
    pub source: Option<String>,
    /// The shortest step that the clock was seen to make, in nanoseconds.
    pub step: u64,
    /// What one reading costs, in nanoseconds.
    pub cost: u64,
    /// How far the wall clock moved against the steady one while we looked, in nanoseconds.
    pub jump: u64,
}

/// Looks at this machine for `time`, and at the sockets of a target that is on it.
pub fn look(time: Duration, target: Option<SocketAddr>) -> Examined {
    let root = Root::system();
    let drops_before = drops(&root);
    let gaps = Gaps::start();
    let (steady, wall) = (Instant::now(), SystemTime::now());
    std::thread::sleep(time);
    let report = gaps.take();
    drop(gaps);
    let jump = wall.elapsed().map_or_else(
        |backwards| steady.elapsed() + backwards.duration(),
        |passed| passed.abs_diff(steady.elapsed()),
    );
    let (step, cost) = clock_steps();
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = root.text(source).map(|name| name.trim().to_string());
    let sockets = root.text("/proc/net/sockstat");
    let local = target.filter(|target| target.ip().is_loopback());
    Examined {
        limits: Limits::read(),
        gaps: report,
        drops_before,
        drops_after: drops(&root),
        time_wait: sockets.and_then(|text| text::socket_count(&text, "TCP", "tw")),
        clocks: Some(Clocks { source, step, cost, jump: nanos(jump) }),
        listeners: local.map_or_else(Vec::new, |target| target::listeners(&root, target)),
        target: local,
    }
}

fn drops(root: &Root) -> Option<Drops> {
    parse_drops(&root.text("/proc/net/netstat")?)
}

/// From the text of `/proc/net/netstat`.
fn parse_drops(netstat: &str) -> Option<Drops> {
    let counter = |name: &str| text::protocol_counter(netstat, "TcpExt", name);
    Some(Drops {
        overflows: counter("ListenOverflows")?,
        listen: counter("ListenDrops")?,
        syn: counter("TCPReqQFullDrop").unwrap_or(0),
        cookies: counter("TCPReqQFullDoCookies").unwrap_or(0),
    })
}

/// The shortest step of the steady clock and the cost of a reading, in nanoseconds, over some thousand
/// readings.
fn clock_steps() -> (u64, u64) {
    const READINGS: u32 = 10_000;
    let start = Instant::now();
    let (mut last, mut step) = (start, u128::MAX);
    for _ in 0..READINGS {
        let now = Instant::now();
        let moved = now.saturating_duration_since(last).as_nanos();
        if moved > 0 {
            step = step.min(moved);
            last = now;
        }
    }
    let cost = start.elapsed().as_nanos() / u128::from(READINGS);
    (u64::try_from(step).unwrap_or(u64::MAX), u64::try_from(cost).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_need_their_two_main_counters() {
        let text = "TcpExt: ListenOverflows ListenDrops TCPReqQFullDrop\nTcpExt: 3 5 7\n";
        let expected = Drops { overflows: 3, listen: 5, syn: 7, cookies: 0 };
        assert_eq!(parse_drops(text), Some(expected));
        assert_eq!(parse_drops("TcpExt: ListenDrops\nTcpExt: 3\n"), None);
        assert_eq!(parse_drops(""), None);
    }

    #[test]
    fn this_machine_can_be_looked_at() {
        let examined = look(Duration::from_millis(20), None);
        let clocks = examined.clocks.unwrap();
        assert!(clocks.step > 0 && clocks.step < u64::MAX, "{clocks:?}");
        assert!(examined.gaps.watched >= 20_000_000 && examined.listeners.is_empty());
    }
}
