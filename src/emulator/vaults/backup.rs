//! The blob of a backup: opaque to clients, and to be read by the embedded vault alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::secret::{Life, Secret};

/// How a blob of the real service begins, too: the length of the text, then the text.
const MAGIC: &[u8] = b")AzureKeyVaultSecretBackupV1.microsoft.com";

/// The secret with every version, in base64url.
///
/// # Errors
///
/// Only if the secret cannot be written as JSON, which no secret can cause.
pub(in crate::emulator) fn seal(secret: &Secret) -> serde_json::Result<String> {
    let content = serde_json::to_vec(secret)?;
    let blob = [MAGIC, digest(&SHA256, &content).as_ref(), &content].concat();
    Ok(URL_SAFE_NO_PAD.encode(blob))
}

/// The living secret of a blob; nothing unless the blob is ours and whole.
pub(in crate::emulator) fn open(blob: &str) -> Option<Secret> {
    let blob = URL_SAFE_NO_PAD.decode(blob).ok()?;
    let (sum, content) = blob.strip_prefix(MAGIC)?.split_at_checked(SHA256_OUTPUT_LEN)?;
    if digest(&SHA256, content).as_ref() != sum {
        return None;
    }
    let secret: Secret = serde_json::from_slice(content).ok()?;
    Some(Secret { life: Life::Live, ..secret })
}
