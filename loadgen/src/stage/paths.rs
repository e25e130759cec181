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

    /// Refuses apps that share a path, and names that cannot be sent. Where there is one app, no path
    /// must name its endpoints.
    pub fn check(platform: &Platform) -> Result<(), Error> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let several = platform.apps.len() > 1;
        for app in &platform.apps {
            check_name("app", &app.name)?;
            for endpoint in app.endpoints.iter().filter(|_| several) {
                check_name("endpoint", &endpoint.name)?;
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

fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Error::Name { what, name: name.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_change_a_configuration_are_refused() {
        for name in ["shop", "shop-2", "a.b_c"] {
            assert!(check_name("app", name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a;b", "a}", "a\nb", "caf\u{e9}", "a/b"] {
            assert!(check_name("app", name).is_err(), "{name}");
        }
    }
}
