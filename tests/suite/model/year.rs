//! One Secretfile, run every day for a simulated year.

use std::time::Duration;

use crate::harness::{A, Azure, B, MINTED};

const DAY: u64 = 86_400;

#[test]
fn a_year_of_daily_runs_rotates_on_the_right_days_and_makes_no_version_without_a_reason() {
    let azure = Azure::start();
    let file = MINTED
        .replace("kv.vault.azure.net'", "kv.vault.azure.net', expires: true, keep_versions: 2");
    let mut rotated_on = Vec::new();
    let mut value = String::new();
    for day in 0..=365 {
        azure.inside(&file, &["sync"], Vec::new());
        if azure.value(A, "db") != value {
            value = azure.value(A, "db");
            rotated_on.push(day);
        }
        for vault in [A, B] {
            let versions = azure.versions(vault, "db");
            let current = versions.last().expect("it was created");
            let now = azure.clock.now().as_second();
            assert!(current.expires.expect("it expires") > now, "day {day}: {vault} has expired");
            assert_eq!(current.value, value, "day {day}: {vault} is equal");
            assert_eq!(versions.len(), rotated_on.len(), "day {day}: versions of {vault}");
            let enabled = versions.iter().filter(|version| version.enabled).count();
            assert_eq!(enabled, rotated_on.len().min(2), "day {day}: enabled versions of {vault}");
        }
        azure.clock.wait(Duration::from_secs(DAY));
    }
    assert_eq!(rotated_on, [0, 90, 180, 270, 360]);
}
