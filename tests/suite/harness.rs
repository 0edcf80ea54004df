//! The binary, in a scrubbed environment, against an embedded vault that stands in for Azure.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use secretzero::clock::Clock;
use secretzero::emulator::{Control, Emulator, Options, StoredVersion};
use tempfile::TempDir;

/// Two vaults that the tests write.
pub const A: &str = "shop-a-kv.vault.azure.net";
/// The other one.
pub const B: &str = "shop-b-kv.vault.azure.net";

/// The client secret of the tests' service principal.
pub const CLIENT_SECRET: &str = "c1ient~s3cret/of+the=tests";

/// Azure, as far as the program can tell: sign-in and every vault.
pub struct Azure {
    emulator: Emulator,
    /// The service's time, which stands still unless a test moves it.
    pub clock: Clock,
    folder: TempDir,
}

impl Azure {
    pub fn start() -> Self {
        let clock = Clock::simulated(jiff::Timestamp::now());
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: None,
            clock: clock.clone(),
            allow_remote: false,
        };
        let emulator = Emulator::start(options).expect("the embedded vault starts");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), emulator.ca_pem()).expect("the CA is written");
        Self { emulator, clock, folder }
    }

    pub fn control(&self) -> Control {
        self.emulator.control()
    }

    /// The address by which the program reaches every vault.
    pub fn proxy(&self) -> String {
        format!("http://{}", self.emulator.address())
    }

    /// The folder that the program runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, signed in as a service principal, with this Secretfile.
    pub fn program(&self, secretfile: &str) -> Program {
        let path = self.folder.path().join("Secretfile.yml");
        std::fs::write(path, secretfile).expect("the Secretfile is written");
        let ca = self.folder.path().join("ca.pem");
        Program::new(self.folder.path())
            .env("HTTPS_PROXY", &self.proxy())
            .env("SSL_CERT_FILE", &ca.display().to_string())
            .env("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555")
            .env("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555")
            .env("AZURE_CLIENT_SECRET", CLIENT_SECRET)
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
        Self { command }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub fn run(mut self) -> Ran {
        Ran::from(self.command.output().expect("the program starts"))
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
