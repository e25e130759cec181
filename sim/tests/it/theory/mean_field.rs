//! The supermarket model with n dynos, to the order of 1/n.
//!
//! With infinitely many dynos the share x_k of those with at least k requests obeys
//! dx_k/dt = rho (x_(k-1)^d - x_k^d) - (x_k - x_(k+1)), and rests at rho^((d^k - 1) / (d - 1)). With n
//! dynos the mean of x_k is off by V_k / n and by terms in 1/n^2 (N. Gast and B. Van Houdt, *A refined
//! mean field approximation*, 2017). With A and B the first and second derivatives of the right side
//! where it rests, and Q the variance of its jumps, W and V solve the linear equations
//!
//!   A W + W A' + Q = 0,   A V + (1/2) B W + g = 0.
//!
//! g is what drawing without replacement adds: all d of different dynos have at least k requests with
//! the probability x^d - d (d - 1) / 2 x^(d-1) (1 - x) / n, to the same order.

use super::sojourn::Sojourn;

/// What arrivals find at the least loaded of `choices` different ones of `dynos` dynos, each at `rho`.
pub fn sojourn(dynos: u32, choices: u32, rho: f64) -> Sojourn {
    let rest = shares(choices, rho);
    let shift = correction(choices, rho, &rest);
    // All that arrive where there are k requests lift a dyno above k, and as many fall back.
    let least =
        |k: usize| rest.get(k).map_or(0.0, |share| (share + shift[k] / f64::from(dynos)) / rho);
    Sojourn { found: (0..rest.len()).map(|k| least(k) - least(k + 1)).collect() }
}

/// The shares of infinitely many dynos with at least 1, 2, 3... requests, as long as they matter.
fn shares(choices: u32, rho: f64) -> Vec<f64> {
    let d = f64::from(choices);
    let share = |k: i32| libm::pow(rho, (libm::pow(d, f64::from(k)) - 1.0) / (d - 1.0));
    (1..).map(share).take_while(|&share| share > 1e-13).collect()
}

/// The vector V for the shares at rest.
fn correction(choices: u32, rho: f64, rest: &[f64]) -> Vec<f64> {
    let (d, size) = (f64::from(choices), rest.len());
    let x = |k: usize| if k == 0 { 1.0 } else { rest.get(k - 1).copied().unwrap_or(0.0) };
    let slope = |k: usize| rho * d * libm::pow(x(k), d - 1.0);
    let bend = |k: usize| rho * d * (d - 1.0) * libm::pow(x(k), d - 2.0);
    // Row k - 1 of A, of which three entries matter.
    let a = |row: usize, column: usize| {
        let k = row + 1;
        if column == row {
            -slope(k) - 1.0
        } else if column + 1 == row {
            slope(k - 1)
        } else if column == row + 1 {
            1.0
        } else {
            0.0
        }
    };
    // A W + W A' = -Q, entry by entry.
    let (mut left, mut right) = (vec![vec![0.0; size * size]; size * size], vec![0.0; size * size]);
    for i in 0..size {
        for j in 0..size {
            let row = i * size + j;
            for k in 0..size {
                left[row][k * size + j] += a(i, k);
                left[row][i * size + k] += a(j, k);
            }
        }
        right[i * size + i] = -2.0 * (x(i + 1) - x(i + 2));
    }
    let w = solve(left, right);
    let variance = |k: usize| if k == 0 { 0.0 } else { w[(k - 1) * size + k - 1] };
    let apart = |k: usize| d * (d - 1.0) / 2.0 * libm::pow(x(k), d - 1.0) * (1.0 - x(k));
    let right = (1..=size).map(|k| {
        let curved = 0.5 * (bend(k - 1) * variance(k - 1) - bend(k) * variance(k));
        rho * (apart(k - 1) - apart(k)) - curved
    });
    let left = (0..size).map(|i| (0..size).map(|j| a(i, j)).collect()).collect();
    solve(left, right.collect())
}

/// The solution of linear equations by elimination with pivots.
fn solve(mut left: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let key = |row: &usize| left[*row][column].abs();
        let pivot = (column..size).max_by(|a, b| key(a).total_cmp(&key(b))).expect("not empty");
        left.swap(column, pivot);
        right.swap(column, pivot);
        let head = left[column].clone();
        for row in column + 1..size {
            let factor = left[row][column] / head[column];
            if factor != 0.0 {
                for (entry, above) in left[row].iter_mut().zip(&head).skip(column) {
                    *entry -= factor * above;
                }
                right[row] -= factor * right[column];
            }
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|k| left[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / left[row][row];
    }
    right
}

#[test]
fn infinitely_many_dynos_give_the_listed_values() {
    for (rho, listed) in [(0.5, 1.2657), (0.8, 1.9474), (0.9, 2.6141)] {
        assert!((sojourn(u32::MAX, 2, rho).mean() - listed).abs() < 6e-5, "{rho}");
    }
}

#[test]
fn the_correction_is_right_to_the_next_order() {
    // The exact chain of n dynos differs by terms in 1/n^2 alone: four times less with twice as many.
    for choices in [2, 3] {
        let off = |dynos: u8| {
            let exact = super::chain::Chain::new(dynos, choices, 0.5, 7).sojourn().mean();
            exact - sojourn(dynos.into(), choices.into(), 0.5).mean()
        };
        let (few, many) = (off(6), off(12));
        println!("{choices}: {few} {many}");
        assert!(few.abs() < 0.01 && many.abs() < 0.3 * few.abs(), "{choices}: {few} {many}");
    }
}
