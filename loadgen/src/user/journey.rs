//! Journeys: a closed user's ways through the endpoints, one after the other.
//!
//! Which journey comes next is drawn by their shares, from a stream of the user's own. A step that
//! fails does not end the journey. Users keep their cookies, and what they kept from answers, from one
//! journey to the next. The work of a step is not told to the target: the scenario draws it for
//! endpoints by their shares, and a journey chooses them.

use sim::load::Load;
use sim::platform::App;
use sim::rng::{Seed, Streams};

/// The journeys of a client population.
pub(super) struct Journeys {
    /// The endpoints of each, by their places in the app, and the running sum of the shares.
    ways: Vec<(f64, Vec<usize>)>,
    streams: Streams,
}

/// Where a user is on its journeys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// How many journeys it has begun.
    begun: u32,
    /// Which one it is on, and the step that comes next.
    on: Option<(u32, u32)>,
}

impl Journeys {
    /// Those that the client called `client` can take: all whose endpoints its app has. None where
    /// there are no such journeys.
    pub fn of(load: &Load, app: &App, client: &str, seed: Seed) -> Option<Journeys> {
        let place = |name: &String| app.endpoints.iter().position(|found| found.name == *name);
        let mut sum = 0.0;
        let ways = load.journeys.iter().filter_map(|journey| {
            let steps: Option<Vec<usize>> = journey.steps.iter().map(place).collect();
            let steps = steps.filter(|steps| !steps.is_empty())?;
            sum += journey.share;
            Some((sum, steps))
        });
        let ways: Vec<_> = ways.collect();
        let streams = Streams::named(seed, &format!("client.{client}.journeys"));
        (!ways.is_empty()).then_some(Journeys { ways, streams })
    }

    /// The endpoint that a user asks next.
    pub fn next(&self, user: u32, place: &mut Place) -> usize {
        let (way, step) = place.on.unwrap_or_else(|| {
            let number = u64::from(user) << 32 | u64::from(place.begun);
            place.begun += 1;
            let sum = self.ways.last().expect("there is a journey").0;
            let point = self.streams.stream(number).unit() * sum;
            let way = self.ways.partition_point(|(share, _)| *share <= point);
            (way.min(self.ways.len() - 1) as u32, 0)
        });
        let steps = &self.ways[way as usize].1;
        let next = step + 1;
        place.on = ((next as usize) < steps.len()).then_some((way, next));
        steps[step as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_taken_whole_and_by_their_shares() {
        let seed = Seed { scenario: 1, replication: 0 };
        let streams = Streams::named(seed, "client.browsers.journeys");
        let journeys = Journeys { ways: vec![(3.0, vec![0, 1, 2]), (4.0, vec![5])], streams };
        let (mut long, mut short) = (0, 0);
        for user in 0..200 {
            let mut place = Place::default();
            for _ in 0..20 {
                match journeys.next(user, &mut place) {
                    5 => short += 1,
                    first => {
                        assert_eq!(first, 0);
                        assert_eq!(journeys.next(user, &mut place), 1);
                        assert_eq!(journeys.next(user, &mut place), 2);
                        long += 1;
                    }
                }
            }
        }
        assert_eq!(long + short, 4_000);
        assert!((2_900..3_100).contains(&long), "{long}");
    }
}
