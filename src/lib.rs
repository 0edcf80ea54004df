//! `secretzero` makes Azure Key Vault match a declarative Secretfile.
#![allow(dead_code, reason = "the parts are being joined")]

pub mod clock;
pub mod emulator;
pub mod env;
pub mod error;

mod azure;
mod cloud;
mod generate;
mod http;
mod log;
mod names;
mod neutral;
mod secret;
mod secretfile;
