//! Whether time can be measured.

use super::{Check, Clocks, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check = Check { name: "clock", summary: "the clock: source, step, jumps", find };

/// Sources that are read without asking a device.
const QUICK: &[&str] = &["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"];

fn find(examined: &Examined) -> Option<Finding> {
    let Clocks { source, step, cost, jump } = examined.clocks.as_ref()?;
    let microseconds = |nanos: u64| nanos as f64 / 1e3;
    let slow = source.as_deref().is_some_and(|source| !QUICK.contains(&source));
    let by_step = Verdict::of_at_most(microseconds(*step.max(cost)), 2.0, 1000.0);
    let by_jump = Verdict::of_at_most(microseconds(*jump), 1000.0, 100_000.0);
    let by_source = if slow { Verdict::Mind } else { Verdict::Fine };
    let found = format!(
        "source {}, steps of {step} ns, {cost} ns a reading; the wall clock moved {:.3} ms against it",
        source.as_deref().unwrap_or("unknown"),
        microseconds(*jump) / 1e3
    );
    let means = if by_jump > Verdict::Fine {
        "the wall clock is being set: generators that begin at one time by it begin apart"
    } else if by_step.max(by_source) > Verdict::Fine {
        "each reading of the clock is slow, and a request takes several: the generator's rate suffers"
    } else {
        "latencies are true to a microsecond, and generators can begin together by the wall clock"
    };
    let fix = if by_jump > Verdict::Fine {
        "chronyc makestep  # once, before the run; then wait until `chronyc tracking` is steady"
    } else {
        "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"
    };
    let verdict = by_step.max(by_jump).max(by_source);
    Some(Finding::new(verdict, found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_step_and_jump_count() {
        for (source, step, jump, verdict, part) in [
            (Some("tsc"), 20, 3000, Verdict::Fine, "true to a microsecond"),
            (None, 20, 3000, Verdict::Fine, "true to a microsecond"),
            (Some("acpi_pm"), 700, 3000, Verdict::Mind, "reading of the clock is slow"),
            (Some("tsc"), 2_000_000, 0, Verdict::Bad, "reading of the clock is slow"),
            (Some("tsc"), 20, 40_000_000, Verdict::Mind, "being set"),
        ] {
            let source = source.map(str::to_string);
            let clocks = Some(Clocks { source, step, cost: 20, jump });
            let found = find(&Examined { clocks, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{}", found.found);
            assert!(found.means.contains(part), "{}", found.means);
        }
    }
}
