//! From bytes to text that a YAML parser may see: size, encoding, line ends.

use super::{Place, Problem};

/// The most that a file may hold, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The text of a file, without byte order mark and with `\n` as its only line end.
pub fn text(bytes: &[u8]) -> Result<String, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| is_forbidden(*c)) {
        return Err(control(behind(&text[..at]), c));
    }
    if text.contains('\r') {
        return Ok(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Ok(text.to_owned())
}

/// What YAML forbids; a parser would take NUL for the end of the file.
fn is_forbidden(c: char) -> bool {
    (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

fn too_large(length: usize) -> Problem {
    Problem::of_file(format!("the file has {length} bytes; at most 16 MiB ({MAX_BYTES}) are read"))
        .help("split it, or move what repeats into a template")
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let before = before.strip_prefix('\u{FEFF}').unwrap_or(&before);
    let what = format!("the file is not UTF-8: byte {at} (counted from 0) starts no character");
    let help = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        "the file seems to be UTF-16; save it as UTF-8"
    } else {
        "save the file as UTF-8"
    };
    Problem::new(behind(before), what).help(help)
}

fn control(at: Place, c: char) -> Problem {
    let code = u32::from(c);
    Problem::new(at, format!("the character U+{code:04X} is not allowed in YAML"))
        .help("remove it; inside double quotes it can be written as an escape")
}

/// The position right after a text.
pub fn behind(before: &str) -> Place {
    let last = before.rfind(['\n', '\r']).map_or(before, |at| &before[at + 1..]);
    let breaks = before.matches("\r\n").count();
    let ends = before.matches(['\n', '\r']).count() - breaks;
    Place { line: ends + 1, col: last.chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_taken_away() {
        let bytes = "\u{FEFF}a: 1\r\nb: 2\rc: 3\n".as_bytes();
        assert_eq!(text(bytes).expect("UTF-8"), "a: 1\nb: 2\nc: 3\n");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_byte_and_place() {
        let problem = text(b"a: 1\r\nb: \xFF").expect_err("not UTF-8");
        assert_eq!(problem.at, Some(Place { line: 2, col: 4 }));
        assert!(problem.what.contains("byte 9"), "{}", problem.what);
        let problem = text(b"\xFF\xFEa\0").expect_err("UTF-16");
        assert!(problem.help.expect("help").contains("UTF-16"));
    }

    #[test]
    fn a_character_that_a_parser_would_take_for_the_end_is_refused() {
        let problem = text(b"a: 1\nb\0: 2").expect_err("NUL");
        assert_eq!(problem.at, Some(Place { line: 2, col: 2 }));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_with_the_limit() {
        let problem = text(&vec![b'#'; MAX_BYTES + 1]).expect_err("too large");
        assert!(problem.what.contains("16 MiB"));
        assert!(text(&vec![b'#'; MAX_BYTES]).is_ok());
    }
}
