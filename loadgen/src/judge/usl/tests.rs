//! The law on points that it made itself, on points with noise, and on published ones.

use super::*;

fn points(pairs: &[(f64, f64)]) -> Vec<Point> {
    pairs
        .iter()
        .map(|(nodes, throughput)| Point { nodes: *nodes, throughput: *throughput })
        .collect()
}

fn near(found: f64, expected: f64, share: f64) -> bool {
    (found - expected).abs() <= share * expected.abs()
}

#[test]
fn points_of_the_law_give_it_back() {
    for law_of in [
        [955.0, 0.027, 0.00077],
        [20.0, 0.05, 4.7e-6],
        [1e6, 0.3, 0.02],
        [3.0, 0.0, 0.001],
        [3.0, 0.2, 0.0],
        [7.0, 0.0, 0.0],
    ] {
        let nodes = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
        let exact: Vec<Point> =
            nodes.iter().map(|n| Point { nodes: *n, throughput: law(law_of, *n) }).collect();
        let found = fit(&exact).unwrap();
        assert!(near(found.lambda.value, law_of[0], 1e-6), "{law_of:?} {found:?}");
        assert!((found.sigma.value - law_of[1]).abs() < 1e-6, "{law_of:?} {found:?}");
        assert!((found.kappa.value - law_of[2]).abs() < 1e-8, "{law_of:?} {found:?}");
        assert!(near(found.at(64.0), law(law_of, 64.0), 1e-3), "{law_of:?}");
        if law_of[2] > 0.0 {
            let peak = found.peak.unwrap();
            assert!(near(peak.nodes.value, ((1.0 - law_of[1]) / law_of[2]).sqrt(), 1e-3));
            assert_eq!(peak.beyond, peak.nodes.value > 32.0);
        }
    }
}

/// SPEC SDM 91 on a SPARCcenter 2000, with what the R package `usl` 3 prints for it: coefficients and
/// their standard errors, the residual error on 4 degrees of freedom, and the peak.
#[test]
fn a_published_fit_is_found_again() {
    let measured = points(&[
        (1.0, 64.9),
        (18.0, 995.9),
        (36.0, 1652.4),
        (72.0, 1853.2),
        (108.0, 1828.9),
        (144.0, 1775.0),
        (216.0, 1702.2),
    ]);
    let found = fit(&measured).unwrap();
    for (coefficient, value, error) in [
        (found.sigma, 0.0277285, 0.0091217),
        (found.kappa, 0.0001044, 0.0000199),
        (found.lambda, 89.9952330, 14.2134894),
    ] {
        assert!(near(coefficient.value, value, 1e-3), "{coefficient:?} {value}");
        assert!(near(coefficient.error.unwrap(), error, 5e-3), "{coefficient:?} {error}");
        let (low, high) = coefficient.ci95.unwrap();
        assert!(near(high - low, 2.0 * 2.776_445 * error, 5e-3), "{coefficient:?}");
    }
    assert!(near(found.residual.unwrap(), 82.8, 1e-3), "{found:?}");
    let peak = found.peak.unwrap();
    assert!(near(peak.nodes.value, 96.52, 1e-3) && near(peak.throughput, 1884.0, 1e-3), "{peak:?}");
    assert!(!peak.beyond && peak.nodes.error.is_some());
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    let law_of = [100.0, 0.05, 0.002];
    let mut state = 1_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let (mut covered, mut peaks, runs) = ([0; 3], 0, 400);
    for _ in 0..runs {
        let nodes = [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0];
        let noisy = nodes.map(|n| Point { nodes: n, throughput: law(law_of, n) + 10.0 * normal() });
        let found = fit(&noisy).unwrap();
        for (i, coefficient) in [found.lambda, found.sigma, found.kappa].into_iter().enumerate() {
            let within =
                coefficient.ci95.is_some_and(|(low, high)| (low..=high).contains(&law_of[i]));
            covered[i] += i32::from(within);
        }
        let truth = ((1.0 - law_of[1]) / law_of[2]).sqrt();
        let interval = found.peak.and_then(|peak| peak.nodes.ci95);
        peaks += i32::from(interval.is_some_and(|(low, high)| (low..=high).contains(&truth)));
    }
    // 95 % of 400 are 380, give or take 4 each standard error.
    for count in covered.into_iter().chain([peaks]) {
        assert!((355..=398).contains(&count), "{covered:?} {peaks} of {runs}");
    }
}

#[test]
fn three_points_give_values_without_intervals_and_two_give_nothing() {
    let law_of = [10.0, 0.1, 0.01];
    let exact = |nodes: &[f64]| -> Vec<Point> {
        nodes.iter().map(|n| Point { nodes: *n, throughput: law(law_of, *n) }).collect()
    };
    let found = fit(&exact(&[1.0, 2.0, 4.0])).unwrap();
    assert!(near(found.lambda.value, 10.0, 1e-6) && near(found.kappa.value, 0.01, 1e-4));
    assert_eq!((found.residual, found.sigma.error, found.sigma.ci95), (None, None, None));
    assert_eq!(found.peak.unwrap().nodes.ci95, None);
    assert!(fit(&exact(&[1.0, 2.0, 4.0, 8.0])).unwrap().residual.is_some());
    assert_eq!(fit(&exact(&[1.0, 2.0, 2.0])), Err(Unfit::TooFew(2)));
    assert_eq!(fit(&points(&[(1.0, 1.0), (2.0, 0.0), (4.0, 2.0)])), Err(Unfit::Nothing));
    assert_eq!(fit(&[]), Err(Unfit::TooFew(0)));
}

#[test]
fn throughput_that_only_falls_still_has_a_law() {
    let found = fit(&points(&[(1.0, 100.0), (2.0, 70.0), (4.0, 40.0), (8.0, 20.0)])).unwrap();
    assert!(found.at(1.0) > found.at(8.0), "{found:?}");
    assert!(found.lambda.value.is_finite() && found.kappa.value >= 0.0, "{found:?}");
}
