//! References without values. What is rendered stands in `tests/cases/render/`; `UPDATE=1 cargo test rendered`
//! writes those files anew.

use std::collections::{BTreeMap, BTreeSet};

use secretzero::emulator::{AccessModel, Action, Rights};
use serde_json::Value;

use crate::harness::{Azure, Program, Ran, repository};

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";

/// A user-assigned identity's resource id.
const RESOURCE: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop-rg/providers/\
                        Microsoft.ManagedIdentity/userAssignedIdentities/shop";

/// The files, and the arguments that make them.
const CASES: [(&str, &str); 11] = [
    ("app-service.json", "app-service --vault shop-a-kv"),
    ("app-service-names.json", "app-service-names --vault shop-a-kv"),
    ("container-apps.yml", "container-apps --vault shop-a-kv --identity RESOURCE"),
    ("container-apps.json", "container-apps --vault shop-b-kv --format json"),
    ("container-apps-az.txt", "container-apps-az --vault shop-a-kv --identity RESOURCE"),
    ("aks.yml", "aks --vault shop-a-kv --identity CLIENT"),
    ("aks-of-two-vaults.yml", "aks -s database -s limit -s feature_flag --identity vm:CLIENT"),
    (
        "aks.json",
        "aks --vault shop-b-kv --identity system --tenant-id contoso.example --format json",
    ),
    ("azure-pipelines.yml", "azure-pipelines -s database -s limit --service-connection shop"),
    ("azure-pipelines-group.yml", "azure-pipelines-group --vault shop-a-kv"),
    ("env.txt", "env --vault shop-a-kv"),
];

/// The same with versions.
const WITH_VERSIONS: [(&str, &str); 5] = [
    ("app-service-with-version.json", "app-service --vault shop-a-kv"),
    ("app-service-names-with-version.json", "app-service-names --vault shop-a-kv"),
    ("container-apps-with-version.yml", "container-apps --vault shop-b-kv"),
    ("aks-with-version.yml", "aks --vault shop-b-kv --identity CLIENT"),
    (
        "azure-pipelines-with-version.yml",
        "azure-pipelines --vault shop-b-kv --service-connection shop",
    ),
];

fn secretfile() -> String {
    let path = repository().join("tests/cases/render/Secretfile.yml");
    std::fs::read_to_string(path).expect("a Secretfile")
}

fn arguments(text: &str) -> Vec<String> {
    let words = text.replace("RESOURCE", RESOURCE).replace("CLIENT", CLIENT);
    ["render"].into_iter().chain(words.split(' ')).map(str::to_owned).collect()
}

/// Without any network, sign-in or environment.
fn render(text: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), secretfile()).expect("written");
    let args = arguments(text);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Program::new(folder.path()).args(&args).run()
}

/// Compares with the file of that name.
fn same(name: &str, made: &str) -> Result<(), String> {
    let path = repository().join("tests/cases/render").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
    if kept == made { Ok(()) } else { Err(format!("{name}:\n{made}")) }
}

#[test]
fn every_form_is_rendered_without_a_network_as_its_file_shows() {
    let differences: Vec<String> = CASES
        .iter()
        .filter_map(|(name, args)| same(name, &render(args).expect(0).stdout).err())
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn versions_are_rendered_with_the_right_to_list_alone() {
    let azure = Azure::start();
    azure.program(&secretfile()).args(&["sync"]).run().expect(0);
    azure.grant(Rights::only(AccessModel::Rbac, &[Action::List]));
    let mut differences = Vec::new();
    for (name, args) in WITH_VERSIONS {
        let args = arguments(&format!("{args} --with-version"));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let made = azure.program(&secretfile()).args(&args).run().expect(0).stdout;
        let version = azure.versions("shop-b-kv.vault.azure.net", "db-password")[0].id.clone();
        if name.contains("aks") {
            assert!(made.contains(&version), "{made}");
        }
        let id = regex_lite::Regex::new("\\b[0-9a-f]{32}\\b").expect("a pattern");
        differences.extend(same(name, &id.replace_all(&made, "VERSION")).err());
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_version_that_is_not_there_is_told() {
    let azure = Azure::start();
    let args = ["render", "env", "-s", "limit", "--with-version"];
    let ran = azure.program(&secretfile()).args(&args).run().expect(8);
    assert!(ran.stderr.contains("limit in shop-b-kv: it has no version yet"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}

#[test]
fn references_of_app_service_have_their_documented_grammar() {
    let address = r"@Microsoft\.KeyVault\(SecretUri=https://[a-z0-9-]+\.vault\.azure\.net/secrets/[A-Za-z0-9-]+/([0-9a-f]{32})?\)";
    let names = r"@Microsoft\.KeyVault\(VaultName=[a-z0-9-]+;SecretName=[A-Za-z0-9-]+(;SecretVersion=[0-9a-f]{32})?\)";
    for (form, grammar) in [("app-service", address), ("app-service-names", names)] {
        let grammar = regex_lite::Regex::new(&format!("^{grammar}$")).expect("a pattern");
        let settings = render(&format!("{form} --vault shop-a-kv")).expect(0).json();
        for setting in settings.as_array().expect("a list") {
            assert!(grammar.is_match(setting["value"].as_str().expect("a text")), "{setting}");
        }
    }
}

/// As the Azure CLI reads `--secrets`: at the first `=`, then at commas.
#[test]
fn the_azure_cli_reads_container_apps_arguments_as_references() {
    let said = render("container-apps-az --vault shop-a-kv --identity RESOURCE").expect(0).stdout;
    let words: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(words.len(), said.lines().count(), "no argument has a blank");
    let flag = words.iter().position(|word| *word == "--env-vars").expect("the second flag");
    let mut names = BTreeSet::new();
    for secret in &words[1..flag] {
        let (name, value) = secret.split_once('=').expect("a pair");
        let [vault, identity] = value.split(',').collect::<Vec<_>>()[..] else { panic!("{value}") };
        assert!(vault.starts_with("keyvaultref:https://shop-a-kv.vault.azure.net/secrets/"));
        assert_eq!(identity, format!("identityref:{RESOURCE}"));
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        names.insert(name);
    }
    for variable in &words[flag + 1..] {
        let (_, name) = variable.split_once("=secretref:").expect("a reference");
        assert!(names.contains(name), "{variable}");
    }
}

/// What the pod takes is what the classes make of what they read.
#[test]
fn a_pod_takes_what_its_classes_mirror() {
    let said =
        render("aks -s database -s limit -s feature_flag --identity CLIENT").expect(0).stdout;
    let documents: Vec<Value> =
        said.split("---\n").map(|document| serde_yaml::from_str(document).expect("YAML")).collect();
    let (pod, classes) = documents.split_last().expect("a pod");
    let mut mirrored: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for class in classes {
        let parameters = &class["spec"]["parameters"];
        assert!(parameters.as_object().expect("a map").values().all(Value::is_string));
        let objects: Value = serde_yaml::from_str(parameters["objects"].as_str().expect("text"))
            .expect("YAML in YAML");
        let read: BTreeSet<String> = objects["array"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| serde_yaml::from_str(one.as_str().expect("text")).expect("YAML"))
            .map(|one: Value| one["objectName"].as_str().expect("a name").to_owned())
            .collect();
        let secret = &class["spec"]["secretObjects"][0];
        let keys = mirrored.entry(secret["secretName"].as_str().expect("a name")).or_default();
        for data in secret["data"].as_array().expect("a list") {
            assert!(read.contains(data["objectName"].as_str().expect("a name")));
            keys.insert(data["key"].as_str().expect("a key"));
        }
    }
    let container = &pod["spec"]["containers"][0];
    for variable in container["env"].as_array().expect("a list") {
        let from = &variable["valueFrom"]["secretKeyRef"];
        let keys = &mirrored[from["name"].as_str().expect("a name")];
        assert!(keys.contains(from["key"].as_str().expect("a key")), "{variable}");
    }
    let names = |list: &Value| -> BTreeSet<String> {
        list.as_array().expect("a list").iter().map(|one| one["name"].to_string()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["spec"]["volumes"]));
    assert_eq!(classes.len(), names(&pod["spec"]["volumes"]).len());
}

#[test]
fn what_a_form_cannot_say_is_refused_with_the_way_out() {
    for (args, what, help) in [
        ("env", "`db_password` is in several places", "--vault NAME"),
        ("env -s limit --vault shop-a-kv", "`limit` is in none of these vaults", "--vault"),
        ("env -s nobody", "has no secret `nobody`", "it has"),
        ("aks -s limit", "a cluster's identity must be named", "--identity CLIENT-ID"),
        ("aks -s limit --identity RESOURCE", "a cluster's identity must be named", "vm:CLIENT-ID"),
        ("aks -s limit --identity CLIENT --tenant-id a\"b", "no GUID", "az account show"),
        ("container-apps -s limit --identity CLIENT", "by a resource id", "az identity show"),
        (
            "app-service -s limit --identity system",
            "names no identity",
            "keyVaultReferenceIdentity",
        ),
        ("azure-pipelines -s limit --identity system", "names no identity", "--service-connection"),
        ("azure-pipelines -s limit", "service connection that reads", "--service-connection NAME"),
        ("env -s limit --service-connection x", "only `azure-pipelines`", "leave"),
        ("env -s limit --format json", "this form has no JSON", "--format"),
        ("env -s limit --prefer shop-a-kv", "takes no `--prefer`", ""),
    ] {
        let ran = render(args).expect(3);
        assert!(ran.stderr.contains(what) && ran.stderr.contains(help), "{args}: {}", ran.stderr);
        assert!(!ran.stdout.contains("kv"), "{args}: {}", ran.stdout);
    }
}

#[test]
fn an_identity_or_a_connection_of_another_form_is_refused() {
    let long = format!("{CLIENT}\n- x");
    for pair in [["--identity", "shop"], ["--identity", &long], ["--service-connection", "$(x)"]] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ran = Program::new(folder.path()).args(&["render", "aks"]).args(&pair).run().expect(3);
        assert!(ran.stderr.contains("invalid value"), "{}", ran.stderr);
    }
}

#[test]
fn vaults_of_two_clouds_with_one_name_are_not_rendered_as_one_class() {
    let text = "
providers:
  here: {kind: azure, vault_url: 'https://shop-kv.vault.azure.net'}
  there: {kind: azure, vault_url: 'https://shop-kv.vault.usgovcloudapi.net'}
secrets:
  - {name: db_here, kind: random_password, targets: [{provider: here, kind: key_vault}]}
  - {name: db_there, kind: random_password, targets: [{provider: there, kind: key_vault}]}
";
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), text).expect("written");
    let args = ["render", "aks", "--identity", "system", "--tenant-id", "contoso.example"];
    let ran = Program::new(folder.path()).args(&args).run().expect(3);
    assert!(ran.stderr.contains("the class `shop-kv`") && ran.stdout.is_empty(), "{}", ran.stderr);
    let one = [&args[..], &["--vault", "shop-kv.vault.azure.net"]].concat();
    Program::new(folder.path()).args(&one).run().expect(0);
}
