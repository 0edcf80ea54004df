//! How one target stands, as the summaries show it.

use crate::report::status::{Date, Nearness, SecretStatus, State, TargetStatus};
use crate::report::status_text::{days, state};
use crate::report::text::short;
use crate::report::tone::Tone;

/// One target.
pub struct Standing {
    /// How urgent its state is.
    pub tone: Tone,
    /// The state's word.
    pub word: &'static str,
    /// What there is to say of the state beside its word.
    pub rest: String,
    /// The entry, or its field that this target holds alone.
    pub subject: String,
    /// What there is to say, in the order of `COLUMNS`.
    pub cells: [String; COLUMNS.len()],
}

impl Standing {
    /// The targets of one secret.
    pub fn of(secret: &SecretStatus) -> impl Iterator<Item = Self> {
        secret.targets.iter().map(move |target| {
            let word = target.state.name();
            let field = target.field.as_ref().map(|field| format!(".{field}"));
            let versions = target.version_count.map(|count| count.to_string());
            Self {
                tone: tone(target),
                word,
                rest: state(target)[word.len()..].to_owned(),
                subject: format!("{}{}", secret.name, field.unwrap_or_default()),
                cells: [
                    short(&target.vault, &target.name),
                    days(target.age_days.or(secret.age_days)),
                    date(secret.due.as_ref()),
                    date(target.expires.as_ref()),
                    versions.unwrap_or_default(),
                ],
            }
        })
    }
}

/// How much a state asks of its reader.
fn tone(target: &TargetStatus) -> Tone {
    match target.state {
        State::Unknown
        | State::ChangedOutside
        | State::Foreign
        | State::Managed
        | State::Disabled => Tone::Failed,
        State::Missing | State::PreExisting => Tone::Waiting,
        State::SoftDeleted => Tone::Removed,
        State::Ours if target.behind => Tone::Waiting,
        State::Ours => Tone::Still,
    }
}

/// A day, and in a word how near it is.
fn date(date: Option<&Date>) -> String {
    let Some(date) = date else { return String::new() };
    match date.is {
        Nearness::Over => format!("{}: over", date.day()),
        Nearness::Near => format!("{}: soon", date.day()),
        Nearness::Ahead => date.day().to_owned(),
    }
}

/// What stands above the cells.
pub const COLUMNS: [&str; 5] = ["Target", "Age", "Due", "Expires", "Versions"];
