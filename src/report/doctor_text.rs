//! What stands between a job and its vaults, for somebody who reads it at night.

use std::fmt::Write;

use crate::report::doctor::{Check, DoctorReport, Finding, Grant, JobGrant, State, VaultFindings};

/// The whole report.
pub fn show(report: &DoctorReport) -> String {
    let mut text = String::new();
    if report.rehearsal && !report.vaults.is_empty() {
        text.push_str("REHEARSAL on the embedded Key Vault; no vault of Azure was asked\n\n");
    }
    report.vaults.iter().for_each(|vault| text.push_str(&of_vault(vault)));
    let is_full = report.vaults.is_empty();
    report.roles.iter().for_each(|grant| text.push_str(&of_grant(grant, is_full)));
    if !report.vaults.is_empty() {
        text.push_str(&summary(report));
    }
    text
}

fn of_vault(vault: &VaultFindings) -> String {
    let mut text = format!("{} (provider {})\n", vault.vault, vault.provider);
    let (untold, told): (Vec<&Finding>, Vec<&Finding>) =
        vault.findings.iter().partition(|finding| finding.is_untold());
    told.iter().for_each(|finding| text.push_str(&of_finding(finding)));
    if let Some(first) = untold.first() {
        let names: Vec<&str> = untold.iter().map(|finding| finding.check.name()).collect();
        let _ = writeln!(text, "  {:STATE$}  {}: {}", "unknown", names.join(", "), first.what);
    }
    text + "\n"
}

fn of_finding(finding: &Finding) -> String {
    let code = finding.code.map_or_else(String::new, |code| format!(" [{}]", code.name()));
    let (state, check, what) = (finding.state.name(), finding.check.name(), &finding.what);
    let mut text = format!("  {state:STATE$}  {check:CHECK$}  {what}{code}\n");
    for (word, said) in [("why", &finding.cause), ("fix", &finding.fix)] {
        let Some(said) = said else { continue };
        for (index, line) in said.lines().enumerate() {
            let word = if index == 0 { format!("{word}:") } else { String::new() };
            let _ = writeln!(text, "  {:STATE$}  {:CHECK$}  {word:5}{line}", "", "");
        }
    }
    text
}

/// In full where nothing else was asked for.
fn of_grant(grant: &Grant, is_full: bool) -> String {
    let mut text = format!("Least rights on {} (provider {})\n", grant.vault, grant.provider);
    for job in &grant.jobs {
        text.push_str(&if is_full { in_full(job) } else { in_short(job) });
    }
    let last = if is_full { grant.narrower } else { REPLACES };
    let _ = writeln!(text, "  {last}");
    if grant.jobs.iter().any(|job| job.assign.contains("$OBJECT_ID")) {
        let _ = writeln!(text, "  {OBJECT}");
    }
    text + "\n"
}

fn in_short(job: &JobGrant) -> String {
    let JobGrant { job, assign, set_policy, .. } = job;
    format!("  {job:JOB$}  {assign}\n  {:>JOB$}  {set_policy}\n", "or")
}

fn in_full(job: &JobGrant) -> String {
    let JobGrant { job, role, assign, assign_names, data_actions, set_policy } = job;
    format!(
        "  {job}: {role} (uses {})\n    on the vault:     {assign}\n    on its names:     \
         {assign_names}\n    access policies:  {set_policy}\n",
        data_actions.join(", ")
    )
}

fn summary(report: &DoctorReport) -> String {
    let findings = || report.vaults.iter().flat_map(|vault| &vault.findings);
    let count = |state| findings().filter(|finding| finding.state == state).count();
    let states = [State::Failed, State::Notice, State::Unknown, State::Ok];
    let counts: Vec<String> =
        states.map(|state| format!("{}: {}", state.name(), count(state))).to_vec();
    let mut text = format!("{}\n", counts.join(", "));
    if count(State::Failed) > 0 {
        text.push_str("`secretzero explain CODE` says more of a word in [brackets]\n");
    }
    if !report.roles.is_empty() {
        text.push_str("`secretzero doctor --roles` says more of the least rights\n");
    }
    if !findings().any(|finding| finding.check == Check::Set) {
        text.push_str(
            "Rights to write were not tried: `--write-probe` does, on a name of its own\n",
        );
    }
    text
}

impl Finding {
    /// Whether an earlier check kept it from being made.
    fn is_untold(&self) -> bool {
        self.state == State::Unknown && self.fix.is_none() && self.cause.is_none()
    }
}

impl State {
    /// For people.
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Notice => "notice",
            Self::Failed => "FAILED",
            Self::Unknown => "unknown",
        }
    }
}

/// What is said where nobody is known.
const OBJECT: &str = "OBJECT_ID is the identity's: `az identity show --query principalId`, or `az ad sp show --id \
                      CLIENT_ID --query id`";
/// What is said of a policy's command.
const REPLACES: &str =
    "(`set-policy` replaces the identity's secret permissions: name what all its jobs need)";
/// The longest word for a state, in characters.
const STATE: usize = 7;
/// The longest name of a check, in characters.
const CHECK: usize = 13;
/// The longest kind of job, in characters.
const JOB: usize = 21;
