//! What the control group of this process grants: a container's share of its machine.
//!
//! Version 2 has one tree with `cpu.max` and `memory.max`; version 1 has one a controller. A group is
//! bound by its ancestors too, and inside a container the path of `/proc/self/cgroup` may not exist
//! below `/sys/fs/cgroup`, which then is the group itself: so all ancestors are asked and the narrowest
//! counts. Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux.

use super::root::Root;

/// Version 1 writes a number near 2^63 for no bound; nobody has this much memory.
const NO_BOUND: u64 = 1 << 60;

/// The cores that the group grants; nothing where it is unbounded or unknown.
pub fn cores(root: &Root, groups: &str) -> Option<f64> {
    narrowest(directories(groups, "cpu").iter().map(|directory| {
        let two = root.text(&format!("{directory}/cpu.max"));
        two.and_then(|text| share(&text)).or_else(|| {
            let quota = root.text(&format!("{directory}/cpu.cfs_quota_us"))?;
            let period = root.text(&format!("{directory}/cpu.cfs_period_us"))?;
            share(&format!("{} {}", quota.trim(), period.trim()))
        })
    }))
}

/// The bytes that the group may still take; nothing where it is unbounded or unknown.
pub fn memory_left(root: &Root, groups: &str) -> Option<u64> {
    let left = |directory: &String, most: &str, now: &str| {
        let most: u64 = root.number(&format!("{directory}/{most}"))?;
        let now: u64 = root.number(&format!("{directory}/{now}"))?;
        (most < NO_BOUND).then(|| most.saturating_sub(now) as f64)
    };
    let least = narrowest(directories(groups, "memory").iter().map(|directory| {
        left(directory, "memory.max", "memory.current")
            .or_else(|| left(directory, "memory.limit_in_bytes", "memory.usage_in_bytes"))
    }));
    least.map(|bytes| bytes as u64)
}

fn narrowest(bounds: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    bounds.flatten().min_by(f64::total_cmp)
}

/// The cores of a quota and its period, both in microseconds: `150000 100000` is 1.5.
fn share(text: &str) -> Option<f64> {
    let mut words = text.split_whitespace();
    // `max` and -1 are no bound.
    let quota: f64 = words.next()?.parse().ok()?;
    let period: f64 = words.next()?.parse().ok()?;
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

/// The directories of the group that a controller bounds, and of its ancestors, from the lines of
/// `/proc/self/cgroup`.
fn directories(groups: &str, controller: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let base = if controllers.is_empty() {
            "/sys/fs/cgroup".to_string()
        } else if controllers.split(',').any(|name| name == controller) {
            format!("/sys/fs/cgroup/{controllers}")
        } else {
            continue;
        };
        let mut path = path.trim_end_matches('/');
        loop {
            found.push(format!("{base}{path}"));
            let Some(at) = path.rfind('/') else { break };
            path = &path[..at];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let place = dir.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, text).unwrap();
        }
        let root = Root::at(dir.path());
        (dir, root)
    }

    #[test]
    fn version_two_is_bound_by_its_ancestors() {
        let (_dir, root) = machine(&[
            ("sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/a/b/memory.max", "1000\n"),
            ("sys/fs/cgroup/a/b/memory.current", "400\n"),
            ("sys/fs/cgroup/a/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.current", "500\n"),
        ]);
        assert_eq!(cores(&root, "0::/a/b\n"), Some(1.5));
        assert_eq!(memory_left(&root, "0::/a/b\n"), Some(600));
        assert_eq!((cores(&root, "0::/c\n"), memory_left(&root, "0::/\n")), (None, None));
    }

    #[test]
    fn version_one_has_a_tree_for_each_controller() {
        let (_dir, root) = machine(&[
            ("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n"),
        ]);
        let groups = "4:memory:/x\n1:cpu,cpuacct:/x\n";
        assert_eq!((cores(&root, groups), memory_left(&root, groups)), (Some(0.5), None));
    }

    #[test]
    fn quotas_are_shares_of_cores() {
        for (text, expected) in
            [("200000 100000", Some(2.0)), ("max 100000", None), ("-1 100000", None), ("5", None)]
        {
            assert_eq!(share(text), expected, "{text}");
        }
    }
}
