//! Numerical mathematics: moments of laws of work, and quantiles.

/// The integral of `f` from `low` to `high` by Simpson's rule on 4,000 pieces.
pub fn simpson(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let pieces = 4_000;
    let step = (high - low) / f64::from(pieces);
    let inner = (1..pieces).map(|i| {
        let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
        weight * f(low + f64::from(i) * step)
    });
    (f(low) + inner.sum::<f64>() + f(high)) * step / 3.0
}

/// The first two moments of Weibull's law with this `shape` and `median`, clipped to `low` and `high`:
/// E X^r is low^r plus the integral of r x^(r-1) P(X > x), here over the logarithm of x.
pub fn clipped_weibull(shape: f64, median: f64, low: f64, high: f64) -> [f64; 2] {
    let scale = median / libm::pow(std::f64::consts::LN_2, 1.0 / shape);
    [1.0, 2.0].map(|r| {
        let above = |log: f64| {
            let x = libm::exp(log);
            r * libm::pow(x, r) * libm::exp(-libm::pow(x / scale, shape))
        };
        libm::pow(low, r) + simpson(libm::log(low), libm::log(high), above)
    })
}

/// The first two moments of Pareto's law with this `shape`, bounded by `low` and `high`.
pub fn bounded_pareto(shape: f64, low: f64, high: f64) -> [f64; 2] {
    let norm = shape * libm::pow(low, shape) / (1.0 - libm::pow(low / high, shape));
    [1.0, 2.0].map(|r| {
        let power = r - shape;
        norm * (libm::pow(high, power) - libm::pow(low, power)) / power
    })
}

/// The time above which a `share` of times is, where `above` gives the share above a time; by bisection
/// up to a thousand seconds.
pub fn quantile(above: impl Fn(f64) -> f64, share: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if above(middle) > share { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[test]
fn moments_agree_with_what_is_known() {
    // Shape 1 is exponential: the mean of a minimum of it and b is 1 - exp(-b), times the scale.
    let median = std::f64::consts::LN_2;
    let [first, second] = clipped_weibull(1.0, median, 1e-9, 2.0);
    assert!((first - (1.0 - libm::exp(-2.0))).abs() < 1e-8, "{first}");
    assert!((second - (2.0 - 6.0 * libm::exp(-2.0))).abs() < 1e-8, "{second}");
    // The work of Rap Genius, by another program with forty digits.
    let [first, second] = clipped_weibull(0.46, 0.05, 0.01, 30.0);
    assert!((first - 0.263_971_574_560).abs() < 1e-9, "{first}");
    assert!((second - 0.504_388_566_909).abs() < 1e-9, "{second}");
    // The moments of a Pareto law by quadrature of its density.
    let (shape, low, high) = (1.5, 0.05, 5.0);
    let norm = shape * libm::pow(low, shape) / (1.0 - libm::pow(low / high, shape));
    for (moment, r) in bounded_pareto(shape, low, high).into_iter().zip([1.0, 2.0]) {
        let density = |log: f64| norm * libm::exp(log * (r - shape));
        let by_sum = simpson(libm::log(low), libm::log(high), density);
        assert!((moment - by_sum).abs() < 1e-9, "{moment} {by_sum}");
    }
}
