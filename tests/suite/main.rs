//! Promises of the program, one sentence a test, shown through its real door: the binary, against the
//! embedded vault over TLS, by the vaults' real names.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers fail like tests"
)]

mod access;
mod adoption;
mod ages;
mod bug;
mod certificate;
mod ci;
mod classics;
mod clocks;
mod deadline;
mod deletion;
mod developers;
mod docs;
mod doctor;
mod emulator;
mod example;
mod faults;
mod foreign;
mod full_disk;
mod harness;
mod healing;
mod identity;
mod input;
mod killing;
mod kinds;
mod long_run;
mod managed_identity;
mod metadata;
mod model;
mod oracle;
mod orphans;
mod plan_digest;
mod properties;
mod reference;
mod render;
mod reports;
mod rotation;
mod running;
mod sign_in_silence;
mod signals;
mod silence;
mod soft_delete;
mod starter;
mod status;
mod surprises;
mod templates;
mod throttling;
mod vaults;
mod versions;
mod waiting;
mod wrong_answers;
