//! Where a request goes: scheme, host and port.

use sim::load::Target;
use std::net::IpAddr;

/// A scheme, a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Whether it is `https`.
    pub tls: bool,
    /// Lower case; an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Origin {
    /// The target's.
    pub fn of(target: &Target) -> Origin {
        Origin { tls: target.tls, host: target.host.to_ascii_lowercase(), port: target.port }
    }

    /// The port where none is written.
    pub fn usual_port(tls: bool) -> u16 {
        if tls { 443 } else { 80 }
    }

    /// What the `host` header says: brackets around IPv6, the port where it is not the usual one.
    pub fn authority(&self) -> String {
        let Origin { host, port, .. } = self;
        let usual = *port == Origin::usual_port(self.tls);
        match (host.contains(':'), usual) {
            (true, true) => format!("[{host}]"),
            (true, false) => format!("[{host}]:{port}"),
            (false, true) => host.clone(),
            (false, false) => format!("{host}:{port}"),
        }
    }

    /// The host as an address, where it is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// Whether an address is loopback: `127.0.0.0/8` and `::1`, also when IPv4 is written as IPv6. The
/// unspecified address is not, though Linux takes it for the same machine.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_what_a_url_says() {
        for (tls, host, port, written) in [
            (false, "a.test", 80, "a.test"),
            (true, "a.test", 443, "a.test"),
            (true, "a.test", 80, "a.test:80"),
            (false, "::1", 80, "[::1]"),
            (false, "::1", 8080, "[::1]:8080"),
        ] {
            let origin = Origin { tls, host: host.into(), port };
            assert_eq!(origin.authority(), written);
        }
    }

    #[test]
    fn loopback_means_loopback_addresses_only() {
        for (address, loopback) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
            ("::ffff:10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(address.parse().unwrap()), loopback, "{address}");
        }
    }
}
