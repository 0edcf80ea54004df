//! A container job of Azure Pipelines: the agent keeps a container alive, makes its own user in it, and starts
//! every step there (azure-pipelines-agent, `ContainerOperationProvider`).

use std::fs;

use crate::docker::{CI, Passing, Ran, docker, mount};
use crate::job::Job;
use crate::{GIVEN, SECRETFILE, agent};

/// A container as the agent makes it ready; the workspace is where the agent mounts it.
fn container(job: &Job) -> Passing {
    let (work, user) = (mount(&job.workspace(), "/__w/1/s"), job.owner.to_string());
    let start = ["--label", "secretzero-test", "-v", &work, CI, "bash", "-c", "sleep infinity"];
    let container = Passing::container("create", &start);
    docker(&["start", &container.name]).expect(0);
    let exec = |command: &[&str]| docker(&[&["exec", &container.name], command].concat()).expect(0);
    exec(&["sh", "-c", "command -v bash"]);
    exec(&["bash", "-c", "getent passwd | cut -d: -f1,3 | grep -c root"]);
    exec(&["groupadd", "-g", &user, "vsts_azpcontainer"]);
    exec(&["useradd", "-m", "-g", "vsts_azpcontainer", "-u", &user, "vsts_azpcontainer"]);
    exec(&["groupadd", "azure_pipelines_sudo"]);
    exec(&["usermod", "-a", "-G", "azure_pipelines_sudo", "vsts_azpcontainer"]);
    let line = "echo '%azure_pipelines_sudo ALL=(ALL:ALL) NOPASSWD:ALL' >> /etc/sudoers";
    exec(&["su", "-c", line]);
    exec(&["id", "-u", "vsts_azpcontainer"]);
    container
}

/// A step of a script.
fn step(job: &Job, container: &Passing, script: &str) -> Ran {
    let user = job.owner.to_string();
    let given = format!("GIVEN={GIVEN}");
    let env = ["-e", "TF_BUILD=True", "-e", "AGENT_TEMPDIRECTORY=/__w/1/s", "-e", &given];
    let place = ["exec", "-u", &user, "-w", "/__w/1/s"];
    docker(&[&place[..], &env, &[&container.name, "bash", "-c", script]].concat())
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_container_job_of_azure_pipelines_syncs_and_fetches() {
    let job = Job::new(SECRETFILE);
    let container = container(&job);
    let synced = step(&job, &container, "secretzero sync --local .secretzero").expect(0);
    let commands = agent::commands(&synced.log());
    let output = |name: &str| {
        let is_it = |one: &&crate::Command| one.property("variable") == Some(name);
        commands.iter().find(is_it).map(|one| one.data.clone())
    };
    assert_eq!(output("changed").as_deref(), Some("true"));
    let summary = commands.iter().find(|one| one.name == "task.uploadsummary").expect("a summary");
    let summary = summary.data.strip_prefix("/__w/1/s/").expect("a path of the agent's");
    assert!(fs::read_to_string(job.workspace().join(summary)).expect("read").contains("mermaid"));
    let script = "mkdir -m 700 keys && secretzero fetch --local .secretzero \
                  --export db=env:DB --export 'given=file:keys/given' && ls -l keys";
    let fetched = step(&job, &container, script).expect(0);
    let commands = agent::commands(&fetched.log());
    let variable = commands.iter().find(|one| one.name == "task.setvariable").expect("a variable");
    assert_eq!((variable.property("issecret"), variable.data.len()), (Some("true"), 32));
    let given = fs::read_to_string(job.workspace().join("keys/given")).expect("read");
    assert_eq!(given, GIVEN);
    job.assert_owned();
}
