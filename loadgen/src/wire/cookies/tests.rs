use super::*;

const NOW: i64 = 1_700_000_000;

/// What goes to a path over TLS after these headers came from `/shop/cart`.
fn after(headers: &[&str], path: &str) -> Option<String> {
    jar(headers).header(path, true, NOW)
}

fn jar(headers: &[&str]) -> Jar {
    let mut jar = Jar::default();
    for header in headers {
        jar.store(header.as_bytes(), "www.a.test", "/shop/cart?x=1", true, NOW);
    }
    jar
}

#[test]
fn cookies_come_back_where_they_belong() {
    for (headers, path, expected) in [
        (&["a=1"][..], "/shop/cart", Some("a=1")),
        (&["a=1"], "/shop", Some("a=1")),
        (&["a=1"], "/", None),
        (&["a=1"], "/shopping", None),
        (&["a=1; Path=/"], "/x?y", Some("a=1")),
        (&["a=1; path=nowhere"], "/shop/x", Some("a=1")),
        (&["a=1; Path=/", "b=2; Path=/shop/"], "/shop/x", Some("b=2; a=1")),
        (&["a=1; Path=/", "a=2; Path=/"], "/", Some("a=2")),
        (&["a=\"x y\"; Path=/; HttpOnly; SameSite=Lax"], "/", Some("a=\"x y\"")),
        (&["a=1; Path=/; Domain=.A.test"], "/", Some("a=1")),
        (&["a=1; Path=/; Domain=b.test"], "/", None),
        (&["a=1; Path=/; Domain=w.a.test"], "/", None),
        (&["a=1; Path=/; Max-Age=5"], "/", Some("a=1")),
        (&["a=1; Path=/", "a=1; Path=/; Max-Age=0"], "/", None),
        (&["a=1; Path=/", "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/", None),
        (&["a=1; Path=/; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/", Some("a=1")),
        (&["a=1; Path=/; Expires=Wed, 01-Jan-31 00:00:00 GMT"], "/", Some("a=1")),
        (&["nothing", "=x"], "/shop", None),
    ] {
        assert_eq!(after(headers, path).as_deref(), expected, "{headers:?} {path}");
    }
}

#[test]
fn secure_cookies_keep_to_tls_and_time_takes_them() {
    let jar = jar(&["a=1; Path=/; Secure; Max-Age=10"]);
    assert_eq!(jar.header("/", false, NOW), None);
    assert_eq!(jar.header("/", true, NOW + 9).as_deref(), Some("a=1"));
    assert_eq!(jar.header("/", true, NOW + 10), None);
    let mut plain = Jar::default();
    plain.store(b"a=1; Secure", "a.test", "/", false, NOW);
    assert_eq!(plain.header("/", true, NOW), None);
}

#[test]
fn a_jar_is_bounded() {
    let mut jar = Jar::default();
    let huge = format!("huge={}", "x".repeat(COOKIE_MAX));
    jar.store(huge.as_bytes(), "a.test", "/", true, NOW);
    assert_eq!(jar.header("/", true, NOW), None);
    for number in 0..2 * COUNT_MAX {
        jar.store(format!("c{number}=1").as_bytes(), "a.test", "/", true, NOW);
    }
    let header = jar.header("/", true, NOW).unwrap();
    assert_eq!(header.split("; ").count(), COUNT_MAX);
    assert!(header.starts_with(&format!("c{COUNT_MAX}=")), "the oldest went first: {header}");
    for number in 0..9 {
        let large = format!("l{number}={}", "x".repeat(COOKIE_MAX - 2));
        jar.store(large.as_bytes(), "a.test", "/", true, NOW);
    }
    assert!(jar.cookies.iter().map(Cookie::size).sum::<usize>() <= TOTAL_MAX);
}

#[test]
fn dates_are_read_in_the_forms_that_servers_write() {
    for (text, expected) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
        ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
        ("Tue, 29 Feb 2000 23:59:59 GMT", Some(951_868_799)),
        ("Thu, 32 Jan 1970 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 24:00:00 GMT", None),
        ("Thu, 01 Jan 1970", None),
        ("tomorrow", None),
    ] {
        assert_eq!(date(text), expected, "{text}");
    }
}
