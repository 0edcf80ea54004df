//! What a request's path and query say.

/// The path's segments, decoded; empty ones (`//`, a trailing `/`) do not count.
pub fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
}

/// The parameters that a request may have.
#[derive(Default)]
pub struct Query {
    /// `api-version`.
    pub api_version: Option<String>,
    /// `maxresults`.
    pub max_results: Option<String>,
    /// `$skiptoken`, from the link of the page before.
    pub skip_token: Option<String>,
}

impl Query {
    /// Parameters that the service does not know are passed over, as it does.
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let member = match decode(name).to_ascii_lowercase().as_str() {
                "api-version" => &mut parsed.api_version,
                "maxresults" => &mut parsed.max_results,
                "$skiptoken" => &mut parsed.skip_token,
                _ => continue,
            };
            member.get_or_insert_with(|| decode(value));
        }
        parsed
    }
}

/// Undoes percent-encoding. What is no encoding stays as it is, to be refused where it matters.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded = (first == b'%').then(|| after.get(..2).and_then(pair)).flatten();
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte of two hex digits.
fn pair(digits: &[u8]) -> Option<u8> {
    hex::decode(digits).ok()?.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_and_trailing_slashes_do_not_count() {
        assert_eq!(segments("//secrets//db/"), ["secrets", "db"]);
    }

    #[test]
    fn an_encoded_slash_does_not_part_segments() {
        assert_eq!(segments("/secrets/a%2Fb"), ["secrets", "a/b"]);
    }

    #[test]
    fn text_that_is_no_encoding_stays() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%41"), "%zzA");
    }

    #[test]
    fn a_skip_token_may_be_encoded_and_stand_anywhere() {
        let query = Query::parse("%24skiptoken=abc&maxresults=2&api-version=7.4&x");
        assert_eq!(query.skip_token.as_deref(), Some("abc"));
        assert_eq!(query.max_results.as_deref(), Some("2"));
        assert_eq!(query.api_version.as_deref(), Some("7.4"));
    }
}
