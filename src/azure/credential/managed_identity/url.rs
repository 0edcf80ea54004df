//! The URL of a question.

/// An endpoint with these parameters beside those that it has already.
pub fn with_query(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = endpoint.split('#').next().unwrap_or_default().to_owned();
    for (name, value) in parameters {
        if !url.contains('?') {
            url.push('?');
        } else if !url.ends_with(['?', '&']) {
            url.push('&');
        }
        url.push_str(name);
        url.push('=');
        escape(value, &mut url);
    }
    url
}

/// All but unreserved characters, byte by byte.
fn escape(value: &str, url: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_join_those_that_an_endpoint_has() {
        let with = |endpoint| with_query(endpoint, &[("a", "https://x/"), ("b", "y&z")]);
        let query = "a=https%3A%2F%2Fx%2F&b=y%26z";
        assert_eq!(with("http://h/t"), format!("http://h/t?{query}"));
        assert_eq!(with("http://h/t?c=d"), format!("http://h/t?c=d&{query}"));
        assert_eq!(with("http://h/t?"), format!("http://h/t?{query}"));
        assert_eq!(with("http://h/t#f"), format!("http://h/t?{query}"));
    }
}
