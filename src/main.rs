//! Collects the environment, the arguments and the streams, and hands them to the library.

use std::io::{IsTerminal, Write};
use std::panic::Location;
use std::process::ExitCode;

use secretzero::clock::Clock;
use secretzero::env::Env;
use secretzero::error::Kind;
use secretzero::{Process, run};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| stop_as_a_bug(panic.location())));
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    ExitCode::from(run(Process {
        args: std::env::args_os().collect(),
        env: Env::new(variables),
        clock: Clock::system(),
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
        is_terminal: std::io::stderr().is_terminal(),
    }))
}

/// Says one sentence and ends with the code of a bug. What a panic says itself might hold a value; where it
/// happened does not.
fn stop_as_a_bug(place: Option<&Location<'_>>) {
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    let sentence = format!("error: this is a bug in secretzero; please report it{place}\n");
    let _ = std::io::stderr().write_all(sentence.as_bytes());
    #[allow(clippy::exit, reason = "a panic ends the process with another code otherwise")]
    std::process::exit(Kind::Internal.exit_code().into());
}
