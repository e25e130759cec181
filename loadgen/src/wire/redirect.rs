//! Where a request goes: to the target, and from there where answers lead it.
//!
//! A redirect is followed within `bounds.redirects`, to allowed hosts only, and never from `https`
//! to `http`. With `redirects = 0` none is followed and the redirect itself is the answer. To
//! another origin go only headers that hold no secret, no cookies, and nothing is kept from there.

use super::answer::{Answer, Message};
use super::loss::Loss;
use super::net::Net;
use super::origin::Origin;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode, Uri};
use sim::metrics::Cause;
use std::borrow::Cow;
use std::net::IpAddr;

/// The longest `location` that is followed, in bytes.
const LOCATION_MAX: usize = 8 << 10;

/// A request's way: to the target, or where answers have led it.
pub(super) struct Way<'a> {
    net: &'a Net,
    message: &'a Message<'a>,
    led: Option<Box<Led>>,
}

/// Where answers have led.
struct Led {
    origin: Origin,
    authority: String,
    path: String,
    method: Method,
    with_body: bool,
    /// The addresses of an origin that is not the target's.
    abroad: Option<Vec<IpAddr>>,
    count: u32,
}

impl<'a> Way<'a> {
    /// The way to the target.
    pub fn new(net: &'a Net, message: &'a Message<'a>) -> Way<'a> {
        Way { net, message, led: None }
    }

    /// Whether it goes to another origin than the target's.
    pub fn is_abroad(&self) -> bool {
        self.addresses().is_some()
    }

    /// The addresses of an origin that is not the target's.
    pub fn addresses(&self) -> Option<&[IpAddr]> {
        self.led.as_ref().and_then(|led| led.abroad.as_deref())
    }

    /// Where it goes.
    pub fn origin(&self) -> &Origin {
        self.led.as_ref().map_or(&self.net.origin, |led| &led.origin)
    }

    /// What the `host` header says.
    pub fn authority(&self) -> &str {
        self.led.as_ref().map_or(&self.net.authority, |led| &led.authority)
    }

    /// What stands before the path.
    pub fn base(&self) -> &str {
        if self.led.is_some() { "" } else { &self.net.base }
    }

    /// Path and query below the base.
    pub fn path(&self) -> &str {
        self.led.as_ref().map_or(self.message.path, |led| &led.path)
    }

    /// Path and query with the base.
    pub fn full_path(&self) -> Cow<'_, str> {
        match self.base() {
            "" => self.path().into(),
            base => format!("{base}{}", self.path()).into(),
        }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        self.led.as_ref().map_or(self.message.method, |led| &led.method)
    }

    /// Whether the request's body goes along.
    pub fn with_body(&self) -> bool {
        self.led.as_ref().is_none_or(|led| led.with_body)
    }

    /// Where an answer leads from here; nothing when it is the end.
    pub fn next(&self, answer: &Answer) -> Result<Option<Way<'a>>, Loss> {
        let most = self.net.bounds.redirects;
        let location = answer.headers.get(LOCATION).filter(|_| most > 0 && redirects(answer));
        let Some(location) = location else { return Ok(None) };
        let count = self.led.as_ref().map_or(0, |led| led.count) + 1;
        if count > most {
            return Err(lost("there were more redirects than `bounds.redirects` allows"));
        }
        let location = str::from_utf8(location.as_bytes()).ok();
        let location = location.filter(|text| text.len() <= LOCATION_MAX);
        let led = location.and_then(|text| resolve(self.origin(), &self.full_path(), text));
        let Some((origin, path)) = led else {
            return Err(lost("a redirect led to what is no URL"));
        };
        if self.origin().tls && !origin.tls {
            return Err(lost("a redirect led from `https` to `http`"));
        }
        let Some(addresses) = self.net.addresses_of(&origin) else {
            // The host comes from the answer, which may have put anything into it.
            let host = self.net.secrets.scrub(&origin.host);
            let host: String = host.chars().take(80).collect();
            return Err(lost(&format!("a redirect led to `{host}`, which is not allowed")));
        };
        let abroad = (origin != self.net.origin).then_some(addresses);
        let (method, with_body) = self.after(answer.status);
        let authority = origin.authority();
        let led = Led { origin, authority, path, method, with_body, abroad, count };
        Ok(Some(Way { net: self.net, message: self.message, led: Some(Box::new(led)) }))
    }

    /// The method after a redirect, and whether the body still goes along: as browsers do it (RFC
    /// 9110, 15.4), `POST` becomes `GET` except after 307 and 308.
    fn after(&self, status: StatusCode) -> (Method, bool) {
        let method = self.method();
        let becomes_get = match status {
            StatusCode::SEE_OTHER => *method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
            _ => false,
        };
        if becomes_get { (Method::GET, false) } else { (method.clone(), self.with_body()) }
    }
}

/// Whether an answer leads elsewhere.
fn redirects(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn lost(detail: &str) -> Loss {
    Loss::new(Cause::Redirect, detail)
}

/// What a location means from an origin and a path (RFC 3986, 5.2): origin, path and query. Nothing
/// when it is no URL of ours, or names a user.
fn resolve(from: &Origin, path: &str, location: &str) -> Option<(Origin, String)> {
    let location = location.split('#').next()?;
    let scheme = if from.tls { "https:" } else { "http:" };
    if location.starts_with("//") {
        return absolute(&format!("{scheme}{location}"));
    }
    let head = location.split(['/', '?']).next()?;
    if head.contains(':') {
        return absolute(location);
    }
    let before = path.split('?').next()?;
    let joined = match location {
        "" => path.to_string(),
        _ if location.starts_with('/') => location.to_string(),
        _ if location.starts_with('?') => format!("{before}{location}"),
        _ => format!("{}/{location}", &before[..before.rfind('/').unwrap_or(0)]),
    };
    Some((from.clone(), without_dots(&joined)))
}

/// An absolute URL of `http` or `https`.
fn absolute(url: &str) -> Option<(Origin, String)> {
    let uri: Uri = url.parse().ok()?;
    let tls = match uri.scheme_str()?.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let authority = uri.authority()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let host = authority.host();
    let port = match authority.as_str()[host.len()..].strip_prefix(':') {
        None | Some("") => Origin::usual_port(tls),
        Some(written) => written.parse().ok()?,
    };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path.into() } else { format!("/{path}") };
    (!host.is_empty()).then(|| (Origin { tls, host, port }, without_dots(&path)))
}

/// A path and query without `.` and `..` in the path.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut kept: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or("");
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    if matches!(last, "." | "..") {
        kept.push("");
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_as_browsers_do() {
        let from = Origin { tls: false, host: "a.test".into(), port: 8080 };
        let found = |location: &str| {
            resolve(&from, "/x/y/z?q=1", location).map(|(origin, path)| {
                let scheme = if origin.tls { "https" } else { "http" };
                format!("{scheme}://{}{path}", origin.authority())
            })
        };
        for (location, expected) in [
            ("", "http://a.test:8080/x/y/z?q=1"),
            ("/b", "http://a.test:8080/b"),
            ("b?c#d", "http://a.test:8080/x/y/b?c"),
            ("../b", "http://a.test:8080/x/b"),
            ("../../../../b/./c/..", "http://a.test:8080/b/"),
            ("?r=2", "http://a.test:8080/x/y/z?r=2"),
            ("?r=a:b", "http://a.test:8080/x/y/z?r=a:b"),
            ("//B.test/c", "http://b.test/c"),
            ("https://b.test", "https://b.test/"),
            ("http://[::1]:81/c?d", "http://[::1]:81/c?d"),
        ] {
            assert_eq!(found(location).as_deref(), Some(expected), "{location}");
        }
        for wrong in [
            "ftp://a.test/",
            "javascript:alert(1)",
            "http://",
            "http://user@a.test/",
            "http://a.test:99999/",
            "http://a b/",
            "file:///etc/passwd",
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
