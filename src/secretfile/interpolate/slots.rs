//! The variables' tree, flat, so that each value is evaluated once and found by its number.

use std::collections::HashMap;

use crate::secretfile::Place;
use crate::secretfile::node::{Body, Node, Scalar};

/// Every value among the variables; the first is the root.
pub struct Slots(Vec<Slot>);

/// One value among the variables.
struct Slot {
    at: Place,
    parent: usize,
    name: String,
    holds: Holds,
}

/// What a slot holds; numbers are indexes of slots.
pub enum Holds {
    /// A text to be filled in.
    Scalar(Scalar),
    /// Values in order.
    List(Vec<usize>),
    /// Names and values in order, and the index of the names.
    Map(Vec<(String, usize)>, HashMap<String, usize>),
}

impl Slots {
    /// Takes a tree apart.
    pub fn new(variables: Node) -> Self {
        let mut slots = Vec::new();
        add(&mut slots, variables, 0, String::new());
        Self(slots)
    }

    /// Every slot's number, with what it holds.
    pub fn each(&self) -> impl Iterator<Item = (usize, &Holds)> {
        self.0.iter().map(|slot| &slot.holds).enumerate()
    }

    /// Where a slot's value stands.
    pub fn at(&self, id: usize) -> Option<Place> {
        self.0.get(id).map(|slot| slot.at)
    }

    /// What a slot holds.
    pub fn holds(&self, id: usize) -> Option<&Holds> {
        self.0.get(id).map(|slot| &slot.holds)
    }

    /// The slot of a name inside another.
    pub fn child(&self, id: usize, name: &str) -> Option<usize> {
        match self.holds(id)? {
            Holds::Map(_, index) => index.get(name).copied(),
            _ => None,
        }
    }

    /// A slot's name from the root, with dots.
    pub fn name(&self, mut id: usize) -> String {
        let mut names = Vec::new();
        while let Some(slot) = self.0.get(id).filter(|_| id > 0) {
            names.push(slot.name.as_str());
            id = slot.parent;
        }
        names.reverse();
        names.join(".")
    }
}

fn add(slots: &mut Vec<Slot>, node: Node, parent: usize, name: String) -> usize {
    let id = slots.len();
    slots.push(Slot { at: node.at, parent, name, holds: Holds::List(Vec::new()) });
    let holds = match node.body {
        Body::Scalar(scalar) => Holds::Scalar(scalar),
        Body::List(items) => Holds::List(
            items
                .into_iter()
                .enumerate()
                .map(|(at, item)| add(slots, item, id, at.to_string()))
                .collect(),
        ),
        Body::Map(entries) => {
            let order: Vec<(String, usize)> = entries
                .into_iter()
                .map(|entry| {
                    let name = entry.key.text;
                    let child = add(slots, entry.value, id, name.clone());
                    (name, child)
                })
                .collect();
            let index = order.iter().cloned().collect();
            Holds::Map(order, index)
        }
    };
    if let Some(slot) = slots.get_mut(id) {
        slot.holds = holds;
    }
    id
}
