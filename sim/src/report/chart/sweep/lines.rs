//! The lines of a sweep: one for each combination of the axes beside the numeric one.

use crate::experiment::{Results, SOURCE, VariantResult};
use crate::report::chart::palette::Look;

/// One line: its name and, for each value of the numeric axis that it has, the variant.
pub(super) struct Line<'r> {
    pub name: String,
    pub look: Look,
    pub points: Vec<(f64, &'r VariantResult)>,
}

/// Groups the variants by their values on the other axes.
pub(super) fn lines<'r>(results: &'r Results, number: usize, numbers: &[f64]) -> Vec<Line<'r>> {
    let mut lines: Vec<(Vec<usize>, Line<'r>)> = Vec::new();
    for variant in &results.variants {
        let mut others = variant.coordinates.clone();
        if others.len() != results.axes.len() {
            continue;
        }
        let Some(value) = numbers.get(others.remove(number)) else { continue };
        let at = lines.iter().position(|(key, _)| *key == others).unwrap_or_else(|| {
            // What was measured and what was predicted for it look alike.
            let twin = twin(results, number, &others);
            let known = lines.iter().find(|(key, _)| twin.as_ref() == Some(key));
            let own = || lines.iter().filter(|(_, line)| !line.look.predicted).count();
            let predicted = results.is_predicted(variant);
            let look = Look { number: known.map_or_else(own, |(_, l)| l.look.number), predicted };
            let line = Line { name: name(results, number, &others), look, points: Vec::new() };
            lines.push((others, line));
            lines.len() - 1
        });
        lines[at].1.points.push((*value, variant));
    }
    for (_, line) in &mut lines {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The values on the other axes of what was measured where these are of a prediction.
fn twin(results: &Results, number: usize, others: &[usize]) -> Option<Vec<usize>> {
    let source = results.axes.iter().position(|axis| results.load_test && axis.path == SOURCE)?;
    let measured = results.variants.iter().find(|variant| !results.is_predicted(variant))?;
    let mut twin = others.to_vec();
    *twin.get_mut(source - usize::from(number < source))? = *measured.coordinates.get(source)?;
    (twin != others).then_some(twin)
}

/// The values of the other axes; the heading of the chart says which axes these are.
fn name(results: &Results, number: usize, others: &[usize]) -> String {
    let axes = results.axes.iter().enumerate().filter(|(axis, _)| *axis != number);
    let values = axes.zip(others).map(|((_, axis), value)| axis.values.get(*value));
    values.map(|value| value.map_or("", String::as_str)).collect::<Vec<_>>().join(", ")
}
