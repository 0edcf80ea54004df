//! Names on a network, from an image that has no library to look them up.

use crate::SECRETFILE;
use crate::docker::{ACTION, Passing, docker, inspect, mount};
use crate::job::Job;

/// The embedded vault in a container, which is a proxy for Azure's hosts. Its certificate is in the workspace.
pub fn vault(job: &Job, network: &Passing, more: &[&str]) -> Passing {
    let out = mount(&job.workspace(), "/out");
    let place = ["--detach", "--network", &network.name, "--network-alias", "vault", "-v", &out];
    let args =
        ["emulator", "--allow-remote", "--listen", "0.0.0.0:8443", "--ca-out", "/out/ca.pem"];
    let vault = Passing::container("run", &[&place[..], &[ACTION], &args[..], more].concat());
    vault.wait_for("is ready");
    vault
}

/// What leads a step there, by this name, and signs it in.
pub fn environment(name: &str) -> [(&'static str, String); 6] {
    [
        ("HTTPS_PROXY", format!("http://{name}:8443")),
        ("SSL_CERT_FILE", "/github/workspace/ca.pem".to_owned()),
        ("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555".to_owned()),
        ("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555".to_owned()),
        ("AZURE_CLIENT_SECRET", "a client secret".to_owned()),
        ("GIVEN", "given".to_owned()),
    ]
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_step_beside_services_finds_them_by_their_names() {
    let network = Passing::network();
    let mut job = Job::new(SECRETFILE);
    let _vault = vault(&job, &network, &[]);
    job.network = Some(network.name.clone());
    let env = environment("vault");
    let env: Vec<(&str, &str)> = env.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let step = job.step(&[], &env).expect(0);
    assert_eq!(step.outputs()["created"], r#"["db","given"]"#);
}

#[test]
#[ignore = "needs Docker; .ci/run runs it"]
fn a_name_in_the_hosts_file_is_found() {
    let network = Passing::network();
    let job = Job::new(SECRETFILE);
    let vault = vault(&job, &network, &[]);
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let host = format!("elsewhere:{}", inspect(&vault.name, format));
    let folder = mount(&job.workspace(), "/github/workspace");
    let env = environment("elsewhere").map(|(name, text)| format!("--env={name}={text}"));
    let env: Vec<&str> = env.iter().map(String::as_str).collect();
    let place = ["run", "--rm", "--network", &network.name, "--add-host", &host, "-v", &folder];
    let place = [&place[..], &["-w", "/github/workspace"], &env].concat();
    docker(&[&place[..], &[ACTION, "plan"]].concat()).expect(0);
    docker(&[&place[..], &["-e", "HTTPS_PROXY=http://nobody:8443", ACTION, "plan"]].concat())
        .expect(6);
}
