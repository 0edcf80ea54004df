//! What keeps a job from its vaults: told from the outside to the inside, without side effects.

use secretzero::emulator::{AccessModel, Action, Rights, VaultOptions};
use serde_json::Value;

use crate::harness::{A, Azure, B, CLIENT_ID, MINTED, Program, Ran};

fn doctor(azure: &Azure, args: &[&str]) -> Ran {
    azure.in_process(MINTED).args(&["doctor"]).args(args).run()
}

/// Check, state, words and way out of every finding about a vault.
fn findings(ran: &Ran, vault: &str) -> Vec<(String, String, String)> {
    let report = ran.json();
    let vaults = report["vaults"].as_array().expect("a list of vaults").clone();
    let found = vaults.into_iter().find(|found| found["vault"] == vault).expect("the vault");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = found["findings"].as_array().expect("a list of findings").clone();
    let row = |f: &Value| {
        (text(&f["check"]), text(&f["state"]), format!("{} {}", text(&f["what"]), text(&f["fix"])))
    };
    findings.iter().map(row).collect()
}

#[track_caller]
fn finding(ran: &Ran, check: &str) -> (String, String) {
    let found = findings(ran, A).into_iter().find(|(name, ..)| name == check);
    let (_, state, what) = found.unwrap_or_else(|| panic!("{check}:\n{}", ran.stdout));
    (state, what)
}

#[track_caller]
fn expect(ran: &Ran, check: &str, state: &str, part: &str) {
    let (found, what) = finding(ran, check);
    assert_eq!(found, state, "{check}: {what}");
    assert!(what.contains(part), "{check}: {part}: {what}");
}

#[test]
fn where_all_is_well_every_check_says_what_it_saw_and_nothing_is_written() {
    let azure = Azure::start();
    azure.run_on_its_clock(MINTED, &["sync"]).expect(0);
    azure.control().clear_requests();
    let ran = doctor(&azure, &["--format", "json"]).expect(0);
    for (check, part) in [
        ("name", "looks it up"),
        ("proxy", "through 127.0.0.1"),
        ("connection", "it answers"),
        ("tls", "an authority that this job adds"),
        ("clock", "0 s off"),
        ("sign-in", CLIENT_ID),
        ("network", "the vault saw 127.0.0.1"),
        ("api-version", "7.6 is taken"),
        ("list", "it may list"),
        ("get", "it may read values"),
        ("soft-delete", "kept 90 days; purge protection is off (Recoverable+Purgeable)"),
        ("deleted-names", "none of the file's names"),
    ] {
        expect(&ran, check, "ok", part);
    }
    assert_eq!(findings(&ran, A).len(), 12, "{}", ran.stdout);
    assert_eq!(ran.json()["vaults"][0]["identity"]["application"], CLIENT_ID);
    assert_eq!(ran.json().get("roles"), None, "nothing is missing");
    let asked = azure.control().requests();
    let changing = asked.iter().filter(|seen| seen.host == A && seen.method != "GET").count();
    let values = asked.iter().filter(|seen| seen.path == "/secrets/db").count();
    assert_eq!((changing, values), (0, 0), "{asked:?}");
}

#[test]
fn the_text_shows_each_failure_with_its_reason_and_way_out_and_the_rest_in_a_line() {
    let azure = Azure::start();
    azure.grant(Rights::only(AccessModel::Rbac, &[Action::List]));
    let ran = doctor(&azure, &["--vault", "shop-a-kv"]).expect(5);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], format!("{A} (provider azure)"), "{}", ran.stdout);
    let starts = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(starts("  ok "), 10, "{}", ran.stdout);
    assert_eq!(starts("  FAILED   get            get was refused: 403"), 1, "{}", ran.stdout);
    assert_eq!(
        starts("                          fix: az role assignment create"),
        1,
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Least rights on shop-a-kv"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(B), "{}", ran.stdout);
}

#[test]
fn after_a_failure_the_later_checks_say_what_they_wait_for() {
    let azure = Azure::start();
    let ran = azure.in_process(MINTED).args(&["doctor", "--format", "json"]);
    let ran = ran.env("AZURE_CLIENT_SECRET", "wrong");
    azure.control().entra(|entra| entra.register(CLIENT_ID, "right"));
    let ran = ran.run().expect(4);
    expect(&ran, "tls", "ok", "");
    expect(&ran, "sign-in", "failed", "AADSTS7000215");
    for check in ["network", "api-version", "list", "get", "soft-delete", "deleted-names"] {
        expect(&ran, check, "unknown", "not tried, since `sign-in` failed");
    }
}

#[test]
fn an_old_vault_and_one_in_trouble_are_told_apart() {
    for (rule, check, code) in [
        ("GET /secrets status=400", "api-version", 5),
        ("GET /secrets status=503", "list", 6),
        ("GET /secrets status=429", "list", 7),
    ] {
        let azure = Azure::start();
        azure.control().add_fault(rule.parse().expect("a rule"));
        let ran = doctor(&azure, &["--format", "json"]).expect(code);
        expect(&ran, check, "failed", "");
        expect(&ran, "get", "unknown", "not tried");
    }
}

#[test]
fn a_clock_that_is_off_is_a_notice() {
    let azure = Azure::start_at(jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30));
    let ran = azure.program(MINTED).args(&["doctor", "--format", "json"]).run().expect(0);
    expect(&ran, "clock", "notice", "s ahead of the service's");
}

#[test]
fn a_write_probe_tries_every_right_and_leaves_nothing() {
    let azure = Azure::start();
    azure.run_on_its_clock(MINTED, &["sync"]).expect(0);
    azure.control().clear_requests();
    let ran = doctor(&azure, &["--write-probe", "--format", "json"]).expect(0);
    for check in ["set", "update", "delete", "recover", "purge"] {
        expect(&ran, check, "ok", "it may, and did");
    }
    expect(&ran, "left-behind", "ok", "nothing; the name was secretzero-probe-");
    assert_eq!(azure.control().names(A), ["db"]);
    let written = azure.control().requests().into_iter().filter(|seen| seen.method != "GET");
    let is_ours = |path: &str| path.contains("/secretzero-probe-") || path.ends_with("/token");
    assert!(written.into_iter().all(|seen| is_ours(&seen.path)));
}

#[test]
fn what_a_probe_cannot_remove_is_said_with_the_command_that_removes_it() {
    let azure = Azure::start();
    let rights = [Action::List, Action::Get, Action::Set, Action::Update];
    azure.grant(Rights::only(AccessModel::Rbac, &rights));
    let ran = doctor(&azure, &["--write-probe", "--format", "json"]).expect(0);
    expect(&ran, "update", "ok", "");
    expect(&ran, "delete", "notice", "--role \"Key Vault Secrets Officer\"");
    expect(&ran, "purge", "unknown", "nothing was soft-deleted");
    expect(
        &ran,
        "left-behind",
        "notice",
        "az keyvault secret delete --vault-name shop-a-kv --name secretzero-probe-",
    );
    let left = azure.control().names(A);
    let [name] = left.as_slice() else { panic!("one name is left: {left:?}") };
    let tags = azure.versions(A, name).last().expect("a version").tags.clone();
    assert_eq!(tags.get("ManagedBy").map(String::as_str), Some("secretzero"));
}

#[test]
fn purge_protection_is_no_missing_right() {
    let azure = Azure::start();
    let options =
        VaultOptions { purge_protection: true, retention_days: 7, ..VaultOptions::default() };
    azure.control().set_options(A, options);
    let ran = doctor(&azure, &["--write-probe", "--format", "json"]).expect(0);
    expect(&ran, "soft-delete", "ok", "kept 7 days; purge protection is on");
    expect(&ran, "recover", "ok", "");
    expect(&ran, "purge", "notice", "purge protection is enabled");
    expect(&ran, "left-behind", "notice", "which the vault purges on ");
}

#[test]
fn a_vault_without_soft_delete_is_told_and_a_probe_leaves_nothing_there() {
    let azure = Azure::start();
    azure.control().set_options(A, VaultOptions { soft_delete: false, ..VaultOptions::default() });
    let ran = doctor(&azure, &["--write-probe", "--format", "json"]).expect(0);
    expect(&ran, "soft-delete", "notice", "it is off");
    expect(&ran, "purge", "unknown", "nothing was soft-deleted");
    expect(&ran, "left-behind", "ok", "nothing");
    assert!(azure.control().names(A).is_empty());
}

#[test]
fn a_vaults_answer_cannot_put_a_command_of_a_runner_into_the_report() {
    let azure = Azure::start();
    azure.control().on_request(std::sync::Arc::new(|seen| {
        (seen.host == A).then(|| secretzero::emulator::Fault::Answer {
            status: 403,
            headers: Vec::new(),
            body: r#"{"error":{"code":"Forbidden","message":"no\n::add-mask::x\u001b[31m","innererror":{"code":"ForbiddenByFirewall"}}}"#.to_owned(),
        })
    }));
    for format in ["text", "json"] {
        let ran = doctor(&azure, &["--format", format]).expect(5);
        assert!(ran.stdout.contains("firewall") && ran.stdout.contains("no "), "{}", ran.stdout);
        assert!(
            !ran.stdout.contains("::add-mask") && !ran.stdout.contains('\u{1b}'),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_least_roles_come_from_the_file_alone() {
    let azure = Azure::start();
    let ran = doctor(&azure, &["--roles"]).expect(0);
    for part in [
        "Least rights on shop-a-kv.vault.azure.net (provider azure)",
        "plan, status: Key Vault Reader (uses readMetadata/action)",
        "--role \"Key Vault Secrets Officer\" --assignee 99999999-8888-7777-6666-555555555555 --scope \"$(az keyvault show --name shop-b-kv --query id --output tsv)\"",
        "for name in db; do az role assignment create",
        "--spn 99999999-8888-7777-6666-555555555555 --secret-permissions list get set recover\n",
        "--secret-permissions list get set delete recover purge\n",
        "On its names alone, the vault's list is refused",
    ] {
        assert!(ran.stdout.contains(part), "{part}:\n{}", ran.stdout);
    }
    assert!(azure.control().requests().is_empty(), "nobody was asked");
}

#[test]
fn the_least_roles_of_nobody_that_is_known_say_what_to_fill_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), MINTED).expect("written");
    let ran = Program::new(folder.path()).args(&["doctor", "--roles"]).run().expect(0);
    assert!(ran.stdout.contains("--assignee-object-id \"$OBJECT_ID\""), "{}", ran.stdout);
    assert!(ran.stdout.contains("  OBJECT_ID is the identity's: `az "), "{}", ran.stdout);
    assert!(ran.stdout.contains("replaces what the identity may"), "{}", ran.stdout);
}

#[test]
fn rights_that_are_missing_bring_the_least_roles_for_who_was_refused() {
    let azure = Azure::start();
    azure.grant(Rights::only(AccessModel::Rbac, &[]));
    let report = doctor(&azure, &["--format", "json"]).expect(5).json();
    let object = report["vaults"][0]["identity"]["object"].as_str().expect("an object id");
    let assign = report["roles"][0]["jobs"][0]["assign"].as_str().expect("a command");
    assert!(assign.contains(&format!("--assignee-object-id {object}")), "{assign}");
}

#[test]
fn a_rehearsal_says_that_it_is_one() {
    let azure = Azure::start();
    let folder = azure.folder().join("vault");
    let ran =
        doctor(&azure, &["--local", folder.to_str().expect("a path"), "--write-probe"]).expect(0);
    assert!(ran.stdout.starts_with("REHEARSAL"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the rehearsal's own"), "{}", ran.stdout);
}
