//! SIGTERM to the first process of a container, which the kernel keeps from it where nothing heeds it. Docker then
//! kills it, which is exit code 137.

use crate::SECRETFILE;
use crate::docker::{ACTION, Passing, docker, inspect, mount};
use crate::job::Job;
use crate::network::{environment, vault};

/// Stops it with more patience than any test needs; returns its exit code.
fn stop(container: &Passing) -> String {
    docker(&["stop", "--time", "60", &container.name]).expect(0);
    inspect(&container.name, "{{.State.ExitCode}}")
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_step_that_waits_for_a_vault_stops_when_its_job_is_cancelled() {
    let network = Passing::network();
    let job = Job::new(SECRETFILE);
    let _vault = vault(&job, &network, &["--fault", "PUT status=429 retry-after=60"]);
    let folder = mount(&job.workspace(), "/github/workspace");
    let env = environment("vault").map(|(name, text)| format!("--env={name}={text}"));
    let env: Vec<&str> = env.iter().map(String::as_str).collect();
    let place = ["--detach", "--network", &network.name, "-v", &folder, "-w", "/github/workspace"];
    let args = [&place[..], &env, &[ACTION, "sync", "-vv"]].concat();
    let step = Passing::container("run", &args);
    step.wait_for("trying again in");
    assert_eq!(stop(&step), "143");
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn the_embedded_vault_ends_in_peace() {
    let vault = Passing::container("run", &["--detach", ACTION, "emulator"]);
    vault.wait_for("is ready");
    assert_eq!(stop(&vault), "0");
}
