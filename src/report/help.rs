//! A way out, as the summaries show it: sentences that wrap, and commands in blocks of their own.

/// One line of a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// What is said.
    pub said: Vec<Piece<'a>>,
    /// A command to copy that ends the line.
    pub command: Option<&'a str>,
}

/// A part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// An option, a key, a name.
    Code(&'a str),
}

/// Reads a way out. It is only for the eye: whatever the text is, all of it is shown.
pub fn lines(help: &str) -> impl Iterator<Item = Line<'_>> {
    help.lines().map(str::trim).filter(|line| !line.is_empty()).map(line)
}

fn line(text: &str) -> Line<'_> {
    match command_at(text) {
        None => Line { said: pieces(text), command: None },
        Some(at) => Line { said: pieces(text[..at].trim_end()), command: Some(&text[at..]) },
    }
}

/// Where a command begins: at the line's start, or after a colon.
fn command_at(text: &str) -> Option<usize> {
    let after_colons = text.match_indices(": ").map(|(at, colon)| at + colon.len());
    std::iter::once(0)
        .chain(after_colons)
        .find(|at| PROGRAMS.iter().any(|program| text[*at..].starts_with(program)))
}

/// A sentence in its parts: what stands between two backticks is code.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((words, code, after)) = next_code(rest) {
        pieces.extend((!words.is_empty()).then_some(Piece::Words(words)));
        pieces.push(Piece::Code(code));
        rest = after;
    }
    pieces.extend((!rest.is_empty()).then_some(Piece::Words(rest)));
    pieces
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (words, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty()).then_some((words, code, after))
}

/// How the commands in ways out begin.
const PROGRAMS: [&str; 5] = ["az ", "docker run ", "secretzero ", "export ", "kubectl "];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_after_a_colon_stands_alone() {
        let mut all = lines("give it the role: az role assignment create\n\nor wait");
        let first = all.next().expect("a line");
        assert_eq!(first.said, [Piece::Words("give it the role:")]);
        assert_eq!(first.command, Some("az role assignment create"));
        assert_eq!(all.next().expect("a line").said, [Piece::Words("or wait")]);
        assert_eq!(all.next(), None);
    }

    #[test]
    fn code_stands_between_backticks_and_a_lone_one_is_text() {
        let pieces = pieces("say `--yes` or `");
        assert_eq!(pieces, [Piece::Words("say "), Piece::Code("--yes"), Piece::Words(" or `")]);
    }
}
