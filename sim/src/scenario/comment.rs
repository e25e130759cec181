//! The question that a scenario asks and the answer that it expects, from its leading comment.

/// The texts after `# Question:` and `# Answer:` in the comment lines that a scenario begins with,
/// each going on until the other or the end of the comment; empty where there is none.
pub(super) fn question_and_answer(text: &str) -> (String, String) {
    let (mut question, mut answer) = (String::new(), String::new());
    let mut current: Option<&mut String> = None;
    for line in text.trim_start_matches('\u{feff}').trim_start().lines().map(str::trim) {
        let Some(comment) = line.strip_prefix('#').map(str::trim) else { break };
        let words = if let Some(words) = comment.strip_prefix("Question:") {
            current = Some(&mut question);
            words
        } else if let Some(words) = comment.strip_prefix("Answer:") {
            current = Some(&mut answer);
            words
        } else {
            comment
        };
        match current.as_deref_mut() {
            Some(said) if words.trim().is_empty() && !said.is_empty() => current = None,
            Some(said) => {
                if !said.is_empty() {
                    said.push(' ');
                }
                said.push_str(words.trim());
            }
            None => {}
        }
    }
    (question, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_found_over_several_lines() {
        for (text, question, answer) in [
            ("", "", ""),
            ("schema = 1\n# Question: no?\n", "", ""),
            ("# Question: why?\nschema = 1\n", "why?", ""),
            (
                "# Question: why\n#   not?\n# Answer: so\n# it is.\n\n# more",
                "why not?",
                "so it is.",
            ),
            ("# about\n# Answer:\n# yes\n#\n# a remark\n", "", "yes"),
        ] {
            assert_eq!(question_and_answer(text), (question.into(), answer.into()), "{text}");
        }
    }
}
