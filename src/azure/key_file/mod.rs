//! An application's certificate and private key in a file: PEM or PKCS#12. All that can be wrong with
//! it is found here, before anybody is asked.

use std::fs::File;
use std::io::Read;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::Result;
use crate::secret::SecretValue;

mod der;
mod derive;
mod encryption;
mod pem;
mod pfx;
mod private_key;
#[cfg(test)]
mod tests;
mod trouble;
mod x509;

use encryption::Password;
use private_key::PrivateKey;
use trouble::Trouble;
pub use x509::Certificate;

/// A key that can sign, and the certificates that say whose it is.
pub struct KeyFile {
    /// RSA.
    pub key: PrivateKey,
    /// The key's own certificate.
    pub leaf: Certificate,
    /// The certificate of who signed it, of who signed that one and so on, as far as the file goes.
    pub issuers: Vec<Certificate>,
}

/// What a file holds.
#[derive(Default)]
struct Found {
    /// In the file's order; some may be of no use.
    keys: Vec<std::result::Result<PrivateKey, Trouble>>,
    /// In the file's order.
    certificates: Vec<Certificate>,
}

impl KeyFile {
    /// Reads the file, and makes sure that it serves now.
    pub fn open(path: &str, password: Option<&SecretValue>, clock: &Clock) -> Result<Self> {
        let file = bytes(path).and_then(|bytes| Self::read(&bytes, password));
        file.and_then(|file| file.alive(clock.now())).map_err(|trouble| trouble.at(path))
    }

    fn read(bytes: &[u8], password: Option<&SecretValue>) -> std::result::Result<Self, Trouble> {
        if pem::is_pem(bytes) {
            let text = password.map(SecretValue::expose).unwrap_or_default();
            let wide = encryption::wide(text);
            return pem::read(bytes, Password { text, wide: &wide })?.pair();
        }
        // Key Vault hands a certificate out as the base64 text of its PKCS#12 file.
        match pem::base64(bytes) {
            Some(decoded) => pfx::read(&decoded, password)?.pair(),
            None => pfx::read(bytes, password)?.pair(),
        }
    }

    fn alive(self, now: Timestamp) -> std::result::Result<Self, Trouble> {
        let end = self.leaf.not_after;
        if end < now { Err(Trouble::Expired(end)) } else { Ok(self) }
    }
}

impl Found {
    /// The first key that has a certificate, with its chain; else why there is none.
    fn pair(mut self) -> std::result::Result<KeyFile, Trouble> {
        let mut trouble = None;
        for key in std::mem::take(&mut self.keys) {
            let paired = key.and_then(|key| match self.take(|one| is_of(one, &key)) {
                Some(leaf) => Ok((key, leaf)),
                None if self.certificates.is_empty() => Err(Trouble::NoCertificate),
                None => Err(Trouble::NotTogether),
            });
            match paired {
                Ok((key, leaf)) => {
                    let issuers = self.issuers(&leaf);
                    return Ok(KeyFile { key, leaf, issuers });
                }
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        Err(trouble.unwrap_or(Trouble::NoKey))
    }

    fn issuers(&mut self, leaf: &Certificate) -> Vec<Certificate> {
        let mut name = leaf.issuer.clone();
        let next = || {
            let issuer = self.take(|one| one.subject == name)?;
            name.clone_from(&issuer.issuer);
            Some(issuer)
        };
        std::iter::from_fn(next).collect()
    }

    fn take(&mut self, wanted: impl Fn(&Certificate) -> bool) -> Option<Certificate> {
        let at = self.certificates.iter().position(wanted)?;
        Some(self.certificates.remove(at))
    }
}

fn is_of(certificate: &Certificate, key: &PrivateKey) -> bool {
    certificate.public_key == key.public().as_ref()
}

fn bytes(path: &str) -> std::result::Result<Zeroizing<Vec<u8>>, Trouble> {
    let file = File::open(path).map_err(Trouble::Unreadable)?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(Trouble::Folder);
    }
    // Room for all at once, so that no copy of a key stays behind when it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(Trouble::Unreadable)?;
    if bytes.len() > ROOM - 1 { Err(Trouble::TooLarge(MOST_BYTES)) } else { Ok(bytes) }
}

/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// The same, and one byte more that tells of a larger one.
const ROOM: usize = (1 << 20) + 1;
/// The most keys, or encrypted parts, of a file: each costs the deriving of a key.
const MOST_PARTS: usize = 8;
