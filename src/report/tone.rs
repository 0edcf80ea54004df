//! Kinds of actions, as summaries show them: by a sign and a colour, beside the action's word.

use crate::decision::Action;

/// The kind of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It failed.
    Failed,
    /// It waits for something.
    Waiting,
    /// There is a value where there was none.
    Made,
    /// There is another value, or another property.
    Changed,
    /// It is gone, or can no longer be read.
    Removed,
    /// Nothing happened.
    Still,
}

/// All of them, the most urgent first.
pub const ALL: [Tone; 6] =
    [Tone::Failed, Tone::Waiting, Tone::Made, Tone::Changed, Tone::Removed, Tone::Still];

impl Tone {
    /// The kind of this action.
    pub fn of(action: &Action) -> Self {
        match action {
            Action::Failed(_) => Self::Failed,
            Action::Waiting | Action::Held(_) | Action::Compare | Action::After => Self::Waiting,
            Action::Create | Action::Copy | Action::Adopt | Action::Recover => Self::Made,
            Action::Repair | Action::Update | Action::Rotate | Action::Retag => Self::Changed,
            Action::Purge | Action::Disable | Action::Delete => Self::Removed,
            Action::Unchanged | Action::Kept(_) | Action::Missing | Action::Skipped => Self::Still,
        }
    }

    /// Its name in style sheets and diagrams.
    pub fn class(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Still => "still",
        }
    }

    /// A sign, for those who do not see the colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Failed => "✗",
            Self::Waiting => "…",
            Self::Made => "+",
            Self::Changed => "~",
            Self::Removed => "−",
            Self::Still => "=",
        }
    }
}
