//! The commands of a block of `sh`.

/// One by one; lines that end in a backslash or within quotes go on.
pub fn commands(block: &str) -> Vec<String> {
    let (mut commands, mut open) = (Vec::new(), String::new());
    for line in block.lines() {
        open.push_str(line);
        if let Some(joined) = open.strip_suffix('\\') {
            open = joined.to_owned();
        } else if is_quoted(&open) {
            open.push('\n');
        } else if !open.trim().is_empty() {
            commands.push(std::mem::take(&mut open));
        }
    }
    assert_eq!(open.trim(), "", "a quote or a backslash is left open");
    commands
}

/// The program that a command starts, behind variables that it sets.
pub fn program(command: &str) -> &str {
    let set = regex_lite::Regex::new(r"^(?:[A-Z_]+=(?:\$\(|[^ ]* ))+").expect("a pattern");
    let rest = set.find(command).map_or(command, |found| &command[found.end()..]);
    rest.split_whitespace().next().unwrap_or_default()
}

/// Whether a quote is open at the end.
fn is_quoted(text: &str) -> bool {
    let mut open = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (None | Some('"'), '\\') => drop(chars.next()),
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            _ => {}
        }
    }
    open.is_some()
}

#[test]
fn a_block_falls_into_its_commands() {
    let block = "az a \\\n  --b 'c\nd'\n\nX=1 secretzero sync\nAPP=$(az ad)\n";
    let commands = commands(block);
    assert_eq!(commands, ["az a   --b 'c\nd'", "X=1 secretzero sync", "APP=$(az ad)"]);
    assert_eq!(
        commands.iter().map(|one| program(one)).collect::<Vec<_>>(),
        ["az", "secretzero", "az"]
    );
}
