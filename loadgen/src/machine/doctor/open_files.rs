//! How many connections a process may hold.

use super::super::UNLIMITED;
use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "open-files", summary: "files and sockets a process may hold", find };

/// What a process holds beside its users' connections.
const SPARE: u64 = 100;

/// The users that are planned for one worker process: beyond that, its one event loop is the bound.
const USERS: u64 = 16_000;

fn find(examined: &Examined) -> Option<Finding> {
    let now = examined.limits.open_files?;
    let most = examined.limits.open_files_most.unwrap_or(now);
    let word = |bound: u64| match bound {
        UNLIMITED => "any number".to_string(),
        bound => bound.to_string(),
    };
    let room = now.saturating_sub(SPARE);
    let verdict = Verdict::of_at_least(room as f64, USERS as f64, 1000.0);
    let workers = 100_000_u64.div_ceil(room.clamp(1, USERS));
    let found = format!("{} open files a process; it may ask for {}", word(now), word(most));
    let means = format!(
        "a worker process can hold {} connections; 100000 kept connections take {workers} workers",
        if now == UNLIMITED { word(now) } else { room.to_string() }
    );
    let fix = if most > now {
        format!("ulimit -n {}", if most == UNLIMITED { 1_048_576 } else { most })
    } else {
        "echo '* - nofile 1048576' | sudo tee /etc/security/limits.d/90-loadgen.conf  # then log in \
         again"
            .into()
    };
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    #[test]
    fn the_fix_is_the_nearest_one_that_helps() {
        for (now, most, verdict, fix) in [
            (20_000, 20_000, Verdict::Fine, None),
            (UNLIMITED, UNLIMITED, Verdict::Fine, None),
            (1024, 524_288, Verdict::Bad, Some("ulimit -n 524288")),
            (4096, UNLIMITED, Verdict::Mind, Some("ulimit -n 1048576")),
            (4096, 4096, Verdict::Mind, Some("limits.d")),
        ] {
            let (open_files, open_files_most) = (Some(now), Some(most));
            let limits = Limits { open_files, open_files_most, ..Limits::default() };
            let found = find(&Examined { limits, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{now} {most}");
            assert_eq!(found.fix.is_some(), fix.is_some(), "{now} {most}");
            let said = found.fix.unwrap_or_default();
            assert!(fix.is_none_or(|part| said.contains(part)), "{said}");
        }
    }
}
