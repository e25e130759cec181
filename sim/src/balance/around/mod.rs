//! What stands around any balancer: which dynos a router may use at all, how much of the traffic a
//! dyno takes, and what is made of its failures. One file a setting of `[mesh]`, one row in [`AROUND`].
//!
//! Here is only the logic: numbers of dynos, weights and counts. The routers keep the dynos' states
//! and apply it. Each setting is off unless it is written.

pub mod aperture;
pub mod errors_as_load;
pub mod outlier_ejection;
pub mod panic;
pub mod slow_start;
pub mod subset;

use self::aperture::Aperture;
use self::errors_as_load::ErrorsAsLoad;
use self::outlier_ejection::OutlierEjection;
use self::panic::Panic;
use self::slow_start::SlowStart;
use self::subset::Subset;
use crate::config::{Fields, Kind, Problem};

/// What can stand around a balancer, by the name of its setting in `[mesh]`.
pub const AROUND: &[Kind<Part>] = &[
    aperture::KIND,
    subset::KIND,
    slow_start::KIND,
    outlier_ejection::KIND,
    panic::KIND,
    errors_as_load::KIND,
];

/// One of the things that can stand around a balancer; nothing where it could not be read.
pub enum Part {
    /// `aperture`.
    Aperture(Option<Aperture>),
    /// `subset`.
    Subset(Subset),
    /// `slow-start`.
    SlowStart(SlowStart),
    /// `outlier-ejection`.
    OutlierEjection(OutlierEjection),
    /// `panic`.
    Panic(Panic),
    /// `errors-as-load`.
    ErrorsAsLoad(ErrorsAsLoad),
}

/// What stands around the balancers of a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// How many dynos a router uses, and how that changes.
    pub aperture: Option<Aperture>,
    /// The fixed share of the dynos that a router uses.
    pub subset: Option<Subset>,
    /// How the traffic of a dyno grows that has come up.
    pub slow_start: Option<SlowStart>,
    /// Which dynos are left alone for their failures.
    pub outlier_ejection: Option<OutlierEjection>,
    /// When a router uses dynos whatever it thinks of their health.
    pub panic: Option<Panic>,
    /// How long a failure counts as an attempt under way.
    pub errors_as_load: Option<ErrorsAsLoad>,
}

impl Around {
    /// Reads what stands around the balancer from `[mesh]`. `shared` says that the routers share all
    /// knowledge, so that none of them has dynos of its own.
    pub fn read(fields: &mut Fields<'_>, shared: bool) -> Around {
        let mut around = Around::default();
        for part in fields.all_kinds(AROUND) {
            match part {
                Part::Aperture(aperture) => around.aperture = aperture,
                Part::Subset(subset) => around.subset = Some(subset),
                Part::SlowStart(slow) => around.slow_start = Some(slow),
                Part::OutlierEjection(ejection) => around.outlier_ejection = Some(ejection),
                Part::Panic(panic) => around.panic = Some(panic),
                Part::ErrorsAsLoad(errors) => around.errors_as_load = Some(errors),
            }
        }
        let chosen = [("aperture", around.aperture.is_some()), ("subset", around.subset.is_some())];
        for (key, _) in chosen.into_iter().filter(|(_, is_set)| shared && *is_set) {
            let path = fields.path_of(key);
            fields.complain(
                key,
                format!("`{path}` gives each router dynos of its own, but the routers are one"),
                "not with `knowledge` `shared`",
                "set `mesh.knowledge` to `local` or `gossip`",
            );
        }
        if around.aperture.is_some() && around.subset.is_some() {
            fields.complain(
                "subset",
                "`mesh.aperture` and `mesh.subset` both say which dynos a router uses",
                "not together with `aperture`",
                "keep one of them and remove the other",
            );
        }
        around
    }

    /// Whether nothing stands there that concerns which dynos may be chosen, and how often.
    pub fn leaves_the_dynos(&self) -> bool {
        let rest = Around { errors_as_load: None, ..self.clone() };
        rest == Around::default()
    }

    /// Refuses routers that would use more dynos than an app has. `fields` holds the `[mesh]` that was
    /// read, `apps` are names with numbers of dynos.
    pub fn check<'a>(&self, fields: &Fields<'_>, apps: impl Iterator<Item = (&'a str, u32)>) {
        let Some((app, dynos)) = apps.min_by_key(|(_, dynos)| *dynos) else { return };
        let aperture =
            self.aperture.map(|aperture| ("aperture", aperture.least_path(), aperture.least()));
        let subset = self.subset.map(|subset| ("subset", "mesh.subset.size", subset.size));
        for (key, path, size) in aperture.into_iter().chain(subset) {
            if size > dynos && dynos > 0 {
                let message =
                    format!("`{path}` is {size}, but `app.{app}` has {dynos} {}", plural(dynos));
                let problem = Problem::at(fields.place_of_named("mesh", key), message)
                    .allowed("no router may use more dynos than an app has");
                let help =
                    format!("set `{path}` to at most {dynos}, or give `app.{app}` more dynos");
                fields.reading.complain(problem.help(help));
            }
        }
    }
}

fn plural(dynos: u32) -> &'static str {
    if dynos == 1 { "dyno" } else { "dynos" }
}

#[cfg(test)]
mod tests;
