//! Where a command's report goes beside stdout.

use crate::cli::ReportArgs;
use crate::error::Error;
use crate::report::stop::StopReport;
use crate::report::summary::Summary;

/// What is known of a command before it has a report.
#[derive(Debug)]
pub struct Reporting {
    /// The command.
    pub command: &'static str,
    /// Whether it runs on the embedded vault.
    pub rehearsal: bool,
    /// The Secretfile.
    pub file: String,
    /// Files, and whether a summary is wanted.
    pub to: ReportArgs,
}

impl Reporting {
    /// Says of a stop which command it ended.
    pub fn of(&self, stop: StopReport) -> StopReport {
        let (command, rehearsal, file) = (self.command, self.rehearsal, Some(self.file.clone()));
        StopReport { command, rehearsal, file, ..stop }
    }

    /// Writes why the command stopped to every file that can be written; why others cannot be was said
    /// when the command began.
    pub fn leave(&self, summary: &Summary<'_>, json: &str) -> Vec<Error> {
        let files = self.to.files.iter().filter(|file| file.check().is_ok());
        files.filter_map(|file| file.write(summary, json).err()).collect()
    }
}
