//! What all users of a process share: the target, resolved and allowed, and what it may cost.

use super::allowed::Allowed;
use super::origin::{Origin, is_loopback};
use super::secret::Secrets;
use super::tls;
use sim::load::{Bounds, Connections, Load, Permission, Target};
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
        "`{host}` is outside loopback ({address}) and not allowed\nhelp: {}",
        Permission::Both.of_host(host)
    )]
    NotAllowed {
        /// As in the URL.
        host: String,
        /// One of its addresses.
        address: IpAddr,
    },
    /// The host was named, but nothing bounds what it gets.
    #[error(
        "`{host}` is outside loopback and nothing bounds its load\nhelp: {}; {}",
        Permission::Both.of_bound("rate-max"), Permission::Both.of_bound("users-max")
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
        let is_home = addresses.iter().all(|address| is_loopback(*address));
        let home = is_home.then_some("localhost");
        for host in allowed.hosts().iter().map(String::as_str).chain(home) {
            // Only redirects go there: what cannot be, or is not bounded, is not gone to.
            if let Ok(found) = resolve(host)
                && allowed.check(host, &found).is_ok()
            {
                others.push((host.to_string(), found));
            }
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

    /// The first address of the target.
    pub fn address(&self) -> IpAddr {
        *self.addresses.first().expect("a name that was looked up has an address")
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

#[cfg(test)]
mod tests {
    use super::*;
    use sim::units::Rate;

    fn made(host: &str, load: &Load) -> Result<Net, Error> {
        let target = Target { tls: false, host: host.into(), port: 1, base: String::new() };
        let sources = ["127.0.0.2", "::1", "127.0.0.3"].map(|source| source.parse().unwrap());
        let allowed = Allowed::new(load, &[]);
        Net::new(load, &target, &allowed, sources.to_vec(), Arc::default())
    }

    fn allowing(host: &str, capped: bool) -> Load {
        let (rate_max, users_max) = (capped.then_some(Rate(9.0)), capped.then_some(9));
        Load { allow: vec![host.into()], rate_max, users_max, ..Load::default() }
    }

    #[test]
    fn a_target_outside_loopback_is_refused_before_anything_is_sent() {
        for host in ["192.0.2.1", "0.0.0.0", "::", "::ffff:192.0.2.1"] {
            let refused = made(host, &Load::default()).err().unwrap();
            assert!(matches!(refused, Error::NotAllowed { .. }), "{refused}");
            let refused = made(host, &allowing(host, false)).err().unwrap();
            assert!(matches!(refused, Error::NoCap { .. }), "{refused}");
            assert!(made(host, &allowing(host, true)).is_ok(), "{host}");
        }
        assert!(made("127.0.0.1", &Load::default()).is_ok());
        let refused = made("no such host", &Load::default()).err().unwrap();
        assert!(matches!(refused, Error::Resolve { .. }), "{refused}");
    }

    #[test]
    fn redirects_go_to_hosts_that_are_allowed_and_never_from_elsewhere_to_this_machine() {
        let goes = |net: &Net, host: &str| {
            net.addresses_of(&Origin { tls: false, host: host.into(), port: 7 }).is_some()
        };
        let home = made("127.0.0.1", &Load::default()).unwrap();
        assert!(goes(&home, "127.0.0.1") && goes(&home, "127.0.0.9") && goes(&home, "::1"));
        assert!(!goes(&home, "192.0.2.1") && !goes(&home, "elsewhere.test"));
        let capped = made("127.0.0.1", &allowing("192.0.2.1", true)).unwrap();
        assert!(goes(&capped, "192.0.2.1") && !goes(&capped, "192.0.2.2"));
        let uncapped = made("127.0.0.1", &allowing("192.0.2.1", false)).unwrap();
        assert!(!goes(&uncapped, "192.0.2.1"));
        let abroad = made("192.0.2.1", &allowing("192.0.2.1", true)).unwrap();
        assert!(goes(&abroad, "192.0.2.1"));
        assert!(!goes(&abroad, "127.0.0.1") && !goes(&abroad, "localhost"));
    }

    #[test]
    fn users_take_the_sources_of_the_targets_family_in_turn() {
        let net = made("127.0.0.1", &Load::default()).unwrap();
        let source = |user, to: &str| {
            net.source(user, to.parse().unwrap()).map(|address| address.to_string())
        };
        assert_eq!(source(0, "127.0.0.1").as_deref(), Some("127.0.0.2"));
        assert_eq!(source(3, "127.0.0.1").as_deref(), Some("127.0.0.3"));
        assert_eq!(source(3, "::1").as_deref(), Some("::1"));
    }
}
