//! Promises of the program, one sentence a test, shown through its real door: the binary, against the
//! embedded vault over TLS, by the vaults' real names.

mod emulator;
mod example;
mod harness;
mod healing;
mod input;
mod kinds;
mod silence;
mod vaults;
