//! M/G/1 and M/D/c: work of any law on one dyno, constant work on several.

use super::lab::{Lab, PLAIN, client, workers};
use super::quadrature::{bounded_pareto, clipped_weibull};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "M/G/1 and M/D/c: work of any law",
    text: "\
Poisson arrivals. On one dyno of one worker the mean wait is that of F. Pollaczek (1930) and A. Y. \
Khinchine (1932), lambda E[S^2] / (2 (1 - rho)), whatever the law of the work S (Kleinrock, volume 1, \
section 5.5); so is each of n dynos under `random`, with 1/n of the arrivals, however many routers \
there are. Moments are closed forms; those of the clipped Weibull law (that of Rap Genius) are Simpson's \
rule over its distribution function. Constant work on c servers waits as C. D. Crommelin found \
(*Delay probability formulae when the holding times are constant*, 1932).",
    fill,
};

/// The mean wait in M/G/1 by Pollaczek and Khinchine: `rho` of load by work with these moments.
pub fn pollaczek_khinchine(rho: f64, [first, second]: [f64; 2]) -> f64 {
    rho / first * second / (2.0 * (1.0 - rho))
}

/// The mean wait in M/D/c with work of 1, by Crommelin: the sum over i of E max(0, X_i - i c) / i,
/// over c rho, where X_i is a Poisson variable with mean i c rho.
pub fn crommelin(servers: u32, rho: f64) -> f64 {
    let c = f64::from(servers);
    let term = |i: u32| {
        let (mean, from) = (f64::from(i) * c * rho, i * servers);
        // The probability of `from`, and of more by its recursion.
        let log = f64::from(from) * libm::log(mean) - mean - libm::lgamma(f64::from(from) + 1.0);
        let (mut probability, mut k, mut sum) = (libm::exp(log), from, 0.0);
        while probability > 1e-20 {
            k += 1;
            probability *= mean / f64::from(k);
            sum += f64::from(k - from) * probability;
        }
        sum / f64::from(i)
    };
    (1..).map(term).take_while(|&term| term > 1e-16).sum::<f64>() / (c * rho)
}

/// A law of work: as written in a scenario, in words, and its first two moments in seconds.
struct Law {
    name: &'static str,
    work: &'static str,
    moments: [f64; 2],
}

fn laws() -> [Law; 8] {
    let law = |name, work, moments| Law { name, work, moments };
    [
        law("constant", "constant = \"1s\"", [1.0, 1.0]),
        law("uniform", "uniform = [\"0s\", \"2s\"]", [1.0, 4.0 / 3.0]),
        law("erlang, k = 4", "erlang = { k = 4, mean = \"1s\" }", [1.0, 1.25]),
        law(
            "hyperexponential, cv2 = 4",
            "hyperexponential = { mean = \"1s\", cv2 = 4 }",
            [1.0, 5.0],
        ),
        law(
            "lognormal, sigma = 1",
            "lognormal = { mean = \"1s\", sigma = 1 }",
            [1.0, libm::exp(1.0)],
        ),
        law(
            "weibull, shape 0.46, 10 ms to 30 s",
            "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]",
            clipped_weibull(0.46, 0.05, 0.01, 30.0),
        ),
        law(
            "pareto, shape 1.5, 10 ms to 300 ms",
            "pareto = { shape = 1.5, min = \"10ms\", max = \"300ms\" }",
            bounded_pareto(1.5, 0.01, 0.3),
        ),
        law(
            "mixture, 9 of 0.5 s, 1 of 5.5 s",
            "mixture = [{ share = 9, constant = \"500ms\" }, { share = 1, constant = \"5.5s\" }]",
            [1.0, 0.9 * 0.25 + 0.1 * 30.25],
        ),
    ]
}

/// For each law how many million requests are simulated at 50, 70 and 80 %.
const MILLIONS: [[f64; 3]; 8] = [
    [0.7, 1.4, 6.0],
    [0.9, 1.9, 7.0],
    [0.8, 1.8, 7.0],
    [4.0, 9.0, 30.0],
    [5.0, 9.0, 25.0],
    [20.0, 30.0, 50.0],
    [5.0, 9.0, 9.3],
    [2.0, 5.0, 20.0],
];

fn fill(table: &mut Table) {
    for (law, millions) in laws().iter().zip(MILLIONS) {
        for (rho, millions) in [0.5, 0.7, 0.8].into_iter().zip(millions) {
            let rate = rho / law.moments[0];
            let settle = 1000.0 * law.moments[1] / law.moments[0];
            let work = law.work.into();
            let lab = Lab { millions, settle, work, ..Lab::new("random", 1, rate) };
            let Some(runs) = table.run(&lab) else { continue };
            let wait = pollaczek_khinchine(rho, law.moments);
            let setting = format!("{}, rho = {rho}", law.name);
            let mut add = |what: &str, expected, metric| {
                let found = runs.all(metric);
                table.add(Row::exact(what, &setting, "Pollaczek-Khinchine", expected, found));
            };
            add("mean wait, s", wait, Metric::WaitMean);
            add("utilization", rho, Metric::Utilization);
        }
    }
    for (servers, rho, millions) in [(2, 0.5, 1.2), (2, 0.8, 6.1), (8, 0.8, 7.0), (8, 0.9, 20.0)] {
        constant(table, servers, rho, millions);
    }
    for (dynos, routers, rho, millions) in [(4, 1, 0.5, 1.9), (10, 3, 0.8, 7.5), (25, 8, 0.9, 25.0)]
    {
        at_random(table, dynos, routers, rho, millions);
    }
}

/// M/D/c: constant work, as `dynos` of one worker and as one dyno of as many workers.
fn constant(table: &mut Table, servers: u32, rho: f64, millions: f64) {
    let wait = crommelin(servers, rho);
    let load = rho * f64::from(servers);
    for (dynos, count) in [(servers, 1), (1, servers)] {
        let lab = Lab {
            millions,
            process: workers(count),
            work: "constant = \"1s\"".into(),
            ..Lab::new(if count == 1 { "idle-only" } else { "random" }, dynos, load)
        };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("constant, {dynos} dynos of {count}, rho = {rho}");
        let found = runs.all(Metric::WaitMean);
        table.add(Row::exact("mean wait, s", &setting, "Crommelin", wait, found));
    }
}

/// `random` is as many M/M/1 queues as dynos; hops and routers change nothing but the latency.
fn at_random(table: &mut Table, dynos: u32, routers: u32, rho: f64, millions: f64) {
    let rate = rho * f64::from(dynos);
    let lab = Lab {
        millions,
        settle: 1000.0,
        mesh: format!("routers = {routers}\n{}", PLAIN.replace("0s", "50ms")),
        clients: client(&format!("arrivals.poisson = {{ rate = \"{rate}/s\" }}")),
        ..Lab::new("random", dynos, rate)
    };
    let Some(runs) = table.run(&lab) else { return };
    let setting = format!("exponential, `random` over {dynos} by {routers}, rho = {rho}");
    let wait = pollaczek_khinchine(rho, [1.0, 2.0]);
    let mut add = |what: &str, expected, metric| {
        let found = runs.all(metric);
        table.add(Row::exact(what, &setting, "Pollaczek-Khinchine", expected, found));
    };
    add("mean wait, s", wait, Metric::WaitMean);
    add("mean latency with four hops of 50 ms, s", wait + 1.2, Metric::LatencyMean);
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn the_formulas_give_the_listed_values() {
    for (cv2, wait) in [(0.0, 4.5), (0.5, 6.75), (1.0, 9.0), (4.0, 22.5)] {
        assert!((pollaczek_khinchine(0.9, [1.0, 1.0 + cv2]) - wait).abs() < 1e-9);
    }
    // With one server Crommelin's formula is that of Pollaczek and Khinchine.
    for rho in [0.5, 0.8, 0.9] {
        let wait = pollaczek_khinchine(rho, [1.0, 1.0]);
        assert!((crommelin(1, rho) - wait).abs() < 1e-9, "{rho}: {} {wait}", crommelin(1, rho));
    }
}
