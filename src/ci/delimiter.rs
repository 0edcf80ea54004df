//! A word that nobody can guess.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::error::{Error, Result};

/// 32 random hexadecimal digits.
pub fn random() -> Result<String> {
    let mut bytes = [0; 16];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        Error::internal(format!("the operating system's random source failed: {error}"))
    })?;
    Ok(hex::encode(bytes))
}
