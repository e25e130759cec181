//! What all users of a process share: the target, resolved and allowed, and what it may cost.

use super::allowed::Allowed;
use super::origin::{Origin, is_loopback};
use super::secret::Secrets;
use super::tls;
use sim::load::{Bounds, Connections, Load, Target};
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use thiserror::Error;
use tokio_rustls::TlsConnector;

/// Why nothing can be sent to a target.
#[derive(Debug, Error)]
pub enum Error {
    /// The host is outside loopback and was not named.
    #[error(
        "`{host}` is outside loopback ({address}) and not allowed\n\
         help: if it is yours to load, add `--allow {host}`, and say `rate-max` and `users-max` in `[load]`"
    )]
    NotAllowed {
        /// As in the URL.
        host: String,
        /// One of its addresses.
        address: IpAddr,
    },
    /// The host was named, but nothing bounds what it gets.
    #[error(
        "`{host}` is outside loopback and nothing bounds its load\n\
         help: say both `rate-max` (as in `rate-max = \"500/s\"`) and `users-max` in `[load]`"
    )]
    NoCap {
        /// As in the URL.
        host: String,
    },
    /// The host's name has no address.
    #[error("`{host}` cannot be looked up: {reason}\nhelp: write another host, or its address")]
    Resolve {
        /// As in the URL.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The certificates to trust cannot be used.
    #[error(
        "no certificates to trust: {0}\n\
         help: let `load.roots` name a PEM file with the certificate of the target's authority"
    )]
    Roots(String),
}

/// What all users of a process share. It is made before the run: afterwards no name is looked up.
pub struct Net {
    pub(super) origin: Origin,
    pub(super) authority: String,
    pub(super) base: String,
    pub(super) addresses: Vec<IpAddr>,
    /// Which of the addresses answered last, so that not every user tries them all.
    pub(super) good: AtomicUsize,
    /// Other hosts that a redirect may lead to.
    others: Vec<(String, Vec<IpAddr>)>,
    sources: Vec<IpAddr>,
    roots: Option<Vec<u8>>,
    connector: OnceLock<Option<TlsConnector>>,
    pub(super) bounds: Bounds,
    pub(super) keeps: bool,
    pub(super) secrets: Arc<Secrets>,
    pub(super) count: Count,
}

/// What went over the wire so far, in this process.
#[derive(Debug, Default)]
pub struct Count {
    /// Connections that were made.
    pub opened: AtomicU64,
    /// Kept connections that the server had closed while they were idle, and that were made anew.
    pub reopened: AtomicU64,
    /// Connections that were not kept because bytes stood on them that nobody had asked for.
    pub unasked: AtomicU64,
    /// Streams that opened.
    pub streams: AtomicU64,
    /// The most bytes that were read for one answer, head and framing included.
    pub read_max: AtomicU64,
    /// The longest body that was unpacked, or begun.
    pub body_max: AtomicU64,
}

impl Net {
    /// Looks the target up, once, and checks that it is allowed. Users connect from the `sources` in
    /// turn; from where the system likes when there are none.
    pub fn new(
        load: &Load,
        target: &Target,
        allowed: &Allowed,
        sources: Vec<IpAddr>,
        secrets: Arc<Secrets>,
    ) -> Result<Net, Error> {
        let origin = Origin::of(target);
        let addresses = resolve(&origin.host)?;
        allowed.check(&origin.host, &addresses)?;
        let mut others = Vec::new();
        for host in allowed.hosts().iter().filter(|host| **host != origin.host) {
            others.push((host.clone(), resolve(host)?));
        }
        if addresses.iter().all(|address| is_loopback(*address))
            && let Ok(found) = resolve("localhost")
            && allowed.check("localhost", &found).is_ok()
        {
            others.push(("localhost".into(), found));
        }
        let net = Net {
            authority: origin.authority(),
            base: target.base.clone(),
            good: AtomicUsize::new(0),
            others,
            sources,
            roots: load.roots.clone(),
            connector: OnceLock::new(),
            bounds: load.bounds,
            keeps: load.connections == Connections::Kept,
            secrets,
            count: Count::default(),
            addresses,
            origin,
        };
        if net.origin.tls {
            let connector = tls::connector(net.roots.as_deref())?;
            net.connector.get_or_init(|| Some(connector));
        }
        Ok(net)
    }

    /// What went over the wire so far.
    pub fn count(&self) -> &Count {
        &self.count
    }

    /// Makes TLS connections; nothing where a redirect leads to `https` and there are no roots.
    pub(super) fn connector(&self) -> Option<&TlsConnector> {
        self.connector.get_or_init(|| tls::connector(self.roots.as_deref()).ok()).as_ref()
    }

    /// The address that a user connects from, to a target of the same family.
    pub(super) fn source(&self, user: u64, to: IpAddr) -> Option<IpAddr> {
        let fits = |from: &&IpAddr| from.is_ipv4() == to.is_ipv4();
        let fitting = self.sources.iter().filter(fits).count() as u64;
        let turn = user.checked_rem(fitting)?;
        self.sources.iter().filter(fits).nth(turn as usize).copied()
    }

    /// The addresses that a redirect to this host may use; nothing when it may not go there. The
    /// target's own host and the hosts that the user named; others on loopback only where the target
    /// is on loopback, too: a server elsewhere must not make us attack this machine.
    pub(super) fn addresses_of(&self, origin: &Origin) -> Option<Vec<IpAddr>> {
        if origin.host == self.origin.host {
            return Some(self.addresses.clone());
        }
        if let Some((_, addresses)) = self.others.iter().find(|(host, _)| *host == origin.host) {
            return Some(addresses.clone());
        }
        let address = origin.address().filter(|address| is_loopback(*address))?;
        let at_home = self.addresses.iter().all(|address| is_loopback(*address));
        at_home.then(|| vec![address])
    }
}

impl Count {
    /// Notes how much one answer cost.
    pub(super) fn answer(&self, read: u64, body: u64) {
        // Reading first keeps the cache line shared while nothing is larger than before.
        for (most, now) in [(&self.read_max, read), (&self.body_max, body)] {
            if now > most.load(Ordering::Relaxed) {
                most.fetch_max(now, Ordering::Relaxed);
            }
        }
    }
}

/// The addresses of a host.
fn resolve(host: &str) -> Result<Vec<IpAddr>, Error> {
    let failed = |reason: String| Error::Resolve { host: host.into(), reason };
    let found = (host, 0).to_socket_addrs().map_err(|error| failed(error.to_string()))?;
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    addresses.dedup();
    if addresses.is_empty() { Err(failed("it has no address".into())) } else { Ok(addresses) }
}
