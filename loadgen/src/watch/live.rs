//! The live view, on stderr: three lines that change on a terminal, a line every few seconds elsewhere.

use super::snapshot::Snapshot;
use super::words::{seconds, span, three};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Where nobody looks on, a line is printed this often.
const EVERY: Duration = Duration::from_secs(5);

/// How often a terminal is drawn again, a second.
const DRAWS: u8 = 4;

/// How many causes of failure are named.
const CAUSES: usize = 4;

/// The live view. It is gone from a terminal when it ends, at the latest when it is dropped.
pub struct Live(View);

enum View {
    Quiet,
    Lines { out: Box<dyn Write + Send>, last: Option<(Instant, String)> },
    Terminal(ProgressBar),
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            View::Quiet => "Live(quiet)",
            View::Lines { .. } => "Live(lines)",
            View::Terminal(_) => "Live(terminal)",
        })
    }
}

impl Live {
    /// The view that suits stderr; none where the user wants quiet.
    pub fn new(quiet: bool) -> Live {
        if quiet {
            return Live(View::Quiet);
        }
        if !io::stderr().is_terminal() {
            return Live::lines(Box::new(io::stderr()));
        }
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS);
        Live(View::Terminal(ProgressBar::with_draw_target(Some(1), target).with_style(style())))
    }

    fn lines(out: Box<dyn Write + Send>) -> Live {
        Live(View::Lines { out, last: None })
    }

    /// Shows how the run goes now.
    pub fn show(&mut self, snapshot: &Snapshot) {
        match &mut self.0 {
            View::Quiet => {}
            View::Lines { out, last } => {
                let due = last.as_ref().is_none_or(|(at, step)| {
                    at.elapsed() >= EVERY || *step != snapshot.step || snapshot.left.is_zero()
                });
                if due {
                    // Who closed stderr does not want to see it.
                    let _ = writeln!(out, "{}", line(snapshot));
                    *last = Some((Instant::now(), snapshot.step.clone()));
                }
            }
            View::Terminal(bar) => {
                let [title, clock, rest @ ..] = parts(snapshot);
                let milliseconds = |span: sim::time::Span| span.nanos() / 1_000_000;
                bar.set_length(milliseconds(snapshot.elapsed + snapshot.left).max(1));
                bar.set_position(milliseconds(snapshot.elapsed));
                bar.set_prefix(title);
                bar.set_message(format!("{clock}\n  {}", rest.join("\n  ")));
            }
        }
    }

    /// Says something that stays, such as the end of a stage.
    pub fn say(&mut self, text: &str) {
        match &mut self.0 {
            View::Quiet => {}
            View::Lines { out, .. } => {
                let _ = writeln!(out, "{text}");
            }
            View::Terminal(bar) => bar.suspend(|| eprintln!("{text}")),
        }
    }

    /// Takes the view away and shows nothing more. To be called before anything else is printed: what
    /// is taken away are the terminal's last lines, whoever wrote them.
    pub fn end(&mut self) {
        if let View::Terminal(bar) = std::mem::replace(&mut self.0, View::Quiet) {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.end();
    }
}

/// How the view looks on a terminal.
fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix}  {bar:30} {msg}");
    style.expect("the template is valid")
}

/// Where the run is, its clock, how fast it goes, what failed.
fn parts(snapshot: &Snapshot) -> [String; 4] {
    let Snapshot { stage, step, .. } = snapshot;
    let title = if stage == step { stage.clone() } else { format!("{stage}: {step}") };
    let clock = format!("{}, {} left", seconds(snapshot.elapsed), seconds(snapshot.left));
    let mut pace = format!(
        "{} users, {}/s sent, {}/s good, p50 {}, p99 {}, late p99 {}",
        snapshot.users,
        three(snapshot.rate()),
        three(snapshot.goodput()),
        span(snapshot.latency_p50),
        span(snapshot.latency_p99),
        span(snapshot.late_p99)
    );
    if snapshot.lost >= 0.01 {
        pace += &format!(", {:.0}% of the time without a core", snapshot.lost * 100.0);
    }
    let failures = snapshot.failures();
    let all: u64 = failures.iter().map(|(_, count)| count).sum();
    let mut failed = format!("{all} of {} failed", snapshot.counted.arrivals);
    for (index, (cause, count)) in failures.iter().take(CAUSES).enumerate() {
        failed += &format!("{} {count} {cause}", if index == 0 { ":" } else { "," });
    }
    if failures.len() > CAUSES {
        failed += ", ...";
    }
    [title, clock, pace, failed]
}

/// All of it in one line.
fn line(snapshot: &Snapshot) -> String {
    let [title, clock, pace, failed] = parts(snapshot);
    format!("{title} ({clock}): {pace}; {failed}")
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::example;
    use super::*;
    use indicatif::TermLike;
    use sim::metrics::Cause;
    use sim::time::Span;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_tells_everything() {
        let expected = "finding the boundaries: 400 users (12s, 8s left): 400 users, 320/s sent, 315/s \
                        good, p50 12.3 ms, p99 1.50 s, late p99 210 µs; 28 of 6100 failed: 20 h12, 8 \
                        timeout";
        assert_eq!(line(&example()), expected);
    }

    #[test]
    fn a_stage_of_one_step_is_named_once_and_causes_are_bounded() {
        let mut snapshot = Snapshot { stage: "soak".into(), step: "soak".into(), ..example() };
        snapshot.lost = 0.123;
        for cause in [Cause::H10, Cause::H11, Cause::Reset] {
            snapshot.counted.failures[cause as usize] = 1;
        }
        let said = line(&snapshot);
        assert!(said.starts_with("soak (12s"), "{said}");
        assert!(said.contains("12% of the time without a core"), "{said}");
        assert!(
            said.ends_with("31 of 6100 failed: 20 h12, 8 timeout, 1 h10, 1 h11, ..."),
            "{said}"
        );
    }

    #[test]
    fn without_a_terminal_a_line_comes_at_each_step_and_end() {
        let paper = Paper::default();
        let mut live = Live::lines(Box::new(paper.clone()));
        live.show(&example());
        live.show(&example());
        live.show(&Snapshot { step: "500 users".into(), ..example() });
        live.say("boundary: 480 users");
        let end = Snapshot { step: "500 users".into(), left: Span::ZERO, ..example() };
        live.show(&end);
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!((lines[2], lines[3]), ("boundary: 480 users", &line(&end)[..]));
    }

    #[test]
    fn quiet_is_quiet_and_a_terminal_takes_every_snapshot() {
        let mut quiet = Live::new(true);
        quiet.show(&example());
        assert_eq!(format!("{quiet:?}"), "Live(quiet)");
        let mut live = Live(View::Terminal(ProgressBar::hidden()));
        live.show(&example());
        let View::Terminal(bar) = &live.0 else { panic!("it is one") };
        assert_eq!((bar.length(), bar.position()), (Some(20_000), 12_000));
        assert!(bar.message().contains("late p99") && bar.message().contains("28 of 6100 failed"));
        live.show(&Snapshot::default());
    }

    /// A terminal that keeps what is done to it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<Vec<String>>>);

    impl Screen {
        fn note(&self, done: &str) -> io::Result<()> {
            self.0.lock().unwrap().push(done.into());
            Ok(())
        }
        fn take(&self) -> Vec<String> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            self.note("up")
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            self.note("down")
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            self.note("right")
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            self.note("left")
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.note(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.note(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.note("clear")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn once_it_has_ended_it_leaves_the_terminal_alone() {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let bar = ProgressBar::with_draw_target(Some(1), target).with_style(style());
        let mut live = Live(View::Terminal(bar));
        live.show(&example());
        assert!(screen.take().iter().any(|done| done.contains("28 of 6100 failed")));
        live.end();
        assert!(screen.take().iter().any(|done| done == "clear"), "the view is gone");
        live.show(&example());
        drop(live);
        assert_eq!(screen.take(), [""; 0], "what others print after it stays");
    }
}
