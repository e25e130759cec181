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
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("plan.toml");
    std::fs::write(&file, text).expect("the folder can be written to");
    match scenario::load(file.to_str().expect("a readable path"), &Overrides::default(), false) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error:?}"),
    }
}
