//! How fast a whole run is, against a bound that is measured in the same run.
//!
//! ```sh
//! cargo bench                  # everything; some minutes
//! cargo bench -- limiter       # the workloads whose names contain that
//! cargo bench -- --quick       # few and small ones, to see that it works
//! ```
//!
//! The embedded vault runs in a process of its own, and the program in another one for each workload. A
//! table goes to stdout, and `bench.json` into the target folder.

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

mod bare;
mod bound;
mod measure;
mod program;
mod table;
mod vault;
mod workload;

/// What can go wrong; a benchmark tells it and ends.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some(vault::SERVE) => vault::serve(),
        Some(measure::MEASURE) => measure::serve(&args[1..]),
        _ => bench(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Every workload that was asked for, then the growth with the work, then the file.
fn bench(args: &[String]) -> Result<()> {
    let is_quick = args.iter().any(|arg| arg == "--quick");
    let names: Vec<&str> =
        args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let mut out = stdout();
    out.write_all(table::head().as_bytes())?;
    let mut rows = Vec::new();
    for group in workload::all(is_quick) {
        rows.extend(group.run(&names, &mut |row| {
            Ok(out.write_all(table::line(row).as_bytes()).and_then(|()| out.flush())?)
        })?);
    }
    out.write_all(table::growth(&rows).as_bytes())?;
    let path = table::save(&rows)?;
    writeln!(out, "\nwritten to {}", path.display())?;
    Ok(())
}
