//! The binary, in a scrubbed environment, against an embedded vault that stands in for Azure.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use secretzero::clock::Clock;
use secretzero::emulator::{Control, Emulator, Options, Rights, StoredVersion};
use secretzero::env::Env;
use secretzero::terminal::Terminal;
use tempfile::TempDir;

use crate::oracle::Oracle;

/// Two vaults that the tests write.
pub const A: &str = "shop-a-kv.vault.azure.net";
/// The other one.
pub const B: &str = "shop-b-kv.vault.azure.net";

/// The tests' service principal.
pub const CLIENT_ID: &str = "99999999-8888-7777-6666-555555555555";
/// The client secret of the tests' service principal.
pub const CLIENT_SECRET: &str = "c1ient~s3cret/of+the=tests";

/// Azure, as far as the program can tell: sign-in and every vault.
pub struct Azure {
    emulator: Emulator,
    /// What it knows that no log may hold.
    oracle: Oracle,
    /// The service's time, which stands still unless a test moves it.
    pub clock: Clock,
    folder: TempDir,
}

impl Azure {
    pub fn start() -> Self {
        Self::start_at(jiff::Timestamp::now())
    }

    /// The same at another time.
    pub fn start_at(time: jiff::Timestamp) -> Self {
        let clock = Clock::simulated(time);
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("the embedded vault starts");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), emulator.ca_pem()).expect("the CA is written");
        let oracle = Oracle::new(emulator.control());
        Self { emulator, oracle, clock, folder }
    }

    pub fn control(&self) -> Control {
        self.emulator.control()
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.emulator.address()
    }

    /// The folder that the program runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, signed in as a service principal, with this Secretfile.
    pub fn program(&self, secretfile: &str) -> Program {
        self.write(secretfile);
        let oracle = Some(self.oracle.with_public(secretfile));
        let program = Program { oracle, ..Program::new(self.folder.path()) };
        self.environment().iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// The same in this process, by the service's clock, so that no wait takes time.
    pub fn in_process(&self, secretfile: &str) -> InProcess {
        InProcess {
            args: Vec::new(),
            file: self.write(secretfile),
            env: self.environment().into_iter().map(|(name, value)| (name.into(), value)).collect(),
            clock: self.clock.apart(),
            oracle: self.oracle.with_public(secretfile),
            answer: None,
        }
    }

    /// The same without a person, in one call.
    pub fn run_on_its_clock(&self, secretfile: &str, args: &[&str]) -> Ran {
        self.in_process(secretfile).args(args).run()
    }

    fn write(&self, secretfile: &str) -> PathBuf {
        let path = self.folder.path().join("Secretfile.yml");
        std::fs::write(&path, secretfile).expect("the Secretfile is written");
        path
    }

    /// What leads a program to this service, and signs it in.
    fn environment(&self) -> [(&'static str, String); 5] {
        let ca = self.folder.path().join("ca.pem");
        [
            ("HTTPS_PROXY", format!("http://{}", self.emulator.address())),
            ("SSL_CERT_FILE", ca.display().to_string()),
            ("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555".to_owned()),
            ("AZURE_CLIENT_ID", CLIENT_ID.to_owned()),
            ("AZURE_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ]
    }

    /// What the tests' service principal may do.
    pub fn grant(&self, rights: Rights) {
        self.control().entra(|entra| entra.grant(CLIENT_ID, rights));
    }

    /// A name's versions, oldest first.
    pub fn versions(&self, vault: &str, name: &str) -> Vec<StoredVersion> {
        self.control().versions(vault, name)
    }

    /// The current value.
    pub fn value(&self, vault: &str, name: &str) -> String {
        let versions = self.versions(vault, name);
        versions.last().unwrap_or_else(|| panic!("{vault}/{name} is there")).value.clone()
    }

    /// Every generation that any version in these vaults carries.
    pub fn generations(&self, vaults: &[&str], name: &str) -> BTreeSet<String> {
        let versions = vaults.iter().flat_map(|vault| self.versions(vault, name));
        versions.map(|version| generation(&version)).collect()
    }
}

/// The GENERATION of a version's state tag.
pub fn generation(version: &StoredVersion) -> String {
    let tag = version.tags.get("secretzero-state").expect("a version of ours has a state tag");
    tag.split(';').nth(1).expect("the state tag names a generation").to_owned()
}

/// One call of the binary.
pub struct Program {
    command: Command,
    /// Reads what it says; none: it has no vaults.
    oracle: Option<Oracle>,
}

/// One call of the library's door.
pub struct InProcess {
    args: Vec<String>,
    file: PathBuf,
    env: Vec<(String, String)>,
    clock: Clock,
    oracle: Oracle,
    answer: Option<&'static str>,
}

impl InProcess {
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The run's clock: a test may stop it.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The same by another clock, which a runner's may be.
    pub fn at(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A person at a terminal says this when asked.
    pub fn answer(mut self, answer: &'static str) -> Self {
        self.answer = Some(answer);
        self
    }

    pub fn run(self) -> Ran {
        self.oracle.learn();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut answer = self.answer.map(str::as_bytes);
        let mut args = vec!["secretzero".to_owned()];
        args.extend(self.args);
        args.extend(["--file".to_owned(), self.file.display().to_string()]);
        let code = secretzero::run(secretzero::Process {
            args: args.into_iter().map(Into::into).collect(),
            env: Env::new(self.env),
            clock: self.clock,
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminal: answer.is_some().then(|| Terminal::new(|_| {})),
            unread: secretzero::unread::Unread::default(),
            stdin: answer.as_mut().map(|answer| answer as &mut dyn std::io::BufRead),
        });
        let ran = Ran {
            code: i32::from(code),
            stdout: String::from_utf8(stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(stderr).expect("stderr is UTF-8"),
        };
        self.oracle.check(&ran);
        ran
    }
}

/// What it did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// With no environment at all.
    pub fn new(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretzero"));
        command.env_clear().current_dir(folder).stdin(Stdio::null());
        Self { command, oracle: None }
    }

    /// The same by a shell's script, in which `"$@"` is the command.
    pub fn by_shell(self, script: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "sh"]).arg(self.command.get_program());
        command.args(self.command.get_args()).env_clear().stdin(Stdio::null());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().expect("every program has a folder"));
        Self { command, ..self }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// The same by another name of the program.
    pub fn called(mut self, name: &str) -> Self {
        self.command.arg0(name);
        self
    }

    /// Whose output may hold values, since it hands them over.
    pub fn without_oracle(self) -> Self {
        Self { oracle: None, ..self }
    }

    /// What would be run.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end. What it says holds no value of the vaults, or this fails.
    pub fn run(mut self) -> Ran {
        self.oracle.iter().for_each(Oracle::learn);
        let ran = Ran::from(self.command.output().expect("the program starts"));
        self.oracle.iter().for_each(|oracle| oracle.check(&ran));
        ran
    }

    /// The same where the reader of stdout is gone.
    pub fn run_unread(mut self) -> Ran {
        let (reader, writer) = std::io::pipe().expect("a pipe is made");
        drop(reader);
        self.command.stdout(writer);
        self.run()
    }

    /// Starts without waiting; nobody reads what it says.
    pub fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.spawn().expect("the program starts")
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

impl Ran {
    /// Fails with all that was said unless the exit code is `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The report of `--format json`.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("stdout is one JSON document")
    }

    /// The actions of the report, in order.
    #[track_caller]
    pub fn actions(&self) -> Vec<String> {
        let report = self.json();
        let secrets = report["secrets"].as_array().expect("a list of secrets").clone();
        let targets = secrets.iter().flat_map(|secret| secret["targets"].as_array().cloned());
        targets.flatten().map(|t| t["action"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// The repository's own folder.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One minted secret in both vaults, rotated every 90 days.
pub const MINTED: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
";

/// One given secret in both vaults.
pub const GIVEN: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets:
  - name: db
    kind: static
    config: {default: '${API_KEY}'}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
";
