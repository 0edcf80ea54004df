//! `secretzero` makes Azure Key Vault match a declarative Secretfile.
#![allow(dead_code, reason = "the parts are being joined")]

pub mod clock;
pub mod emulator;
pub mod env;
pub mod error;

mod apply;
mod azure;
mod cloud;
mod compare;
mod content;
mod generate;
mod http;
mod log;
mod names;
mod neutral;
mod observation;
mod observe;
mod plan;
mod resolve;
mod secret;
mod secretfile;
mod state;
mod vaults;
mod wanted;
mod work;
