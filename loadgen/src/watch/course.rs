//! How a run went, second by second, on the time of the run: what is drawn beside the target's own
//! measures. It keeps a bounded number of seconds; the measures of a run do not come of it.

use super::Snapshot;
use crate::clock::Clock;
use crate::crew::Frame;
use crate::plan::Step;
use sim::experiment::{Beside, Course, Second, TargetSeries};
use sim::time::Span;
use std::time::Instant;

/// The most seconds that are kept, and the most steps: some hours.
const MOST_SECONDS: usize = 20_000;

/// The steps of a run and what the target told in them, while they go on.
#[derive(Debug)]
pub struct Courses {
    clock: Clock,
    steps: Vec<Under>,
    seconds: usize,
    /// Seconds that it had too many.
    lost: u64,
    told: Vec<TargetSeries>,
}

/// A step under way. Its seconds count from its own start.
#[derive(Debug)]
struct Under {
    course: Course,
    /// Its variant, its stage and its own name.
    key: [String; 3],
    warmup: Span,
    /// The number of its last second.
    last: u64,
}

impl Default for Courses {
    /// A run that begins now.
    fn default() -> Courses {
        let clock = Clock::starting(Instant::now());
        Courses { clock, steps: Vec::new(), seconds: 0, lost: 0, told: Vec::new() }
    }
}

impl Courses {
    /// The time of the run.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Takes a second of a step as soon as it is over. `variant` is empty where there is only one.
    pub fn frame(&mut self, variant: &str, step: &Step, frame: &Frame) {
        self.frame_at(self.clock.now(), variant, step, frame);
    }

    fn frame_at(&mut self, now: Span, variant: &str, step: &Step, frame: &Frame) {
        if self.seconds >= MOST_SECONDS {
            self.lost += 1;
            return;
        }
        let Frame { at, second, .. } = *frame;
        let key = [variant, &step.stage, &step.name].map(String::from);
        // A step that is repeated has the name of the one before it, and its seconds begin anew.
        let goes_on = |under: &Under| under.key == key && under.last < second;
        if !self.steps.last().is_some_and(goes_on) {
            let (name, seconds) = (self.name(&key), Vec::new());
            let (from, measured, to) = (now, Span::ZERO, Span::ZERO);
            let course = Course { name, from, measured, to, seconds };
            self.steps.push(Under { course, key, warmup: step.warmup, last: second });
        }
        let under = self.steps.last_mut().expect("one was just pushed where there was none");
        // A frame may come late, never early: the earliest start that one tells is the nearest.
        under.course.from = under.course.from.min(now.saturating_sub(at));
        under.last = second;
        let snapshot = Snapshot::of(step, frame);
        let failed: u64 = frame.recent.failures.iter().sum();
        let lasts = frame.lasts.seconds();
        under.course.seconds.push(Second {
            at,
            arrivals: snapshot.rate(),
            goodput: snapshot.goodput(),
            failures: if lasts > 0.0 { failed as f64 / lasts } else { 0.0 },
            latency_p99: snapshot.latency_p99,
        });
        self.seconds += 1;
    }

    /// What a step is called: what it has in common with the one before it is said once.
    fn name(&self, key: &[String; 3]) -> String {
        let before = self.steps.last().map(|under| &under.key);
        let same =
            (1..3).rfind(|count| before.is_some_and(|known| known[..*count] == key[..*count]));
        let mut parts = key[same.unwrap_or(0)..].to_vec();
        // A stage of one step gives it its name.
        parts.dedup();
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    }

    /// Takes what the target told; what was known of a measure before goes on after a gap.
    pub fn told(&mut self, told: Vec<TargetSeries>) {
        for series in told {
            let is_same = |known: &&mut TargetSeries| {
                (&known.source, &known.name, &known.of)
                    == (&series.source, &series.name, &series.of)
            };
            match self.told.iter_mut().find(is_same) {
                Some(known) => {
                    known.t.extend(series.t.first());
                    known.values.extend(series.t.first().map(|_| f64::NAN));
                    known.t.extend(&series.t);
                    known.values.extend(&series.values);
                }
                None => self.told.push(series),
            }
        }
    }

    /// How many seconds are left out because there were too many.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// All of it on the time of the run; nothing where the target told nothing.
    pub fn finish(self) -> Option<Beside> {
        let step = |Under { mut course, warmup, .. }: Under| {
            let from = course.from;
            course.seconds.iter_mut().for_each(|second| second.at += from);
            course.to = course.seconds.last().map_or(from, |second| second.at);
            course.measured = (from + warmup).min(course.to);
            course
        };
        let steps = self.steps.into_iter().map(step).collect();
        (!self.told.is_empty()).then_some(Beside { steps, told: self.told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::GapsReport;
    use crate::plan::At;
    use sim::metrics::{Cause, Counted, Counts};

    fn step() -> Step {
        Step {
            number: 0,
            stage: "black box".into(),
            name: "100 users".into(),
            at: At::Users(100),
            repeat: 0,
            warmup: Span::from_secs(1),
            lasts: Span::from_secs(2),
            interval: Span::from_secs(1),
            windows: Vec::new(),
            beginners_a_second: 1000,
        }
    }

    fn frame(second: u64) -> Frame {
        let mut recent = Counted { arrivals: 10, successes: 8, ..Counted::default() };
        recent.failures[Cause::Timeout as usize] = 2;
        let mut latency = Counts::new(2);
        latency.record(Span::from_millis(50));
        Frame {
            second,
            at: Span::from_secs(second + 1),
            lasts: Span::from_millis(500),
            users: 1,
            counted: recent.clone(),
            recent,
            latency,
            late: Counts::new(2),
            gaps: GapsReport::default(),
        }
    }

    fn series(t: &[u64]) -> TargetSeries {
        TargetSeries {
            source: "router".into(),
            name: "queue".into(),
            of: String::new(),
            unit: "1".into(),
            t: t.iter().copied().map(Span::from_secs).collect(),
            values: t.iter().map(|_| 1.0).collect(),
        }
    }

    #[test]
    fn steps_stand_where_their_most_punctual_second_says() {
        let mut courses = Courses::default();
        // The first second is told 400 ms late, the second 100 ms; then the step is repeated.
        for (now, second) in [(6_400, 0), (7_100, 1), (8_200, 2), (20_000, 0)] {
            courses.frame_at(Span::from_millis(now), "", &step(), &frame(second));
        }
        courses.told(vec![series(&[5])]);
        let beside = courses.finish().unwrap();
        let times = |at: usize| {
            let Course { from, measured, to, .. } = beside.steps[at];
            [from, measured, to].map(Span::seconds)
        };
        assert_eq!((times(0), times(1)), ([5.1, 6.1, 8.1], [19.0, 20.0, 20.0]));
        let second = beside.steps[0].seconds[1];
        assert_eq!(second.at, Span::from_millis(7_100));
        assert_eq!((second.arrivals, second.goodput, second.failures), (20.0, 16.0, 4.0));
        assert!(second.latency_p99.is_some());
    }

    #[test]
    fn the_seconds_are_bounded() {
        let mut courses = Courses { seconds: MOST_SECONDS - 2, ..Courses::default() };
        for second in 0..5 {
            courses.frame_at(Span::from_secs(second + 1), "", &step(), &frame(second));
        }
        assert_eq!((courses.steps[0].course.seconds.len(), courses.lost()), (2, 3));
    }

    #[test]
    fn what_steps_have_in_common_is_said_once() {
        let mut courses = Courses::default();
        let rows = [
            ("random", "up", "10/s"),
            ("random", "up", "20/s"),
            ("random", "hold", "hold"),
            ("p2c", "up", "10/s"),
        ];
        for (variant, stage, name) in rows {
            let step = Step { stage: stage.into(), name: name.into(), ..step() };
            courses.frame_at(Span::from_secs(1), variant, &step, &frame(0));
        }
        courses.told(vec![series(&[1])]);
        let steps = courses.finish().unwrap().steps;
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["random, up, 10/s", "20/s", "hold", "p2c, up, 10/s"]);
    }

    #[test]
    fn what_is_watched_anew_goes_on_after_a_gap() {
        let mut courses = Courses::default();
        courses.told(vec![series(&[1, 2])]);
        courses.told(vec![series(&[7, 8]), TargetSeries { of: "d1".into(), ..series(&[7]) }]);
        let told = courses.finish().unwrap().told;
        assert_eq!((told.len(), told[0].t.len()), (2, 5));
        let gaps: Vec<bool> = told[0].values.iter().map(|value| value.is_nan()).collect();
        assert_eq!(gaps, [false, false, true, false, false]);
        assert!(Courses::default().finish().is_none());
    }
}
