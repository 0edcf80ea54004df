//! Reads the values that a decision needs and says how they compare. No value leaves this module.

use crate::comparisons::{Comparisons, Fit, Reading};
use crate::content::Holding;
use crate::decision::Subject;
use crate::error::Error;
use crate::plan::Case;
use crate::vaults::Vaults;

/// Reads every subject and compares each with each, and with the file.
pub fn compare(case: &Case<'_>, vaults: &Vaults, subjects: Vec<Subject>) -> Comparisons {
    let held: Vec<Result<Option<Holding>, Error>> =
        subjects.iter().map(|subject| read(case, vaults, subject)).collect();
    let readings = subjects.iter().zip(&held).map(|(subject, held)| reading(case, subject, held));
    let readings = readings.collect();
    let agree = |a: usize, b: usize| match (&held[a], &held[b]) {
        (Ok(Some(left)), Ok(Some(right))) => {
            let [left_is_whole, right_is_whole] = [a, b].map(|i| is_whole(case, &subjects[i]));
            left.agrees(left_is_whole, right, right_is_whole)
        }
        _ => false,
    };
    let all = 0..subjects.len();
    let agree = all.clone().map(|a| all.clone().map(|b| agree(a, b)).collect()).collect();
    Comparisons::new(subjects, readings, agree)
}

/// What one version holds; `None` where a template's value is no JSON object.
pub fn read(case: &Case<'_>, vaults: &Vaults, subject: &Subject) -> Result<Option<Holding>, Error> {
    let target = &case.secret.targets[subject.target];
    let vault = vaults.of(target)?;
    let bundle =
        vault.get(&target.name, subject.version.as_ref()).map_err(|failure| failure.error)?;
    Ok(Holding::read(case.secret, vec![(target.field.as_deref(), bundle.value)]))
}

fn reading(case: &Case<'_>, subject: &Subject, held: &Result<Option<Holding>, Error>) -> Reading {
    match held {
        Err(error) => Reading::Unreadable(error.clone()),
        Ok(None) => Reading::Read(Fit { wrong_shape: true, ..Fit::default() }),
        Ok(Some(held)) => Reading::Read(held.fit(case.secret, is_whole(case, subject))),
    }
}

fn is_whole(case: &Case<'_>, subject: &Subject) -> bool {
    case.secret.targets[subject.target].field.is_none()
}
