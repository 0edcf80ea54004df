//! `templates`: secrets that are one JSON object.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;

use super::generator::{self, Made, Source};
use super::secret::Context;
use super::target::{Owner, Targets};
use super::{Check, Map, given};
use crate::secretfile::node::{Entry, Node};
use crate::secretfile::{Content, Field, Part, Place, Problem, Supply, suggest};

/// The content type of what a template makes.
pub const CONTENT_TYPE: &str = "application/json";

/// The keys of a template.
pub const KEYS: [&str; 3] = ["description", "fields", "targets"];

/// The keys of a field.
pub const FIELD_KEYS: [&str; 3] = ["description", "generator", "targets"];

/// The keys of a field's generator.
pub const GENERATOR_KEYS: [&str; 2] = ["kind", "config"];

/// Stands for a period that is not known; nothing expires before it.
pub const SOME_PERIOD: SignedDuration = SignedDuration::from_secs(1);

/// All templates, for look-up by name.
pub struct Templates<'t> {
    map: Option<Map<'t>>,
    index: HashMap<String, usize>,
    used: RefCell<HashSet<usize>>,
}

/// What came of reading the content of one secret.
pub enum Whole {
    /// The content.
    Content(Content),
    /// It, or a field of it, is of another tool's kind.
    Foreign(String, Place),
    /// A mistake, and it was said.
    Broken,
}

impl<'t> Templates<'t> {
    /// Reads the names of `templates`.
    pub fn read(check: &Check<'_>, node: Option<&'t Node>) -> Self {
        let map = node.and_then(|node| check.map(node, "`templates`"));
        let entries = map.iter().flat_map(|map| map.entries.iter()).enumerate();
        let index = entries.map(|(at, entry)| (entry.key.text.clone(), at)).collect();
        Self { map, index, used: RefCell::default() }
    }

    /// A template by name; it counts as used.
    pub fn take(&self, name: &str) -> Option<&Entry> {
        let at = *self.index.get(name)?;
        self.used.borrow_mut().insert(at);
        self.map.as_ref()?.entries.get(at)
    }

    /// The names, for suggestions; not all, if they are very many.
    pub fn names(&self) -> Vec<&str> {
        let entries = self.map.iter().flat_map(|map| map.entries.iter());
        let names = entries.map(|entry| entry.key.text.as_str());
        names.take(suggest::MAX_CANDIDATES).collect()
    }

    /// Finds the mistakes of templates that no secret uses.
    pub fn check_unused(&self, check: &Check<'_>, context: &Context<'_>) {
        let used = self.used.borrow();
        let entries = self.map.iter().flat_map(|map| map.entries.iter()).enumerate();
        for (_, entry) in entries.filter(|(at, _)| !used.contains(at)) {
            let name = &entry.key.text;
            let what = format!("no secret uses the template `{name}`");
            let help = format!("a secret of kind templates.{name} would");
            check.notice(Problem::new(entry.key.at, what).help(help));
            let owner = Owner {
                name: "unused",
                name_at: entry.key.at,
                field: None,
                // What needs a rotation gets it from the secrets that will use the template.
                rotation_period: Some(SOME_PERIOD),
                content_type: Some(CONTENT_TYPE),
            };
            content(check, context, &owner, entry, &mut Targets::default(), |_| {});
        }
    }
}

/// Reads a template for one secret: its targets, then what `between` adds, then its fields.
pub fn content(
    check: &Check<'_>,
    context: &Context<'_>,
    owner: &Owner<'_>,
    template: &Entry,
    targets: &mut Targets,
    between: impl FnOnce(&mut Targets),
) -> Whole {
    let what = format!("the template `{}`", template.key.text);
    let Some(map) = check.map(&template.value, &what) else {
        between(targets);
        return Whole::Broken;
    };
    check.keys(&map, &KEYS, "in a template");
    if let Some(node) = map.get("description") {
        check.touch(node);
    }
    targets.read(check, context, owner, map.get("targets"));
    between(targets);
    let Some(node) = map.get("fields") else {
        let what = format!("{what} has no `fields`");
        let help = "write fields: {NAME: {generator: {kind: random_password}}}";
        check.problem(Problem::new(template.key.at, what).help(help));
        return Whole::Broken;
    };
    match check.map(node, "`fields`") {
        Some(map) => fields(check, context, owner, &map, targets),
        None => Whole::Broken,
    }
}

fn fields(
    check: &Check<'_>,
    context: &Context<'_>,
    owner: &Owner<'_>,
    map: &Map<'_>,
    targets: &mut Targets,
) -> Whole {
    let mut fields = Vec::with_capacity(map.entries.len());
    let (mut broken, mut foreign) = (false, None);
    for entry in map.entries.iter() {
        if !check.spend_part(entry.key.at) {
            return Whole::Broken;
        }
        match field(check, context, owner, entry, targets) {
            FieldRead::Field(field) => fields.push(field),
            FieldRead::Foreign(kind, at) => foreign = Some((kind, at)),
            FieldRead::Broken => broken = true,
        }
    }
    if map.entries.is_empty() {
        check.problem(Problem::new(map.at, "a template has no fields"));
        broken = true;
    }
    match (broken, foreign) {
        (true, _) => Whole::Broken,
        (false, Some((kind, at))) => Whole::Foreign(kind, at),
        (false, None) => {
            check_size(check, map.at, &fields);
            Whole::Content(Content::Object(fields))
        }
    }
}

enum FieldRead {
    Field(Field),
    Foreign(String, Place),
    Broken,
}

fn field(
    check: &Check<'_>,
    context: &Context<'_>,
    owner: &Owner<'_>,
    entry: &Entry,
    targets: &mut Targets,
) -> FieldRead {
    let name = entry.key.text.as_str();
    if name.is_empty() {
        check.problem(Problem::new(entry.key.at, "a template's field has no name"));
        return FieldRead::Broken;
    }
    let Some(map) = check.map(&entry.value, &format!("the field `{name}`")) else {
        return FieldRead::Broken;
    };
    check.keys(&map, &FIELD_KEYS, "in a template's field");
    if let Some(node) = map.get("description") {
        check.touch(node);
    }
    let own = Owner { field: Some(name), content_type: None, ..*owner };
    targets.read(check, context, &own, map.get("targets"));
    let Some(node) = map.get("generator") else {
        let what = format!("the field `{name}` has no `generator`");
        let help = "write generator: {kind: random_password}";
        check.problem(Problem::new(entry.key.at, what).help(help));
        return FieldRead::Broken;
    };
    let Some(map) = check.map(node, "`generator`") else {
        return FieldRead::Broken;
    };
    check.keys(&map, &GENERATOR_KEYS, "in a `generator`");
    let Some(kind) = map.get("kind") else {
        let what = "a `generator` has no `kind`";
        let help = format!("kinds: {}", generator::KINDS.join(", "));
        check.problem(Problem::new(map.at, what).help(help));
        return FieldRead::Broken;
    };
    let Some(text) = check.text(kind, "`kind`") else {
        return FieldRead::Broken;
    };
    let source =
        Source { kind: &text, kind_at: kind.at, config: map.get("config"), in_template: true };
    match generator::part(check, &source) {
        Made::Part(part) => FieldRead::Field(Field { name: name.to_owned(), part }),
        Made::Foreign => FieldRead::Foreign(text.into_owned(), kind.at),
        Made::Broken => FieldRead::Broken,
    }
}

/// The given parts alone may be too much already.
fn check_size(check: &Check<'_>, at: Place, fields: &[Field]) {
    let bytes: usize = fields
        .iter()
        .map(|field| {
            // Quotes, colon and comma.
            let value = match &field.part {
                Part::Given(given) => match &given.supply {
                    Supply::Supplied(value) | Supply::Default(value) => value.text.expose().len(),
                    Supply::Missing(_) => 0,
                },
                Part::Minted(_) => 0,
            };
            field.name.len() + value + 4
        })
        .sum();
    if bytes > given::MAX_BYTES {
        let max = given::MAX_BYTES;
        let what = format!("the JSON has more than {bytes} bytes; Key Vault takes at most {max}");
        check.problem(Problem::new(at, what).help("split the template"));
    }
}
