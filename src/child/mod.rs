//! Other programs. Only this module starts them.
//!
//! A program is one that PATH names by an absolute folder, never one of the current folder, where a
//! repository may have planted it. It gets its arguments without a shell, no credentials of ours, no
//! input, and a limited time.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use self::running::Running;
use crate::clock::Clock;
use crate::env::Env;
use crate::error::Error;

mod capture;
mod running;
#[cfg(test)]
pub mod stand_in;
#[cfg(test)]
mod tests;

/// A program that is there.
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

/// How a program is run.
pub struct Call<'a> {
    /// The arguments, its name left out. Everybody on the machine can see them.
    pub args: &'a [&'a str],
    /// What it gets of the environment is chosen from this.
    pub env: &'a Env,
    /// Variables that it gets besides.
    pub extra: &'a [(&'static str, &'static str)],
    /// The time.
    pub clock: &'a Clock,
    /// How long it may take.
    pub limit: Duration,
}

/// What a program that ended left behind; wiped when dropped.
pub struct Output {
    /// Whether it ended with 0.
    pub is_success: bool,
    /// Its standard output, whole.
    pub stdout: Zeroizing<Vec<u8>>,
    /// The first [`MAX_STDERR`] bytes of its standard error.
    pub stderr: Zeroizing<Vec<u8>>,
}

/// Why a program left nothing. It was ended, with all that it had started.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not be started, and the system's reason.
    NotStarted(String),
    /// It took longer than its limit.
    Late,
    /// The run was over first.
    Over(Error),
    /// It wrote more than [`MAX_STDOUT`] bytes.
    TooLong,
}

impl Program {
    /// The first program of that name in PATH; a whole path stands for itself.
    pub fn find(name: &str, env: &Env) -> Option<Self> {
        if name.contains('/') {
            let path = PathBuf::from(name);
            return (path.is_absolute() && is_executable(&path)).then_some(Self(path));
        }
        let folders = std::env::split_paths(env.get("PATH")?);
        let mut paths = folders.filter(|folder| folder.is_absolute()).map(|f| f.join(name));
        paths.find(|path| is_executable(path)).map(Self)
    }

    /// Runs it to its end.
    pub fn run(&self, call: &Call<'_>) -> Result<Output, Failure> {
        let mut command = self.command(call.args, call.env);
        command.envs(call.extra.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let ends = call.clock.elapsed() + call.limit;
        Running::start(command)?.watch(call.clock, ends)
    }

    /// Starts it and leaves it alone: a browser may live longer than we do. The system's reason where
    /// that fails.
    pub fn launch(&self, args: &[&str], env: &Env) -> Result<(), String> {
        let mut command = self.command(args, env);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(drop).map_err(|error| error.to_string())
    }

    /// In a folder that nobody but the system can write to, since interpreters look for modules in the
    /// current one; in a process group of its own, so that it can be ended with all that it starts.
    fn command(&self, args: &[&str], env: &Env) -> Command {
        let mut command = Command::new(&self.0);
        command.args(args).env_clear().envs(env.for_child());
        command.current_dir("/").process_group(0).stdin(Stdio::null());
        command
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The most that a program may write to its standard output; bytes.
pub const MAX_STDOUT: usize = 1 << 20;
/// The most that is kept of its standard error; bytes.
pub const MAX_STDERR: usize = 64 << 10;
