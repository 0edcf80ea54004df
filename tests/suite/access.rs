//! A role assignment that the vaults do not see yet is waited for, where that is asked for.

use std::sync::Arc;
use std::time::Duration;

use secretzero::emulator::AccessModel::{Policy, Rbac};
use secretzero::emulator::{Action, Rights};

use crate::harness::{A, Azure, CLIENT_ID, MINTED, Ran};

/// From `after` on, by the service's clock, the program may do everything.
fn grant_later(azure: &Azure, after: Duration) {
    let (control, clock) = (azure.control(), azure.clock.clone());
    let granted = clock.elapsed() + after;
    azure.control().on_request(Arc::new(move |_| {
        if clock.elapsed() >= granted {
            control.entra(|entra| entra.grant(CLIENT_ID, Rights::all()));
        }
        None
    }));
}

fn sync(azure: &Azure, more: &[&str]) -> Ran {
    azure.run_on_its_clock(MINTED, &[&["sync", "--parallel", "1"], more].concat())
}

fn asked(azure: &Azure, method: &str, path: &str) -> usize {
    let asked = azure.control().requests();
    let is_it = |seen: &&secretzero::emulator::Seen| {
        seen.method == method && seen.path == path && seen.host == A
    };
    asked.iter().filter(is_it).count()
}

#[test]
fn a_role_that_comes_within_the_time_is_waited_for_by_asking_every_ten_seconds() {
    let azure = Azure::start();
    azure.grant(Rights::only(Rbac, &[]));
    grant_later(&azure, Duration::from_secs(95));
    let began = azure.clock.elapsed();
    sync(&azure, &["--wait-for-access", "5m"]).expect(0);
    assert_eq!(azure.clock.elapsed() - began, Duration::from_secs(100));
    assert_eq!(asked(&azure, "GET", "/secrets"), 1 + 10);
}

#[test]
fn the_first_write_waits_too_where_the_vault_could_be_listed() {
    let azure = Azure::start();
    azure.grant(Rights::only(Rbac, &[Action::List]));
    grant_later(&azure, Duration::from_secs(25));
    sync(&azure, &["--wait-for-access", "5m"]).expect(0);
    assert_eq!(asked(&azure, "PUT", "/secrets/db"), 1 + 3);
    assert_eq!(azure.versions(A, "db").len(), 1);
}

#[test]
fn a_role_that_does_not_come_is_given_up_and_the_bound_is_said() {
    let azure = Azure::start();
    azure.grant(Rights::only(Rbac, &[]));
    let began = azure.clock.elapsed();
    let ran = sync(&azure, &["--wait-for-access", "1m"]).expect(5);
    assert_eq!(azure.clock.elapsed() - began, Duration::from_secs(60), "once for all vaults");
    assert!(ran.stdout.contains("no role assignment was seen within 60 s"), "{}", ran.stdout);
}

#[test]
fn nothing_else_is_waited_for_and_nothing_where_nobody_asked_for_it() {
    let firewall = "GET status=403 code=Forbidden inner=ForbiddenByFirewall";
    let link = "GET status=403 code=Forbidden inner=ForbiddenByConnection";
    for (rights, fault, wait) in [
        (Rights::only(Rbac, &[]), None, None),
        (Rights::only(Policy, &[]), None, Some("5m")),
        (Rights::all(), Some(firewall), Some("5m")),
        (Rights::all(), Some(link), Some("5m")),
    ] {
        let azure = Azure::start();
        azure.grant(rights);
        if let Some(fault) = fault {
            azure.control().add_fault(fault.parse().expect("a rule"));
        }
        let began = azure.clock.elapsed();
        let more: Vec<&str> = wait.iter().flat_map(|wait| ["--wait-for-access", wait]).collect();
        let ran = sync(&azure, &more).expect(5);
        assert_eq!(azure.clock.elapsed(), began);
        assert!(!ran.stdout.contains("no role assignment was seen"), "{}", ran.stdout);
    }
}

#[test]
fn a_person_hears_once_what_is_waited_for() {
    let azure = Azure::start();
    azure.grant(Rights::only(Rbac, &[]));
    let ran = azure.program(MINTED).args(&["sync", "--wait-for-access", "1s"]).run().expect(5);
    let said = "sees no role assignment yet; waiting for one, up to 1 s";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
}
