//! `aperture`: a router uses only some of an app's dynos, and how many follows from a rule.
//!
//! With thousands of routers and dynos, all talking to all costs connections, and each router sees
//! too little of each dyno to judge it. Finagle gives each client an aperture onto the servers
//! (`loadbalancer/aperture` in its source). To add a kind: a file here and a row in [`APERTURES`].

mod deterministic;
mod load;

pub use deterministic::Deterministic;
pub use load::{Band, Width};

use super::Part;
use crate::config::{Kind, Page};

/// The kinds of apertures, by name.
pub const APERTURES: &[Kind<Aperture>] = &[deterministic::KIND, load::KIND];

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "aperture",
    summary: "each router uses only some of the dynos: a fixed slice, or as many as its load needs",
    page: Page {
        settings: &[(
            "deterministic",
            "the kind of aperture, with its settings; `load` may stand in its place",
        )],
        sections: &[
            (
                "Rule",
                "The balancer sees only the dynos in its router's aperture. `deterministic` gives each router a slice of a ring, so that all dynos get the same traffic; `load` lets each router widen and narrow a window over an order of its own.",
            ),
            (
                "Knows",
                "`deterministic`: the router's number and how many there are. `load`: how many attempts the router has under way and queued.",
            ),
            (
                "Wins",
                "With many routers that know only what they sent themselves: each sees more of each of its dynos, so `least-loaded` and `p2c` do not decay to `random`. It loses when a few dynos of a narrow aperture fail together.",
            ),
            (
                "Source",
                "Finagle, `finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/aperture`.",
            ),
        ],
    },
    read: |body| Part::Aperture(body.kind("kind of aperture", APERTURES, "deterministic")),
};

/// How a router's dynos are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aperture {
    /// A slice of a ring.
    Deterministic(Deterministic),
    /// As many dynos as the load needs.
    Load(Band),
}

impl Aperture {
    /// The fewest dynos that a router uses.
    pub fn least(&self) -> u32 {
        match self {
            Aperture::Deterministic(deterministic) => deterministic.least,
            Aperture::Load(band) => band.least,
        }
    }

    /// The dotted path of that number.
    pub fn least_path(&self) -> &'static str {
        match self {
            Aperture::Deterministic(_) => "mesh.aperture.deterministic.least",
            Aperture::Load(_) => "mesh.aperture.load.least",
        }
    }
}
