//! Collects the environment, the arguments and the streams, and hands them to the library.

use std::alloc::System;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::panic::Location;
use std::process::ExitCode;

use secretzero::clock::Clock;
use secretzero::env::Env;
use secretzero::error::Kind;
use secretzero::terminal::Terminal;
use secretzero::unread::{Unread, is_unread};
use secretzero::{Process, run};
use zeroizing_alloc::ZeroAlloc;

mod signals;

/// Memory is wiped when it is freed: the libraries of TLS, HTTP and JSON have values in buffers of their own.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| stop_as_a_bug(panic.location())));
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let clock = Clock::system();
    signals::heed(clock.clone());
    let mut stdin = std::io::stdin().lock();
    let is_answered = stdin.is_terminal();
    ExitCode::from(run(Process {
        args: std::env::args_os().collect(),
        env: Env::new(variables),
        clock,
        stdout: &mut stdout(),
        stderr: &mut stderr(),
        stdin: is_answered.then_some(&mut stdin),
        terminal: stderr().is_terminal().then(|| Terminal::new(say)),
        unread: Unread { stdout: is_unread(stdout()), stderr: is_unread(stderr()) },
    }))
}

/// A person who is gone is no reason to stop.
fn say(text: &str) {
    let _ = stderr().write_all(text.as_bytes());
}

/// Says one sentence and ends with the code of a bug. What a panic says itself might hold a value; where it
/// happened does not.
fn stop_as_a_bug(place: Option<&Location<'_>>) {
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    let sentence = format!("error: this is a bug in secretzero; please report it{place}\n");
    say(&sentence);
    #[allow(clippy::exit, reason = "a panic ends the process with another code otherwise")]
    std::process::exit(Kind::Internal.exit_code().into());
}
