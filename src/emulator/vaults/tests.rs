//! What is kept, and what is not when the disk fails.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::error::Kind;

const HOST: &str = "shop-kv.vault.azure.net";

fn clock() -> Clock {
    Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap())
}

fn open(folder: &TempDir) -> Vaults {
    Vaults::open(folder.path(), clock()).unwrap()
}

fn log(folder: &TempDir) -> PathBuf {
    folder.path().join("state.jsonl")
}

fn put(vaults: &Vaults, value: &str) {
    vaults.put(HOST, "db", value, BTreeMap::from([("by".to_owned(), "hand".to_owned())]));
}

fn ask(vaults: &Vaults, method: &str, path: &str, body: Option<Value>) -> Reply {
    let caller = Caller {
        app_id: String::new(),
        object_id: String::new(),
        tenant: String::new(),
        rights: Rights::all(),
    };
    let request = Request {
        method: method.to_owned(),
        host: HOST.to_owned(),
        path: path.to_owned(),
        query: "api-version=7.4".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        peer: [127, 0, 0, 1].into(),
    };
    vaults.answer(&request, &caller)
}

#[test]
fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    put(&vaults, "1");
    put(&vaults, "2");
    ask(&vaults, "PATCH", "/secrets/db", Some(json!({"attributes": {"exp": 9}})));
    vaults.put_managed(HOST, "cert", "pfx");
    vaults.put(HOST, "old", "x", BTreeMap::new());
    ask(&vaults, "DELETE", "/secrets/old", None);
    let answers = |vaults: &Vaults| {
        ["/secrets", "/secrets/db", "/secrets/db/versions", "/secrets/cert", "/deletedsecrets/old"]
            .map(|path| ask(vaults, "GET", path, None))
    };
    let before = (vaults.versions(HOST, "db"), answers(&vaults));
    drop(vaults);
    // Once from changes, once from the compacted file.
    for _ in 0..2 {
        let vaults = open(&folder);
        assert_eq!((vaults.versions(HOST, "db"), answers(&vaults)), before);
    }
}

#[test]
fn a_change_is_on_the_disk_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    ask(&vaults, "PUT", "/secrets/db", Some(json!({"value": "marked"})));
    assert!(fs::read_to_string(log(&folder)).unwrap().contains("marked"));
}

#[test]
fn a_purged_secret_leaves_the_disk_with_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    put(&vaults, "x");
    ask(&vaults, "DELETE", "/secrets/db", None);
    ask(&vaults, "DELETE", "/deletedsecrets/db", None);
    drop(vaults);
    open(&folder);
    assert_eq!(fs::read_to_string(log(&folder)).unwrap(), "");
}

#[test]
fn a_process_killed_at_any_byte_of_a_write_loses_only_that_write() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    put(&vaults, "first");
    let whole = fs::read(log(&folder)).unwrap();
    put(&vaults, "sécond");
    drop(vaults);
    let all = fs::read(log(&folder)).unwrap();
    // Opening waits for the disk, so not every byte has its turn; the last four have.
    let cuts = (whole.len()..all.len() - 4).step_by(11).chain(all.len() - 4..=all.len());
    for cut in cuts {
        fs::write(log(&folder), &all[..cut]).unwrap();
        let versions = open(&folder).versions(HOST, "db");
        let expected = if cut >= all.len() - 1 { 2 } else { 1 };
        assert_eq!(versions.len(), expected, "cut at {cut} of {}", all.len());
        assert_eq!(versions[0].value, "first");
    }
}

#[test]
fn what_is_written_after_a_torn_line_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    put(&open(&folder), "first");
    let mut torn = fs::read(log(&folder)).unwrap();
    torn.extend_from_slice(b"{\"host\":\"sh");
    fs::write(log(&folder), torn).unwrap();
    put(&open(&folder), "second");
    assert_eq!(open(&folder).versions(HOST, "db").len(), 2);
}

#[test]
fn a_damaged_line_is_named_with_a_way_out_and_without_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    put(&vaults, "hunter2");
    put(&vaults, "hunter2");
    drop(vaults);
    let text = fs::read_to_string(log(&folder)).unwrap();
    fs::write(log(&folder), text.replacen("{\"host\"", "{\"hos\"", 1)).unwrap();
    let error = Vaults::open(folder.path(), clock()).err().unwrap();
    let text = error.to_string();
    assert_eq!(error.kind, Kind::Usage);
    assert!(text.contains("state.jsonl:1") && text.contains("remove the line"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_change_that_cannot_be_kept_is_answered_500_and_has_not_happened() {
    let folder = tempfile::tempdir().unwrap();
    let vaults = open(&folder);
    put(&vaults, "old");
    let before = vaults.versions(HOST, "db");
    vaults.store().log.as_mut().unwrap().fail_from_now_on();
    let put = |name: &str| {
        ask(&vaults, "PUT", &format!("/secrets/{name}"), Some(json!({"value": "new"}))).status
    };
    assert_eq!((put("db"), put("other")), (500, 500));
    assert_eq!(ask(&vaults, "DELETE", "/secrets/db", None).status, 500);
    assert_eq!(vaults.versions(HOST, "db"), before);
    assert_eq!(vaults.names(HOST), ["db"]);
    drop(vaults);
    assert_eq!(open(&folder).versions(HOST, "db"), before);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_state() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    put(&open(&folder), "x");
    let mode = fs::metadata(log(&folder)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_value_is_not_part_of_debug() {
    let vaults = Vaults::in_memory(clock());
    put(&vaults, "hunter2");
    assert!(!format!("{:?}", vaults.versions(HOST, "db")).contains("hunter2"));
}

#[test]
fn options_of_one_vault_win_over_the_defaults() {
    let vaults = Vaults::in_memory(clock());
    vaults.set_options(HOST, VaultOptions { retention_days: 7, ..VaultOptions::default() });
    vaults.set_default_options(VaultOptions { retention_days: 30, ..VaultOptions::default() });
    assert_eq!(vaults.options(HOST).retention_days, 7);
    assert_eq!(vaults.options("other-kv.vault.azure.net").retention_days, 30);
}
