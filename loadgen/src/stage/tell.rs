//! What requests and answers tell beside their contents: the headers that the generator, our routers
//! and our dynos understand.

use hyper::HeaderMap;
use sim::time::Span;

/// How much work a request is, in nanoseconds.
const WORK: &str = "dynomesh-work";
/// The share of its work that is CPU, from 0 to 1.
const CPU: &str = "dynomesh-cpu";
/// Who sent it, and its number there: `<client>/<number>`.
const REQUEST: &str = "dynomesh-request";
/// How long its client waits for an answer from when it is sent, in nanoseconds.
const PATIENCE: &str = "dynomesh-patience";
/// What a request is about, a whole number.
pub(super) const KEY: &str = "dynomesh-key";
/// Which dyno answered: `<app>/<number>`.
pub(super) const DYNO: &str = "dynomesh-dyno";
/// Why a router answered in a dyno's place.
pub(super) const CAUSE: &str = "dynomesh-cause";
/// The longest body of a request or an answer, in bytes.
pub(super) const MOST_BODY: usize = 8 << 20;

/// The longest work that is believed: a day.
const MOST_WORK: u64 = 86_400_000_000_000;

/// The work that a request tells; nothing where it tells none, or nonsense.
pub(super) fn work(headers: &HeaderMap) -> Option<Span> {
    let nanoseconds: u64 = number(headers, WORK)?;
    (nanoseconds <= MOST_WORK).then_some(Span::from_nanos(nanoseconds))
}

/// The share of CPU that a request tells; nothing where it tells none, or nonsense.
pub(super) fn cpu(headers: &HeaderMap) -> Option<f64> {
    number(headers, CPU).filter(|share| (0.0..=1.0).contains(share))
}

/// The key that a request tells.
pub(super) fn key(headers: &HeaderMap) -> Option<u64> {
    number(headers, KEY)
}

/// The client that a request tells.
pub(super) fn client(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST)?.to_str().ok()?.rsplit_once('/').map(|(client, _)| client)
}

/// How long a request says that its client waits.
pub(super) fn patience(headers: &HeaderMap) -> Option<Span> {
    number(headers, PATIENCE).map(Span::from_nanos)
}

/// The endpoint that a path names: its first segment.
pub(super) fn endpoint(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn work_is_in_nanoseconds_and_bounded() {
        assert_eq!(work(&headers(WORK, "1500")), Some(Span::from_nanos(1500)));
        for nonsense in ["", "-1", "1.5", "1e9", "99999999999999999"] {
            assert_eq!(work(&headers(WORK, nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn the_share_of_cpu_is_a_share() {
        assert_eq!(cpu(&headers(CPU, "0.25")), Some(0.25));
        for nonsense in ["1.1", "-0.1", "NaN", "half"] {
            assert_eq!(cpu(&headers(CPU, nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn the_client_stands_before_the_last_slash() {
        for (told, expected) in [("bots/17", Some("bots")), ("a/b/17", Some("a/b")), ("17", None)] {
            assert_eq!(client(&headers(REQUEST, told)), expected, "{told}");
        }
        assert_eq!(patience(&headers(PATIENCE, "1500")), Some(Span::from_nanos(1500)));
        assert_eq!(patience(&headers(PATIENCE, "soon")), None);
    }

    #[test]
    fn the_first_segment_names_the_endpoint() {
        for (path, expected) in [("/buy", "buy"), ("/buy/17", "buy"), ("/", ""), ("", "")] {
            assert_eq!(endpoint(path), expected, "{path}");
        }
    }
}
