//! The certificate authorities that are trusted: Mozilla's, and those that the environment and the
//! command line add.

use std::collections::BTreeSet;
use std::path::Path;

use rustls::RootCertStore;
use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;

/// The built-in roots, those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and `extra` (name and PEM).
pub fn real(env: &Env, extra: &[(String, Vec<u8>)]) -> Result<Vec<Certificate<'static>>> {
    let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let mut added = BTreeSet::new();
    if let Some(path) = env.get("SSL_CERT_FILE") {
        added.extend(named(path, &read(path)?)?);
    }
    for folder in env.get("SSL_CERT_DIR").iter().flat_map(|folders| folders.split(':')) {
        added.extend(in_folder(folder)?);
    }
    for (name, pem) in extra {
        added.extend(named(name, pem)?);
    }
    added.retain(|der| !built_in.iter().any(|root| **root == **der));
    // Those that are built in stay where they are.
    let built_in = built_in.iter().map(|root| Certificate::from_der(root));
    Ok(built_in.chain(added.iter().map(|der| Certificate::from_der(der).to_owned())).collect())
}

/// The certificates of a file that somebody named; one at least, and each must be one.
fn named(name: &str, pem: &[u8]) -> Result<Vec<Vec<u8>>> {
    let found = certificates(pem);
    let bad = Error::of(ErrorCode::NetworkSetting, "it holds no certificate in PEM form").at(name);
    let bad = bad.help("a certificate begins with -----BEGIN CERTIFICATE-----");
    if found.is_empty() || found.iter().any(|der| !is_root(der)) { Err(bad) } else { Ok(found) }
}

/// The certificates of a folder, which may hold other files, too.
fn in_folder(folder: &str) -> Result<Vec<Vec<u8>>> {
    let unreadable = |error: std::io::Error| {
        Error::of(ErrorCode::NetworkSetting, format!("the folder cannot be read: {error}"))
            .at(format!("SSL_CERT_DIR: {folder}"))
            .help("name a folder of certificates, or unset the variable")
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if let Some(pem) = small_file(&path) {
            found.extend(certificates(&pem).into_iter().filter(|der| is_root(der)));
        }
    }
    Ok(found)
}

fn small_file(path: &Path) -> Option<Vec<u8>> {
    let is_file =
        std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= MAX_FILE);
    is_file.then(|| std::fs::read(path).ok())?
}

fn read(path: &str) -> Result<Vec<u8>> {
    let at = format!("SSL_CERT_FILE: {path}");
    let help = "name a file of certificates, or unset the variable";
    match std::fs::metadata(path).and_then(|about| {
        if about.len() > MAX_FILE { Ok(None) } else { std::fs::read(path).map(Some) }
    }) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Error::of(
            ErrorCode::NetworkSetting,
            format!("the file has more than {MAX_FILE} bytes"),
        )
        .at(at)),
        Err(error) => {
            Err(Error::of(ErrorCode::NetworkSetting, format!("it cannot be read: {error}"))
                .at(at)
                .help(help))
        }
    }
}

fn certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate.der().to_vec()),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

/// ureq passes silently over what rustls cannot use.
fn is_root(der: &[u8]) -> bool {
    RootCertStore::empty().add(der.to_vec().into()).is_ok()
}

/// The largest file of certificates, in bytes.
const MAX_FILE: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_named() {
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let extra = [("ca.pem".to_owned(), text.as_bytes().to_vec())];
            let error = real(&Env::default(), &extra).expect_err(text);
            assert_eq!(error.at.as_deref(), Some("ca.pem"));
        }
    }

    #[test]
    fn a_file_that_the_environment_names_must_be_there() {
        let env = Env::new([("SSL_CERT_FILE".to_owned(), "/nowhere/ca.pem".to_owned())]);
        let error = real(&env, &[]).expect_err("missing");
        assert!(error.to_string().starts_with("SSL_CERT_FILE: /nowhere/ca.pem: "), "{error}");
    }

    #[test]
    fn mozillas_roots_are_always_trusted() {
        let roots = real(&Env::default(), &[]).expect("built in");
        assert!(roots.len() > 100);
        assert!(roots.iter().all(|root| is_root(root.der())));
    }
}
