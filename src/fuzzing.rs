//! The door of the fuzz targets in `fuzz/`: what reads the words of strangers, and what writes for readers that
//! are not ours. Compiled for them alone (cargo-fuzz says `--cfg fuzzing`); no program may use it.

pub use crate::azure::key_vault::{Bundle, Deleted, FromAnswer, Page, Properties};
pub use crate::azure::{Asked, Challenge, Failure};
pub use crate::ci::{Annotation, Ci, Handover, Level, Masks, Output, Platform};
pub use crate::cloud::Cloud;
pub use crate::export::{Export, Sink, Wanted, wanted};
pub use crate::http::{Response, answer};
pub use crate::names::VaultUrl;
pub use crate::neutral::{line, text};
pub use crate::secret::SecretValue;
pub use crate::secretfile::{LoadOptions, Place, Problem, Secretfile, load};
