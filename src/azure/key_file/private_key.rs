//! Private keys: PKCS#1 and PKCS#8 (RFC 8017, RFC 5208), encrypted or not.

use ring::rsa::KeyPair;

use super::der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::encryption::{self, Password};
use super::trouble::Trouble;

/// An RSA key that can sign.
pub type PrivateKey = KeyPair;

/// A key that says itself what it is.
pub fn pkcs8(der: &[u8]) -> Result<PrivateKey, Trouble> {
    let (algorithm, key) = unwrap(der).ok_or(DAMAGED)?;
    match algorithm {
        RSA => pkcs1(key),
        EC => Err(Trouble::NotRsa("an elliptic-curve key")),
        _ => Err(Trouble::NotRsa("of another kind")),
    }
}

/// An RSA key.
pub fn pkcs1(der: &[u8]) -> Result<PrivateKey, Trouble> {
    // The reason is one of the library's fixed words, such as `TooSmall`.
    KeyPair::from_der(der).map_err(|reason| Trouble::KeyRefused(reason.to_string()))
}

/// A key of the form of [`pkcs8`] that a password protects.
pub fn encrypted(der: &[u8], password: Password<'_>) -> Result<PrivateKey, Trouble> {
    let mut fields = Reader::new(der).enter(SEQUENCE).ok_or(DAMAGED)?;
    let algorithm = fields.take(SEQUENCE).ok_or(DAMAGED)?;
    let data = fields.octets(OCTET_STRING).ok_or(DAMAGED)?;
    let opened = encryption::decrypt(algorithm.inside(), data, password)?;
    // One wrong password in 256 leaves something that seems whole.
    if unwrap(&opened).is_none() {
        return Err(password.wrong());
    }
    pkcs8(&opened)
}

/// The algorithm's name, and the key in the algorithm's own form.
fn unwrap(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(der).enter(SEQUENCE)?;
    let _version = fields.take(INTEGER)?;
    let algorithm = fields.enter(SEQUENCE)?.content(OBJECT_IDENTIFIER)?;
    Some((algorithm, fields.content(OCTET_STRING)?))
}

const DAMAGED: Trouble = Trouble::Damaged("the private key");

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// ecPublicKey, 1.2.840.10045.2.1.
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
