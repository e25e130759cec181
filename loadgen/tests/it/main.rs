//! What needs the whole: real processes and real servers on loopback.

mod attack;
