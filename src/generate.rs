//! Generators of minted values: unbiased, from the operating system's random source.

use crate::secret::SecretValue;

/// How a minted value is made; every `Generator` is possible, because its constructor checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generator {
    /// Text with at least one character of each enabled class.
    Password(Password),
    /// Text over one alphabet.
    String(RandomString),
}

/// The settings of `random_password`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {}

/// The settings of `random_string`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomString {}

impl Generator {
    /// A new value.
    pub fn mint(&self) -> crate::error::Result<SecretValue> {
        unimplemented!()
    }

    /// The options in one canonical line, for a target's DEFINITION.
    pub fn definition(&self) -> String {
        unimplemented!()
    }
}
