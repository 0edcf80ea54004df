//! What is wrong with a text that is to be filled in.

use super::MAX_TEXT;
use crate::secretfile::node;
use crate::secretfile::segments::Malformed;

/// Why a text could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It was reported already, at the variable that is the cause.
    Said,
    /// The fact and the way out.
    Wrong(String, String),
}

impl From<Malformed> for Flaw {
    fn from(malformed: Malformed) -> Self {
        Self::Wrong(malformed.what.to_owned(), malformed.help.to_owned())
    }
}

/// A name without anything behind it.
pub fn missing(name: &str) -> Flaw {
    Flaw::Wrong(
        format!("`${{{name}}}` is neither a variable nor in the environment"),
        format!("set it, pass --var {name}=…, or give a default: ${{{name}:-default}}"),
    )
}

/// A variable that is not there, and the one that may be meant.
pub fn not_defined(name: &str, near: Option<String>) -> Flaw {
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("define it under `variables`, in a --var-file, or with --var {name}=…"),
    };
    Flaw::Wrong(format!("`var.{name}` is not defined"), help)
}

/// Values inside values without end.
pub fn too_deep() -> Flaw {
    Flaw::Wrong(
        format!("lists and maps nest deeper than {} levels", node::MAX_DEPTH),
        "let fewer variables hold each other".to_owned(),
    )
}

/// A text over its bound.
pub fn too_long() -> Flaw {
    Flaw::Wrong(
        format!("a text with interpolations has more than {MAX_TEXT} bytes, the most that is made"),
        "use a shorter text".to_owned(),
    )
}
