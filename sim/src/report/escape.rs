//! Text made harmless for XML, HTML and Markdown.

/// The text for XML and HTML, in elements and in attributes. Characters that XML 1.0 forbids become
/// spaces, and so do line ends, because an attribute would lose them.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// The text for Markdown, in a paragraph or in the cell of a table.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// The text on one line: control characters become spaces.
pub fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The text in at most `most` characters: its middle is replaced by `…`.
pub fn shorten(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_string();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let end: String = text.chars().skip(count - tail).collect();
    text.chars().take(head).chain(['…']).collect::<String>() + &end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(xml("<a b=\"c\">'&\n\u{1}"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;  ");
        assert_eq!(markdown("a|b_<c>\n"), "a\\|b\\_&lt;c&gt; ");
        assert_eq!(line("a\tb\r\nc"), "a b  c");
    }

    #[test]
    fn long_text_loses_its_middle() {
        for (most, text) in [(9, "abcdefghi"), (8, "abcd…ghi"), (3, "a…i"), (1, "…"), (0, "…")]
        {
            assert_eq!(shorten("abcdefghi", most), text);
        }
    }
}
