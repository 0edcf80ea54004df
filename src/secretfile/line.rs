//! One line of YAML: where its keys, scalars and expressions end. Places are bytes of the line.

/// The end of an expression: the byte after its `}}`, for a text that starts with `{{`. Quotes and
/// braces inside are passed over.
pub fn expression_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut quote) = (2, 0_usize, None);
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth == 0 && bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            (None, b'}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// The column of a byte, from 0, in characters.
fn column(text: &str, at: usize) -> isize {
    isize::try_from(text[..at].chars().count()).unwrap_or(isize::MAX)
}

/// How many spaces a line starts with.
pub fn indentation(text: &str) -> isize {
    column(text, text.len() - text.trim_start_matches(' ').len())
}

/// Whether a blank or nothing stands at a byte.
pub fn is_blank_or_end(text: &str, at: usize) -> bool {
    matches!(text.as_bytes().get(at), None | Some(b' ' | b'\t'))
}

/// The first byte from `at` that is no blank.
pub fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at.min(text.len()) + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// Passes over an anchor and a tag.
pub fn skip_properties(text: &str, mut at: usize) -> usize {
    while matches!(text.as_bytes().get(at), Some(b'&' | b'!')) {
        let rest = &text[at..];
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        at = skip_blanks(text, at + end);
    }
    at
}

/// The colon of a key that starts at `at`, if a key it is.
pub fn key_end(text: &str, at: usize) -> Option<usize> {
    let first = text.as_bytes().get(at)?;
    match first {
        b'"' | b'\'' => {
            let end = skip_blanks(text, quote_end(text, at + 1, *first)?);
            let is_key = text.as_bytes().get(end) == Some(&b':') && is_blank_or_end(text, end + 1);
            is_key.then_some(end)
        }
        b'[' | b'|' | b'>' | b'#' => None,
        b'{' if !text[at..].starts_with("{{") => None,
        _ => {
            let end = plain_end(text, at);
            colon(&text[..end], at)
        }
    }
}

/// The first `:` that a blank or the line's end follows, outside expressions.
fn colon(text: &str, mut at: usize) -> Option<usize> {
    while at < text.len() {
        let rest = &text[at..];
        let next = rest.find(['{', ':'])?;
        if rest[next..].starts_with("{{") {
            at += next + expression_end(&rest[next..])?;
        } else if rest[next..].starts_with(':') && is_blank_or_end(text, at + next + 1) {
            return Some(at + next);
        } else {
            at += next + 1;
        }
    }
    None
}

/// Where a plain scalar's line ends: before a comment, outside expressions.
pub fn plain_end(text: &str, mut at: usize) -> usize {
    while at < text.len() {
        let rest = &text[at..];
        let Some(next) = rest.find(['{', '#']) else {
            break;
        };
        if rest[next..].starts_with("{{") {
            match expression_end(&rest[next..]) {
                Some(end) => at += next + end,
                None => break,
            }
        } else if rest[next..].starts_with('#')
            && at + next > 0
            && is_blank_or_end(text, at + next - 1)
        {
            return at + next;
        } else {
            at += next + 1;
        }
    }
    text.len()
}

/// The byte after the quote that closes a quoted scalar, if it closes on this line.
pub fn quote_end(text: &str, mut at: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if *byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}
