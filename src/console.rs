//! What surrounds a command: the environment, the clock, the streams, and files that it reads.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use crate::catalogue::{self, Topic};
use crate::ci::{
    Annotation, Ci, Handover, Level, Output, Platform, deliver, deliver_values, within_limit,
};
use crate::cli::{Format, OutputArgs};
use crate::clock::Clock;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::error_code::ErrorCode;
use crate::fetch::Delivery;
use crate::halt::Signal;
use crate::left_files::{self, Removal};
use crate::progress::{Form, Progress};
use crate::report::doctor::DoctorReport;
use crate::report::fetch::FetchReport;
use crate::report::status::StatusReport;
use crate::report::stop::StopReport;
use crate::report::summary::Summary;
use crate::report::valid::ValidReport;
use crate::report::{
    FailOn, Findings, Report, annotations, doctor_text, json, markdown, outputs, status_text, text,
};
use crate::reporting::{ReportArgs, Reporting};
use crate::secretfile::Secretfile;
use crate::stop::Stop;
use crate::terminal::Terminal;
use crate::unread::Unread;

/// The surroundings of one command.
pub struct Console<'a> {
    /// The environment.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// Data: reports.
    pub stdout: &'a mut (dyn Write + Send),
    /// Everything else.
    pub stderr: &'a mut (dyn Write + Send),
    /// Where a person's answers come from; none: nobody answers.
    pub stdin: Option<&'a mut dyn BufRead>,
    /// The terminal, where a person watches stderr.
    pub terminal: Option<Terminal>,
    /// The form of the report.
    pub format: Format,
    /// Whether progress is wanted.
    pub is_quiet: bool,
    /// The CI system.
    pub ci: Box<dyn Ci>,
    /// What nobody reads.
    pub unread: Unread,
    /// What makes it fail; none: all, each kind with a code of its own.
    pub fail_on: Option<Vec<FailOn>>,
    /// Where a report is still to go, or why there is none.
    pub reporting: Option<Reporting>,
}

impl Console<'_> {
    /// Takes the switches over.
    pub fn set(&mut self, output: &OutputArgs) {
        self.format = output.format;
        self.is_quiet = output.quiet;
        self.ci = output.ci.unwrap_or_else(|| Platform::detect(&self.env)).open(&self.env);
    }

    /// How often `--verbose` was said; a CI system's own switch says it twice.
    pub fn verbosity(&self, output: &OutputArgs) -> u8 {
        if self.ci.is_debug() { output.verbose.max(2) } else { output.verbose }
    }

    /// Progress on stderr.
    pub fn progress(&mut self, total: usize) -> Progress<'_> {
        let form = if self.is_quiet {
            Form::Quiet
        } else if self.terminal.is_some() && !self.env.is_ci() {
            Form::Terminal
        } else {
            Form::Lines
        };
        let time = self.clock.now().as_second();
        let (first, last) = (self.ci.open_group("Progress", time), self.ci.close_group(time));
        Progress::new(self.stderr, form, total).folded(&first, last)
    }

    /// Shows a plan and asks once whether to carry it out. Nobody agrees where nobody can be asked: in
    /// CI, or without a terminal.
    pub fn agrees(&mut self, plan: &Report, question: &str) -> bool {
        let is_over = self.clock.over().is_some();
        let can_ask = self.terminal.is_some() && !self.env.is_ci() && !is_over;
        let Some(stdin) = self.stdin.as_mut().filter(|_| can_ask) else { return false };
        let said = format!("{}{question} [y/N] ", text::show(plan));
        let asked = self.stderr.write_all(said.as_bytes()).and_then(|()| self.stderr.flush());
        let mut answer = String::new();
        // Nothing was done yet, and no signal need wait for the person.
        let read = self
            .clock
            .unguarded(|| asked.and_then(|()| stdin.take(MAX_ANSWER).read_line(&mut answer)));
        read.is_ok() && ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
    }

    /// Prints the report and tells the CI system; returns the exit code.
    pub fn report(
        &mut self,
        file: &Secretfile,
        report: &Report,
        detailed: bool,
    ) -> std::result::Result<u8, Stop> {
        Ok(self.report_with(file, report, detailed, None))
    }

    fn report_with(
        &mut self,
        file: &Secretfile,
        report: &Report,
        detailed: bool,
        more: Option<Output>,
    ) -> u8 {
        let now = self.clock.now();
        let code = self.exit_code(report.exit_code(detailed), report.findings(now));
        let mut results = outputs::of_report(report, now);
        results.extend(more);
        let remarks = self.with_left_out(&results, annotations::of_report(file, report));
        let told = [
            self.print(&match self.format {
                Format::Text => text::show(report),
                Format::Json => json::show(report, code),
            }),
            self.annotate(remarks),
            self.hand_over(&results),
            self.complete(code, report.findings(now)),
        ];
        self.untold(code, told)
    }

    /// Says what could not be told, each for itself: one full disk or closed stream keeps nothing else back,
    /// and is a failure where there was none.
    fn untold(&mut self, code: u8, told: impl IntoIterator<Item = Result<()>>) -> u8 {
        let errors: Vec<Error> = told.into_iter().filter_map(Result::err).collect();
        for error in &errors {
            // A reader who is gone is no reason for another code.
            let _ = self.stderr.write_all(format!("error: {error}\n").as_bytes());
        }
        match errors.first() {
            Some(error) if code == 0 => error.kind.exit_code(),
            _ => code,
        }
    }

    /// The same, and to files. A file that cannot be written is said and is a failure, but what was done
    /// is reported all the same.
    pub fn report_to(
        &mut self,
        to: &ReportArgs,
        file: &Secretfile,
        report: &Report,
        detailed: bool,
    ) -> std::result::Result<u8, Stop> {
        let written = to.files.first().map(|file| Output::scalar("report", file.shown()));
        let code = self.report_with(file, report, detailed, written);
        let summary = Summary::of(report, self.clock.now());
        Ok(self.leave(to, &summary, &json::show(report, code), code))
    }

    /// Leaves the report in files and in the summary; returns the exit code.
    fn leave(&mut self, to: &ReportArgs, summary: &Summary<'_>, json: &str, code: u8) -> u8 {
        // What stops from here on is not why there is no report.
        self.reporting = None;
        let written: Vec<_> = to.files.iter().map(|file| file.write(summary, json)).collect();
        if !to.no_summary {
            self.summarise(summary);
        }
        self.untold(code, written)
    }

    /// A summary that cannot be handed over is said, and fails nothing that was done.
    fn summarise(&mut self, summary: &Summary<'_>) {
        let handover = self.ci.summary(&markdown::show(summary));
        if let Err(error) = handover.and_then(|handover| self.deliver(&handover)) {
            let _ = self.stderr.write_all(format!("warning: {error}\n").as_bytes());
        }
    }

    /// Tells the CI system what is wrong with the arguments, which were to say where reports go; the stream
    /// that may be for data stays as it is.
    pub fn refused(&mut self, error: &Error, has_summary: bool) {
        let mut handover = Handover::default();
        let line = self.ci.annotation(&annotations::of_error(error));
        line.iter().for_each(|line| handover.command(line));
        // A reader who is gone is no reason for another code.
        let _ = deliver(&handover, self.stderr);
        if has_summary {
            self.summarise_stop(StopReport::of_error(error));
        }
    }

    /// Says in the summary why there is no more to say.
    pub fn summarise_stop(&mut self, stop: StopReport) {
        let now = self.clock.now();
        self.summarise(&Summary::of_stop(&stop, now));
    }

    /// Prints how the targets stand, leaves it in files, and tells the CI system; returns the exit code.
    pub fn status(
        &mut self,
        to: &ReportArgs,
        file: &Secretfile,
        report: &StatusReport,
    ) -> std::result::Result<u8, Stop> {
        let code = self.exit_code(report.exit_code(), report.findings());
        let mut results = outputs::of_status(report);
        results.extend(to.files.first().map(|file| Output::scalar("report", file.shown())));
        let remarks = self.with_left_out(&results, annotations::of_status(file, report));
        let told = [
            self.print(&match self.format {
                Format::Text => status_text::show(report),
                Format::Json => json::show_status(report, code),
            }),
            self.annotate(remarks),
            self.hand_over(&results),
            self.complete(code, report.findings()),
        ];
        let code = self.untold(code, told);
        let summary = Summary::of_status(report, self.clock.now());
        Ok(self.leave(to, &summary, &json::show_status(report, code), code))
    }

    /// A run that a signal stopped says so whatever else it found.
    fn exit_code(&self, code: u8, findings: Findings) -> u8 {
        match (self.clock.stopped(), &self.fail_on) {
            (Some(signal), _) => signal.exit_code(),
            (None, None) => code,
            (None, Some(chosen)) => findings.exit_code(chosen, code),
        }
    }

    /// A step that passes although something failed or drifted is marked where the CI system has a mark.
    fn complete(&mut self, code: u8, findings: Findings) -> Result<()> {
        let is_marked = code == 0 && self.fail_on.is_some() && (findings.failed || findings.drift);
        let mut handover = Handover::default();
        if let Some(line) = self.ci.complete_with_issues().filter(|_| is_marked) {
            handover.command(&line);
        }
        self.deliver(&handover)
    }

    fn hand_over(&mut self, outputs: &[Output]) -> Result<()> {
        let handover =
            self.ci.outputs(outputs).map_err(|error| error.within(ErrorCode::Handover))?;
        self.deliver(&handover)
    }

    /// Says first, too, which result is too long for the next steps, and where it is.
    fn with_left_out(&mut self, results: &[Output], remarks: Vec<Annotation>) -> Vec<Annotation> {
        let Some(message) = outputs::left_out(results).filter(|_| self.ci.carries_lists()) else {
            return remarks;
        };
        let notice = Annotation { level: Level::Notice, file: None, at: None, message };
        if self.ci.annotation(&notice).is_none() {
            // A reader who is gone is no reason for another code.
            let _ = self.stderr.write_all(format!("notice: {}\n", notice.message).as_bytes());
        }
        std::iter::once(notice).chain(remarks).collect()
    }

    fn annotate(&mut self, all: Vec<Annotation>) -> Result<()> {
        let mut handover = Handover::default();
        let lines = within_limit(all);
        let lines = lines.iter().filter_map(|annotation| self.ci.annotation(annotation));
        lines.for_each(|line| handover.command(&line));
        self.deliver(&handover)
    }

    /// Both streams reach the CI system; stdout may be for another program.
    fn deliver(&mut self, handover: &Handover) -> Result<()> {
        match self.format {
            Format::Text => deliver(handover, self.stdout),
            Format::Json => deliver(handover, self.stderr),
        }
    }

    /// Refuses to hand values over where the CI system would not be told what to hide.
    pub fn check_masks(&self) -> Result<()> {
        let (stream, is_unread, help) = match self.format {
            Format::Text => ("stdout", self.unread.stdout, LEAVE_STDOUT),
            Format::Json => ("stderr", self.unread.stderr, LEAVE_STDERR),
        };
        if !self.ci.is_told_masks() || !is_unread {
            return Ok(());
        }
        let what = format!("{stream} does not reach the CI system, which would hide no value");
        Err(Error::usage(what).help(help))
    }

    /// Hides the values first, then hands them over, all or none; nothing is handed over that nobody
    /// hides. Returns what is odd about it.
    pub fn hand_values(&mut self, delivery: &Delivery<'_>) -> Result<Vec<String>> {
        let masks = self.ci.masks(&delivery.masks);
        self.deliver_values(&masks)?;
        // Before they are made, so that those of a job that is cut off are removed, too.
        if let Some(state) = left_files::state(&delivery.paths())? {
            self.deliver_values(&self.ci.state(left_files::STATE, &state)?)?;
        }
        let workspace = self.env.get("GITHUB_WORKSPACE").map(Path::new);
        let notices = delivery.write_files(workspace.filter(|folder| folder.is_dir()))?;
        self.deliver_values(&delivery.values).inspect_err(|_| delivery.remove_files())?;
        Ok(notices)
    }

    fn deliver_values(&mut self, handover: &Handover) -> Result<()> {
        match self.format {
            Format::Text => deliver_values(handover, self.stdout),
            Format::Json => deliver_values(handover, self.stderr),
        }
    }

    /// Says which files of an earlier step were removed; returns the exit code. One that stays holds a value.
    pub fn removed(&mut self, removals: &[Removal]) -> std::result::Result<u8, Stop> {
        let (mut text, mut errors) = (String::new(), Vec::new());
        for Removal { path, was_there } in removals {
            match was_there {
                Ok(true) => text.push_str(&format!("removed {path}\n")),
                Ok(false) => text.push_str(&format!("{path} is gone already\n")),
                Err(error) => errors.push(error),
            }
        }
        errors.iter().for_each(|error| text.push_str(&format!("error: {error}\n")));
        self.print(&text)?;
        self.annotate(errors.iter().map(|error| annotations::of_error(error)).collect())?;
        Ok(errors.first().map_or(0, |error| error.kind.exit_code()))
    }

    /// Prints what stands between a job and its vaults; returns the exit code.
    pub fn examined(&mut self, report: &DoctorReport) -> std::result::Result<u8, Stop> {
        let code = self.clock.stopped().map_or(report.exit_code(), Signal::exit_code);
        self.print(&match self.format {
            Format::Text => doctor_text::show(report),
            Format::Json => json::show_doctor(report, code),
        })?;
        self.annotate(annotations::of_doctor(report))?;
        Ok(code)
    }

    /// Prints what was handed over; returns the exit code.
    pub fn fetched(&mut self, report: &FetchReport) -> std::result::Result<u8, Stop> {
        self.print(&match self.format {
            Format::Text => report.text(),
            Format::Json => report.json(),
        })?;
        self.annotate(annotations::of_fetch(report))?;
        Ok(self.clock.stopped().map_or(report.exit_code, Signal::exit_code))
    }

    /// Says that a file is right, and what it does not supply.
    pub fn valid(&mut self, file: &Secretfile) -> Result<()> {
        let report = ValidReport::of(file);
        self.print(&match self.format {
            Format::Text => report.text(),
            Format::Json => report.json(),
        })?;
        self.annotate(annotations::notices(file))
    }

    /// Prints what a code means; without one, all codes.
    pub fn explained(&mut self, topic: Option<&Topic>) -> Result<()> {
        self.print(&match (self.format, topic) {
            (Format::Text, Some(topic)) => catalogue::text::show(topic),
            (Format::Text, None) => catalogue::text::list(),
            (Format::Json, Some(topic)) => catalogue::json::show(topic),
            (Format::Json, None) => catalogue::json::list(),
        })
    }

    /// Says why a command stopped; returns the exit code.
    pub fn stop(&mut self, stop: &Stop) -> u8 {
        let code = match (self.clock.stopped(), stop) {
            (Some(signal), _) => signal.exit_code(),
            (None, Stop::Error(error)) => error.kind.exit_code(),
            (None, Stop::Problems(_)) => crate::error::Kind::Usage.exit_code(),
        };
        let said = match stop {
            Stop::Error(error) => format!("error: {error}\n"),
            Stop::Problems(problems) => problems.to_string(),
        };
        // A reader who is gone is no reason for another code.
        let _ = self.stderr.write_all(said.as_bytes());
        let report = match stop {
            Stop::Error(error) => StopReport::of_error(error),
            Stop::Problems(problems) => StopReport::of_problems(problems, code),
        };
        if self.format == Format::Json {
            let _ = self.print(&report.json);
        }
        let _ = self.annotate(match stop {
            Stop::Error(error) => vec![annotations::of_error(error)],
            Stop::Problems(problems) => annotations::of_problems(problems),
        });
        self.leave_stop(report);
        code
    }

    /// Leaves why there is no report in the places of one.
    fn leave_stop(&mut self, stop: StopReport) {
        let Some(reporting) = self.reporting.take() else { return };
        let (stop, now) = (reporting.of(stop), self.clock.now());
        let summary = Summary::of_stop(&stop, now);
        for error in reporting.leave(&summary, &stop.json) {
            let _ = self.stderr.write_all(format!("error: {error}\n").as_bytes());
        }
        if !reporting.to.no_summary {
            self.summarise(&summary);
        }
    }

    /// Writes data; a reader that closed its end early got what it wanted.
    pub fn print(&mut self, text: &str) -> Result<()> {
        match self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::of(
                ErrorCode::FileUnwritable,
                format!("the report could not be written: {error}"),
            )),
            _ => Ok(()),
        }
    }
}

/// Said where the report was to go to a file.
const LEAVE_STDOUT: &str = "leave stdout to the CI system; for the report in a file use `--format json > FILE`, \
                            which sends what the CI system is told to stderr";
/// Said where stdout is data already.
const LEAVE_STDERR: &str =
    "leave stderr to the CI system: with `--format json` it carries what is to be hidden";
/// An answer has no more bytes than that.
const MAX_ANSWER: u64 = 1024;
