//! Promises of the program, one sentence a test, shown through its real door: the binary, against the
//! embedded vault over TLS, by the vaults' real names.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers fail like tests"
)]

mod emulator;
mod example;
mod harness;
mod healing;
mod input;
mod kinds;
mod model;
mod silence;
mod vaults;
