//! What an application trusts, and whether an assertion is that.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::refusal::Refused;

/// A federated credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    /// `iss` of the assertion.
    pub issuer: String,
    /// `sub` of it.
    pub subject: String,
    /// `aud` of it, or one of several.
    pub audience: String,
}

/// Checks an assertion at second `now`. An application without federated credentials believes every
/// assertion that is good at this time.
pub fn check(
    trusted: &[FederatedCredential],
    assertion: &str,
    now: i64,
) -> std::result::Result<(), Refused> {
    let Some(claims) = claims(assertion) else {
        return if trusted.is_empty() {
            Ok(())
        } else {
            Err(refused(50_027, MALFORMED.to_owned()))
        };
    };
    let time = |name: &str| claims[name].as_i64();
    let is_early = time("nbf").is_some_and(|nbf| nbf > now + SKEW);
    if time("exp").is_some_and(|exp| exp <= now) || is_early {
        return Err(refused(700_024, OUT_OF_TIME.to_owned()));
    }
    if trusted.is_empty() { Ok(()) } else { of_trusted(trusted, &claims) }
}

/// The issuer decides first, then the subject, then the audience.
fn of_trusted(trusted: &[FederatedCredential], claims: &Value) -> std::result::Result<(), Refused> {
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    let of_issuer: Vec<_> = trusted.iter().filter(|own| own.issuer == text("iss")).collect();
    let of_subject: Vec<_> = of_issuer.iter().filter(|own| own.subject == text("sub")).collect();
    let is_for = |own: &FederatedCredential| match &claims["aud"] {
        Value::Array(several) => several.iter().any(|one| *one == own.audience),
        one => *one == own.audience,
    };
    let (code, part, found) = if of_issuer.is_empty() {
        (700_211, "issuer", text("iss"))
    } else if of_subject.is_empty() {
        (700_213, "subject", text("sub"))
    } else if !of_subject.iter().any(|own| is_for(own)) {
        (700_212, "audience", text("aud"))
    } else {
        return Ok(());
    };
    let text = format!(
        "No matching federated identity record found for presented assertion {part} '{found}'. Check \
         your federated identity credential Subject, Audience and Issuer against the presented \
         assertion."
    );
    Err(refused(code, text))
}

fn refused(code: u32, text: String) -> Refused {
    Refused::new(401, "invalid_client", code, text)
}

fn claims(assertion: &str) -> Option<Value> {
    let payload = assertion.split('.').nth(1)?.trim_end_matches('=');
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.is_object().then_some(claims)
}

/// How far an assertion's start may lie ahead, since no two clocks are the same; seconds.
const SKEW: i64 = 300;
/// AADSTS50027.
const MALFORMED: &str = "JWT token is invalid or malformed.";
/// AADSTS700024.
const OUT_OF_TIME: &str = "Client assertion is not within its valid time range.";

#[cfg(test)]
mod tests {
    use super::*;

    fn code(trusted: &[FederatedCredential], claims: &str) -> Option<u32> {
        let assertion = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        check(trusted, &assertion, 100).err().map(|refused| refused.code())
    }

    #[test]
    fn an_assertion_must_match_one_federated_credential_in_all_parts() {
        let trust = |issuer: &str, subject: &str| FederatedCredential {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audience: "a".to_owned(),
        };
        let trusted = [trust("i", "s"), trust("j", "t")];
        for (claims, expected) in [
            (r#"{"iss":"i","sub":"s","aud":"a"}"#, None),
            (r#"{"iss":"j","sub":"t","aud":["b","a"]}"#, None),
            (r#"{"iss":"i/","sub":"s","aud":"a"}"#, Some(700_211)),
            (r#"{"iss":"i","sub":"t","aud":"a"}"#, Some(700_213)),
            (r#"{"iss":"i","sub":"S","aud":"a"}"#, Some(700_213)),
            (r#"{"iss":"i","sub":"s","aud":"b"}"#, Some(700_212)),
            (r#"{"iss":"i","sub":"s","aud":"a","exp":100}"#, Some(700_024)),
            (r#"{"iss":"i","sub":"s","aud":"a","nbf":400}"#, None),
            (r#"{"iss":"i","sub":"s","aud":"a","nbf":401}"#, Some(700_024)),
            ("no JSON", Some(50_027)),
        ] {
            assert_eq!(code(&trusted, claims), expected, "{claims}");
        }
        assert_eq!(code(&[], "no JSON"), None);
        assert_eq!(code(&[], r#"{"exp":100}"#), Some(700_024));
    }
}
