//! Journeys: a closed user's ways through the endpoints, one after the other.
//!
//! Which journey comes next is drawn by their shares, from a stream of the user's own; what its steps
//! ask for is drawn as for any request. A step that fails does not end the journey.

use super::config::Source;
use crate::platform::config::Platform;
use crate::platform::ids::EndpointId;
use crate::rng::Streams;

/// A way through the endpoints of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// How often it is taken, in proportion to the others; more than 0.
    pub share: f64,
    /// The endpoints, by their places in the app; at least one.
    pub steps: Vec<EndpointId>,
}

/// The journeys of a population, and where its users are on them.
pub(super) struct Journeys {
    /// The journeys, each with the running sum of the shares.
    ways: Vec<(f64, Vec<EndpointId>)>,
    streams: Streams,
    places: Vec<Place>,
}

/// Where a user is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// How many journeys it has begun.
    begun: u32,
    /// Which one it is on, and the step that comes next.
    on: Option<(u32, u32)>,
}

impl Platform {
    /// Lets the users of each closed client take those journeys whose endpoints its app all has: each
    /// with its share, and its endpoints by name. Where there are none, or all shares are 0, requests
    /// are drawn by the endpoints' shares; so are those of a client that asks one `endpoint`.
    pub fn take_journeys<'a>(
        &mut self,
        journeys: impl Iterator<Item = (f64, &'a [String])> + Clone,
    ) {
        for (client, app) in self.clients.iter_mut().zip(&self.app_of_client) {
            let endpoints = &self.apps[app.index()].endpoints;
            let id = |name: &String| {
                let at = endpoints.iter().position(|endpoint| endpoint.name == *name)?;
                Some(EndpointId(at as u32))
            };
            let way = |(share, steps): (f64, &[String])| {
                let steps: Vec<EndpointId> = steps.iter().map(id).collect::<Option<_>>()?;
                (share > 0.0 && !steps.is_empty()).then_some(Journey { share, steps })
            };
            if let Source::Closed { journeys: own, .. } = &mut client.source
                && client.endpoint.is_none()
            {
                *own = journeys.clone().filter_map(way).collect();
            }
        }
    }
}

impl Journeys {
    /// The journeys of so many users, who have begun none; nothing where there are none.
    pub fn of(journeys: &[Journey], users: u32, streams: Streams) -> Option<Journeys> {
        let mut sum = 0.0;
        let ways = journeys.iter().map(|journey| {
            sum += journey.share;
            (sum, journey.steps.clone())
        });
        let places = vec![Place::default(); users as usize];
        (!journeys.is_empty()).then(|| Journeys { ways: ways.collect(), streams, places })
    }

    /// The endpoint that a user asks next.
    pub fn next(&mut self, user: u32) -> EndpointId {
        let place = &mut self.places[user as usize];
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
    use crate::rng::Seed;

    #[test]
    fn journeys_are_taken_whole_and_by_their_shares() {
        let seed = Seed { scenario: 1, replication: 0 };
        let streams = Streams::named(seed, "client.browsers.journeys");
        let journey = |share, steps: &[u32]| {
            let steps = steps.iter().map(|step| EndpointId(*step)).collect();
            Journey { share, steps }
        };
        let ways = [journey(3.0, &[0, 1, 2]), journey(4.0, &[5])];
        let mut journeys = Journeys::of(&ways, 200, streams).unwrap();
        let (mut long, mut short) = (0, 0);
        for user in 0..200 {
            for _ in 0..20 {
                match journeys.next(user).0 {
                    5 => short += 1,
                    first => {
                        assert_eq!(first, 0);
                        assert_eq!(journeys.next(user).0, 1);
                        assert_eq!(journeys.next(user).0, 2);
                        long += 1;
                    }
                }
            }
        }
        assert_eq!(long + short, 4_000);
        // Three in seven begin the long one.
        assert!((1_600..1_830).contains(&long), "{long}");
        assert!(Journeys::of(&[], 200, streams).is_none());
    }
}
