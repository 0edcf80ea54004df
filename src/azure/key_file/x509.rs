//! X.509 certificates (RFC 5280): what an assertion needs of them.

use jiff::Timestamp;
use ring::digest;

use super::der::{BIT_STRING, EXPLICIT_0, INTEGER, Reader, SEQUENCE};
use super::trouble::Trouble;

/// A certificate. Nobody is trusted because of it; it only says which key is whose.
#[derive(Debug)]
pub struct Certificate {
    /// All of it, DER.
    pub der: Vec<u8>,
    /// The name of who signed it, DER.
    pub issuer: Vec<u8>,
    /// Its own name, DER.
    pub subject: Vec<u8>,
    /// Its public key, as PKCS#1 has it for RSA.
    pub public_key: Vec<u8>,
    /// The last moment of its life.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads the certificate at the start of `bytes`.
    pub fn read(bytes: &[u8]) -> Result<Self, Trouble> {
        certificate(bytes).ok_or(Trouble::Damaged("a certificate"))
    }

    /// The SHA-256 thumbprint, which assertions name.
    pub fn sha256(&self) -> digest::Digest {
        digest::digest(&digest::SHA256, &self.der)
    }

    /// The SHA-1 thumbprint in hex, which Azure's portal shows.
    pub fn thumbprint(&self) -> String {
        hex::encode_upper(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der))
    }
}

fn certificate(bytes: &[u8]) -> Option<Certificate> {
    let whole = Reader::new(bytes).take(SEQUENCE)?;
    let mut fields = whole.inside().enter(SEQUENCE)?;
    let _version = fields.take(EXPLICIT_0);
    let _serial = fields.take(INTEGER)?;
    let _signature = fields.take(SEQUENCE)?;
    let issuer = fields.take(SEQUENCE)?;
    let mut validity = fields.enter(SEQUENCE)?.elements();
    let not_after = validity.nth(1)?;
    let subject = fields.take(SEQUENCE)?;
    let mut key = fields.enter(SEQUENCE)?;
    let _algorithm = key.take(SEQUENCE)?;
    let bits = key.content(BIT_STRING)?;
    Some(Certificate {
        der: whole.whole.to_vec(),
        issuer: issuer.whole.to_vec(),
        subject: subject.whole.to_vec(),
        public_key: bits.strip_prefix(&[0])?.to_vec(),
        not_after: time(not_after.tag, not_after.content)?,
    })
}

/// A time of the form YYMMDDhhmmssZ (1950 to 2049) or YYYYMMDDhhmmssZ.
fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let digits = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let is_time = digits.bytes().all(|byte| byte.is_ascii_digit());
    let century = match tag {
        UTC_TIME if digits.len() == 12 && digits < "50" => "20",
        UTC_TIME if digits.len() == 12 => "19",
        GENERALIZED_TIME if digits.len() == 14 => "",
        _ => return None,
    };
    let digits = format!("{century}{digits}");
    // "No end" (RFC 5280, section 4.1.2.5) lies past the last moment that a timestamp can hold.
    if is_time && digits.starts_with("9999") {
        return Some(Timestamp::MAX);
    }
    let (date, time) = digits.split_at_checked(8)?;
    format!("{date}T{time}Z").parse().ok()
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_or_four_digits_for_the_year() {
        for (tag, text, expected) in [
            (UTC_TIME, "261124100000Z", Some("2026-11-24T10:00:00Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20500101000000Z", Some("2050-01-01T00:00:00Z")),
            (UTC_TIME, "20500101000000Z", None),
            (UTC_TIME, "261324100000Z", None),
            (UTC_TIME, "2611241000", None),
            (GENERALIZED_TIME, "ü20500101000Z", None),
        ] {
            let found = time(tag, text.as_bytes()).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        let never = time(GENERALIZED_TIME, b"99991231235959Z");
        assert_eq!(never, Some(Timestamp::MAX));
    }

    #[test]
    fn what_is_no_certificate_is_damage() {
        for bytes in [&b""[..], b"hello", &[0x30, 0x80], &[0x30, 2, 0x30, 0]] {
            assert!(matches!(Certificate::read(bytes), Err(Trouble::Damaged(_))), "{bytes:?}");
        }
    }
}
