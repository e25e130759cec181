//! Runs that differ in any end of a request have different digests.

use super::*;

#[test]
fn a_digest_depends_on_who_ended_when_and_how() {
    let digest = |ends: &[(f64, usize, Result<f64, Cause>)]| {
        let mut recorder = Recorder::new(plan(&["shop"]));
        (0..3).for_each(|client| {
            (0..2).for_each(|_| recorder.arrival(SimTime::ZERO, client));
        });
        for (seconds, client, end) in ends {
            let now = at(&mut recorder, *seconds);
            match end {
                Ok(latency) => recorder.success(now, *client, span(*latency)),
                Err(cause) => recorder.failure(now, *client, *cause),
            }
        }
        at(&mut recorder, 20.0);
        recorder.finish().digest
    };
    let first = (11.0, 0, Ok(1.0));
    let runs = [
        vec![],
        vec![first],
        vec![(11.5, 0, Ok(1.0))],
        vec![(11.0, 1, Ok(1.0))],
        vec![(11.0, 0, Ok(1.5))],
        vec![(11.0, 0, Err(Cause::Timeout))],
        vec![(11.0, 0, Err(Cause::H12))],
        vec![first, first],
        vec![first, (11.0, 1, Ok(1.0))],
        vec![(11.0, 1, Ok(1.0)), first],
    ];
    for (at, run) in runs.iter().enumerate() {
        assert_eq!(digest(run), digest(run));
        for other in &runs[..at] {
            assert_ne!(digest(run), digest(other), "{run:?} {other:?}");
        }
    }
}
