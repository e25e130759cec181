//! Ctrl-C, and signals that ask the process to end. The one file of both faces that names the `ctrlc`
//! crate; it is called once in a process.

use super::exit::{Exit, Failure};
use super::output;
use std::sync::atomic::{AtomicBool, Ordering};

/// Does this at each interrupt.
pub fn on_interrupt(does: impl FnMut() + Send + 'static) -> Result<(), Failure> {
    ctrlc::set_handler(does)
        .map_err(|error| Failure::world(&format!("cannot listen for interrupts: {error}")))
}

/// The first interrupt sets `stop` and says what then happens; the second ends the process at once.
pub fn stop_on_interrupt(stop: &'static AtomicBool, told: &'static str) -> Result<(), Failure> {
    on_interrupt(move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
        output::complain(told);
    })
}
