//! What one run of a program takes, measured by a process that has no other child: the system tells
//! peak memory only as the largest of all children.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The first argument of the process that measures.
pub const MEASURE: &str = "--measure";

/// What a run took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// From its start to its end, seconds.
    pub wall: f64,
    /// Of all its threads, in user and system mode, seconds.
    pub cpu: f64,
    /// The most memory that it held at once, KiB.
    pub peak: i64,
    /// The end of what it said on stderr.
    pub said: String,
}

/// Runs a program in a scrubbed environment and measures it.
pub fn run(program: &str, args: &[String], env: &[(String, String)]) -> Result<Taken> {
    let output = Command::new(std::env::current_exe()?)
        .arg(MEASURE)
        .arg(program)
        .args(args)
        .env_clear()
        .envs(env.iter().cloned())
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).map_err(|_| format!("not measured: {said}").into())
}

/// The process that measures: starts the program, waits, and prints what it took.
pub fn serve(args: &[String]) -> Result<()> {
    let (program, args) = args.split_first().ok_or("name a program")?;
    let began = Instant::now();
    let output = Command::new(program).args(args).stdout(Stdio::null()).output()?;
    let wall = began.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let start = said.len().saturating_sub(SAID);
    let taken = Taken {
        code: output.status.code().unwrap_or(-1),
        wall,
        cpu: (seconds(usage.user_time()) + seconds(usage.system_time())).as_secs_f64(),
        peak: usage.max_rss(),
        said: said.chars().skip(start).collect(),
    };
    serde_json::to_writer(std::io::stdout(), &taken)?;
    Ok(())
}

fn seconds(time: TimeVal) -> Duration {
    let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

/// How much of stderr is kept, in bytes.
const SAID: usize = 2_000;
