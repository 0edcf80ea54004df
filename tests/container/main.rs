//! Promises of both images, shown in containers that are started as a CI system starts them.
//!
//! They need Docker and the images `secretzero:action` and `secretzero:ci`, which `.ci/run` builds before it
//! runs them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers fail like tests"
)]

#[allow(dead_code, reason = "the suite uses all of it")]
#[path = "../suite/ci/agent.rs"]
mod agent;
mod azure;
#[path = "../suite/ci/command.rs"]
mod command;
mod docker;
mod github;
mod gitlab;
mod image;
mod job;
mod network;
#[path = "../suite/ci/runner.rs"]
mod runner;
mod start;
mod stopping;

use command::{Command, lines};

/// A minted secret and one that is given, in two vaults and in one.
const SECRETFILE: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
  - name: given
    kind: static
    config: {default: '${GIVEN}'}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
";

/// What a shell, a runner's parser and a line reader each would break.
const GIVEN: &str =
    "{\n  \"a b\": \"x=y<<EOF%0A%25\"\r\n}\n::error::$(id) $HOME `id` ]; '\"\\\u{2028}\u{e9}\n";
