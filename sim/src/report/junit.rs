//! The expectations, what must not get worse, and whether what was measured says anything, as test
//! cases for continuous integration: `junit.xml`.
//!
//! What is void is an error, since a run with it does not end well: the step by itself, or the one
//! expectation that the step cannot judge. The expectations of a void step are skipped.

use super::{changes, escape, table};
use crate::experiment::{Against, Change, Results, Turn, VariantResult, Verdict};

/// One test case an expectation and variant, then one a measure that is compared with an earlier run;
/// a failure says what was observed. Of a load test first one a step that was measured.
pub fn junit(results: &Results) -> String {
    let changes = || results.against.iter().flat_map(|against| &against.changes);
    let worse = results.against.iter().flat_map(Against::worse).count();
    let failures = results.verdicts.iter().filter(|verdict| verdict.fails()).count() + worse;
    let measured = |found: &&VariantResult| results.load_test && !results.is_predicted(found);
    let steps = || results.variants.iter().filter(measured);
    let voids: Vec<&VariantResult> = steps().filter(|step| step.void.is_some()).collect();
    let is_skipped = |verdict: &Verdict| voids.iter().any(|step| step.name == verdict.variant);
    let void = || results.verdicts.iter().filter(|verdict| verdict.void.is_some());
    let errors = voids.len() + void().filter(|verdict| !is_skipped(verdict)).count();
    let skipped = match void().filter(|verdict| is_skipped(verdict)).count() {
        0 => String::new(),
        skipped => format!(" skipped=\"{skipped}\""),
    };
    let count = steps().count() + results.verdicts.len() + changes().count();
    let scenario = escape::xml(&results.scenario);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{count}\" failures=\"{failures}\" errors=\"{errors}\"{skipped}>\n\
         \x20 <testsuite name=\"{scenario}\" tests=\"{count}\" failures=\"{failures}\" \
         errors=\"{errors}\"{skipped}>\n"
    );
    for step in steps() {
        out += &validity(&scenario, step);
    }
    for verdict in &results.verdicts {
        out += &case(&scenario, verdict, is_skipped(verdict));
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

/// A step of a load test must say something.
fn validity(scenario: &str, step: &VariantResult) -> String {
    let open = format!(
        "    <testcase classname=\"{scenario}.{}\" name=\"what was measured is not void\"",
        escape::xml(&step.name)
    );
    match &step.void {
        None => format!("{open}/>\n"),
        Some(reason) => format!("{open}>\n      {}\n    </testcase>\n", void(reason)),
    }
}

/// The error that something is void.
fn void(reason: &str) -> String {
    let reason = escape::xml(reason);
    format!("<error type=\"void\" message=\"void: {reason}\">{reason}</error>")
}

/// An expectation; skipped where its whole step is void.
fn case(scenario: &str, verdict: &Verdict, is_skipped: bool) -> String {
    let name = escape::xml(&verdict.expectation);
    let open = format!(
        "    <testcase classname=\"{scenario}.{}\" name=\"{name}\"",
        escape::xml(&verdict.variant)
    );
    if let Some(reason) = &verdict.void {
        let inside = match is_skipped {
            true => format!("<skipped message=\"void: {}\"/>", escape::xml(reason)),
            false => void(reason),
        };
        return format!("{open}>\n      {inside}\n    </testcase>\n");
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
    fn a_void_step_is_an_error_and_its_expectations_are_skipped() {
        let mut results = fixture::load_test();
        let xml = junit(&results);
        // Six steps that were measured, one of them void, and three expectations.
        let counts = "tests=\"9\" failures=\"1\" errors=\"1\" skipped=\"1\">";
        assert_eq!(xml.matches(counts).count(), 2, "{xml}");
        let reason = "message=\"void: the generator was late by 80 ms\"";
        let step = "p2c, users=400, source=measured\" name=\"what was measured is not void\"";
        let error = format!("{step}>\n      <error type=\"void\" {reason}>");
        assert_eq!(xml.matches(&error).count(), 1, "{xml}");
        assert_eq!(xml.matches(&format!("<skipped {reason}/>")).count(), 1, "{xml}");
        assert!(!junit(&fixture::cascade()).contains("skipped"));
        // A step without expectations is seen, too.
        results.verdicts.clear();
        let xml = junit(&results);
        assert!(xml.contains("tests=\"6\" failures=\"0\" errors=\"1\">"), "{xml}");
        assert_eq!(xml.matches(&error).count(), 1, "{xml}");
    }

    #[test]
    fn an_expectation_that_its_step_cannot_judge_is_an_error() {
        let mut results = fixture::load_test();
        results.verdicts[0].void = Some("a closed run is blind to it".into());
        let xml = junit(&results);
        assert!(xml.contains("tests=\"9\" failures=\"1\" errors=\"2\" skipped=\"1\">"), "{xml}");
        assert_eq!(xml.matches("<error type=\"void\"").count(), 2, "{xml}");
        assert_eq!(xml.matches("void: a closed run is blind to it").count(), 1, "{xml}");
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
