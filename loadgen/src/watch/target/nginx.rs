//! nginx's `stub_status`. Source: ngx_http_stub_status_module.

use super::{Kind, Sample};
use sim::load::Speaks;

/// The registry's row.
pub(super) const KIND: Kind =
    Kind { is: |speaks| matches!(speaks, Speaks::Nginx), path: "/nginx_status", read };

fn read(_: &Speaks, text: &str) -> Result<Vec<Sample>, String> {
    samples(text).ok_or_else(|| "the answer is not what `stub_status` says".into())
}

/// From its four lines.
fn samples(text: &str) -> Option<Vec<Sample>> {
    let mut lines = text.lines();
    let active = lines.next()?.strip_prefix("Active connections:")?.trim().parse().ok()?;
    let is_head = lines.next()?.trim() == "server accepts handled requests";
    let counts: Vec<f64> = numbers(lines.next()?)?;
    let [accepted, handled, requests, ..] = counts[..] else { return None };
    let states = lines.next()?;
    let state = |name: &str| -> Option<f64> {
        let mut words = states.split_whitespace();
        words.find(|word| *word == name)?;
        words.next()?.parse().ok()
    };
    let levels = [
        Sample::level("connections open", active),
        Sample::level("connections whose request is being read", state("Reading:")?),
        Sample::level("connections that are being answered", state("Writing:")?),
        Sample::level("connections kept idle", state("Waiting:")?),
        Sample::count("connections accepted", accepted),
        // What was accepted and not handled met nginx's bound on connections.
        Sample::count("connections refused", accepted - handled),
        Sample::count("requests", requests),
    ];
    is_head.then(|| levels.into())
}

fn numbers(line: &str) -> Option<Vec<f64>> {
    line.split_whitespace().map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_lines_are_seven_measures() {
        let text = "Active connections: 291 \nserver accepts handled requests\n 1660 1650 3107 \n\
                    Reading: 6 Writing: 179 Waiting: 106 \n";
        let found = read(&Speaks::Nginx, text).unwrap();
        let of = |name: &str| found.iter().find(|sample| sample.name == name).unwrap();
        assert_eq!(found.len(), 7);
        assert_eq!(
            (of("connections open").value, of("connections kept idle").value),
            (291.0, 106.0)
        );
        assert_eq!(
            (of("connections refused").value, of("connections refused").counts),
            (10.0, true)
        );
        assert_eq!((of("requests").value, of("requests").counts), (3107.0, true));
        for (at, _) in text.match_indices('\n').take(3) {
            assert!(read(&Speaks::Nginx, &text[..at]).is_err(), "{at}");
        }
    }
}
