//! The expectations as test cases for continuous integration: `junit.xml`.

use super::{escape, table};
use crate::experiment::{Results, Verdict};

/// One test case an expectation and variant; a failure says what was observed.
pub fn junit(results: &Results) -> String {
    let failures = results.verdicts.iter().filter(|verdict| !verdict.holds).count();
    let count = results.verdicts.len();
    let scenario = escape::xml(&results.scenario);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{count}\" failures=\"{failures}\">\n\
         \x20 <testsuite name=\"{scenario}\" tests=\"{count}\" failures=\"{failures}\" errors=\"0\">\n"
    );
    for verdict in &results.verdicts {
        out += &case(&scenario, verdict);
    }
    out + "  </testsuite>\n</testsuites>\n"
}

fn case(scenario: &str, verdict: &Verdict) -> String {
    let name = escape::xml(&verdict.expectation);
    let open = format!(
        "    <testcase classname=\"{scenario}.{}\" name=\"{name}\"",
        escape::xml(&verdict.variant)
    );
    let doubt = match table::doubt(verdict) {
        "" => String::new(),
        doubt => format!(" ({doubt})"),
    };
    let observed = escape::xml(&format!("observed {}{doubt}", table::observed(verdict)));
    let inside = match (verdict.holds, doubt.is_empty()) {
        (true, true) => return format!("{open}/>\n"),
        (true, false) => format!("<system-out>{observed}</system-out>"),
        (false, _) => {
            let interval = match verdict.ci95 {
                Some((low, high)) => format!("95 % interval from {low} to {high}"),
                None => "no interval".to_string(),
            };
            let unit = verdict.metric.unit();
            format!(
                "<failure type=\"expectation\" message=\"{name}: {observed}\">{observed}; {interval}, \
                 in {unit}</failure>"
            )
        }
    };
    format!("{open}>\n      {inside}\n    </testcase>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn failures_say_what_was_observed() {
        let xml = junit(&fixture::cascade());
        assert!(xml.contains("tests=\"3\" failures=\"1\""), "{xml}");
        assert!(
            xml.contains("message=\"error_rate &lt; 1% from 6m: observed 30.1 ±6 %\""),
            "{xml}"
        );
        assert_eq!(xml.matches("<testcase ").count(), 3);
        assert_eq!(xml.matches("<failure ").count(), xml.matches("</failure>").count());
    }

    #[test]
    fn names_are_escaped() {
        let mut results = fixture::cascade();
        results.scenario = "a\"b".to_string();
        results.verdicts[0].variant = "<script>&\u{8}".to_string();
        let xml = junit(&results);
        assert!(xml.contains("classname=\"a&quot;b.&lt;script&gt;&amp; \""), "{xml}");
        assert!(!xml.contains("<script>"));
    }
}
