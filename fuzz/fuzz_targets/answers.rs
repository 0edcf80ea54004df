//! Any answer of a Key Vault: it is understood or refused, the next page stays on the vault, and no value and no
//! command is in what is said of it.
//!
//! An input is a status, lines of headers, an empty line and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secretzero::fuzzing::{
    Asked, Bundle, Deleted, Failure, FromAnswer, Page, Properties, Response, VaultUrl, answer,
};

/// A value that must not be shown; nothing else has it.
const SECRET: &str = "hunter2=Zq9xV7";
/// The most that is said of one answer, in characters: a sentence, a place, a request's id and a way out.
const MAX_SAID: usize = 6_000;

fuzz_target!(|bytes: &[u8]| {
    let (head, body) = halves(bytes);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split('\n');
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let Some(response) = answer(status, &headers, body) else { return };
    let vault = VaultUrl::new("https://kv1.vault.azure.net", None).expect("valid");
    understand(&vault, &response.body);
    refuse(&vault, &response);
    plant(&vault, body);
});

fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (&[], bytes),
    }
}

/// As every kind of answer that there is.
fn understand(vault: &VaultUrl, body: &[u8]) -> Vec<String> {
    let mut said = Vec::new();
    for name in [None, Some("db")] {
        let bundle = Bundle::from_answer(vault, name, body);
        let properties = Properties::from_answer(vault, name, body);
        let deleted = Deleted::from_answer(vault, name, body);
        let page: Result<Page<Properties>, String> = Page::from_answer(vault, name, body);
        let deleted_page: Result<Page<Deleted>, String> = Page::from_answer(vault, name, body);
        if let Ok(bundle) = &bundle {
            assert!(bundle.value.expose().len() <= body.len(), "a value longer than its answer");
            assert_about(name, &bundle.properties);
            assert!(bundle.properties.version.is_some(), "a version without its id");
        }
        properties.iter().for_each(|properties| assert_about(name, properties));
        deleted.iter().for_each(|deleted| assert_about(name, &deleted.properties));
        if let Ok(page) = &page {
            page.items.iter().for_each(|item| assert_about(name, item));
            page.next.iter().for_each(|next| assert_stays(&format!("{next:?}")));
        }
        if let Ok(page) = &deleted_page {
            page.next.iter().for_each(|next| assert_stays(&format!("{next:?}")));
        }
        said.extend([
            bundle.err(),
            properties.err(),
            deleted.err(),
            page.err(),
            deleted_page.err(),
        ]);
    }
    said.into_iter().flatten().collect()
}

fn assert_about(name: Option<&str>, properties: &Properties) {
    let found = properties.name.as_str();
    assert!(name.is_none_or(|name| name.eq_ignore_ascii_case(found)), "about another: {found}");
}

/// A page's path can neither leave the vault nor start a header.
fn assert_stays(next: &str) {
    let path = next.strip_prefix("NextPage(\"").and_then(|rest| rest.strip_suffix("\")"));
    let path = path.expect("a path in quotes");
    let is_list = path.starts_with("/secrets") || path.starts_with("/deletedsecrets");
    assert!(is_list, "another path: {path}");
    assert!(path.bytes().all(|b| (b'!'..=b'~').contains(&b) && b != b'#'), "no URL: {path}");
}

/// As a failure of every request that there is.
fn refuse(vault: &VaultUrl, response: &Response) {
    for action in ["list", "get", "set", "delete", "recover", "purge"] {
        let failure = Failure::of_response(Asked { vault, action, name: Some("db") }, response);
        let said = failure.error.to_string();
        assert!(said.chars().count() <= MAX_SAID, "{} characters are said", said.chars().count());
        let is_harmless = !said.contains("::") && !said.contains("##[") && !said.contains("##vso[");
        assert!(is_harmless, "a command of a runner: {said}");
        assert!(
            said.chars().all(|c| c == '\n' || !c.is_control()),
            "a control character: {said:?}"
        );
        let mut lines = said.split('\n').skip(1);
        assert!(lines.all(|line| line.starts_with("  ")), "a line of its own: {said:?}");
    }
}

/// Whatever follows a value in an answer, no sentence about it holds the value.
fn plant(vault: &VaultUrl, body: &[u8]) {
    let mut planted = format!(r#"{{"value":"{SECRET}","#).into_bytes();
    planted.extend_from_slice(body.strip_prefix(b"{").unwrap_or(body));
    for said in understand(vault, &planted) {
        assert!(!said.contains(SECRET), "a value is shown: {said}");
        assert!(said.len() < 120, "a sentence of ours is short: {said}");
    }
}
