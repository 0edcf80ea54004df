//! Azure's side: the Key Vault REST interface and the sign-in that it asks for.

pub mod access;
pub mod credential;
pub mod key_vault;

pub use failure::{Answer, Code, Failure};
#[cfg(fuzzing)]
pub use {challenge::Challenge, failure::Asked};

mod aadsts;
mod assertion;
mod authority;
mod challenge;
mod entra;
#[cfg(test)]
mod entra_errors;
mod failure;
mod form;
mod guid;
mod jwt;
mod key_file;
mod pkce;
mod public_client;
mod sign_in_failure;
mod times;
