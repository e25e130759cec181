//! A user's cookies, for one site: what RFC 6265 section 5 needs there.
//!
//! Bounded: 50 cookies, 4 KiB each with its name, 16 KiB together. What is larger is not stored, and
//! for what is one too many the oldest goes. A cookie for another domain is not stored.

use std::time::{SystemTime, UNIX_EPOCH};

/// The most cookies of a user.
const COUNT_MAX: usize = 50;

/// The longest cookie, name and value, in bytes.
const COOKIE_MAX: usize = 4 << 10;

/// All cookies of a user, names and values, in bytes.
const TOTAL_MAX: usize = 16 << 10;

/// A user's cookies.
#[derive(Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    secure: bool,
    /// Seconds of Unix time; nothing for the session.
    expires: Option<i64>,
}

/// What a cookie is told, read from its attributes.
#[derive(Default)]
struct Attributes {
    max_age: Option<i64>,
    expires: Option<i64>,
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
}

/// The time by which cookies expire: seconds of Unix time.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Jar {
    /// Stores what a `set-cookie` header of an answer says: from this host, for a request of this
    /// path, over TLS or not, at `now` (seconds of Unix time).
    pub fn store(&mut self, header: &[u8], host: &str, path: &str, tls: bool, now: i64) {
        let Ok(header) = str::from_utf8(header) else { return };
        let mut parts = header.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.len() + value.len() > COOKIE_MAX {
            return;
        }
        let attributes = Attributes::read(parts, now);
        if attributes.domain.is_some_and(|domain| !is_of_domain(host, &domain)) {
            return;
        }
        if attributes.secure && !tls {
            return;
        }
        let cookie_path = attributes.path.unwrap_or_else(|| default_path(path).into());
        if cookie_path.len() > COOKIE_MAX {
            return;
        }
        let expires = attributes.max_age.or(attributes.expires);
        self.cookies.retain(|cookie| !(cookie.name == name && cookie.path == cookie_path));
        if expires.is_some_and(|expires| expires <= now) {
            return;
        }
        let (name, value, secure) = (name.into(), value.into(), attributes.secure);
        self.cookies.push(Cookie { name, value, path: cookie_path, secure, expires });
        let size = |jar: &[Cookie]| jar.iter().map(Cookie::size).sum::<usize>();
        while self.cookies.len() > COUNT_MAX || size(&self.cookies) > TOTAL_MAX {
            self.cookies.remove(0);
        }
    }

    /// The `cookie` header of a request of this path; nothing when there are none for it. Longer
    /// paths come first, and then older cookies.
    pub fn header(&self, path: &str, tls: bool, now: i64) -> Option<String> {
        let goes = |cookie: &&Cookie| {
            let lives = cookie.expires.is_none_or(|expires| expires > now);
            lives && (tls || !cookie.secure) && is_below(path, &cookie.path)
        };
        let mut going: Vec<&Cookie> = self.cookies.iter().filter(goes).collect();
        going.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> =
            going.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    fn size(&self) -> usize {
        self.name.len() + self.value.len() + self.path.len()
    }
}

impl Attributes {
    fn read<'a>(parts: impl Iterator<Item = &'a str>, now: i64) -> Attributes {
        let mut read = Attributes::default();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "secure" => read.secure = true,
                "path" => read.path = value.starts_with('/').then(|| value.into()),
                "domain" if !value.is_empty() => {
                    read.domain = Some(value.trim_start_matches('.').to_ascii_lowercase());
                }
                "max-age" => {
                    let age = value.parse::<i64>().ok();
                    read.max_age = age.map(|age| now.saturating_add(age)).or(read.max_age);
                }
                "expires" => read.expires = date(value).or(read.expires),
                _ => {}
            }
        }
        read
    }
}

/// Whether a host is a domain, or below it; an address is only itself.
fn is_of_domain(host: &str, domain: &str) -> bool {
    let below = host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
    host == domain || (below && host.parse::<std::net::IpAddr>().is_err())
}

/// The path that a cookie has when it says none (RFC 6265, 5.1.4).
fn default_path(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or("");
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// Whether a request's path is that of a cookie or below it.
fn is_below(path: &str, cookie: &str) -> bool {
    let path = path.split('?').next().unwrap_or("");
    let Some(rest) = path.strip_prefix(cookie) else { return false };
    rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/')
}

/// A date as servers write it, in seconds of Unix time: the order of its parts is free (RFC 6265,
/// 5.1.1).
fn date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let is_between = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
    for token in text.split(is_between).filter(|token| !token.is_empty()) {
        let number = token.parse::<i64>().ok();
        let start = token.get(..3).map(str::to_ascii_lowercase);
        let named = start.and_then(|start| MONTHS.iter().position(|month| *month == start));
        if time.is_none() && token.contains(':') {
            let mut parts = token.split(':').map(|part| part.parse::<i64>().ok());
            let mut part = |most: i64| parts.next()?.filter(|number| (0..=most).contains(number));
            time = Some(part(23)? * 3600 + part(59)? * 60 + part(59)?);
        } else if day.is_none() && token.len() <= 2 && number.is_some() {
            day = number;
        } else if month.is_none() && named.is_some() {
            month = named;
        } else if year.is_none() && token.len() <= 4 && number.is_some() {
            year = number;
        }
    }
    let year = match year? {
        short @ 0..=69 => 2000 + short,
        short @ 70..=99 => 1900 + short,
        year => year,
    };
    let (day, month) = (day?, i64::try_from(month?).expect("there are twelve months") + 1);
    if !(1..=31).contains(&day) || year < 1601 {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + time?)
}

/// The days from 1970-01-01 to a date of the Gregorian calendar: years counted from March, so that
/// the leap day is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests;
