//! How worker processes, connections and addresses bear a load within the limits of a machine.
//!
//! What limits: a process may hold so many open files; `connect` becomes some sixty times slower when
//! half the ports between one source address and one target are taken; a user takes memory; a process
//! has one thread that sends, so one core. Loopback has sixteen million source addresses, other
//! networks have one.

use super::peak::Peak;
use crate::machine::Limits;
use sim::load::{Connections, Load};
use std::net::{IpAddr, Ipv4Addr};

/// Most users of one process, where its open files allow more: with a connection each, and without.
/// Each process has memory of its own, so that the latter are not spread more than need be.
const USERS_OF_PROCESS: [u64; 2] = [16_000, 20_000];
/// Files that a process holds beside its connections.
const OTHER_FILES: u64 = 64;
/// Most connections from one address to another, where there are ports for more.
const CONNECTIONS_OF_PAIR: u64 = 14_000;
/// Memory of a process without users, in bytes.
const MEMORY_OF_PROCESS: u64 = 32 << 20;
/// Memory of a user with a connection of its own, and without one, in bytes: 11 KiB and 10 KiB were
/// measured with ten thousand users, and answers under way need some more.
const MEMORY_OF_USER: [u64; 2] = [16 << 10, 11 << 10];
/// The share of the memory left that a run may take.
const MEMORY_SHARE: f64 = 0.9;
/// Most processes that are started for their cores alone.
const MOST_FOR_CORES: u64 = 8;

/// Which processes there are, and what each is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For each worker process the addresses that it connects from; none where the system chooses.
    pub sources: Vec<Vec<IpAddr>>,
    /// For each client how many users all processes together have.
    pub users: Vec<u32>,
}

/// Why a load does not fit this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too few processes were asked for.
    #[error(
        "{users} users need {needed} processes, found `{asked}`: a process may hold {files} open files\n\
         help: ask for {needed} processes, or raise the limit (`ulimit -n`)"
    )]
    Processes {
        /// Users of all clients.
        users: u64,
        /// How many processes they need.
        needed: u64,
        /// How many were asked for.
        asked: u64,
        /// How many files a process may hold.
        files: u64,
    },
    /// A process may hold almost no file.
    #[error(
        "a process may hold only {files} open files, which is too few for any load\n\
         help: raise the limit (`ulimit -n 20000`)"
    )]
    Files {
        /// How many files a process may hold.
        files: u64,
    },
    /// More connections than ports.
    #[error(
        "{users} users need as many connections, and this machine has ports for {ports} to one address\n\
         help: widen `net.ipv4.ip_local_port_range`, or run several generators with `--shard I/N`"
    )]
    Ports {
        /// Users of all clients.
        users: u64,
        /// How many connections are made quickly.
        ports: u64,
    },
    /// Too little memory.
    #[error(
        "{users} users need about {needed} MiB, and {left} MiB are left\n\
         help: fewer users, `load.connections = \"closed\"`, or several generators with `--shard I/N`"
    )]
    Memory {
        /// Users of all clients.
        users: u64,
        /// What they need, in MiB.
        needed: u64,
        /// What is left, in MiB.
        left: u64,
    },
    /// More users than the scenario allows.
    #[error(
        "the run has {users} users, and `load.users-max` allows {most}\n\
         help: lower the stages, or raise `load.users-max`"
    )]
    UsersMax {
        /// Users of all clients.
        users: u64,
        /// What is allowed.
        most: u32,
    },
}

impl Layout {
    /// The layout of a load on a target at one address; `processes` where so many are asked for.
    pub fn of(
        peak: &Peak,
        load: &Load,
        target: IpAddr,
        limits: &Limits,
        processes: Option<u32>,
    ) -> Result<Layout, Refusal> {
        let users = peak.all();
        if let Some(most) = load.users_max.filter(|most| users > u64::from(*most)) {
            return Err(Refusal::UsersMax { users, most });
        }
        let closed = usize::from(load.connections == Connections::Closed);
        let connections = peak.connections();
        let of_process = USERS_OF_PROCESS[closed];
        let count = count((users, connections), of_process, (target, limits), processes)?;
        check_memory((users, connections), count, load.connections, limits)?;
        let each = connections.div_ceil(count);
        let ports = limits.quick_connections().unwrap_or(CONNECTIONS_OF_PAIR);
        let pair = ports.clamp(1, CONNECTIONS_OF_PAIR);
        let sources = if connections <= pair {
            vec![Vec::new(); count as usize]
        } else if has_many_addresses(target) {
            let of_each = each.div_ceil(pair);
            let number = |process: u64, source: u64| loopback(process * of_each + source);
            let of = |process| (0..of_each).map(|source| number(process, source)).collect();
            (0..count).map(of).collect()
        } else {
            return Err(Refusal::Ports { users, ports: pair });
        };
        Ok(Layout { sources, users: peak.users().to_vec() })
    }

    /// How many worker processes there are.
    pub fn processes(&self) -> u32 {
        self.sources.len() as u32
    }
}

/// How many processes: as many as the files need, and for each sending thread a core. A target on this
/// machine is left half of the cores.
fn count(
    (users, connections): (u64, u64),
    of_process: u64,
    (target, limits): (IpAddr, &Limits),
    asked: Option<u32>,
) -> Result<u64, Refusal> {
    let files = limits.open_files.unwrap_or(of_process + OTHER_FILES);
    if files <= 2 * OTHER_FILES {
        return Err(Refusal::Files { files });
    }
    let needed = connections.div_ceil((files - OTHER_FILES).min(of_process)).max(1);
    if let Some(asked) = asked.map(u64::from) {
        let enough = asked >= needed;
        return enough.then_some(asked).ok_or(Refusal::Processes { users, needed, asked, files });
    }
    let cores = limits.cpu().unwrap_or(1.0);
    let ours = if target.is_loopback() { cores / 2.0 } else { cores };
    let for_cores = (ours as u64).clamp(1, MOST_FOR_CORES).min(users.max(1));
    Ok(needed.max(for_cores))
}

fn check_memory(
    (users, connections): (u64, u64),
    processes: u64,
    after: Connections,
    limits: &Limits,
) -> Result<(), Refusal> {
    let Some(left) = limits.memory_left() else { return Ok(()) };
    let of_user = MEMORY_OF_USER[usize::from(after == Connections::Closed)];
    let needed = processes * MEMORY_OF_PROCESS + connections * of_user;
    if needed as f64 <= left as f64 * MEMORY_SHARE {
        return Ok(());
    }
    Err(Refusal::Memory { users, needed: needed >> 20, left: left >> 20 })
}

/// Linux takes connections from any address of 127/8; other systems have one, and so has IPv6.
fn has_many_addresses(target: IpAddr) -> bool {
    cfg!(target_os = "linux") && target.is_ipv4() && target.is_loopback()
}

/// Loopback address number so and so, from 127.0.1.1 on.
fn loopback(number: u64) -> IpAddr {
    let (block, within) = (number / 250, number % 250);
    IpAddr::V4(Ipv4Addr::new(127, (block / 250) as u8, (1 + block % 250) as u8, (1 + within) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;
    use crate::plan::{At, Steps, stages};
    use sim::load::Load;
    use std::collections::BTreeSet;

    /// The machine of the project's measurements.
    fn limits() -> Limits {
        Limits {
            open_files: Some(20_000),
            ports: Some((32_768, 60_999)),
            memory_available: Some(20 << 30),
            cores: Some(2),
            ..Limits::default()
        }
    }

    fn peak(users: u32) -> Peak {
        let scenario = testing::scenario("");
        let mut platform = scenario.variants[0].platform.clone();
        platform.clients.truncate(1);
        let stage = stages(&scenario.load, &scenario.run).remove(0);
        let mut steps = Steps::new(&scenario.run, &[]);
        let step = steps.step(&stage, &platform, At::Users(users), 0);
        Peak::of(&platform, &scenario.load, &[step])
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn processes_and_addresses_follow_the_limits() {
        for (users, target, processes, addresses) in [
            (1, HERE, 1, 0),
            (100, THERE, 2, 0),
            (14_000, HERE, 1, 0),
            (14_001, HERE, 1, 2),
            (16_001, HERE, 2, 1),
            (100_000, HERE, 7, 2),
        ] {
            let layout = Layout::of(&peak(users), &Load::default(), target, &limits(), None);
            let layout = layout.unwrap();
            assert_eq!(layout.processes(), processes, "{users}");
            assert!(layout.sources.iter().all(|some| some.len() == addresses), "{users}");
            let all: Vec<_> = layout.sources.iter().flatten().collect();
            let distinct: BTreeSet<_> = all.iter().collect();
            assert_eq!(all.len(), distinct.len());
            assert!(all.iter().all(|address| address.is_loopback()));
        }
    }

    #[test]
    fn users_without_connections_need_fewer_processes() {
        let load = Load { connections: Connections::Closed, ..Load::default() };
        for (users, processes) in [(16_001, 1), (20_000, 2), (100_000, 6)] {
            let layout = Layout::of(&peak(users), &load, HERE, &limits(), None).unwrap();
            assert_eq!(layout.processes(), processes, "{users}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_fix() {
        let refusal = |users, target, limits: &Limits, load: &Load, asked| {
            let refusal = Layout::of(&peak(users), load, target, limits, asked).unwrap_err();
            let message = refusal.to_string();
            assert!(message.contains("help: "), "{message}");
            refusal
        };
        let (plain, load) = (limits(), Load::default());
        let found = refusal(100_000, HERE, &plain, &load, Some(6));
        assert_eq!(
            found,
            Refusal::Processes { users: 100_000, needed: 7, asked: 6, files: 20_000 }
        );
        let found = refusal(14_001, THERE, &plain, &load, None);
        assert_eq!(found, Refusal::Ports { users: 14_001, ports: 14_000 });
        let few = Limits { open_files: Some(100), ..limits() };
        assert_eq!(refusal(1, HERE, &few, &load, None), Refusal::Files { files: 100 });
        let small = Limits { memory_available: Some(1 << 30), ..limits() };
        assert!(matches!(refusal(100_000, HERE, &small, &load, None), Refusal::Memory { .. }));
        let bounded = Load { users_max: Some(99), ..Load::default() };
        let found = refusal(100, HERE, &plain, &bounded, None);
        assert_eq!(found, Refusal::UsersMax { users: 100, most: 99 });
    }
}
