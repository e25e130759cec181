use super::*;

#[test]
fn a_length_is_in_the_bucket_that_ends_at_or_above_it() {
    let mut lengths: Vec<u64> = (0..=64).collect();
    lengths.extend((6..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]));
    lengths.push(u64::MAX);
    for length in lengths {
        let longest = longest_of(bucket(length));
        assert!(longest >= length && longest - length <= length / 8, "{length} {longest}");
        assert!(longest == u64::MAX || bucket(longest + 1) == bucket(length) + 1, "{length}");
    }
}

#[test]
fn quantiles_rank_and_never_exceed_the_longest() {
    let mut sleeps = Sleeps::default();
    assert_eq!(sleeps.quantile(0.5), None);
    for over in 1..=1000 {
        sleeps.add(over * 1000);
    }
    for (share, expected) in [(0.5, 500_000), (0.99, 990_000), (1.0, 1_000_000), (0.0, 1000)] {
        let found = sleeps.quantile(share).unwrap();
        assert!(found >= expected && found <= expected + expected / 8, "{share}: {found}");
    }
    assert_eq!(sleeps.quantile(1.0), Some(1_000_000));
}

#[test]
fn only_what_exceeds_the_grain_is_lost() {
    let mut sleeps = Sleeps::default();
    for over in [0, 60_000, 1_000_000, 1_500_000, 41_000_000] {
        sleeps.add(over);
    }
    assert_eq!((sleeps.count, sleeps.lost, sleeps.longest), (5, 40_500_000, 41_000_000));
}

fn report(watched: u64, over: u64, steal: Option<u64>) -> GapsReport {
    let mut sleeps = Sleeps::default();
    sleeps.add(over);
    let (cpu, busy, idle) = (Some(watched / 2), Some(watched), Some(watched));
    GapsReport {
        watched,
        sleeps,
        cpu,
        run_wait: Some(3),
        cores_busy: busy,
        cores_idle: idle,
        cores_stolen: steal,
    }
}

#[test]
fn reports_add_up_in_any_order_and_through_json() {
    let parts = [report(100, 5, Some(10)), report(300, 9_000_000, Some(0)), report(7, 0, Some(2))];
    let sum_of = |order: [usize; 3]| {
        let mut sum = GapsReport::default();
        for part in order {
            let text = serde_json::to_string(&parts[part]).unwrap();
            sum.merge(&serde_json::from_str(&text).unwrap());
        }
        sum
    };
    let sum = sum_of([0, 1, 2]);
    assert_eq!(sum, sum_of([2, 0, 1]));
    assert_eq!((sum.watched, sum.sleeps.count, sum.sleeps.lost), (407, 3, 8_000_000));
    assert_eq!((sum.run_wait, sum.cores_stolen), (Some(9), Some(12)));
    assert_eq!(sum.stolen_share(), Some(12.0 / (2.0 * 407.0 + 12.0)));
}

#[test]
fn what_one_does_not_know_is_unknown_of_both() {
    let mut sum = report(100, 5, Some(1));
    sum.merge(&report(100, 5, None));
    assert_eq!((sum.cores_stolen, sum.stolen_share(), sum.cpu), (None, None, Some(100)));
}

#[test]
fn a_busy_process_is_seen_by_its_counters() {
    let gaps = Gaps::start();
    // The counter of CPU time steps by 10 ms: work until some of it must show, within bounds.
    let start = Instant::now();
    let mut report = GapsReport::default();
    while report.cpu.unwrap_or(u64::MAX) < 30_000_000 || report.sleeps.count < 10 {
        assert!(start.elapsed() < Duration::from_secs(60), "{report:?}");
        let busy = Instant::now();
        while busy.elapsed() < Duration::from_millis(20) {
            std::hint::black_box(bucket(std::hint::black_box(77)));
        }
        report.merge(&gaps.take());
    }
    let wall = nanos(start.elapsed());
    assert!(report.watched <= wall && report.sleeps.lost <= report.watched, "{report:?} {wall}");
    if cfg!(target_os = "linux") {
        assert!(report.cpu_share().unwrap() > 0.0 && report.busy_share().unwrap() > 0.0);
    }
}
