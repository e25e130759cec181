//! Means, variances, and Student's t: how sure a mean over few replications is.

/// How sure an interval is meant to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// The probability that the interval holds what it estimates.
    within: f64,
    /// Half the width of such an interval of the standard normal distribution.
    normal: f64,
}

/// The level of every interval that is reported.
const NINETY_FIVE: Level = Level { within: 0.95, normal: 1.959_963_984_540_054 };
/// The level of a test that is made for many variants, of which none should fail by chance.
pub(super) const STRICT: Level = Level { within: 0.999, normal: 3.290_526_731_491_926 };

/// The most degrees of freedom of an exact quantile; above, the expansion's error is below 1e-9.
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
    half_width(freedom, NINETY_FIVE)
}

/// The same at any level.
pub(super) fn half_width(freedom: u32, level: Level) -> f64 {
    assert!(freedom > 0, "an interval needs two values");
    if freedom > EXACT { expanded(freedom, level) } else { inverted(freedom, level) }
}

/// By the expansion, which is the better the larger `freedom` is.
fn expanded(freedom: u32, level: Level) -> f64 {
    let (n, x, x2) = (f64::from(freedom), level.normal, level.normal * level.normal);
    let terms = [
        (x2 + 1.0) / 4.0,
        ((5.0 * x2 + 16.0) * x2 + 3.0) / 96.0,
        (((3.0 * x2 + 19.0) * x2 + 17.0) * x2 - 15.0) / 384.0,
    ];
    x * (1.0 + terms[0] / n + terms[1] / (n * n) + terms[2] / (n * n * n))
}

/// By bisection: as exact as a float, in time that grows with `freedom`.
fn inverted(freedom: u32, level: Level) -> f64 {
    // The angle whose tangent is t / sqrt(freedom): that share lies within plus and minus the quantile.
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if within(middle, freedom) < level.within { low = middle } else { high = middle }
    }
    libm::tan(0.5 * (low + high)) * f64::from(freedom).sqrt()
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

/// The difference of two means that were estimated independently, with standard errors and degrees
/// of freedom of their own: the half width of its 95 % interval (Welch 1947). The degrees of freedom
/// are Satterthwaite's, rounded down.
pub(super) fn welch(first: (f64, u32), second: (f64, u32)) -> f64 {
    let square = |(error, _): (f64, u32)| error * error;
    let sum = square(first) + square(second);
    if sum == 0.0 {
        return 0.0;
    }
    let share = |part: (f64, u32)| square(part) * square(part) / f64::from(part.1);
    let freedom = sum * sum / (share(first) + share(second));
    student_t((freedom as u32).max(1)) * sum.sqrt()
}

/// How many times smaller pairing made the variance of the mean difference:
/// (Var X + Var Y) / Var(X - Y). Nothing where it is undefined or says nothing: without variance left
/// (but for rounding), or from fewer than five pairs.
pub(super) fn pairing_gain(first: &[f64], second: &[f64]) -> Option<f64> {
    const ENOUGH: usize = 5;
    const ROUNDING: f64 = 1e-18;
    let differences: Vec<f64> = first.iter().zip(second).map(|(x, y)| x - y).collect();
    if differences.len() < ENOUGH {
        return None;
    }
    let alone = variance(first)? + variance(second)?;
    let paired = variance(&differences)?;
    (paired > ROUNDING * alone).then(|| alone / paired)
}

/// Student's quantiles, each computed once.
#[derive(Default)]
pub(super) struct Quantiles {
    known: Vec<Option<f64>>,
}

impl Quantiles {
    /// The 95 % confidence interval around an estimate of a whole, from values of its equal parts:
    /// Student's t over the parts' squared distances from the whole (sectioning: Asmussen and Glynn
    /// 2007, III.5). Where the whole is the mean of its parts, as for counts over time, these are
    /// batch means. Nothing with fewer than two parts or with an infinite one.
    pub fn sectioned(&mut self, whole: f64, parts: &[f64]) -> Option<(f64, f64)> {
        if parts.len() < 2 || parts.iter().chain([&whole]).any(|value| !value.is_finite()) {
            return None;
        }
        let squares: f64 = parts.iter().map(|part| (part - whole) * (part - whole)).sum();
        let (count, freedom) = (parts.len() as f64, parts.len() - 1);
        let half = self.student_t(freedom) * (squares / (count * freedom as f64)).sqrt();
        Some((whole - half, whole + half))
    }

    /// The 95 % confidence interval of the mean of `values`; nothing with fewer than two values or
    /// with an infinite one.
    pub fn interval(&mut self, values: &[f64]) -> Option<(f64, f64)> {
        let variance = variance(values)?;
        let mean = mean(values);
        let half = self.student_t(values.len() - 1) * (variance / values.len() as f64).sqrt();
        Some((mean - half, mean + half))
    }

    /// The quantile of [`student_t`].
    pub fn student_t(&mut self, freedom: usize) -> f64 {
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
        for (level, error) in [(NINETY_FIVE, 1e-9), (STRICT, 1e-7)] {
            let (exact, close) = (inverted(EXACT, level), expanded(EXACT, level));
            assert!((exact - close).abs() < error, "{level:?}: {exact} {close}");
        }
        assert!((student_t(u32::MAX) - NINETY_FIVE.normal).abs() < 1e-8);
    }

    #[test]
    fn other_levels_agree_with_the_tables() {
        for (freedom, quantile) in [(1, 636.619), (4, 8.610), (9, 4.781), (30, 3.646), (120, 3.373)]
        {
            let found = half_width(freedom, STRICT);
            assert!((found - quantile).abs() < 1e-3, "{freedom}: {found}");
        }
        assert!((half_width(u32::MAX, STRICT) - 3.290_527).abs() < 1e-5);
    }

    #[test]
    fn two_means_compare_as_published() {
        // Three examples that the literature of Welch's test repeats, by sizes and variances, with
        // the degrees of freedom 24.9, 9.9 and 24.4.
        for ((n, variance), (other_n, other_variance), freedom) in
            [((15, 7.9), (15, 3.8), 24), ((10, 9.0), (20, 0.9), 9), ((10, 1.4), (20, 17.1), 24)]
        {
            let error = |variance: f64, n: u32| (variance / f64::from(n)).sqrt();
            let found =
                welch((error(variance, n), n - 1), (error(other_variance, other_n), other_n - 1));
            let sum = variance / f64::from(n) + other_variance / f64::from(other_n);
            assert!((found - student_t(freedom) * sum.sqrt()).abs() < 1e-12, "{n} {other_n}");
        }
        assert_eq!(welch((0.0, 4), (0.0, 4)), 0.0);
        // One side without error leaves the other's own interval.
        assert!((welch((0.0, 4), (2.0, 9)) - 2.0 * student_t(9)).abs() < 1e-12);
    }

    #[test]
    fn pairing_gains_what_traffic_shares() {
        let first = [1.0, 2.0, 3.0, 4.0, 5.0];
        // X - Y is 1, -1, 1, -1, 1, with variance 1.2; X has 2.5 and Y has 3.7.
        let second = [0.0, 3.0, 2.0, 5.0, 4.0];
        let gain = pairing_gain(&first, &second).unwrap();
        assert!((gain - (2.5 + 3.7) / 1.2).abs() < 1e-12, "{gain}");
        let shifted = first.map(|value| value + 0.1);
        assert_eq!(pairing_gain(&first, &shifted), None);
        assert_eq!(pairing_gain(&first[..4], &second[..4]), None);
        assert_eq!(pairing_gain(&first, &[f64::INFINITY; 5]), None);
        // What moves against each other loses by pairing.
        let mirrored = first.map(|value| -value);
        assert_eq!(pairing_gain(&first, &mirrored), Some(0.5));
    }

    #[test]
    fn parts_give_an_interval_around_their_whole() {
        let mut quantiles = Quantiles::default();
        let parts = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantiles.sectioned(2.5, &parts), quantiles.interval(&parts));
        // Around a whole that is not the mean of its parts the interval is wider.
        let (low, high) = quantiles.sectioned(3.0, &parts).unwrap();
        let half = student_t(3) * ((5.0 + 4.0 * 0.25) / 12.0_f64).sqrt();
        assert!((high - 3.0 - half).abs() < 1e-12 && (3.0 - low - half).abs() < 1e-12);
        assert_eq!(quantiles.sectioned(1.0, &[1.0]), None);
        assert_eq!(quantiles.sectioned(f64::INFINITY, &parts), None);
    }

    #[test]
    fn a_variance_does_not_depend_on_where_the_values_lie() {
        for far in [0.0, 1e6, -1e9, 1e16] {
            assert_eq!(variance(&[far, far + 2.0, far + 4.0]), Some(4.0), "{far}");
        }
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
