//! The command `loadgen`. It only says what it will be: nothing is measured yet.

use clap::Command;
use std::process::ExitCode;

const ABOUT: &str = "\
loadgen will run the scenarios of `sim` against a real deployment, from 100 to 100K users, and lay \
what it measured over what `sim` predicted. It cannot do so yet: this version sends no traffic and \
takes no arguments. What it will attack can be explored today with `sim run SCENARIO`.";

fn main() -> ExitCode {
    // The parent of a crew starts this program again and again.
    if std::env::args_os().nth(1).is_some_and(|command| command == "worker") {
        return loadgen::crew::work();
    }
    // Whatever was asked, the answer is the same paragraph, wrapped to the terminal.
    let mut command = Command::new("loadgen").about(ABOUT).help_template("{about}");
    eprintln!("{}", command.render_long_help());
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_one_paragraph_that_names_both_programs() {
        assert!(!ABOUT.contains('\n'));
        assert!(ABOUT.starts_with("loadgen") && ABOUT.contains("`sim run"));
    }
}
