//! The part of Mermaid's flowcharts that the pages use, by its public grammar: nodes, edges, and classes.

use std::collections::BTreeSet;

use regex_lite::Regex;

/// What is wrong with a picture; every node has a text and a class, and no class goes unused.
pub fn problems(picture: &str) -> Vec<String> {
    let mut seen = Seen::default();
    let mut lines = picture.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if !["flowchart TB", "flowchart LR"].contains(&first) {
        seen.problems.push(format!("not a flowchart: {first}"));
    }
    lines.for_each(|line| seen.line(line));
    seen.end()
}

#[derive(Default)]
struct Seen {
    /// Nodes with a text.
    nodes: BTreeSet<String>,
    /// Nodes at the end of an edge.
    ends: BTreeSet<String>,
    classes: BTreeSet<String>,
    /// Nodes with a class.
    dressed: BTreeSet<String>,
    used: BTreeSet<String>,
    problems: Vec<String>,
}

impl Seen {
    fn line(&mut self, line: &str) {
        let pattern = |text: &str| Regex::new(text).expect("a pattern").captures(line);
        if let Some(found) = pattern(r"^classDef (\w+) [\w-]+:[#\w]+(,[\w-]+:[#\w]+)*$") {
            self.classes.insert(found[1].to_owned());
        } else if let Some(found) = pattern(r"^class (\w+(?:,\w+)*) (\w+)$") {
            self.dressed.extend(found[1].split(',').map(str::to_owned));
            self.used.insert(found[2].to_owned());
        } else if let Some(found) = pattern(r#"^(\w+)(?:\["[^"]+"\]|\[\("[^"]+"\)\]|\("[^"]+"\))$"#)
        {
            self.nodes.insert(found[1].to_owned());
        } else if let Some(found) =
            pattern(r#"^(\w+) (?:-->|<-->|-\.->|---)(?:\|"[^"]+"\|)? (\w+)$"#)
        {
            self.ends.extend([found[1].to_owned(), found[2].to_owned()]);
        } else {
            self.problems.push(format!("not understood: {line}"));
        }
    }

    fn end(mut self) -> Vec<String> {
        let same = [
            ("nodes at edges and nodes with a text", &self.ends, &self.nodes),
            ("nodes with a class and nodes with a text", &self.dressed, &self.nodes),
            ("classes that are used and classes", &self.used, &self.classes),
        ];
        for (what, one, other) in same {
            if one != other {
                self.problems.push(format!("{what} differ: {one:?}, {other:?}"));
            }
        }
        self.problems
    }
}

#[test]
fn a_picture_with_a_mistake_is_seen() {
    let good = "flowchart TB\n  a[\"A\"]\n  b[(\"B\")]\n  a -->|\"to\"| b\n  classDef c fill:#fff\n  class a,b c\n";
    assert_eq!(problems(good), [""; 0]);
    for (from, to) in [("TB", "XX"), ("-->", "->"), ("a,b", "a"), ("[\"A\"]", "[\"A\"")] {
        assert_ne!(problems(&good.replacen(from, to, 1)), [""; 0], "{from}");
    }
}
