//! YAML as one located tree.

use super::Place;

pub use reader::parse;

mod open_map;
mod reader;

/// How deep lists and maps may nest, aliases included.
pub const MAX_DEPTH: usize = 64;

/// One value and where it stands. It may hold secrets: it has no `Debug` on purpose.
#[derive(Clone)]
pub struct Node {
    /// Its first character; an alias's own, and a key's for a value that is not there.
    pub at: Place,
    /// What it is.
    pub body: Body,
}

/// The kinds of value.
#[derive(Clone)]
pub enum Body {
    /// A text, number, flag or nothing.
    Scalar(Scalar),
    /// Values in order.
    List(Vec<Node>),
    /// Keys and values in the file's order, each key once.
    Map(Vec<Entry>),
}

/// A scalar as written.
#[derive(Clone)]
pub struct Scalar {
    /// Its text, without quotes and escapes.
    pub text: String,
    /// Whether the text decides the type; a quoted scalar is a text whatever it looks like.
    pub plain: bool,
    /// Whether there is nothing to interpolate.
    pub literal: bool,
}

/// A member of a map.
#[derive(Clone)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub value: Node,
}

/// How much a tree holds.
#[derive(Clone, Copy, Default)]
pub struct Size {
    /// Its values: scalars, lists and maps.
    pub values: usize,
    /// The bytes of its texts and keys.
    pub text: usize,
}

impl Size {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { values: self.values + other.values, text: self.text + other.text }
    }
}

/// A key of a map.
#[derive(Clone)]
pub struct Key {
    /// Its first character.
    pub at: Place,
    /// Its text.
    pub text: String,
}

impl Scalar {
    /// A scalar whose text may hold interpolations.
    pub fn new(text: String, plain: bool) -> Self {
        let literal = !(text.contains("{{") || text.contains("${"));
        Self { text, plain, literal }
    }

    /// A scalar whose text stands for itself.
    pub fn literal(text: String, plain: bool) -> Self {
        Self { text, plain, literal: true }
    }
}

impl Node {
    /// A scalar whose text stands for itself.
    pub fn literal(at: Place, text: String, plain: bool) -> Self {
        Self { at, body: Body::Scalar(Scalar::literal(text, plain)) }
    }

    /// The kind of value, as messages name it.
    pub fn kind_name(&self) -> &'static str {
        match &self.body {
            Body::Scalar(_) if self.is_null() => "nothing",
            Body::Scalar(_) => "a single value",
            Body::List(_) => "a list",
            Body::Map(_) => "a map",
        }
    }

    /// Whether it is a plain scalar that says nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.body, Body::Scalar(scalar) if scalar.kind() == super::scalar::Type::Null)
    }

    /// What a copy of it costs.
    pub fn size(&self) -> Size {
        let own = Size { values: 1, text: 0 };
        match &self.body {
            Body::Scalar(scalar) => own.and(Size { values: 0, text: scalar.text.len() }),
            Body::List(items) => items.iter().map(Self::size).fold(own, Size::and),
            Body::Map(entries) => {
                let keys = entries.iter().map(|entry| entry.key.text.len()).sum();
                let values = entries.iter().map(|entry| entry.value.size());
                values.fold(own.and(Size { values: 0, text: keys }), Size::and)
            }
        }
    }

    /// How deep it nests; a scalar is 1.
    pub fn depth(&self) -> usize {
        1 + match &self.body {
            Body::Scalar(_) => 0,
            Body::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Body::Map(entries) => {
                let depths = entries.iter().map(|entry| entry.value.depth());
                depths.max().unwrap_or(0)
            }
        }
    }
}

/// A member that stands nowhere in the file.
pub fn entry(key: &str, value: Node) -> Entry {
    Entry { key: Key { at: value.at, text: key.to_owned() }, value }
}
