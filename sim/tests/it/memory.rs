//! What a run may take of the machine's memory.

use crate::command::sim;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A small platform, for as many variants as are asked for.
const SMALL: &str = r#"
schema = 1

[run]
duration     = "1s"
replications = 1

[app.shop.endpoint.page]
work.constant = "10ms"

[client.browsers]
arrivals.poisson = { rate = "20/s" }
"#;

/// With every cell of `series.csv` a text of its own, and all of `results.json` a tree, this report
/// takes a third more than MOST. What is bounded are addresses, since a shell can do no more.
#[cfg(target_os = "linux")]
#[test]
fn a_report_of_many_variants_is_written_piece_by_piece() {
    const MOST: &str = "450000";
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("many.toml");
    fs::write(&file, SMALL).unwrap();
    let dynos: Vec<String> = (1..=150).map(|dynos: u32| dynos.to_string()).collect();
    let mut bounded = Command::new("sh");
    bounded.args(["-c", "ulimit -v \"$0\" && exec \"$@\"", MOST]).arg(sim(&[]).get_program());
    bounded.arg("run").arg(&file).arg("--vary").arg(format!("app.shop.dynos={}", dynos.join(",")));
    let out = folder.path().join("out");
    let output = bounded.args(["--threads", "1", "--quiet", "--out"]).arg(&out).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(fs::metadata(out.join("results.json")).unwrap().len() > 10_000_000);
}
