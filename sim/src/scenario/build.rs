//! From bytes to a scenario: parse, override, read, and read once more for every variant.

use super::change::{self, Kinds};
use super::expect::Expected;
use super::source::{Found, Source};
use super::variants::Plan;
use super::{Axis, Expectation, Overrides, Run, Scenario, Variant, Warmup};
use super::{axes, comment, expect, fit, overrides, path, run, show, toml, variants, warmup};
use crate::config::{
    Fields, Node, Place, Problem, Reading, Table, Value, list_of, nearest, one_of,
};
use crate::load::{self, Load};
use crate::metrics::Metric;
use crate::platform::Platform;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// With more problems than this, further variants are not read.
const MANY: usize = 200;

/// The scenario, or all that is wrong with it.
pub(super) fn scenario(
    found: &Found,
    overrides: &Overrides,
    sources: &mut Vec<Source>,
) -> Result<Scenario, Vec<Problem>> {
    let mut tree = toml::parse(&found.bytes)?;
    // Every variant may name the same file.
    let files = RefCell::new(BTreeMap::new());
    let open = |name: &str| -> Result<Vec<u8>, String> {
        files.borrow_mut().entry(name.to_string()).or_insert_with(|| found.open(name)).clone()
    };
    let (mut problems, mut former) = (Vec::new(), Vec::new());
    if *overrides != Overrides::default() {
        // What the file says by itself, right or wrong, is what the arguments change.
        let reading = Reading::new(&open);
        let plans =
            read_base(&reading, &tree, &[], overrides).map_or(Vec::new(), |base| base.plans);
        former = plans.into_iter().map(|plan| plan.name).collect();
        let Value::Table(table) = &mut tree.value else { unreachable!("a TOML text is a table") };
        problems = overrides::apply(overrides, &Kinds::of(&reading), table, sources);
    }
    let reading = Reading::new(&open);
    let base = read_base(&reading, &tree, &former, overrides);
    let kinds = Kinds::of(&reading);
    problems.extend(reading.finish());
    let Some(base) = base else { return Err(problems) };

    let chosen = choose(base.plans, &overrides.only, sources, &mut problems);
    let mut warnings = base.expected.warnings;
    warnings.extend(unheard(overrides, &base.axes));
    let written = Written { tree: &tree, kinds: &kinds, run: &base.run, open: &open };
    let base_platform = (&base.platform, base.is_fine);
    let variants = read_variants(&written, base_platform, chosen, &mut problems);
    if base.load_is_fine {
        problems.extend(fit::unfit(&tree, &variants));
    }
    let Expected { expectations, places, windows, .. } = base.expected;
    for (expectation, place) in expectations.iter().zip(places) {
        problems.extend(no_recovery(expectation, place, &variants));
    }
    let mut variants: Vec<Variant> = variants.into_iter().map(|(variant, _)| variant).collect();
    problems.extend(base.warmup.and_then(|place| warmup::never_settles(place, &variants)));
    if !problems.is_empty() {
        return Err(problems);
    }
    let journeys = base.load.journeys.iter().map(|journey| (journey.share, &journey.steps[..]));
    for variant in &mut variants {
        variant.platform.take_journeys(journeys.clone());
    }
    let (question, answer) = comment::question_and_answer(&sources[0].text);
    Ok(Scenario {
        name: found.name.clone(),
        question,
        answer,
        run: base.run,
        axes: base.axes,
        variants,
        expectations,
        windows,
        load: base.load,
        warnings,
        resolved: show::toml(&base.resolved),
    })
}

/// What the scenario says before any variant changes it.
struct Base {
    run: Run,
    /// Where it says that the warm-up is to be found.
    warmup: Option<Place>,
    platform: Platform,
    axes: Vec<Axis>,
    plans: Vec<Plan>,
    expected: Expected,
    load: Load,
    /// Whether neither the platform nor `[load]` has a problem.
    load_is_fine: bool,
    resolved: Node,
    /// Whether the platform has no problem.
    is_fine: bool,
}

/// Reads the whole tree; nothing for a scenario of a newer schema.
fn read_base(
    reading: &Reading<'_>,
    tree: &Node,
    former: &[String],
    overrides: &Overrides,
) -> Option<Base> {
    let mut fields = Fields::of(reading, "", tree);
    if !run::schema(&mut fields) {
        return None;
    }
    let run = run::read(&mut fields);
    let warmup = (run.warmup == Warmup::Auto).then(|| fields.place_of_named("run", "warmup"));
    let noted = reading.problems();
    let platform = Platform::read(&mut fields, run.timing());
    let is_fine = reading.problems() == noted;
    let options = overrides.options.iter().any(|opted| opted.path.starts_with("load."));
    let known = load::Known { platform: &platform, is_fine, expects: expects(tree), options };
    let load = fields.optional_table("load", |fields| Load::read(fields, &known));
    let load = load.unwrap_or_default();
    let load_is_fine = reading.problems() == noted;
    let (axes, plans) = variants::read(&mut fields);
    let names: Vec<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    let known = expect::Known {
        scopes: &platform.scopes(),
        variants: &names,
        former,
        duration: run.duration,
        stages: &load.stages,
    };
    let mut expected = expect::read(&mut fields, &known);
    expected.warnings.extend(platform.notes());
    let resolved = fields.finish();
    Some(Base {
        run,
        warmup,
        platform,
        axes,
        plans,
        expected,
        load,
        load_is_fine,
        resolved,
        is_fine,
    })
}

/// Whether the scenario has an expectation.
fn expects(tree: &Node) -> bool {
    tree.table().is_some_and(|table| table.get("expect").is_some())
}

/// The variants that `--only` names, in the scenario's order; all when it names none.
fn choose(
    plans: Vec<Plan>,
    only: &[String],
    sources: &mut Vec<Source>,
    problems: &mut Vec<Problem>,
) -> Vec<Plan> {
    for name in only.iter().filter(|name| plans.iter().all(|plan| plan.name != **name)) {
        let option = "--only ";
        let (start, end) = (option.len() as u32, (option.len() + name.len()) as u32);
        let place = Place { source: sources.len() as u32, start, end };
        sources.push(Source { file: None, text: format!("{option}{name}") });
        let names = || plans.iter().map(|plan| plan.name.as_str());
        let problem =
            Problem::at(place, format!("unknown variant `{name}`")).allowed(one_of(names()));
        problems.push(match nearest(name, names()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    plans.into_iter().filter(|plan| only.is_empty() || only.contains(&plan.name)).collect()
}

/// Warnings for each `--set` that every variant of `[vary]` overrides.
fn unheard(overrides: &Overrides, axes: &[Axis]) -> Vec<String> {
    let parsed = |text: &str| path::Path::parse(text).ok();
    let mut warnings = Vec::new();
    for (set, _) in &overrides.set {
        let Some(set) = parsed(set) else { continue };
        if axes.iter().filter_map(|axis| parsed(&axis.path)).any(|axis| axis.covers(&set)) {
            warnings.push(format!(
                "`--set {set}` changes nothing: `vary` sets it in every variant; use `--vary {set}=...`"
            ));
        }
    }
    warnings
}

/// The scenario as it was written, for its variants to change.
struct Written<'a> {
    tree: &'a Node,
    kinds: &'a Kinds,
    run: &'a Run,
    open: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
}

/// Reads the platform of each variant, and whether it has no problem. A problem that many variants
/// share is noted once.
fn read_variants(
    written: &Written<'_>,
    (base, base_is_fine): (&Platform, bool),
    plans: Vec<Plan>,
    problems: &mut Vec<Problem>,
) -> Vec<(Variant, bool)> {
    let Value::Table(table) = &written.tree.value else { unreachable!("a TOML text is a table") };
    let own = ["schema", "run", "vary", "variant", "expect"];
    let settings = table.entries.iter().filter(|entry| !own.contains(&entry.key.as_str()));
    let bare = Table { entries: settings.cloned().collect() };
    let mut variants = Vec::new();
    for plan in plans {
        // Hundreds of different problems help nobody, and looking each up in the others is slow.
        if problems.len() > MANY {
            break;
        }
        let settings =
            plan.changes.iter().map(|c| (c.path.to_string(), axes::plain(&c.node.value)));
        let settings = settings.collect();
        let (platform, is_fine) = if plan.changes.is_empty() {
            (base.clone(), base_is_fine)
        } else {
            let (platform, found) = read_variant(written, &bare, &plan);
            let is_fine = found.is_empty();
            let known = problems.len();
            for problem in found {
                if !problems[..known].contains(&problem) {
                    problems.push(problem);
                }
            }
            (platform, is_fine)
        };
        let Plan { name, coordinates, .. } = plan;
        variants.push((Variant { name, coordinates, settings, platform }, is_fine));
    }
    variants
}

/// Reads the platform of one variant: the scenario's settings with the variant's written over them.
fn read_variant(written: &Written<'_>, bare: &Table, plan: &Plan) -> (Platform, Vec<Problem>) {
    let reading = Reading::new(written.open);
    let mut table = bare.clone();
    for problem in change::write_all(&plan.changes, written.kinds, &mut table) {
        reading.complain(problem);
    }
    let tree = Node { value: Value::Table(table), place: written.tree.place };
    let mut fields = Fields::of(&reading, "", &tree);
    // Asked for in the order of the base, so that a problem of both reads the same in both.
    for key in ["schema", "run"] {
        fields.take(key);
    }
    let platform = Platform::read(&mut fields, written.run.timing());
    fields.take("load");
    for key in ["vary", "variant", "expect"] {
        fields.take(key);
    }
    fields.finish();
    (platform, reading.finish())
}

/// The problem of an expectation of recovery that speaks of variants in which nothing goes wrong.
/// Variants with problems of their own are not judged.
fn no_recovery(
    expectation: &Expectation,
    place: Place,
    variants: &[(Variant, bool)],
) -> Option<Problem> {
    if expectation.metric != Metric::Recovery {
        return None;
    }
    let judged: Vec<&Variant> = variants
        .iter()
        .filter(|(variant, is_fine)| *is_fine && expectation.variants.contains(&variant.name))
        .map(|(variant, _)| variant)
        .collect();
    let has_fault = |variant: &Variant| variant.platform.marks().iter().any(|mark| mark.fault);
    let (with, without): (Vec<&Variant>, Vec<&Variant>) =
        judged.into_iter().partition(|variant| has_fault(variant));
    let first = without.first()?;
    let (message, help) = if with.is_empty() {
        let help = "add an `[[event]]` that is a fault, such as `slow` or `crash`";
        ("`recovery` needs a fault, and the scenario has none".into(), help.to_string())
    } else {
        let message =
            format!("`recovery` needs a fault, and the variant `{}` has none", first.name);
        let names = list_of(with.iter().map(|variant| variant.name.as_str()));
        (message, format!("say with `variants` that it is meant for those with a fault: {names}"))
    };
    let allowed = "it is counted from the end of the last fault";
    Some(Problem::at(place, message).allowed(allowed).help(help))
}
