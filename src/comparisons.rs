//! How values compare, without the values.

use crate::decision::Subject;
use crate::error::Error;

/// How the values of some versions compare, without the values.
#[derive(Debug, Default)]
pub struct Comparisons {
    subjects: Vec<Subject>,
    readings: Vec<Reading>,
    /// One row a subject: whether it agrees with each other one.
    agree: Vec<Vec<bool>>,
}

/// What reading one version told.
#[derive(Debug, Clone)]
pub enum Reading {
    /// It could not be read.
    Unreadable(Error),
    /// How it fits what the file declares.
    Read(Fit),
}

/// How a value fits the file's declaration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fit {
    /// A template's value that is no JSON object.
    pub wrong_shape: bool,
    /// A supplied given part is another.
    pub given_differs: bool,
    /// A field is missing.
    pub lacks: bool,
    /// A member is there that the file does not name.
    pub has_extra: bool,
}

impl Comparisons {
    /// Takes a reading per subject, and who agrees with whom.
    pub fn new(subjects: Vec<Subject>, readings: Vec<Reading>, agree: Vec<Vec<bool>>) -> Self {
        Self { subjects, readings, agree }
    }

    fn index(&self, subject: &Subject) -> Option<usize> {
        self.subjects.iter().position(|other| other == subject)
    }

    /// Whether two versions hold the same.
    pub fn agree(&self, a: &Subject, b: &Subject) -> bool {
        match (self.index(a), self.index(b)) {
            (Some(a), Some(b)) => self.agree[a][b],
            _ => false,
        }
    }

    /// How a version fits the file; one that was not read fits.
    pub fn fit(&self, subject: &Subject) -> Fit {
        match self.index(subject).map(|index| &self.readings[index]) {
            Some(Reading::Read(fit)) => *fit,
            _ => Fit::default(),
        }
    }

    /// How a content that is spread over versions fits the file.
    pub fn fit_of_all(&self, subjects: &[Subject]) -> Fit {
        let fits = subjects.iter().map(|subject| self.fit(subject));
        fits.fold(Fit::default(), |all, one| Fit {
            wrong_shape: all.wrong_shape || one.wrong_shape,
            given_differs: all.given_differs || one.given_differs,
            lacks: all.lacks || one.lacks,
            has_extra: all.has_extra || one.has_extra,
        })
    }

    /// The versions that could not be read.
    pub fn unreadable(&self) -> impl Iterator<Item = (&Subject, &Error)> {
        self.subjects.iter().zip(&self.readings).filter_map(|(subject, reading)| match reading {
            Reading::Unreadable(error) => Some((subject, error)),
            Reading::Read(_) => None,
        })
    }
}
