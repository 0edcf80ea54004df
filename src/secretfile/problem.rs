//! What is wrong in a Secretfile, and where.

use std::collections::BTreeSet;
use std::fmt;

use crate::error_code::ErrorCode;
use crate::neutral;

/// A position in the Secretfile; line and column count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub col: usize,
}

/// One mistake, or one notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where, unless it is about the file as a whole.
    pub at: Option<Place>,
    /// What is wrong, as one sentence without a full stop.
    pub what: String,
    /// The way out.
    pub help: Option<String>,
    /// What `secretzero explain` explains.
    pub code: ErrorCode,
}

impl Problem {
    /// A problem at a place.
    pub fn new(at: Place, what: impl AsRef<str>) -> Self {
        Self { at: Some(at), ..Self::of_file(what) }
    }

    /// A problem of the whole file.
    pub fn of_file(what: impl AsRef<str>) -> Self {
        let what = neutral::line(what.as_ref());
        Self { at: None, what, help: None, code: ErrorCode::Secretfile }
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(neutral::text(help.as_ref()));
        self
    }

    /// Says what it is about, if that is not known better.
    #[must_use]
    pub fn within(mut self, code: ErrorCode) -> Self {
        if self.code == ErrorCode::Secretfile {
            self.code = code;
        }
        self
    }

    /// `file:line:col: what` and the way out, as a terminal or an editor reads it: a notice.
    pub fn show(&self, path: &str) -> String {
        self.text(path, "")
    }

    /// The same with its code: a mistake.
    pub fn show_mistake(&self, path: &str) -> String {
        self.text(path, &format!(" [{}]", self.code.name()))
    }

    fn text(&self, path: &str, mark: &str) -> String {
        let path = neutral::line(path);
        let mut text = match self.at {
            Some(at) => format!("{path}:{}:{}: {}{mark}", at.line, at.col, self.what),
            None => format!("{path}: {}{mark}", self.what),
        };
        if let Some(help) = &self.help {
            text.push_str("\n  help: ");
            text.push_str(&help.replace('\n', "\n        "));
        }
        text
    }
}

/// The most mistakes of one file that are listed.
const MAX_LISTED: usize = 1000;

/// Mistakes as they are found: sorted by place, and each once, since a template's are found by every
/// secret that uses it.
#[derive(Default)]
pub struct Found {
    list: BTreeSet<Problem>,
    is_cut: bool,
}

impl Found {
    /// Takes one more, if there is room.
    pub fn push(&mut self, problem: Problem) {
        if self.list.len() < MAX_LISTED {
            self.list.insert(problem);
        } else {
            self.is_cut |= !self.list.contains(&problem);
        }
    }

    /// Takes what was found elsewhere.
    pub fn absorb(&mut self, other: Self) {
        self.is_cut |= other.is_cut;
        self.extend(other.list);
    }

    /// Says of all what they are about, where that is not known better.
    #[must_use]
    pub fn within(self, code: ErrorCode) -> Self {
        let list = self.list.into_iter().map(|problem| problem.within(code)).collect();
        Self { list, ..self }
    }

    /// How many are listed.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Them all; the last says if there are more.
    pub fn into_list(self) -> Vec<Problem> {
        let more = self.is_cut.then(|| {
            let what = format!("there are more; the first {MAX_LISTED} that were found are listed");
            Problem::of_file(what)
        });
        self.list.into_iter().chain(more).collect()
    }
}

impl Extend<Problem> for Found {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        Self { list: BTreeSet::from([problem]), is_cut: false }
    }
}

/// Every mistake of one file, in the order of its lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub path: String,
    /// The mistakes.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.list {
            writeln!(f, "{}", problem.show_mistake(&self.path))?;
        }
        Ok(())
    }
}
