//! What users do: think, send, try again, and write down what became of it.
//!
//! ```text
//! closed   gate --step--> think --> request --> think ...     --end of step--> gate
//! open     free --order--> request --> free ...
//! ```
//!
//! A [`Field`] holds all users of a process, a [`Round`] is one step at work. A closed user draws its
//! requests from the scenario's traffic and waits for the end of each. Arrivals of an open client come
//! at their times from a thread that does nothing else; each is handed to a user that is free, and one
//! that finds none is counted as dropped. Latency counts from the intended start, service from the
//! actual send.
//!
//! A request has at most two attempts under way: a try, and the hedge beside the first. What its user no
//! longer waits for goes on by itself, or is closed where the client `cancels`.
//!
//! Who is not wanted by a step waits at the gate and costs no time. Nothing here knows how users are
//! started or how many processes there are beside this one.

mod attempt;
mod brake;
mod closed;
mod field;
mod flight;
mod open;
mod reasons;
mod request;
mod round;
mod script;
mod sheet;
mod stay;
mod streams;
mod terms;

pub use field::{Field, Life, Share};
pub use reasons::Reasons;
pub use round::{GRACE, Round};
pub use sheet::{Measured, Recent};
pub use streams::Streams;
