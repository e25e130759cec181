//! A law that was measured: quantiles as people read them off a dashboard, or a file of times.

use super::{Curve, Law};
use crate::config::{
    Body, Fields, Kind, Node, Page, Place, Setting, Sheet, Value, WrongLines, duration_cell,
};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "empirical",
    summary: "measured: `empirical = { quantiles = [[0, \"1ms\"], [0.5, \"40ms\"], [1, \"3s\"]] }` or `{ file = \"times.csv\", column = \"seconds\" }`",
    page: Page {
        settings: &[
            (
                "quantiles",
                "points from share 0 to share 1 and their times, straight lines between; or a file",
            ),
            ("file", "a CSV file with a header"),
            ("column", "its column of seconds or durations, each row as likely"),
        ],
        sections: &[
            (
                "Rule",
                "What was measured: either a few quantiles as one reads them off a dashboard, or every time of a file.",
            ),
            ("Source", "The inverse of the empirical distribution function at one draw."),
        ],
    },
    read,
};

/// Points (share, seconds) of the quantile curve, straight lines between them.
#[derive(Debug)]
struct Lines(Vec<(f64, f64)>);

/// Measured times in rising order, each as likely as any other.
#[derive(Debug)]
struct Times(Vec<f64>);

/// The setting behind `quantiles`.
struct Points(Vec<(f64, Span)>);

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let points = fields.optional::<Points>("quantiles");
        let file = fields.optional::<String>("file");
        let column = fields.optional::<String>("column");
        match (points, file, column) {
            (Some(Points(points)), None, None) => read_lines(fields, &points),
            (None, Some(file), Some(column)) => read_times(fields, &file, &column),
            (None, Some(_), None) => {
                fields.missing("column", "add the name of the column that holds the times");
                Arc::new(Times(vec![1.0]))
            }
            (None, None, _) => {
                fields.missing("quantiles", "add `quantiles`, or `file` and `column`");
                Arc::new(Times(vec![1.0]))
            }
            (Some(_), file, _) => {
                let key = if file.is_some() { "file" } else { "column" };
                fields.complain(
                    key,
                    format!("`{}` stands beside `quantiles`", fields.path_of(key)),
                    "either `quantiles`, or `file` and `column`",
                    "remove one of them",
                );
                Arc::new(Times(vec![1.0]))
            }
        }
    })
}

fn read_lines(fields: &Fields<'_>, points: &[(f64, Span)]) -> Law {
    let share_at = |at: Option<&(f64, Span)>| at.map(|(share, _)| *share);
    let path = fields.path_of("quantiles");
    let steps = || points.iter().zip(points.iter().skip(1));
    let wrong = if points.len() < 2 || share_at(points.first()) != Some(0.0) {
        Some((format!("`{path}` must start at 0"), "add the shortest time, such as `[0, \"1ms\"]`"))
    } else if share_at(points.last()) != Some(1.0) {
        Some((format!("`{path}` must end at 1"), "add the longest time, such as `[1, \"3s\"]`"))
    } else if let Some((a, b)) = steps().find(|(a, b)| a.0 >= b.0) {
        let message = format!("`{path}` must rise, found the share {} after {}", b.0, a.0);
        Some((message, "sort the pairs and remove doubles"))
    } else if let Some((a, b)) = steps().find(|(a, b)| a.1 > b.1) {
        let message = format!("`{path}` must rise, found \"{}\" after \"{}\"", b.1, a.1);
        Some((message, "a larger share of times never has a smaller bound"))
    } else {
        None
    };
    if let Some((message, help)) = wrong {
        fields.complain("quantiles", message, "expected pairs from `[0, ..]` to `[1, ..]`", help);
        return Arc::new(Times(vec![1.0]));
    }
    Arc::new(Lines(points.iter().map(|(share, span)| (*share, span.seconds())).collect()))
}

fn read_times(fields: &Fields<'_>, file: &str, column: &str) -> Law {
    let mut times = Vec::new();
    if let Some(sheet) = Sheet::open(fields, "file", file)
        && let Some(column) = sheet.column(fields, "column", column)
    {
        let mut wrong = WrongLines::default();
        sheet.rows(|line, cells| match cells.and_then(|cells| duration_cell(cells.get(column))) {
            Ok(span) => times.push(span.seconds()),
            Err(what) => wrong.add(line, &what),
        });
        let expected = "expected seconds such as `0.25`, or durations such as `250ms`";
        if wrong.count > 0 {
            let message = format!("`{file}` is wrong at {}", wrong.list());
            fields.complain("file", message, expected, "mend or remove what is wrong in the file");
        } else if times.is_empty() {
            let message = format!("`{file}` has a header but no rows");
            fields.complain("file", message, expected, "add at least one time");
        }
    }
    if times.is_empty() {
        times.push(1.0);
    }
    times.sort_by(f64::total_cmp);
    Arc::new(Times(times))
}

impl Curve for Lines {
    fn quantile(&self, u: f64) -> f64 {
        // The first point at or above `u` ends the line that `u` lies on.
        let end = self.0.partition_point(|point| point.0 < u).clamp(1, self.0.len() - 1);
        let ((u0, x0), (u1, x1)) = (self.0[end - 1], self.0[end]);
        (x0 + (x1 - x0) * ((u - u0) / (u1 - u0))).clamp(x0, x1)
    }

    fn cdf(&self, x: f64) -> f64 {
        let end = self.0.partition_point(|point| point.1 <= x);
        if end == 0 {
            return 0.0;
        }
        let (u0, x0) = self.0[end - 1];
        self.0.get(end).map_or(1.0, |(u1, x1)| u0 + (u1 - u0) * ((x - x0) / (x1 - x0)))
    }

    fn mean(&self) -> f64 {
        self.mean_up_to(f64::MAX)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        let lines = self.0.iter().zip(&self.0[1..]);
        lines
            .map(|((u0, x0), (u1, x1))| {
                let weight = u1 - u0;
                if *x1 <= x {
                    weight * 0.5 * (x0 + x1)
                } else if *x0 >= x {
                    weight * x
                } else {
                    // The line reaches `x` on the way: its first part below, the rest cut.
                    let below = (x - x0) / (x1 - x0);
                    weight * (below * 0.5 * (x0 + x) + (1.0 - below) * x)
                }
            })
            .sum()
    }
}

impl Curve for Times {
    fn quantile(&self, u: f64) -> f64 {
        let rank = (u * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    fn cdf(&self, x: f64) -> f64 {
        self.0.partition_point(|time| *time <= x) as f64 / self.0.len() as f64
    }

    fn mean(&self) -> f64 {
        self.mean_up_to(f64::MAX)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        self.0.iter().map(|time| time.min(x)).sum::<f64>() / self.0.len() as f64
    }
}

impl Setting for Points {
    const EXPECTS: &'static str =
        "pairs of a share and a duration, such as `[[0, \"1ms\"], [0.5, \"40ms\"], [1, \"3s\"]]`";

    fn read(value: &Value) -> Result<Points, String> {
        let Value::List(items) = value else { return Err(format!("found {}", value.describe())) };
        let pair = |node: &Node| match &node.value {
            Value::List(pair) if pair.len() == 2 => {
                Ok((f64::read(&pair[0].value)?, Span::read(&pair[1].value)?))
            }
            other => Err(format!("found {} where a pair should be", other.describe())),
        };
        items.iter().map(pair).collect::<Result<_, _>>().map(Points)
    }

    fn write(&self) -> Value {
        let node = |value| Node { value, place: Place::default() };
        let pair = |(share, span): &(f64, Span)| {
            node(Value::List(vec![node(share.write()), node(span.write())]))
        };
        Value::List(self.0.iter().map(pair).collect())
    }

    fn placeholder() -> Points {
        Points(vec![(0.0, Span::from_secs(1)), (1.0, Span::from_secs(1))])
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, first_problem, problems};

    #[test]
    fn quantiles_are_joined_by_lines() {
        // Half uniform from 0 to 1 s, half from 1 to 3 s: E X² = 1/6 + 13/6.
        let config = "empirical = { quantiles = [[0, \"0s\"], [0.5, \"1s\"], [1, \"3s\"]] }";
        let quantiles = [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 2.0), (1.0, 3.0)];
        check_law(config, 1.25, 14.0 / 6.0 - 1.25 * 1.25, &quantiles);
    }

    #[test]
    fn a_file_gives_its_own_times() {
        // `times.csv` of the tests holds 1, 2, 3 and 6 seconds in some order.
        let config = "empirical = { file = \"times.csv\", column = \"seconds\" }";
        let quantiles = [(0.0, 1.0), (0.25, 1.0), (0.26, 2.0), (0.5, 2.0), (0.76, 6.0), (1.0, 6.0)];
        check_law(config, 3.0, 50.0 / 4.0 - 9.0, &quantiles);
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            ("", "`work.empirical.quantiles` is missing"),
            ("file = \"times.csv\"", "`work.empirical.column` is missing"),
            (
                "quantiles = [[0, \"1s\"], [1, \"2s\"]], file = \"times.csv\", column = \"seconds\"",
                "`work.empirical.file` stands beside `quantiles`",
            ),
            (
                "quantiles = [[0.1, \"1s\"], [1, \"2s\"]]",
                "`work.empirical.quantiles` must start at 0",
            ),
            ("quantiles = []", "`work.empirical.quantiles` must start at 0"),
            (
                "quantiles = [[0, \"1s\"], [0.9, \"2s\"]]",
                "`work.empirical.quantiles` must end at 1",
            ),
            (
                "quantiles = [[0, \"1s\"], [0.5, \"2s\"], [0.5, \"3s\"], [1, \"4s\"]]",
                "`work.empirical.quantiles` must rise, found the share 0.5 after 0.5",
            ),
            (
                "quantiles = [[0, \"1s\"], [0.5, \"3s\"], [1, \"2s\"]]",
                "`work.empirical.quantiles` must rise, found \"2s\" after \"3s\"",
            ),
            ("quantiles = [[0, 1], [1, \"2s\"]]", "`work.empirical.quantiles`: `1` has no unit"),
            (
                "quantiles = [[0, \"1s\"], \"2s\"]",
                "`work.empirical.quantiles`: found `\"2s\"` where a pair should be",
            ),
            ("file = \"none.csv\", column = \"x\"", "cannot read `none.csv`: no such file"),
            ("file = \"times.csv\", column = \"second\"", "`times.csv` has no column `second`"),
            (
                "file = \"header.csv\", column = \"seconds\"",
                "`header.csv` has a header but no rows",
            ),
            ("file = \"empty.csv\", column = \"seconds\"", "`empty.csv` is empty"),
            (
                "file = \"wrong.csv\", column = \"seconds\"",
                "`wrong.csv` is wrong at line 3: `soon` is not a duration; line 5: `-1` is negative",
            ),
        ] {
            assert_eq!(problems(&format!("empirical = {{ {config} }}")), [problem]);
        }
        let near = first_problem("empirical = { file = \"times.csv\", column = \"second\" }");
        assert_eq!(near.help.unwrap(), "did you mean `seconds`?");
    }
}
