//! A CI system that is not known, or none: the text of the report is all there is.

use super::Ci;

/// No commands, no files.
pub struct Plain;

impl Ci for Plain {}
