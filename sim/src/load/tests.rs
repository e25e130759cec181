//! `[load]` as a whole: what is read, what is shown again, and what its parts must agree on.

use super::*;
use crate::config::testing::read_table;
use crate::metrics::Metric;
use crate::platform::{Platform, Timing};
use crate::time::Span;
use crate::units::Bytes;

const PLATFORM: &str = r#"
[app.shop]
endpoint = { browse.work.constant = "1ms", login.work.constant = "1ms", buy.work.constant = "1ms" }
[app.desk]
endpoint.home.work.constant = "1ms"
[client.users]
app = "shop"
users = 40
think.exponential = "1s"
[client.bots]
app = "desk"
arrivals.poisson.rate = "10/s"
"#;

const LOAD: &str = r#"
[load]
target = "https://Staging.example:8443/shop/"
allow = ["staging.example"]
rate-max = "500/s"
users-max = 1000
connections = "closed"
tell-work = false
roots = "ca.pem"
abort-when = "error_rate > 50%"
stages = [
  { name = "is it really working", users = 100, for = "30s" },
  { name = "finding the boundaries", users = { from = 100, to = 1_000 }, growth = "geometric", step = "5s", stop-when = "latency_p99 > 1s or error_rate > 1%" },
  { name = "arrivals", rate = { from = "10/s", to = "110/s" }, growth = "linear", stop-when = "errors_reset > 1/s" },
  { name = "black box", users = "80% of boundary", for = "5m" },
  { name = "as it is" },
]
[load.headers]
authorization = "Bearer ${TOKEN}"
X-Session = "{session}"
[load.request.login]
method = "POST"
path = "/login?next=%7B"
body = "{{\"id\": 1}}"
status = [200, 302]
has-header = { name = "Set-Cookie" }
contains = "welcome"
[load.request.login.keep]
session.json = "/session/id"
ticket.header = "X-Ticket"
form.between = ["value=\"", "\""]
[load.request.browse]
headers = { accept = "text/event-stream" }
path = "/browse/{ticket}"
sse.stay = "30s"
[load.request.home]
websocket = { send = "ping", every = "1s", stay = "1m" }
[load.request.buy]
method = "PUT"
body-file = "order.json"
[load.journey.shopping]
share = 2
steps = ["login", "browse", "buy"]
[load.bounds]
body = "1MiB"
[load.watch.router]
haproxy = "http://127.0.0.1:8404/stats;csv"
[load.watch.dynos]
prometheus = { url = "http://staging.example/metrics?a=1", series = ["up"] }
"#;

/// What a `[load]` says, the problems, and what would be shown of it.
fn read(text: &str) -> (Load, Vec<String>, String) {
    let open = |name: &str| match name {
        "ca.pem" => Ok(b"-----BEGIN CERTIFICATE-----\n".to_vec()),
        "order.json" => Ok(b"{}".to_vec()),
        _ => Err("there is no such file".to_string()),
    };
    let minute = Span::from_secs(60);
    let timing = Timing { duration: minute, warmup: Span::ZERO, interval: minute };
    let text = format!("{text}\n{PLATFORM}");
    let (load, problems, resolved) = read_table(&text, &open, |fields| {
        let platform = Platform::read(fields, timing);
        let known = Known { platform: &platform, is_fine: true, expects: false, options: false };
        fields.table("load", |fields| Load::read(fields, &known))
    });
    (load, problems.into_iter().map(|problem| problem.message).collect(), resolved)
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

#[test]
fn everything_is_read() {
    let (load, problems, _) = read(LOAD);
    assert_eq!(problems, [""; 0]);
    assert_eq!(load.target.as_ref().unwrap().to_string(), "https://staging.example:8443/shop");
    assert_eq!((load.users_max, load.connections), (Some(1000), Connections::Closed));
    assert!(!load.tell_work && load.roots.is_some());
    let names: Vec<&str> = load.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["authorization", "x-session"]);
    assert_eq!(load.bounds, Bounds { body: Bytes(1 << 20), ..Bounds::default() });
    assert_eq!(load.abort_when[0].metric, Metric::ErrorRate);

    let [login, browse, home, buy] = load.requests.as_slice() else { panic!("four requests") };
    assert_eq!(login.body, Payload::Text(template("{{\"id\": 1}}")));
    assert_eq!(login.path.pieces, [Piece::Text("/login?next=%7B".into())]);
    let header = Check::Header { name: "set-cookie".into(), contains: String::new() };
    let checks = [Check::Status(vec![200, 302]), header, Check::Body("welcome".into())];
    assert_eq!(login.checks, checks);
    let from: Vec<&KeepFrom> = login.keep.iter().map(|keep| &keep.from).collect();
    let between = KeepFrom::Between("value=\"".into(), "\"".into());
    let expected =
        [&KeepFrom::Json("/session/id".into()), &KeepFrom::Header("x-ticket".into()), &between];
    assert_eq!(from, expected);
    assert_eq!(browse.values().collect::<Vec<_>>(), ["ticket"]);
    assert_eq!(browse.stream, Some(Stream::Sse { stay: Span::from_secs(30) }));
    let send = Some(("ping".to_string(), Span::from_secs(1)));
    assert_eq!(home.stream, Some(Stream::WebSocket { send, stay: Span::from_secs(60) }));
    assert_eq!((buy.method.as_str(), &buy.path), ("PUT", &Template::plain("/buy")));
    assert_eq!(buy.body, Payload::File(b"{}".to_vec()));
    assert_eq!(load.journeys[0].steps, ["login", "browse", "buy"]);
    assert_eq!(load.watch[0].speaks, Speaks::Haproxy);
    assert_eq!(load.watch[1].target.base, "/metrics?a=1");
}

#[test]
fn stages_are_levels_shares_and_searches() {
    let (load, _, _) = read(LOAD);
    let stages: Vec<(&Amount, Span)> = load.stages.iter().map(|s| (&s.amount, s.lasts)).collect();
    assert_eq!(stages[0], (&Amount::Users(Level::At(100.0)), Span::from_secs(30)));
    let (Amount::Users(Level::Search(search)), lasts) = &stages[1] else { panic!("{stages:?}") };
    assert_eq!((search.from, search.to, *lasts), (100.0, 1000.0, Span::from_secs(5)));
    assert_eq!((search.growth, search.stop_when.len()), (Growth::Geometric(2.0), 2));
    let (Amount::Rate(Level::Search(search)), lasts) = &stages[2] else { panic!("{stages:?}") };
    assert_eq!((search.growth, *lasts), (Growth::Linear(10.0), Span::from_secs(20)));
    assert_eq!(stages[3], (&Amount::Users(Level::OfBoundary(0.8)), Span::from_secs(300)));
    assert_eq!(stages[4], (&Amount::AsWritten, Span::from_secs(60)));
}

#[test]
fn growth_is_written_in_four_ways() {
    for (written, growth) in [
        ("users = { from = 1, to = 95 }, growth = \"geometric\"", Growth::Geometric(2.0)),
        ("users = { from = 1, to = 95 }, growth = { geometric = 1.5 }", Growth::Geometric(1.5)),
        ("users = { from = 1, to = 95 }, growth = \"linear\"", Growth::Linear(10.0)),
        ("users = { from = 5, to = 5 }, growth = \"linear\"", Growth::Linear(1.0)),
        ("users = { from = 1, to = 95 }, growth = { linear = 7 }", Growth::Linear(7.0)),
        (
            "rate = { from = \"1/s\", to = \"9/s\" }, growth.linear = \"30/min\"",
            Growth::Linear(0.5),
        ),
        ("rate = { from = \"1/s\", to = \"1/s\" }, growth = \"linear\"", Growth::Linear(1.0)),
    ] {
        let stage = format!("name = \"x\", {written}, stop-when = \"latency_p99 > 1s\"");
        let (load, problems, _) = read(&format!("[load]\nstages = [{{ {stage} }}]\n"));
        assert_eq!(problems, [""; 0], "{written}");
        let Some(Level::Search(search)) = load.stages[0].amount.level() else {
            panic!("{written}")
        };
        assert_eq!(search.growth, growth, "{written}");
    }
}

#[test]
fn what_is_shown_is_the_same_load() {
    for text in [LOAD, "[load]\n"] {
        let (first, _, shown) = read(text);
        let shown = &shown[shown.find("load = {").unwrap()..];
        let shown = shown.strip_suffix(" }").unwrap();
        let (again, problems, twice) = read(shown);
        assert_eq!(problems, [""; 0]);
        assert_eq!(again, first);
        assert!(twice.contains(shown));
    }
}

#[test]
fn an_empty_table_is_the_default() {
    assert_eq!(read("[load]\n").0, Load::default());
}
