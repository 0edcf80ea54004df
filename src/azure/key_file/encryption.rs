//! Password protection: PBES2 (RFC 8018, RFC 7914), and the older schemes of PKCS#12 (RFC 7292).

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
use zeroize::Zeroizing;

use super::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::derive::{self, Purpose};
use super::trouble::Trouble;

/// A password in the forms in which the schemes take it.
#[derive(Clone, Copy)]
pub struct Password<'a> {
    /// UTF-8; empty where there is none.
    pub text: &'a str,
    /// What [`wide`] makes of it, for the older schemes of PKCS#12.
    pub wide: &'a [u8],
}

/// What decrypts: block ciphers in CBC mode with the padding of PKCS#7.
#[derive(Debug, Clone, Copy)]
enum Cipher {
    /// AES of the key's size.
    Aes,
    /// Triple DES with two or three keys.
    TripleDes,
    /// RC2 with as many effective bits as the key has.
    Rc2,
}

/// All that decrypts a piece of data.
struct Opener {
    /// The cipher.
    cipher: Cipher,
    /// Its key.
    key: Zeroizing<Vec<u8>>,
    /// Its start value.
    iv: Vec<u8>,
}

impl Password<'_> {
    /// What to say where it did not open something.
    pub fn wrong(&self) -> Trouble {
        if self.text.is_empty() { Trouble::PasswordNeeded } else { Trouble::WrongPassword }
    }
}

/// A password in UTF-16, big end first, with a zero at the end.
pub fn wide(password: &str) -> Zeroizing<Vec<u8>> {
    let mut wide = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    wide.extend(password.encode_utf16().flat_map(u16::to_be_bytes));
    wide.extend([0, 0]);
    wide
}

/// Decrypts data. `algorithm` is the inside of an AlgorithmIdentifier.
pub fn decrypt(
    mut algorithm: Reader<'_>,
    data: Zeroizing<Vec<u8>>,
    password: Password<'_>,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let name = algorithm.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
    let parameters = algorithm.enter(SEQUENCE).ok_or(Trouble::UnknownCipher)?;
    let opener = match name.split_last() {
        _ if name == PBES2 => modern(parameters, password)?,
        Some((scheme, PKCS12_PBE)) => old(*scheme, parameters, password)?,
        _ => return Err(Trouble::UnknownCipher),
    };
    opener.open(data).ok_or_else(|| password.wrong())
}

/// PBES2: a key derivation and a cipher, each with its parameters.
fn modern(mut parameters: Reader<'_>, password: Password<'_>) -> Result<Opener, Trouble> {
    let derivation = parameters.enter(SEQUENCE).ok_or(DAMAGED)?;
    let mut scheme = parameters.enter(SEQUENCE).ok_or(DAMAGED)?;
    let (cipher, length, block) = match scheme.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)? {
        AES_128 => (Cipher::Aes, 16, 16),
        AES_192 => (Cipher::Aes, 24, 16),
        AES_256 => (Cipher::Aes, 32, 16),
        TRIPLE_DES => (Cipher::TripleDes, 24, 8),
        _ => return Err(Trouble::UnknownCipher),
    };
    let iv = scheme.content(OCTET_STRING).filter(|iv| iv.len() == block).ok_or(DAMAGED)?;
    let key = derive::modern(derivation, password.text.as_bytes(), length)?;
    Ok(Opener { cipher, key, iv: iv.to_vec() })
}

/// The schemes of PKCS#12 by their last number; those with RC4 were hardly ever used.
fn old(scheme: u8, mut parameters: Reader<'_>, password: Password<'_>) -> Result<Opener, Trouble> {
    let (cipher, length) = match scheme {
        3 => (Cipher::TripleDes, 24),
        4 => (Cipher::TripleDes, 16),
        5 => (Cipher::Rc2, 16),
        6 => (Cipher::Rc2, 5),
        _ => return Err(Trouble::UnknownCipher),
    };
    let salt = parameters.content(OCTET_STRING).ok_or(DAMAGED)?;
    let rounds = parameters.number().ok_or(DAMAGED)?;
    let derive = |purpose, length| {
        derive::pkcs12(&SHA1_FOR_LEGACY_USE_ONLY, purpose, password.wide, salt, rounds, length)
    };
    let key = derive(Purpose::Key, length)?;
    let iv = derive(Purpose::StartValue, 8)?.to_vec();
    Ok(Opener { cipher, key, iv })
}

impl Opener {
    fn open(&self, data: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
        match (self.cipher, self.key.len()) {
            (Cipher::Aes, 16) => self.unpad(Aes128::new_from_slice(&self.key).ok()?, data),
            (Cipher::Aes, 24) => self.unpad(Aes192::new_from_slice(&self.key).ok()?, data),
            (Cipher::Aes, _) => self.unpad(Aes256::new_from_slice(&self.key).ok()?, data),
            (Cipher::TripleDes, 16) => self.unpad(TdesEde2::new_from_slice(&self.key).ok()?, data),
            (Cipher::TripleDes, _) => self.unpad(TdesEde3::new_from_slice(&self.key).ok()?, data),
            (Cipher::Rc2, length) => {
                self.unpad(Rc2::new_with_eff_key_len(&self.key, length * 8), data)
            }
        }
    }

    fn unpad(
        &self,
        cipher: impl BlockCipherDecrypt,
        mut data: Zeroizing<Vec<u8>>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let cbc = Decryptor::inner_iv_slice_init(cipher, &self.iv).ok()?;
        let length = cbc.decrypt_padded::<Pkcs7>(&mut data).ok()?.len();
        data.truncate(length);
        Some(data)
    }
}

const DAMAGED: Trouble = Trouble::Damaged("its encryption");

/// 1.2.840.113549.1.5.13.
const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D];
/// 1.2.840.113549.1.12.1, before the scheme's number.
const PKCS12_PBE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01];
/// 2.16.840.1.101.3.4.1.2, in CBC mode like the others.
const AES_128: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02];
/// 2.16.840.1.101.3.4.1.22.
const AES_192: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16];
/// 2.16.840.1.101.3.4.1.42.
const AES_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A];
/// 1.2.840.113549.3.7.
const TRIPLE_DES: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x03, 0x07];
