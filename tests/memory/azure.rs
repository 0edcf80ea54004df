//! The embedded vault in a process of its own, so that its memory is not the program's.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// A vault.
pub const A: &str = "shop-a-kv";
/// Another.
pub const B: &str = "shop-b-kv";
/// So many that a report has more bytes than a pipe holds.
pub const SECRETS: usize = 700;

/// The vaults, and the folder that programs run in.
pub struct Azure {
    child: Child,
    address: String,
    folder: TempDir,
    /// Kept, so that it can say more.
    _stdout: BufReader<ChildStdout>,
}

impl Azure {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretzero"));
        command.args(["emulator", "--listen", "127.0.0.1:0", "--ca-out"]);
        command.arg(folder.path().join("ca.pem")).env_clear().stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says that it is ready");
        let (_, address) = line.trim_end().rsplit_once("https://").expect("and where");
        Self { child, address: address.to_owned(), folder, _stdout: stdout }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A command on the secrets, in these vaults.
    pub fn program(&self, vaults: &[&str], args: &[&str]) -> Command {
        let file = self.folder.path().join("Secretfile.yml");
        std::fs::write(file, secretfile(vaults)).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretzero"));
        command.args(args).args(["--format", "json", "--quiet"]).env_clear();
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
            .env("HTTPS_PROXY", format!("http://{}", self.address))
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"))
            .env("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555")
            .env("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555")
            .env("AZURE_CLIENT_SECRET", "any");
        command
    }

    /// The same, from start to end.
    pub fn run(&self, vaults: &[&str], args: &[&str]) {
        let output = self.program(vaults, args).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What the first vault holds: single values, and the texts in objects.
    pub fn values(&self) -> Vec<String> {
        let folder = self.new_folder();
        self.run(&[A], &["fetch", "--export", &format!("*=file:{folder}/*")]);
        let files = std::fs::read_dir(folder).expect("read").map(|entry| entry.expect("a file"));
        let values: Vec<String> = files.flat_map(|file| texts(&file.path())).collect();
        assert!(values.len() > SECRETS, "there are {} values", values.len());
        values
    }

    /// An empty folder.
    pub fn new_folder(&self) -> String {
        let folder = tempfile::tempdir_in(self.folder.path()).expect("a folder").keep();
        folder.display().to_string()
    }

    /// An empty file.
    pub fn new_file(&self) -> PathBuf {
        let path = Path::new(&self.new_folder()).join("file");
        std::fs::write(&path, "").expect("written");
        path
    }
}

impl Drop for Azure {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn texts(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("UTF-8");
    match serde_json::from_str(&text) {
        Ok(serde_json::Value::Object(members)) => {
            members.values().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => vec![text],
    }
}

/// Passwords with every special character, and in between objects of two.
fn secretfile(vaults: &[&str]) -> String {
    let target = |vault: &&str| {
        format!(
            "{{provider: azure, kind: key_vault, config: {{vault_url: 'https://{vault}.vault.azure.net'}}}}"
        )
    };
    let targets: Vec<String> = vaults.iter().map(target).collect();
    let targets = targets.join(", ");
    let entry = |number: usize| {
        let kind = match number % 10 {
            0 => "templates.pair",
            _ => "random_password, config: {length: 40}",
        };
        format!("  - {{name: s{number:03}, kind: {kind}, targets: [{targets}]}}\n")
    };
    let entries: String = (0..SECRETS).map(entry).collect();
    format!(
        "providers: {{azure: {{kind: azure}}}}\nsecrets:\n{entries}templates:\n  pair:\n    fields:\n      \
         one: {{generator: {{kind: random_password, config: {{length: 40}}}}}}\n      \
         two: {{generator: {{kind: random_string, config: {{length: 48, charset: base64}}}}}}\n"
    )
}
