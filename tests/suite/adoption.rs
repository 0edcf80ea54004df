//! Values of somebody else that become ours.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::harness::{A, Azure, B, GIVEN, MINTED};

#[test]
fn a_rotation_of_somebody_elses_value_makes_it_ours_and_mints_a_new_one() {
    let azure = Azure::start();
    azure.control().put(A, "db", "by hand", BTreeMap::new());
    azure.clock.wait(Duration::from_secs(60));
    let ran = azure.program(MINTED).args(&["rotate", "db", "--format", "json"]).run().expect(0);
    assert_eq!(ran.actions(), ["rotated", "rotated"]);
    assert_ne!(azure.value(A, "db"), "by hand");
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"));
    let versions = azure.versions(A, "db");
    assert_eq!(versions.len(), 2);
    assert!(versions[0].tags.contains_key("secretzero-state"), "the old one was made ours first");
}

#[test]
fn a_preferred_value_that_differs_from_the_declared_one_is_a_conflict_with_the_file() {
    let azure = Azure::start();
    azure.control().put(A, "db", "one", BTreeMap::new());
    azure.control().put(B, "db", "another", BTreeMap::new());
    let prefer = |key: &str| {
        let program = azure.program(GIVEN).env("API_KEY", key);
        program.args(&["sync", "--prefer", "shop-b-kv", "--format", "json"]).run()
    };
    let ran = prefer("declared").expect(8);
    assert_eq!(ran.actions(), ["held", "failed"]);
    assert!(ran.stdout.contains("declared one"), "{}", ran.stdout);
    assert_eq!((azure.value(A, "db"), azure.value(B, "db")), ("one".into(), "another".into()));
    prefer("another").expect(0);
    assert_eq!(azure.value(A, "db"), "another");
}
