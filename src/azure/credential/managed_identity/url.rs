//! The URL of a question.

use crate::azure::form;

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
        url.push_str(&form::escaped(value));
    }
    url
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
