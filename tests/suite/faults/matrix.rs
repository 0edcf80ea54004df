//! The matrix as it is written, and its cells.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// All of `tests/cases/faults.yml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    faults: BTreeMap<String, String>,
    operations: BTreeMap<String, Operation>,
    cells: Vec<Group>,
}

/// What the program does when it is disturbed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub file: String,
    pub before: String,
    pub run: String,
    pub changes: Vec<char>,
    pub ends: usize,
    pub generations: usize,
    #[serde(default)]
    pub replaces: bool,
    requests: BTreeMap<String, String>,
}

/// Cells that end alike.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    what: String,
    faults: Vec<String>,
    pub times: Option<u64>,
    on: BTreeMap<String, Vec<String>>,
    pub exit: i32,
    pub says: Option<String>,
    left: Option<Vec<char>>,
}

/// One fault at one request of one operation.
pub struct Cell<'a> {
    pub operation: &'a Operation,
    pub group: &'a Group,
    /// The fault as it is written.
    pub fault: &'a str,
    /// The request that it happens to, as the beginning of the fault; empty for the whole run.
    pub request: &'a str,
    /// Of the fault, the operation and the request.
    names: [&'a str; 3],
}

impl Matrix {
    pub fn read() -> Self {
        let text = include_str!("../../cases/faults.yml");
        serde_yaml::from_str(text).expect("the matrix is as `matrix.rs` has it")
    }

    /// All cells; a name that is not there is a mistake in the matrix.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.cells.iter().flat_map(move |group| {
            let places = group.on.iter().flat_map(|(name, requests)| {
                requests.iter().map(move |request| (name.as_str(), request.as_str()))
            });
            places.flat_map(move |place| {
                group.faults.iter().map(move |fault| self.cell(group, fault, place))
            })
        })
    }

    fn cell<'a>(
        &'a self,
        group: &'a Group,
        fault: &'a str,
        (name, request): (&'a str, &'a str),
    ) -> Cell<'a> {
        let operation = named(&self.operations, name, group);
        Cell {
            operation,
            group,
            fault: named(&self.faults, fault, group).as_str(),
            request: named(&operation.requests, request, group).as_str(),
            names: [fault, name, request],
        }
    }
}

fn named<'a, T>(all: &'a BTreeMap<String, T>, name: &str, group: &Group) -> &'a T {
    all.get(name).unwrap_or_else(|| panic!("`{}` names `{name}`, which is not there", group.what))
}

impl Cell<'_> {
    /// The vaults that are changed after the disturbed run.
    pub fn left(&self) -> &[char] {
        match (&self.group.left, self.group.exit) {
            (Some(left), _) => left,
            (None, 0) => &self.operation.changes,
            (None, _) => &[],
        }
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [fault, operation, request] = self.names;
        let times = self.group.times.map_or_else(|| "always".to_owned(), |n| format!("{n} times"));
        write!(f, "{operation} / {request} / {fault}, {times}")
    }
}
