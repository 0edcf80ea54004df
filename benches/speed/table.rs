//! The results, for people and for programs.

use std::path::PathBuf;

use serde::Serialize;

use crate::bound::{Bound, By};
use crate::measure::Taken;
use crate::{Result, program};

/// One measured workload.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// How many targets, or secrets of a file, it is about.
    pub work: usize,
    /// Seconds.
    pub wall: f64,
    /// The least that it can take, seconds.
    pub bound: f64,
    /// What decides the bound.
    pub bound_by: &'static str,
    /// Wall time by bound.
    pub ratio: f64,
    /// Requests that were sent.
    pub requests: Option<u64>,
    /// Those of them that were answered 429.
    pub throttled: Option<u64>,
    /// Peak memory, KiB.
    pub peak: i64,
    /// CPU time, seconds.
    pub cpu: f64,
}

impl Row {
    /// `asked` is requests and 429s, where there is a vault.
    pub fn new(
        name: &str,
        work: usize,
        taken: Taken,
        bound: Bound,
        asked: Option<(u64, u64)>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            work,
            wall: taken.wall,
            bound: bound.seconds,
            bound_by: bound.by.name(),
            ratio: taken.wall / bound.seconds,
            requests: asked.map(|(requests, _)| requests),
            throttled: asked.map(|(_, throttled)| throttled),
            peak: taken.peak,
            cpu: taken.cpu,
        }
    }
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Trips => "trips",
            Self::Cpu => "cpu",
            Self::Limiter => "limiter",
            Self::Design => "design",
        }
    }
}

/// The columns' names.
pub fn head() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores; times in seconds; `by` says what decides the bound: round trips, the cpu that \
         program and vault share, the vault's limiter, or a number of the design\n\n\
         {:<36}{:>8}{:>9}{:>9}  {:<8}{:>6}{:>9}{:>6}{:>10}{:>8}\n",
        "workload",
        "targets",
        "wall",
        "bound",
        "by",
        "ratio",
        "requests",
        "429s",
        "peak MiB",
        "cpu"
    )
}

/// One row.
pub fn line(row: &Row) -> String {
    let count = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    format!(
        "{:<36}{:>8}{:>9.3}{:>9.3}  {:<8}{:>6.2}{:>9}{:>6}{:>10.1}{:>8.3}\n",
        row.name,
        row.work,
        row.wall,
        row.bound,
        row.bound_by,
        row.ratio,
        count(row.requests),
        count(row.throttled),
        row.peak as f64 / 1024.0,
        row.cpu
    )
}

/// What each further target costs, from one size of the same work to the next.
pub fn growth(rows: &[Row]) -> String {
    let mut text = String::new();
    for step in ["created", "unchanged", "rotated", "load"] {
        let same = rows.iter().filter(|row| is_size_of(&row.name, step)).collect::<Vec<_>>();
        for pair in same.windows(2) {
            let [small, large] = pair else { continue };
            let more = (large.work - small.work) as f64;
            text.push_str(&format!(
                "{step:<12}{:>6} -> {:>6}: {:>7.3} ms, {:>6.3} ms cpu and {:>6.2} KiB for each more\n",
                small.work,
                large.work,
                (large.wall - small.wall) / more * 1e3,
                (large.cpu - small.cpu) / more * 1e3,
                (large.peak - small.peak) as f64 / more
            ));
        }
    }
    if text.is_empty() { text } else { format!("\ngrowth with the work\n{text}") }
}

/// `100-created`, or `load-1000`.
fn is_size_of(name: &str, step: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(one, other)| {
        one == step && is_number(other) || other == step && is_number(one)
    })
}

/// Writes `bench.json`.
pub fn save(rows: &[Row]) -> Result<PathBuf> {
    let path = program::target_folder().join("bench.json");
    std::fs::write(&path, serde_json::to_string_pretty(rows)?)?;
    Ok(path)
}
