//! A remark that a CI system shows at a line of a file.

use crate::secretfile::Place;

/// A remark, without any value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// The file, as the user wrote it.
    pub file: Option<String>,
    /// The line and column in it.
    pub at: Option<Place>,
    /// What happened and the way out; may have several lines.
    pub message: String,
}

/// How bad a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something should be looked at.
    Warning,
    /// Good to know.
    Notice,
}

impl Level {
    /// Its name, on every platform.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// What a platform shows of one level in one step; more are dropped silently.
const MOST: usize = 10;

/// The annotations, at most [`MOST`] of each level: where there are more, the first says how many.
pub fn within_limit(all: Vec<Annotation>) -> Vec<Annotation> {
    let mut kept = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let of_level: Vec<&Annotation> = all.iter().filter(|one| one.level == level).collect();
        let is_over = of_level.len() > MOST;
        kept.extend(is_over.then(|| count(level, of_level.len())));
        kept.extend(of_level.into_iter().take(MOST - usize::from(is_over)).cloned());
    }
    kept
}

fn count(level: Level, all: usize) -> Annotation {
    let name = level.name();
    let message = format!("{all} {name}s; {} are shown here, the log has all", MOST - 1);
    Annotation { level, file: None, at: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(level: Level, count: usize) -> Vec<Annotation> {
        let one = |n| Annotation { level, file: None, at: None, message: format!("{n}") };
        (0..count).map(one).collect()
    }

    #[test]
    fn ten_are_shown_and_of_eleven_nine_and_their_number() {
        assert_eq!(within_limit(some(Level::Error, 10)), some(Level::Error, 10));
        let kept = within_limit(some(Level::Warning, 11));
        assert_eq!(kept.len(), 10);
        assert_eq!(kept[0].message, "11 warnings; 9 are shown here, the log has all");
        assert_eq!(kept[9].message, "8");
    }
}
