//! `loadgen scale`: what more nodes bring, from the reports of runs with 1, 2, 4 ... of them.

use super::args;
use crate::judge::usl::{Fit, Point, fit};
use sim::cli::{Exit, Failure, output};
use sim::report::read_baseline;
use std::fs;

/// Reads the runs, fits the law and prints it.
pub(super) fn run(args: &args::Scale) -> Result<Exit, Failure> {
    let points: Result<Vec<Point>, Failure> = args.points.iter().map(|text| point(text)).collect();
    let mut points = points?;
    points.sort_by(|one, other| one.nodes.total_cmp(&other.nodes));
    let law = fit(&points).map_err(|unfit| {
        Failure::usage(
            &unfit.to_string(),
            "measure at 4 or more, such as 1, 2, 4 and 8, to see how sure it is",
        )
    })?;
    output::say(&text(&points, &law))?;
    Ok(Exit::Hold)
}

/// `4=four/results.json`: the highest goodput of that run.
fn point(text: &str) -> Result<Point, Failure> {
    let help = "expected NODES=FILE, such as `4=four/results.json`";
    let wrong = |message: String| Failure::usage(&message, help);
    let (nodes, file) =
        text.split_once('=').ok_or_else(|| wrong(format!("`{text}` names no file")))?;
    let nodes: f64 =
        nodes.parse().map_err(|_| wrong(format!("`{nodes}` is no number of nodes")))?;
    let read = fs::read(file)
        .map_err(|error| Failure::world(&format!("cannot read `{file}`: {error}")))?;
    let baseline =
        read_baseline(file, &read).map_err(|(message, help)| Failure::usage(&message, &help))?;
    let throughput = baseline.highest_goodput().ok_or_else(|| {
        let message = format!("`{file}` has no goodput: all of that run is void");
        Failure::usage(&message, "run it again where the generator has the cores that it needs")
    })?;
    Ok(Point { nodes, throughput })
}

/// The law in words and numbers.
fn text(points: &[Point], law: &Fit) -> String {
    let mut text = String::from("nodes  measured     fitted\n");
    for point in points {
        let fitted = law.at(point.nodes);
        text.push_str(&format!(
            "{:<6} {:>8.1}/s {:>8.1}/s\n",
            point.nodes, point.throughput, fitted
        ));
    }
    let number = |value: f64, ci95: Option<(f64, f64)>| match ci95 {
        Some((low, high)) => format!("{value:.4} (95 % interval {low:.4} to {high:.4})"),
        None => format!("{value:.4}"),
    };
    text.push_str(&format!(
        "\none node alone: {:.1}/s\ncontention (sigma): {}\ncoherence (kappa):  {}\n",
        law.lambda.value,
        number(law.sigma.value, law.sigma.ci95),
        number(law.kappa.value, law.kappa.ci95)
    ));
    text.push_str(&match &law.peak {
        Some(peak) => format!(
            "peak: {:.1}/s at {:.1} nodes{}\n",
            peak.throughput,
            peak.nodes.value,
            if peak.beyond { ", beyond all that was measured" } else { "" }
        ),
        None => "peak: none; throughput never falls with more nodes\n".into(),
    });
    text
}
