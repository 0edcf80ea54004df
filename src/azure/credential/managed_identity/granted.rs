//! A host's answer of success.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::expiry;
use super::identity::Identity;
use crate::azure::entra::AccessToken;
use crate::http::Response;
use crate::secret::SecretValue;

/// A token and whose it is. Numbers come as texts from most hosts, and some name only the end.
#[derive(Deserialize)]
pub struct Granted {
    /// The token.
    access_token: String,
    /// `Bearer`, in any case.
    #[serde(default)]
    token_type: Option<String>,
    /// How long it lives; seconds.
    #[serde(default)]
    expires_in: Option<Value>,
    /// When it ends; seconds since 1970, or a date.
    #[serde(default)]
    expires_on: Option<Value>,
    /// Whose it is, by client id.
    #[serde(default)]
    client_id: Option<String>,
    /// Whose it is, by object id.
    #[serde(default)]
    object_id: Option<String>,
    /// Whose it is, by resource id.
    #[serde(default, alias = "mi_res_id")]
    msi_res_id: Option<String>,
}

impl Granted {
    /// Of an answer of status 200; none if it makes no sense.
    pub fn read(response: &Response) -> Option<Self> {
        serde_json::from_slice(&response.body).ok()
    }

    /// Whether the answer says that the token is this identity's. The host's own needs no saying.
    pub fn is_of(&self, identity: &Identity) -> bool {
        let (asked, said) = match identity {
            Identity::System => return true,
            Identity::Client(id) => (id, &self.client_id),
            Identity::Object(id) => (id, &self.object_id),
            Identity::Resource(id) => (id, &self.msi_res_id),
        };
        said.as_ref().is_some_and(|said| said.eq_ignore_ascii_case(asked))
    }

    /// The token; none if it could not be one, or is over.
    pub fn token(self, now: Timestamp) -> Option<AccessToken> {
        let text = SecretValue::new(self.access_token);
        let lives = match (&self.expires_in, &self.expires_on) {
            (Some(seconds), _) => Duration::from_secs(expiry::number(seconds)?),
            (None, Some(ends)) => expiry::until(ends, now)?,
            (None, None) => return None,
        };
        let is_bearer = self.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        AccessToken::new(text, lives).filter(|_| is_bearer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lives(body: &str) -> Option<u64> {
        let granted: Granted = serde_json::from_str(body).ok()?;
        let token = granted.token(Timestamp::from_second(1_000).ok()?)?;
        Some(token.lives.as_secs())
    }

    #[test]
    fn a_token_has_a_text_a_kind_and_an_end() {
        for (body, left) in [
            (
                r#"{"access_token":"t","expires_in":"3599","expires_on":"1","token_type":"Bearer"}"#,
                Some(3_599),
            ),
            (r#"{"access_token":"t","expires_in":3599}"#, Some(3_599)),
            (r#"{"access_token":"t","expires_on":"1600","token_type":"bearer"}"#, Some(600)),
            (r#"{"access_token":"t","expires_in":99999999}"#, Some(172_800)),
            (r#"{"access_token":"t","expires_in":"3599","token_type":"pop"}"#, None),
            (r#"{"access_token":"t\r\nx: y","expires_in":"3599"}"#, None),
            (r#"{"access_token":"","expires_in":"3599"}"#, None),
            (r#"{"access_token":"t","expires_in":"0"}"#, None),
            (r#"{"access_token":"t","expires_on":"1000"}"#, None),
            (r#"{"access_token":"t"}"#, None),
            (r#"{"expires_in":"3599"}"#, None),
        ] {
            assert_eq!(lives(body), left, "{body}");
        }
    }

    #[test]
    fn an_answer_names_the_identity_that_was_asked_for() {
        let body = r#"{"access_token":"t","client_id":"C-1","object_id":"O-1","mi_res_id":"/R"}"#;
        let granted: Granted = serde_json::from_str(body).expect("an answer");
        let id = |text: &str| text.to_owned();
        assert!(granted.is_of(&Identity::System));
        assert!(granted.is_of(&Identity::Client(id("c-1"))));
        assert!(granted.is_of(&Identity::Object(id("o-1"))));
        assert!(granted.is_of(&Identity::Resource(id("/r"))));
        assert!(!granted.is_of(&Identity::Client(id("c-2"))));
        let granted: Granted = serde_json::from_str(r#"{"access_token":"t"}"#).expect("an answer");
        assert!(!granted.is_of(&Identity::Client(id("c-1"))));
    }
}
