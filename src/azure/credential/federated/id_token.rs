//! A token that says who this job is, as it comes from a file, a variable or an endpoint.

use jiff::Timestamp;

use crate::azure::jwt::Claims;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::secret::SecretValue;

/// Takes a token over, without the blanks around it. `at` says where it comes from.
pub fn parse(text: &str, at: &str) -> Result<SecretValue> {
    let text = text.trim();
    let is_ours = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'=');
    let what = if text.is_empty() {
        "it holds no token"
    } else if text.len() > LONGEST {
        "its token has more than 64 KiB"
    } else if !text.bytes().all(is_ours) || text.split('.').count() != 3 {
        "what it holds is no id token"
    } else {
        return Ok(SecretValue::new(text.to_owned()));
    };
    let help = "an id token is three parts of letters and digits with dots between, without quotes \
                or line breaks";
    Err(Error::of(ErrorCode::IdToken, what).at(at).help(help))
}

/// A token that has ended would only be refused; `help` says how to have a newer one.
pub fn check_alive(token: &SecretValue, clock: &Clock, at: &str, help: &str) -> Result<()> {
    let (now, exp) = (clock.now(), Claims::of(token.expose()).expires);
    let Some(ended) = exp.filter(|exp| *exp <= now.as_second()) else { return Ok(()) };
    let ended = Timestamp::from_second(ended).map_or_else(|_| ended.to_string(), |t| t.to_string());
    let what = format!("the id token ended at {ended}, and this machine's clock says {now:.0}");
    Err(Error::of(ErrorCode::IdToken, what).at(at).help(help))
}

/// The longest token, in bytes.
pub const LONGEST: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_token_is_taken_without_the_blanks_around_it() {
        assert_eq!(parse(" a.b_-.c\r\n", "X").expect("a token").expose(), "a.b_-.c");
    }

    #[test]
    fn what_is_no_token_is_told_by_its_place_and_not_shown() {
        let long = format!("a.b.{}", "c".repeat(LONGEST));
        for text in ["", " \n", "\"a.b.c\"", "a.b.c\nd", "hunter2", "a.b", "a.ü.c", &long] {
            let error = parse(text, "AZURE_ID_TOKEN").expect_err("no token").to_string();
            assert!(error.starts_with("AZURE_ID_TOKEN: "), "{error}");
            assert!(!error.contains("hunter2") && error.len() < 500, "{error}");
        }
    }

    #[test]
    fn a_token_that_has_ended_is_told_with_both_times() {
        let clock = Clock::simulated(Timestamp::from_second(2_000).expect("in range"));
        let token = |payload: &str| {
            SecretValue::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)))
        };
        let error = check_alive(&token(r#"{"exp":1999}"#), &clock, "X", "y").expect_err("ended");
        assert!(error.what.contains("1970-01-01T00:33:19Z"), "{error}");
        assert!(error.what.contains("1970-01-01T00:33:20Z"), "{error}");
        assert!(check_alive(&token(r#"{"exp":2001}"#), &clock, "X", "y").is_ok());
        assert!(check_alive(&token("{}"), &clock, "X", "y").is_ok());
    }
}
