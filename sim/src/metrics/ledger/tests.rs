use super::*;
use crate::metrics::{Metric, Recorder};
use crate::rng::{Seed, Stream};

/// What happened to one request of a made-up run.
struct Story {
    client: usize,
    begin: Span,
    end: Span,
    outcome: Result<(), Cause>,
}

fn plan() -> Plan {
    let seconds = Span::from_secs;
    Plan {
        apps: vec!["shop".into(), "blog".into()],
        clients: vec![("browsers".into(), 0), ("readers".into(), 1), ("robots".into(), 0)],
        begin: SimTime::ZERO + seconds(2),
        duration: seconds(10),
        interval: Span::from_millis(1_500),
        windows: vec![
            (seconds(1), seconds(4)),
            (seconds(3), seconds(10)),
            (seconds(0), seconds(5)),
        ],
        faults: Some((seconds(3), seconds(4))),
    }
}

/// Requests that end in the 13 seconds of the plan's run and the second after it, by their ends.
fn stories() -> Vec<Story> {
    let mut rng = Stream::named(Seed { scenario: 5, replication: 0 }, "stories", 0);
    let mut stories: Vec<Story> = (0..4_000)
        .map(|_| {
            let begin = Span::from_seconds(rng.unit() * 12.5);
            let lasts =
                Span::from_seconds(0.001 / (rng.unit() * rng.unit())).min(Span::from_secs(3));
            let outcome = match rng.below(12) {
                0 => Err(Cause::ALL[rng.below(Cause::Dropped as usize)]),
                _ => Ok(()),
            };
            Story { client: rng.below(3), begin, end: begin + lasts, outcome }
        })
        .collect();
    stories.sort_by_key(|story| story.end);
    stories
}

fn tell(ledger: &mut Ledger, story: &Story) {
    let (client, lasts) = (story.client, story.end - story.begin);
    ledger.arrival(story.begin, client);
    ledger.attempt(story.begin, client);
    ledger.late(story.begin, client, Span::from_nanos(lasts.nanos() / 100));
    let service = lasts.saturating_sub(Span::from_nanos(9));
    match story.outcome {
        Ok(()) => ledger.success(story.end, client, lasts, service),
        Err(cause) => ledger.failure(story.end, client, cause, lasts),
    }
}

fn told(stories: &[Story]) -> Ledger {
    let mut ledger = Ledger::new(&plan());
    stories.iter().for_each(|story| tell(&mut ledger, story));
    ledger
}

/// What a recorder says of the same.
fn recorded(stories: &[Story]) -> Summary {
    let mut recorder = Recorder::new(plan());
    let mut marks: Vec<(Span, bool, &Story)> = stories
        .iter()
        .flat_map(|story| [(story.begin, false, story), (story.end, true, story)])
        .collect();
    marks.sort_by_key(|(at, is_end, _)| (*at, *is_end));
    let end = plan().begin + plan().duration;
    for (at, is_end, story) in marks {
        let now = SimTime::ZERO + at;
        while recorder.next_mark().min(end) <= now && recorder.next_mark() != SimTime::NEVER {
            recorder.pass(recorder.next_mark());
        }
        match (is_end, story.outcome) {
            (false, _) => {
                recorder.arrival(now, story.client);
                recorder.attempt(story.client);
            }
            (true, Ok(())) => recorder.success(now, story.client, story.end - story.begin),
            (true, Err(cause)) => recorder.failure(now, story.client, cause),
        }
    }
    recorder.finish()
}

#[test]
fn a_ledger_says_what_a_recorder_says() {
    let stories = stories();
    let (measured, simulated) = (told(&stories).summary(), recorded(&stories));
    let mut compared = 0;
    let of_dynos = [Metric::Throughput, Metric::QueueMean, Metric::QueueMax];
    let both = |summary: &Summary| [vec![summary.scopes.clone()], summary.windows.clone()].concat();
    for (measured, simulated) in
        both(&measured).iter().flatten().zip(both(&simulated).iter().flatten())
    {
        assert_eq!(measured.name, simulated.name);
        assert_eq!(measured.latency_curve, simulated.latency_curve, "{}", measured.name);
        for (metric, value) in simulated.values.iter().filter(|(m, _)| !of_dynos.contains(m)) {
            let found = measured.values.iter().find(|(found, _)| found == metric);
            let found = found.unwrap_or_else(|| panic!("{metric:?} of {} is lost", measured.name));
            assert_eq!(found.1, *value, "{metric:?} of {}", measured.name);
            compared += 1;
        }
    }
    assert!(compared > 4 * 6 * 25, "{compared}");
    assert!(measured.value("all", Metric::Recovery).is_some());
    for one in &measured.series {
        let Some(other) = simulated.series(&one.scope, one.metric) else { continue };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one.values), bits(&other.values), "{:?} of {}", one.metric, one.scope);
        compared += 10_000;
    }
    assert!(compared > 3 * 28 * 10_000, "{compared}");
}

#[test]
fn ledgers_add_up_to_the_one_that_heard_all_in_any_order() {
    let stories = stories();
    let whole = told(&stories);
    for parts in [2, 3, 7] {
        let mut ledgers: Vec<Ledger> = (0..parts).map(|_| Ledger::new(&plan())).collect();
        for (at, story) in stories.iter().rev().enumerate() {
            tell(&mut ledgers[at * at % parts], story);
        }
        let mut sum = ledgers.pop().unwrap();
        for ledger in &ledgers {
            let written = serde_json::to_vec(ledger).unwrap();
            let read: Ledger = serde_json::from_slice(&written).unwrap();
            assert!(read == *ledger);
            sum.merge(&read);
        }
        assert!(sum == whole);
        let bytes = |ledger: &Ledger| format!("{:?}", ledger.summary());
        assert_eq!(bytes(&sum), bytes(&whole));
    }
}

#[test]
fn every_request_of_the_step_is_in_the_books() {
    let stories = stories();
    let mut ledger = told(&stories);
    ledger.arrival(Span::from_secs(1), 1);
    ledger.arrival(Span::from_secs(20), 1);
    ledger.failure(Span::from_secs(1), 1, Cause::Dropped, Span::ZERO);
    let totals = ledger.totals();
    assert_eq!((totals.arrivals, totals.in_flight()), (stories.len() as u64 + 2, 1));
    assert_eq!(totals.failed(Cause::Dropped), 1);
    assert_eq!(totals.attempts, stories.len() as u64);
    let of_clients = (0..3).map(|client| ledger.totals_of(client).ended()).sum::<u64>();
    assert_eq!(totals.ended(), of_clients);
    let lasted = stories.iter().filter(|story| story.outcome.is_err());
    let lasted = lasted.fold(Span::ZERO, |sum, story| sum + (story.end - story.begin));
    assert_eq!(totals.failures_lasted, lasted);
}

#[test]
#[should_panic(expected = "begins before it ends")]
fn more_ends_than_begins_are_our_mistake() {
    let mut ledger = Ledger::new(&plan());
    ledger.success(Span::from_secs(1), 0, Span::ZERO, Span::ZERO);
    ledger.totals().in_flight();
}

#[test]
#[should_panic(expected = "ledgers of one step")]
fn ledgers_of_two_steps_do_not_add_up() {
    let other = Plan { duration: Span::from_secs(11), ..plan() };
    Ledger::new(&plan()).merge(&Ledger::new(&other));
}

#[test]
fn what_only_a_load_test_knows_is_measured() {
    let seconds = Span::from_secs;
    let mut ledger = Ledger::new(&plan());
    // 100 users from the warm-up on, 300 for the last quarter of the measured time.
    ledger.users(Span::ZERO, 0, 100);
    ledger.users(Span::from_millis(9_500), 0, 300);
    for at in 3..13 {
        ledger.arrival(seconds(at), 0);
        ledger.late(seconds(at), 0, Span::from_millis(at));
        ledger.finished(0, seconds(at));
        match at {
            5 => ledger.failure(seconds(at), 0, Cause::Dropped, Span::ZERO),
            6 => ledger.failure(seconds(at), 0, Cause::Check, Span::from_millis(1)),
            _ => ledger.success(seconds(at), 0, seconds(1), Span::from_millis(at * 10)),
        }
    }
    let summary = ledger.summary();
    let near = |metric, expected: f64| {
        let found = summary.value("client.browsers", metric).or(summary.value("all", metric));
        let found = found.unwrap_or_else(|| panic!("{metric:?} is absent"));
        assert!((found / expected - 1.0).abs() < 1e-3, "{metric:?} is {found}, not {expected}");
    };
    near(Metric::Users, 100.0 * 0.75 + 300.0 * 0.25);
    near(Metric::Errors(Cause::Dropped), 0.1);
    near(Metric::Errors(Cause::Check), 0.1);
    // Of seconds 3 to 11 seven succeeded: the twelfth is no more measured.
    near(Metric::ServiceMean, (30.0 + 40.0 + 70.0 + 80.0 + 90.0 + 100.0 + 110.0) / 7.0 / 1e3);
    near(Metric::ServiceMax, 0.11);
    near(Metric::LateMax, 0.011);
    near(Metric::LateP50, 0.007);
    near(Metric::LatencyP99, 1.0);
    near(Metric::Throughput, 0.9);
    let series = summary.series("all", Metric::Users).unwrap();
    assert_eq!((series.values[0], series.values[5]), (100.0, 300.0));
    assert!(summary.series("app.shop", Metric::Errors(Cause::Dropped)).is_some());
    assert_eq!(summary.value("client.browsers", Metric::Throughput), None);
    for unknown in [Metric::WaitMean, Metric::QueueMean, Metric::Utilization] {
        assert_eq!(summary.value("all", unknown), None);
    }
}

#[test]
fn a_million_requests_need_no_more_memory_than_a_thousand() {
    let written = |requests: u64| {
        let mut ledger = Ledger::new(&plan());
        for request in 0..requests {
            let (at, nanos) = (Span::from_millis(request % 13_000), request % 1_000 * 1_000_000);
            ledger.arrival(at, 0);
            ledger.success(at, 0, Span::from_nanos(nanos), Span::from_nanos(nanos));
        }
        serde_json::to_vec(&ledger).unwrap().len()
    };
    let (few, many) = (written(13_000), written(1_000_000));
    // Counts have more digits and fall into the pieces more evenly; nothing else grows.
    assert!(many < 3 * few, "{many} {few}");
}
