//! When each step begins, so that shards that never speak begin together.

use super::Error;
use sim::time::Span;

/// From the end of a step to the beginning of the next: the slowest shard ends and gets ready in it.
const PAUSE: Span = Span::from_secs(3);

/// Who is given a time that is further ahead meant another unit.
const FURTHEST: f64 = 86_400.0;

/// The instants at which steps begin, in nanoseconds since the beginning of 1970.
///
/// It depends on the first instant and on the lengths of the steps alone. So shards must take the same
/// steps: a search cannot end early by what one of them measured.
#[derive(Clone, Debug)]
pub struct Timetable {
    next: u64,
}

impl Timetable {
    /// The first step begins at `start_at`, in seconds since 1970; `now` is in nanoseconds since then.
    ///
    /// # Errors
    /// Where that is over, or more than a day ahead.
    pub fn new(start_at: f64, now: u64) -> Result<Timetable, Error> {
        let ahead = start_at - now as f64 / 1e9;
        let refuse = |what: String, help| Err(Error::Start { given: start_at, what, help });
        if !start_at.is_finite() || start_at < 0.0 {
            return refuse("is no time".into(), "write seconds since 1970, as `date +%s` does");
        }
        if ahead < 0.0 {
            let what = format!("was {:.1} s ago", -ahead);
            return refuse(what, "give all shards more time to start, and set their clocks by NTP");
        }
        if ahead > FURTHEST {
            let what = format!("is {:.0} days ahead", ahead / FURTHEST);
            return refuse(what, "write seconds since 1970, not milliseconds");
        }
        Ok(Timetable { next: (start_at * 1e9) as u64 })
    }

    /// When the next step begins, which is so long from its warm-up's start to its end.
    pub fn next(&mut self, whole: Span) -> u64 {
        let start = self.next;
        self.next = start.saturating_add(whole.nanos()).saturating_add(PAUSE.nanos());
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_with_a_pause() {
        let mut times = Timetable::new(1_700_000_010.5, 1_700_000_000_000_000_000).unwrap();
        let starts = [20, 5, 5].map(|length| times.next(Span::from_secs(length)));
        let seconds = starts.map(|start| start / 1_000_000 - 1_700_000_000_000);
        assert_eq!(seconds, [10_500, 33_500, 41_500]);
    }

    #[test]
    fn a_useless_beginning_is_refused() {
        let now = 1_700_000_000_000_000_000;
        for (start_at, part) in [
            (1_699_999_998.0, "was 2.0 s ago"),
            (1_700_000_000_000.0, "not milliseconds"),
            (f64::NAN, "is no time"),
            (-5.0, "is no time"),
        ] {
            let error = Timetable::new(start_at, now).unwrap_err();
            assert!(error.to_string().contains(part) && error.is_usage(), "{error}");
        }
        assert!(Timetable::new(1_700_000_000.0, now).is_ok());
    }
}
