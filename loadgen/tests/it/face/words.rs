//! Words about itself and about the machine.

use super::small;
use serde_json::Value;

#[test]
fn every_command_helps() {
    let folder = small("");
    for (args, parts) in [
        (vec!["--help"], vec!["Usage: loadgen", "Examples:", "Exit codes:", "130"]),
        (vec!["run", "--help"], vec!["--target", "--allow", "--shard", "--against", "Examples:"]),
        (vec!["stage", "--help"], vec!["--router", "builtin", "haproxy", "nginx"]),
        (vec!["doctor", "--help"], vec!["--no-measure", "--json"]),
        (vec!["merge", "--help"], vec!["--scenario", "--format", "--png"]),
        (vec!["scale", "--help"], vec!["NODES=FILE", "Examples:"]),
        (vec!["completions", "--help"], vec!["bash"]),
    ] {
        let ended = folder.run(&args);
        ended.assert(0, &parts, &[]);
        assert_eq!(ended.stderr, "", "{}", ended.shown());
        // What processes of its own are called is nobody's business.
        assert!(!ended.stdout.contains("\n  worker "), "{}", ended.shown());
    }
}

#[test]
fn every_shell_is_completed() {
    let folder = small("");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        folder.run(&["completions", shell]).assert(0, &["loadgen", "doctor"], &[]);
    }
}

#[test]
fn the_doctor_speaks_json_and_text() {
    let folder = small("");
    let ended = folder.run(&["doctor", "--no-measure", "--json"]);
    assert_eq!(ended.stderr, "", "{}", ended.shown());
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    let verdict = found["verdict"].as_str().unwrap();
    assert_eq!(ended.code, Some(i32::from(verdict == "bad")), "{}", ended.shown());
    let findings = found["findings"].as_array().unwrap();
    let has = |name: &str| findings.iter().any(|finding| finding["check"] == name);
    assert!(has("open-files") && has("ports") && has("backlog"), "{}", ended.shown());
    assert!(found["generation"].is_null());
    // Another moment may have another verdict, but each has its words.
    let text = folder.run(&["doctor", "--no-measure"]);
    for finding in findings {
        let name = finding["check"].as_str().unwrap();
        assert!(text.stdout.contains(name), "{name}: {}", text.shown());
    }
}
