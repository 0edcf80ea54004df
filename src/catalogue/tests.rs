//! The catalogue is complete, and the documentation is the catalogue.

use std::path::{Path, PathBuf};

use super::{FAMILIES, entries, markdown, text};
use crate::error_code::ErrorCode;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_of_errors_is_current() {
    let path = repository().join("docs/errors.md");
    let page = markdown::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "run UPDATE_DOCS=1 cargo test --lib catalogue");
}

#[test]
fn every_code_has_its_section_on_the_page_and_its_line_in_the_list() {
    let (page, list) = (markdown::page(), text::list());
    for code in ErrorCode::ALL {
        let heading = format!("\n### {}\n", code.name());
        assert_eq!(page.matches(&heading).count(), 1, "{heading}");
        assert!(list.contains(&format!("\n  {} ", code.name())), "{heading}");
    }
}

#[test]
fn the_seven_classics_have_a_guide_from_what_one_sees_to_how_one_checks() {
    let classics = [
        "access-denied",
        "sign-in",
        "vault-url",
        "secret-name",
        "soft-delete",
        "network",
        "managed-identity",
    ];
    let guides = FAMILIES.iter().filter_map(|family| Some((family.id, family.guide.as_ref()?)));
    let guides: Vec<_> = guides.collect();
    assert_eq!(guides.iter().map(|(id, _)| *id).collect::<Vec<_>>(), classics);
    for (id, guide) in guides {
        assert!(!guide.sees.is_empty() && !guide.why.is_empty(), "{id}");
        let is_command = |step: &&&str| step.contains("`az ") || step.contains("`secretzero ");
        assert!(guide.mend.iter().any(|step| is_command(&step)), "{id}");
        assert!(guide.check.iter().any(|step| is_command(&step)), "{id}");
    }
}

#[test]
fn every_code_has_a_cause_a_fix_and_a_name_of_lower_case_words() {
    for (_, entry) in entries() {
        let name = entry.code.name();
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(name.split('-').all(is_word), "{name}");
        assert!(!entry.title.is_empty() && !entry.cause.is_empty(), "{name}");
        assert!(!entry.fix.is_empty(), "{name}");
        assert!(!entry.see.contains(&entry.code), "{name} leads to itself");
        let ticks = entry.fix.iter().map(|fix| fix.matches('`').count());
        assert!(ticks.into_iter().all(|count| count % 2 == 0), "{name}: an open backtick");
    }
}

#[test]
fn no_word_stands_for_two_things() {
    let mut words: Vec<String> = entries()
        .flat_map(|(_, entry)| entry.service)
        .map(|word| word.to_ascii_lowercase())
        .collect();
    let count = words.len();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), count);
}

/// A code that nothing fails with would be a section about nothing.
#[test]
fn every_code_is_one_that_something_fails_with() {
    let code: String = sources(&repository().join("src")).iter().map(|path| read(path)).collect();
    for code_of_ours in ErrorCode::ALL {
        let used = format!("ErrorCode::{code_of_ours:?}");
        let is_used = code.match_indices(&used).any(|(at, _)| {
            let after = code[at + used.len()..].chars().next();
            !after.is_some_and(char::is_alphanumeric)
        });
        assert!(is_used, "{used}");
    }
}

/// The sources, without the catalogue and without the codes' own.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| !path.ends_with("catalogue"));
    let all = paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    all.filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn read(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source");
    if path.ends_with("error_code.rs") { text.replace("Self::", "ErrorCode::") } else { text }
}
