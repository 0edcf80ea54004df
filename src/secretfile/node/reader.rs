//! From the parser's events to a tree, with anchors and merge keys carried out.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::open_map::OpenMap;
use super::{Body, MAX_DEPTH, Node, Scalar, Size};
use crate::secretfile::problem::Found;
use crate::secretfile::source;
use crate::secretfile::unquoted::{self, Masked};
use crate::secretfile::{Place, Problem};

/// How many values one file may hold.
const MAX_NODES: usize = 2_000_000;

/// How many values the aliases of one file may stand for; the anchored values count, too.
const MAX_ALIASED: usize = 1_000_000;

/// How many bytes of text those values may hold.
const MAX_ALIASED_TEXT: usize = 64 * 1024 * 1024;

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
        // The parser ends a last line that is open; what it misses there stands behind the last character.
        let end = source::behind(text);
        while let Some(event) = parser.next_event() {
            let (event, span) =
                event.map_err(|error| syntax(place(error.marker()).min(end), error.info()))?;
            self.take(event, place(&span.start).min(end))?;
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
            && map.expects_key()
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
            Holds::List(mut items) => {
                items.shrink_to_fit();
                Body::List(items)
            }
            Holds::Map(map) => Body::Map(map.finish(&mut self.problems)),
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
