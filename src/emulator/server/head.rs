//! The head of an HTTP/1.1 request.

use super::broken::{Broken, Refusal};

/// What stands before a request's body.
#[derive(Debug)]
pub struct Head {
    /// As it came.
    pub method: String,
    /// The target as it came: a path, an absolute URL, or the authority of a CONNECT.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// How long the body is.
    pub length: Length,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub awaits_continue: bool,
    /// Whether the connection ends after this request.
    pub closes: bool,
}

/// How a body's end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// By its number of bytes.
    Known(usize),
    /// By a last chunk.
    Chunked,
}

/// More header lines than any client of ours sends.
const MAX_HEADERS: usize = 100;

impl Head {
    /// The head at the start of `bytes` and its length; none while it is incomplete.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Broken> {
        let mut lines = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut lines);
        let used = match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(TOO_MANY.into()),
            Err(_) => return Err(NOT_HTTP.into()),
        };
        let headers = parsed.headers.iter().map(|line| {
            let value = String::from_utf8_lossy(line.value);
            (line.name.to_ascii_lowercase(), value.trim().to_owned())
        });
        let headers: Vec<(String, String)> = headers.collect();
        let head = Self {
            method: parsed.method.unwrap_or_default().to_owned(),
            target: parsed.path.unwrap_or_default().to_owned(),
            length: length(&headers)?,
            awaits_continue: has_word(&headers, "expect", "100-continue"),
            closes: parsed.version != Some(1) || has_word(&headers, "connection", "close"),
            headers,
        };
        Ok(Some((head, used)))
    }

    /// The only `Host`; two of them might be taken for different ones.
    pub fn host(&self) -> Result<String, Broken> {
        let mut hosts = self.headers.iter().filter(|(name, _)| name == "host");
        match (hosts.next(), hosts.next()) {
            (Some((_, host)), None) if is_host(host) => Ok(host.to_ascii_lowercase()),
            _ => Err(NO_HOST.into()),
        }
    }
}

/// Letters, digits and what stands in names, addresses and before ports.
fn is_host(host: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    !host.is_empty() && host.bytes().all(is_part)
}

/// Two lengths that differ, or a length beside chunks, would let two readers see two requests.
fn length(headers: &[(String, String)]) -> Result<Length, Broken> {
    let of = |wanted: &str| {
        let wanted = wanted.to_owned();
        headers.iter().filter(move |(name, _)| *name == wanted).map(|(_, value)| value.as_str())
    };
    let mut lengths: Vec<&str> = of("content-length").collect();
    lengths.dedup();
    let codings: Vec<&str> = of("transfer-encoding").collect();
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Ok(Length::Known(0)),
        ([length], []) if length.bytes().all(|b| b.is_ascii_digit()) => {
            length.parse().map(Length::Known).map_err(|_| BAD_LENGTH.into())
        }
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        _ => Err(BAD_LENGTH.into()),
    }
}

/// Whether a list of words holds this one, in any case.
fn has_word(headers: &[(String, String)], name: &str, word: &str) -> bool {
    let mut values = headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
}

/// The parser gave up.
const NOT_HTTP: Refusal = Refusal::new(400, "this is no HTTP/1.1 request");
/// None, several, or no host in it.
const NO_HOST: Refusal = Refusal::new(400, "a request needs one Host header with a host in it");
/// What smugglers of requests send.
const BAD_LENGTH: Refusal =
    Refusal::new(400, "the body's length must be told once, by Content-Length or by chunks");
/// As many as `MAX_HEADERS`.
const TOO_MANY: Refusal = Refusal::new(431, "a request may have 100 header lines");

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<(Head, usize)>, Broken> {
        Head::parse(text.as_bytes())
    }

    #[test]
    fn a_head_is_taken_apart_and_an_incomplete_one_waits() {
        let text = "PUT /secrets/a?b HTTP/1.1\r\nHost: A.net\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc";
        let (head, used) = parse(text).expect("a head").expect("all of it");
        assert_eq!((head.method.as_str(), head.target.as_str()), ("PUT", "/secrets/a?b"));
        assert_eq!(head.host().expect("a host"), "a.net");
        assert_eq!(head.length, Length::Known(3));
        assert!(head.awaits_continue && !head.closes);
        assert_eq!(used, text.len() - 3);
        assert!(parse(&text[..20]).expect("no mistake yet").is_none());
    }

    #[test]
    fn lengths_that_two_readers_could_see_differently_are_refused() {
        for lines in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: +1",
            "Content-Length: 99999999999999999999999",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        ] {
            assert!(parse(&format!("GET / HTTP/1.1\r\n{lines}\r\n\r\n")).is_err(), "{lines}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        for lines in ["X: y", "Host: a\r\nHost: b", "Host: ", "Host: a/b", "Host: a@b"] {
            let head = parse(&format!("GET / HTTP/1.1\r\n{lines}\r\n\r\n")).expect("a head");
            assert!(head.expect("all of it").0.host().is_err(), "{lines}");
        }
    }

    #[test]
    fn a_client_of_the_old_version_gets_one_answer() {
        let (head, _) = parse("GET / HTTP/1.0\r\n\r\n").expect("a head").expect("all of it");
        assert!(head.closes);
    }
}
