//! `p2c`: the least loaded of a few dynos drawn at random.
//!
//! The power of two choices (Mitzenmacher 1996; Vvedenskaya, Dobrushin and Karpelevich 1996). Those
//! who build it differ in how they draw and in whom a tie goes to; [`RULES`] has them by name. The
//! default draws without replacement and the tie goes to the first drawn, as in Finagle's `P2CPick`.
//!
//! Whether the same dyno may be drawn twice matters: with 100 dynos one pick in a hundred then has no
//! choice, and the mean number at a dyno is 0.3 to 0.7 % higher. `envoy`, `grpc` and `haproxy` draw
//! with replacement, `finagle`, `nginx` and `knative` without.

mod choice;
mod haproxy;
mod nginx;
mod plain;

use super::{Maker, Strategy};
use crate::config::{Body, Fields, Kind, Page, Problem, nearest, one_of};
use choice::{P2c, Rule};
use haproxy::Version;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "p2c",
    summary: "the least loaded of `choices` dynos drawn at random without replacement",
    page: Page {
        settings: &[
            ("choices", "how many dynos are drawn"),
            (
                "rule",
                "whose way of drawing and of breaking ties: `finagle`, `haproxy`, `envoy`, `grpc`, `nginx` or `knative`; if it is not written and `mesh.router` is a real one's, that one's",
            ),
            (
                "memory",
                "how many of the least loaded that it looked at last it looks at again; 0: none",
            ),
        ],
        sections: &[
            (
                "Rule",
                "Some dynos are drawn by chance and the one with the fewest attempts is chosen. `finagle`: distinct, the first drawn on a tie. `envoy` and `grpc`: drawn with replacement, the first on a tie; `grpc` at most 10. `knative`: two distinct, a coin on a tie. `nginx`: two distinct by weight, fewer attempts / weight, the second on a tie; after 20 draws in vain the next by smooth weighted round robin. `haproxy`: with replacement by a ring with 16 points for a weight of 1, fewer attempts / weight, on a tie fewer dispatches / weight in the last second, else the later drawn; if the chosen one is at `mesh.limit` the attempt waits, while all others draw among dynos below the limit. With `memory` the dynos kept from the last pick compete too and win if they have strictly less; then the least loaded of all that were looked at are kept, the chosen one counted with the new attempt.",
            ),
            (
                "Knows",
                "The counts of those drawn, which are the router's own; with `mesh.knowledge` `shared` or `gossip` those of all routers. Weights in `nginx` and `haproxy`; the others ignore them.",
            ),
            (
                "Wins",
                "Almost as good as the least loaded of all, without looking at all, and when counts are old or partial it does not send everybody to the same dyno. Two choices do nearly everything; one dyno in memory is worth about as much as a second draw. With replacement the mean number at a dyno is 0.3 to 0.7 % higher at 100 dynos. The uneven ring of `haproxy` costs little at low load, since draws are only candidates. With many routers that know only their own counts it decays to `random`.",
            ),
            (
                "Source",
                "Mitzenmacher 1996; Mitzenmacher, Prabhakar and Shah 2002 for memory. Finagle 4feb34c `P2CPick.scala`; HAProxy 50872da `src/backend.c:get_server_rnd`; Envoy `least_request_lb.cc` (N_CHOICES, equal weights); grpc-java 5fda0c7 `LeastRequestLoadBalancer`; nginx 3f6f782 `ngx_http_upstream_random_module.c`; Knative `pkg/activator/net/lb_policy.go:randomChoice2Policy`.",
            ),
        ],
    },
    read,
};

/// More dynos than this to remember are a scan, not a sample.
const MOST_MEMORY: u32 = 16;

/// A way of drawing.
struct Row {
    name: &'static str,
    /// How many choices it has; more than 16 would be a scan, not a sample.
    choices: (u32, u32),
    build: fn(usize, usize) -> Strategy,
}

/// The ways of drawing, by name. Envoy and gRPC refuse a single choice; nginx and Knative have two.
const RULES: [Row; 6] = [
    Row {
        name: "finagle",
        choices: (1, 16),
        build: |choices, memory| strategy(memory, move || plain::Distinct::new(choices)),
    },
    Row {
        name: "haproxy",
        choices: (1, 16),
        build: |choices, memory| {
            strategy(memory, move || haproxy::Haproxy::new(choices, Version::V3_3))
        },
    },
    Row {
        name: "envoy",
        choices: (2, 16),
        build: |choices, memory| strategy(memory, move || plain::Replaced { choices }),
    },
    Row {
        name: "grpc",
        choices: (2, 10),
        build: |choices, memory| strategy(memory, move || plain::Replaced { choices }),
    },
    Row {
        name: "nginx",
        choices: (2, 2),
        build: |_, memory| strategy(memory, || nginx::Nginx::new(2)),
    },
    Row {
        name: "knative",
        choices: (2, 2),
        build: |_, memory| strategy(memory, || plain::Knative),
    },
];

fn strategy<R: Rule + 'static>(
    memory: usize,
    rule: impl Fn() -> R + Send + Sync + 'static,
) -> Strategy {
    Strategy::new("p2c", R::NEEDS, move || P2c::new(rule(), memory))
}

/// HAProxy 2.6's `random(choices)`, which is what it has of the strategy called `name`.
pub(super) fn of_haproxy(name: &'static str, choices: usize) -> Strategy {
    type Draws = haproxy::Haproxy;
    let draws = move || P2c::new(Draws::new(choices, Version::V2_6), 0);
    Strategy { choices: Some(choices as u32), ..Strategy::new(name, Draws::NEEDS, draws) }
}

/// nginx's `random` with so many choices, one or two.
pub(super) fn of_nginx(name: &'static str, choices: usize) -> Strategy {
    type Draws = nginx::Nginx;
    let draws = move || P2c::new(Draws::new(choices), 0);
    Strategy { choices: Some(choices as u32), ..Strategy::new(name, Draws::NEEDS, draws) }
}

fn read(body: &mut Body<'_>) -> Strategy {
    body.fields(|fields| {
        // Who writes no rule takes that of the router.
        let any = !fields.has("rule");
        let choices = fields.or("choices", 2_u32);
        let row = read_rule(fields);
        check_choices(fields, choices, row.choices, row.name);
        let memory = fields.or("memory", 0_u32);
        fields.require("memory", memory <= MOST_MEMORY, "from 0 to 16");
        let strategy = (row.build)(choices as usize, memory as usize);
        let mut strategy = Strategy { choices: Some(choices), ..strategy };
        let has = |rule: &str| memory == 0 && (any || row.name == rule);
        if has("haproxy") {
            let made = of_haproxy("p2c", choices as usize);
            strategy = strategy.made(Maker::Haproxy, &format!("random({choices})"), made);
        }
        if has("nginx") && choices == 2 {
            let made = of_nginx("p2c", 2);
            strategy = strategy.made(Maker::Nginx, "random two least_conn", made);
        }
        strategy
    })
}

impl Strategy {
    /// How many dynos it draws at random to compare them; nothing where that is not its way.
    pub fn choices(&self) -> Option<u32> {
        self.choices
    }
}

/// Reads how many dynos are drawn to be compared, from 1 to 16.
pub(super) fn read_choices(fields: &mut Fields<'_>) -> usize {
    let choices = fields.or("choices", 2_u32);
    check_choices(fields, choices, RULES[0].choices, RULES[0].name);
    choices as usize
}

/// Refuses a number of choices that a rule does not have.
fn check_choices(fields: &Fields<'_>, choices: u32, (least, most): (u32, u32), rule: &str) {
    if (least..=most).contains(&choices) {
        return;
    }
    let range = if least == most { format!("{least}") } else { format!("from {least} to {most}") };
    let whose = if rule == "finagle" { String::new() } else { format!(" for `{rule}`") };
    let path = fields.path_of("choices");
    fields.complain(
        "choices",
        format!("`{path}` must be {range}{whose}, found `{choices}`"),
        &format!("must be {range}"),
        "`random` looks at one dyno and `least-loaded` at all of them",
    );
}

fn read_rule(fields: &mut Fields<'_>) -> &'static Row {
    const KNOWN: &[Row] = &RULES;
    let noted = fields.reading.problems();
    let word = fields.or("rule", "finagle".to_string());
    let row = KNOWN.iter().find(|row| row.name == word);
    if row.is_none() && fields.reading.problems() == noted {
        let words = || KNOWN.iter().map(|row| row.name);
        let message = format!("`{}` is unknown: `{word}`", fields.path_of("rule"));
        let problem = Problem::at(fields.place_of("rule"), message).allowed(one_of(words()));
        fields.reading.complain(match nearest(&word, words()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    row.unwrap_or(&KNOWN[0])
}

#[cfg(test)]
mod tests;
