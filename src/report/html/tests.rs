use proptest::prelude::ProptestConfig;
use proptest::{prop_assert_eq, proptest};

use super::*;
use crate::report::{Report, sample};

fn shown(report: &Report) -> String {
    show(&Summary::of(report, sample::now()))
}

/// Every tag, with its attributes.
fn tags(page: &str) -> Vec<&str> {
    let after = page.split('<').skip(1);
    after.map(|text| text.split_once('>').map_or(text, |(tag, _)| tag)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn hostile_text_makes_no_tag_and_no_attribute(text in sample::hostile()) {
        // Backticks make code, and nothing else.
        let bare = |text| shown(&sample::named(text)).replace("<code>", "").replace("</code>", "");
        let (shown, plain) = (bare(&text), bare("plain"));
        prop_assert_eq!(tags(&shown), tags(&plain));
        prop_assert_eq!(shown.matches('>').count(), plain.matches('>').count());
    }
}

#[test]
fn the_page_admits_its_own_style_and_nothing_else() {
    let page = shown(&sample::large(5));
    let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let style = style.expect("a style").0;
    let digest = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{digest}'; ");
    assert!(page.contains(&policy));
    for other in ["<script", "style=", "src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(other), "{other}");
    }
}

#[test]
fn every_target_failure_due_date_and_notice_is_on_the_page() {
    let report = sample::large(400);
    let page = shown(&report);
    let targets: usize = report.secrets.iter().map(|secret| secret.targets.len()).sum();
    assert_eq!(page.matches("data-label=\"Result\"").count(), targets);
    for text in ["az role assignment create", "2027-02-01 10:04 UTC", "policies", "ForbiddenByRbac"]
    {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_rehearsal_and_a_plan_are_marked() {
    let page = shown(&Report { rehearsal: true, planned: true, ..sample::large(3) });
    assert!(page.contains("<title>REHEARSAL: ") && page.contains("<strong>REHEARSAL</strong>"));
    assert!(page.contains("<strong>Plan</strong>") && page.contains("Nothing was written."));
    assert!(!shown(&sample::large(3)).contains("REHEARSAL"));
}
