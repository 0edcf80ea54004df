//! The default chain: the first credential that serves, and from then on always that one.

use std::sync::OnceLock;

use super::{Credential, Refusal, Wish};
use crate::azure::entra::AccessToken;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::neutral;

/// Credentials in the order in which they are tried.
pub struct Chain {
    links: Vec<Link>,
    /// The index of the one that served.
    pinned: OnceLock<usize>,
}

/// One credential of a chain.
pub enum Link {
    /// It is set up.
    Ready(Box<dyn Credential>),
    /// It is not.
    Absent {
        /// Its name.
        name: &'static str,
        /// Why.
        reason: String,
    },
    /// It was meant to be and cannot serve: nobody else is asked.
    Stop(Error),
}

impl Chain {
    /// A chain of these.
    pub fn new(links: Vec<Link>) -> Self {
        Self { links, pinned: OnceLock::new() }
    }

    fn ready(&self) -> impl Iterator<Item = (usize, &dyn Credential)> {
        self.links.iter().enumerate().filter_map(|(index, link)| match link {
            Link::Ready(credential) => Some((index, credential.as_ref())),
            Link::Absent { .. } | Link::Stop(_) => None,
        })
    }

    fn chosen(&self) -> Option<&dyn Credential> {
        let pinned = *self.pinned.get()?;
        self.ready().find(|(index, _)| *index == pinned).map(|(_, credential)| credential)
    }
}

impl Credential for Chain {
    fn name(&self) -> &'static str {
        "default"
    }

    fn tenant(&self) -> Option<&str> {
        self.chosen().or_else(|| self.ready().next().map(|(_, first)| first))?.tenant()
    }

    fn sign_in(&self, wish: Wish<'_>) -> Result<AccessToken, Refusal> {
        if let Some(chosen) = self.chosen() {
            return chosen.sign_in(wish);
        }
        let mut reasons = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            let credential = match link {
                Link::Absent { name, reason } => {
                    reasons.push(format!("{name}: {reason}"));
                    continue;
                }
                Link::Stop(error) => return Err(Refusal::Refused(error.clone())),
                Link::Ready(credential) => credential,
            };
            match credential.sign_in(wish) {
                Ok(token) => {
                    // Another thread may have been first; both are the same chain's choice.
                    let _ = self.pinned.set(index);
                    return Ok(token);
                }
                Err(Refusal::Unavailable(error)) => {
                    reasons.push(format!("{}: {}", credential.name(), error.what));
                }
                Err(refused) => return Err(refused),
            }
        }
        Err(Refusal::Unavailable(nobody(&reasons)))
    }
}

/// One line for each; each is bounded by itself, since all together may be longer than one text.
fn nobody(reasons: &[String]) -> Error {
    let what = "this job has no Azure identity: none of the ways to sign in serves";
    let head = "set up one of these; why each of them did not serve:".to_owned();
    let lines = reasons.iter().map(|reason| neutral::line(reason));
    let lines: Vec<String> = std::iter::once(head).chain(lines).collect();
    Error { help: Some(lines.join("\n")), ..Error::of(ErrorCode::NoIdentity, what) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Kind;
    use crate::secret::SecretValue;

    struct Fixed(&'static str, fn() -> Result<AccessToken, Refusal>);

    impl Credential for Fixed {
        fn name(&self) -> &'static str {
            self.0
        }

        fn tenant(&self) -> Option<&str> {
            Some(self.0)
        }

        fn sign_in(&self, _: Wish<'_>) -> Result<AccessToken, Refusal> {
            self.1()
        }
    }

    fn ready(name: &'static str, answer: fn() -> Result<AccessToken, Refusal>) -> Link {
        Link::Ready(Box::new(Fixed(name, answer)))
    }

    fn token() -> Result<AccessToken, Refusal> {
        let text = SecretValue::new("t".to_owned());
        Ok(AccessToken { text, lives: Duration::from_secs(1) })
    }

    fn unavailable() -> Result<AccessToken, Refusal> {
        Err(Refusal::Unavailable(Error::new(Kind::SignIn, "not here")))
    }

    fn refused() -> Result<AccessToken, Refusal> {
        Err(Refusal::Refused(Error::new(Kind::SignIn, "refused")))
    }

    fn absent() -> Link {
        Link::Absent { name: "absent", reason: "not set".to_owned() }
    }

    #[test]
    fn the_first_that_serves_is_kept() {
        let chain = Chain::new(vec![absent(), ready("a", unavailable), ready("b", token)]);
        assert!(chain.sign_in(Wish::default()).is_ok());
        assert_eq!(chain.tenant(), Some("b"));
        assert!(chain.sign_in(Wish::default()).is_ok());
    }

    #[test]
    fn a_refusal_stops_the_chain() {
        let chain = Chain::new(vec![ready("a", refused), ready("b", token)]);
        let error = chain.sign_in(Wish::default()).err().map(Refusal::into_error).expect("stopped");
        assert_eq!(error.what, "refused");
    }

    #[test]
    fn a_link_that_was_meant_to_serve_and_cannot_ends_the_chain_there() {
        let stop = || Link::Stop(Error::new(Kind::SignIn, "no permission"));
        let chain = Chain::new(vec![ready("a", unavailable), stop(), ready("b", token)]);
        let error = chain.sign_in(Wish::default()).err().map(Refusal::into_error).expect("stopped");
        assert_eq!(error.what, "no permission");
        let chain = Chain::new(vec![ready("a", token), stop()]);
        assert!(chain.sign_in(Wish::default()).is_ok(), "an earlier link serves");
    }

    #[test]
    fn the_final_error_lists_each_credential_and_its_reason() {
        let chain = Chain::new(vec![absent(), ready("a", unavailable)]);
        let error = chain.sign_in(Wish::default()).err().map(Refusal::into_error).expect("nobody");
        let help = error.help.expect("a list");
        assert!(help.contains("absent: not set\na: not here"), "{help}");
    }

    #[test]
    fn a_long_reason_takes_no_room_from_the_others() {
        let long = || Link::Absent { name: "long", reason: "x".repeat(2_000) };
        let chain = Chain::new(vec![long(), long(), absent()]);
        let error = chain.sign_in(Wish::default()).err().map(Refusal::into_error).expect("nobody");
        assert!(error.help.expect("a list").ends_with("\nabsent: not set"));
    }
}
