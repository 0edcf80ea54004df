use proptest::prelude::ProptestConfig;
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::report::{Report, sample};

fn shown(report: &Report) -> String {
    show(&Summary::of(report, sample::now()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn hostile_text_stays_in_its_cell(text in sample::hostile()) {
        let (shown, plain) = (shown(&sample::named(&text)), shown(&sample::named("plain")));
        prop_assert_eq!(shown.lines().count(), plain.lines().count());
        for (line, expected) in shown.lines().zip(plain.lines()) {
            if expected.starts_with('|') {
                prop_assert_eq!(line.matches('|').count(), expected.matches('|').count());
                prop_assert!(!line.contains('\\'));
            }
        }
    }

    #[test]
    fn hostile_text_is_only_text(text in sample::hostile()) {
        let said = without_code(&lines(&text));
        for safe in [prose(&text), code(&text), said] {
            let inner = safe.strip_prefix('`').and_then(|code| code.strip_suffix('`'));
            if let Some(inner) = inner {
                // A code span ends at the next backtick, and reads no escapes.
                prop_assert!(!inner.contains(['`', '|', '\\', '\n']));
                continue;
            }
            // A colon before a blank starts no address, and alone makes no emoji.
            let safe = safe.replace(": ", " ").replace("<code>", "").replace("</code>", "");
            prop_assert!(!safe.contains(SYNTAX), "{}", safe);
            prop_assert!(!safe.to_ascii_lowercase().contains("www."));
            prop_assert!(!safe.to_ascii_lowercase().contains("gh-1"));
            prop_assert!(safe.match_indices('#').all(|(at, _)| at > 0 && safe.as_bytes()[at - 1] == b'&'));
        }
    }
}

/// A text without what stands in code spans, which hold no fence.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_way_out_is_a_sentence_and_its_command_a_block() {
    let text = way_out("give it the role: az role assignment create\n- then run again");
    let expected = "**Fix:** give it the role&#58;\n\n```text\naz role assignment create\n```\n\n&#45; then run again\n\n";
    assert_eq!(text, expected);
}

#[test]
fn what_failed_comes_first_and_each_error_once() {
    let text = shown(&sample::large(40));
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows[2].starts_with("| ✗\u{a0}failed"), "{rows:?}");
    assert_eq!(text.matches("✗ **Refused**").count(), 1, "two secrets in two vaults");
}

#[test]
fn what_is_overdue_is_said_in_a_word() {
    let mut report = sample::large(1);
    report.secrets[0].due = Some("2026-11-24T10:00:00Z".to_owned());
    let text = shown(&report);
    assert!(text.contains("2026-11-24 10&#58;00 UTC: overdue"), "{text}");
}

#[test]
fn a_command_keeps_its_form_and_cannot_leave_its_block() {
    assert_eq!(block("az login"), "```text\naz login\n```\n");
    assert_eq!(block("a\n````\nb"), "`````text\na\n````\nb\n`````\n");
}

#[test]
fn a_long_summary_is_cut_by_whole_rows_and_says_how_many_more() {
    let report = sample::large(3000);
    for limit in [40 << 10, 64 << 10, 100 << 10] {
        let text = show_within(&Summary::of(&report, sample::now()), limit);
        assert!(text.len() <= limit, "{} of {limit}", text.len());
        assert!(text.contains("more targets, left out for size"));
        let rows = text.lines().filter(|line| line.starts_with('|'));
        assert!(rows.into_iter().all(|row| row.ends_with('|')));
    }
    assert!(!shown(&sample::large(400)).contains("left out for size"));
}

#[test]
fn ten_thousand_secrets_fit_into_a_step_summary() {
    let text = shown(&sample::large(10_000));
    assert!(text.len() <= 1 << 20, "{}", text.len());
    for part in ["### Failures", "### Result", "```mermaid", "### Next due dates", "### Notices"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_rehearsal_and_a_plan_are_marked() {
    let report = Report { rehearsal: true, planned: true, ..sample::large(3) };
    let text = shown(&report);
    assert!(text.contains("> **REHEARSAL** on the embedded Key Vault"));
    assert!(
        text.contains("**Plan** for `Secretfile.yml` at 2026-11-25 00&#58;36 UTC.")
            && text.contains("Nothing was written.")
    );
    let text = shown(&sample::large(3));
    assert!(text.contains("**Result** for") && !text.contains("REHEARSAL"));
}

#[test]
fn a_report_without_targets_is_one_sentence() {
    let text = shown(&sample::empty());
    assert_eq!(
        text.trim_end(),
        "## secretzero sync\n\n**Result** for `Secretfile.yml` at 2026-11-25 00&#58;36 UTC. Nothing to do: no targets."
    );
}

/// What a reader of Markdown or HTML, or GitHub after it, gives a meaning to.
const SYNTAX: [char; 17] =
    ['<', '>', '`', '*', '_', '[', ']', '(', ')', '|', '\\', '@', '$', '~', ':', '!', '{'];
