//! Keys from passwords: PBKDF2 (RFC 8018), scrypt (RFC 7914), and PKCS#12's own way (RFC 7292,
//! appendix B).

use std::num::NonZeroU32;

use ring::digest::{self, Algorithm, Context, Digest};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::trouble::Trouble;

/// What PKCS#12 derives something for; its number goes into the derivation.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// A cipher's key.
    Key = 1,
    /// A cipher's start value.
    StartValue = 2,
    /// An authentication code's key.
    Authentication = 3,
}

/// A key by what an AlgorithmIdentifier, whose inside this is, says.
pub fn modern(
    mut derivation: Reader<'_>,
    password: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let name = derivation.content(OBJECT_IDENTIFIER).ok_or(DAMAGED)?;
    let mut parameters = derivation.enter(SEQUENCE).ok_or(DAMAGED)?;
    let salt = parameters.content(OCTET_STRING).ok_or(DAMAGED)?;
    let mut key = Zeroizing::new(vec![0; length]);
    match name {
        PBKDF2 => by_pbkdf2(parameters, password, salt, &mut key)?,
        SCRYPT => by_scrypt(parameters, password, salt, &mut key)?,
        _ => return Err(Trouble::UnknownCipher),
    }
    Ok(key)
}

fn by_pbkdf2(
    mut parameters: Reader<'_>,
    password: &[u8],
    salt: &[u8],
    key: &mut [u8],
) -> Result<(), Trouble> {
    let rounds = bounded(parameters.number())?;
    let _key_length = parameters.number();
    let function = parameters.enter(SEQUENCE).map(|mut f| f.content(OBJECT_IDENTIFIER));
    let algorithm = match function.map(|name| name.unwrap_or_default().split_last()) {
        None | Some(Some((7, HMAC))) => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(Some((9, HMAC))) => pbkdf2::PBKDF2_HMAC_SHA256,
        Some(Some((10, HMAC))) => pbkdf2::PBKDF2_HMAC_SHA384,
        Some(Some((11, HMAC))) => pbkdf2::PBKDF2_HMAC_SHA512,
        Some(_) => return Err(Trouble::UnknownCipher),
    };
    pbkdf2::derive(algorithm, rounds, salt, password, key);
    Ok(())
}

fn by_scrypt(
    mut parameters: Reader<'_>,
    password: &[u8],
    salt: &[u8],
    key: &mut [u8],
) -> Result<(), Trouble> {
    let mut number = || parameters.number().filter(|number| *number > 0).ok_or(DAMAGED);
    let (n, r, p) = (number()?, number()?, number()?);
    // Memory is 128 · n · r bytes, and each of p runs goes over it.
    if u64::from(n) * u64::from(r) * u64::from(p) > MOST_SCRYPT {
        return Err(Trouble::TooCostly);
    }
    if !n.is_power_of_two() {
        return Err(DAMAGED);
    }
    let exponent = u8::try_from(n.trailing_zeros()).map_err(|_| DAMAGED)?;
    let parameters = scrypt::Params::new(exponent, r, p).map_err(|_| DAMAGED)?;
    scrypt::scrypt(password, salt, &parameters, key).map_err(|_| DAMAGED)
}

/// Bytes by PKCS#12's own way. `password` is the wide form.
pub fn pkcs12(
    algorithm: &'static Algorithm,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let rounds = bounded(Some(rounds))?;
    let block = algorithm.block_len();
    let whole = |text: &[u8]| text.len().div_ceil(block) * block;
    let (salts, passwords) = (whole(salt), whole(password));
    let mut input = Zeroizing::new(Vec::with_capacity(salts + passwords));
    input.extend(salt.iter().cycle().take(salts));
    input.extend(password.iter().cycle().take(passwords));
    let diversifier = vec![purpose as u8; block];
    let mut derived = Zeroizing::new(Vec::with_capacity(length + algorithm.output_len()));
    while derived.len() < length {
        let digest = digest(algorithm, &diversifier, &input, rounds);
        input.chunks_mut(block).for_each(|part| add(part, digest.as_ref()));
        derived.extend_from_slice(digest.as_ref());
    }
    derived.truncate(length);
    Ok(derived)
}

fn digest(
    algorithm: &'static Algorithm,
    diversifier: &[u8],
    input: &[u8],
    rounds: NonZeroU32,
) -> Digest {
    let mut first = Context::new(algorithm);
    first.update(diversifier);
    first.update(input);
    (1..rounds.get()).fold(first.finish(), |last, _| digest::digest(algorithm, last.as_ref()))
}

/// Adds the digest, repeated to the part's length, and 1: numbers with the big end first.
fn add(part: &mut [u8], digest: &[u8]) {
    let repeated: Vec<u8> = digest.iter().copied().cycle().take(part.len()).collect();
    let mut carry = 1;
    for (byte, digest) in part.iter_mut().zip(repeated).rev() {
        let sum = u16::from(*byte) + u16::from(digest) + carry;
        let [high, low] = sum.to_be_bytes();
        (carry, *byte) = (high.into(), low);
    }
}

fn bounded(rounds: Option<u32>) -> Result<NonZeroU32, Trouble> {
    let rounds = rounds.and_then(NonZeroU32::new).ok_or(DAMAGED)?;
    if rounds.get() > MOST_ROUNDS { Err(Trouble::TooCostly) } else { Ok(rounds) }
}

const DAMAGED: Trouble = Trouble::Damaged("its encryption");

/// The most rounds of a derivation: ten times what is recommended today, and some seconds of work.
const MOST_ROUNDS: u32 = 10_000_000;
/// The most that scrypt's n · r · p may be: 128 MiB; what openssl writes needs 16 MiB.
const MOST_SCRYPT: u64 = 1 << 20;

/// 1.2.840.113549.1.5.12.
const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C];
/// 1.3.6.1.4.1.11591.4.11.
const SCRYPT: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B];
/// 1.2.840.113549.2, before the number of the digest.
const HMAC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02];

#[cfg(test)]
mod tests {
    use ring::digest::SHA1_FOR_LEGACY_USE_ONLY;

    use super::*;

    /// Vectors that have been passed on among PKCS#12 libraries: password "smeg" and "queeg".
    #[test]
    fn pkcs12_derives_what_other_libraries_derive() {
        for (purpose, password, salt, rounds, expected) in [
            (
                Purpose::Key,
                "smeg",
                "0a58cf64530d823f",
                1,
                "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3",
            ),
            (Purpose::StartValue, "smeg", "0a58cf64530d823f", 1, "79993dfe048d3b76"),
            (
                Purpose::Key,
                "queeg",
                "05dec959acff72f7",
                1_000,
                "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4",
            ),
            (Purpose::StartValue, "queeg", "05dec959acff72f7", 1_000, "11dedad7758d4860"),
        ] {
            let mut wide: Vec<u8> = password.bytes().flat_map(|byte| [0, byte]).collect();
            wide.extend([0, 0]);
            let salt = hex::decode(salt).expect("hex");
            let length = expected.len() / 2;
            let sha1 = &SHA1_FOR_LEGACY_USE_ONLY;
            let derived = pkcs12(sha1, purpose, &wide, &salt, rounds, length).expect("derived");
            assert_eq!(hex::encode(derived.as_slice()), expected, "{purpose:?} of {password}");
        }
    }

    #[test]
    fn what_costs_too_much_is_refused_before_it_is_begun() {
        let sha1 = &SHA1_FOR_LEGACY_USE_ONLY;
        let costly = pkcs12(sha1, Purpose::Key, &[0, 0], b"salt", MOST_ROUNDS + 1, 16);
        assert!(matches!(costly, Err(Trouble::TooCostly)));
        let none = pkcs12(sha1, Purpose::Key, &[0, 0], b"salt", 0, 16);
        assert!(matches!(none, Err(Trouble::Damaged(_))));
        // n = 2²⁰, r = 8, p = 1.
        let numbers = [2, 3, 0x10, 0, 0, 2, 1, 8, 2, 1, 1];
        let costly = by_scrypt(Reader::new(&numbers), b"", b"", &mut [0; 16]);
        assert!(matches!(costly, Err(Trouble::TooCostly)));
    }
}
