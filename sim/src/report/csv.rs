//! Tables for programs: `summary.csv` and `series.csv`.
//!
//! Numbers are the shortest that read back as the same value, without exponents; what has no value
//! is blank, what is infinite is `inf`.

use crate::experiment::{Estimate, Results};

/// Every measure of every scope of every variant.
pub fn summary(results: &Results) -> String {
    let header = [
        "variant",
        "scope",
        "metric",
        "unit",
        "mean",
        "ci95_low",
        "ci95_high",
        "min",
        "max",
        "replications",
    ];
    let rows = results.variants.iter().flat_map(|variant| {
        let row = |found| measure_row(&variant.name, found);
        variant.estimates.iter().map(row)
    });
    table(&header, rows)
}

fn measure_row(variant: &str, found: &Estimate) -> [String; 10] {
    let (low, high) = found.ci95.unwrap_or((f64::NAN, f64::NAN));
    let [mean, low, high, min, max] = [found.mean, low, high, found.min, found.max].map(number);
    let [scope, metric, unit] = [&found.scope, found.metric.name(), found.metric.unit()];
    let [variant, scope, metric, unit] = [variant, scope, metric, unit].map(str::to_string);
    [variant, scope, metric, unit, mean, low, high, min, max, found.replications.to_string()]
}

/// Every series of every variant, one row an interval; `t` is the interval's start in seconds of
/// the measured time.
pub fn series(results: &Results) -> String {
    let header = ["variant", "scope", "metric", "unit", "t", "mean", "min", "max"];
    let rows = results.variants.iter().flat_map(|variant| {
        variant.series.iter().flat_map(|series| {
            (0..series.mean.len()).map(|at| {
                let t = (results.interval * at as u64).seconds();
                let values = [t, series.mean[at], series.min[at], series.max[at]].map(number);
                let [scope, metric, unit] =
                    [&series.scope, series.metric.name(), series.metric.unit()];
                let [variant, scope, metric, unit] =
                    [&variant.name, scope, metric, unit].map(str::to_string);
                let [t, mean, min, max] = values;
                [variant, scope, metric, unit, t, mean, min, max]
            })
        })
    });
    table(&header, rows)
}

/// Writes rows as they come, so that no more than one is there as cells: a report of thousands of
/// variants has millions.
fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("writing to memory cannot fail");
    for row in rows {
        writer.write_record(row).expect("every row is as long as the header");
    }
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("the fields are text")
}

/// The shortest text that reads back as the same number; adding zero drops the sign of zero.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { (value + 0.0).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;
    use crate::report::fixture;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let record = |record: Result<csv::StringRecord, csv::Error>| {
            record.unwrap().iter().map(String::from).collect()
        };
        reader.records().map(record).collect()
    }

    #[test]
    fn headers_are_the_contract() {
        let results = fixture::base();
        assert!(summary(&results).starts_with(
            "variant,scope,metric,unit,mean,ci95_low,ci95_high,min,max,replications\n"
        ));
        assert_eq!(series(&results), "variant,scope,metric,unit,t,mean,min,max\n");
    }

    #[test]
    fn numbers_read_back_as_they_were() {
        for results in fixture::all() {
            let rows = rows(&summary(&results));
            let estimates = results.variants.iter().flat_map(|variant| {
                variant.estimates.iter().map(move |found| (&variant.name, found))
            });
            let estimates: Vec<_> = estimates.collect();
            assert_eq!(rows.len(), estimates.len());
            for (row, (name, found)) in rows.iter().zip(estimates) {
                assert_eq!((&row[0], row[1].as_str()), (name, found.scope.as_str()));
                assert_eq!(Metric::parse(&row[2]), Some(found.metric));
                let mean = if row[4].is_empty() { f64::NAN } else { row[4].parse().unwrap() };
                assert_eq!(mean.to_bits() | 1 << 63, found.mean.to_bits() | 1 << 63, "{row:?}");
            }
        }
    }

    #[test]
    fn series_start_at_zero_and_leave_gaps_blank() {
        let rows_of = |results: &Results| rows(&series(results));
        let cascade = rows_of(&fixture::cascade());
        assert_eq!(cascade.len(), 5 * 5 * 60);
        assert_eq!((cascade[0][4].as_str(), cascade[59][4].as_str()), ("0", "590"));
        assert!(rows_of(&fixture::ruin()).iter().all(|row| row[5].is_empty()));
    }

    #[test]
    fn numbers_have_no_exponent() {
        for (value, text) in [
            (1e-7, "0.0000001"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1000000000000000000000"),
            (-0.0, "0"),
            (f64::INFINITY, "inf"),
            (f64::NAN, ""),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
