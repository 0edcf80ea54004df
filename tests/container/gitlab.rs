//! A job of GitLab's runner: it starts a shell in the image and gives it the script on stdin.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::docker::{CI, Ran, mount};
use crate::job::Job;
use crate::{GIVEN, SECRETFILE};

/// The runner's command: the best shell that the image has.
const SHELL: &str = "for shell in /usr/local/bin/bash /usr/bin/bash /bin/bash /bin/sh; do \
                     if [ -x $shell ]; then exec $shell; fi; done; exit 1";

fn run(job: &Job, script: &str) -> Ran {
    let mut command = Command::new("docker");
    command.args(["run", "--rm", "--interactive", "-v", &mount(&job.workspace(), "/builds/shop")]);
    command.args(["-e", "GITLAB_CI=true", "-e", "CI=true", "-e", "CI_PROJECT_DIR=/builds/shop"]);
    command.args(["-e", "GIVEN"]).env("GIVEN", GIVEN).args([CI, "sh", "-c", SHELL]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("docker starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let script = format!("set -eo pipefail\ncd \"$CI_PROJECT_DIR\"\n{script}\n");
    stdin.write_all(script.as_bytes()).expect("the shell reads it");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or(-1);
    Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_job_of_gitlab_syncs_and_fetches() {
    let job = Job::new(SECRETFILE);
    let script =
        "secretzero sync --local .secretzero\ngrep -q SECRETZERO_CHANGED=true secretzero.env";
    run(&job, script).expect(0);
    let dotenv = fs::read_to_string(job.workspace().join("secretzero.env")).expect("read");
    assert!(dotenv.len() < 5120 && dotenv.lines().all(|line| line.contains('=')), "{dotenv}");
    let script = "mkdir -m 700 keys\nsecretzero fetch --local .secretzero --export '*=file:keys/*'\n\
                  test \"$(stat -c %a keys/db)\" = 600";
    let fetched = run(&job, script).expect(0);
    let [db, given] = ["keys/db", "keys/given"]
        .map(|path| fs::read_to_string(job.workspace().join(path)).expect("read"));
    assert_eq!(given, GIVEN);
    assert!(!fetched.log().contains(&db) && !fetched.log().contains("x=y<<EOF"));
    let refused = run(&job, "secretzero fetch --local .secretzero --export db=env:DB").expect(3);
    assert!(refused.stderr.contains("file:PATH"), "{}", refused.stderr);
}
