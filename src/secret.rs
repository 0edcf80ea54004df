//! A value that must never be shown.

use std::fmt;

use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Text that is secret: a Key Vault value, a token, a client secret, an assertion.
///
/// It is wiped when dropped, prints as `***`, and can be neither cloned nor serialised by accident.
/// [`SecretValue::expose`] is the only way to the text, so that every use can be found by name.
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    /// Takes the text over; the caller's copy is gone.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. The caller must not print, log or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether both hold the same text, in a time that depends on the lengths alone.
    pub fn same(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// A text in which this one does not stand any more: who was given a secret may repeat it.
    pub fn taken_out_of(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(self.expose(), "***") }
    }

    /// All of them behind each other, in one piece of memory that is not moved while it fills.
    pub fn concat(parts: &[Self]) -> Self {
        let mut whole = String::with_capacity(parts.iter().map(|part| part.0.len()).sum());
        parts.iter().for_each(|part| whole.push_str(part.expose()));
        Self::new(whole)
    }

    /// A second holder of the same text, made on purpose (several targets of one secret).
    pub fn duplicate(&self) -> Self {
        Self::new(self.expose().to_owned())
    }
}

/// In a time that depends on the lengths alone.
impl PartialEq for SecretValue {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A field of an answer; there is no way back.
impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        String::deserialize(field).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_value_prints_as_stars() {
        assert_eq!(format!("{:?}", SecretValue::new("hunter2".into())), "***");
    }

    #[test]
    fn a_text_that_repeats_a_secret_is_shown_without_it() {
        let secret = SecretValue::new("hunter2".into());
        assert_eq!(secret.taken_out_of("no hunter2 and hunter2"), "no *** and ***");
        assert_eq!(SecretValue::new(String::new()).taken_out_of("ab"), "ab");
    }

    #[test]
    fn values_are_compared_by_their_text() {
        let value = SecretValue::new("a".into());
        assert!(value.same(&value.duplicate()));
        assert!(!value.same(&SecretValue::new("ab".into())));
    }
}
