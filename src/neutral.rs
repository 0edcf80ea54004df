//! Text from outside, made harmless for a log.
//!
//! A vault's message, a tag or a branch name may hold line breaks that start a CI command, terminal
//! escapes, or characters that turn the reading direction. What people read keeps its meaning; what
//! only machines would act on becomes visible.

/// The most that is kept of one piece of foreign text, in characters.
const LIMIT: usize = 1024;

/// Foreign text on one line: line breaks become spaces, too.
pub fn line(text: &str) -> String {
    clean(text, |c| if c == '\n' || c == '\r' { Some(' ') } else { None })
}

/// Foreign text that may have lines: only `\n` survives of the control characters.
pub fn text(text: &str) -> String {
    clean(text, |c| if c == '\n' { Some('\n') } else { None })
}

/// A word of a command line to copy, for any POSIX shell; quoted where it must be.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn clean(text: &str, breaks: impl Fn(char) -> Option<char>) -> String {
    let mut kept = String::with_capacity(text.len().min(LIMIT));
    for (count, c) in text.trim_end().chars().enumerate() {
        if count == LIMIT {
            kept.push('…');
            break;
        }
        match breaks(c) {
            Some(other) => kept.push(other),
            None if is_harmful(c) => kept.extend(c.escape_unicode()),
            None => kept.push(c),
        }
    }
    // The commands of GitHub's and Azure's runners, wherever on a line they stand.
    without_agents_commands(kept)
        .replace("##[", "##\u{2060}[")
        // Twice, since two of these overlap in three colons.
        .replace("::", ":\u{2060}:")
        .replace("::", ":\u{2060}:")
}

/// Breaks `##vso[` up, which an agent may know in capitals, too.
fn without_agents_commands(mut text: String) -> String {
    let starts = text.to_ascii_lowercase();
    for (at, start) in starts.rmatch_indices("##vso[") {
        text.insert(at + start.len() - 1, '\u{2060}');
    }
    text
}

/// Control characters, line and paragraph separators, and what reorders or hides text.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_become_spaces_and_escapes_become_visible() {
        assert_eq!(line("a\r\nb\u{1b}[31m"), "a  b\\u{1b}[31m");
    }

    #[test]
    fn a_word_of_a_command_line_is_quoted_where_a_shell_would_split_or_expand_it() {
        let words = ["db", "db.prod-1", "my db", "a$b", "it's", ""].map(word);
        assert_eq!(words, ["db", "db.prod-1", "'my db'", "'a$b'", r"'it'\''s'", "''"]);
    }

    #[test]
    fn runner_commands_are_broken_up() {
        let broken = line("##vso[task.setvariable]x##vSo[##VSO[y").to_lowercase();
        assert!(!broken.contains("##vso["), "{broken}");
        for text in ["::set-output name=a::b", ":::add-mask::x", "a::::b", ":::::"] {
            assert!(!line(text).contains("::"), "{text}");
        }
    }

    #[test]
    fn long_text_is_cut_visibly() {
        let cut = line(&"x".repeat(5000));
        assert_eq!(cut.chars().count(), LIMIT + 1);
        assert!(cut.ends_with('…'));
    }
}
