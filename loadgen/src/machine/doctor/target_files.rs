//! How many connections the target's process may hold, where it is on this machine and ours to see.

use super::super::UNLIMITED;
use super::{Check, Examined, Finding, Verdict};

/// The registry's row.
pub const CHECK: Check =
    Check { name: "target-files", summary: "files and sockets the target may hold", find };

fn find(examined: &Examined) -> Option<Finding> {
    // Several processes may share one socket; the narrowest is the bound.
    let owners = examined.listeners.iter().filter_map(|listener| listener.owner.as_ref());
    let owner =
        owners.min_by_key(|owner| owner.open_files_most.saturating_sub(owner.open_files))?;
    let room = owner.open_files_most.saturating_sub(owner.open_files);
    let verdict = Verdict::of_at_least(room as f64, 16_000.0, 1000.0);
    let most = match owner.open_files_most {
        UNLIMITED => "any number".to_string(),
        most => most.to_string(),
    };
    let (name, process, held) = (&owner.name, owner.process, owner.open_files);
    let found = format!("`{name}` (process {process}) holds {held} of {most} files");
    let means = if owner.open_files_most == UNLIMITED {
        "its connections are not bound by files".to_string()
    } else {
        format!("it takes {room} more connections; a proxy needs two files for each")
    };
    let fix = format!(
        "sudo prlimit --pid {process} --nofile=1048576  # for a service: LimitNOFILE=1048576 in its unit"
    );
    Some(Finding::new(verdict, found, means).mended_by(fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::doctor::{Listener, Owner};

    #[test]
    fn the_narrowest_process_is_the_bound() {
        let listener = |process, open_files_most| Listener {
            address: "127.0.0.1:8080".parse().unwrap(),
            waiting: 0,
            backlog: None,
            dropped: None,
            owner: Some(Owner { process, name: "web".into(), open_files_most, open_files: 24 }),
        };
        for (bounds, verdict, part) in [
            (vec![UNLIMITED], Verdict::Fine, "24 of any number"),
            (vec![20_000, 1024], Verdict::Mind, "process 2) holds 24 of 1024"),
            (vec![256, 1024], Verdict::Bad, "process 1) holds 24 of 256"),
        ] {
            let listeners = (1..).zip(bounds).map(|(id, bound)| listener(id, bound)).collect();
            let found = find(&Examined { listeners, ..Examined::default() }).unwrap();
            assert_eq!(found.verdict, verdict, "{}", found.found);
            assert!(found.found.contains(part), "{}", found.found);
        }
    }
}
