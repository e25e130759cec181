//! What a hypervisor takes away.

use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "steal", summary: "CPU time that a hypervisor gave to others", find };

fn find(examined: &Examined) -> Option<Finding> {
    let stolen = examined.gaps.stolen_share()?;
    let verdict = Verdict::of_at_most(stolen, 0.005, 0.03);
    let found = format!("{:.1}% of the cores' time was stolen", stolen * 100.0);
    let means = match verdict {
        Verdict::Fine => {
            "the hypervisor shows no neighbours; many never show them, so trust the scheduling gaps more"
        }
        _ => {
            "other guests run on our cores: rates and latencies of one run cannot be compared with another"
        }
    };
    let fix = "take a machine with dedicated cores, or compare only ratios taken in one run";
    Some(Finding::new(verdict, found, means.into()).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::GapsReport;

    #[test]
    fn a_share_of_the_time_of_all_cores_decides() {
        for (stolen, verdict) in [(0, Verdict::Fine), (20, Verdict::Mind), (100, Verdict::Bad)] {
            let gaps = GapsReport {
                cores_busy: Some(400),
                cores_idle: Some(600 - stolen),
                cores_stolen: Some(stolen),
                ..GapsReport::default()
            };
            let found = find(&Examined { gaps, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{stolen}");
        }
    }
}
