//! Key files as OpenSSL writes them; `tests/cases/certificates/make.sh` made them.

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/certificates");
const PASSWORD: &str = "pässword";

fn open(name: &str, password: Option<&str>) -> std::result::Result<KeyFile, String> {
    let password = password.map(|text| SecretValue::new(text.to_owned()));
    let clock = Clock::simulated("2026-12-24T00:00:00Z".parse().expect("a time"));
    KeyFile::open(&format!("{FOLDER}/{name}"), password.as_ref(), &clock)
        .map_err(|error| error.to_string())
}

fn subjects(file: &KeyFile) -> Vec<String> {
    let name = |one: &Certificate| String::from_utf8_lossy(&one.subject[13..]).into_owned();
    std::iter::once(&file.leaf).chain(&file.issuers).map(name).collect()
}

fn read(bytes: &[u8]) -> std::result::Result<KeyFile, Trouble> {
    KeyFile::read(bytes, None)
}

#[test]
fn every_form_of_the_file_gives_the_same_key_and_its_own_certificate() {
    let first = open("pkcs8.pem", None).expect("opens");
    for (name, password) in [
        ("pkcs1.pem", None),
        ("encrypted-aes-256-sha256.pem", Some(PASSWORD)),
        ("encrypted-aes-128-sha1.pem", Some(PASSWORD)),
        ("encrypted-aes-192-sha512.pem", Some(PASSWORD)),
        ("encrypted-des3.pem", Some(PASSWORD)),
        ("encrypted-scrypt.pem", Some(PASSWORD)),
        ("encrypted-pbe-sha1-3des.pem", Some(PASSWORD)),
        ("modern.pfx", Some(PASSWORD)),
        ("modern-no-password.pfx", None),
        ("legacy.pfx", Some(PASSWORD)),
        ("3des.pfx", Some(PASSWORD)),
        ("2des-rc2-128.pfx", Some(PASSWORD)),
        ("sha512.pfx", Some(PASSWORD)),
        ("open.pfx", None),
        ("open.pfx", Some("not needed")),
        ("pkcs8.pem", Some("not needed")),
    ] {
        let file = open(name, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.key.public().as_ref(), first.key.public().as_ref(), "{name}");
        assert_eq!(file.leaf.der, first.leaf.der, "{name}");
    }
}

#[test]
fn the_chain_goes_from_the_keys_own_certificate_to_its_issuers_whatever_the_files_order() {
    for name in ["pkcs8.pem", "pkcs1.pem"] {
        assert_eq!(subjects(&open(name, None).expect("opens")), ["cn", "ca"], "{name}");
    }
    for name in ["modern.pfx", "legacy.pfx"] {
        assert_eq!(subjects(&open(name, Some(PASSWORD)).expect("opens")), ["cn", "ca"], "{name}");
    }
}

#[test]
fn what_cannot_serve_is_said_with_its_place_and_way_out() {
    for (name, password, expected) in [
        ("absent.pem", None, "the file cannot be read"),
        ("", None, "this is a folder"),
        ("make.sh", None, "neither PEM nor PKCS#12"),
        ("old.pem", Some("password"), "openssl pkcs8 -topk8"),
        ("not-together.pem", None, "belongs to another private key"),
        ("ec.pem", None, "an elliptic-curve key"),
        ("small.pem", None, "2048 to 4096 bits"),
        ("no-key.pfx", Some(PASSWORD), "holds no private key"),
        ("modern.pfx", None, "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        ("modern.pfx", Some("wrong"), "the password does not open the file"),
        ("legacy.pfx", Some("wrong"), "the password does not open the file"),
        ("encrypted-aes-256-sha256.pem", None, "no password is given"),
        ("encrypted-aes-256-sha256.pem", Some("wrong"), "the password does not open the file"),
        ("encrypted-scrypt.pem", Some("wrong"), "the password does not open the file"),
    ] {
        let error = open(name, password).err().unwrap_or_else(|| panic!("{name} opened"));
        assert!(error.contains(expected), "{name}: {error}");
        assert!(error.starts_with(FOLDER) && error.contains("help: "), "{name}: {error}");
        assert!(!error.contains("wrong"), "{name}: {error}");
    }
}

#[test]
fn a_certificate_that_has_ended_is_told_with_its_date() {
    let clock = Clock::simulated("2126-01-01T00:00:00Z".parse().expect("a time"));
    let error = KeyFile::open(&format!("{FOLDER}/pkcs8.pem"), None, &clock).err().expect("ended");
    assert!(error.what.starts_with("the certificate ended at 2046-11-"), "{error}");
}

#[test]
fn a_key_without_its_certificate_asks_for_it() {
    let text = std::fs::read(format!("{FOLDER}/pkcs8.pem")).expect("there");
    let text = String::from_utf8(text).expect("ASCII");
    let at = |marker| text.find(marker).expect("there");
    let key = &text[at("-----BEGIN PRIVATE")..at("-----END PRIVATE")];
    let key = format!("{key}-----END PRIVATE KEY-----");
    assert!(matches!(read(key.as_bytes()), Err(Trouble::NoCertificate)));
    let one_line = text.replace('\n', " ");
    assert!(read(one_line.as_bytes()).is_ok(), "line breaks may be lost");
}

/// An element without a length.
fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

#[test]
fn a_pkcs12_file_without_lengths_and_in_pieces_is_taken() {
    let whole = std::fs::read(format!("{FOLDER}/open.pfx")).expect("there");
    let mut pfx = der::Reader::new(&whole).enter(der::SEQUENCE).expect("a sequence");
    let version = pfx.take(der::INTEGER).expect("a version").whole;
    let mut content = pfx.enter(der::SEQUENCE).expect("the parts");
    let kind = content.take(der::OBJECT_IDENTIFIER).expect("a kind").whole;
    let bytes = content.enter(der::EXPLICIT_0).and_then(|mut c| c.octets(der::OCTET_STRING));
    let piece = |piece: &[u8]| [&[der::OCTET_STRING, 100][..], piece].concat();
    let bytes = bytes.expect("octets");
    let (hundreds, rest) = bytes.as_chunks::<100>();
    let mut pieces: Vec<u8> = hundreds.iter().flat_map(|one| piece(one)).collect();
    pieces.extend([der::OCTET_STRING, u8::try_from(rest.len()).expect("below 100")]);
    pieces.extend(rest);
    let octets = indefinite(der::EXPLICIT_0, &indefinite(0x24, &pieces));
    let parts = indefinite(der::SEQUENCE, &[kind, &octets].concat());
    let file = indefinite(der::SEQUENCE, &[version, &parts].concat());
    assert!(read(&file).is_ok());
}

#[test]
fn the_text_that_key_vault_hands_out_for_a_certificate_is_taken() {
    use base64::Engine;
    let pfx = std::fs::read(format!("{FOLDER}/modern-no-password.pfx")).expect("there");
    let text = base64::engine::general_purpose::STANDARD.encode(pfx);
    assert!(read(format!("{text}\n").as_bytes()).is_ok());
}

#[test]
fn a_file_is_read_up_to_a_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.pem");
    for (length, expected) in [(MOST_BYTES, "neither"), (MOST_BYTES + 1, "more than 1048576")] {
        std::fs::write(&path, vec![b' '; usize::try_from(length).expect("fits")]).expect("room");
        let clock = Clock::system();
        let error = KeyFile::open(path.to_str().expect("UTF-8"), None, &clock).err();
        let error = error.expect("no key file").what;
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_file_that_is_cut_or_changed_anywhere_is_refused_without_a_panic() {
    for name in ["open.pfx", "pkcs8.pem"] {
        let whole = std::fs::read(format!("{FOLDER}/{name}")).expect("there");
        // Keys are checked by arithmetic that takes its time; every 29th byte comes by every field.
        for at in (0..whole.len()).step_by(29) {
            let _ = read(&whole[..at]);
            let mut changed = whole.clone();
            changed[at] ^= 0xFF;
            let _ = read(&changed);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = read(&bytes);
        let _ = Certificate::read(&[&[0x30, 0x80, 0x30, 0x80], bytes.as_slice()].concat());
    }
}
