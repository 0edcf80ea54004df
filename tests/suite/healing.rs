//! A job that dies at any request heals on the next run, and makes no second generation.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use secretzero::clock::Clock;
use secretzero::emulator::{Control, Seen};

use crate::harness::{A, Azure, B, GIVEN, MINTED, generation};
use crate::killing::{Moment, kill_at};

/// What the run that dies would have done.
struct Story {
    secretfile: &'static str,
    /// Brings the vaults into the state that the run starts from.
    prepare: fn(&Azure),
    /// What the run and the one after it have in their environment.
    environment: &'static [(&'static str, &'static str)],
    /// What somebody else does before a request is carried out.
    disturb: fn(&Control, &Clock, &Seen),
    /// How many generations there are in the end.
    generations: RangeInclusive<usize>,
    /// What else is true in the end.
    prove: fn(&Azure),
}

/// A run on empty vaults that nobody disturbs.
const STORY: Story = Story {
    secretfile: MINTED,
    prepare: |_| {},
    environment: &[],
    disturb: |_, _, _| {},
    generations: 1..=1,
    prove: |_| {},
};

#[test]
fn a_create_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&STORY);
}

#[test]
fn a_rotation_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        prepare: |azure| {
            azure.program(MINTED).args(&["sync"]).run().expect(0);
            azure.clock.wait(Duration::from_secs(91 * 86_400));
        },
        generations: 2..=2,
        ..STORY
    });
}

#[test]
fn an_update_killed_at_any_request_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        secretfile: GIVEN,
        prepare: |azure| {
            azure.program(GIVEN).env("API_KEY", "first").args(&["sync"]).run().expect(0);
            azure.clock.wait(Duration::from_secs(60));
        },
        environment: &[("API_KEY", "second")],
        generations: 2..=2,
        ..STORY
    });
}

/// A template with a given and a minted field, in both vaults.
const TEMPLATE: &str = "
providers: {azure: {kind: azure, auth: {kind: default}}}
secrets: [{name: db, kind: templates.db}]
templates:
  db:
    fields:
      host: {generator: {kind: static, config: {default: '${HOST}'}}}
      password: {generator: {kind: random_password}}
    targets:
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-a-kv.vault.azure.net'}}
      - {provider: azure, kind: key_vault, config: {vault_url: 'https://shop-b-kv.vault.azure.net'}}
";

#[test]
fn a_template_killed_at_any_request_of_its_creation_heals_without_a_second_generation() {
    dies_at_every_request(&Story {
        secretfile: TEMPLATE,
        environment: &[("HOST", "one")],
        ..STORY
    });
}

#[test]
fn a_template_killed_at_any_request_of_an_update_keeps_its_minted_field() {
    dies_at_every_request(&Story {
        secretfile: TEMPLATE,
        prepare: |azure| {
            azure.program(TEMPLATE).env("HOST", "one").args(&["sync"]).run().expect(0);
            azure.clock.wait(Duration::from_secs(60));
        },
        environment: &[("HOST", "two")],
        generations: 2..=2,
        prove: |azure| {
            let versions = [A, B].map(|vault| azure.versions(vault, "db")).concat();
            let passwords: BTreeSet<&str> = versions
                .iter()
                .filter_map(|version| version.value.split("password").nth(1))
                .collect();
            assert_eq!(passwords.len(), 1, "the password stays");
        },
        ..STORY
    });
}

#[test]
fn an_adoption_with_a_copy_killed_at_any_request_heals_with_the_adopted_value() {
    dies_at_every_request(&Story {
        prepare: |azure| azure.control().put(A, "db", "by hand", BTreeMap::new()),
        prove: |azure| assert_eq!(azure.value(B, "db"), "by hand"),
        ..STORY
    });
}

#[test]
fn a_recovery_killed_at_any_request_heals_with_the_recovered_value() {
    dies_at_every_request(&Story {
        prepare: |azure| {
            azure.program(MINTED).args(&["sync"]).run().expect(0);
            azure.control().delete(A, "db");
            azure.control().delete(B, "db");
        },
        generations: 1..=1,
        ..STORY
    });
}

#[test]
fn a_settling_killed_at_any_request_heals_with_the_newest_generation() {
    dies_at_every_request(&Story {
        disturb: |control, clock, request| {
            let is_alone = control.versions(A, "db").len() == 1;
            if request.method == "PUT" && request.host == B && is_alone {
                clock.wait(Duration::from_secs(2));
                rotate_elsewhere(control, clock);
            }
        },
        generations: 1..=2,
        prove: |azure| {
            let of_both = [A, B].map(|vault| azure.versions(vault, "db"));
            let newest = of_both.concat().iter().map(generation).max();
            let current = of_both[1].last().map(generation);
            assert_eq!(current, newest, "the newest generation wins");
        },
        ..STORY
    });
}

/// What another run writes into A at the same time.
fn rotate_elsewhere(control: &Control, clock: &Clock) {
    let now = jiff::Timestamp::from_second(clock.now().as_second()).expect("in range");
    let tags = [
        ("ManagedBy", "secretzero".to_owned()),
        ("secretzero", "db".to_owned()),
        ("secretzero-state", format!("1;{now}.0a0b0c0d;{now};{now};-")),
    ];
    let tags = tags.map(|(name, value)| (name.to_owned(), value)).into();
    control.put(A, "db", "of another run", tags);
}

/// Kills the run at its first request, at its second, and so on until it is no longer killed.
fn dies_at_every_request(story: &Story) {
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let deaths = (1..).take_while(|&number| dies_and_heals(story, number, moment)).count();
        assert!(deaths >= 6, "a sync of two vaults makes more than {deaths} requests");
    }
}

/// Returns false when the run made fewer requests than `number`.
fn dies_and_heals(story: &Story, number: usize, moment: Moment) -> bool {
    let azure = Azure::start();
    (story.prepare)(&azure);
    let program = || {
        let program = azure.program(story.secretfile).args(&["sync"]);
        story.environment.iter().fold(program, |program, (name, value)| program.env(name, value))
    };
    let (control, clock, disturb) = (azure.control(), azure.clock.clone(), story.disturb);
    let watch = move |request: &Seen| disturb(&control, &clock, request);
    let was_killed = kill_at(&azure.control(), program(), number, moment, watch);
    program().run().expect(0);

    let place = format!("killed at request {number}, {moment:?}");
    assert_eq!(azure.value(A, "db"), azure.value(B, "db"), "{place}: both vaults are equal");
    let generations = azure.generations(&[A, B], "db");
    assert!(story.generations.contains(&generations.len()), "{place}: {generations:?}");
    (story.prove)(&azure);
    was_killed
}
