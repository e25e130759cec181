//! What a search for the boundary came to, in words.

use crate::judge::boundary::{Answer, Outcome};

/// A number of users, or a rate: of a low one its decimals count.
fn number(height: f64) -> String {
    if height < 100.0 {
        ((height * 100.0).round() / 100.0).to_string()
    } else {
        format!("{height:.0}")
    }
}

/// The answer of a search in words.
pub(super) fn words(answer: &Answer, place: usize) -> String {
    let unit = if place == 0 { " users" } else { "/s" };
    let level = |height: f64| format!("{}{unit}", number(height));
    let found = match answer.outcome {
        Outcome::Between(good, bad) => format!(
            "the boundary lies between {} (well borne) and {} (too much)",
            level(good),
            level(bad)
        ),
        Outcome::Above(good) => format!("{} are well borne; the boundary lies above", level(good)),
        Outcome::Below(bad) => format!("{} are too much already", level(bad)),
        Outcome::Starved(height) => format!(
            "no boundary was found: the generator was starved at {} each time",
            level(height)
        ),
    };
    let sure = match (answer.confidence, answer.ci95) {
        (Some(confidence), (low, high)) if high.is_finite() => {
            let (low, high) = (number(low), number(high));
            format!("; {:.0} % sure, 95 % interval {low} to {high}", confidence * 100.0)
        }
        (Some(confidence), _) => format!("; {:.0} % sure", confidence * 100.0),
        (None, _) => String::new(),
    };
    format!("{found}{sure}; {} steps", answer.held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_search_names_low_rates_by_their_decimals() {
        let answer = |outcome, ci95| Answer {
            boundary: None,
            outcome,
            confidence: Some(0.9),
            ci95,
            held: 4,
        };
        let found = words(&answer(Outcome::Between(0.5, 0.75), (0.4, 0.8)), 1);
        let told = "the boundary lies between 0.5/s (well borne) and 0.75/s (too much); 90 % sure, \
                    95 % interval 0.4 to 0.8; 4 steps";
        assert_eq!(found, told);
        let found = words(&answer(Outcome::Above(5_000.4), (0.0, f64::INFINITY)), 1);
        assert_eq!(found, "5000/s are well borne; the boundary lies above; 90 % sure; 4 steps");
    }
}
