//! Secrets and their vaults as a flow chart for Mermaid.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;

use crate::neutral;
use crate::report::summary::Summary;
use crate::report::tone::{ALL, Tone};

/// A picture.
pub struct Flow {
    /// Its source; empty where there is nothing to show.
    pub text: String,
    /// How many arrows are not in it.
    pub left_out: usize,
}

/// Arrows from secrets to vaults. In a large picture the secrets that fare alike are one node.
pub fn show(summary: &Summary<'_>) -> Flow {
    let mut nodes = nodes(summary);
    if arrows(&nodes) > SINGLE {
        nodes = together(nodes);
    }
    let left_out = arrows(&nodes).saturating_sub(ARROWS);
    cut(&mut nodes);
    let text = if nodes.is_empty() { String::new() } else { chart(&nodes) };
    Flow { text, left_out }
}

/// Secrets that fare alike.
struct Node<'a> {
    /// Their names.
    names: Vec<&'a str>,
    /// Where they go.
    arrows: Vec<Arrow<'a>>,
}

/// One action on a vault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow<'a> {
    /// How urgent it is.
    tone: Tone,
    /// The vault's host.
    vault: &'a str,
    /// The action's word.
    action: &'static str,
}

/// One node for each secret; those with news come first.
fn nodes<'a>(summary: &Summary<'a>) -> Vec<Node<'a>> {
    let mut places = BTreeMap::new();
    let mut nodes: Vec<Node<'a>> = Vec::new();
    for row in summary.rows() {
        let place = *places.entry(row.secret).or_insert(nodes.len());
        if place == nodes.len() {
            nodes.push(Node { names: vec![row.secret], arrows: Vec::new() });
        }
        let target = row.target;
        let arrow = Arrow { tone: target.tone, vault: &target.vault, action: target.action };
        // A template's fields may lie in one vault, each under its own name.
        if !nodes[place].arrows.contains(&arrow) {
            nodes[place].arrows.push(arrow);
        }
    }
    nodes
}

fn together(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let mut places = BTreeMap::new();
    let mut alike: Vec<Node<'_>> = Vec::new();
    for node in nodes {
        let place = *places.entry(node.arrows.clone()).or_insert(alike.len());
        match alike.get_mut(place) {
            Some(group) => group.names.extend(node.names),
            None => alike.push(node),
        }
    }
    alike
}

fn arrows(nodes: &[Node<'_>]) -> usize {
    nodes.iter().map(|node| node.arrows.len()).sum()
}

/// Leaves out what is more than a picture can hold; failures come first where there is not room for all.
fn cut(nodes: &mut Vec<Node<'_>>) {
    if arrows(nodes) > ARROWS {
        nodes.sort_by_key(Node::tone);
    }
    let mut room = ARROWS;
    for node in nodes.iter_mut() {
        node.arrows.truncate(room);
        room -= node.arrows.len();
    }
    nodes.retain(|node| !node.arrows.is_empty());
}

impl Node<'_> {
    /// The most urgent of its arrows' tones.
    fn tone(&self) -> Tone {
        self.arrows.iter().map(|arrow| arrow.tone).min().unwrap_or(Tone::Still)
    }

    fn label(&self) -> String {
        let shown = self.names.iter().take(NAMES).map(|name| label(name));
        let shown = shown.collect::<Vec<_>>().join("<br/>");
        match self.names.len().saturating_sub(NAMES) {
            0 => shown,
            more => format!("{shown}<br/>and {more} more"),
        }
    }
}

fn chart(nodes: &[Node<'_>]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, node) in nodes.iter().enumerate() {
        let _ = writeln!(text, "  s{number}[\"{}\"]", node.label());
    }
    let mut vaults = BTreeMap::new();
    for arrow in nodes.iter().flat_map(|node| &node.arrows) {
        let number = vaults.len();
        if let Entry::Vacant(vault) = vaults.entry(arrow.vault) {
            let name = arrow.vault.split('.').next().unwrap_or(arrow.vault);
            let _ = writeln!(text, "  v{number}[(\"{}\")]", label(name));
            vault.insert(number);
        }
    }
    for (number, node) in nodes.iter().enumerate() {
        for Arrow { vault, action, .. } in &node.arrows {
            let vault = vaults.get(vault).copied().unwrap_or_default();
            let _ = writeln!(text, "  s{number} -->|{action}| v{vault}");
        }
    }
    paint(&mut text, nodes);
    text
}

/// Colours nodes and arrows; the words on the arrows say the same.
fn paint(text: &mut String, nodes: &[Node<'_>]) {
    for tone in ALL {
        let arrows = nodes.iter().flat_map(|node| &node.arrows).map(|arrow| arrow.tone);
        let arrows = numbers("", tone, arrows);
        let nodes = numbers("s", tone, nodes.iter().map(Node::tone));
        let (fill, line) = colours(tone);
        let class = tone.class();
        if !nodes.is_empty() {
            let _ = writeln!(text, "  classDef {class} fill:{fill},stroke:{line},color:#1f2328");
            let _ = writeln!(text, "  class {nodes} {class}");
        }
        if !arrows.is_empty() {
            let _ = writeln!(text, "  linkStyle {arrows} stroke:{line}");
        }
    }
}

/// The places at which this tone stands, with a letter before each.
fn numbers(letter: &str, tone: Tone, tones: impl Iterator<Item = Tone>) -> String {
    let places = tones.enumerate().filter(|(_, other)| *other == tone);
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
const SINGLE: usize = 24;
/// More arrows are no picture; GitHub draws none with more than 500.
const ARROWS: usize = 60;
/// How many names one node shows.
const NAMES: usize = 3;
/// How much of a name is shown, in characters.
const LABEL: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::ProptestConfig;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::report::sample;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_hostile_name_stays_in_its_node(name in sample::hostile()) {
            let report = sample::named(&name);
            let flow = show(&Summary::of(&report)).text;
            let plain = sample::named("plain");
            let expected = show(&Summary::of(&plain)).text;
            prop_assert_eq!(flow.lines().count(), expected.lines().count());
            for (line, expected) in flow.lines().zip(expected.lines()) {
                prop_assert_eq!(line.matches('"').count(), expected.matches('"').count());
                let (start, rest) = line.split_once('"').unwrap_or((line, ""));
                let (label, end) = rest.rsplit_once('"').unwrap_or_default();
                prop_assert!(label.chars().all(|c| c.is_alphanumeric() || "-_#;…".contains(c)));
                prop_assert!(expected.starts_with(start) && expected.ends_with(end));
            }
        }
    }

    #[test]
    fn secrets_that_fare_alike_are_one_node_of_a_large_picture() {
        let report = sample::large(300);
        let flow = show(&Summary::of(&report));
        assert_eq!(flow.text.matches("-->").count(), 2 * sample::actions().len());
        assert_eq!(flow.left_out, 0);
        assert!(flow.text.contains("and 12 more"), "{}", flow.text);
    }

    #[test]
    fn a_picture_has_a_bounded_number_of_arrows_and_failures_are_among_them() {
        let secrets = sample::scattered(100);
        let report = crate::report::Report { secrets, ..sample::empty() };
        let flow = show(&Summary::of(&report));
        assert_eq!(flow.text.matches("-->").count(), ARROWS);
        assert_eq!(flow.left_out, 100 - ARROWS);
        assert!(flow.text.contains("|failed|"));
    }
}
