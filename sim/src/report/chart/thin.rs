//! Fewer points where many share a column of pixels: nobody sees a difference, and a page with a
//! hundred thousand intervals can be opened.
//!
//! Of the values in a column the first, the last, the lowest and the highest are kept, in their
//! order, so no peak is lost (Jugel and others, "M4", 2014). A gap is kept where a whole column has
//! no value.

use std::borrow::Cow;

/// As many values a column as are kept of it: with no more than these nothing is thinned.
const KEPT: usize = 4;

/// The values of a line at even distances, thinned to `columns`.
pub fn line(values: &[(f64, f64)], columns: usize) -> Cow<'_, [(f64, f64)]> {
    thin(values, columns, |column| {
        let finite = |at: &usize| column[*at].1.is_finite();
        let order = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let places = || (0..column.len()).filter(finite);
        let ends = [places().next(), places().next_back()];
        let mut kept: Vec<usize> =
            [ends[0], places().min_by(order), places().max_by(order), ends[1]]
                .into_iter()
                .flatten()
                .collect();
        kept.sort_unstable();
        kept.dedup();
        match kept.is_empty() {
            true => column[..1].to_vec(),
            false => kept.into_iter().map(|at| column[at]).collect(),
        }
    })
}

/// The edges of a band at even distances, thinned to `columns`: the lowest and the highest of each.
pub fn band(values: &[(f64, f64, f64)], columns: usize) -> Cow<'_, [(f64, f64, f64)]> {
    thin(values, columns, |column| {
        let finite = column.iter().filter(|(_, low, high)| low.is_finite() && high.is_finite());
        let both = |a: (f64, f64, f64), b: &(f64, f64, f64)| (a.0, a.1.min(b.1), a.2.max(b.2));
        let empty = (column[0].0, f64::INFINITY, f64::NEG_INFINITY);
        vec![finite.fold(empty, both)]
    })
}

fn thin<T: Clone>(values: &[T], columns: usize, keep: impl FnMut(&[T]) -> Vec<T>) -> Cow<'_, [T]> {
    let size = values.len().div_ceil(columns.max(1));
    match size <= KEPT {
        true => Cow::Borrowed(values),
        false => Cow::Owned(values.chunks(size).flat_map(keep).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
        values.into_iter().enumerate().map(|(at, value)| (at as f64, value)).collect()
    }

    #[test]
    fn a_line_keeps_its_peaks_and_its_gaps() {
        let few = numbered((0..8).map(f64::from));
        assert_eq!(*line(&few, 2), few[..]);
        let nan = f64::NAN;
        let many =
            numbered([3.0, 1.0, 9.0, 2.0, 5.0, nan, 7.0, nan, nan, nan, nan, nan, nan, nan, nan]);
        let kept = line(&many, 3);
        assert_eq!(kept[..4], [(0.0, 3.0), (1.0, 1.0), (2.0, 9.0), (4.0, 5.0)]);
        assert_eq!(kept[4], (6.0, 7.0));
        assert!(kept[5].1.is_nan() && kept.len() == 6, "{kept:?}");
    }

    #[test]
    fn a_band_keeps_its_edges() {
        let values: Vec<_> = (0..100).map(|at| (f64::from(at), -f64::from(at), 1.0)).collect();
        assert_eq!(*band(&values, 25), values[..]);
        let kept = band(&values, 10);
        assert_eq!((kept.len(), kept[1]), (10, (10.0, -19.0, 1.0)));
        let none = vec![(0.0, f64::NAN, f64::NAN); 50];
        assert!(band(&none, 5).iter().all(|(_, low, _)| !low.is_finite()));
    }

    #[test]
    fn a_picture_does_not_grow_with_the_number_of_intervals() {
        let length = |intervals: u32| {
            let mut results = crate::report::fixture::cascade();
            results.interval = crate::time::Span::from_millis(600_000 / u64::from(intervals));
            for series in results.variants.iter_mut().flat_map(|variant| &mut variant.series) {
                let values = (0..intervals).map(|at| f64::from(at % 17));
                series.mean = values.collect();
                (series.min, series.max) = (series.mean.clone(), series.mean.clone());
            }
            crate::report::chart::svg(&super::super::timeline::draw(&results).unwrap()).len()
        };
        let (some, many) = (length(10_000), length(100_000));
        assert!(many < some + some / 2, "{some} {many}");
    }
}
