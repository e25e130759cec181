//! Tables for programs: `summary.csv` and `series.csv`.
//!
//! Numbers are the shortest that read back as the same value, without exponents; what has no value
//! is blank, what is infinite is `inf`.

use crate::experiment::Results;

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
    let mut rows = Vec::new();
    for variant in &results.variants {
        for found in &variant.estimates {
            let (low, high) = found.ci95.unwrap_or((f64::NAN, f64::NAN));
            let mut row = vec![
                variant.name.clone(),
                found.scope.clone(),
                found.metric.name().to_string(),
                found.metric.unit().to_string(),
            ];
            row.extend([found.mean, low, high, found.min, found.max].map(number));
            row.push(found.replications.to_string());
            rows.push(row);
        }
    }
    table(&header, &rows)
}

/// Every series of every variant, one row an interval; `t` is the interval's start in seconds of
/// the measured time.
pub fn series(results: &Results) -> String {
    let header = ["variant", "scope", "metric", "unit", "t", "mean", "min", "max"];
    let mut rows = Vec::new();
    for variant in &results.variants {
        for series in &variant.series {
            let values = series.mean.iter().zip(&series.min).zip(&series.max);
            for (at, ((mean, min), max)) in values.enumerate() {
                let mut row = vec![
                    variant.name.clone(),
                    series.scope.clone(),
                    series.metric.name().to_string(),
                    series.metric.unit().to_string(),
                ];
                let t = (results.interval * at as u64).seconds();
                row.extend([t, *mean, *min, *max].map(number));
                rows.push(row);
            }
        }
    }
    table(&header, &rows)
}

fn table(header: &[&str], rows: &[Vec<String>]) -> String {
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
