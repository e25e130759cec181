//! A router that is a program at work: what all such routers have in common. It is asked over HTTP for what
//! it counted; how its answer is read is the kind's own.

use super::super::counts::RouterCounts;
use super::super::error::Error;
use super::super::fleet::News;
use super::Router;
use super::program::{Program, ask};
use sim::load::{Speaks, Target, Watch};
use std::net::SocketAddr;

/// A program that routes.
#[derive(Debug)]
pub(super) struct Routing {
    /// The program.
    pub program: Program,
    /// Where it serves.
    pub target: SocketAddr,
    /// What it is called.
    pub name: &'static str,
    /// Where it tells of itself, at which path, and in which form.
    pub tells: (SocketAddr, &'static str, Speaks),
    /// The most connections of clients that it takes.
    pub most_connections: u64,
    /// Reads what it tells, which may count how often it was asked for it; where it does not answer, nothing.
    pub counts: fn(&str, u64) -> RouterCounts,
}

impl Router for Routing {
    fn target(&self) -> SocketAddr {
        self.target
    }

    fn most_connections(&self) -> u64 {
        self.most_connections
    }

    fn hear(&self, _news: News) {}

    fn counts(&self) -> RouterCounts {
        let (address, path, _) = &self.tells;
        // Counted first: a program writes down that it was asked when it has answered.
        let asked = self.program.asked() + 1;
        let told = ask(*address, path).unwrap_or_default();
        RouterCounts { log: self.program.log(), ..(self.counts)(&told, asked) }
    }

    fn watch(&self) -> Option<Watch> {
        let (address, path, speaks) = &self.tells;
        let (host, base) = (address.ip().to_string(), (*path).to_owned());
        let target = Target { tls: false, host, port: address.port(), base };
        Some(Watch { name: self.name.to_owned(), target, speaks: speaks.clone() })
    }

    fn process(&self) -> Option<u32> {
        self.program.process()
    }

    fn close(&self) {
        self.program.close();
    }

    fn check(&self) -> Result<(), Error> {
        self.program.check()
    }
}
