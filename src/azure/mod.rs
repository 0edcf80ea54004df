//! Azure's side: the Key Vault REST interface and the sign-in that it asks for.

pub mod access;
pub mod credential;
pub mod guid;
pub mod key_vault;

pub use failure::{Answer, Code, Failure, RightsModel};
pub use guid::is_guid;
pub use jwt::Caller;
#[cfg(fuzzing)]
pub use {challenge::Challenge, failure::Asked};

pub mod aadsts;
mod assertion;
mod authority;
mod challenge;
mod entra;
#[cfg(test)]
mod entra_errors;
mod failure;
mod form;
mod jwt;
mod key_file;
mod pkce;
mod public_client;
mod sign_in_failure;
mod times;
