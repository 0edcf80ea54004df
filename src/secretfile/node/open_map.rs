//! A map that is being read: keys and values alternate, each key once.

use std::collections::{HashMap, HashSet};

use super::{Body, Entry, Key, Node};
use crate::secretfile::Problem;
use crate::secretfile::problem::Found;

/// Maps of fewer entries are searched one by one.
const SMALL_MAP: usize = 16;

/// A map that is being read.
#[derive(Default)]
pub struct OpenMap {
    entries: Vec<Entry>,
    key: Option<MapKey>,
    index: HashMap<String, usize>,
    /// What `<<` names, and how many members stand before it.
    merges: Vec<(usize, Node)>,
}

struct MapKey {
    key: Key,
    is_merge: bool,
}

impl OpenMap {
    /// Whether what comes next is a key.
    pub fn expects_key(&self) -> bool {
        self.key.is_none()
    }

    /// Takes a key, or the value of the key before.
    pub fn take(&mut self, node: Node) -> Option<Problem> {
        let Some(key) = self.key.take() else {
            return self.take_key(node);
        };
        let mut value = node;
        if value.is_null() {
            value.at = key.key.at;
        }
        if key.is_merge {
            self.merges.push((self.entries.len(), value));
            return None;
        }
        self.insert(key.key, value)
    }

    /// The members, with `<<` carried out: a map's own keys win, then the earlier of the merged.
    pub fn finish(mut self, problems: &mut Found) -> Vec<Entry> {
        if self.merges.is_empty() {
            // Most maps are small, and half of their room is left over.
            self.entries.shrink_to_fit();
            return self.entries;
        }
        let taken = self.entries.iter().map(|entry| entry.key.text.clone()).collect();
        let mut merger = Merger { taken, all: Vec::with_capacity(self.entries.len()), problems };
        let mut merges = self.merges.into_iter().peekable();
        for (position, entry) in self.entries.into_iter().enumerate() {
            while let Some((_, node)) = merges.next_if(|(before, _)| *before <= position) {
                merger.merge(node);
            }
            merger.all.push(entry);
        }
        merges.for_each(|(_, node)| merger.merge(node));
        merger.all
    }

    fn take_key(&mut self, node: Node) -> Option<Problem> {
        // Lists and maps as keys were refused when they started; an alias may still bring one.
        let Body::Scalar(scalar) = node.body else {
            self.key =
                Some(MapKey { key: Key { at: node.at, text: String::new() }, is_merge: false });
            return Some(Problem::new(node.at, "a key is a list or a map; keys are texts"));
        };
        let problem = (!scalar.literal).then(|| {
            Problem::new(node.at, "a key cannot hold `{{ }}` or `${ }`; only values can")
                .help("write the key out")
        });
        self.key = Some(MapKey {
            is_merge: scalar.plain && scalar.text == "<<",
            key: Key { at: node.at, text: scalar.text },
        });
        problem
    }

    fn insert(&mut self, key: Key, value: Node) -> Option<Problem> {
        if let Some(first) = self.find(&key.text) {
            let at = first.key.at;
            return Some(
                Problem::new(
                    key.at,
                    format!(
                        "the key `{}` is here a second time; the first is at {}:{}",
                        key.text, at.line, at.col
                    ),
                )
                .help("keep one of them"),
            );
        }
        self.entries.push(Entry { key, value });
        if self.entries.len() == SMALL_MAP {
            let texts = self.entries.iter().enumerate();
            self.index = texts.map(|(at, e)| (e.key.text.clone(), at)).collect();
        } else if let Some(entry) = self.entries.get(SMALL_MAP..).and_then(<[Entry]>::last) {
            self.index.insert(entry.key.text.clone(), self.entries.len() - 1);
        }
        None
    }

    fn find(&self, key: &str) -> Option<&Entry> {
        if self.entries.len() < SMALL_MAP {
            return self.entries.iter().find(|entry| entry.key.text == key);
        }
        self.index.get(key).and_then(|at| self.entries.get(*at))
    }
}

/// Carries out the `<<` of one map.
struct Merger<'p> {
    taken: HashSet<String>,
    all: Vec<Entry>,
    problems: &'p mut Found,
}

impl Merger<'_> {
    fn merge(&mut self, node: Node) {
        match node.body {
            Body::Map(entries) => {
                for entry in entries {
                    if self.taken.insert(entry.key.text.clone()) {
                        self.all.push(entry);
                    }
                }
            }
            Body::List(items) if items.iter().all(|item| matches!(item.body, Body::Map(_))) => {
                items.into_iter().for_each(|item| self.merge(item));
            }
            _ => {
                let what = "`<<` merges a map or a list of maps, and this is neither";
                let help = "name an anchor, such as `<<: *defaults`";
                self.problems.push(Problem::new(node.at, what).help(help));
            }
        }
    }
}
