//! Sign-in by other than an application's own proof.

mod asked;
mod person;

pub use self::asked::Asked;
pub use self::person::{Does, Person};
