//! An application's word that it is itself: a JWT, signed with its certificate's key.
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::RSA_PSS_SHA256;
use serde::Serialize;
use zeroize::Zeroizing;

use super::key_file::{Certificate, KeyFile};
use crate::error::{Error, Kind, Result};
use crate::http;
use crate::secret::SecretValue;

/// Signs assertions.
pub struct Signer {
    /// The key, and the certificates to name.
    file: KeyFile,
    /// The same for every assertion; base64url.
    header: String,
}

/// What the signature is, and whose.
#[derive(Serialize)]
struct Header<'a> {
    /// The signature's algorithm.
    alg: &'a str,
    /// What this is.
    typ: &'a str,
    /// The certificate's SHA-256, base64url.
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
    /// The certificates themselves, base64, for an application that trusts a name and its issuer.
    #[serde(rename = "x5c", skip_serializing_if = "Option::is_none")]
    chain: Option<Vec<String>>,
}

/// What is said. Times are seconds since 1970.
#[derive(Serialize)]
struct Claims<'a> {
    /// The token endpoint.
    aud: &'a str,
    /// The application, which speaks …
    iss: &'a str,
    /// … of itself.
    sub: &'a str,
    /// Different in each.
    jti: String,
    /// When it was made.
    iat: i64,
    /// From when it serves.
    nbf: i64,
    /// Until when it serves.
    exp: i64,
}

impl Signer {
    /// A signer with this key. `send_chain`: each assertion carries the certificates.
    pub fn new(file: KeyFile, send_chain: bool) -> Result<Self> {
        let chain = std::iter::once(&file.leaf).chain(&file.issuers);
        let chain = send_chain.then(|| chain.map(|one| STANDARD.encode(&one.der)).collect());
        let thumbprint = URL_SAFE_NO_PAD.encode(file.leaf.sha256());
        let header = part(&Header { alg: "PS256", typ: "JWT", thumbprint, chain })?;
        Ok(Self { file, header })
    }

    /// A new assertion of `client` for the token endpoint `audience`.
    pub fn assertion(&self, client: &str, audience: &str, now: Timestamp) -> Result<SecretValue> {
        let now = now.as_second();
        let claims = part(&Claims {
            aud: audience,
            iss: client,
            sub: client,
            jti: http::guid(),
            iat: now,
            nbf: now,
            exp: now + LIVES,
        })?;
        let mut text =
            Zeroizing::new(String::with_capacity(self.header.len() + claims.len() + SIGNATURE));
        text.push_str(&self.header);
        text.push('.');
        text.push_str(&claims);
        let signature = self.sign(text.as_bytes())?;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        Ok(SecretValue::new(std::mem::take(&mut *text)))
    }

    /// The certificate that the assertions name.
    pub fn certificate(&self) -> &Certificate {
        &self.file.leaf
    }

    /// PSS with SHA-256 and a salt of as many bytes (RFC 7518, section 3.5).
    fn sign(&self, text: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.file.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.file.key.sign(&RSA_PSS_SHA256, &random, text, &mut signature).map_err(|_| {
            let what = "the operating system's random source failed while an assertion was signed";
            Error::new(Kind::SignIn, what).help("run again; if it fails again, the machine is ill")
        })?;
        Ok(signature)
    }
}

fn part(part: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(part).map_err(|_| Error::internal("no JSON for an assertion"))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// How long an assertion serves, in seconds: longer than a sign-in with all its tries, and as short as
/// Microsoft advises.
const LIVES: i64 = 600;
/// Room for a signature of 4096 bits and two dots, in base64url.
const SIGNATURE: usize = 700;

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::Clock;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/certificates/pkcs8.pem");
    const AUDIENCE: &str = "https://login.example.net/t/oauth2/v2.0/token";

    fn signer(send_chain: bool) -> Signer {
        let file = KeyFile::open(FILE, None, &Clock::system()).expect("opens");
        Signer::new(file, send_chain).expect("a signer")
    }

    fn assertion(signer: &Signer) -> SecretValue {
        let now = Timestamp::from_second(1_800_000_000).expect("in range");
        signer.assertion("app", AUDIENCE, now).expect("signed")
    }

    fn json(text: &str) -> Value {
        let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn an_assertion_says_who_speaks_to_whom_and_for_ten_minutes() {
        let signer = signer(false);
        let text = assertion(&signer);
        let parts: Vec<&str> = text.expose().split('.').collect();
        let [header, claims, _] = parts[..] else { panic!("no three parts") };
        let thumbprint = URL_SAFE_NO_PAD.encode(signer.certificate().sha256());
        let expected = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
        assert_eq!(json(header), expected);
        let claims = json(claims);
        assert_eq!((&claims["aud"], &claims["iss"]), (&json!(AUDIENCE), &json!("app")));
        assert_eq!(
            (&claims["sub"], claims["jti"].as_str().map(str::len)),
            (&json!("app"), Some(36))
        );
        assert_eq!(
            (&claims["iat"], &claims["nbf"]),
            (&json!(1_800_000_000), &json!(1_800_000_000))
        );
        assert_eq!(claims["exp"], json!(1_800_000_600));
    }

    #[test]
    fn the_certificates_key_verifies_the_signature() {
        let signer = signer(false);
        let text = assertion(&signer);
        let (said, signature) = text.expose().rsplit_once('.').expect("parts");
        let key = UnparsedPublicKey::new(
            &RSA_PSS_2048_8192_SHA256,
            signer.certificate().public_key.as_slice(),
        );
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        assert!(key.verify(said.as_bytes(), &signature).is_ok());
    }

    #[test]
    fn each_assertion_is_another_one() {
        let signer = signer(false);
        assert!(!assertion(&signer).same(&assertion(&signer)));
    }

    #[test]
    fn the_chain_goes_along_only_when_asked_for_and_the_own_certificate_is_its_first() {
        let signer = signer(true);
        let text = assertion(&signer);
        let header = json(text.expose().split('.').next().expect("a header"));
        let own = STANDARD.encode(&signer.certificate().der);
        assert_eq!(header["x5c"][0], json!(own));
        assert_eq!(header["x5c"].as_array().map(Vec::len), Some(2));
    }
}
