//! Goose as it comes, with its own HTTP client and measures: what `loadgen`'s users are compared with,
//! by `.ci/generators`. Takes the target's URL, the users and the seconds; prints how many requests
//! were answered.

use goose::config::{GooseConfiguration, GooseDefault, GooseDefaultType};
use goose::goose::{GooseUser, Scenario, TransactionResult};
use goose::prelude::{GooseAttack, Transaction};
use std::error::Error;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, users, seconds] = arguments.as_slice() else {
        return Err("usage: goose_default URL USERS SECONDS".into());
    };
    let mut configuration = GooseConfiguration::default();
    configuration.users = Some(users.parse()?);
    configuration.increase_rate = Some("10000".into());
    configuration.run_time = Some(seconds.clone());
    configuration.quiet = 3;
    configuration.no_reset_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_telnet = true;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let transaction = Transaction::new(Arc::new(|user| Box::pin(ask(user))));
    let attack = GooseAttack::initialize_with_config(configuration)?
        .set_default(GooseDefault::Host, target.as_str())?
        .register_scenario(Scenario::new("ask").register_transaction(transaction));
    let metrics = runtime.block_on(attack.execute())?;
    let answered: usize = metrics.requests.values().map(|request| request.success_count).sum();
    println!("{answered}");
    Ok(())
}

async fn ask(user: &mut GooseUser) -> TransactionResult {
    // A body that is not read costs the connection.
    if let Ok(answer) = user.get("/page").await?.response {
        let _ = answer.bytes().await;
    }
    Ok(())
}
