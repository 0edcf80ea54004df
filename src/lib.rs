//! `secretzero` makes Azure Key Vault match a declarative Secretfile: it mints the secrets that are
//! missing, rotates those that are due, and keeps every vault of a secret equal.
//!
//! The door is [`run()`]. The flow of a sync is `observe → plan → compare → resolve → apply → settle`;
//! each step is a module of that name.

use std::ffi::OsString;
use std::io::{BufRead, Write};

use clap::Parser;
use clap::error::ContextValue;

use crate::ci::Platform;
use crate::cli::{Cli, Command, Format};
use crate::clock::Clock;
use crate::console::Console;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::report::stop::StopReport;
use crate::run::Ended;
use crate::stop::Stop;
use crate::terminal::Terminal;
use crate::unread::Unread;

pub mod clock;
pub mod emulator;
pub mod env;
pub mod error;
pub mod error_code;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod halt;
pub mod terminal;
pub mod unread;

mod action;
mod adopt;
mod apply;
mod azure;
mod catalogue;
mod child;
mod chosen;
mod ci;
mod cli;
mod cloud;
mod compare;
mod comparisons;
mod console;
mod content;
mod decision;
mod deletion;
mod digest;
mod disable;
mod doctor;
mod export;
mod fetch;
mod file_owner;
mod generate;
mod http;
mod init;
mod input_file;
mod left_files;
mod limits;
mod loading;
mod lockfile;
mod log;
mod names;
mod naming;
mod neutral;
mod new_file;
mod observation;
mod observe;
mod old_versions;
mod orphans;
mod ownership;
mod patience;
mod place;
mod plan;
mod progress;
mod render;
mod report;
mod reporting;
mod resolve;
mod retry;
mod run;
mod secret;
mod secretfile;
mod select;
mod service;
mod settle;
mod soft_delete;
mod state;
mod status;
mod stop;
mod sync;
mod throttle;
mod value_file;
mod vaults;
mod wanted;
mod work;
mod write;

/// What a process gives to the program.
pub struct Process<'a> {
    /// The arguments, the program's name first.
    pub args: Vec<OsString>,
    /// The environment.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// Where reports go.
    pub stdout: &'a mut (dyn Write + Send),
    /// Where everything else goes.
    pub stderr: &'a mut (dyn Write + Send),
    /// Where a person's answers come from; none: nobody answers.
    pub stdin: Option<&'a mut dyn BufRead>,
    /// Where stderr is a terminal that a person watches: that one.
    pub terminal: Option<Terminal>,
    /// What nobody reads while the program runs.
    pub unread: Unread,
}

/// Runs one command and returns its exit code.
pub fn run(process: Process<'_>) -> u8 {
    let Process { args, env, clock, stdout, stderr, stdin, terminal, unread } = process;
    let (format, is_quiet, fail_on) = (Format::Text, false, None);
    let ci = Platform::detect(&env).open(&env);
    let inputs = action::arguments(&args, &env);
    let reporting = None;
    let mut console = Console {
        env,
        clock,
        stdout,
        stderr,
        stdin,
        terminal,
        format,
        is_quiet,
        ci,
        unread,
        fail_on,
        reporting,
    };
    if left_files::is_last_step(&args) {
        return run::last_step(&mut console).unwrap_or_else(|stop| console.stop(&stop));
    }
    let args = match inputs {
        Ok(inputs) => inputs.unwrap_or(args),
        Err(error) => {
            console.summarise_stop(StopReport::of_error(&error));
            return console.stop(&Stop::Error(error));
        }
    };
    let has_summary = !args.iter().any(|argument| argument == "--no-summary");
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&neutralised(error), &mut console, has_summary),
    };
    if let Some(output) = cli.command.output() {
        console.set(output);
        console.fail_on = cli.command.fail_on();
        console.reporting = cli.command.reporting();
        log::start(log::level(output.quiet, console.verbosity(output)));
    }
    if let Some(work) = cli.command.work() {
        console.clock = console.clock.within(work.limits.timeout);
    }
    carry_out(&mut console, cli.command).unwrap_or_else(|stop| console.stop(&stop))
}

fn carry_out(console: &mut Console<'_>, command: Command) -> Ended {
    match command {
        Command::Sync(args) => run::sync(console, &args),
        Command::Plan(args) => run::plan(console, &args),
        Command::Rotate(args) => run::rotate(console, &args),
        Command::Fetch(args) => run::fetch(console, &args),
        Command::Status(args) => run::status(console, &args),
        Command::Disable(args) => run::disable(console, &args),
        Command::Delete(args) => run::delete(console, &args),
        Command::Recover(args) => run::recover(console, &args),
        Command::Validate(args) => run::validate(console, &args),
        Command::Render(args) => run::render(console, &args),
        Command::Init(args) => run::init(console, &args),
        Command::Schema => run::schema(console),
        Command::Explain(args) => run::explain(console, &args),
        Command::Adopt(args) => run::adopt(console, &args),
        Command::Doctor(args) => run::doctor(console, &args),
        Command::Emulator(args) => run::emulator(console, args),
    }
}

/// An argument may be a branch's name or a pull request's title, and is repeated in the error.
fn neutralised(mut error: clap::Error) -> clap::Error {
    let foreign: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(neutral::line(text)))),
            _ => None,
        })
        .collect();
    for (kind, value) in foreign {
        error.insert(kind, value);
    }
    error
}

/// Help and the version are no failures; everything else about arguments is.
fn refuse(error: &clap::Error, console: &mut Console<'_>, has_summary: bool) -> u8 {
    let text = error.render().to_string();
    // A reader who is gone is no reason for another code.
    if error.use_stderr() {
        let _ = console.stderr.write_all(text.as_bytes());
        console.refused(&usage(&text), has_summary);
        Kind::Usage.exit_code()
    } else {
        let _ = console.stdout.write_all(text.as_bytes());
        0
    }
}

/// What is wrong with the arguments, and what would be right.
fn usage(text: &str) -> Error {
    let (what, help) = text.split_once('\n').unwrap_or((text, ""));
    Error::usage(what.trim_start_matches("error: ")).help(help.trim())
}
