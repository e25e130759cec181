//! How many files this process may have open, as Linux tells.

use std::fs;

/// The bound where the system does not tell: the usual one.
const USUAL: u64 = 1024;

/// The soft limit of open files.
pub(super) fn limit() -> u64 {
    fs::read_to_string("/proc/self/limits").ok().and_then(|text| parse(&text)).unwrap_or(USUAL)
}

/// Half a million files are more than a stage ever needs: `unlimited` is that many.
const MOST: u64 = 1 << 19;

fn parse(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(MOST) } else { soft.parse().ok().map(|soft: u64| soft.min(MOST)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_number() {
        let text = "Max processes   1 2 processes\nMax open files   20000   30000   files\n";
        assert_eq!(parse(text), Some(20_000));
        assert_eq!(parse("Max open files unlimited unlimited files\n"), Some(MOST));
        assert_eq!(parse("nothing"), None);
    }
}
