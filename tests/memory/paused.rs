//! A program at its last act.

use std::io::Read;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A run that writes its report into a pipe that nobody empties: all else is done, and it cannot end.
pub struct Paused {
    child: Child,
    stdout: ChildStdout,
}

impl Paused {
    /// Starts it, and waits until the report begins.
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        // As a CI system, which reads there what it is to hide.
        let mut stderr = child.stderr.take().expect("a pipe");
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut [0]).expect("a report begins");
        Self { child, stdout }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it end.
    pub fn end(mut self) {
        let mut rest = Vec::new();
        self.stdout.read_to_end(&mut rest).expect("the report");
        assert!(
            rest.len() > PIPE,
            "the report has {} bytes, and did not fill the pipe",
            rest.len()
        );
        assert!(self.child.wait().expect("its end").success(), "the run succeeds");
    }
}

/// Twice what a pipe of Linux holds, in bytes.
const PIPE: usize = 128 << 10;
