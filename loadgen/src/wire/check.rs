//! Whether an answer is what was expected, and what it is counted as when it is not.

use super::answer::Answer;
use sim::load::Check;
use sim::metrics::Cause;

/// What our own router and dynos say in an answer of theirs: the cause's name.
const CAUSE: &str = "dynomesh-cause";

/// Judges an answer. Its status first: one of those that a check names, or any from 200 to 399; then
/// its headers and its body. A status that was not expected is counted by the cause that the router
/// tells, or as `rate_limited` (429), `failed` (500 and above) or `status`; a header or body that
/// was not expected as `check`.
pub fn judge(checks: &[Check], answer: &Answer) -> Result<(), Cause> {
    let status = answer.status.as_u16();
    let mut lists = checks.iter().filter_map(|check| match check {
        Check::Status(allowed) => Some(allowed),
        _ => None,
    });
    let expected = match lists.next() {
        Some(first) => first.contains(&status) && lists.all(|list| list.contains(&status)),
        None => (200..400).contains(&status),
    };
    if !expected {
        return Err(of_status(answer));
    }
    if checks.iter().all(|check| holds(check, answer)) { Ok(()) } else { Err(Cause::Check) }
}

/// What an answer with an unexpected status is counted as.
fn of_status(answer: &Answer) -> Cause {
    let told = answer.headers.get(CAUSE).and_then(|value| {
        Cause::ALL.into_iter().find(|cause| cause.name().as_bytes() == value.as_bytes())
    });
    told.unwrap_or(match answer.status.as_u16() {
        429 => Cause::RateLimited,
        500.. => Cause::Failed,
        _ => Cause::Status,
    })
}

/// Whether a check of a header or the body holds.
fn holds(check: &Check, answer: &Answer) -> bool {
    match check {
        Check::Status(_) => true,
        Check::Header { name, contains } => {
            let mut values = answer.headers.get_all(name.as_str()).iter();
            values.any(|value| contains_bytes(value.as_bytes(), contains.as_bytes()))
        }
        Check::Body(text) => contains_bytes(&answer.body, text.as_bytes()),
    }
}

/// Whether bytes stand in others.
pub(super) fn contains_bytes(within: &[u8], searched: &[u8]) -> bool {
    find(within, searched).is_some()
}

/// Where bytes first stand in others.
pub(super) fn find(within: &[u8], searched: &[u8]) -> Option<usize> {
    let Some(first) = searched.first() else { return Some(0) };
    let last = within.len().checked_sub(searched.len())?;
    let mut from = 0;
    while from <= last {
        from += within[from..=last].iter().position(|byte| byte == first)?;
        if within[from..].starts_with(searched) {
            return Some(from);
        }
        from += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use hyper::{HeaderMap, StatusCode};

    fn answer(status: u16, cause: Option<&str>) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "text/html; charset=utf-8".parse().unwrap());
        if let Some(cause) = cause {
            headers.insert(CAUSE, cause.parse().unwrap());
        }
        let body = Bytes::from_static(b"Welcome back");
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body, length: 12 }
    }

    #[test]
    fn answers_are_counted_by_what_was_expected() {
        let header = |contains: &str| Check::Header {
            name: "content-type".into(),
            contains: contains.into(),
        };
        let missing = Check::Header { name: "x".into(), contains: String::new() };
        for (status, cause, checks, expected) in [
            (200, None, vec![], Ok(())),
            (302, None, vec![], Ok(())),
            (404, None, vec![], Err(Cause::Status)),
            (429, None, vec![], Err(Cause::RateLimited)),
            (503, None, vec![], Err(Cause::Failed)),
            (503, Some("h12"), vec![], Err(Cause::H12)),
            (429, Some("rate_limited"), vec![], Err(Cause::RateLimited)),
            (503, Some("nonsense"), vec![], Err(Cause::Failed)),
            (503, Some("h12"), vec![Check::Status(vec![503])], Ok(())),
            (200, None, vec![Check::Status(vec![201, 204])], Err(Cause::Status)),
            (200, None, vec![header("html"), Check::Body("come b".into())], Ok(())),
            (200, None, vec![header("json")], Err(Cause::Check)),
            (200, None, vec![header("")], Ok(())),
            (200, None, vec![missing], Err(Cause::Check)),
            (200, None, vec![Check::Body("Goodbye".into())], Err(Cause::Check)),
            (500, None, vec![Check::Body("Goodbye".into())], Err(Cause::Failed)),
        ] {
            assert_eq!(judge(&checks, &answer(status, cause)), expected, "{status} {checks:?}");
        }
    }

    #[test]
    fn bytes_are_found_where_they_stand() {
        for (within, searched, expected) in [
            ("", "", Some(0)),
            ("abc", "", Some(0)),
            ("aab", "ab", Some(1)),
            ("abab", "abab", Some(0)),
            ("aba", "abab", None),
            ("", "a", None),
        ] {
            assert_eq!(find(within.as_bytes(), searched.as_bytes()), expected, "{within}");
        }
    }
}
