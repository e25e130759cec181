//! What a hostile server may cost.

use crate::config::Fields;
use crate::time::Span;
use crate::units::Bytes;

/// What a hostile server may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The longest answer body, after unpacking.
    pub body: Bytes,
    /// The longest head of an answer.
    pub head: Bytes,
    /// The most redirects of one request; they never leave the allowed hosts.
    pub redirects: u32,
    /// The longest wait for one attempt where its client has no `timeout`.
    pub patience: Span,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            body: Bytes(8 << 20),
            head: Bytes(64 << 10),
            redirects: 10,
            patience: Span::from_secs(60),
        }
    }
}

impl Bounds {
    /// Reads `[load.bounds]`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Bounds {
        let default = Bounds::default();
        let body = fields.or("body", default.body);
        fields.require("body", body.0 <= 1 << 30, "at most 1GiB");
        let head = fields.or("head", default.head);
        // A reader of HTTP takes in no less at once.
        fields.require("head", (8 << 10..=1 << 20).contains(&head.0), "from 8KiB to 1MiB");
        let redirects = fields.or("redirects", default.redirects);
        fields.require("redirects", redirects <= 100, "at most 100");
        let patience = fields.or("patience", default.patience);
        let hour = Span::from_secs(3_600);
        fields.require(
            "patience",
            patience > Span::ZERO && patience <= hour,
            "more than 0s, at most 1h",
        );
        Bounds { body, head, redirects, patience }
    }
}
