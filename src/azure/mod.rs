//! Azure's side: the Key Vault REST interface and the sign-in that it asks for.

pub mod credential;
pub mod key_vault;

pub use failure::{Answer, Code, Failure};

mod assertion;
mod challenge;
mod entra;
mod failure;
mod key_file;
