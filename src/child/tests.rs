//! Tests of child programs.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::stand_in::{StandIn, hanging};
use super::*;

fn run(stand_in: &StandIn) -> Result<Output, Failure> {
    run_by(stand_in, &Clock::system(), LONG)
}

fn run_by(stand_in: &StandIn, clock: &Clock, limit: Duration) -> Result<Output, Failure> {
    let env = stand_in.env();
    let call = Call { args: &["a b", "$HOME", "*"], env: &env, extra: &[], clock, limit };
    Program::find("tool", &env).expect("it is there").run(&call)
}

/// Longer than any stand-in takes that is not made to hang.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn arguments_arrive_as_they_are_without_a_shell() {
    let stand_in = StandIn::new("tool", "echo out; echo err >&2");
    let output = run(&stand_in).expect("an output");
    assert!(output.is_success);
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    assert_eq!(stand_in.arguments(), ["a b", "$HOME", "*"]);
    stand_in.assert_called_safely("HTTPS_PROXY=http://proxy.example:3128");
}

#[test]
fn a_program_is_found_in_absolute_folders_of_path_only() {
    let stand_in = StandIn::new("tool", "");
    let folder = stand_in.path("");
    std::fs::write(stand_in.path("plain"), "no program").expect("a file");
    std::fs::create_dir(stand_in.path("folder")).expect("a folder");
    let is_found = |name: &str, path: &str| {
        Program::find(name, &Env::new([("PATH".to_owned(), path.to_owned())])).is_some()
    };
    let absolute = folder.display().to_string();
    assert!(is_found("tool", &absolute));
    assert!(is_found("tool", &format!("/nowhere::{absolute}")));
    for (name, path) in [("tool", ""), ("tool", "."), ("sh", "../../../../../../bin:bin")] {
        assert!(!is_found(name, path), "{name} in {path:?}");
    }
    assert!(!is_found("plain", &absolute), "not executable");
    assert!(!is_found("folder", &absolute), "no file");
    assert!(Program::find("tool", &Env::default()).is_none());
}

#[test]
fn full_pipes_block_nobody_and_an_endless_output_ends_the_program() {
    let body = "head -c 2097152 /dev/zero >&2; echo done";
    let output = run(&StandIn::new("tool", body)).expect("an output");
    assert_eq!(output.stdout.as_slice(), b"done\n");
    let two = StandIn::new("tool", "head -c 2097152 /dev/zero");
    assert_eq!(run(&two).err(), Some(Failure::TooLong));
    let endless = StandIn::new("tool", "exec cat /dev/zero");
    assert_eq!(run(&endless).err(), Some(Failure::TooLong));
}

#[test]
fn a_program_that_hangs_is_ended_with_all_that_it_started() {
    // What it starts holds the write end of a named pipe, whose end tells of its own.
    let stand_in = StandIn::new("tool", &hanging());
    let pipe = stand_in.pipe("alive");
    let clock = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
    std::thread::scope(|scope| {
        let ended = scope.spawn(|| run_by(&stand_in, &clock, LONG));
        let mut alive = BufReader::new(File::open(pipe).expect("the pipe"));
        let mut line = String::new();
        alive.read_line(&mut line).expect("a sign of life");
        clock.wait(LONG);
        assert_eq!(ended.join().expect("no panic").err(), Some(Failure::Late));
        assert_eq!(alive.read_line(&mut line).expect("the end of the pipe"), 0);
    });
}

#[test]
fn a_program_that_leaves_another_behind_is_not_waited_for() {
    let stand_in =
        StandIn::new("tool", "sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; echo out");
    let output = run(&stand_in).expect("an output");
    assert_eq!(output.stdout.as_slice(), b"out\n");
    let pid = std::fs::read_to_string(stand_in.path("pid")).expect("its id");
    let ended = std::process::Command::new("kill").arg(pid.trim()).status().expect("kill");
    assert!(ended.success(), "it was still there");
}

#[test]
fn a_program_that_cannot_start_says_why() {
    let stand_in = StandIn::new("tool", "");
    super::stand_in::write(&stand_in.path("tool"), "#!/nowhere/interpreter\n");
    assert!(matches!(run(&stand_in), Err(Failure::NotStarted(_))));
}
