//! TLS with certificates that live as long as the process: a throw-away authority, and a leaf for
//! every name that a client asks for.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};

use crate::clock::Clock;
use crate::emulator::lock::lock;
use crate::error::{Error, Result};

/// The server's side of TLS, and the certificate that clients have to trust.
pub struct Tls {
    /// For every connection.
    pub config: Arc<ServerConfig>,
    /// The authority's certificate, DER.
    pub ca_der: Vec<u8>,
    /// The same as PEM.
    pub ca_pem: String,
}

impl Tls {
    /// A new authority; a client that names no host gets a leaf for this machine and `address`.
    pub fn new(address: IpAddr) -> Result<Self> {
        let (ca, leaves) = Leaves::new(address).map_err(failed)?;
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(leaves));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let (ca_der, ca_pem) = (ca.der().to_vec(), ca.pem());
        Ok(Self { config: Arc::new(config), ca_der, ca_pem })
    }
}

/// Nothing that a user did.
fn failed(error: impl fmt::Display) -> Error {
    Error::internal(format!("the embedded vault's certificates could not be made: {error}"))
}

/// Makes and keeps the leaf of each name. All leaves share one key, so that a new name costs one
/// signature.
struct Leaves {
    /// The authority; its key is never written anywhere.
    issuer: Issuer<'static, KeyPair>,
    /// Every leaf's key …
    key: KeyPair,
    /// … and the same in the form that TLS wants.
    signing: Arc<dyn SigningKey>,
    /// For a client that names no host.
    local: Vec<String>,
    /// By name in lower case; the empty name is for `local`.
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

/// Names come from outside: past this many, the leaves are made anew.
const MAX_LEAVES: usize = 1024;

impl Leaves {
    /// A fresh authority, and no leaves yet.
    fn new(
        address: IpAddr,
    ) -> std::result::Result<(Certificate, Self), Box<dyn std::error::Error>> {
        let params = authority();
        let ca_key = KeyPair::generate()?;
        let ca = params.self_signed(&ca_key)?;
        let key = KeyPair::generate()?;
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = any_supported_type(&der)?;
        let mut local: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        if !address.is_unspecified() && !local.contains(&address.to_string()) {
            local.push(address.to_string());
        }
        let issuer = Issuer::new(params, ca_key);
        Ok((ca, Self { issuer, key, signing, local, made: Mutex::default() }))
    }

    /// The leaf for a name; none where the name is no name.
    fn get(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let key = name.unwrap_or_default().to_ascii_lowercase();
        if let Some(leaf) = lock(&self.made).get(&key) {
            return Some(leaf.clone());
        }
        let names = name.map_or_else(|| self.local.clone(), |_| vec![key.clone()]);
        let leaf = Arc::new(self.make(names).ok()?);
        let mut made = lock(&self.made);
        if made.len() >= MAX_LEAVES {
            made.clear();
        }
        made.insert(key, leaf.clone());
        Some(leaf)
    }

    /// A leaf for these names and addresses.
    fn make(&self, names: Vec<String>) -> std::result::Result<CertifiedKey, rcgen::Error> {
        let mut params = with_validity(CertificateParams::new(names)?);
        params.distinguished_name.push(DnType::CommonName, "secretzero embedded Key Vault");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Strict verifiers, such as newer Pythons, insist on it.
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&self.key, &self.issuer)?;
        Ok(CertifiedKey::new(vec![leaf.der().clone()], self.signing.clone()))
    }
}

impl fmt::Debug for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leaves")
    }
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get(hello.server_name())
    }
}

/// A certificate that may sign leaves, and no other authority.
fn authority() -> CertificateParams {
    let mut params = with_validity(CertificateParams::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, "secretzero throw-away CA");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// From a few days ago, since a client's clock may be off, to a good two years ahead, which is the
/// most that some clients take. The clients' clocks are real, so a simulated one does not count here.
fn with_validity(mut params: CertificateParams) -> CertificateParams {
    let now = Clock::system().now();
    let (year, month, day) = date(now, -3);
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now, 800);
    params.not_after = date_time_ymd(year, month, day);
    params
}

/// Year, month and day in UTC, so many days from `now`.
fn date(now: Timestamp, days: i32) -> (i32, u8, u8) {
    let date = Offset::UTC.to_datetime(now).date().saturating_add(days.days());
    (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_made_once_for_each_name_in_any_case() {
        let (_, leaves) = Leaves::new([127, 0, 0, 1].into()).expect("certificates are made");
        let first = leaves.get(Some("a.vault.azure.net")).expect("a leaf");
        let again = leaves.get(Some("A.vault.azure.net")).expect("a leaf");
        assert!(Arc::ptr_eq(&first, &again));
        let other = leaves.get(None).expect("a leaf");
        assert!(!Arc::ptr_eq(&first, &other));
    }
}
