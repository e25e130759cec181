//! Which hosts may be sent to.
//!
//! The rule: an address of loopback may always be sent to, and a name whose addresses are *all*
//! loopback. Any other host must be named, by `--allow HOST` or `[load] allow`, exactly as it stands
//! in the URL; and then the scenario must say a rate and a number of users that are never exceeded.
//! Names are looked up once, before the run; nothing that an answer says can add a host.

use super::net::Error;
use super::origin::is_loopback;
use sim::load::Load;
use std::net::IpAddr;

/// The hosts that the user allowed.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    hosts: Vec<String>,
    capped: bool,
}

impl Allowed {
    /// What the scenario allows and, beside it, the command line.
    pub fn new(load: &Load, more: &[String]) -> Allowed {
        let hosts = load.allow.iter().chain(more);
        let bare = |host: &String| host.trim_matches(['[', ']']).to_ascii_lowercase();
        let capped = load.rate_max.is_some() && load.users_max.is_some();
        Allowed { hosts: hosts.map(bare).collect(), capped }
    }

    /// The hosts, as they stand in a URL, in lower case and without brackets.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Whether a host with these addresses may be sent to.
    pub(super) fn check(&self, host: &str, addresses: &[IpAddr]) -> Result<(), Error> {
        let Some(outside) = addresses.iter().find(|address| !is_loopback(**address)) else {
            return Ok(());
        };
        let host = host.to_string();
        if !self.hosts.contains(&host.to_ascii_lowercase()) {
            return Err(Error::NotAllowed { host, address: *outside });
        }
        if !self.capped {
            return Err(Error::NoCap { host });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::units::Rate;

    fn load(caps: bool) -> Load {
        let rate_max = caps.then_some(Rate(10.0));
        let users_max = caps.then_some(5);
        Load { allow: vec!["Staging.test".into()], rate_max, users_max, ..Load::default() }
    }

    #[test]
    fn loopback_is_allowed_and_others_when_named_and_capped() {
        let check = |caps: bool, host: &str, addresses: &[&str]| {
            let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
            let allowed = Allowed::new(&load(caps), &["[2001:db8::1]".into()]);
            allowed.check(host, &addresses).map_err(|error| error.to_string())
        };
        assert_eq!(check(false, "127.0.0.1", &["127.0.0.1"]), Ok(()));
        assert_eq!(check(false, "localhost", &["::1", "127.0.0.1"]), Ok(()));
        assert_eq!(check(true, "staging.test", &["192.0.2.7"]), Ok(()));
        assert_eq!(check(true, "STAGING.test", &["192.0.2.7"]), Ok(()));
        assert_eq!(check(true, "2001:db8::1", &["2001:db8::1"]), Ok(()));
        let refused = check(true, "other.test", &["127.0.0.1", "192.0.2.7"]).unwrap_err();
        assert!(refused.contains("`--allow other.test "), "{refused}");
        let uncapped = check(false, "staging.test", &["192.0.2.7"]).unwrap_err();
        assert!(
            uncapped.contains("--rate-max") && uncapped.contains("`users-max = "),
            "{uncapped}"
        );
    }
}
