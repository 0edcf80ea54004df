//! Where `var` comes from: the file's `variables`, then every `--var-file`, then every `--var`.

use std::collections::HashMap;

use super::node::{self, Body, Entry, Key, Node};
use super::problem::Found;
use super::{LoadOptions, Place, Problem, source};

/// The merged variables, and what is wrong with their sources; later sources win.
pub fn collect(of_file: Option<&Node>, options: &LoadOptions<'_>) -> (Node, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut merged = match of_file {
        Some(node) if matches!(node.body, Body::Map(_)) => node.clone(),
        Some(node) if !node.is_null() => {
            let what = format!("`variables` is {}; it must be a map", node.kind_name());
            problems.push(Problem::new(node.at, what).help("write `variables: {name: value}`"));
            empty(node.at)
        }
        _ => empty(ELSEWHERE),
    };
    for (path, text) in &options.var_files {
        match var_file(text) {
            Ok(node) => merge(&mut merged, node),
            Err(found) => {
                problems.extend(found.into_list().iter().map(|problem| in_file(path, problem)));
            }
        }
    }
    for (key, value) in &options.vars {
        match one(key, value, &merged) {
            Ok(node) => merge(&mut merged, node),
            Err(problem) => problems.push(problem),
        }
    }
    (merged, problems)
}

/// The place of what does not stand in the Secretfile.
pub const ELSEWHERE: Place = Place { line: 0, col: 0 };

fn empty(at: Place) -> Node {
    Node { at, body: Body::Map(Vec::new()) }
}

fn var_file(text: &str) -> Result<Node, Found> {
    let text = source::text(text.as_bytes())?;
    let tree = node::parse(&text)?;
    if !tree.problems.is_empty() {
        return Err(tree.problems);
    }
    match tree.root {
        None => Ok(empty(ELSEWHERE)),
        Some(root) if root.is_null() => Ok(empty(ELSEWHERE)),
        Some(mut root) if matches!(root.body, Body::Map(_)) => {
            move_elsewhere(&mut root);
            Ok(root)
        }
        Some(root) => {
            let what = format!("a variable file is a map, and this is {}", root.kind_name());
            Err(Problem::new(root.at, what).into())
        }
    }
}

fn in_file(path: &str, problem: &Problem) -> Problem {
    let what = match problem.at {
        Some(at) => format!("{path}:{}:{}: {}", at.line, at.col, problem.what),
        None => format!("{path}: {}", problem.what),
    };
    let moved = Problem::of_file(what);
    match &problem.help {
        Some(help) => moved.help(help),
        None => moved,
    }
}

fn move_elsewhere(node: &mut Node) {
    node.at = ELSEWHERE;
    match &mut node.body {
        Body::Scalar(_) => {}
        Body::List(items) => items.iter_mut().for_each(move_elsewhere),
        Body::Map(entries) => {
            for entry in entries {
                entry.key.at = ELSEWHERE;
                move_elsewhere(&mut entry.value);
            }
        }
    }
}

/// `--var KEY=VALUE` as a tree of its own: dots reach into maps; numbers and flags keep their type;
/// the text is inserted as it is.
fn one(key: &str, value: &str, known: &Node) -> Result<Node, Problem> {
    let names: Vec<&str> = key.split('.').collect();
    let help = "write --var name=value, or --var map.name=value";
    if names.iter().any(|name| name.trim().is_empty()) || names.len() > node::MAX_DEPTH {
        return Err(Problem::of_file(format!("--var `{key}` is not a variable's name")).help(help));
    }
    check_path(&names, known).map_err(|part| {
        Problem::of_file(format!("--var `{key}`: `{part}` is not a map")).help(help)
    })?;
    let mut node = Node::literal(ELSEWHERE, value.to_owned(), true);
    if let Body::Scalar(scalar) = &mut node.body {
        scalar.plain =
            !matches!(scalar.kind(), super::scalar::Type::Null | super::scalar::Type::Text);
    }
    Ok(names.iter().rev().fold(node, |value, name| Node {
        at: ELSEWHERE,
        body: Body::Map(vec![Entry {
            key: Key { at: ELSEWHERE, text: (*name).to_owned() },
            value,
        }]),
    }))
}

/// The part of a dotted name that names something else than a map.
fn check_path(names: &[&str], known: &Node) -> Result<(), String> {
    let mut node = known;
    for (at, name) in names.iter().enumerate() {
        let Body::Map(entries) = &node.body else {
            return if node.is_null() { Ok(()) } else { Err(names[..at].join(".")) };
        };
        match entries.iter().find(|entry| entry.key.text == *name) {
            Some(entry) => node = &entry.value,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Lays one tree over another: maps are merged key by key, anything else is replaced.
fn merge(base: &mut Node, over: Node) {
    match (&mut base.body, over.body) {
        (Body::Map(entries), Body::Map(others)) => {
            let mut index: HashMap<String, usize> = entries
                .iter()
                .enumerate()
                .map(|(at, entry)| (entry.key.text.clone(), at))
                .collect();
            for other in others {
                match index.get(&other.key.text).and_then(|at| entries.get_mut(*at)) {
                    Some(entry) => merge(&mut entry.value, other.value),
                    None => {
                        index.insert(other.key.text.clone(), entries.len());
                        entries.push(other);
                    }
                }
            }
        }
        (_, body) => *base = Node { at: over.at, body },
    }
}
