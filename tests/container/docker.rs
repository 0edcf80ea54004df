//! Docker's command line.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The program alone.
pub const ACTION: &str = "secretzero:action";
/// The program beside a shell.
pub const CI: &str = "secretzero:ci";

/// What a call did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails with all that was said unless the exit code is `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Both streams, as a log has them.
    pub fn log(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// `docker` with these arguments, and nothing on its stdin.
pub fn docker(args: &[&str]) -> Ran {
    let mut command = Command::new("docker");
    finish(command.args(args).stdin(Stdio::null()))
}

/// Runs a call to its end.
pub fn finish(command: &mut Command) -> Ran {
    let output = command.output().expect("docker starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or(-1);
    Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// What `docker inspect` says of a container or an image.
pub fn inspect(what: &str, format: &str) -> String {
    docker(&["inspect", "--format", format, what]).expect(0).stdout.trim().to_owned()
}

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("secretzero-test-{name}-{}-{number}", std::process::id())
}

/// `docker run`'s or `create`'s argument that mounts a folder.
pub fn mount(from: &Path, to: &str) -> String {
    format!("{}:{to}", from.display())
}

/// Something of Docker's that goes with its test.
pub struct Passing {
    /// Its name.
    pub name: String,
    remove: &'static [&'static str],
}

impl Passing {
    /// A container that this call makes, `create` or `run -d`; its name is put behind the first word.
    pub fn container(verb: &str, args: &[&str]) -> Self {
        let name = unique("container");
        docker(&[&[verb, "--name", &name], args].concat()).expect(0);
        Self { name, remove: &["rm", "--force", "--volumes"] }
    }

    /// Waits until it says this, or has ended without a word of it.
    pub fn wait_for(&self, text: &str) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut follow = Command::new("docker");
        follow.args(["logs", "--follow", &self.name]).stdin(Stdio::null());
        follow.stdout(writer.try_clone().expect("a second end")).stderr(writer);
        let mut child = follow.spawn().expect("docker starts");
        // The call holds the pipe open, too.
        drop(follow);
        let said = BufReader::new(reader).lines();
        let is_said = said.map_while(Result::ok).any(|line| line.contains(text));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        assert!(is_said, "{} never says {text}", self.name);
    }

    /// A network with names for its containers, as a job with services has.
    pub fn network() -> Self {
        let name = unique("network");
        docker(&["network", "create", &name]).expect(0);
        Self { name, remove: &["network", "rm"] }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        docker(&[self.remove, &[&self.name]].concat());
    }
}
