//! Log lines on stderr, of our own targets only: other crates' trace output prints tokens.

use std::io::Write;
use std::time::Duration;

use env_logger::{Builder, Target};
use log::LevelFilter;

use crate::clock::Clock;
use crate::neutral;

/// The targets that are ours: this crate's module paths.
const TARGETS: &str = "secretzero";

/// The level that the switches ask for: errors if quiet, else warnings, and one level more for each
/// `--verbose`; debug is the most.
pub fn level(quiet: bool, verbose: u8) -> LevelFilter {
    match (quiet, verbose) {
        (true, _) => LevelFilter::Error,
        (false, 0) => LevelFilter::Warn,
        (false, 1) => LevelFilter::Info,
        (false, _) => LevelFilter::Debug,
    }
}

/// Starts the log. The first call in a process counts; later ones change nothing.
///
/// The environment is not read: whoever sets `RUST_LOG` for a job must not make it print more.
pub fn start(level: LevelFilter) {
    // It fails only if a log was started before, and then there is one already.
    let _ = builder(level).try_init();
}

fn builder(level: LevelFilter) -> Builder {
    let clock = Clock::system();
    let with_time = level >= LevelFilter::Debug;
    let mut builder = Builder::new();
    builder.target(Target::Stderr).filter_module(TARGETS, level).format(move |out, record| {
        let time = with_time.then(|| clock.elapsed());
        let text = record.args().to_string();
        writeln!(out, "{}", line(record.level(), time, &text))
    });
    builder
}

/// `level: text`, with the seconds since the start before it if there is a time.
fn line(level: log::Level, time: Option<Duration>, text: &str) -> String {
    let time = time.map_or_else(String::new, |time| format!("{:9.3} ", time.as_secs_f64()));
    let level = level.as_str().to_ascii_lowercase();
    format!("{time}{level}: {}", neutral::line(text))
}

#[cfg(test)]
mod tests {
    use log::{Level, Log, Record};

    use super::*;

    fn is_logged(at: LevelFilter, target: &str, level: Level) -> bool {
        let record = Record::builder().target(target).level(level).build();
        builder(at).build().enabled(record.metadata())
    }

    #[test]
    fn other_crates_are_never_heard() {
        for target in ["ureq", "ureq_proto::client", "rustls::conn", "my::secretzero"] {
            for level in Level::iter() {
                assert!(!is_logged(LevelFilter::Debug, target, level), "{target}");
            }
        }
        assert!(is_logged(LevelFilter::Debug, "secretzero::http", Level::Debug));
    }

    #[test]
    fn each_switch_moves_the_level_by_one() {
        for (quiet, verbose, heard, unheard) in [
            (true, 2, Level::Error, Level::Warn),
            (false, 0, Level::Warn, Level::Info),
            (false, 1, Level::Info, Level::Debug),
            (false, 9, Level::Debug, Level::Trace),
        ] {
            let at = level(quiet, verbose);
            assert!(is_logged(at, "secretzero", heard));
            assert!(!is_logged(at, "secretzero", unheard));
        }
    }

    #[test]
    fn a_line_cannot_be_broken_from_outside() {
        assert_eq!(line(Level::Warn, None, "a\nb\u{1b}[0m"), "warn: a b\\u{1b}[0m");
    }

    #[test]
    fn debug_lines_begin_with_the_time() {
        let time = Some(Duration::from_millis(1_250));
        assert_eq!(line(Level::Debug, time, "set"), "    1.250 debug: set");
    }

    #[test]
    fn starting_twice_is_no_mistake() {
        start(LevelFilter::Error);
        start(LevelFilter::Debug);
    }
}
