//! The report for programs.

use serde_json::json;

use crate::error::Error;
use crate::report::doctor::DoctorReport;
use crate::report::status::StatusReport;
use crate::report::{ErrorReport, Report};
use crate::secretfile::Problems;

/// The whole report, on one line.
pub fn show(report: &Report, exit_code: u8) -> String {
    let mut value = json!(report);
    value["counts"] = json!(report.counts());
    value["exit_code"] = json!(exit_code);
    format!("{value}\n")
}

/// How the targets stand, on one line.
pub fn show_status(report: &StatusReport, exit_code: u8) -> String {
    let mut value = json!(report);
    value["counts"] = json!(report.counts());
    value["exit_code"] = json!(exit_code);
    format!("{value}\n")
}

/// What stands between a job and its vaults, on one line.
pub fn show_doctor(report: &DoctorReport, exit_code: u8) -> String {
    let mut value = json!(report);
    value["exit_code"] = json!(exit_code);
    format!("{value}\n")
}

/// An error before there was a report.
pub fn show_error(error: &Error, exit_code: u8) -> String {
    let error = ErrorReport::from(error);
    format!("{}\n", json!({ "error": error, "exit_code": exit_code }))
}

/// The mistakes of a Secretfile.
pub fn show_problems(problems: &Problems, exit_code: u8) -> String {
    let list: Vec<serde_json::Value> = problems
        .list
        .iter()
        .map(|problem| {
            json!({
                "line": problem.at.map(|at| at.line),
                "column": problem.at.map(|at| at.col),
                "message": problem.what,
                "help": problem.help,
                "code": problem.code.name(),
            })
        })
        .collect();
    format!("{}\n", json!({ "file": problems.path, "problems": list, "exit_code": exit_code }))
}
