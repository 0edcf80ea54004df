//! A host's answer of refusal.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Kind};
use crate::http::Response;

/// What hosts say of an error, each in its own form; it is for people, but for its being there.
#[derive(Debug, Default, Deserialize)]
pub struct Said {
    /// A code, or an object with `code` and `message`.
    #[serde(default)]
    error: Option<Value>,
    /// A sentence beside a code.
    #[serde(default)]
    error_description: Option<String>,
    /// A sentence by itself.
    #[serde(default)]
    message: Option<String>,
}

impl Said {
    /// Of an answer; none if it is no JSON object.
    pub fn read(response: &Response) -> Option<Self> {
        let object: serde_json::Map<String, Value> = serde_json::from_slice(&response.body).ok()?;
        Some(serde_json::from_value(Value::Object(object)).unwrap_or_default())
    }

    /// Whether it names an error.
    pub fn has_error(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !error.is_null())
    }

    /// The code and the first line of the sentence, as far as they are there.
    fn sentence(&self) -> String {
        let error = self.error.as_ref();
        let inner = |key: &str| error?.get(key)?.as_str();
        let code = error.and_then(Value::as_str).or_else(|| inner("code"));
        let text = self.error_description.as_deref().or(self.message.as_deref());
        let text = text.or_else(|| inner("message")).and_then(|text| text.lines().next());
        let parts: Vec<&str> = code.into_iter().chain(text).collect();
        parts.join(": ").trim_end_matches('.').to_owned()
    }
}

/// The status of an answer and what it says, for people.
pub fn told(response: &Response) -> String {
    let sentence = Said::read(response).unwrap_or_default().sentence();
    match sentence.is_empty() {
        true => format!("{}, with no reason", response.status),
        false => format!("{}: {sentence}", response.status),
    }
}

/// The error of an answer that is a refusal, or of one of success that makes no sense.
pub fn error(host: &str, response: &Response) -> Error {
    let kind = match response.status {
        410 | 429 => Kind::Throttled,
        200 | 500.. => Kind::Unreachable,
        _ => Kind::SignIn,
    };
    let what = match response.status {
        200 => format!("{host} gave no token that can be used"),
        _ => format!("{host} gave no token: {}", told(response)),
    };
    Error::new(kind, what).request_id(response.request_id.as_deref())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn response(body: &str) -> Response {
        Response {
            status: 400,
            date: None,
            retry_after: None,
            challenge: None,
            request_id: None,
            network_info: None,
            body: Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn every_hosts_form_of_an_error_is_told() {
        for (body, sentence) in [
            (
                r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
                "400: invalid_request: Identity not found",
            ),
            (
                r#"{"statusCode":400,"message":"No managed identity found.\r\nx"}"#,
                "400: No managed identity found",
            ),
            (r#"{"error":{"code":"C","message":"m"}}"#, "400: C: m"),
            ("{}", "400, with no reason"),
            ("<html>", "400, with no reason"),
            (r#"{"error_description":7}"#, "400, with no reason"),
        ] {
            assert_eq!(told(&response(body)), sentence, "{body}");
        }
    }
}
