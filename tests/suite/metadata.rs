//! What a version says beside its value: changed in place, and other people's tags stay.

use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::StoredVersion;

use crate::harness::{A, Azure};

/// One minted secret in one vault, with options of the target.
fn file(options: &str) -> String {
    format!(
        "
providers: {{azure: {{kind: azure, auth: {{kind: default}}}}}}
secrets:
  - name: db
    kind: random_password
    rotation_period: 90d
    targets:
      - provider: azure
        kind: key_vault
        config: {{vault_url: 'https://{A}'{options}}}
"
    )
}

/// Syncs without options, then with them; proves that the version was changed in place and returns
/// it as it was and as it is.
#[track_caller]
fn retagged(azure: &Azure, with: &str) -> [StoredVersion; 2] {
    azure.program(&file("")).args(&["sync"]).run().expect(0);
    let before = azure.versions(A, "db").remove(0);
    azure.control().clear_requests();
    let ran = azure.program(with).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["retagged"]);
    let requests = azure.control().requests().into_iter();
    let writes: Vec<String> = requests
        .filter(|request| request.host == A && request.method != "GET")
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    assert_eq!(writes, [format!("PATCH /secrets/db/{}", before.id)]);
    let mut after = azure.versions(A, "db");
    assert_eq!(after.len(), 1, "no new version is made");
    let ran = azure.program(with).args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["unchanged"], "nothing is left to change");
    [before, after.remove(0)]
}

#[test]
fn tags_are_changed_on_the_version_that_was_read() {
    let azure = Azure::start();
    let [before, after] = retagged(&azure, &file(", tags: {tier: gold}"));
    assert_eq!(after.tags["tier"], "gold");
    assert_eq!(after.value, before.value);
    assert_eq!(after.tags["secretzero-state"], before.tags["secretzero-state"]);
}

#[test]
fn the_content_type_is_changed_on_the_version_that_was_read() {
    let [before, after] = retagged(&Azure::start(), &file(", content_type: text/plain"));
    assert_eq!(before.content_type, None);
    assert_eq!(after.content_type.as_deref(), Some("text/plain"));
}

#[test]
fn expiry_is_two_weeks_after_the_rotation_is_due() {
    let azure = Azure::start();
    let [before, after] = retagged(&azure, &file(", expires: true"));
    assert_eq!(after.expires, Some(before.created.as_second() + 104 * 86_400));
    azure.clock.wait(Duration::from_secs(91 * 86_400));
    azure.program(&file(", expires: true")).args(&["sync"]).run().expect(0);
    let rotated = azure.versions(A, "db").remove(1);
    assert_eq!(rotated.expires, Some(rotated.created.as_second() + 104 * 86_400));
}

#[test]
fn expiry_is_a_period_after_the_value_was_made() {
    let [before, after] = retagged(&Azure::start(), &file(", expires: 180d"));
    assert_eq!(after.expires, Some(before.created.as_second() + 180 * 86_400));
}

#[test]
fn expiry_is_a_date_and_so_is_the_start() {
    let options = ", expires: 2100-01-01, not_before: 2001-01-01";
    let [_, after] = retagged(&Azure::start(), &file(options));
    assert_eq!((after.expires, after.not_before), (Some(4_102_444_800), Some(978_307_200)));
}

#[test]
fn a_secret_is_disabled_and_enabled_as_the_file_says() {
    let azure = Azure::start();
    let [_, after] = retagged(&azure, &file(", enabled: false"));
    assert!(!after.enabled);
    azure.program(&file(", enabled: true")).args(&["sync"]).run().expect(0);
    let versions = azure.versions(A, "db");
    assert!(versions.len() == 1 && versions[0].enabled);
}

#[test]
fn the_metadata_of_the_file_becomes_tags() {
    let metadata = "metadata: {owner: team-a, application: shop, cost_center: '42', \
                    compliance: [soc2, pci]}\n";
    let [_, after] = retagged(&Azure::start(), &format!("{}{metadata}", file("")));
    for (name, value) in [
        ("Owner", "team-a"),
        ("Application", "shop"),
        ("CostCenter", "42"),
        ("Compliance", "soc2,pci"),
        ("ManagedBy", "secretzero"),
    ] {
        assert_eq!(after.tags.get(name).map(String::as_str), Some(value), "{name}");
    }
}

/// Somebody else's value with somebody else's tags, made ours.
fn adopted_with_tags(azure: &Azure, count: usize) {
    let tags = (0..count).map(|number| (format!("theirs-{number:02}"), "kept".to_owned()));
    azure.control().put(A, "db", "by hand", tags.collect());
    azure.program(&file("")).args(&["sync"]).run().expect(0);
}

#[test]
fn tags_of_others_stay_through_a_retag_and_a_rotation() {
    let azure = Azure::start();
    adopted_with_tags(&azure, 2);
    azure.program(&file(", tags: {tier: gold}")).args(&["sync"]).run().expect(0);
    azure.program(&file(", tags: {tier: gold}")).args(&["rotate", "db"]).run().expect(0);
    let versions = azure.versions(A, "db");
    assert_eq!(versions.len(), 2);
    for version in &versions {
        assert_eq!(
            (version.tags["tier"].as_str(), version.tags["theirs-01"].as_str()),
            ("gold", "kept")
        );
    }
}

#[test]
fn the_limit_of_tags_names_those_of_others_that_are_in_the_way() {
    let azure = Azure::start();
    adopted_with_tags(&azure, 12);
    let more = file(", tags: {tier: gold, team: a}");
    let ran = azure.program(&more).args(&["sync", "--format", "json"]).run().expect(8);
    let error = &ran.json()["secrets"][0]["targets"][0]["error"];
    let help = error["help"].as_str().unwrap_or_default();
    assert!(help.contains("remove 2 of the others' tags"), "{error}");
    assert!(help.contains("theirs-00") && help.contains("theirs-11"), "{error}");
    assert!(!azure.versions(A, "db")[0].tags.contains_key("tier"));
}

#[test]
fn a_version_that_was_replaced_meanwhile_is_not_tagged_instead() {
    let azure = Azure::start();
    azure.program(&file("")).args(&["sync"]).run().expect(0);
    let (control, clock) = (azure.control(), azure.clock.clone());
    let is_done = std::sync::atomic::AtomicBool::new(false);
    azure.control().on_request(Arc::new(move |request| {
        let is_patch = request.method == "PATCH";
        if is_patch && !is_done.swap(true, std::sync::atomic::Ordering::SeqCst) {
            clock.wait(Duration::from_secs(60));
            control.put(A, "db", "by hand", std::collections::BTreeMap::new());
        }
        None
    }));
    azure.program(&file(", tags: {tier: gold}")).args(&["sync"]).run();
    assert!(azure.versions(A, "db")[1].tags.is_empty());
}
