//! What a target's options ask for beside the value.

use std::time::Duration;

use crate::harness::{A, Azure, GIVEN, MINTED};

/// The file with an option on its target in the first vault.
fn with_option(file: &str, option: &str) -> String {
    let url = "vault_url: 'https://shop-a-kv.vault.azure.net'";
    file.replace(url, &format!("{url}, {option}"))
}

#[test]
fn a_given_value_is_kept_disabled_without_being_read() {
    let azure = Azure::start();
    for file in [with_option(GIVEN, "enabled: false"), GIVEN.replace("'}}", "', enabled: false}}")]
    {
        let sync = || {
            let program = azure.program(&file).env("API_KEY", "first");
            program.args(&["sync", "--format", "json"]).run().expect(0)
        };
        sync();
        assert_eq!(sync().actions(), ["unchanged", "unchanged"]);
        assert!(!azure.versions(A, "db")[0].enabled);
    }
}

#[test]
fn a_given_value_that_changed_is_written_beside_a_disabled_version() {
    let azure = Azure::start();
    let file = with_option(GIVEN, "enabled: false");
    azure.program(&file).env("API_KEY", "first").args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(60));
    azure.program(&file).env("API_KEY", "second").args(&["sync"]).run().expect(0);
    assert_eq!(azure.value(A, "db"), "second");
}

#[test]
fn a_disabled_version_is_enabled_before_it_is_compared() {
    let azure = Azure::start();
    let off = GIVEN.replace("'}}", "', enabled: false}}");
    azure.program(&off).env("API_KEY", "first").args(&["sync"]).run().expect(0);
    let on = GIVEN.replace("'}}", "', enabled: true}}");
    let program = azure.program(&on).env("API_KEY", "first");
    let ran = program.args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["retagged", "retagged"]);
    azure.program(&off).env("API_KEY", "first").args(&["sync"]).run().expect(0);
    azure.clock.wait(Duration::from_secs(60));
    let program = azure.program(&on).env("API_KEY", "second");
    let ran = program.args(&["sync", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["updated", "updated"]);
}

#[test]
fn an_expiry_that_the_file_no_longer_asks_for_is_named_until_a_new_version_drops_it() {
    let azure = Azure::start();
    let file = with_option(
        MINTED,
        "expires: 365d, not_before: '2026-01-01T00:00:00Z', content_type: text/plain",
    );
    azure.program(&file).args(&["sync"]).run().expect(0);
    for command in ["plan", "sync"] {
        let ran = azure.program(MINTED).args(&[command]).run().expect(0);
        let text = &ran.stdout;
        for kept in ["shop-a-kv/db keeps its expiry", "not-before", "content type"] {
            assert!(text.contains(kept), "{command}: {kept}: {text}");
        }
        assert!(text.contains("next new version"), "{command}: {text}");
        assert!(!text.contains("shop-b-kv/db keeps"), "{command}: {text}");
    }
    azure.clock.wait(Duration::from_secs(60));
    azure.program(MINTED).args(&["rotate", "db"]).run().expect(0);
    let newest = azure.versions(A, "db").pop().expect("a version");
    assert_eq!((newest.expires, newest.not_before, newest.content_type), (None, None, None));
    let ran = azure.program(MINTED).args(&["sync"]).run().expect(0);
    assert!(!ran.stdout.contains("keeps its"), "{}", ran.stdout);
}
