//! YAML as one located tree: the parser's events, with anchors and merge keys carried out.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::problem::Found;
use super::unquoted::{self, Masked};
use super::{Place, Problem};

/// How deep lists and maps may nest, aliases included.
pub const MAX_DEPTH: usize = 64;

/// How many values one file may hold.
const MAX_NODES: usize = 2_000_000;

/// How many values the aliases of one file may stand for; the anchored values count, too.
const MAX_ALIASED: usize = 1_000_000;

/// How many bytes of text those values may hold.
const MAX_ALIASED_TEXT: usize = 64 * 1024 * 1024;

/// Maps of fewer entries are searched one by one.
const SMALL_MAP: usize = 16;

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

/// A file's tree, and the mistakes that did not stop its reading.
pub struct Tree {
    /// The root; nothing for an empty file.
    pub root: Option<Node>,
    /// Mistakes of form: duplicate keys, unknown tags, unquoted expressions.
    pub problems: Found,
}

/// Reads one YAML document.
pub fn parse(text: &str) -> Result<Tree, Found> {
    let masked = unquoted::mask(text);
    let mut builder = Builder::new(&masked);
    let done = builder.read(masked.text.as_deref().unwrap_or(text));
    let root = builder.root.take();
    let mut problems = std::mem::take(&mut builder.problems);
    problems.extend(masked.problems);
    match done {
        Ok(()) => Ok(Tree { root, problems }),
        Err(problem) => {
            problems.push(problem);
            Err(problems)
        }
    }
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

/// Makes the tree from events, without recursion.
struct Builder<'m> {
    masked: &'m Masked,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    aliased: Size,
    ended: bool,
    root: Option<Node>,
    problems: Found,
}

/// A list or map that is being read.
struct Open {
    at: Place,
    anchor: usize,
    holds: Holds,
}

enum Holds {
    List(Vec<Node>),
    Map(OpenMap),
}

/// A map that is being read.
#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    key: Option<MapKey>,
    index: HashMap<String, usize>,
    merges: Vec<(usize, Node)>,
}

struct MapKey {
    key: Key,
    is_merge: bool,
}

impl<'m> Builder<'m> {
    fn new(masked: &'m Masked) -> Self {
        Self {
            masked,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            aliased: Size::default(),
            ended: false,
            root: None,
            problems: Found::default(),
        }
    }

    fn read(&mut self, text: &str) -> Result<(), Problem> {
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) =
                event.map_err(|error| syntax(place(error.marker()), error.info()))?;
            self.take(event, place(&span.start))?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) if self.ended => {
                Err(Problem::new(at, "a second YAML document starts here; a file holds one")
                    .help("remove the `---`, or keep the documents in files of their own"))
            }
            Event::DocumentEnd => {
                self.ended = true;
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(at, &text, style, tag.as_deref());
                self.complete(node, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.alias(anchor, at)?;
                self.complete(node, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(at, tag.as_deref(), "seq");
                self.start(at, anchor, Holds::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(at, tag.as_deref(), "map");
                self.start(at, anchor, Holds::Map(OpenMap::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {
                Ok(())
            }
        }
    }

    fn scalar(&mut self, at: Place, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
        let is_plain = style == ScalarStyle::Plain;
        let (text, plain) = match self.masked.values.get(&at).filter(|_| is_plain) {
            // What stood unquoted is a text unless an expression is all of it.
            Some(original) => (original.as_str(), false),
            None => (text, is_plain),
        };
        let plain = self.tagged(at, tag, plain);
        Node { at, body: Body::Scalar(Scalar::new(text.to_owned(), plain)) }
    }

    /// Whether a scalar's text decides its type, its tag considered.
    fn tagged(&mut self, at: Place, tag: Option<&Tag>, plain: bool) -> bool {
        match tag.map(core_tag) {
            None => plain,
            Some(Some("str" | "")) => false,
            Some(Some("int" | "float" | "bool" | "null")) => true,
            Some(_) => {
                self.unknown_tag(at, tag);
                plain
            }
        }
    }

    fn check_tag(&mut self, at: Place, tag: Option<&Tag>, expected: &str) {
        if tag.is_some_and(|tag| !matches!(core_tag(tag), Some(name) if name == expected)) {
            self.unknown_tag(at, tag);
        }
    }

    fn unknown_tag(&mut self, at: Place, tag: Option<&Tag>) {
        let tag = tag.map(ToString::to_string).unwrap_or_default();
        let tag = tag.replace("tag:yaml.org,2002:!", "!!");
        let problem = Problem::new(at, format!("the YAML tag `{tag}` has no meaning here"));
        self.problems.push(problem.help("remove the tag"));
    }

    fn start(&mut self, at: Place, anchor: usize, holds: Holds) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        if let Some(open) = self.open.last()
            && let Holds::Map(map) = &open.holds
            && map.key.is_none()
        {
            return Err(Problem::new(at, "a key is a list or a map; keys are texts")
                .help("text with `{{ }}` in brackets or braces must be quoted"));
        }
        self.open.push(Open { at, anchor, holds });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let body = match open.holds {
            Holds::List(items) => Body::List(items),
            Holds::Map(map) => Body::Map(self.merged(map)),
        };
        let node = Node { at: open.at, body };
        self.complete(node, open.anchor)
    }

    /// Puts a finished value where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Problem::new(
                node.at,
                format!("the file holds more than {MAX_NODES} values, the most that is read"),
            ));
        }
        if anchor > 0 {
            self.aliased = charged(self.aliased, &node, node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.holds) {
            None => self.root = Some(node),
            Some(Holds::List(items)) => items.push(node),
            Some(Holds::Map(map)) => {
                if let Some(problem) = map.take(node) {
                    self.problems.push(problem);
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<Node, Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Problem::new(at, "an alias stands inside the value that it names")
                .help("an alias can only name what ended before it"));
        };
        if self.open.len() + node.depth() > MAX_DEPTH + 1 {
            return Err(too_deep(at));
        }
        self.aliased = charged(self.aliased, node, at)?;
        Ok(Node { at, body: node.body.clone() })
    }

    /// Carries out `<<`: a map's own keys win, then the earlier of the merged.
    fn merged(&mut self, map: OpenMap) -> Vec<Entry> {
        if map.merges.is_empty() {
            return map.entries;
        }
        let mut taken: HashSet<String> =
            map.entries.iter().map(|entry| entry.key.text.clone()).collect();
        let mut merges = map.merges.into_iter().peekable();
        let mut all = Vec::with_capacity(map.entries.len());
        for (position, entry) in map.entries.into_iter().enumerate() {
            while let Some((_, node)) = merges.next_if(|(before, _)| *before <= position) {
                self.merge(node, &mut taken, &mut all);
            }
            all.push(entry);
        }
        for (_, node) in merges {
            self.merge(node, &mut taken, &mut all);
        }
        all
    }

    fn merge(&mut self, node: Node, taken: &mut HashSet<String>, all: &mut Vec<Entry>) {
        match node.body {
            Body::Map(entries) => {
                for entry in entries {
                    if taken.insert(entry.key.text.clone()) {
                        all.push(entry);
                    }
                }
            }
            Body::List(items) if items.iter().all(|item| matches!(item.body, Body::Map(_))) => {
                for item in items {
                    self.merge(item, taken, all);
                }
            }
            _ => {
                let what = "`<<` merges a map or a list of maps, and this is neither";
                let help = "name an anchor, such as `<<: *defaults`";
                self.problems.push(Problem::new(node.at, what).help(help));
            }
        }
    }
}

impl OpenMap {
    /// Takes a key, or the value of the key before.
    fn take(&mut self, node: Node) -> Option<Problem> {
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

/// The name of a core schema tag; empty for `!`, which makes a text of anything.
fn core_tag(tag: &Tag) -> Option<&str> {
    const CORE: &str = "tag:yaml.org,2002:";
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        (CORE, name) => Some(name),
        ("!", "") | ("", "!") => Some(""),
        ("", name) => name.strip_prefix(CORE),
        _ => None,
    }
}

/// What the aliases cost with one more, unless that is too much.
fn charged(so_far: Size, node: &Node, at: Place) -> Result<Size, Problem> {
    let size = so_far.and(node.size());
    let what = if size.values > MAX_ALIASED {
        format!("anchors and aliases stand for more than {MAX_ALIASED} values")
    } else if size.text > MAX_ALIASED_TEXT {
        format!("anchors and aliases stand for more than {MAX_ALIASED_TEXT} bytes of text")
    } else {
        return Ok(size);
    };
    Err(Problem::new(at, what).help("write fewer of them, or use a template"))
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line(), col: marker.col() + 1 }
}

fn too_deep(at: Place) -> Problem {
    Problem::new(at, format!("lists and maps nest deeper than {MAX_DEPTH} levels"))
}

/// The parser's own words are for the developer of a parser; the place is what helps.
fn syntax(at: Place, info: &str) -> Problem {
    Problem::new(at, format!("this is not YAML: {info}"))
        .help("look at the indentation, quotes and brackets here and on the line before")
}
