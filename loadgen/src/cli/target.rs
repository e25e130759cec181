//! The target's own measures, beside the report: `target.csv`, one row a value; where there was none,
//! there is no row.

use sim::cli::Failure;
use sim::experiment::TargetSeries;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes the measures into the report's directory, whole or not at all; gives where. Removes those of
/// an earlier run when there are none.
pub(super) fn write(out: &Path, series: &[TargetSeries]) -> Result<Option<PathBuf>, Failure> {
    let path = out.join("target.csv");
    let failed = |error: &dyn std::fmt::Display| {
        Failure::world(&format!("cannot write `{}`: {error}", path.display()))
    };
    if series.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(None),
        };
    }
    let mut file = tempfile::NamedTempFile::new_in(out).map_err(|error| failed(&error))?;
    file.write_all(&table(series)).map_err(|error| failed(&error))?;
    file.persist(&path).map_err(|error| failed(&error))?;
    Ok(Some(path))
}

fn table(series: &[TargetSeries]) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut row = |cells: [&str; 6]| csv.write_record(cells).expect("memory takes every row");
    row(["source", "metric", "of", "unit", "t", "value"]);
    for TargetSeries { source, name, of, unit, t, values } in series {
        for (t, value) in t.iter().zip(values).filter(|(_, value)| !value.is_nan()) {
            row([source, name, of, unit, &format!("{:.3}", t.seconds()), &value.to_string()]);
        }
    }
    csv.into_inner().expect("memory takes every row")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::time::Span;

    #[test]
    fn a_report_has_the_measures_of_its_own_run() {
        let out = tempfile::tempdir().unwrap();
        let series = TargetSeries {
            source: "router".into(),
            name: "sessions, total".into(),
            of: "server d1".into(),
            unit: "1/s".into(),
            t: [500, 1_000, 1_500].map(Span::from_millis).to_vec(),
            values: vec![1.5, f64::NAN, 20.0],
        };
        let path = write(out.path(), &[series]).ok().unwrap().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let row = "router,\"sessions, total\",server d1,1/s";
        let expected = format!("source,metric,of,unit,t,value\n{row},0.500,1.5\n{row},1.500,20\n");
        assert_eq!(text, expected);
        assert!(write(out.path(), &[]).ok().unwrap().is_none());
        assert!(!path.exists());
    }
}
