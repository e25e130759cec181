//! The target's side, where the target is on this machine: its listening sockets and their process.
//!
//! Linux tells a socket's queue in `/proc/net/tcp`, but how long that queue may become and what was
//! dropped only through netlink; the program `ss` asks it, so its output is read where it is installed.

use super::super::{Root, limits::open_files};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::{Command, Stdio};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A socket that listens where the target is.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Where it listens; an unspecified address is all of them.
    pub address: SocketAddr,
    /// How many connections wait in it for `accept` now.
    pub waiting: u64,
    /// How many may wait; unknown without `ss`.
    pub backlog: Option<u64>,
    /// How many it dropped since it was made; unknown without `ss`.
    pub dropped: Option<u64>,
    /// The process that holds it, where it is ours to see.
    pub owner: Option<Owner>,
}

/// A process that holds a listening socket.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// Its id.
    pub process: u32,
    /// Its program's name.
    pub name: String,
    /// How many files and sockets it may hold.
    pub open_files_most: u64,
    /// How many it holds.
    pub open_files: u64,
}

/// A line of `/proc/net/tcp` or `tcp6` that listens.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    address: SocketAddr,
    waiting: u64,
    inode: u64,
}

/// What `ss` tells of a listening socket.
#[derive(Clone, Debug, PartialEq)]
struct Detail {
    port: u16,
    address: String,
    backlog: u64,
    dropped: Option<u64>,
}

/// The sockets that listen at an address of this machine.
pub fn listeners(root: &Root, target: SocketAddr) -> Vec<Listener> {
    let mut rows = Vec::new();
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        rows.extend(rows_of(&root.text(file).unwrap_or_default()));
    }
    rows.retain(|row| serves(row.address, target));
    if rows.is_empty() {
        return Vec::new();
    }
    let details = details_of(&socket_statistics().unwrap_or_default());
    let complete = |row: Row| {
        let detail = details.iter().find(|detail| is_of(detail, row.address));
        Listener {
            address: row.address,
            waiting: row.waiting,
            backlog: detail.map(|detail| detail.backlog),
            dropped: detail.and_then(|detail| detail.dropped),
            owner: owner(root, row.inode),
        }
    };
    rows.into_iter().map(complete).collect()
}

/// Whether a socket that listens there gets connections to `target`.
fn serves(listens: SocketAddr, target: SocketAddr) -> bool {
    let all = listens.ip().is_unspecified() && (listens.is_ipv6() || target.is_ipv4());
    listens.port() == target.port() && (all || listens.ip() == target.ip())
}

/// The listening sockets of `/proc/net/tcp` or `/proc/net/tcp6`.
fn rows_of(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, queues, _, _, _, _, inode, ..] = fields[..] else { return None };
        let (_, waiting) = queues.split_once(':')?;
        let waiting = u64::from_str_radix(waiting, 16).ok()?;
        let inode = inode.parse().ok()?;
        (state == LISTEN).then_some(Row { address: address(local)?, waiting, inode })
    };
    text.lines().filter_map(row).collect()
}

/// An address such as `0100007F:1F90`: words of four bytes, each in the machine's own order.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let host = if host.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?))
    } else {
        let mut bytes = [0; 16];
        for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
            chunk.copy_from_slice(&word(index * 8)?);
        }
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    Some(SocketAddr::new(host, port))
}

/// What `ss` says of all listening sockets; nothing where it is not installed.
fn socket_statistics() -> Option<String> {
    let mut command = Command::new("ss");
    command.args(["--no-header", "--listening", "--tcp", "--numeric", "--memory", "--oneline"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// From the output of `ss`: `LISTEN 0 4096 127.0.0.1:8080 0.0.0.0:* skmem:(r0,...,d12)`.
fn details_of(text: &str) -> Vec<Detail> {
    let detail = |line: &str| {
        let mut words = line.split_whitespace().skip(2);
        let backlog = words.next()?.parse().ok()?;
        let (address, port) = words.next()?.rsplit_once(':')?;
        let memory = words.find_map(|word| word.strip_prefix("skmem:(")?.strip_suffix(')'));
        let dropped = memory.and_then(|memory| {
            memory.split(',').find_map(|part| part.strip_prefix('d')?.parse().ok())
        });
        let address = address.split('%').next()?.trim_matches(['[', ']']).to_string();
        Some(Detail { port: port.parse().ok()?, address, backlog, dropped })
    };
    text.lines().filter_map(detail).collect()
}

fn is_of(detail: &Detail, address: SocketAddr) -> bool {
    let all = detail.address == "*" && address.ip().is_unspecified();
    detail.port == address.port() && (all || detail.address == address.ip().to_string())
}

/// The process that holds the socket with this inode; only those of the same user can be seen.
fn owner(root: &Root, inode: u64) -> Option<Owner> {
    let wanted = format!("socket:[{inode}]");
    let process =
        root.names("/proc").into_iter().filter_map(|name| name.parse::<u32>().ok()).find(
            |process| {
                let files = format!("/proc/{process}/fd");
                let leads = |file: &String| root.link(&format!("{files}/{file}"));
                root.names(&files).iter().any(|file| leads(file).as_ref() == Some(&wanted))
            },
        )?;
    let limits = root.text(&format!("/proc/{process}/limits"))?;
    let name = root.text(&format!("/proc/{process}/comm")).unwrap_or_default();
    let held = root.names(&format!("/proc/{process}/fd")).len();
    Some(Owner {
        process,
        name: name.trim().to_string(),
        open_files_most: open_files(&limits)?.0,
        open_files: held as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn addresses_are_words_in_the_machines_order() {
        if cfg!(target_endian = "little") {
            for (text, expected) in [
                ("0100007F:1F90", Some("127.0.0.1:8080")),
                ("00000000:0050", Some("0.0.0.0:80")),
                ("00000000000000000000000001000000:01BB", Some("[::1]:443")),
                ("0100007F", None),
                ("01007F:1F90", None),
                ("zz00007F:1F90", None),
            ] {
                assert_eq!(address(text).map(|found| found.to_string()).as_deref(), expected);
            }
        }
    }

    #[test]
    fn what_ss_says_is_found_by_address() {
        let text = "LISTEN 3 511 0.0.0.0:80 0.0.0.0:* skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d12)\n\
                    LISTEN 0 4096 [::1]:8080 [::]:* \nLISTEN 0 16 *:22 *:*\nnonsense\n";
        let details = details_of(text);
        let found = |address: &str| {
            let address = address.parse().unwrap();
            let detail = details.iter().find(|detail| is_of(detail, address))?;
            Some((detail.backlog, detail.dropped))
        };
        assert_eq!(found("0.0.0.0:80"), Some((511, Some(12))));
        assert_eq!(found("[::1]:8080"), Some((4096, None)));
        assert_eq!(found("[::]:22"), Some((16, None)));
        assert_eq!(found("127.0.0.1:80"), None);
    }

    #[test]
    fn a_socket_serves_its_own_address_or_all() {
        for (listens, target, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "127.0.0.9:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "[::1]:80", false),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.2:80", "127.0.0.1:80", false),
        ] {
            let found = serves(listens.parse().unwrap(), target.parse().unwrap());
            assert_eq!(found, expected, "{listens} {target}");
        }
    }

    #[test]
    fn our_own_socket_is_found_with_its_process() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = listeners(&Root::system(), socket.local_addr().unwrap());
        if cfg!(target_os = "linux") {
            let [listener] = &found[..] else { panic!("{found:?}") };
            let owner = listener.owner.as_ref().expect("it is ours");
            assert_eq!(owner.process, std::process::id());
            assert!(owner.open_files > 0 && owner.open_files <= owner.open_files_most);
        }
    }
}
