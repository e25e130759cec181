//! Which app a path is for.

use std::collections::BTreeMap;

use sim::platform::Platform;

use super::error::Error;
use super::tell;

/// The apps by the endpoints that their paths name. What no endpoint has goes to the first app.
#[derive(Clone, Debug)]
pub(super) struct Paths(BTreeMap<String, usize>);

impl Paths {
    /// The paths of a platform.
    pub fn new(platform: &Platform) -> Paths {
        let of = |(app, config): (usize, &sim::platform::App)| {
            config.endpoints.iter().map(move |endpoint| (endpoint.name.clone(), app)).collect()
        };
        Paths(platform.apps.iter().enumerate().flat_map::<Vec<_>, _>(of).collect())
    }

    /// The app that a path is for, by its place in the platform.
    pub fn app(&self, path: &str) -> usize {
        self.0.get(tell::endpoint(path)).copied().unwrap_or(0)
    }

    /// Refuses apps that share a path.
    pub fn check(platform: &Platform) -> Result<(), Error> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for app in &platform.apps {
            for endpoint in &app.endpoints {
                if let Some(first) = seen.insert(&endpoint.name, &app.name) {
                    return Err(Error::Ambiguous {
                        first: first.to_owned(),
                        second: app.name.clone(),
                        endpoint: endpoint.name.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}
