//! A token in a variable, put there when the job began: GitLab and others.

use super::{IdTokens, id_token};
use crate::azure::credential::Refusal;
use crate::clock::Clock;
use crate::secret::SecretValue;

/// The variable's text. Nobody can renew it.
pub struct Variable {
    name: String,
    text: SecretValue,
    clock: Clock,
}

impl Variable {
    /// The variable of this name holds this text.
    pub fn new(name: String, text: SecretValue, clock: Clock) -> Self {
        Self { name, text, clock }
    }
}

impl IdTokens for Variable {
    fn fetch(&self) -> Result<SecretValue, Refusal> {
        let token = id_token::parse(self.text.expose(), &self.name)?;
        id_token::check_alive(&token, &self.clock, &self.name, ENDED)?;
        Ok(token)
    }
}

/// What to do where the token has ended.
const ENDED: &str = "a job gets it once, at its start, for some minutes: sign in earlier in the job; \
                     GitLab gives a token as long a life as the job's `timeout`, if it has one; and \
                     check the clock";
