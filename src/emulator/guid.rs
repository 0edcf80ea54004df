//! Ids of requests, traces and objects.

use rand::TryRng;
use ring::digest::{SHA256, digest};

/// A random UUID in lower case.
pub fn random() -> String {
    let mut bytes = [0; 16];
    // An id, not a secret: without randomness it is only less unique.
    let _ = rand::rngs::SysRng.try_fill_bytes(&mut bytes);
    show(bytes)
}

/// The same UUID for the same text, such as an application's object id in a tenant.
pub fn of(text: &str) -> String {
    let mut bytes = [0; 16];
    let hash = digest(&SHA256, text.as_bytes());
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    show(bytes)
}

/// Whether a text has the form of a UUID.
pub fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// Version 4, as every id of the services is.
fn show(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_random_ones_differ() {
        assert!(is_guid(&random()));
        assert_ne!(random(), random());
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert!(!is_guid("0123"));
        assert!(!is_guid("g0000000-0000-0000-0000-000000000000"));
    }
}
