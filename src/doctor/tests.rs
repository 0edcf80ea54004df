//! What facts are found to mean, where no service can be made to show them, and the least rights of files.

use std::collections::BTreeSet;

use super::facts::{Facts, Trust};
use super::needs::Needs;
use super::*;
use crate::azure::{Caller, Code, Failure, RightsModel};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::http::{Proxied, Way};
use crate::report::doctor::Finding;
use crate::secretfile::{self, LoadOptions};

fn load(text: &str) -> Secretfile {
    let options = LoadOptions {
        var_files: Vec::new(),
        vars: Vec::new(),
        env: &Env::default(),
        custom_cloud: None,
        partial: false,
        rehearsal: false,
    };
    secretfile::load("Secretfile.yml", text.as_bytes(), &options).expect("a valid file")
}

/// One secret of this kind and configuration, with these options, in these vaults.
fn file(kind: &str, options: &str, vaults: &[&str]) -> Secretfile {
    let target = |vault: &&str| {
        let url = format!("https://{vault}.vault.azure.net");
        format!(
            "\n      - {{provider: azure, kind: key_vault, config: {{vault_url: '{url}'{options}}}}}"
        )
    };
    let targets: String = vaults.iter().map(target).collect();
    let head = "providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:\n  - name: db\n";
    load(&format!("{head}    {kind}\n    targets:{targets}\n"))
}

const MINTED: &str = "kind: random_password";
const GIVEN: &str = "kind: static\n    config: {default: abc}";

fn needs(kind: &str, options: &str, vaults: &[&str]) -> Needs {
    let file = file(kind, options, vaults);
    let places = Place::all(&file, &[0], None);
    Needs::of(&places[0])
}

#[test]
fn values_are_read_only_where_they_are_copied_or_compared() {
    assert!(!needs(MINTED, "", &["one"]).gets, "one minted value is made and never read");
    assert!(needs(MINTED, "", &["one", "two"]).gets, "a second vault gets a copy");
    assert!(needs(GIVEN, "", &["one"]).gets, "a given value is compared");
    assert!(needs(MINTED, ", on_drift: overwrite", &["one"]).gets, "an older version is put back");
}

#[test]
fn recover_and_purge_are_needed_where_the_file_says_so() {
    let needs = |options| {
        let needs = needs(MINTED, options, &["one"]);
        (needs.recovers, needs.purges)
    };
    assert_eq!(needs(""), (true, false));
    assert_eq!(needs(", on_soft_deleted: purge"), (false, true));
    assert_eq!(needs(", on_soft_deleted: fail"), (false, false));
}

#[test]
fn places_keep_to_the_vaults_that_are_named() {
    let file = file(MINTED, "", &["one", "two"]);
    assert_eq!(Place::all(&file, &[0], None).len(), 2);
    let only = BTreeSet::from(["two.vault.azure.net".to_owned()]);
    let places = Place::all(&file, &[0], Some(&only));
    assert_eq!(places.iter().map(|place| place.vault.name()).collect::<Vec<_>>(), ["two"]);
    assert!(Place::all(&file, &[], None).is_empty());
}

#[test]
fn only_ids_get_into_commands_that_people_paste() {
    let identity = |object: &str| Identity {
        application: None,
        object: Some(object.to_owned()),
        tenant: None,
        is_person: true,
    };
    assert_eq!(Assignee::of_identity(&identity("$(id)")), None);
    let id = "01234567-89ab-cdef-0123-456789abcdef";
    let person = Assignee::of_identity(&identity(id)).expect("an id");
    assert_eq!(
        person.of_role(),
        format!("--assignee-object-id {id} --assignee-principal-type User")
    );
    let auth = crate::secretfile::Auth { client_id: Some("`id`".to_owned()), ..Default::default() };
    assert_eq!(Assignee::told(&auth, &Env::default()), Assignee::Unknown);
}

fn facts() -> Facts {
    Facts {
        way: Way { proxied: Proxied::No, addresses: Ok(vec![[20, 1, 2, 3].into()]) },
        greeting: Some(Ok(crate::azure::key_vault::Greeting::default())),
        trust: Trust::BuiltIn,
        caller: Some(Ok(Caller::default())),
        list: None,
        list_one: None,
        get: None,
        level: None,
        deleted: None,
        probe: None,
    }
}

fn refused(code: Code, error: ErrorCode, model: Option<RightsModel>) -> Failure {
    Failure { code, error: Error::of(error, "no"), may_be_done: false, model }
}

fn judged(facts: &Facts, check: Check) -> Finding {
    let file = file(MINTED, "", &["one", "two"]);
    let places = Place::all(&file, &[0], None);
    let mut found = judge::findings(&places[0], facts);
    found.retain(|finding| finding.check == check);
    found.pop().expect("every check has a finding")
}

#[test]
fn a_role_on_single_secrets_is_told_from_none() {
    let rights = || Err(refused(Code::Rights, ErrorCode::AccessDenied, Some(RightsModel::Roles)));
    let single =
        Facts { list: Some(rights()), list_one: Some(Ok(())), get: Some(rights()), ..facts() };
    assert_eq!(judged(&single, Check::List).state, State::Notice);
    assert_eq!(judged(&single, Check::Get).state, State::Unknown);
    let none =
        Facts { list: Some(rights()), list_one: Some(rights()), get: Some(rights()), ..facts() };
    assert_eq!(judged(&none, Check::List).state, State::Failed);
    assert_eq!(judged(&none, Check::Get).state, State::Failed);
    assert!(judged(&none, Check::Get).fix.is_some_and(|fix| !fix.contains("set-policy")));
}

#[test]
fn a_policys_command_takes_away_no_right_that_was_seen() {
    use crate::names::SecretName;
    let policies = || refused(Code::Rights, ErrorCode::AccessDenied, Some(RightsModel::Policies));
    let steps = vec![
        (Check::Set, facts::Step::Done),
        (Check::Update, facts::Step::Done),
        (Check::Delete, facts::Step::Done),
        (Check::Recover, facts::Step::Done),
        (Check::Purge, facts::Step::Failed(policies())),
    ];
    let name = SecretName::strict("secretzero-probe-1").expect("a name");
    let probe = Some(facts::Probe { name, steps, left: facts::Left::Nothing });
    let facts = Facts { list: Some(Ok(())), get: Some(Ok(())), probe, ..facts() };
    let fix = judged(&facts, Check::Purge).fix.expect("a way out");
    let all = "--secret-permissions list get set delete recover purge\n";
    assert!(fix.contains(all) && fix.contains("it replaces"), "{fix}");
}

#[test]
fn a_vaults_word_for_soft_delete_cannot_start_a_line_or_a_command() {
    let shown = crate::azure::key_vault::Properties {
        name: crate::names::SecretName::strict("db").expect("a name"),
        version: None,
        enabled: true,
        created: jiff::Timestamp::UNIX_EPOCH,
        expires: None,
        not_before: None,
        recovery_level: Some("Recoverable\n::add-mask::x\u{1b}[31m".to_owned()),
        recoverable_days: None,
        content_type: None,
        tags: None,
        managed: false,
    };
    let level = facts::Level::of(&shown);
    let found = judged(&Facts { list: Some(Ok(())), level, ..facts() }, Check::SoftDelete);
    assert!(found.what.contains("Recoverable"), "{}", found.what);
    assert!(!found.what.contains(['\n', '\u{1b}']) && !found.what.contains("::"), "{}", found.what);
}

#[test]
fn a_vault_without_public_access_whose_name_is_public_lacks_its_dns_zone() {
    let list = Some(Err(refused(Code::Private, ErrorCode::PrivateVault, None)));
    let found = judged(&Facts { list, ..facts() }, Check::Network);
    assert_eq!(found.state, State::Failed);
    assert!(found.cause.is_some_and(|cause| cause.contains("privatelink.vaultcore.azure.net")));
}

#[test]
fn an_answer_without_a_time_or_a_secret_leaves_the_clock_and_soft_delete_unknown() {
    let facts = Facts { list: Some(Ok(())), get: Some(Ok(())), ..facts() };
    for check in [Check::Clock, Check::SoftDelete, Check::DeletedNames] {
        assert_eq!(judged(&facts, check).state, State::Unknown, "{check:?}");
    }
}
