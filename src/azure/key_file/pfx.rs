//! PKCS#12 (RFC 7292), also called PFX.

use ring::hmac;
use zeroize::Zeroizing;

use super::der::{
    EXPLICIT_0, Element, IMPLICIT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE,
};
use super::derive::{self, Purpose};
use super::encryption::{self, Password};
use super::private_key;
use super::trouble::Trouble;
use super::x509::Certificate;
use super::{Found, MOST_PARTS};
use crate::secret::SecretValue;

/// All keys and certificates; other bags are passed over.
pub fn read(bytes: &[u8], password: Option<&SecretValue>) -> Result<Found, Trouble> {
    let (parts, code) = open(bytes).ok_or(Trouble::UnknownForm)?;
    let text = password.map(SecretValue::expose).unwrap_or_default();
    let forms = wide_forms(text);
    let wide = authentic(&parts, code, &forms)?;
    let wide = wide.ok_or(Password { text, wide: &[] }.wrong())?;
    let mut found = Found::default();
    let parts = Reader::new(&parts).enter(SEQUENCE).ok_or(DAMAGED)?;
    for (at, part) in parts.elements().enumerate() {
        if at == MOST_PARTS {
            return Err(Trouble::TooMany(MOST_PARTS));
        }
        content(part, Password { text, wide }, &mut found)?;
    }
    Ok(found)
}

/// The inside: the parts, as a sequence, and the code that authenticates them.
fn open(bytes: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Option<Reader<'_>>)> {
    let mut pfx = Reader::new(bytes).enter(SEQUENCE)?;
    let _version = pfx.take(INTEGER)?;
    let mut content = pfx.enter(SEQUENCE)?;
    let kind = content.content(OBJECT_IDENTIFIER)?;
    let parts = content.enter(EXPLICIT_0)?.octets(OCTET_STRING)?;
    (kind == DATA).then(|| (parts, pfx.enter(SEQUENCE)))
}

/// No password is the end's zero alone for some, and nothing at all for others.
fn wide_forms(password: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![encryption::wide(password)];
    if password.is_empty() {
        forms.push(Zeroizing::default());
    }
    forms
}

/// The form of the password that the parts are authentic with, if any is; the first where there is
/// no code to check.
fn authentic<'f>(
    parts: &[u8],
    code: Option<Reader<'_>>,
    forms: &'f [Zeroizing<Vec<u8>>],
) -> Result<Option<&'f [u8]>, Trouble> {
    let Some(code) = code else {
        return Ok(forms.first().map(|form| form.as_slice()));
    };
    for form in forms {
        if is_authentic(parts, code, form)? {
            return Ok(Some(form));
        }
    }
    Ok(None)
}

fn is_authentic(parts: &[u8], mut code: Reader<'_>, password: &[u8]) -> Result<bool, Trouble> {
    let mut digest = code.enter(SEQUENCE).ok_or(DAMAGED)?;
    let mut algorithm = digest.enter(SEQUENCE).ok_or(DAMAGED)?;
    let algorithm = match algorithm.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)? {
        SHA_1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        SHA_256 => hmac::HMAC_SHA256,
        SHA_384 => hmac::HMAC_SHA384,
        SHA_512 => hmac::HMAC_SHA512,
        _ => return Err(Trouble::UnknownCipher),
    };
    let tag = digest.content(OCTET_STRING).ok_or(DAMAGED)?;
    let salt = code.content(OCTET_STRING).ok_or(DAMAGED)?;
    let rounds = code.number().unwrap_or(1);
    let digest = algorithm.digest_algorithm();
    let length = digest.output_len();
    let key = derive::pkcs12(digest, Purpose::Authentication, password, salt, rounds, length)?;
    Ok(hmac::verify(&hmac::Key::new(algorithm, &key), parts, tag).is_ok())
}

/// One part: bags, encrypted or not.
fn content(part: Element<'_>, password: Password<'_>, found: &mut Found) -> Result<(), Trouble> {
    let mut fields = part.inside();
    let kind = fields.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
    let mut value = fields.enter(EXPLICIT_0).ok_or(DAMAGED)?;
    let bags = match kind {
        DATA => value.octets(OCTET_STRING).ok_or(DAMAGED)?,
        ENCRYPTED_DATA => decrypted(value, password)?,
        // Encrypted for somebody's key, as Windows does for its own accounts.
        _ => return Err(Trouble::UnknownCipher),
    };
    let bags = Reader::new(&bags).enter(SEQUENCE).ok_or(DAMAGED)?;
    bags.elements().try_for_each(|element| bag(element, password, found))
}

fn decrypted(mut value: Reader<'_>, password: Password<'_>) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let mut data = value.enter(SEQUENCE).ok_or(DAMAGED)?;
    let _version = data.take(INTEGER).ok_or(DAMAGED)?;
    let mut content = data.enter(SEQUENCE).ok_or(DAMAGED)?;
    let _kind = content.take(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
    let algorithm = content.enter(SEQUENCE).ok_or(DAMAGED)?;
    let bytes = content.octets(IMPLICIT_0).ok_or(DAMAGED)?;
    encryption::decrypt(algorithm, bytes, password)
}

fn bag(bag: Element<'_>, password: Password<'_>, found: &mut Found) -> Result<(), Trouble> {
    let mut fields = bag.inside();
    let kind = fields.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
    let mut value = fields.enter(EXPLICIT_0).ok_or(DAMAGED)?;
    let Some((kind, BAG)) = kind.split_last() else {
        return Ok(());
    };
    match *kind {
        KEY | ENCRYPTED_KEY if found.keys.len() == MOST_PARTS => {
            return Err(Trouble::TooMany(MOST_PARTS));
        }
        KEY => {
            let key = value.take(SEQUENCE).ok_or(DAMAGED)?;
            found.keys.push(private_key::pkcs8(key.whole));
        }
        ENCRYPTED_KEY => {
            let key = value.take(SEQUENCE).ok_or(DAMAGED)?;
            found.keys.push(private_key::encrypted(key.whole, password));
        }
        CERTIFICATE => {
            let mut fields = value.enter(SEQUENCE).ok_or(DAMAGED)?;
            let _kind = fields.take(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
            let mut value = fields.enter(EXPLICIT_0).ok_or(DAMAGED)?;
            let der = value.octets(OCTET_STRING).ok_or(DAMAGED)?;
            found.certificates.push(Certificate::read(&der)?);
        }
        _ => {}
    }
    Ok(())
}

const DAMAGED: Trouble = Trouble::Damaged("its PKCS#12 structure");

/// 1.2.840.113549.1.7.1.
const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// 1.2.840.113549.1.7.6.
const ENCRYPTED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x06];
/// 1.2.840.113549.1.12.10.1, before the bag's number.
const BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01];
/// A key in the form of PKCS#8.
const KEY: u8 = 1;
/// The same, encrypted by itself.
const ENCRYPTED_KEY: u8 = 2;
/// A certificate.
const CERTIFICATE: u8 = 3;
/// 1.3.14.3.2.26.
const SHA_1: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];
/// 2.16.840.1.101.3.4.2.1.
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 2.16.840.1.101.3.4.2.2.
const SHA_384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// 2.16.840.1.101.3.4.2.3.
const SHA_512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
