//! What a JWT says of itself. Its signature is the business of whom it is for; what is read here
//! serves messages, and spares a request that is sure to be refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::neutral;

/// The claims that a federated credential is compared with, ready to be shown.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`; several are joined by commas.
    pub audience: Option<String>,
    /// `exp`, seconds since 1970.
    pub expires: Option<i64>,
    /// `nbf`, seconds since 1970.
    pub not_before: Option<i64>,
}

impl Claims {
    /// The claims of a token; none at all where it is no JWT.
    pub fn of(token: &str) -> Self {
        let map: Map<String, Value> = payload(token).unwrap_or_default();
        let text = |name: &str| map.get(name).and_then(shown);
        // Some issuers write times with a fraction.
        let time = |name: &str| {
            let value = map.get(name)?;
            value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
        };
        Self {
            issuer: text("iss"),
            subject: text("sub"),
            audience: text("aud"),
            expires: time("exp"),
            not_before: time("nbf"),
        }
    }
}

/// Whom an access token is for, ready to be shown. Nothing is decided by it but what a report says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `appid`, or `azp` in tokens of the second version.
    pub application: Option<String>,
    /// `oid`: what roles and policies are granted to.
    pub object: Option<String>,
    /// `tid`.
    pub tenant: Option<String>,
    /// Whether a person signed in: only such tokens have `scp`.
    pub is_person: bool,
}

impl Caller {
    /// Of a token; all is unknown where it is no JWT.
    pub fn of(token: &str) -> Self {
        let map: Map<String, Value> = payload(token).unwrap_or_default();
        let text = |name: &str| map.get(name).and_then(shown);
        Self {
            application: text("appid").or_else(|| text("azp")),
            object: text("oid"),
            tenant: text("tid"),
            is_person: map.contains_key("scp"),
        }
    }
}

/// The payload of a JWT, as far as it has this form.
pub fn payload<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = token.split('.').nth(1)?.trim_end_matches('=');
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// A text, or a list of texts, made harmless.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(neutral::line(text)),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(neutral::line(&texts.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Claims {
        Claims::of(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn what_a_federated_credential_is_compared_with_is_read() {
        let text = r#"{"iss":"https://i","sub":"repo:a/b","aud":["x","y"],"exp":1.6e3,"nbf":7}"#;
        let some = |text: &str| Some(text.to_owned());
        let expected = Claims {
            issuer: some("https://i"),
            subject: some("repo:a/b"),
            audience: some("x, y"),
            expires: Some(1_600),
            not_before: Some(7),
        };
        assert_eq!(claims(text), expected);
    }

    #[test]
    fn a_token_of_either_version_tells_whom_it_is_for() {
        let of =
            |payload: &str| Caller::of(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)));
        let first = of(r#"{"appid":"a","oid":"o","tid":"t"}"#);
        let second = of(r#"{"azp":"a","oid":"o","tid":"t","scp":"x"}"#);
        assert_eq!(first.application.as_deref(), Some("a"));
        assert_eq!(second, Caller { is_person: true, ..first });
        assert_eq!(Caller::of("opaque"), Caller::default());
    }

    #[test]
    fn a_claim_cannot_start_a_command_of_a_runner() {
        let subject = claims(r#"{"sub":"a\n::add-mask::x\u001b[31m"}"#).subject.expect("a text");
        assert!(!subject.contains(['\n', '\u{1b}']) && !subject.contains("::"), "{subject}");
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for text in ["", "opaque", "a.b.c", "..", "a.e30=.c", "a.W10.c"] {
            assert_eq!(Claims::of(text), Claims::default(), "{text}");
        }
        assert_eq!(claims(r#"{"iss":7,"exp":"soon"}"#), Claims::default());
    }
}
