//! One rate after the other; the last stays.

use super::{Process, Segment, Shape};
use crate::config::{Body, Kind, Page, Problem};
use crate::time::Span;
use crate::units::Rate;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "steps",
    summary: "one rate after the other, the last stays: `steps = [{ rate = \"220/s\", for = \"240s\" }, { rate = \"400/s\" }]`",
    page: Page {
        settings: &[
            ("rate", "the rate of a step"),
            ("for", "how long it lasts; the last stays and needs none"),
        ],
        sections: &[
            ("Rule", "One rate after the other; a Poisson process along them."),
            ("Source", "Arrivals by inversion of the area under the rate."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Process {
    let noted = body.reading.problems();
    let steps = body.list(|fields| {
        let Rate(rate) = fields.required("rate");
        let length = fields.optional::<Span>("for");
        fields.require("for", length != Some(Span::ZERO), "more than zero");
        (rate, length, fields.path_of("for"), fields.place)
    });
    if body.reading.problems() == noted {
        let before_last = &steps[..steps.len().saturating_sub(1)];
        for (_, _, path, place) in before_last.iter().filter(|(_, length, ..)| length.is_none()) {
            let problem = Problem::at(*place, format!("`{path}` is missing"))
                .allowed("only the last step stays")
                .help("add how long this step lasts, such as `for = \"4m\"`");
            body.reading.complain(problem);
        }
        if steps.iter().all(|(rate, ..)| *rate == 0.0) {
            let message = if steps.is_empty() {
                format!("`{}` is empty", body.path)
            } else {
                format!("every rate of `{}` is 0/s", body.path)
            };
            let help = "add a step such as `{ rate = \"220/s\", for = \"4m\" }`";
            body.complain(message, "expected steps of which at least one has a rate", help);
        }
    }
    let mut segments: Vec<Segment> = steps
        .into_iter()
        .filter(|(_, length, ..)| *length != Some(Span::ZERO))
        .map(|(rate, length, ..)| Segment {
            length: length.unwrap_or(Span::MAX),
            shape: Shape::Constant(rate),
        })
        .collect();
    if segments.is_empty() {
        segments.push(Segment { length: Span::MAX, shape: Shape::Constant(1.0) });
    }
    Process::poisson(segments)
}

#[cfg(test)]
mod tests {
    use crate::workload::tests::{check_counts, problems};

    #[test]
    fn steps_follow_each_other_and_the_last_stays() {
        // Zero is at 20 s: 100/s until 30 s, nothing until 60 s, then 400/s.
        let area = |t: f64| 100.0 * t.min(30.0) + 400.0 * (t - 60.0).max(0.0);
        for last in ["{ rate = \"400/s\" }", "{ rate = \"400/s\", for = \"1s\" }"] {
            let config = format!(
                "steps = [{{ rate = \"100/s\", for = \"10s\" }}, {{ rate = \"0/s\", for = \"30s\" }}, {last}]"
            );
            check_counts(&config, 20, |from, to| area(to) - area(from));
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            ("steps = []", "`arrivals.steps` is empty"),
            ("steps = [{ rate = \"0/s\", for = \"1s\" }]", "every rate of `arrivals.steps` is 0/s"),
            (
                "steps = [{ rate = \"1/s\", for = \"0s\" }]",
                "`arrivals.steps[0].for` must be more than zero, found `\"0s\"`",
            ),
            (
                "steps = [{ rate = \"1/s\" }, { rate = \"2/s\" }]",
                "`arrivals.steps[0].for` is missing",
            ),
            ("steps = [{ for = \"1s\" }]", "`arrivals.steps[0].rate` is missing"),
            ("steps = { rate = \"1/s\" }", "`arrivals.steps` must be a list, found a table"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}
