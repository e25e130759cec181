//! Balancers that look at a request's key, and weights.

use super::lab::{Lab, workers};
use super::{Family, Row, Table};
use sim::metrics::Metric;
use sim::rng::mix;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Keys and weights: every dyno an M/M/1 with its share",
    text: "\
Poisson arrivals, exponential work of 1 s, and each request is about one of ten million keys, drawn \
evenly: a balancer that goes by a hash of the key alone splits the arrivals at random, so dyno i is \
M/M/1 with its share p_i of the keys (the split of a Poisson process is of Poisson processes), and the \
mean latency is the sum of p_i / (1 - p_i n rho). Under `rendezvous` all shares are equal (D. Thaler and \
C. Ravishankar 1998). The table of `maglev` (D. Eisenbud and others 2016) has 65537 entries, of which \
dynos have equally many or one more. The ring of `consistent-hash` (D. Karger and others 1997) is built \
anew by the test, with the hashes of the simulator: shares are lengths of arcs. That keys are not \
infinitely many makes the share of one of ten dynos differ by some 0.1 % (one standard deviation) and \
latencies by less than half as much: 0.1 % is allowed. (A key for each request, at first, failed here by five standard errors: such keys were the same in \
every replication. They are no longer.) With work of a constant second and workers \
for all, the mean latency under `weighted-round-robin` tells the shares of dynos of two speeds.",
    fill,
};

/// The mean latency of M/M/1 queues with these shares of `rate`, and work of a mean second.
fn split(shares: &[f64], rate: f64) -> f64 {
    shares.iter().map(|share| share / (1.0 - share * rate)).sum()
}

/// The shares of equal dynos in maglev's table.
fn table_shares(dynos: u32) -> Vec<f64> {
    let (each, more) = (65_537 / dynos, 65_537 % dynos);
    (0..dynos).map(|dyno| f64::from(each + u32::from(dyno < more)) / 65_537.0).collect()
}

/// The shares of equal dynos on the ring: a place belongs to the first of a dyno's `points` at or
/// after it.
fn ring_shares(dynos: u32, points: u64) -> Vec<f64> {
    let salt = 0x706f_696e_7473_2121;
    let mut ring: Vec<(u64, u32)> = (0..dynos)
        .flat_map(|dyno| {
            let seed = mix(u64::from(dyno) ^ salt);
            (0..points).map(move |index| (mix(seed.wrapping_add(index)) >> 32, dyno))
        })
        .collect();
    ring.sort_unstable();
    let whole = 1_u64 << 32;
    let mut shares = vec![0.0; dynos as usize];
    let mut before = ring[ring.len() - 1].0;
    for (place, dyno) in ring {
        shares[dyno as usize] += ((place + whole - before) % whole) as f64 / whole as f64;
        before = place;
    }
    shares
}

fn fill(table: &mut Table) {
    let equal = |dynos: u32| vec![1.0 / f64::from(dynos); dynos as usize];
    for (name, balancer, shares, rho, millions) in [
        ("rendezvous", "\"rendezvous\"", equal(5), 0.5, 1.0),
        ("rendezvous", "\"rendezvous\"", equal(10), 0.8, 9.0),
        ("maglev", "\"maglev\"", table_shares(5), 0.5, 1.0),
        ("maglev", "\"maglev\"", table_shares(10), 0.8, 9.0),
        ("consistent-hash", "\"consistent-hash\"", ring_shares(5, 160), 0.5, 1.1),
        ("consistent-hash", "\"consistent-hash\"", ring_shares(10, 160), 0.7, 6.0),
        (
            "consistent-hash of 20",
            "{ consistent-hash = { points = 20 } }",
            ring_shares(10, 20),
            0.5,
            2.5,
        ),
    ] {
        let dynos = shares.len() as u32;
        let rate = rho * f64::from(dynos);
        let mut lab = Lab { millions, settle: 1000.0, ..Lab::new("random", dynos, rate) };
        lab.mesh = lab.mesh.replace("\"random\"", balancer);
        // Without `keys` request number k has the same key in all replications.
        lab.clients += "keys = { count = 10000000, uniform = {} }\n";
        let Some(runs) = table.run(&lab) else { continue };
        let most = shares.iter().fold(0.0, |most: f64, &share| most.max(share));
        let most = most * f64::from(dynos);
        let setting = format!("`{name}`, {dynos} dynos, rho = {rho}, at most {:.3}", most * rho);
        let (expected, found) = (split(&shares, rate), runs.all(Metric::LatencyMean));
        let row = Row::exact("mean latency, s", &setting, "n M/M/1", expected, found);
        table.add(row.within(0.001 * expected));
    }
    weights(table);
}

/// A dyno of speed 1 and weight 1, and one of speed 2: where it has weight w, the share w / (w + 1) of
/// requests takes half a second.
fn weights(table: &mut Table) {
    for weight in [1.0, 2.0, 3.0] {
        let classes = format!("class.old = {{}}\nclass.new = {{ speed = 2, weight = {weight:?} }}");
        let lab = Lab {
            millions: 0.2,
            process: format!("{}\n{classes}", workers(1000)),
            work: "constant = \"1s\"".into(),
            ..Lab::new("weighted-round-robin", 2, 10.0)
        };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("`weighted-round-robin`, speeds 2 : 1, weights {weight} : 1");
        let (expected, found) =
            (1.0 - 0.5 * weight / (weight + 1.0), runs.all(Metric::LatencyMean));
        table.add(Row::exact("mean latency, s", &setting, "shares", expected, found).within(1e-4));
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn shares_are_a_whole() {
    for shares in [ring_shares(10, 160), ring_shares(10, 20), table_shares(10), table_shares(5)] {
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{shares:?}");
    }
    // Equal shares are M/M/1, and unequal ones wait for longer.
    assert!((split(&[0.1; 10], 8.0) - 5.0).abs() < 1e-12);
    assert!(split(&ring_shares(10, 160), 8.0) > 5.0);
}

#[test]
fn a_bound_keeps_a_popular_key_from_one_dyno() {
    // The most popular of the keys has more requests than a dyno can serve.
    let waits = ["\"unlimited\"", "\"150%\""].map(|bound| {
        let mut lab = Lab { millions: 0.1, ..Lab::new("random", 10, 5.0) };
        let balancer = format!("{{ consistent-hash = {{ bound = {bound} }} }}");
        lab.mesh = lab.mesh.replace("\"random\"", &balancer);
        lab.clients += "keys = { count = 1000, zipf = 1.5 }\n";
        lab.run().all(Metric::WaitMean).mean
    });
    assert!(waits[1] < 0.1 * waits[0], "without a bound and with one: {waits:?}");
}
