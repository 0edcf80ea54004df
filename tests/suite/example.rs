//! The README's first command.

use crate::harness::{Program, repository};

fn example(folder: &std::path::Path) -> Program {
    let file = repository().join("examples/Secretfile.yml");
    let vaults = folder.join("vaults");
    Program::new(folder).env("SENDGRID_API_KEY", "SG.an-example").args(&[
        "sync",
        "--file",
        &file.display().to_string(),
        "--local",
        &vaults.display().to_string(),
    ])
}

#[test]
fn the_example_is_rehearsed_on_a_machine_with_nothing_set_up_and_the_second_run_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = example(folder.path()).run().expect(0);
    assert!(first.stdout.starts_with("REHEARSAL"), "{}", first.stdout);
    assert!(first.stdout.contains("created"), "{}", first.stdout);
    let second = example(folder.path()).run().expect(0);
    assert!(second.stdout.contains("Nothing changed"), "{}", second.stdout);
    let third = example(folder.path()).args(&["--format", "json"]).run().expect(0);
    assert!(third.actions().iter().all(|action| action == "unchanged"), "{}", third.stdout);
}

#[test]
fn two_rehearsals_in_one_folder_at_once_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    example(folder.path()).run().expect(0);
    let vaults = folder.path().join("vaults");
    let options = secretzero::emulator::Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data: Some(vaults),
        clock: secretzero::clock::Clock::system(),
        allow_remote: false,
    };
    let holder = secretzero::emulator::Emulator::start(options).expect("it starts");
    let ran = example(folder.path()).run().expect(3);
    assert!(ran.stderr.contains("vaults"), "{}", ran.stderr);
    drop(holder);
    example(folder.path()).run().expect(0);
}
