//! What an examination says, as text and as JSON.

use super::{Examined, Finding, Generation, Verdict, examine};
use serde::Serialize;

/// What was found of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Examination {
    /// The worst verdict.
    pub verdict: Verdict,
    /// What each check found, by its name.
    pub findings: Vec<Named>,
    /// What this machine can generate, where that was measured.
    pub generation: Option<Generation>,
}

/// A finding and the check that made it.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// The check's name.
    pub check: &'static str,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

impl Examination {
    /// What all checks say of `examined`.
    pub fn new(examined: &Examined, generation: Option<Generation>) -> Examination {
        let found = examine(examined).into_iter();
        let findings: Vec<Named> = found.map(|(check, finding)| Named { check, finding }).collect();
        let verdicts = findings.iter().map(|named| named.finding.verdict);
        let verdict = verdicts.max().unwrap_or(Verdict::Fine);
        Examination { verdict, findings, generation }
    }

    /// For people: a paragraph a check, and what to do under it.
    pub fn text(&self) -> String {
        let width = self.findings.iter().map(|named| named.check.len()).max().unwrap_or(0);
        let margin = " ".repeat(width + 8);
        let mut text = String::new();
        for Named { check, finding } in &self.findings {
            let Finding { verdict, found, means, fix } = finding;
            text += &format!("{:<4}  {check:<width$}  {found}\n", verdict.name());
            text += &format!("{margin}{means}\n");
            if let Some(fix) = fix {
                text += &format!("{margin}help: {fix}\n");
            }
        }
        if let Some(generation) = &self.generation {
            text += &format!("\n{}\n", generation.text());
        }
        let count = |verdict: Verdict| {
            self.findings.iter().filter(|named| named.finding.verdict == verdict).count()
        };
        let (fine, mind, bad) = (count(Verdict::Fine), count(Verdict::Mind), count(Verdict::Bad));
        text + &format!("\n{fine} fine, {mind} to mind, {bad} bad\n")
    }

    /// For programs: the same as one JSON object.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("it holds only text and numbers");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    fn machine() -> Examined {
        let limits = Limits {
            open_files: Some(1024),
            open_files_most: Some(1_048_576),
            somaxconn: Some(4096),
            ..Limits::default()
        };
        Examined { limits, ..Examined::default() }
    }

    #[test]
    fn text_has_a_paragraph_a_check_with_its_command() {
        let expected = "\
bad   open-files  1024 open files a process; it may ask for 1048576
                  a worker process can hold 924 connections; 100000 kept connections take 109 workers
                  help: ulimit -n 1048576
fine  backlog     somaxconn 4096, tcp_max_syn_backlog unknown
                  a server on this machine queues at most 4096 new connections, whatever it asks for; more at once wait a second or longer for a second SYN, which shows as latency

1 fine, 0 to mind, 1 bad
";
        assert_eq!(Examination::new(&machine(), None).text(), expected);
    }

    #[test]
    fn json_says_the_same() {
        let text = Examination::new(&machine(), None).json();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["verdict"], "bad");
        assert_eq!(value["findings"][0]["check"], "open-files");
        assert_eq!(value["findings"][0]["fix"], "ulimit -n 1048576");
        assert_eq!(value["findings"][1]["verdict"], "fine");
        assert!(value["generation"].is_null());
    }
}
