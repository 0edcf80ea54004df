//! Secrets and their vaults as a flow chart for Mermaid.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::neutral;
use crate::report::summary::Summary;
use crate::report::tone::{ALL, Tone};

#[cfg(test)]
mod tests;

/// A picture.
pub struct Flow {
    /// Its source; empty where there is nothing to show.
    pub text: String,
    /// How many arrows are not in it.
    pub left_out: usize,
}

/// Arrows from secrets to vaults. In a large picture the secrets that fare alike are one node, in a
/// larger one those of one action, and in the largest the vaults that fare alike are one node, too.
pub fn show(summary: &Summary<'_>) -> Flow {
    let mut picture = picture(&links(summary));
    let left_out = picture.cut();
    let text = if picture.arrows.is_empty() { String::new() } else { picture.chart() };
    Flow { text, left_out }
}

/// What became of one secret in one vault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link<'a> {
    /// How urgent it is.
    tone: Tone,
    /// The action's word.
    action: &'static str,
    /// The secret's name.
    secret: &'a str,
    /// The vault's host.
    vault: &'a str,
}

/// The most urgent first. A template's fields may lie in one vault, each under its own name: one link.
fn links<'a>(summary: &Summary<'a>) -> Vec<Link<'a>> {
    let mut seen = BTreeSet::new();
    let links = summary.rows().map(|row| Link {
        tone: row.target.tone,
        action: row.target.action,
        secret: row.secret,
        vault: &row.target.vault,
    });
    links.filter(|link| seen.insert(*link)).collect()
}

/// The most that can be told clearly.
fn picture<'a>(links: &[Link<'a>]) -> Picture<'a> {
    let each_vault = classes(links, |link| link.vault, |link| link.vault);
    let each = classes(links, |link| link.secret, |link| link.secret);
    let picture = Picture::of(links, &|link| each[link.secret], &|link| each_vault[link.vault]);
    if picture.arrows.len() <= SINGLE {
        return picture;
    }
    let fare = |link: &Link<'a>| (link.tone, link.action, link.vault);
    let alike = classes(links, |link| link.secret, fare);
    let picture = Picture::of(links, &|link| alike[link.secret], &|link| each_vault[link.vault]);
    if picture.is_clear() {
        return picture;
    }
    let actions = classes(links, |link| link.action, |link| link.action);
    let picture = Picture::of(links, &|link| actions[link.action], &|link| each_vault[link.vault]);
    if picture.is_clear() {
        return picture.counted();
    }
    let alike = classes(links, |link| link.vault, |link| (link.tone, link.action));
    Picture::of(links, &|link| actions[link.action], &|link| alike[link.vault]).counted()
}

/// Numbers the `of` so that those that meet the same `what` have the same number.
fn classes<'a, What: Ord>(
    links: &[Link<'a>],
    of: impl Fn(&Link<'a>) -> &'a str,
    what: impl Fn(&Link<'a>) -> What,
) -> BTreeMap<&'a str, usize> {
    let mut met: BTreeMap<&str, BTreeSet<What>> = BTreeMap::new();
    for link in links {
        met.entry(of(link)).or_default().insert(what(link));
    }
    let mut numbers = BTreeMap::new();
    let numbered = met.into_iter().map(|(name, what)| {
        let next = numbers.len();
        (name, *numbers.entry(what).or_insert(next))
    });
    numbered.collect()
}

/// Nodes on two sides, and arrows between them.
struct Picture<'a> {
    /// Secrets.
    from: Vec<Node<'a>>,
    /// Vaults.
    to: Vec<Node<'a>>,
    /// One for each pair and action.
    arrows: Vec<Arrow>,
}

/// Secrets or vaults that are shown together.
struct Node<'a> {
    /// What became of them, where they are together for that.
    title: Option<String>,
    /// Their names, each once.
    names: Vec<&'a str>,
    /// The most urgent of its arrows' tones.
    tone: Tone,
}

/// One action on one vault, or on those that fare alike.
struct Arrow {
    /// The place of the node that it leaves.
    from: usize,
    /// The place of the node that it reaches.
    to: usize,
    /// How urgent it is.
    tone: Tone,
    /// The action's word.
    action: &'static str,
    /// How many secrets and vaults it stands for.
    count: usize,
    /// Whether the count is its label.
    is_counted: bool,
}

/// Nodes as they are met.
#[derive(Default)]
struct Side<'a> {
    /// In the order in which they were met.
    nodes: Vec<Node<'a>>,
    /// The place of each class's node.
    places: BTreeMap<usize, usize>,
    /// Which names are in which place already.
    names: BTreeSet<(usize, &'a str)>,
}

impl<'a> Side<'a> {
    /// The place of this class, which holds this name, too.
    fn place(&mut self, class: usize, name: &'a str, tone: Tone) -> usize {
        let next = self.nodes.len();
        let place = *self.places.entry(class).or_insert(next);
        if place == next {
            self.nodes.push(Node { title: None, names: Vec::new(), tone });
        }
        if self.names.insert((place, name)) {
            self.nodes[place].names.push(name);
        }
        place
    }
}

impl<'a> Picture<'a> {
    /// Puts the links together whose secrets and vaults have the same numbers. The most urgent are met
    /// first, so that a node's first tone is its most urgent one.
    fn of(
        links: &[Link<'a>],
        secret: &dyn Fn(&Link<'a>) -> usize,
        vault: &dyn Fn(&Link<'a>) -> usize,
    ) -> Self {
        let (mut from, mut to) = (Side::default(), Side::default());
        let mut arrows: Vec<Arrow> = Vec::new();
        let mut places = BTreeMap::new();
        for link in links {
            let start = from.place(secret(link), link.secret, link.tone);
            let end = to.place(vault(link), link.vault, link.tone);
            let place = *places.entry((start, end, link.action)).or_insert(arrows.len());
            match arrows.get_mut(place) {
                Some(arrow) => arrow.count += 1,
                None => arrows.push(Arrow::new(start, end, link)),
            }
        }
        Self { from: from.nodes, to: to.nodes, arrows }
    }

    fn is_clear(&self) -> bool {
        self.arrows.len() <= CLEAR
    }

    /// Says the action in the node, since it has but one, and how many there are on its arrows.
    fn counted(mut self) -> Self {
        for arrow in &mut self.arrows {
            arrow.is_counted = true;
            let node = &mut self.from[arrow.from];
            let said = || format!("{} {} {}", arrow.tone.sign(), node.names.len(), arrow.action);
            if node.title.is_none() {
                node.title = Some(said());
            }
        }
        self
    }

    /// Leaves out what is more than a picture can hold, the least urgent first; tells how many arrows.
    fn cut(&mut self) -> usize {
        let left_out = self.arrows.len().saturating_sub(ARROWS);
        self.arrows.truncate(ARROWS);
        left_out
    }

    fn chart(&self) -> String {
        let mut text = "flowchart LR\n".to_owned();
        let froms: BTreeSet<usize> = self.arrows.iter().map(|arrow| arrow.from).collect();
        let tos: BTreeSet<usize> = self.arrows.iter().map(|arrow| arrow.to).collect();
        for place in &froms {
            let _ = writeln!(text, "  s{place}[\"{}\"]", self.from[*place].label(label));
        }
        for place in &tos {
            let _ = writeln!(text, "  v{place}[(\"{}\")]", self.to[*place].label(vault));
        }
        for arrow in &self.arrows {
            let Arrow { from, to, action, count, .. } = arrow;
            let said = if arrow.is_counted { count.to_string() } else { (*action).to_owned() };
            let _ = writeln!(text, "  s{from} -->|{said}| v{to}");
        }
        self.paint(&mut text, &froms);
        text
    }

    /// Colours nodes and arrows; the words in them say the same.
    fn paint(&self, text: &mut String, froms: &BTreeSet<usize>) {
        for tone in ALL {
            let arrows = self.arrows.iter().enumerate().map(|(at, arrow)| (at, arrow.tone));
            let arrows = numbers("", tone, arrows);
            let nodes = froms.iter().map(|place| (*place, self.from[*place].tone));
            let nodes = numbers("s", tone, nodes);
            let (fill, line) = colours(tone);
            let class = tone.class();
            if !nodes.is_empty() {
                let _ =
                    writeln!(text, "  classDef {class} fill:{fill},stroke:{line},color:#1f2328");
                let _ = writeln!(text, "  class {nodes} {class}");
            }
            if !arrows.is_empty() {
                let _ = writeln!(text, "  linkStyle {arrows} stroke:{line},stroke-width:2px");
            }
        }
    }
}

impl Arrow {
    fn new(from: usize, to: usize, link: &Link<'_>) -> Self {
        Self { from, to, tone: link.tone, action: link.action, count: 1, is_counted: false }
    }
}

impl Node<'_> {
    fn label(&self, shown: impl Fn(&str) -> String) -> String {
        let title = self.title.iter().map(|title| label(title));
        let names = self.names.iter().take(NAMES).map(|name| shown(name));
        let all = title.chain(names).collect::<Vec<_>>().join("<br/>");
        match self.names.len().saturating_sub(NAMES) {
            0 => all,
            more => format!("{all}<br/>and {more} more"),
        }
    }
}

/// A vault by its own name.
fn vault(host: &str) -> String {
    label(host.split('.').next().unwrap_or(host))
}

/// The places at which this tone stands, with a letter before each.
fn numbers(letter: &str, tone: Tone, tones: impl Iterator<Item = (usize, Tone)>) -> String {
    let places = tones.filter(|(_, other)| *other == tone);
    places.map(|(place, _)| format!("{letter}{place}")).collect::<Vec<_>>().join(",")
}

/// A label in quotes: letters and digits, and codes for everything that could be syntax.
fn label(text: &str) -> String {
    let mut safe = String::new();
    for (count, c) in neutral::line(text).chars().enumerate() {
        if count == LABEL {
            safe.push('…');
            break;
        }
        match c {
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => safe.push(c),
            c => safe.push_str(&format!("#{};", u32::from(c))),
        }
    }
    safe
}

/// Fill and line, which show on light and dark pages.
fn colours(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Failed => ("#ffd7d5", "#d1242f"),
        Tone::Waiting => ("#fff1c2", "#b07800"),
        Tone::Made => ("#d2f5d9", "#1a7f37"),
        Tone::Changed => ("#d8ebff", "#2f7fe0"),
        Tone::Removed => ("#eadcff", "#8250df"),
        Tone::Still => ("#e6e9ed", "#7d8590"),
    }
}

/// Up to so many arrows each secret has a node of its own.
const SINGLE: usize = 8;
/// A picture with more arrows is put together further.
const CLEAR: usize = 16;
/// More arrows are no picture; GitHub draws none with more than 500 or 50,000 characters.
const ARROWS: usize = 24;
/// How many names one node shows.
const NAMES: usize = 3;
/// How much of a name is shown, in characters.
const LABEL: usize = 32;
