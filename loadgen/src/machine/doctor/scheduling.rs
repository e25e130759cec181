//! How late this process is woken.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "scheduling", summary: "how late an idle process is woken", find };

/// Below so many sleeps nothing can be said of the rare ones.
const ENOUGH: u64 = 50;

fn find(examined: &Examined) -> Option<Finding> {
    let sleeps = &examined.gaps.sleeps;
    if sleeps.count < ENOUGH {
        return None;
    }
    let (half, most) = (sleeps.quantile(0.5)?, sleeps.quantile(0.99)?);
    let lost = examined.gaps.lost_share();
    let milliseconds = |nanos: u64| nanos as f64 / 1e6;
    let longest = Verdict::of_at_most(milliseconds(sleeps.longest), 5.0, 50.0);
    let verdict = Verdict::of_at_most(lost, 0.01, 0.05).max(longest);
    let found = format!(
        "of {} sleeps of 1 ms, half were {:.2} ms late or less, 99% {:.2} ms, the latest {:.2} ms; \
         {:.1}% of the time was lost",
        sleeps.count,
        milliseconds(half),
        milliseconds(most),
        milliseconds(sleeps.longest),
        lost * 100.0
    );
    let means = match verdict {
        Verdict::Fine => "requests go out when they should, and answers are read when they come",
        _ => {
            "requests go out late and answers are read late by as much: a stage with too many such gaps \
             is void, neither passed nor failed"
        }
    };
    let fix = "sudo nice -n -10 loadgen ...  # or pin: taskset -c 0 loadgen ..., with the target elsewhere";
    Some(Finding::new(verdict, found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{GapsReport, Sleeps};

    #[test]
    fn lost_time_and_the_longest_gap_decide() {
        for (late, count, verdict) in [
            (100_000, 100, Some(Verdict::Fine)),
            (1_020_000, 100, Some(Verdict::Mind)),
            (20_000_000, 100, Some(Verdict::Bad)),
            (100_000, 10, None),
        ] {
            let mut sleeps = Sleeps::default();
            for _ in 0..count {
                sleeps.add(late);
            }
            let gaps = GapsReport { watched: 100_000_000, sleeps, ..GapsReport::default() };
            let found = find(&Examined { gaps, ..Examined::default() });
            assert_eq!(found.map(|found| found.verdict), verdict, "{late}");
        }
    }
}
