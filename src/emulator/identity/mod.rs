//! Sign-in by other than an application's own proof.

mod person;

pub use self::person::{Asked, Does, Person};
