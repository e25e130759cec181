//! The one file that names goose: it starts the users of a worker process and waits for their ends.
//!
//! Each user of goose is one user of ours, and its one transaction is its whole life: it waits at our
//! gate until a step wants it, takes part in the step, and waits again. So goose never has to wake a
//! user that has nothing to do, and it ends by itself when all lives have ended. What users send goes
//! over connections of ours, and what they measure into ledgers of ours: goose's own HTTP client,
//! measures and reports are all off.
//!
//! It may not know what a user does. A population is one scenario of goose, weighted by its users.

use goose::config::{GooseConfiguration, GooseDefault, GooseDefaultType};
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::prelude::GooseAttack;
use goose::{GooseError, client::GooseClientBuilder};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most users that are started in a second; goose itself starts about a quarter of that.
const STARTS: &str = "100000";

/// Users who live alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Its name, unlike that of any other.
    pub name: String,
    /// How many users it has in this process.
    pub users: usize,
}

/// What a user does from its start to its end.
pub type Life = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Begins the life of a user: of which population, by its place in the list, and which of it, from 0.
pub type Birth = Arc<dyn Fn(usize, usize) -> Life + Send + Sync>;

/// The users could not be started, or one of them did not end as it should.
#[derive(Debug, thiserror::Error)]
#[error("the users could not be run: {0}")]
pub struct Error(String);

impl From<GooseError> for Error {
    fn from(error: GooseError) -> Error {
        Error(error.to_string())
    }
}

/// Starts all users and returns when each life has ended. It has to run in a runtime of tokio, and
/// once in a process: goose's signal to end everything is one for all.
pub async fn attack(populations: &[Population], birth: Birth) -> Result<(), Error> {
    let users: usize = populations.iter().map(|population| population.users).sum();
    if users == 0 {
        return Ok(());
    }
    // One client for all: building one for each user reads the system's certificates each time.
    let client = GooseClientBuilder::new().without_cookies();
    let mut attack = *GooseAttack::initialize_with_config(configuration(users))?
        .set_client_builder_without_cookies(client)?
        .set_default(GooseDefault::Host, "http://localhost")?;
    let begun = Arc::new(AtomicUsize::new(0));
    for (index, population) in populations.iter().enumerate() {
        if population.users > 0 {
            let transaction = Transaction::new(life(index, birth.clone(), begun.clone()));
            let scenario = Scenario::new(&population.name)
                .register_transaction(transaction.set_name("life"))
                .set_weight(population.users)?;
            attack = attack.register_scenario(scenario);
        }
    }
    attack.execute().await?;
    let begun = begun.load(Ordering::Relaxed);
    if begun == users {
        return Ok(());
    }
    Err(Error(format!("{begun} of {users} users began")))
}

/// Goose with everything off that talks, listens, measures or writes.
fn configuration(users: usize) -> GooseConfiguration {
    let mut off = GooseConfiguration::default();
    off.users = Some(users);
    off.increase_rate = Some(STARTS.to_string());
    off.iterations = Some(1);
    off.quiet = 3;
    off.no_metrics = true;
    off.no_print_metrics = true;
    off.no_error_summary = true;
    off.no_telnet = true;
    off
}

/// The transaction of a population: the life of its next user.
fn life(population: usize, birth: Birth, begun: Arc<AtomicUsize>) -> TransactionFunction {
    let next = AtomicUsize::new(0);
    Arc::new(move |_user| {
        begun.fetch_add(1, Ordering::Relaxed);
        let life = birth(population, next.fetch_add(1, Ordering::Relaxed));
        Box::pin(async move {
            life.await;
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn each_user_of_each_population_lives_once_and_the_attack_ends() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = seen.clone();
        let birth: Birth = Arc::new(move |population, user| {
            let all = all.clone();
            Box::pin(async move {
                tokio::task::yield_now().await;
                all.lock().unwrap().push((population, user));
            })
        });
        let population = |name: &str, users| Population { name: name.into(), users };
        let populations = [population("few", 3), population("none", 0), population("many", 10)];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(attack(&populations, birth)).unwrap();
        let mut seen = seen.lock().unwrap().clone();
        seen.sort_unstable();
        let expected =
            (0..3).map(|user| (0, user)).chain((0..10).map(|user| (2, user))).collect::<Vec<_>>();
        assert_eq!(seen, expected);
    }
}
