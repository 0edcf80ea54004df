//! What ties a code that a browser brings to the program that asked for it (RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::SecretValue;

/// A random text, and its digest, which alone the browser sees.
pub struct Pkce {
    verifier: SecretValue,
    challenge: String,
}

impl Pkce {
    /// A new one.
    pub fn new() -> Result<Self> {
        let verifier = random()?;
        let challenge = challenge(&verifier);
        Ok(Self { verifier, challenge })
    }

    /// What the code is redeemed with.
    pub fn verifier(&self) -> &SecretValue {
        &self.verifier
    }

    /// What it is asked for with, by the method S256.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// 256 random bits as 43 characters that no URL escapes.
pub fn random() -> Result<SecretValue> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rngs::SysRng
        .try_fill_bytes(bytes.as_mut_slice())
        .map_err(|_| Error::internal("the operating system's random source failed"))?;
    Ok(SecretValue::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

fn challenge(verifier: &SecretValue) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        let verifier = SecretValue::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_are_the_same() {
        let (one, two) = (Pkce::new().expect("random"), Pkce::new().expect("random"));
        assert_eq!(one.verifier().expose().len(), 43);
        assert!(!one.verifier().same(two.verifier()));
    }
}
