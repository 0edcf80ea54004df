//! A program that runs while a test does other things, and is sent real signals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use secretzero::emulator::{Control, Seen};

use crate::harness::{Program, Ran};

/// What a program says when a signal lets it finish.
pub const FINISHING: &str = "finishing what was begun";

pub struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    pub fn start(program: Program) -> Self {
        let mut command = program.into_command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stderr, said: String::new() }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("it runs");
    }

    /// Sends a signal, and waits until the program has taken it for a wish.
    pub fn ask_to_end(&mut self, signal: Signal) {
        self.signal(signal);
        self.wait_for(FINISHING);
    }

    /// Waits for a line of stderr.
    pub fn wait_for(&mut self, part: &str) {
        let before = self.said.len();
        while !self.said[before..].contains(part) {
            let read = self.stderr.read_line(&mut self.said).expect("stderr is UTF-8");
            assert_ne!(read, 0, "it ended without `{part}`:\n{}", self.said);
        }
    }

    /// The first line of stdout.
    pub fn first_line(&mut self) -> String {
        let mut line = Vec::new();
        let stdout = self.child.stdout.as_mut().expect("a pipe");
        while line.last() != Some(&b'\n') {
            let mut byte = [0];
            stdout.read_exact(&mut byte).expect("it says more");
            line.push(byte[0]);
        }
        String::from_utf8(line).expect("stdout is UTF-8")
    }

    /// Its end; 128 and the number where a signal killed it.
    pub fn end(mut self) -> Ran {
        self.stderr.read_to_string(&mut self.said).expect("stderr is UTF-8");
        let output = self.child.wait_with_output().expect("its end");
        let killed = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(killed, None, "it was killed:\n{}", self.said);
        Ran { stderr: self.said, ..Ran::from(output) }
    }
}

/// Holds requests back until a test lets them go.
pub struct Gate {
    arrived: Receiver<Seen>,
    release: Sender<()>,
}

impl Gate {
    /// Before the requests that `is_held` chooses.
    pub fn before(control: &Control, is_held: fn(&Seen) -> bool) -> Self {
        let ((tell, arrived), (release, released)) = (channel(), channel::<()>());
        let ends = Arc::new(Mutex::new((tell, released)));
        control.on_request(Arc::new(move |seen| {
            if is_held(seen) {
                let ends = ends.lock().expect("the gate");
                // A test that ended asks nothing any more.
                let _ = ends.0.send(seen.clone());
                let _ = ends.1.recv();
            }
            None
        }));
        Self { arrived, release }
    }

    /// Waits for one; it is held.
    pub fn wait(&self) -> Seen {
        self.arrived.recv().expect("a request comes")
    }

    /// Lets one go.
    pub fn open(&self) {
        self.release.send(()).expect("a request is held");
    }
}
