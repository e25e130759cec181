//! A registry.

use crate::config::Kind;

/// All kinds.
pub const KINDS: &[Kind<()>] = &[];
