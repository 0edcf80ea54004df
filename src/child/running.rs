//! A program while it runs.

use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::capture::Capture;
use super::{Failure, MAX_STDERR, MAX_STDOUT, Output};
use crate::clock::Clock;

/// A program and its streams; it ends when this is dropped.
pub struct Running {
    child: Ending,
    stdout: Capture<ChildStdout>,
    stderr: Capture<ChildStderr>,
}

/// A program that does not outlive its holder.
struct Ending {
    child: Child,
    has_ended: bool,
}

impl Running {
    /// Starts it; both of its streams must be pipes.
    pub fn start(mut command: Command) -> Result<Self, Failure> {
        let mut child = Ending { child: command.spawn()?, has_ended: false };
        let (stdout, stderr) = (child.child.stdout.take(), child.child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(Failure::NotStarted("it has no pipes".to_owned()));
        };
        let stdout = Capture::new(stdout, MAX_STDOUT)?;
        let stderr = Capture::new(stderr, MAX_STDERR)?;
        Ok(Self { child, stdout, stderr })
    }

    /// Reads its streams until it has ended. What it started and left running keeps nobody waiting.
    /// At `ends`, by the clock, it is too late, as it is when the run is over.
    pub fn watch(mut self, clock: &Clock, ends: Duration) -> Result<Output, Failure> {
        loop {
            if let Some(over) = clock.over() {
                return Err(Failure::Over(over.error()));
            }
            let left = ends.saturating_sub(clock.elapsed());
            if left.is_zero() {
                return Err(Failure::Late);
            }
            self.wait_for_output(left.min(TICK));
            // Asked before the last reading, so that nothing it wrote before its end is missed.
            let ended = self.child.ended()?;
            self.stdout.read();
            self.stderr.read();
            if self.stdout.is_over() {
                return Err(Failure::TooLong);
            }
            if let Some(is_success) = ended {
                let (stdout, stderr) = (self.stdout.into_bytes(), self.stderr.into_bytes());
                return Ok(Output { is_success, stdout, stderr });
            }
        }
    }

    /// Until there is something to read, or for that time.
    fn wait_for_output(&self, time: Duration) {
        let stdout = self.stdout.source().map(AsFd::as_fd);
        let stderr = self.stderr.source().map(AsFd::as_fd);
        let open = stdout.into_iter().chain(stderr);
        let mut waiting: Vec<PollFd<'_>> =
            open.map(|stream| PollFd::from_borrowed_fd(stream, PollFlags::IN)).collect();
        // A wait that is cut short is only a look too many.
        let _ = poll(&mut waiting, Timespec::try_from(time).ok().as_ref());
    }
}

impl Ending {
    /// Whether it has ended, and with 0.
    fn ended(&mut self) -> std::io::Result<Option<bool>> {
        let status = self.child.try_wait()?;
        self.has_ended = status.is_some();
        Ok(status.map(|status| status.success()))
    }
}

impl Drop for Ending {
    /// Its whole group: `az` is a script that starts another program, which would go on by itself.
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::NotStarted(error.to_string())
    }
}

/// How often it is asked whether it has ended; its streams may be held open by what it started.
const TICK: Duration = Duration::from_millis(10);
