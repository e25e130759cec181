//! A scenario for tests of this room.

use sim::scenario::{self, Overrides, Scenario};

/// A small scenario with an open and a closed client, and `more` at its end.
pub fn scenario(more: &str) -> Scenario {
    let text = format!(
        r#"
schema = 1
[run]
duration = "4s"
warmup = "2s"
interval = "500ms"
replications = 1
[app.shop]
dynos = 2
endpoint.page.work.constant = "10ms"
[client.browsers]
users = 100
think.constant = "1s"
[client.robots]
arrivals.poisson = {{ rate = "100/s" }}
timeout = "2s"
{more}
"#
    );
    let loaded = scenario::from_text("plan", &text, &Overrides::default());
    loaded.unwrap_or_else(|error| panic!("{error}"))
}
