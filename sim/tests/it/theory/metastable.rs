//! The retry storm of "Metastable failures in distributed systems" (HotOS 2021).

use super::lab::Runs;
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Metastable failures: the retry storm",
    text: "\
The server of N. Bronson, A. Aghayev, A. Charapko and T. Zhu, *Metastable failures in distributed \
systems* (HotOS 2021): 300 exponential requests a second, first in first out, clients that try once \
more after a time-out of 1 s, and an outage. Below half of the server's rate every outage heals. Above it \
one that is long enough never does, because both tries together ask for more than the server has. \
Expected is the share of requests that succeed in the last 60 of 300 s: all or none; 0.03 are allowed. \
No retries heal; so does a queue no longer than what is served within the time-out; budgets of 10 % or \
20 % do not, since 280 x 1.1 is more than 300. Close to the border chance decides: of 155/s with an \
outage of 2 s one run in ten heals, so that row has 180/s.",
    fill,
};

/// What can be changed about the storm.
struct Storm {
    /// What is different.
    what: &'static str,
    rate: u32,
    outage: &'static str,
    retry: &'static str,
    mesh: &'static str,
    /// Whether it heals.
    heals: bool,
}

const ONCE_MORE: &str = "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" } }";
const FIFTH: &str =
    "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" }, budget = \"20%\" }";
const TENTH: &str =
    "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" }, budget = \"10%\" }";
const FREE: &str = "limit = \"unlimited\"\nbacklog = \"unlimited\"";

impl Storm {
    fn text(&self) -> String {
        let Storm { rate, outage, retry, mesh, .. } = self;
        format!(
            "schema = 1\n[run]\nduration = \"300s\"\n[mesh]\nhop = \"0s\"\n\
             first-byte = \"unlimited\"\n{mesh}\n[app.shop]\ndynos = 1\n\
             process.workers = {{ count = 1, backlog = \"unlimited\" }}\n\
             [app.shop.endpoint.home.work]\nexponential = \"3.333333ms\"\n[client.browsers]\n\
             arrivals.poisson = {{ rate = \"{rate}/s\" }}\ntimeout = \"1s\"\nretry = {retry}\n\
             [[event]]\nat = \"20s\"\nfor = \"{outage}\"\nfreeze = {{ app = \"shop\" }}\n\
             [[expect]]\nthat = \"goodput >= 0/s\"\nfrom = \"240s\"\nto = \"300s\"\n"
        )
    }
}

fn fill(table: &mut Table) {
    let storm = |heals, rate, outage| Storm {
        what: "one retry",
        rate,
        outage,
        retry: ONCE_MORE,
        mesh: FREE,
        heals,
    };
    let late = |heals, what, retry, mesh| Storm { what, retry, mesh, ..storm(heals, 280, "10s") };
    for (quick, storm) in [
        (false, storm(true, 140, "2s")),
        (true, storm(true, 140, "10s")),
        (false, storm(true, 155, "500ms")),
        (false, storm(false, 180, "2s")),
        (false, storm(false, 155, "10s")),
        (false, storm(true, 280, "500ms")),
        (true, storm(false, 280, "2s")),
        (false, storm(false, 280, "10s")),
        (false, late(true, "no retry", "{ attempts = 1 }", FREE)),
        (false, late(false, "budget 20 %", FIFTH, FREE)),
        (false, late(false, "budget 10 %", TENTH, FREE)),
        (false, late(true, "`backlog` 280", ONCE_MORE, "limit = 1\nbacklog = 280")),
        (false, late(true, "`backlog` 150", ONCE_MORE, "limit = 1\nbacklog = 150")),
    ] {
        if !(quick || table.is_whole()) {
            continue;
        }
        let found = Runs::of(&storm.text()).each(|summary| {
            let of = |metric| summary.value_in_window(0, "all", metric).expect("it is a rate");
            of(Metric::Goodput) / of(Metric::Arrivals)
        });
        let setting = format!("{}/s, outage of {}, {}", storm.rate, storm.outage, storm.what);
        let expected = f64::from(u8::from(storm.heals));
        let row = Row::exact("share answered at the end", &setting, "HotOS 2021", expected, found);
        table.add(row.within(0.03));
    }
}

#[test]
fn holds() {
    FAMILY.check();
}
