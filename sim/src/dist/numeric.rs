//! Special functions, on `libm` alone.

/// The share of a standard normal law that does not exceed `z`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// A polynomial with its coefficients from the constant one upwards.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The standard normal value that a share `p` does not exceed: PPND16 of Wichura, "Algorithm AS 241:
/// the percentage points of the normal distribution", Applied Statistics 37 (1988), accurate to
/// about one part in 10^16.
#[expect(clippy::excessive_precision, reason = "the digits as they were published")]
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 8] = [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ];
    const B: [f64; 8] = [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ];
    const C: [f64; 8] = [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ];
    const E: [f64; 8] = [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ];
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    z.copysign(q)
}

/// The density of the gamma law with shape `a` and scale 1 at `x`, times `x`. `log_gamma` is the
/// logarithm of gamma of `a`.
pub fn gamma_density(a: f64, x: f64, log_gamma: f64) -> f64 {
    libm::exp(a * libm::log(x) - x - log_gamma)
}

/// The lower and the upper regularized incomplete gamma functions P(a, x) and Q(a, x) = 1 - P, each
/// with its own precision: a series below the mean and Lentz's continued fraction above it (Press
/// and others, "Numerical Recipes", section 6.2). `scale` is [`gamma_density`] of the same.
pub fn gamma_shares(a: f64, x: f64, scale: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * (f64::EPSILON / 4.0) {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        let lower = (sum * scale).min(1.0);
        return (lower, 1.0 - lower);
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut fraction = d;
    let mut i = 0.0;
    loop {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / not_zero(numerator * d + b, TINY);
        c = not_zero(b + numerator / c, TINY);
        fraction *= d * c;
        // The fraction converges in about the square root of `a` steps; the bound is for safety.
        if (d * c - 1.0).abs() <= f64::EPSILON || i > 10_000.0 {
            let upper = (fraction * scale).min(1.0);
            return (1.0 - upper, upper);
        }
    }
}

/// `x`, or something tiny instead of zero.
fn not_zero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}

/// The smallest number from `low` to `high` at which the rising function `cdf` reaches `u`, by
/// halving down to neighbouring numbers. `high` must reach it.
pub fn invert(cdf: impl Fn(f64) -> f64, u: f64, mut low: f64, mut high: f64) -> f64 {
    if cdf(low) >= u {
        return low;
    }
    loop {
        let middle = low + (high - low) * 0.5;
        if middle <= low || middle >= high {
            return high;
        }
        if cdf(middle) >= u { high = middle } else { low = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_081_7),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.999, 3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (1e-100, -21.273_453_560_965_324),
        ] {
            let found = normal_quantile(p);
            assert!((found - z).abs() <= 4e-15 * z.abs(), "{p}: {found} {z}");
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn normal_cdf_undoes_the_quantile() {
        for step in 1..10_000 {
            let p = f64::from(step) / 10_000.0;
            let back = normal_cdf(normal_quantile(p));
            assert!((back - p).abs() < 1e-15, "{p}: {back}");
        }
    }

    #[test]
    fn gamma_shares_have_their_closed_forms() {
        let shares = |a: f64, x: f64| gamma_shares(a, x, gamma_density(a, x, libm::lgamma(a)));
        // P(1, x) = 1 - exp(-x); P(1/2, x) = erf(sqrt x); Q(4, x) = exp(-x) (1 + x + x²/2 + x³/6).
        for x in [1e-9, 0.1, 0.7, 1.0, 2.5, 5.0, 20.0, 100.0_f64] {
            let check = |found: f64, expected: f64| {
                assert!((found - expected).abs() <= 1e-13 * expected, "{x}: {found} {expected}");
            };
            check(shares(1.0, x).0, -libm::expm1(-x));
            check(shares(0.5, x).0, libm::erf(x.sqrt()));
            check(shares(4.0, x).1, libm::exp(-x) * (1.0 + x + x * x / 2.0 + x * x * x / 6.0));
        }
        assert_eq!(shares(2.0, 0.0), (0.0, 1.0));
        assert_eq!(shares(2.0, f64::INFINITY), (1.0, 0.0));
    }

    #[test]
    fn halving_ends_at_the_smallest_number_that_reaches() {
        let step = |x: f64| if x >= 0.3 { 1.0 } else { 0.0 };
        assert_eq!(invert(step, 0.5, 0.0, 7.0), 0.3);
        assert_eq!(invert(step, 0.5, 0.3, 7.0), 0.3);
    }
}
