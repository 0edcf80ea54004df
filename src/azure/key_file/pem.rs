//! PEM (RFC 7468): certificates and keys in one text, in any order.
//!
//! The readers that the tree has leave copies of a key behind, and pass over what we must speak of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::encryption::Password;
use super::private_key::{self, PrivateKey};
use super::trouble::Trouble;
use super::x509::Certificate;
use super::{Found, MOST_PARTS};

/// A labelled part of a text.
struct Section<'a> {
    /// What it says it is.
    label: &'a [u8],
    /// Base64 with line breaks, and headers before it in files of before RFC 7468.
    text: &'a [u8],
}

/// Whether this is PEM, perhaps with other text before it.
pub fn is_pem(bytes: &[u8]) -> bool {
    find(bytes, BEGIN).is_some()
}

/// All keys and certificates; other parts are passed over.
pub fn read(bytes: &[u8], password: Password<'_>) -> Result<Found, Trouble> {
    let mut found = Found::default();
    for section in sections(bytes)? {
        if section.label.ends_with(b"CERTIFICATE") {
            let der = section.decode().ok_or(Trouble::Damaged("a certificate"))?;
            found.certificates.push(Certificate::read(&der)?);
        } else if section.label.ends_with(b"PRIVATE KEY") {
            if found.keys.len() == MOST_PARTS {
                return Err(Trouble::TooMany(MOST_PARTS));
            }
            found.keys.push(key(&section, password));
        }
    }
    Ok(found)
}

fn key(section: &Section<'_>, password: Password<'_>) -> Result<PrivateKey, Trouble> {
    if find(section.text, b"Proc-Type:").is_some() {
        return Err(Trouble::OldPem);
    }
    let der = || section.decode().ok_or(Trouble::Damaged("the private key"));
    match section.label {
        b"PRIVATE KEY" => private_key::pkcs8(&der()?),
        b"ENCRYPTED PRIVATE KEY" => private_key::encrypted(&der()?, password),
        b"RSA PRIVATE KEY" => private_key::pkcs1(&der()?),
        b"EC PRIVATE KEY" => Err(Trouble::NotRsa("an elliptic-curve key")),
        b"OPENSSH PRIVATE KEY" => Err(Trouble::NotRsa("an SSH key")),
        _ => Err(Trouble::NotRsa("of another kind")),
    }
}

/// Line breaks are not counted on: some pipelines turn them into blanks.
fn sections(bytes: &[u8]) -> Result<Vec<Section<'_>>, Trouble> {
    let mut sections = Vec::new();
    let mut rest = bytes;
    while let Some((_, after)) = split(rest, BEGIN) {
        let damaged = Trouble::Damaged("the end of a PEM part");
        let part = split(after, DASHES).and_then(|(label, body)| {
            let (text, after) = split(body, END)?;
            let after = after.strip_prefix(label)?.strip_prefix(DASHES)?;
            Some((Section { label, text }, after))
        });
        let (section, after) = part.ok_or(damaged)?;
        sections.push(section);
        rest = after;
    }
    Ok(sections)
}

impl Section<'_> {
    fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        base64(self.text)
    }
}

/// Decodes base64 with line breaks and blanks in it.
pub fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut dense = Zeroizing::new(Vec::with_capacity(text.len()));
    dense.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Zeroizing::new(Vec::with_capacity(dense.len()));
    STANDARD.decode_vec(dense.as_slice(), &mut bytes).ok()?;
    Some(bytes)
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = find(text, at)?;
    Some((&text[..start], &text[start + at.len()..]))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Result<Vec<String>, Trouble> {
        let label = |section: &Section<'_>| String::from_utf8_lossy(section.label).into_owned();
        Ok(sections(text.as_bytes())?.iter().map(label).collect())
    }

    #[test]
    fn parts_are_found_among_other_text_and_without_line_breaks() {
        let text = "Bag Attributes\n  a: b\n-----BEGIN A-----\nAAAA\n-----END A-----\r\n\
                    -----BEGIN B C----- AAAA AAAA -----END B C-----";
        assert_eq!(labels(text).expect("two"), ["A", "B C"]);
        assert_eq!(base64(b" AAAA\r\nAA== ").expect("decodes").len(), 4);
    }

    #[test]
    fn a_part_that_does_not_end_is_damage() {
        for text in ["-----BEGIN A", "-----BEGIN A-----\nAA", "-----BEGIN A-----\n-----END B-----"]
        {
            assert!(matches!(labels(text), Err(Trouble::Damaged(_))), "{text}");
        }
    }
}
