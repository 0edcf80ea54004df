//! Azure's agent: how it reads a step's streams.

use super::{Command, lines};

/// The commands in a stream: `##vso[area.action k=v;]data`, anywhere in a line.
pub fn commands(text: &str) -> Vec<Command> {
    lines(text).iter().filter_map(|line| command(line, decode)).collect()
}

/// The same in a job where `DECODE_PERCENTS` is false.
pub fn commands_without_percents(text: &str) -> Vec<Command> {
    lines(text).iter().filter_map(|line| command(line, decode_others)).collect()
}

fn command(line: &str, decode: fn(&str) -> String) -> Option<Command> {
    let (_, rest) = line.split_once("##vso[")?;
    let (head, data) = rest.split_once(']')?;
    let (name, list) = head.split_once(' ').unwrap_or((head, ""));
    let pairs = list.split(';').filter_map(|pair| pair.trim_start().split_once('='));
    let properties = pairs.map(|(key, value)| (key.to_owned(), decode(value))).collect();
    Some(Command { name: name.to_ascii_lowercase(), properties, data: decode(data) })
}

fn decode(text: &str) -> String {
    decode_others(text).replace("%AZP25", "%")
}

fn decode_others(text: &str) -> String {
    let text = text.replace("%3B", ";").replace("%0D", "\r").replace("%0A", "\n");
    text.replace("%5D", "]")
}

/// What the agent would expand before the next step.
pub fn is_expanded(text: &str) -> bool {
    text.match_indices("$(").any(|(at, _)| text[at..].contains(')'))
}

#[test]
fn the_reader_reads_what_the_agent_reads() {
    let read = commands("x ##vso[task.setvariable variable=a;isoutput=true;]b%3B%AZP250A\rc");
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].property("variable"), read[0].data.as_str()), (Some("a"), "b;%0A"));
}
