//! The seven classic problems with Key Vault, each provoked, told with its cause and its fix, and mended.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use secretzero::emulator::identity::{AppService, Assigned, Identities};
use secretzero::emulator::{
    AccessModel, Action, FederatedCredential, NetworkRules, Rights, VaultOptions,
};
use serde::Deserialize;

use crate::harness::{A, Azure, B, CLIENT_SECRET, InProcess, MINTED, Ran, repository};

const CLIENT: &str = "99999999-8888-7777-6666-555555555555";

/// One of `tests/cases/classics.yml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classic {
    classic: String,
    what: String,
    #[serde(default)]
    synced: bool,
    provoke: World,
    sync: Expected,
    /// What `doctor` finds; the same form.
    doctor: Expected,
    mend: World,
}

/// How the world is; what is not said is as it should be.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct World {
    replace: BTreeMap<String, String>,
    rights: Option<Vec<String>>,
    policy: Option<Vec<String>>,
    network: Option<Vec<IpAddr>>,
    deleted: Vec<String>,
    purge_protection: bool,
    secret: Option<String>,
    trusts: Option<String>,
    identity: Option<bool>,
    tenant: Option<String>,
    cloud: Option<String>,
    env: BTreeMap<String, String>,
}

/// What is said of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    args: Vec<String>,
    exit: i32,
    code: String,
    cause: Vec<String>,
    fix: Vec<String>,
}

fn classics() -> Vec<Classic> {
    let path = repository().join("tests/cases/classics.yml");
    let text = std::fs::read_to_string(path).expect("the cases");
    serde_yaml::from_str(&text).expect("a list of cases")
}

impl World {
    /// Makes Azure so.
    fn apply(&self, azure: &Azure) {
        self.set_rights(azure);
        self.set_vaults(azure);
    }

    /// A job in it.
    fn job(&self, azure: &Azure, command: &str) -> InProcess {
        let file = self.replace.iter().fold(MINTED.to_owned(), |file, (from, to)| {
            assert!(file.contains(from), "{from}");
            file.replace(from, to)
        });
        let job = azure.in_process(&file).args(&[command]);
        let job = self.signed_in(azure, job);
        let job = self.env.iter().fold(job, |job, (name, value)| job.env(name, value));
        let Some(cloud) = &self.cloud else { return job };
        let path = azure.folder().join("cloud.yml");
        std::fs::write(&path, cloud).expect("the cloud is written");
        job.args(&["--cloud-config", path.to_str().expect("a path of UTF-8")])
    }

    fn set_rights(&self, azure: &Azure) {
        azure.grant(match (&self.rights, &self.policy) {
            (Some(rights), _) => Rights::only(AccessModel::Rbac, &actions(rights)),
            (None, Some(rights)) => Rights::only(AccessModel::Policy, &actions(rights)),
            (None, None) => Rights::all(),
        });
    }

    fn set_vaults(&self, azure: &Azure) {
        let control = azure.control();
        let options = |network| VaultOptions {
            purge_protection: self.purge_protection,
            network,
            ..VaultOptions::default()
        };
        control.set_options(
            A,
            options(match &self.network {
                None => NetworkRules::Open,
                Some(admitted) if admitted.is_empty() => NetworkRules::Private,
                Some(admitted) => NetworkRules::Addresses(admitted.clone()),
            }),
        );
        control.set_options(B, options(NetworkRules::Open));
        self.deleted.iter().for_each(|name| control.delete(A, name));
        self.tenant.iter().for_each(|tenant| control.set_tenant(A, tenant));
    }

    /// By a client secret, as a GitHub job, or as an app.
    fn signed_in(&self, azure: &Azure, job: InProcess) -> InProcess {
        let control = azure.control();
        let secret = self.secret.as_deref().unwrap_or(CLIENT_SECRET);
        control.entra(|entra| entra.register(CLIENT, secret));
        if let Some(subject) = &self.trusts {
            control.entra(|entra| entra.trust(CLIENT, of_github(subject)));
            let url = "https://pipelines.actions.githubusercontent.com/idtoken?api-version=2.0";
            let job = job.env("AZURE_CLIENT_SECRET", "").env("GITHUB_ACTIONS", "true");
            let job = job.env("ACTIONS_ID_TOKEN_REQUEST_URL", url);
            return job.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token");
        }
        let Some(has_identity) = self.identity else { return job };
        let system = Assigned { client: "app".to_owned(), ..Assigned::default() };
        let system = has_identity.then_some(system);
        let app = AppService::new(Identities { system, assigned: Vec::new() }, "right");
        control.serve_on_host(Some(Arc::new(app)));
        let endpoint = format!("http://{}/msi/token", azure.address());
        let job = job.env("AZURE_CLIENT_SECRET", "").env("AZURE_CLIENT_ID", "");
        job.env("IDENTITY_ENDPOINT", &endpoint).env("IDENTITY_HEADER", "right")
    }
}

fn of_github(subject: &str) -> FederatedCredential {
    FederatedCredential {
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        subject: subject.to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
    }
}

fn actions(names: &[String]) -> Vec<Action> {
    let action = |name: &String| match name.as_str() {
        "get" => Action::Get,
        "list" => Action::List,
        "set" => Action::Set,
        "update" => Action::Update,
        "recover" => Action::Recover,
        "purge" => Action::Purge,
        other => panic!("no action {other}"),
    };
    names.iter().map(action).collect()
}

impl Expected {
    #[track_caller]
    fn check(&self, what: &str, ran: &Ran) {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, self.exit, "{what}:\n{said}");
        let code = format!("[{}]", self.code);
        for part in self.cause.iter().chain(&self.fix).chain([&code]) {
            assert!(said.contains(part), "{what}: {part}:\n{said}");
        }
    }
}

#[test]
fn each_of_the_seven_classics_is_told_with_its_cause_and_fix_and_passes_once_it_is_mended() {
    let classics = classics();
    for Classic { classic, what, synced, provoke, sync, doctor, mend } in &classics {
        let what = format!("{classic}: {what}");
        let azure = Azure::start();
        if *synced {
            World::default().job(&azure, "sync").run().expect(0);
        }
        provoke.apply(&azure);
        sync.check(&what, &provoke.job(&azure, "sync").run());
        let args: Vec<&str> = doctor.args.iter().map(String::as_str).collect();
        doctor.check(&what, &provoke.job(&azure, "doctor").args(&args).run());
        mend.apply(&azure);
        let ran = mend.job(&azure, "sync").run();
        assert_eq!(ran.code, 0, "{what}:\n{}{}", ran.stdout, ran.stderr);
        let names = azure.control().names(A);
        assert_eq!(names.len(), 1, "{what}");
        assert_eq!(azure.value(A, &names[0]), azure.value(B, &names[0]), "{what}");
    }
    let told: BTreeSet<&str> = classics.iter().map(|classic| classic.classic.as_str()).collect();
    assert_eq!(told.len(), 7, "{told:?}");
}

#[test]
fn every_classic_can_be_explained_by_the_code_of_its_message() {
    let azure = Azure::start();
    for Classic { classic, sync, doctor, .. } in classics() {
        for code in [sync, doctor].map(|expected| expected.code) {
            let ran = explain(&azure, &[&code]).expect(0);
            assert!(ran.stdout.starts_with(&format!("{code}: ")), "{}", ran.stdout);
        }
        let ran = explain(&azure, &[&classic]).expect(0);
        for part in ["What you see", "Why", "How to mend it", "How to check", "`az "] {
            assert!(ran.stdout.contains(part), "{classic}: {part}:\n{}", ran.stdout);
        }
    }
}

fn explain(azure: &Azure, args: &[&str]) -> Ran {
    azure.program(MINTED).args(&["explain"]).args(args).run()
}

#[test]
fn a_code_of_the_service_is_explained_and_an_unknown_word_gets_a_suggestion() {
    let azure = Azure::start();
    let said = |args: &[&str]| explain(&azure, args).expect(0).stdout;
    assert!(said(&["ForbiddenByFirewall"]).starts_with("firewall: "));
    assert!(said(&["AADSTS700213"]).contains("no federated credential has the presented subject"));
    let list = said(&[]);
    assert!(list.contains("\n  firewall  ") && list.contains("\n  bug  "), "{list}");
    let ran = explain(&azure, &["firewal"]).expect(3);
    assert!(ran.stderr.contains("did you mean `firewall`?"), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty());
}

#[test]
fn a_program_reads_codes_in_reports_and_explains_them() {
    let azure = Azure::start();
    azure.grant(Rights::only(AccessModel::Rbac, &[]));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run().expect(5);
    let code = ran.json()["secrets"][0]["targets"][0]["error"]["code"].clone();
    assert_eq!(code, "access-denied");
    let explained = explain(&azure, &["access-denied", "--format", "json"]).expect(0).json();
    assert_eq!((explained["code"].clone(), explained["exit_code"].as_u64()), (code, Some(5)));
    assert!(explained["guide"]["mend"].is_array(), "{explained}");
    let bad =
        azure.program("secretz: []\n").args(&["validate", "--format", "json"]).run().expect(3);
    assert_eq!(bad.json()["problems"][0]["code"], "secretfile-key", "{}", bad.stdout);
    let all = explain(&azure, &["--format", "json"]).expect(0).json();
    assert!(all["codes"].as_array().is_some_and(|codes| codes.len() > 60));
}
