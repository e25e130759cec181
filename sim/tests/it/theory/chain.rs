//! The stationary states of a few dynos under "the least loaded of some", solved as a Markov chain.
//!
//! A state says how many of `n` dynos have at least 1, 2, ... `levels` requests. Work is exponential
//! with mean 1, arrivals are Poisson. Nothing is simulated: the balance equations are iterated (Gauss
//! and Seidel), and after each sweep the states with equally many requests are rescaled together, so
//! that the flow up equals the flow down between any two of these sums (aggregation: Koury, McAllister
//! and Stewart 1984).

use super::sojourn::Sojourn;
use std::collections::BTreeMap;

type State = Vec<u8>;

/// `dynos`, of which each request goes to the least loaded of `choices` different ones, at `rho`.
pub struct Chain {
    dynos: u8,
    choices: u8,
    rho: f64,
    states: Vec<State>,
    /// For each state the states before it, with their rates.
    before: Vec<Vec<(u32, f64)>>,
    leaves: Vec<f64>,
}

impl Chain {
    /// All states of dynos with at most `levels` requests each; what comes to a dyno that is full
    /// is lost, so `levels` must be so many that it hardly ever happens.
    pub fn new(dynos: u8, choices: u8, rho: f64, levels: usize) -> Chain {
        let mut states = Vec::new();
        enumerate(&mut vec![0; levels], 0, dynos, &mut states);
        states.sort_by_key(requests);
        let index: BTreeMap<&State, u32> = states.iter().zip(0..).collect();
        let mut chain = Chain {
            dynos,
            choices,
            rho,
            states: Vec::new(),
            before: Vec::new(),
            leaves: Vec::new(),
        };
        chain.before = vec![Vec::new(); states.len()];
        chain.leaves = vec![0.0; states.len()];
        for (state, from) in states.iter().zip(0_u32..) {
            for (to, rate) in chain.steps(state) {
                chain.before[index[&to] as usize].push((from, rate));
                chain.leaves[from as usize] += rate;
            }
        }
        chain.states = states;
        chain
    }

    /// The share of choices of which all have at least `count` of the dynos' members.
    fn all_among(&self, count: u8) -> f64 {
        (0..self.choices)
            .map(|i| f64::from(count.saturating_sub(i)) / f64::from(self.dynos - i))
            .product()
    }

    /// The share of arrivals that find exactly `k` requests at their dyno.
    fn finds(&self, state: &State, k: usize) -> f64 {
        let least = |k: usize| match k {
            0 => 1.0,
            k => state.get(k - 1).map_or(0.0, |&count| self.all_among(count)),
        };
        least(k) - least(k + 1)
    }

    fn steps(&self, state: &State) -> Vec<(State, f64)> {
        let mut steps = Vec::new();
        for k in 0..state.len() {
            let arrivals = self.rho * f64::from(self.dynos) * self.finds(state, k);
            if arrivals > 0.0 {
                let mut to = state.clone();
                to[k] += 1;
                steps.push((to, arrivals));
            }
            let ends = state[k] - state.get(k + 1).copied().unwrap_or(0);
            if ends > 0 {
                let mut to = state.clone();
                to[k] -= 1;
                steps.push((to, f64::from(ends)));
            }
        }
        steps
    }

    /// What arrivals find in the long run.
    pub fn sojourn(&self) -> Sojourn {
        let shares = self.stationary();
        let levels = self.states[0].len();
        let found = (0..levels).map(|k| {
            let with = self.states.iter().zip(&shares);
            with.map(|(state, share)| share * self.finds(state, k)).sum()
        });
        Sojourn { found: found.collect() }
    }

    /// The share of time in each state.
    fn stationary(&self) -> Vec<f64> {
        let mut shares = vec![1.0 / self.states.len() as f64; self.states.len()];
        let mut last = 0.0;
        for _ in 0..2_000 {
            // Upwards and downwards by turns: arrivals are carried along by the one, ends by the other.
            for state in (0..shares.len()).chain((0..shares.len()).rev()) {
                let before = self.before[state].iter();
                let flow: f64 = before.map(|&(from, rate)| shares[from as usize] * rate).sum();
                shares[state] = flow / self.leaves[state];
            }
            let mean = self.balance(&mut shares);
            if (mean - last).abs() < 1e-9 * mean {
                return shares;
            }
            last = mean;
        }
        panic!("the chain of {} dynos did not converge", self.dynos);
    }

    /// Rescales the states with 0, 1, 2... requests so that as many arrive at each sum from below as
    /// leave it downwards; gives the mean number of requests.
    fn balance(&self, shares: &mut [f64]) -> f64 {
        let most = requests(self.states.last().expect("there is the empty state"));
        let mut sums = vec![(0.0, 0.0, 0.0); most + 1];
        for (state, share) in self.states.iter().zip(&*shares) {
            let (mass, up, down) = &mut sums[requests(state)];
            let busy = f64::from(state[0]);
            *mass += share;
            *down += share * busy;
            let full = *state.last().expect("there are levels");
            *up += share * self.rho * f64::from(self.dynos) * (1.0 - self.all_among(full));
        }
        // The weight of each sum, from the one below it, and the factor that leads there.
        let mut factors = vec![1.0 / sums[0].0];
        for k in 1..sums.len() {
            let flow = factors[k - 1] * sums[k - 1].1;
            factors.push(flow / sums[k].2);
        }
        let total: f64 = factors.iter().zip(&sums).map(|(factor, sum)| factor * sum.0).sum();
        let mut mean = 0.0;
        for (state, share) in self.states.iter().zip(shares) {
            *share *= factors[requests(state)] / total;
            mean += *share * requests(state) as f64;
        }
        mean
    }
}

fn requests(state: &State) -> usize {
    state.iter().map(|&count| usize::from(count)).sum()
}

/// All sequences from `at` on that never grow and begin with at most `most`.
fn enumerate(state: &mut State, at: usize, most: u8, into: &mut Vec<State>) {
    if at == state.len() {
        into.push(state.clone());
        return;
    }
    for count in 0..=most {
        state[at] = count;
        enumerate(state, at + 1, count, into);
    }
    state[at] = 0;
}

#[test]
fn one_dyno_is_mm1_and_the_shortest_of_two_is_as_published() {
    let sojourn = Chain::new(1, 1, 0.8, 200).sojourn();
    assert!((sojourn.mean() - 5.0).abs() < 1e-8, "{}", sojourn.mean());
    // A random one of three dynos is M/M/1, too.
    let sojourn = Chain::new(3, 1, 0.5, 20).sojourn();
    assert!((sojourn.mean() - 2.0).abs() < 1e-4, "{}", sojourn.mean());
}
