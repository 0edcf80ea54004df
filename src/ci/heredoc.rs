//! The blocks of GitHub's command files, which carry any text unchanged.

/// `NAME<<DELIMITER`, the text, `DELIMITER`. None where the text or the name holds the delimiter, or the
/// name would break the frame.
pub fn block(name: &str, text: &str, delimiter: &str) -> Option<String> {
    let is_framed = !name.is_empty() && !name.contains(['=', '<', '\n', '\r']);
    let is_apart = !name.contains(delimiter) && !text.contains(delimiter);
    (is_framed && is_apart).then(|| format!("{name}<<{delimiter}\n{text}\n{delimiter}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_holds_the_delimiter_is_refused() {
        assert_eq!(block("a", "b\nEND\nc=d", "END"), None);
        assert_eq!(block("a=b", "c", "END"), None);
        assert_eq!(block("a\nb", "c", "END"), None);
    }

    #[test]
    fn a_text_stands_as_it_is_between_the_delimiters() {
        assert_eq!(block("a", "x\r\ny\n", "END"), Some("a<<END\nx\r\ny\n\nEND\n".to_owned()));
    }
}
