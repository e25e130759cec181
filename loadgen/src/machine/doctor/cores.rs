//! The CPU that this process may use, and what else uses it.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check = Check { name: "cores", summary: "cores, quotas and other programs", find };

fn find(examined: &Examined) -> Option<Finding> {
    let limits = &examined.limits;
    let cores = limits.cores?;
    let cpu = limits.cpu()?;
    let busy = examined.gaps.busy_share();
    let quota = limits.cores_group.filter(|group| *group < f64::from(cores));
    let used = Verdict::of_at_most(busy.unwrap_or(0.0), 0.25, 0.75);
    let bounded = if quota.is_some() || cpu < 2.0 { Verdict::Mind } else { Verdict::Fine };
    let mut found = format!("cores: {cores}");
    if let Some(quota) = quota {
        found += &format!(", the control group grants {quota:.2}");
    }
    match busy {
        Some(busy) => found += &format!(", {:.0}% busy while we looked", busy * 100.0),
        None => found += "; how busy they are is unknown",
    }
    let means = match (used, quota) {
        (Verdict::Fine, None) if cpu < 2.0 => {
            "one core: a target on this machine takes it from the generator, and both become slow"
        }
        (Verdict::Fine, None) => {
            "generator and target can run at once; give each its own cores where both are here"
        }
        (Verdict::Fine, Some(_)) => {
            "with its quota used up, the generator stands still for the rest of each period, mostly \
             100 ms: such gaps look like latency, and void a stage"
        }
        _ => "other programs compete for the cores: what is measured is void where they win",
    };
    let fix = match (used, quota) {
        (Verdict::Fine, Some(_)) => {
            "raise the CPU limit of the container, such as `docker update --cpus`"
        }
        (Verdict::Fine, None) => "run the target on another machine",
        _ => "ps -eo pid,pcpu,comm --sort=-pcpu | head  # then stop what need not run",
    };
    Some(Finding::new(used.max(bounded), found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{GapsReport, Limits};

    #[test]
    fn quotas_and_neighbours_are_minded() {
        for (cores, quota, busy, verdict, part) in [
            (4, None, 10, Verdict::Fine, "cores: 4, 10% busy"),
            (4, Some(1.5), 10, Verdict::Mind, "grants 1.50"),
            (1, None, 10, Verdict::Mind, "cores: 1"),
            (4, None, 50, Verdict::Mind, "50% busy"),
            (4, None, 90, Verdict::Bad, "90% busy"),
        ] {
            let limits = Limits { cores: Some(cores), cores_group: quota, ..Limits::default() };
            let (busy, idle) = (Some(busy), Some(100 - busy));
            let gaps = GapsReport {
                cores_busy: busy,
                cores_idle: idle,
                cores_stolen: Some(0),
                ..GapsReport::default()
            };
            let found = find(&Examined { limits, gaps, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{}", found.found);
            assert!(found.found.contains(part), "{}", found.found);
        }
    }
}
