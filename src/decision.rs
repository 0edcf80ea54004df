//! What is to be done for one secret, without any value.

use jiff::Timestamp;

use crate::error::Error;
use crate::names::VersionId;
use crate::state::{Generation, State};

/// What is to be done for one secret.
#[derive(Debug)]
pub struct Decision {
    /// The next step.
    pub step: Step,
    /// One per target, for the report.
    pub actions: Vec<Action>,
    /// What a reader should know.
    pub notices: Vec<String>,
    /// When it is due to be rotated.
    pub due: Option<Timestamp>,
}

impl Decision {
    /// Nothing is done, for the same reason in all `targets`.
    pub fn refused(error: &Error, targets: usize) -> Self {
        let actions = vec![Action::Failed(error.clone()); targets];
        Self { step: Step::Nothing, actions, notices: Vec::new(), due: None }
    }
}

/// The next step for a secret.
#[derive(Debug)]
pub enum Step {
    /// Nothing can or need be done.
    Nothing,
    /// Bring these names into a state in which they can be written, then look again.
    Settle(Vec<usize>),
    /// Read these, then decide.
    Compare(Vec<Subject>),
    /// Write.
    Write(Write),
}

/// A version whose value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The target.
    pub target: usize,
    /// An older version; none: the current one.
    pub version: Option<VersionId>,
}

impl Subject {
    /// A target's current version.
    pub fn current(target: usize) -> Self {
        Self { target, version: None }
    }
}

/// One content, and the targets that get it.
#[derive(Debug)]
pub struct Write {
    /// Where the content comes from.
    pub origin: Origin,
    /// Targets that get a new version, in this order.
    pub put: Vec<usize>,
    /// Targets whose current version gets other properties.
    pub patch: Vec<usize>,
}

/// Where a content comes from.
#[derive(Debug)]
pub enum Origin {
    /// No content is written; only properties change.
    Kept,
    /// A new generation.
    Made {
        /// What is there already; parts that are not made anew come from it.
        base: Vec<Subject>,
        /// Whether minted parts are made anew.
        remint: bool,
        /// The newest generation that was seen, with its tag.
        newest: Option<State>,
    },
    /// A generation that is there.
    Copied {
        /// A version that holds it.
        source: Subject,
        /// Its tag.
        state: State,
    },
    /// Somebody else's value becomes a generation.
    Adopted {
        /// The target that holds it.
        source: usize,
        /// The newest generation that was seen.
        newest: Option<Generation>,
    },
}

/// What happens to one target, as reports say it.
#[derive(Debug, Clone)]
pub enum Action {
    /// It is as it should be.
    Unchanged,
    /// A first value is made.
    Create,
    /// It is missing here and copied from another target.
    Copy,
    /// It is older here, or not ours, and the newest is copied over it.
    Repair,
    /// The content changes as the file says.
    Update,
    /// A new value is minted.
    Rotate,
    /// Somebody else's value becomes ours.
    Adopt,
    /// Properties change, the value stays.
    Retag,
    /// A soft delete is undone.
    Recover,
    /// A soft-deleted name is removed for good.
    Purge,
    /// One version can no longer be read.
    Disable,
    /// It is soft-deleted, and left so.
    Delete,
    /// It is left as it is, such as soft-deleted and not purged; the reason.
    Kept(String),
    /// It is not there, and need not be.
    Missing,
    /// Values must be compared first.
    Compare,
    /// Another target's recovery or purge comes first.
    After,
    /// It waits for the run that may write the first target.
    Waiting,
    /// Its vault is not among those that this run may write.
    Skipped,
    /// Not written, because of another target; the reason.
    Held(String),
    /// It failed; the reason.
    Failed(Error),
}

impl Action {
    /// The word in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Create => "create",
            Self::Copy => "copy",
            Self::Repair => "repair",
            Self::Update => "update",
            Self::Rotate => "rotate",
            Self::Adopt => "adopt",
            Self::Retag => "retag",
            Self::Recover => "recover",
            Self::Purge => "purge",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Kept(_) => "kept",
            Self::Missing => "missing",
            Self::Compare => "compare",
            Self::After => "after recovery",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Held(_) => "held",
            Self::Failed(_) => "failed",
        }
    }
}
