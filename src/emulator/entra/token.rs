//! Access tokens: real JWTs, signed with a key of this start.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};

use crate::emulator::guid;
use crate::error::{Error, Result};

/// What a token says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The audience.
    pub aud: String,
    /// `https://sts.windows.net/TENANT/`.
    pub iss: String,
    /// When it was issued; seconds.
    pub iat: i64,
    /// From when it is good; seconds.
    pub nbf: i64,
    /// Until when it is good; seconds.
    pub exp: i64,
    /// The application.
    pub appid: String,
    /// The application's object in the tenant.
    pub oid: String,
    /// The same, as the subject.
    pub sub: String,
    /// The tenant.
    pub tid: String,
    /// The version of the token's form.
    pub ver: String,
}

/// Why a token cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JWT.
    Malformed,
    /// Somebody else signed it; its header as it came.
    ForeignKey(String),
    /// It was changed after it was signed.
    BadSignature,
}

/// Issues tokens, and knows its own.
pub struct Mint {
    /// Signs; it is never written anywhere.
    key: hmac::Key,
    /// The header of every token of ours, encoded.
    header: String,
}

impl Mint {
    /// With a fresh key.
    pub fn new() -> Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| Error::internal("the operating system's random source failed"))?;
        let kid = guid::random().replace('-', "");
        let header = serde_json::json!({ "typ": "JWT", "alg": "HS256", "kid": kid });
        Ok(Self { key, header: URL_SAFE_NO_PAD.encode(header.to_string()) })
    }

    /// A signed token.
    pub fn issue(&self, claims: &Claims) -> Result<String> {
        let payload = serde_json::to_vec(claims)
            .map_err(|_| Error::internal("a token's claims cannot be written"))?;
        let text = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = hmac::sign(&self.key, text.as_bytes());
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    /// What a token of ours says; its times and its audience are not looked at.
    pub fn read(&self, token: &str) -> std::result::Result<Claims, Unreadable> {
        let (text, signature) = token.rsplit_once('.').ok_or(Unreadable::Malformed)?;
        let (header, payload) = text.split_once('.').ok_or(Unreadable::Malformed)?;
        let payload = decode(payload)?;
        serde_json::from_slice::<serde_json::Value>(&decode(header)?)
            .map_err(|_| Unreadable::Malformed)?;
        if header != self.header {
            return Err(Unreadable::ForeignKey(header.to_owned()));
        }
        hmac::verify(&self.key, text.as_bytes(), &decode(signature)?)
            .map_err(|_| Unreadable::BadSignature)?;
        serde_json::from_slice(&payload).map_err(|_| Unreadable::Malformed)
    }
}

/// A part of a token, decoded.
fn decode(part: &str) -> std::result::Result<Vec<u8>, Unreadable> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Unreadable::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::entra::tests::claims;

    #[test]
    fn a_mint_knows_its_own_tokens_and_no_others() {
        let (mint, other) = (Mint::new().expect("a mint"), Mint::new().expect("a mint"));
        let token = mint.issue(&claims()).expect("a token");
        assert_eq!(mint.read(&token).ok().map(|claims| claims.appid).as_deref(), Some("app"));
        assert!(matches!(other.read(&token).err(), Some(Unreadable::ForeignKey(_))));
        let changed = format!("{}AAAA", token.get(..token.len() - 4).expect("longer"));
        assert_eq!(mint.read(&changed).err(), Some(Unreadable::BadSignature));
        for text in ["", "a.b", "a.b.c", "...."] {
            assert_eq!(mint.read(text).err(), Some(Unreadable::Malformed), "{text}");
        }
    }
}
