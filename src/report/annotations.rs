//! What a CI system shows at the lines of the Secretfile.

use crate::ci::{Annotation, Level};
use crate::error::Error;
use crate::neutral;
use crate::report::doctor::{DoctorReport, Finding, VaultFindings};
use crate::report::fetch::{Export, FetchReport};
use crate::report::status::StatusReport;
use crate::report::{ErrorReport, Report};
use crate::secretfile::{Place, Problem, Problems, Secret, Secretfile};

/// Failures at their targets' lines, and notices.
pub fn of_report(file: &Secretfile, report: &Report) -> Vec<Annotation> {
    let each = report.secrets.iter().flat_map(|secret| {
        let targets = secret.targets.iter();
        let targets = targets.map(|target| (&*target.vault, &*target.name, target.error.as_ref()));
        of_secret(file, &secret.name, targets, &secret.notices)
    });
    each.chain(notices(file)).collect()
}

/// Targets whose state is not known, and notices.
pub fn of_status(file: &Secretfile, report: &StatusReport) -> Vec<Annotation> {
    let each = report.secrets.iter().flat_map(|secret| {
        let targets = secret.targets.iter();
        let targets = targets.map(|target| (&*target.vault, &*target.name, target.error.as_ref()));
        of_secret(file, &secret.name, targets, &secret.notices)
    });
    each.chain(notices(file)).collect()
}

/// A target is its vault's host, its name in it, and why it failed.
fn of_secret<'a>(
    file: &Secretfile,
    name: &str,
    targets: impl Iterator<Item = (&'a str, &'a str, Option<&'a ErrorReport>)>,
    notices: &[String],
) -> Vec<Annotation> {
    let failed = targets.filter_map(|(vault, target, error)| {
        error.map(|error| failed(file, name, (vault, target), error))
    });
    let remarks = notices.iter().map(|notice| remark(file, name, notice));
    failed.chain(remarks).collect()
}

/// What is odd about the file, at its lines.
pub fn notices(file: &Secretfile) -> Vec<Annotation> {
    file.notices.iter().map(|notice| of_problem(Level::Notice, &file.path, notice)).collect()
}

/// The mistakes of a Secretfile, at their lines.
pub fn of_problems(problems: &Problems) -> Vec<Annotation> {
    let of = |problem| of_problem(Level::Error, &problems.path, problem);
    problems.list.iter().map(of).collect()
}

/// An error before there was a report.
pub fn of_error(error: &Error) -> Annotation {
    Annotation { level: Level::Error, file: None, at: None, message: error.to_string() }
}

/// Values that could not be fetched.
pub fn of_fetch(report: &FetchReport) -> Vec<Annotation> {
    let of = |export: &Export| {
        let error = export.error.as_ref()?;
        let what = format!("{}: {} [{}]", export.name, error.message, error.code);
        let message = with_help(what, error.help.as_deref());
        Some(Annotation { level: Level::Error, file: None, at: None, message })
    };
    report.exports.iter().filter_map(of).collect()
}

fn of_problem(level: Level, path: &str, problem: &Problem) -> Annotation {
    let what = match level {
        Level::Error => format!("{} [{}]", problem.what, problem.code.name()),
        Level::Warning | Level::Notice => problem.what.clone(),
    };
    let message = with_help(what, problem.help.as_deref());
    Annotation { level, file: Some(path.to_owned()), at: problem.at, message }
}

fn failed(
    file: &Secretfile,
    secret: &str,
    (vault, name): (&str, &str),
    error: &ErrorReport,
) -> Annotation {
    let entry = entry(file, secret);
    let target = entry.and_then(|entry| {
        let is_it = |target: &&crate::secretfile::Target| {
            target.vault.host() == vault && target.name.as_str() == name
        };
        entry.targets.iter().find(is_it)
    });
    let at = target.map(|target| target.at).or(entry.map(|entry| entry.at));
    let short = vault.split('.').next().unwrap_or(vault);
    let mut what = format!("{secret} in {short}/{name}: {}", error.message);
    if let Some(id) = &error.request_id {
        what.push_str(&format!(" (request id {id})"));
    }
    what.push_str(&format!(" [{}]", error.code));
    at_line(file, Level::Error, at, with_help(what, error.help.as_deref()))
}

fn remark(file: &Secretfile, secret: &str, notice: &str) -> Annotation {
    let at = entry(file, secret).map(|entry| entry.at);
    at_line(file, Level::Notice, at, format!("{secret}: {notice}"))
}

/// Reports have names as people may read them.
fn entry<'a>(file: &'a Secretfile, name: &str) -> Option<&'a Secret> {
    file.secrets.iter().find(|secret| neutral::line(&secret.name) == name)
}

fn at_line(file: &Secretfile, level: Level, at: Option<Place>, message: String) -> Annotation {
    Annotation { level, file: Some(file.path.clone()), at, message }
}

/// What keeps a job from its vaults.
pub fn of_doctor(report: &DoctorReport) -> Vec<Annotation> {
    let of = |(vault, finding): (&VaultFindings, &Finding)| {
        let what = format!("{}: {}: {}", vault.vault, finding.check.name(), finding.what);
        let message = with_help(what, finding.fix.as_deref());
        Annotation { level: Level::Error, file: None, at: None, message }
    };
    report.failed().map(of).collect()
}

fn with_help(what: String, help: Option<&str>) -> String {
    help.map_or(what.clone(), |help| format!("{what}\nhelp: {help}"))
}
