//! Where load goes: URLs without secrets, and which of them stay on this machine.

use crate::metrics::short;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest name that a host can have (RFC 1035).
const LONGEST_HOST: usize = 253;

/// Where requests go: `http://host:port/base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is `https`.
    pub tls: bool,
    /// The host in lower case: a name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port; the scheme's own where none is written.
    pub port: u16,
    /// What stands before every path: empty, or begins with `/` and does not end with it. Of a source
    /// of measures it is the whole path with its query.
    pub base: String,
}

impl Target {
    /// Reads the URL that paths are added to; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Target, String> {
        if !holds_secret(text) && text.contains(['?', '#']) {
            return Err(format!("`{}` has a query or a fragment", short(text)));
        }
        let mut target = Target::with_query(text)?;
        target.base.truncate(target.base.trim_end_matches('/').len());
        Ok(target)
    }

    /// Reads a URL that is asked as it is, perhaps with a query.
    pub fn with_query(text: &str) -> Result<Target, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("the URL has no scheme such as `http://`".into());
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(format!("`{}` is neither `http` nor `https`", short(scheme))),
        };
        if holds_secret(text) {
            // It is not repeated here: what is wrong may be read by others.
            return Err("the URL holds a user or a password".into());
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = host_and_port(authority)?;
        if path.contains('#') {
            return Err(format!("`{}` has a fragment", short(path)));
        }
        if !is_of_a_url(path) {
            return Err(format!("`{}` has characters that a URL writes as `%20`", short(path)));
        }
        let base = match path {
            "" | "/" => String::new(),
            _ if path.starts_with('?') => format!("/{path}"),
            _ => path.into(),
        };
        Ok(Target { tls, host, port: port.unwrap_or(if tls { 443 } else { 80 }), base })
    }

    /// Whether it is this machine, by its name alone: who connects looks at the address again.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }

    /// The host and the port as a URL writes them: brackets around IPv6, no port that is the
    /// scheme's own.
    pub fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let own = if self.tls { 443 } else { 80 };
        if self.port == own { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Target {
    /// As a URL, which reads back as the same target.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.base)
    }
}

/// Whether a URL holds a user or a password.
pub(super) fn holds_secret(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// Reads a host in lower case, an IPv6 address with or without brackets.
pub(super) fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Ok(address.to_string());
    }
    if text.parse::<Ipv4Addr>().is_ok() {
        return Ok(text.into());
    }
    let wrong = || Err(format!("`{}` is not a host", short(text)));
    let label = |label: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.chars().all(letter)
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    // What ends in a number is an address, and a wrong one.
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.chars().all(|c| c.is_ascii_digit());
    if name.len() > LONGEST_HOST || !name.split('.').all(label) || is_number {
        return wrong();
    }
    Ok(name.to_ascii_lowercase())
}

/// Takes a host and its port, if it has one, apart.
fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if authority.is_empty() {
        return Err("the URL has no host".into());
    }
    let (name, port) = match authority.rfind([':', ']']) {
        Some(at) if authority[at..].starts_with(':') => {
            (&authority[..at], Some(&authority[at + 1..]))
        }
        _ => (authority, None),
    };
    if name.contains(':') && !name.starts_with('[') {
        return Err(format!("`{}`: an IPv6 address stands in brackets", short(authority)));
    }
    let port = match port {
        None => None,
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 && text.chars().all(|c| c.is_ascii_digit()) => Some(port),
            _ => return Err(format!("`{}` is not a port from 1 to 65535", short(text))),
        },
    };
    Ok((host(name)?, port))
}

/// Whether a text can stand in the path or query of a URL as it is.
pub(super) fn is_of_a_url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_written_back() {
        for (text, tls, host, port, base, shown) in [
            ("http://127.0.0.1:8080", false, "127.0.0.1", 8080, "", "http://127.0.0.1:8080"),
            (
                "https://Staging.Example/",
                true,
                "staging.example",
                443,
                "",
                "https://staging.example",
            ),
            ("HTTP://a:80/x/y/", false, "a", 80, "/x/y", "http://a/x/y"),
            ("http://[::1]:9/", false, "::1", 9, "", "http://[::1]:9"),
            ("https://[0:0::1]", true, "::1", 443, "", "https://[::1]"),
            ("http://under_score.a-b", false, "under_score.a-b", 80, "", "http://under_score.a-b"),
        ] {
            let target = Target::parse(text).unwrap();
            let base = base.to_string();
            assert_eq!(target, Target { tls, host: host.into(), port, base }, "{text}");
            assert_eq!(target.to_string(), shown);
            assert_eq!(Target::parse(shown), Ok(target));
        }
        for text in ["http://h/stats;csv", "http://h/haproxy?stats;csv", "http://h/a/"] {
            assert_eq!(Target::with_query(text).unwrap().to_string(), text);
        }
        assert_eq!(Target::with_query("http://h?a").unwrap().base, "/?a");
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (text, part) in [
            ("127.0.0.1:8080", "no scheme"),
            ("ftp://h", "neither `http` nor `https`"),
            ("http://", "no host"),
            ("http://:80", "is not a host"),
            ("http://me:secret@h/?x", "a user or a password"),
            ("secret@h", "no scheme"),
            ("http://h?x=1", "a query or a fragment"),
            ("http://h/#top", "a query or a fragment"),
            ("http://::1/", "stands in brackets"),
            ("http://[::1", "is not a host"),
            ("http://[::x]/", "is not a host"),
            ("http://h:0", "is not a port"),
            ("http://h:+1", "is not a port"),
            ("http://h:65536", "is not a port"),
            ("http://h:", "is not a port"),
            ("http://127.1", "is not a host"),
            ("http://300.0.0.1", "is not a host"),
            ("http://a..b", "is not a host"),
            ("http://a b/", "is not a host"),
            ("http://h/a b", "writes as `%20`"),
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for (text, is_loopback) in [
            ("http://localhost", true),
            ("http://127.8.8.8:1", true),
            ("http://[::1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
            ("http://[::2]", false),
        ] {
            assert_eq!(Target::parse(text).unwrap().is_loopback(), is_loopback, "{text}");
        }
    }
}
