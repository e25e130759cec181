//! The clock and the order of events; knows nothing of the platform.
//!
//! A [`Scheduler`] holds what is yet to happen and gives it back in a strict order: by time, and at
//! one time in the order in which it was scheduled. Three structures share that order. The
//! ladder holds the events of the future, a plain queue holds those of the present instant, and
//! the timers hold time-outs, which are almost always cancelled. What runs the loop pops events
//! until the end of the run and hands each one to its component.
//!
//! Nothing here may look into an event: the payload is copied in and copied out.

mod arena;
mod event;
mod ladder;
#[cfg(test)]
mod model;
mod rung;
mod scheduler;
mod slots;
mod timers;

pub use scheduler::Scheduler;
pub use slots::TimerId;
