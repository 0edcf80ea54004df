//! Endpoints that a CI system names in a variable and that hand out tokens.

use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::http::NoAnswer;

/// The URL of a variable: https, a host, and nothing that could lead elsewhere.
pub fn url(variable: &'static str, text: &str) -> Result<String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    let what = "it is no https URL of a host";
    let help = "the CI system sets it; a step that changes it would send the job's token elsewhere";
    Err(Error::of(ErrorCode::IdToken, what).at(variable).help(help))
}

fn is_plain(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let of_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
    let is_host =
        host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.bytes().all(of_host);
    let of_url = |b: u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"' | b'<' | b'>');
    is_host && text.len() <= LONGEST && rest.bytes().all(of_url)
}

/// The URL with one more parameter; the value is escaped already.
pub fn with(url: &str, name: &str, value: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{name}={value}")
}

/// No answer, in the words of this endpoint where it is a redirect.
pub fn silent(none: NoAnswer, variable: &'static str) -> Error {
    match none.status {
        Some(_) => none.error.help(format!("check {variable}: the job's token goes no further")),
        None => none.error,
    }
}

/// The longest URL that is taken, in bytes.
const LONGEST: usize = 8 << 10;
/// The largest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_urls_of_a_host_are_taken() {
        for text in [
            "https://pipelines.actions.githubusercontent.com/x/idtoken?api-version=2.0",
            "https://github.example:8443/_services/token",
            "https://dev.azure.com/org/",
        ] {
            assert!(url("X", text).is_ok(), "{text}");
        }
        let long = format!("https://h/{}", "x".repeat(LONGEST));
        for text in [
            "http://pipelines.actions.githubusercontent.com/",
            "https://",
            "https:///x",
            "https://user@host/",
            "https://host\\@evil.example/",
            "https://host/#x",
            "https://host/a b",
            "https://host/\r\nx: y",
            "ftp://host/",
            "",
            &long,
        ] {
            assert!(url("X", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_parameter_follows_what_is_there() {
        assert_eq!(with("https://h/a", "b", "c"), "https://h/a?b=c");
        assert_eq!(with("https://h/a?x=y", "b", "c"), "https://h/a?x=y&b=c");
    }
}
