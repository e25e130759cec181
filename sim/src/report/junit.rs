//! The expectations, and what must not get worse, as test cases for continuous integration:
//! `junit.xml`.

use super::{changes, escape, table};
use crate::experiment::{Against, Change, Results, Turn, Verdict};

/// One test case an expectation and variant, then one a measure that is compared with an earlier run;
/// a failure says what was observed.
pub fn junit(results: &Results) -> String {
    let changes = || results.against.iter().flat_map(|against| &against.changes);
    let worse = results.against.iter().flat_map(Against::worse).count();
    let failures = results.verdicts.iter().filter(|verdict| verdict.fails()).count() + worse;
    let skipped = match results.verdicts.iter().filter(|verdict| verdict.void.is_some()).count() {
        0 => String::new(),
        void => format!(" skipped=\"{void}\""),
    };
    let count = results.verdicts.len() + changes().count();
    let scenario = escape::xml(&results.scenario);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{count}\" failures=\"{failures}\"{skipped}>\n\
         \x20 <testsuite name=\"{scenario}\" tests=\"{count}\" failures=\"{failures}\" \
         errors=\"0\"{skipped}>\n"
    );
    for verdict in &results.verdicts {
        out += &case(&scenario, verdict);
    }
    for change in changes() {
        out += &kept(&scenario, change);
    }
    out + "  </testsuite>\n</testsuites>\n"
}

/// A measure that must not be worse than in an earlier run.
fn kept(scenario: &str, change: &Change) -> String {
    let variant = escape::xml(&change.variant);
    let name = format!("{} is not worse than before", change.metric.name());
    let open = format!("    <testcase classname=\"{scenario}.{variant}\" name=\"{name}\"");
    if change.turn != Turn::Worse {
        return format!("{open}/>\n");
    }
    let told = escape::xml(&changes::whole(change));
    format!(
        "{open}>\n      <failure type=\"regression\" message=\"{name}: {told}\">{told}</failure>\n    \
         </testcase>\n"
    )
}

fn case(scenario: &str, verdict: &Verdict) -> String {
    let name = escape::xml(&verdict.expectation);
    let open = format!(
        "    <testcase classname=\"{scenario}.{}\" name=\"{name}\"",
        escape::xml(&verdict.variant)
    );
    if let Some(reason) = &verdict.void {
        let reason = escape::xml(reason);
        return format!("{open}>\n      <skipped message=\"void: {reason}\"/>\n    </testcase>\n");
    }
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
    fn regressions_are_failures() {
        let xml = junit(&fixture::compared());
        assert!(xml.contains("tests=\"8\" failures=\"3\""), "{xml}");
        assert_eq!(xml.matches("<testcase ").count(), 8);
        let message =
            "message=\"latency_p99 is not worse than before: 930 ms -&gt; 1.13 s, +200 ±60 ms";
        assert!(xml.contains(message), "{xml}");
    }

    #[test]
    fn what_is_void_is_skipped() {
        let xml = junit(&fixture::load_test());
        assert!(xml.contains("tests=\"3\" failures=\"1\" skipped=\"1\">"), "{xml}");
        assert!(xml.contains("failures=\"1\" errors=\"0\" skipped=\"1\">"), "{xml}");
        let message = "<skipped message=\"void: the generator was late by 80 ms\"/>";
        assert_eq!(xml.matches(message).count(), 1, "{xml}");
        assert!(!junit(&fixture::cascade()).contains("skipped"));
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
