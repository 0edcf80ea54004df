//! No text makes the loader panic, overflow its stack or run without end.

use proptest::prelude::*;

use super::*;

/// What Secretfiles, YAML and the expression language are made of.
const PIECES: [&str; 66] = [
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\t",
    "\r\n",
    " ",
    ": ",
    ":",
    ", ",
    "- ",
    "? ",
    "#",
    " #",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    "{{var.a}}",
    "{{ var.b | default('x') }}",
    "{{ 'x' * 9 }}",
    "${",
    "${A}",
    "${B:-x}",
    "${B:-${A}}",
    "$${",
    "$(A)",
    "{%",
    "%}",
    "{#",
    "|",
    "|-\n  ",
    ">",
    "'",
    "\"",
    "\\",
    "&a ",
    "*a",
    "<<: ",
    "!",
    "!!str ",
    "%YAML",
    "---",
    "...",
    "~",
    "null",
    "é",
    "\u{FEFF}",
    "\u{2028}",
    "secrets: ",
    "variables: ",
    "providers: ",
    "templates: ",
    "metadata: ",
    "name: ",
    "kind: ",
    "random_password",
    "static",
    "config: ",
    "targets: ",
    "default: ",
    "length: 3",
    "90d",
];

/// Enough to find what is there to find over many runs, and done in seconds.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }
}

/// Loads a text; what is said about it must stand in it.
fn load_any(bytes: &[u8]) -> Result<(), TestCaseError> {
    let env = env(&[("A", "{{var.a}}")]);
    let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count();
    if let Err(problems) = load("Secretfile.yml", bytes, &options(&env)) {
        prop_assert!(!problems.list.is_empty());
        for at in problems.list.iter().filter_map(|problem| problem.at) {
            prop_assert!((1..=lines + 1).contains(&at.line) && at.col > 0, "{at:?}: {problems}");
        }
    }
    Ok(())
}

fn valid_files() -> Vec<String> {
    let folder = std::fs::read_dir(cases().join("valid")).expect("the folder is there");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths.map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect()
}

/// One change of a file: a part of it is replaced by a piece, or by another part.
fn changed(text: &str, (from, length, piece): (prop::sample::Index, usize, usize)) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return String::new();
    }
    let from = from.index(chars.len());
    let to = (from + length).min(chars.len());
    let new: Vec<char> = match PIECES.get(piece) {
        Some(piece) => piece.chars().collect(),
        None => chars[from..to].repeat(2),
    };
    chars.splice(from..to, new);
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_load_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        load_any(&bytes)?;
    }

    #[test]
    fn any_text_loads_or_is_refused(text in any::<String>()) {
        load_any(text.as_bytes())?;
    }

    #[test]
    fn any_pieces_of_secretfiles_load_or_are_refused(
        pieces in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..60)
    ) {
        load_any(pieces.concat().as_bytes())?;
    }

    #[test]
    fn any_expression_is_evaluated_or_refused(
        pieces in prop::collection::vec(
            prop::sample::select(
                ["var", ".a", ".b", "[", "]", "(", ")", "'x'", "1", "2.5", "+", "-", "*", "~", "|",
                 "**", "//", "%", "upper", "default(", "range(", "list", "join", "dict(", "{", "}",
                 ":", ",", "==", "<", " in ", " not ", " is ", " if ", " else ", "none", "format("]
                .as_slice()
            ),
            0..30,
        )
    ) {
        let text = format!(
            "variables: {{a: x, b: {{a: [1, y]}}}}\nmetadata:\n  x: {{{{ {} }}}}\n",
            pieces.concat()
        );
        load_any(text.as_bytes())?;
    }

    #[test]
    fn any_change_of_a_valid_file_loads_or_is_refused(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len() + 20),
            1..6,
        )
    ) {
        let files = valid_files();
        let text = changes.into_iter().fold(files[file.index(files.len())].clone(), |text, change| {
            changed(&text, change)
        });
        load_any(text.as_bytes())?;
    }
}

#[test]
fn nothing_nests_so_deeply_that_the_stack_ends() {
    let deep = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(2_000), close.repeat(2_000))
    };
    for text in [
        deep("[", "x", "]"),
        deep("{a: ", "x", "}"),
        deep("- ", "x", ""),
        deep("? ", "x", ""),
        deep("${A:-", "x", "}"),
        (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        load_any(text.as_bytes()).expect("no panic");
    }
}

#[test]
fn no_expression_of_the_greatest_length_ends_the_stack() {
    let repeated = |start: &str, more: &str, end: &str| {
        format!("{start}{}{end}", more.repeat(1_000 / more.len()))
    };
    for expression in [
        repeated("1", "+1", ""),
        repeated("1", "~1", ""),
        repeated("1", "**1", ""),
        repeated("1", " and 1", ""),
        repeated("1", "<1", ""),
        repeated("", "-", "1"),
        repeated("", "not ", "1"),
        repeated("var", ".a", ""),
        repeated("var", "[0]", ""),
        repeated("var", "[:]", ""),
        repeated("1", "|abs", ""),
        repeated("1", " is odd", ""),
        repeated("", "(", ""),
        repeated("", "[", ""),
        repeated("", "{1:", ""),
        repeated("", "f(", ""),
        repeated("1", " if 1 else 1", ""),
    ] {
        let text = format!("metadata:\n  x: \"{{{{ {expression} }}}}\"\n");
        load_any(text.as_bytes()).expect("no panic");
    }
}

#[test]
fn variables_that_hold_each_other_are_bounded_in_depth() {
    let held = |n: usize| {
        let (open, close) = ("[".repeat(60), "]".repeat(60));
        format!("  v{n}: {open}\"{{{{var.v{}}}}}\"{close}\n", n + 1)
    };
    let forwards: String = (0..15).map(held).collect();
    let backwards: String = (0..15).rev().map(held).collect();
    for variables in [forwards, backwards] {
        let text = format!("variables:\n  v15: x\n{variables}metadata: {{a: '{{{{var.v0}}}}'}}\n");
        let env = env(&[]);
        let loaded = load("Secretfile.yml", text.as_bytes(), &options(&env));
        let problems = loaded.expect_err("too deep");
        assert!(problems.to_string().contains("deeper than 64 levels"), "{problems}");
    }
}
