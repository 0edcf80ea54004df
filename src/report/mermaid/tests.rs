use proptest::prelude::ProptestConfig;
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::report::sample;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_hostile_name_stays_in_its_node(name in sample::hostile()) {
        let report = sample::named(&name);
        let flow = show(&Summary::of(&report, sample::now())).text;
        let plain = sample::named("plain");
        let expected = show(&Summary::of(&plain, sample::now())).text;
        prop_assert_eq!(flow.lines().count(), expected.lines().count());
        for (line, expected) in flow.lines().zip(expected.lines()) {
            prop_assert_eq!(line.matches('"').count(), expected.matches('"').count());
            let (start, rest) = line.split_once('"').unwrap_or((line, ""));
            let (label, end) = rest.rsplit_once('"').unwrap_or_default();
            prop_assert!(label.chars().all(|c| c.is_alphanumeric() || "-_#;…".contains(c)));
            prop_assert!(expected.starts_with(start) && expected.ends_with(end));
        }
    }
}

fn flow(secrets: Vec<crate::report::SecretReport>) -> Flow {
    let report = crate::report::Report { secrets, ..sample::empty() };
    show(&Summary::of(&report, sample::now()))
}

#[test]
fn secrets_that_fare_alike_are_one_node_of_a_large_picture() {
    let secrets =
        (0..40).map(|index| sample::created(&format!("s{index}"), &["shop-a-kv", "shop-b-kv"]));
    let flow = flow(secrets.collect());
    assert_eq!(flow.text.matches("-->|created|").count(), 2);
    assert!(flow.text.contains("and 37 more"), "{}", flow.text);
}

#[test]
fn a_larger_picture_counts_the_secrets_of_each_action() {
    let report = sample::large(300);
    let flow = show(&Summary::of(&report, sample::now()));
    assert_eq!(flow.text.matches("-->").count(), sample::actions().len());
    assert_eq!(flow.left_out, 0);
    assert!(flow.text.contains("#43;#32;15#32;create"), "{}", flow.text);
    assert!(flow.text.contains("-->|30|"), "15 secrets in two vaults: {}", flow.text);
}

#[test]
fn vaults_that_fare_alike_are_one_node_of_the_largest_and_failures_are_in_it() {
    let flow = flow(sample::scattered(300));
    assert!(flow.text.contains("-->|299|") && flow.text.contains("-->|1|"), "{}", flow.text);
    assert!(flow.text.contains("#10007;#32;1#32;failed<br/>s299"), "{}", flow.text);
    assert_eq!(flow.left_out, 0);
}

#[test]
fn no_picture_is_too_large_for_github() {
    let name = "\u{1d54f}\u{10ffff}".repeat(100);
    let secret = |index: usize| {
        let vaults: Vec<String> =
            (0..=index % 40).map(|vault| format!("shop-{vault}-kv")).collect();
        let vaults: Vec<&str> = vaults.iter().map(String::as_str).collect();
        let action = &sample::actions()[index % 20];
        sample::of(&format!("{index}{name}"), &vaults, action)
    };
    for count in [1, 3, 16, 40, 400] {
        let flow = flow((0..count).map(secret).collect());
        assert!(flow.text.len() < 50_000 && flow.text.matches("-->").count() <= ARROWS);
    }
}
