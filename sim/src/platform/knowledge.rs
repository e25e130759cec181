//! Whether a strategy is told what it needs, and whether anybody listens to what is told.

use super::mesh::Mesh;
use crate::balance::{Need, Strategy};
use crate::config::{Fields, Problem};
use crate::platform::mesh::Knowledge;
use crate::units::Limit;

/// Complains of a mesh whose `strategy` goes without what it needs, or whose routers tell each other
/// what nobody looks at.
pub(super) fn check(fields: &Fields<'_>, mesh: &Mesh, strategy: &Strategy) {
    let name = strategy.name();
    let complain = |key: &str, message: String, allowed: &str, help: String| {
        let problem = Problem::at(fields.place_of(key), message).allowed(allowed);
        fields.reading.complain(problem.help(help));
    };
    if mesh.reports.is_none() {
        let needs = [(Need::Probes, "answers to probes"), (Need::Pushes, "word from idle dynos")];
        for (_, what) in needs.into_iter().filter(|&(need, _)| strategy.needs(need)) {
            complain(
                "reports",
                format!("`{name}` needs {what}, but `mesh.reports` is `\"none\"`"),
                "must not be `\"none\"` for this balancer",
                "remove `reports`, or take a balancer that only counts, such as `p2c`".into(),
            );
        }
    }
    let unlimited = mesh.limit == Limit::Unlimited;
    if unlimited && strategy.needs(Need::Limit) {
        complain(
            "limit",
            format!("`{name}` fills a dyno to `mesh.limit`, which is `\"unlimited\"`"),
            "must be a number for this balancer",
            "set `mesh.limit` to what a dyno serves at once".into(),
        );
    }
    if matches!(mesh.knowledge, Knowledge::Gossip { .. })
        && unlimited
        && !strategy.needs(Need::Counts)
    {
        complain(
            "knowledge",
            format!("`{name}` looks at no counts and `mesh.limit` is `\"unlimited\"`: nobody listens to the gossip"),
            "messages for nothing",
            "use `knowledge = \"local\"`, give `mesh.limit` a number, or take a balancer that counts, such as `p2c`".into(),
        );
    }
}
