//! The Universal Scalability Law: how throughput grows with nodes.
//!
//! `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`: `lambda` is what one node does, `sigma`
//! what nodes must do one after the other (contention), `kappa` what each pair of nodes costs
//! (coherence). Source: N. J. Gunther, *Guerrilla Capacity Planning* (2007). Fitted by least squares
//! on the throughput with none of the three below 0 (Levenberg 1944, Marquardt 1963); standard errors
//! come from the curvature at the best fit.

use sim::experiment::student_t;

/// The fewest nodes at which something must be known; one more, and the fit has an error.
const FEWEST: usize = 3;

/// The most steps of the fit, and by how little the last one may still improve it.
const STEPS: u32 = 500;
const STILL: f64 = 1e-14;

/// What was measured at a number of nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many nodes, or how much concurrency.
    pub nodes: f64,
    /// Successes a second.
    pub throughput: f64,
}

/// A number of the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficient {
    /// The best fit.
    pub value: f64,
    /// Its standard error; nothing where the points leave none, or where it is 0 and would be less.
    pub error: Option<f64>,
    /// Its 95 % interval, as far as there is an error.
    pub ci95: Option<(f64, f64)>,
}

/// Where throughput is highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// At how many nodes.
    pub nodes: Coefficient,
    /// How high, in successes a second.
    pub throughput: f64,
    /// Whether it lies beyond all that was measured.
    pub beyond: bool,
}

/// The law that fits some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// What one node does, in successes a second.
    pub lambda: Coefficient,
    /// Contention, from 0 to 1 where nodes help at all.
    pub sigma: Coefficient,
    /// Coherence.
    pub kappa: Coefficient,
    /// The standard error of the residuals, in successes a second; nothing without any to spare.
    pub residual: Option<f64>,
    /// Where throughput is highest; nothing where it never falls.
    pub peak: Option<Peak>,
}

/// Why nothing was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Two numbers of nodes leave the law open.
    #[error("{0} different numbers of nodes do not make a curve; it takes {FEWEST}")]
    TooFew(usize),
    /// A point is no measure.
    #[error("nodes and throughput must be more than 0")]
    Nothing,
}

impl Fit {
    /// The throughput that the law says.
    pub fn at(&self, nodes: f64) -> f64 {
        law([self.lambda.value, self.sigma.value, self.kappa.value], nodes)
    }
}

/// The law that fits the points best.
pub fn fit(points: &[Point]) -> Result<Fit, Unfit> {
    let is_measure = |value: f64| value.is_finite() && value > 0.0;
    if !points.iter().all(|point| is_measure(point.nodes) && is_measure(point.throughput)) {
        return Err(Unfit::Nothing);
    }
    let mut nodes: Vec<f64> = points.iter().map(|point| point.nodes).collect();
    nodes.sort_by(f64::total_cmp);
    nodes.dedup();
    if nodes.len() < FEWEST {
        return Err(Unfit::TooFew(nodes.len()));
    }
    // In shares of the highest throughput, so that all three numbers are near 1 or below.
    let scale = points.iter().map(|point| point.throughput).fold(0.0, f64::max);
    let scaled = |point: &Point| Point { throughput: point.throughput / scale, ..*point };
    let points: Vec<Point> = points.iter().map(scaled).collect();
    let starts = [linear(&points), Some([points[0].throughput / points[0].nodes, 0.1, 1e-3])];
    let fits = starts.into_iter().flatten().map(|start| descend(&points, start));
    let best =
        fits.min_by(|one, other| squares(&points, *one).total_cmp(&squares(&points, *other)));
    let best = best.expect("the second start is always there");
    Ok(described(&points, best, scale, nodes[nodes.len() - 1]))
}

fn law([lambda, sigma, kappa]: [f64; 3], nodes: f64) -> f64 {
    lambda * nodes / (1.0 + sigma * (nodes - 1.0) + kappa * nodes * (nodes - 1.0))
}

/// How the law changes with each of its numbers.
fn slopes([lambda, sigma, kappa]: [f64; 3], nodes: f64) -> [f64; 3] {
    let below = 1.0 + sigma * (nodes - 1.0) + kappa * nodes * (nodes - 1.0);
    let with_sigma = -lambda * nodes * (nodes - 1.0) / (below * below);
    [nodes / below, with_sigma, nodes * with_sigma]
}

fn squares(points: &[Point], law_of: [f64; 3]) -> f64 {
    let residual = |point: &Point| point.throughput - law(law_of, point.nodes);
    points.iter().map(|point| residual(point) * residual(point)).sum()
}

/// A start for the fit: `nodes / throughput` is linear in `1 / lambda` and the others over it.
fn linear(points: &[Point]) -> Option<[f64; 3]> {
    let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
    for Point { nodes, throughput } in points {
        let row = [1.0, nodes - 1.0, nodes * (nodes - 1.0)];
        add(&mut matrix, &mut right, row, nodes / throughput);
    }
    let [one, sigma, kappa] = solve(matrix, right, [true; 3])?;
    (one > 0.0).then(|| [1.0 / one, (sigma / one).max(0.0), (kappa / one).max(0.0)])
}

fn add(matrix: &mut [[f64; 3]; 3], right: &mut [f64; 3], row: [f64; 3], value: f64) {
    for i in 0..3 {
        right[i] += row[i] * value;
        for j in 0..3 {
            matrix[i][j] += row[i] * row[j];
        }
    }
}

/// The normal equations of a step from `law_of`.
fn equations(points: &[Point], law_of: [f64; 3]) -> ([[f64; 3]; 3], [f64; 3]) {
    let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
    for point in points {
        let residual = point.throughput - law(law_of, point.nodes);
        add(&mut matrix, &mut right, slopes(law_of, point.nodes), residual);
    }
    (matrix, right)
}

/// The way down to the least squares. A number at 0 that would go below stays there.
fn descend(points: &[Point], start: [f64; 3]) -> [f64; 3] {
    let (mut here, mut least, mut damping) = (start, squares(points, start), 1e-3);
    for _ in 0..STEPS {
        let (matrix, right) = equations(points, here);
        let free = std::array::from_fn(|i| here[i] > 0.0 || right[i] > 0.0);
        let mut damped = matrix;
        (0..3).for_each(|i| damped[i][i] *= 1.0 + damping);
        let Some(step) = solve(damped, right, free) else { break };
        let next: [f64; 3] = std::array::from_fn(|i| (here[i] + step[i]).max(0.0));
        let found = squares(points, next);
        if found <= least && next[0] > 0.0 {
            let is_still = (0..3).all(|i| (next[i] - here[i]).abs() <= STILL * next[i].abs());
            (here, least, damping) = (next, found, (damping / 10.0).max(1e-15));
            if is_still {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e15 {
                break;
            }
        }
    }
    here
}

/// Solves for the free unknowns by elimination with pivots; the others are 0. Nothing where the
/// equations leave one open.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3], free: [bool; 3]) -> Option<[f64; 3]> {
    for i in (0..3).filter(|i| !free[*i]) {
        matrix[i] = [0.0; 3];
        (0..3).for_each(|row| matrix[row][i] = 0.0);
        (matrix[i][i], right[i]) = (1.0, 0.0);
    }
    // Scaled to ones on the diagonal: the three are of very different sizes.
    let size: [f64; 3] = std::array::from_fn(|i| matrix[i][i].sqrt());
    if size.iter().any(|size| !(size.is_finite() && *size > 0.0)) {
        return None;
    }
    for i in 0..3 {
        right[i] /= size[i];
        (0..3).for_each(|j| matrix[i][j] /= size[i] * size[j]);
    }
    for column in 0..3 {
        let largest = |one: &usize, other: &usize| {
            matrix[*one][column].abs().total_cmp(&matrix[*other][column].abs())
        };
        let pivot = (column..3).max_by(largest)?;
        if matrix[pivot][column].abs() < 1e-14 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..3 {
            let times = matrix[row][column] / matrix[column][column];
            right[row] -= times * right[column];
            (column..3).for_each(|j| matrix[row][j] -= times * matrix[column][j]);
        }
    }
    for i in (0..3).rev() {
        let known: f64 = (i + 1..3).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    Some(std::array::from_fn(|i| right[i] / size[i]))
}

/// The fit with its errors, in the unit of the throughput.
fn described(points: &[Point], best: [f64; 3], scale: f64, most: f64) -> Fit {
    let free = best.map(|value| value > 0.0);
    let (matrix, _) = equations(points, best);
    let spare = points.len().saturating_sub(free.iter().filter(|free| **free).count());
    // As many points as numbers leave nothing to learn an error from.
    let spare = if points.len() > FEWEST { spare as u32 } else { 0 };
    let residual = (spare > 0).then(|| (squares(points, best) / f64::from(spare)).sqrt());
    let column = |i: usize| {
        let one = std::array::from_fn(|j| f64::from(u8::from(i == j)));
        solve(matrix, one, free).filter(|_| free[i])
    };
    let covariance = [column(0), column(1), column(2)];
    let with_error = |value: f64, variance: Option<f64>, unit: f64| {
        let error = residual.zip(variance).map(|(residual, v)| unit * residual * v.max(0.0).sqrt());
        let value = value * unit;
        let ci95 = error.map(|error| {
            let half = student_t(spare) * error;
            ((value - half).max(0.0), value + half)
        });
        Coefficient { value, error, ci95 }
    };
    let coefficient =
        |i: usize, unit: f64| with_error(best[i], covariance[i].map(|column| column[i]), unit);
    let [lambda, sigma, kappa] = best;
    let peak = (kappa > 0.0 && sigma < 1.0).then(|| {
        let nodes = ((1.0 - sigma) / kappa).sqrt();
        // How the peak moves with sigma and kappa: the delta method.
        let slopes = [-1.0 / (2.0 * kappa * nodes), -nodes / (2.0 * kappa)];
        let variance = covariance[2].map(|of_kappa| {
            let of_sigma = covariance[1].unwrap_or([0.0; 3]);
            slopes[0] * slopes[0] * of_sigma[1]
                + 2.0 * slopes[0] * slopes[1] * of_sigma[2]
                + slopes[1] * slopes[1] * of_kappa[2]
        });
        let throughput = law([lambda, sigma, kappa], nodes) * scale;
        Peak { nodes: with_error(nodes, variance, 1.0), throughput, beyond: nodes > most }
    });
    Fit {
        lambda: coefficient(0, scale),
        sigma: coefficient(1, 1.0),
        kappa: coefficient(2, 1.0),
        residual: residual.map(|residual| residual * scale),
        peak,
    }
}

#[cfg(test)]
mod tests;
