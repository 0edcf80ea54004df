//! Small scripts in the place of other people's programs. Each says what the real one was seen to say,
//! and writes down how it was called.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::env::Env;

/// A folder that is the PATH.
pub struct StandIn {
    folder: TempDir,
    name: &'static str,
}

impl StandIn {
    /// A program whose script's body is `body`.
    pub fn new(name: &'static str, body: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let record = folder.path().join("record");
        let text = format!(
            "#!/bin/sh\n\
             for argument in \"$@\"; do printf 'argument %s\\n' \"$argument\"; done > {0}\n\
             echo \"folder $(pwd)\" >> {0}\n\
             /usr/bin/env | sed 's/^/variable /' >> {0}\n\
             cat >> {0}\n\
             {body}\n",
            record.display()
        );
        let path = folder.path().join(name);
        write(&path, &text);
        Self { folder, name }
    }

    /// A named pipe of that name in its folder.
    pub fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        path
    }

    /// A file of that name in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An environment whose PATH leads to it, with credentials that it must not see.
    pub fn env(&self) -> Env {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        let pairs = [
            ("PATH", path.as_str()),
            ("HOME", "/home/somebody"),
            ("AZURE_CONFIG_DIR", "/home/somebody/.azure"),
            ("HTTPS_PROXY", "http://proxy.example:3128"),
            ("AZURE_CLIENT_SECRET", "hunter2"),
            ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hunter2"),
            ("GITHUB_TOKEN", "hunter2"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "hunter2"),
            ("SYSTEM_ACCESSTOKEN", "hunter2"),
            ("INPUT_CLIENT-SECRET", "hunter2"),
            ("STRIPE_API_KEY", "hunter2"),
        ];
        Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    fn record(&self, kind: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("record")).expect("it was called");
        let lines = text.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
        lines.map(str::to_owned).collect()
    }

    /// Its arguments at the latest call.
    pub fn arguments(&self) -> Vec<String> {
        self.record("argument")
    }

    /// That it was called in a safe folder, with what it needs, and saw no secret anywhere.
    pub fn assert_called_safely(&self, extra: &str) {
        assert_eq!(self.record("folder"), ["/"], "{}", self.name);
        let variables = self.record("variable");
        for needed in ["AZURE_CONFIG_DIR=/home/somebody/.azure", "HOME=/home/somebody", extra] {
            assert!(variables.iter().any(|line| line == needed), "{needed}: {variables:?}");
        }
        let everything = std::fs::read_to_string(self.path("record")).expect("it was called");
        assert!(!everything.contains("hunter2"), "{everything}");
    }
}

/// The body of a script that starts another program and waits for it without end; the other says so
/// in the pipe `alive`.
pub fn hanging() -> String {
    "(echo started; exec sleep 1000) > \"$(dirname \"$0\")/alive\" & wait".to_owned()
}

/// Writes a script by another process: a file that this one has open for writing cannot be run, and a
/// child that another thread starts at that moment has it open, too.
pub fn write(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"]).arg(path).stdin(Stdio::piped());
    let mut shell = shell.spawn().expect("a shell");
    shell.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("a script");
    assert!(shell.wait().expect("the shell's end").success());
}
