//! Means, variances, and Student's t: how sure a mean over few replications is.

/// Quantiles of the normal distribution are needed at one probability only: this is 97.5 %.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// The largest degrees of freedom whose quantile is computed exactly; above, the expansion's error
/// is below 1e-9.
const EXACT: u32 = 200;

/// The mean; NaN of nothing. Infinite when a value is infinite. It is summed around the first value,
/// so that the mean of equal values is that value, to the last bit.
pub fn mean(values: &[f64]) -> f64 {
    match values.first() {
        Some(first) if values.iter().all(|value| value.is_finite()) => {
            let beyond: f64 = values.iter().map(|value| value - first).sum();
            first + beyond / values.len() as f64
        }
        _ => values.iter().sum::<f64>() / values.len() as f64,
    }
}

/// The unbiased variance of a sample (the sum of squares over n - 1), in two passes. Nothing with
/// fewer than two values or with an infinite one.
pub fn variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(squares / (values.len() - 1) as f64)
}

/// The 97.5 % quantile of Student's t with `freedom` degrees of freedom, at least one: half the
/// width of a 95 % interval in standard errors.
///
/// Up to 200 degrees the distribution function, a finite sum (Abramowitz and Stegun 1964, 26.7.3 and
/// 26.7.4), is inverted by bisection; above, the expansion in 1 / freedom (26.7.5).
pub fn student_t(freedom: u32) -> f64 {
    assert!(freedom > 0, "an interval needs two values");
    let n = f64::from(freedom);
    if freedom > EXACT {
        let x = NORMAL_975;
        let x2 = x * x;
        let terms = [
            (x2 + 1.0) / 4.0,
            ((5.0 * x2 + 16.0) * x2 + 3.0) / 96.0,
            (((3.0 * x2 + 19.0) * x2 + 17.0) * x2 - 15.0) / 384.0,
        ];
        return x * (1.0 + terms[0] / n + terms[1] / (n * n) + terms[2] / (n * n * n));
    }
    // The angle whose tangent is t / sqrt(freedom): 95 % lie within plus and minus the quantile.
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if within(middle, freedom) < 0.95 { low = middle } else { high = middle }
    }
    libm::tan(0.5 * (low + high)) * n.sqrt()
}

/// The probability that Student's t lies within plus and minus sqrt(freedom) * tan(angle).
fn within(angle: f64, freedom: u32) -> f64 {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let squared = cos * cos;
    // Both sums are built from their first term on, each term from the one before.
    let sum = |first: f64, start: u32| {
        let (mut term, mut sum, mut k) = (first, 0.0, start);
        while k < freedom {
            sum += term;
            term *= squared * f64::from(k) / f64::from(k + 1);
            k += 2;
        }
        sum
    };
    if freedom % 2 == 1 {
        std::f64::consts::FRAC_2_PI * (angle + sin * sum(cos, 2))
    } else {
        sin * sum(1.0, 1)
    }
}

/// Student's quantiles, each computed once.
#[derive(Default)]
pub(super) struct Quantiles {
    known: Vec<Option<f64>>,
}

impl Quantiles {
    /// The 95 % confidence interval of the mean of `values`; nothing with fewer than two values or
    /// with an infinite one.
    pub fn interval(&mut self, values: &[f64]) -> Option<(f64, f64)> {
        let variance = variance(values)?;
        let mean = mean(values);
        let half = self.student_t(values.len() - 1) * (variance / values.len() as f64).sqrt();
        Some((mean - half, mean + half))
    }

    fn student_t(&mut self, freedom: usize) -> f64 {
        if self.known.len() <= freedom {
            self.known.resize(freedom + 1, None);
        }
        let degrees = u32::try_from(freedom).unwrap_or(u32::MAX);
        *self.known[freedom].get_or_insert_with(|| student_t(degrees))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_agrees_with_the_tables() {
        for (freedom, quantile) in [
            (1, 12.706_204_736),
            (2, 4.302_652_730),
            (3, 3.182_446_305),
            (4, 2.776_445_105),
            (5, 2.570_581_836),
            (9, 2.262_157_163),
            (10, 2.228_138_852),
            (29, 2.045_229_642),
            (30, 2.042_272_456),
            (60, 2.000_297_822),
            (100, 1.983_971_519),
            (120, 1.979_930_405),
            (1_000, 1.962_339_080),
        ] {
            let found = student_t(freedom);
            assert!((found - quantile).abs() < 1e-6, "{freedom}: {found}");
        }
    }

    #[test]
    fn the_expansion_continues_the_exact_quantiles() {
        let (exact, expanded) = (student_t(EXACT), student_t(EXACT + 1));
        assert!(exact > expanded && exact - expanded < 1e-4, "{exact} {expanded}");
        assert!((student_t(u32::MAX) - NORMAL_975).abs() < 1e-8);
    }

    #[test]
    fn intervals_of_small_samples() {
        let mut quantiles = Quantiles::default();
        let (low, high) = quantiles.interval(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        // The mean 2.5, plus and minus 3.182446 * sqrt((5 / 3) / 4).
        assert!((low - 0.445_739_74).abs() < 1e-6, "{low}");
        assert!((high - 4.554_260_26).abs() < 1e-6, "{high}");
        assert_eq!(quantiles.interval(&[3.0, 3.0]), Some((3.0, 3.0)));
        for without in [vec![], vec![1.0], vec![1.0, f64::INFINITY]] {
            assert_eq!(quantiles.interval(&without), None);
        }
        assert_eq!(mean(&[1.0, f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn intervals_hold_the_mean_as_often_as_they_say() {
        // Sums of twelve uniforms are close to normal; 2,000 samples of 5 each.
        let seed = crate::rng::Seed { scenario: 1, replication: 0 };
        let mut stream = crate::rng::Stream::named(seed, "intervals", 0);
        let mut quantiles = Quantiles::default();
        let mut normal = || (0..12).map(|_| stream.unit()).sum::<f64>() - 6.0;
        let hits = (0..2_000)
            .filter(|_| {
                let values: Vec<f64> = (0..5).map(|_| normal()).collect();
                let (low, high) = quantiles.interval(&values).unwrap();
                low <= 0.0 && 0.0 <= high
            })
            .count();
        // 1,900 are expected; five standard deviations are 5 * sqrt(2000 * 0.95 * 0.05) = 49.
        assert!((1_851..=1_949).contains(&hits), "{hits}");
    }
}
