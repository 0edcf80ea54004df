//! `init`: from nothing to files that are right as written.

use std::path::Path;

use crate::harness::{Program, Ran};

fn init(folder: &Path, args: &[&str]) -> Ran {
    Program::new(folder).args(&["init"]).args(args).run()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_starter_is_valid_without_any_notice_and_syncs_to_a_folder() {
    for (ci, pipeline) in [
        ("github", ".github/workflows/secrets.yml"),
        ("azure", ".azure-pipelines/secrets.yml"),
        ("gitlab", ".gitlab-ci.yml"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ran = init(folder.path(), &["--ci", ci, "--project", "shop"]).expect(0);
        let wrote =
            format!("wrote Secretfile.yml\nwrote {pipeline}\nadded .secretzero/ to .gitignore\n");
        assert!(ran.stdout.starts_with(&wrote), "{}", ran.stdout);
        for part in [
            "az keyvault create",
            "az role assignment create",
            "federated-credential",
            "shop-kv",
            "shop-secrets",
        ] {
            assert!(ran.stdout.contains(part), "{ci}: {part}: {}", ran.stdout);
        }
        let text = format!(
            "{}{}{}",
            read(folder.path(), "Secretfile.yml"),
            read(folder.path(), pipeline),
            ran.stdout
        );
        assert!(!text.contains('@') || !text.contains("@PROJECT@"), "{text}");
        let left = regex_lite::Regex::new("@[A-Z]+@").expect("a pattern");
        assert!(!left.is_match(&text), "{text}");
        let pipeline: serde_json::Value =
            serde_yaml::from_str(&read(folder.path(), pipeline)).expect("YAML");
        assert!(pipeline.is_object());
        let valid = Program::new(folder.path()).args(&["validate"]).run().expect(0);
        assert_eq!(valid.stdout, "Secretfile.yml is valid: secrets: 2, targets: 2\n");
        let sync = ["sync", "--local", ".secretzero"];
        Program::new(folder.path()).args(&sync).run().expect(0);
        let again = Program::new(folder.path()).args(&sync).run().expect(0);
        assert!(again.stdout.contains("Nothing changed"), "{}", again.stdout);
    }
}

#[test]
fn the_ci_system_that_the_repository_has_traces_of_is_served() {
    for (trace, pipeline) in [
        (".github/workflows/test.yml", ".github/workflows/secrets.yml"),
        ("azure-pipelines.yml", ".azure-pipelines/secrets.yml"),
        (".gitlab-ci.yml", ".gitlab/secrets.gitlab-ci.yml"),
        ("README.md", ".github/workflows/secrets.yml"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(trace);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, "kept").expect("written");
        let ran = init(folder.path(), &[]).expect(0);
        assert!(folder.path().join(pipeline).is_file(), "{trace}: {}", ran.stdout);
        assert_eq!(read(folder.path(), trace), "kept");
        let includes = ran.stdout.contains("include: [{local: .gitlab/secrets.gitlab-ci.yml}]");
        assert_eq!(includes, trace == ".gitlab-ci.yml");
    }
}

#[test]
fn a_folder_whose_name_is_a_word_of_yaml_is_a_project_for_every_reader() {
    for name in ["on", "null", "true", "no"] {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = parent.path().join(name);
        std::fs::create_dir(&folder).expect("made");
        init(&folder, &[]).expect(0);
        let file = read(&folder, "Secretfile.yml");
        assert!(file.contains(&format!("project: \"{name}\"\n")), "{file}");
        Program::new(&folder).args(&["validate"]).run().expect(0);
    }
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path(".gitignore"), b"\xff\xfe").expect("written");
    init(folder.path(), &[]).expect(3);
    assert!(!path("Secretfile.yml").exists(), "the next run would call it there already");
    std::fs::remove_file(path(".gitignore")).expect("removed");
    std::fs::write(path(".github"), "no folder").expect("written");
    let ran = init(folder.path(), &[]).expect(3);
    assert!(ran.stderr.contains(".github/workflows/secrets.yml: "), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
}

#[test]
fn another_clouds_identities_get_its_own_audience() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = "https://shop-kv.vault.usgovcloudapi.net";
    let ran = init(folder.path(), &["--ci", "gitlab", "--vault", vault]).expect(0);
    let audience = "api://AzureADTokenExchangeUSGov";
    assert!(ran.stdout.contains(&format!("--audiences {audience} ")), "{}", ran.stdout);
    let pipeline = read(folder.path(), ".gitlab-ci.yml");
    assert!(pipeline.contains(&format!("aud: {audience}\n")), "{pipeline}");
}

#[test]
fn nothing_that_is_there_is_replaced_unless_forced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), "mine").expect("written");
    let ran = init(folder.path(), &["--ci", "gitlab"]).expect(3);
    assert!(ran.stderr.contains("files are there already: Secretfile.yml"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
    assert_eq!(read(folder.path(), "Secretfile.yml"), "mine");
    init(folder.path(), &["--ci", "gitlab", "--force"]).expect(0);
    assert!(read(folder.path(), "Secretfile.yml").contains("secrets:"));
    let ran = init(folder.path(), &["--ci", "github"]).expect(3);
    assert!(ran.stderr.contains("already: Secretfile.yml [usage]\n"), "{}", ran.stderr);
}

#[test]
fn the_vault_and_the_project_can_be_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = "https://other-kv.vault.azure.net";
    let ran = init(folder.path(), &["--vault", vault, "--project", "web-shop"]).expect(0);
    let file = read(folder.path(), "Secretfile.yml");
    assert!(file.contains(&format!("vault_url: {vault}\n")), "{file}");
    assert!(file.contains("project: web-shop\n"), "{file}");
    assert!(ran.stdout.contains("az keyvault show --name other-kv "), "{}", ran.stdout);
    for args in [["--vault", "other-kv"], ["--project", "Web Shop"], ["--project", "a: b"]] {
        init(folder.path(), &args).expect(3);
    }
}

#[test]
fn what_git_ignores_already_is_left_alone() {
    for (before, after) in [
        ("target", "target\n.secretzero/\n"),
        ("target\n", "target\n.secretzero/\n"),
        (".secretzero\n", ".secretzero\n"),
        ("/.secretzero/\n", "/.secretzero/\n"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(".gitignore"), before).expect("written");
        init(folder.path(), &[]).expect(0);
        assert_eq!(read(folder.path(), ".gitignore"), after);
    }
}

#[test]
fn validate_advises_on_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "
providers: {azure: {kind: azure, vault_url: 'https://shop-kv.vault.azure.net'}}
secrets:
  - {name: secret1, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: temp_key, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
  - {name: shop_db_password, kind: random_password, targets: [{provider: azure, kind: key_vault}]}
";
    std::fs::write(folder.path().join("Secretfile.yml"), text).expect("written");
    let ran = Program::new(folder.path()).args(&["validate"]).run().expect(0);
    let notices = ran.stdout.lines().filter(|line| line.starts_with("notice: "));
    assert_eq!(notices.count(), 2, "{}", ran.stdout);
    let first = "notice: Secretfile.yml:4:54: the name `secret1` does not tell what it is for";
    assert!(ran.stdout.contains(first), "{}", ran.stdout);
    let json = Program::new(folder.path()).args(&["validate", "--format", "json"]).run().expect(0);
    assert_eq!(json.json()["notices"].as_array().map(Vec::len), Some(2));
}
