//! Where a command's report goes beside stdout.

use clap::Args;

use crate::error::{Error, Result};
use crate::report::file::ReportFile;
use crate::report::stop::StopReport;
use crate::report::summary::Summary;

/// Where the report goes beside stdout.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Write the report to this file, too; its name ends in .html, .md or .json; may be repeated
    #[arg(long = "report", value_name = "FILE", value_parser = ReportFile::parse)]
    pub files: Vec<ReportFile>,
    /// Put no summary on the page of the CI system's run
    #[arg(long)]
    pub no_summary: bool,
}

impl ReportArgs {
    /// Fails where a file could not be written, before anything is done that it should tell of.
    pub fn check(&self) -> Result<()> {
        self.files.iter().try_for_each(ReportFile::check)
    }
}

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
