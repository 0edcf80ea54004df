//! The pages that people read: their blocks of code, headings, links and words in code type.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::repository;

/// A page of Markdown.
pub struct Page {
    /// From the repository's folder on.
    pub path: String,
    pub text: String,
}

/// A fenced block.
#[derive(Clone)]
pub struct Block {
    /// What stands behind the fence: it says how the block is checked.
    pub kind: String,
    pub text: String,
    /// PAGE:LINE of the fence.
    pub at: String,
}

/// README.md and all of `docs/`.
pub fn pages() -> Vec<Page> {
    let mut paths = vec![PathBuf::from("README.md")];
    collect(Path::new("docs"), &mut paths);
    let mut pages: Vec<Page> = paths.iter().map(|path| page(path)).collect();
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(pages.len() > 10, "the pages are found");
    pages
}

/// One page.
pub fn page(path: &Path) -> Page {
    let text = std::fs::read_to_string(repository().join(path)).expect("a page");
    Page { path: path.to_str().expect("UTF-8").to_owned(), text }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(repository().join(folder)).expect("a folder") {
        let path = folder.join(entry.expect("readable").file_name());
        if repository().join(&path).is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|end| end == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    /// In the order of the page.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(kind) = line.trim_start().strip_prefix(FENCE) else { continue };
            let indent = &line[..line.len() - line.trim_start().len()];
            let at = format!("{}:{}", self.path, number + 1);
            let inside = lines.by_ref().map(|(_, line)| line);
            let inside = inside.take_while(|line| line.trim_start() != FENCE);
            let text =
                inside.map(|line| format!("{}\n", line.strip_prefix(indent).unwrap_or(line)));
            blocks.push(Block { kind: kind.to_owned(), text: text.collect(), at });
        }
        blocks
    }

    /// The lines outside of blocks, with their numbers.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut inside = false;
        self.text.lines().enumerate().filter_map(move |(number, line)| {
            let is_fence = line.trim_start().starts_with(FENCE);
            inside ^= is_fence;
            (!inside && !is_fence).then_some((number + 1, line))
        })
    }

    /// What links may lead to, as GitHub names its headings.
    pub fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for (_, line) in self.prose() {
            let title = line.trim_start_matches('#');
            if title.len() < line.len() && title.starts_with(' ') {
                let name = anchor(title.trim());
                let again = (1..).map(|number| format!("{name}-{number}"));
                let mut names = std::iter::once(name.clone()).chain(again);
                anchors.extend(names.find(|name| !anchors.contains(name)));
            }
        }
        anchors
    }

    /// Links to other files and headings, with PAGE:LINE.
    pub fn links(&self) -> Vec<(String, String)> {
        let link = regex_lite::Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
        let code = regex_lite::Regex::new("`[^`]*`").expect("a pattern");
        let mut links = Vec::new();
        for (number, line) in self.prose() {
            let line = code.replace_all(line, "`");
            for found in link.captures_iter(&line) {
                links.push((format!("{}:{number}", self.path), found[1].to_owned()));
            }
        }
        links.retain(|(_, to)| !to.starts_with("https://"));
        links
    }

    /// Commands of this program that the text names, with PAGE:LINE.
    pub fn named_commands(&self) -> Vec<(String, String)> {
        let code = regex_lite::Regex::new("`secretzero ([^`]+)`").expect("a pattern");
        let lines = self.prose().flat_map(|(number, line)| {
            let at = format!("{}:{number}", self.path);
            code.captures_iter(line).map(move |found| (at.clone(), found[1].to_owned()))
        });
        lines.collect()
    }
}

fn anchor(title: &str) -> String {
    let kept = title.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What a block starts and ends with.
const FENCE: &str = "```";
