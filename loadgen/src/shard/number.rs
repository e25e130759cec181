//! Which shard of how many: `3/8`, counted from 0.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The most shards of a run.
const MOST: u32 = 1000;

/// One of several generators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many; more than `index`.
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let refuse = |what: &str| {
            format!(
                "`{text}` {what}; allowed is `I/N` with N from 1 to {MOST} and I from 0 to N - 1\n\
                 help: under a Slurm array write `--shard ${{SLURM_ARRAY_TASK_ID}}/${{SLURM_ARRAY_TASK_COUNT}}` \
                 and let the array begin at 0"
            )
        };
        let (index, of) = text.split_once('/').ok_or_else(|| refuse("has no `/`"))?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| refuse("is not two numbers"));
        let shard = Shard { index: number(index)?, of: number(of)? };
        match shard.of {
            1..=MOST if shard.index < shard.of => Ok(shard),
            1..=MOST => Err(refuse("is beyond the last shard")),
            _ => Err(refuse("has too many shards, or none")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_zero() {
        for text in ["0/1", "3/8", "999/1000"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for (text, part) in [
            ("3", "has no `/`"),
            ("a/8", "is not two numbers"),
            ("-1/8", "is not two numbers"),
            ("8/8", "beyond the last"),
            ("0/0", "or none"),
            ("0/1001", "too many"),
        ] {
            let error = text.parse::<Shard>().unwrap_err();
            assert!(error.contains(part) && error.contains("help:"), "{error}");
        }
    }
}
