//! A job of GitHub's runner: its folders, and its steps in containers. What is mounted, set and said to Docker
//! is what the runner does (actions/runner, `ContainerActionHandler` and `DockerCommandManager`).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_yaml::Value;
use tempfile::TempDir;

use crate::docker::{ACTION, Ran, finish, mount, unique};
use crate::runner;

/// A job.
pub struct Job {
    /// The runner's folder for work.
    work: TempDir,
    /// Who owns it.
    pub owner: u32,
    /// The job's own network, where it has services.
    pub network: Option<String>,
}

/// What the runner got of a step.
pub struct Step {
    pub ran: Ran,
    /// The folder of its command files.
    files: PathBuf,
}

impl Job {
    /// With a checkout that holds this Secretfile.
    pub fn new(secretfile: &str) -> Self {
        let work = tempfile::tempdir().expect("a folder");
        let job = Self { work, owner: 0, network: None };
        for folder in FOLDERS {
            fs::create_dir_all(job.work.path().join(folder.0)).expect("made");
        }
        fs::write(job.workspace().join("Secretfile.yml"), secretfile).expect("written");
        // The runner is not root; where the tests are not, either, they own it already.
        let own = fs::metadata(job.work.path()).expect("there").uid();
        let job = Self { owner: if own == 0 { 1001 } else { own }, ..job };
        each_below(job.work.path(), &|path| job.give(path));
        job
    }

    pub fn workspace(&self) -> PathBuf {
        self.work.path().join("shop/shop")
    }

    /// The runner's folder for things that go with the job.
    pub fn temp(&self) -> PathBuf {
        self.work.path().join("_temp")
    }

    /// A step that uses the action.
    pub fn step(&self, inputs: &[(&str, &str)], env: &[(&str, &str)]) -> Step {
        self.run(inputs, env, None)
    }

    /// The action's last step, when the job is over.
    pub fn last_step(&self, inputs: &[(&str, &str)], first: &Step) -> Step {
        let state = first.pairs("save_state");
        let state = state.iter().map(|(name, text)| (format!("STATE_{name}"), text.as_str()));
        let state: Vec<(String, &str)> = state.collect();
        let env: Vec<(&str, &str)> =
            state.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let entrypoint = action()["runs"]["post-entrypoint"].as_str().expect("a text").to_owned();
        self.run(inputs, &env, Some(&entrypoint))
    }

    fn run(&self, inputs: &[(&str, &str)], env: &[(&str, &str)], entrypoint: Option<&str>) -> Step {
        let files = self.command_files();
        let mut all = self.variables(&files);
        all.extend(self.inputs(inputs));
        all.extend(env.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        let mut command = Command::new("docker");
        command.args(["run", "--name", &unique("step"), "--label", "secretzero-test"]);
        command.args(["--workdir", "/github/workspace", "--rm"]);
        for (name, text) in &all {
            // The value comes from Docker's own environment and stands on no command line.
            command.args(["-e", name]).env(name, self.in_container(text));
        }
        command.args(["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]);
        command.args(entrypoint.iter().flat_map(|entrypoint| ["--entrypoint", entrypoint]));
        command.args(self.network.iter().flat_map(|network| ["--network", network]));
        command.args(["-v", "/var/run/docker.sock:/var/run/docker.sock"]);
        for (folder, place) in FOLDERS {
            command.args(["-v", &mount(&self.work.path().join(folder), place)]);
        }
        command.arg(ACTION).args(args());
        Step { ran: finish(command.stdin(Stdio::null())), files }
    }

    /// A folder in the workspace, as a step before makes it.
    pub fn make_folder(&self, name: &str) {
        let path = self.workspace().join(name);
        fs::create_dir(&path).expect("made");
        self.give(&path);
    }

    fn give(&self, path: &Path) {
        if fs::symlink_metadata(path).expect("there").uid() != self.owner {
            chown(path, Some(self.owner), Some(self.owner)).expect("given to its owner");
        }
    }

    /// New empty files, which the runner gives to each step.
    fn command_files(&self) -> PathBuf {
        let folder = self.work.path().join("_temp/_runner_file_commands").join(unique("step"));
        fs::create_dir(&folder).expect("made");
        for name in FILES.map(|(_, name)| name) {
            fs::write(folder.join(name), "").expect("made");
        }
        each_below(&folder, &|path| self.give(path));
        folder
    }

    /// What the runner sets; the paths are its own.
    fn variables(&self, files: &Path) -> BTreeMap<String, String> {
        let path = |folder: &str| self.work.path().join(folder).display().to_string();
        let mut all: BTreeMap<String, String> = [
            ("HOME", path("_temp/_github_home")),
            ("GITHUB_WORKSPACE", path("shop/shop")),
            ("GITHUB_EVENT_PATH", path("_temp/_github_workflow/event.json")),
            ("RUNNER_TEMP", path("_temp")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("GITHUB_REPOSITORY", "shop/shop".to_owned()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("ACTIONS_RUNTIME_TOKEN", "a token of the runner".to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text))
        .into();
        let file = |(variable, name): (&str, &str)| {
            (variable.to_owned(), files.join(name).display().to_string())
        };
        all.extend(FILES.map(file));
        all
    }

    /// Every input of the description, by the runner's names: with what was given, else its default, else
    /// nothing.
    fn inputs(&self, given: &[(&str, &str)]) -> BTreeMap<String, String> {
        let action = action();
        let described = action["inputs"].as_mapping().expect("a map");
        let mut all: BTreeMap<&str, &str> = described
            .iter()
            .map(|(name, input)| {
                let default = input.get("default").and_then(Value::as_str).unwrap_or_default();
                (name.as_str().expect("a text"), default)
            })
            .collect();
        for (name, text) in given {
            assert!(all.insert(name, text).is_some(), "there is an input {name}");
        }
        let name = |name: &str| format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
        all.into_iter().map(|(key, text)| (name(key), text.to_owned())).collect()
    }

    /// Where a path of the runner is in the container.
    fn in_container(&self, text: &str) -> String {
        for (folder, place) in FOLDERS {
            let path = self.work.path().join(folder).display().to_string();
            if let Some(rest) = text.strip_prefix(&path) {
                return format!("{place}{rest}");
            }
        }
        text.to_owned()
    }

    /// Fails where anything in the workspace is not its owner's.
    pub fn assert_owned(&self) {
        each_below(&self.workspace(), &|path| {
            let owner = fs::symlink_metadata(path).expect("there").uid();
            assert_eq!(owner, self.owner, "{}", path.display());
        });
    }
}

impl Step {
    #[track_caller]
    pub fn expect(mut self, code: i32) -> Self {
        self.ran = self.ran.expect(code);
        self
    }

    /// What the runner reads from one of the step's files.
    pub fn pairs(&self, file: &str) -> BTreeMap<String, String> {
        runner::pairs(&self.files.join(file)).expect("the runner takes the file")
    }

    pub fn outputs(&self) -> BTreeMap<String, String> {
        self.pairs("set_output")
    }

    pub fn summary(&self) -> String {
        fs::read_to_string(self.files.join("step_summary")).expect("read")
    }

    /// The commands in both streams, which the runner reads alike.
    pub fn commands(&self) -> Vec<crate::Command> {
        runner::commands(&self.ran.log())
    }
}

/// The action's description.
pub fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    serde_yaml::from_str(&fs::read_to_string(path).expect("read")).expect("YAML")
}

/// What the description says behind the image, in the last step, too.
fn args() -> Vec<String> {
    serde_yaml::from_value(action()["runs"]["args"].clone()).expect("a list of texts")
}

/// Calls with a folder, and with all that is in it.
fn each_below(path: &Path, call: &dyn Fn(&Path)) {
    call(path);
    if fs::symlink_metadata(path).expect("there").is_dir() {
        for entry in fs::read_dir(path).expect("readable") {
            each_below(&entry.expect("readable").path(), call);
        }
    }
}

/// The folders that a step sees, and where; those within another one come first.
const FOLDERS: [(&str, &str); 5] = [
    ("_temp/_github_home", "/github/home"),
    ("_temp/_github_workflow", "/github/workflow"),
    ("_temp/_runner_file_commands", "/github/file_commands"),
    ("_temp", "/github/runner_temp"),
    ("shop/shop", "/github/workspace"),
];
/// The variables that name a step's command files.
const FILES: [(&str, &str); 5] = [
    ("GITHUB_ENV", "set_env"),
    ("GITHUB_OUTPUT", "set_output"),
    ("GITHUB_PATH", "add_path"),
    ("GITHUB_STATE", "save_state"),
    ("GITHUB_STEP_SUMMARY", "step_summary"),
];
