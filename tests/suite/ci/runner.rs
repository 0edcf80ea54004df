//! GitHub's runner: how it reads a step's streams and command files.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Command, lines};

/// The commands in a stream.
pub fn commands(text: &str) -> Vec<Command> {
    lines(text).iter().filter_map(|line| command(line).or_else(|| old_command(line))).collect()
}

/// `::name k=v,k=v::data`, behind white space alone.
fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, list) = head.split_once(' ').unwrap_or((head, ""));
    let decode = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let data = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    known(name, properties(list, ',', decode), data)
}

/// `##[name k=v;k=v]data`, anywhere.
fn old_command(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (head, data) = rest.split_once(']')?;
    let (name, list) = head.split_once(' ').unwrap_or((head, ""));
    known(name, properties(list, ';', str::to_owned), data.to_owned())
}

fn properties(
    list: &str,
    separator: char,
    decode: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    let pairs = list.split(separator).filter_map(|pair| pair.trim_start().split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), decode(value))).collect()
}

/// What has another name is text.
fn known(name: &str, properties: Vec<(String, String)>, data: String) -> Option<Command> {
    let name = name.to_ascii_lowercase();
    KNOWN.contains(&name.as_str()).then_some(Command { name, properties, data })
}

const KNOWN: [&str; 13] = [
    "add-mask",
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "set-output",
    "set-env",
    "save-state",
    "add-path",
    "stop-commands",
    "echo",
];

/// The pairs of a command file, by the runner's parser; an error is what fails the step.
pub fn pairs(path: &Path) -> Result<BTreeMap<String, String>, String> {
    pairs_of(&std::fs::read_to_string(path).expect("the command file is UTF-8"))
}

/// The pairs of a command file's text.
pub fn pairs_of(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pairs = BTreeMap::new();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        if line.is_empty() {
            continue;
        }
        let (name, value) = match (line.find('='), line.find("<<")) {
            (equals, Some(heredoc)) if equals.is_none_or(|equals| heredoc < equals) => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if name.is_empty() || delimiter.is_empty() {
                    return Err(format!("Invalid format '{line}'"));
                }
                let (value, after) = heredoc_value(rest, delimiter)?;
                rest = after;
                (name, value)
            }
            (Some(equals), _) => (&line[..equals], line[equals + 1..].to_owned()),
            (None, _) => return Err(format!("Invalid format '{line}'")),
        };
        pairs.insert(name.to_owned(), value);
    }
    Ok(pairs)
}

/// The text before the line that is the delimiter, without its last line break; and what follows.
fn heredoc_value<'a>(text: &'a str, delimiter: &str) -> Result<(String, &'a str), String> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let end = rest.find('\n').map_or(rest.len(), |end| end);
        if &rest[..end] == delimiter {
            let value = text[..at].strip_suffix('\n').unwrap_or_default().to_owned();
            return Ok((value, rest.get(end + 1..).unwrap_or_default()));
        }
        if end == rest.len() {
            return Err(format!("Matching delimiter not found '{delimiter}'"));
        }
        at += end + 1;
    }
}

#[test]
fn the_reader_reads_what_the_runner_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    for (text, expected) in [
        ("a=b=c<<d\n", Ok(vec![("a", "b=c<<d")])),
        ("a<<E\nx\r\n\ny\n\nE\nb=\n", Ok(vec![("a", "x\r\n\ny\n"), ("b", "")])),
        ("a<<E\nE\n", Ok(vec![("a", "")])),
        ("a<<E\nx", Err(())),
        ("nothing\n", Err(())),
    ] {
        std::fs::write(&path, text).expect("written");
        let read = pairs(&path);
        let expected = expected
            .map(|list| list.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
        assert_eq!(read.map_err(|_| ()), expected, "{text:?}");
    }
    let read = commands("x\r  ::error file=a%2Cb,line=3::c%25%0Ad\ry##[debug]z\n::other::x");
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].property("file"), read[0].data.as_str()), (Some("a,b"), "c%\nd"));
}
