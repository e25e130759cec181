//! From a ledger to a `Summary`: the measures of every scope, window and interval.

use super::pieces::{Piece, Pieces};
use super::{Counted, Ledger};
use crate::metrics::recovery::recover;
use crate::metrics::scopes::{Member, Scopes, latency_curve, merged, quantiles, rates};
use crate::metrics::totals::Sums;
use crate::metrics::{Cause, Counts, Metric, Scope, Series, Summary};
use crate::rng::mix;
use std::ops::Range;

/// What every client did in a stretch of time.
struct Stretch<'l> {
    ledger: &'l Ledger,
    pieces: &'l Pieces,
    range: Range<usize>,
    clients: Vec<Piece>,
    seconds: f64,
}

/// The measures of a step.
pub(super) fn summary(ledger: &Ledger) -> Summary {
    let plan = &ledger.plan;
    let scopes = Scopes::new(plan);
    let of_window = |(from, to)| {
        let range = ledger.windows.between(plan.begin + from, plan.begin + to);
        let stretch = Stretch::new(ledger, &ledger.windows, range, (to - from).seconds());
        scopes.members().iter().map(|member| stretch.scope(member)).collect::<Vec<Scope>>()
    };
    let series = series(ledger, &scopes);
    let mut whole = of_window((crate::time::Span::ZERO, plan.duration));
    recover(&mut whole, &series, plan);
    Summary {
        digest: digest(&ledger.whole),
        scopes: whole,
        windows: plan.windows.iter().copied().map(of_window).collect(),
        series,
    }
}

/// Whether a load test has a value of a metric in each interval.
fn has_series(metric: Metric, dynos_tell: bool) -> bool {
    use Metric::*;
    match metric {
        Arrivals | Goodput | ErrorRate | Errors(_) => true,
        LatencyMean | LatencyP50 | LatencyP99 => true,
        AttemptsPerRequest | InFlightMean | Users => true,
        Throughput => dynos_tell,
        _ => false,
    }
}

/// The measures over time.
fn series(ledger: &Ledger, scopes: &Scopes) -> Vec<Series> {
    let plan = &ledger.plan;
    let metrics = || Metric::all().filter(|metric| has_series(*metric, ledger.dynos_tell));
    let members = || scopes.members().iter().filter(|member| member.series);
    let empty =
        |member: &Member, metric| Series { scope: member.name.clone(), metric, values: Vec::new() };
    let mut series: Vec<Series> =
        members().flat_map(|member| metrics().map(move |metric| empty(member, metric))).collect();
    let count = plan.duration.nanos() / plan.interval.nanos();
    for interval in 0..count {
        let from = plan.begin + plan.interval * interval;
        let range = ledger.intervals.between(from, from + plan.interval);
        let seconds = plan.interval.seconds();
        let stretch = Stretch::new(ledger, &ledger.intervals, range, seconds);
        for (member, series) in members().zip(series.chunks_mut(metrics().count())) {
            let scope = stretch.scope(member);
            for one in series {
                let value = scope.values.iter().find(|(metric, _)| *metric == one.metric);
                one.values.push(value.map_or(f64::NAN, |(_, value)| *value));
            }
        }
    }
    series
}

impl<'l> Stretch<'l> {
    fn new(
        ledger: &'l Ledger,
        pieces: &'l Pieces,
        range: Range<usize>,
        seconds: f64,
    ) -> Stretch<'l> {
        let together = |client| {
            let mut all = pieces.of(client, range.clone()).cloned();
            let first = all.next().expect("windows and intervals take time");
            all.fold(first, |mut sum, piece| {
                sum.merge(&piece);
                sum
            })
        };
        let clients = (0..ledger.whole.len()).map(together).collect();
        Stretch { ledger, pieces, range, clients, seconds }
    }

    /// The measures of one scope.
    fn scope(&self, member: &Member) -> Scope {
        let clients = || member.clients.iter().map(|&client| &self.clients[client]);
        let counted = |of: fn(&Piece) -> &Counts| {
            let counts: Vec<Counts> = clients().map(|piece| of(piece).clone()).collect();
            merged(&counts, &(0..counts.len()).collect::<Vec<usize>>())
        };
        let sums = self.sums(member);
        let (latency, none) = (counted(|piece| &piece.latency), merged(&[], &[]));
        let mut values = rates(&sums, self.seconds, false);
        for cause in Cause::ALL.into_iter().filter(|cause| cause.is_of_load_test()) {
            let failed = sums.failures[cause as usize] as f64;
            values.push((Metric::Errors(cause), failed / self.seconds));
        }
        values.extend(quantiles(&latency, &none));
        let (service, late) = (counted(|piece| &piece.service), counted(|piece| &piece.late));
        if !service.is_empty() {
            let nanos: u128 = clients().map(|piece| piece.service_nanos).sum();
            values.push((Metric::ServiceMean, nanos as f64 / sums.successes as f64 / 1e9));
            values.push((Metric::ServiceP50, service.quantile(0.5)));
            values.push((Metric::ServiceP99, service.quantile(0.99)));
            values.push((Metric::ServiceMax, service.longest()));
        }
        if !late.is_empty() {
            values.push((Metric::LateP50, late.quantile(0.5)));
            values.push((Metric::LateP99, late.quantile(0.99)));
            values.push((Metric::LateMax, late.longest()));
        }
        // Of open clients nobody tells how many users are busy.
        let users = self.area(member, |piece| &piece.users) / self.seconds;
        if users > 0.0 {
            values.push((Metric::Users, users));
        }
        if self.ledger.dynos_tell && !member.apps.is_empty() {
            values.push((Metric::Throughput, sums.done as f64 / self.seconds));
        }
        values.sort_by_key(|(metric, _)| *metric);
        Scope { name: member.name.clone(), values, latency_curve: latency_curve(&latency) }
    }

    /// The area under a level in number times seconds, in all clients of a scope.
    fn area(&self, member: &Member, level: fn(&Piece) -> &super::pieces::Changes) -> f64 {
        let area =
            |&client: &usize| self.pieces.area(client, self.range.clone(), level) as f64 / 1e9;
        member.clients.iter().map(area).fold(0.0, |sum, area| sum + area)
    }

    fn sums(&self, member: &Member) -> Sums {
        let mut sums = Sums::default();
        for piece in member.clients.iter().map(|&client| &self.clients[client]) {
            sums.arrivals += piece.arrivals;
            sums.attempts += piece.attempts;
            sums.successes += piece.successes;
            sums.failures.iter_mut().zip(&piece.failures).for_each(|(sum, more)| *sum += more);
            sums.latency_nanos += piece.latency_nanos;
        }
        sums.in_flight = self.area(member, |piece| &piece.in_flight);
        let done = |&app: &usize| self.pieces.finished_of(app, self.range.clone());
        sums.done = member.apps.iter().map(done).sum();
        sums
    }
}

/// A hash over the books: equal books have equal digests.
fn digest(whole: &[Counted]) -> u64 {
    let words = whole.iter().flat_map(|client| {
        let counts = [client.arrivals, client.attempts, client.successes];
        counts.into_iter().chain(client.failures).chain([client.failures_lasted.nanos()])
    });
    words.fold(0, |digest, word| mix(digest ^ mix(word)))
}
