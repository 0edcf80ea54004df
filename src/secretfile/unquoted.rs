//! `key: {{var.a}}-x` without quotes: YAML would read a map there, people mean a text.
//!
//! Before the parser sees the file, each such value is covered by a plain scalar of the same width,
//! so that no line or column moves; the tree then takes the original text from here. Only values
//! that begin and end on one line of block style can be covered; elsewhere quotes are needed, and
//! their absence is a mistake.

use std::collections::HashMap;

use super::line::{
    expression_end, indentation, is_blank_or_end, key_end, plain_end, quote_end, skip_blanks,
    skip_properties,
};
use super::{Place, Problem};

/// A file whose unquoted expressions are covered.
#[derive(Default)]
pub struct Masked {
    /// The text for the parser, where it differs.
    pub text: Option<String>,
    /// The original text of each covered value, by its place.
    pub values: HashMap<Place, String>,
    /// Where quotes are missing.
    pub problems: Vec<Problem>,
}

/// Covers every value that contains `{{` and is not quoted.
pub fn mask(text: &str) -> Masked {
    if !(text.contains("{{") || text.contains("${")) {
        return Masked::default();
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let mut reader = Reader {
        lines: &lines,
        line: 0,
        mode: Mode::Block,
        owner: -1,
        open_plain: None,
        covered: Vec::new(),
        masked: Masked::default(),
    };
    let mut out = String::with_capacity(text.len());
    for (line, content) in lines.iter().enumerate() {
        reader.line = line;
        reader.read(content);
        if line > 0 {
            out.push('\n');
        }
        reader.write(content, &mut out);
    }
    let mut masked = reader.masked;
    masked.text = Some(out);
    masked
}

/// The most missing quotes that are told apart; a place in a long line costs its length.
const MAX_PROBLEMS: usize = 100;

/// What a line goes on with.
#[derive(Clone, Copy)]
enum Mode {
    /// Block style.
    Block,
    /// A flow collection, by the number of its open brackets.
    Flow(usize),
    /// A quoted scalar, in as many open brackets.
    Quoted(u8, usize),
    /// A block scalar, whose lines are indented more than this.
    Literal(isize),
}

struct Reader<'t> {
    lines: &'t [&'t str],
    line: usize,
    mode: Mode,
    /// The indentation that a value on the next line must exceed.
    owner: isize,
    /// A plain value that may go on: the indentation that its lines must exceed.
    open_plain: Option<isize>,
    /// The byte ranges of this line to cover.
    covered: Vec<(usize, usize)>,
    masked: Masked,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        match self.mode {
            Mode::Block => self.block(text),
            Mode::Flow(depth) => self.flow(text, 0, depth),
            Mode::Quoted(quote, depth) => {
                if let Some(end) = quote_end(text, 0, quote) {
                    self.after_quoted(text, end, depth);
                }
            }
            Mode::Literal(parent) => {
                if !text.trim().is_empty() && indentation(text) <= parent {
                    self.mode = Mode::Block;
                    self.block(text);
                }
            }
        }
    }

    fn write(&mut self, text: &str, out: &mut String) {
        let mut at = 0;
        for (start, end) in self.covered.drain(..) {
            out.push_str(&text[at..start]);
            out.extend(text[start..end].chars().map(|_| 'x'));
            at = end;
        }
        out.push_str(&text[at..]);
    }

    fn block(&mut self, text: &str) {
        let start = text.len() - text.trim_start_matches(' ').len();
        let content = &text[start..];
        if content.trim().is_empty() {
            return;
        }
        if content.starts_with('#') {
            self.open_plain = None;
            return;
        }
        if self.open_plain.is_some_and(|parent| indentation(text) > parent) {
            return self.refuse_all(text, start, SEVERAL_LINES);
        }
        self.open_plain = None;
        if start == 0 && content.starts_with('%') {
            return;
        }
        if start == 0 && (content.starts_with("---") || content.starts_with("...")) {
            self.owner = -1;
            return self.value(text, skip_blanks(text, 3));
        }
        self.items(text, start);
    }

    /// `- ` and `? ` indicators, then a key and its value, or a value alone.
    fn items(&mut self, text: &str, start: usize) {
        let mut at = start;
        while matches!(text.as_bytes().get(at), Some(b'-' | b'?')) && is_blank_or_end(text, at + 1)
        {
            // All before is ASCII: the byte is the column.
            self.owner = isize::try_from(at).unwrap_or(isize::MAX);
            at = skip_blanks(text, at + 1);
        }
        let after_properties = skip_properties(text, at);
        match key_end(text, after_properties) {
            Some(colon) => {
                self.owner = isize::try_from(at).unwrap_or(isize::MAX);
                let key = text[after_properties..colon].trim_end();
                if key.contains("{{") && !key.starts_with(['"', '\'']) {
                    // The tree refuses such a key; here it only must not read as something else.
                    self.cover(text, after_properties, key);
                }
                let at = skip_properties(text, skip_blanks(text, colon + 1));
                self.value(text, at);
            }
            None => self.value(text, after_properties),
        }
    }

    fn value(&mut self, text: &str, at: usize) {
        let rest = &text[at..];
        match rest.as_bytes() {
            [] | [b'#' | b'*', ..] => {}
            [b'|' | b'>', ..] => self.mode = Mode::Literal(self.owner),
            [quote @ (b'"' | b'\''), ..] => match quote_end(text, at + 1, *quote) {
                Some(_) => {}
                None => self.mode = Mode::Quoted(*quote, 0),
            },
            [b'[', ..] => self.flow(text, at, 0),
            [b'{', ..] if !rest.starts_with("{{") => self.flow(text, at, 0),
            _ => self.plain(text, at),
        }
    }

    fn plain(&mut self, text: &str, at: usize) {
        let end = plain_end(text, at);
        let value = text[at..end].trim_end();
        self.open_plain = Some(self.owner);
        if !value.contains("{{") {
            return;
        }
        if self.next_indentation().is_some_and(|next| next > self.owner) {
            return self.refuse_all(text, at, SEVERAL_LINES);
        }
        self.cover(text, at, value);
    }

    fn cover(&mut self, text: &str, at: usize, value: &str) {
        let place = self.place(text, at);
        self.masked.values.insert(place, value.to_owned());
        self.covered.push((at, at + value.len()));
    }

    /// The indentation of the line that a plain value would go on with.
    fn next_indentation(&self) -> Option<isize> {
        let rest = self.lines.get(self.line + 1..)?;
        let next = rest.iter().find(|line| !line.trim().is_empty())?;
        let is_comment = next.trim_start().starts_with('#');
        (!is_comment).then(|| indentation(next))
    }

    /// Goes on in a flow collection; `depth` brackets are open before `at`.
    fn flow(&mut self, text: &str, mut at: usize, mut depth: usize) {
        let mut may_quote = true;
        while let Some(byte) = text.as_bytes().get(at).copied() {
            match byte {
                b'{' if text[at..].starts_with("{{") => {
                    at = self.refuse(text, at, FLOW);
                    continue;
                }
                b'$' if text[at..].starts_with("${") => {
                    at = self.refuse(text, at, FLOW);
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' if depth <= 1 => {
                    self.mode = Mode::Block;
                    return;
                }
                b']' | b'}' => depth -= 1,
                b'#' if at == 0 || is_blank_or_end(text, at - 1) => break,
                b'"' | b'\'' if may_quote => match quote_end(text, at + 1, byte) {
                    Some(end) => {
                        at = end;
                        may_quote = false;
                        continue;
                    }
                    None => {
                        self.mode = Mode::Quoted(byte, depth);
                        return;
                    }
                },
                _ => {}
            }
            may_quote = matches!(byte, b'[' | b'{' | b',' | b':')
                || (may_quote && matches!(byte, b' ' | b'\t'));
            at += 1;
        }
        self.mode = Mode::Flow(depth);
    }

    fn after_quoted(&mut self, text: &str, end: usize, depth: usize) {
        self.mode = Mode::Block;
        if depth > 0 {
            self.flow(text, end, depth);
        }
    }

    /// Reports an expression that must be quoted, covers it, and goes on after it.
    fn refuse(&mut self, text: &str, at: usize, why: (&str, &str)) -> usize {
        let end = if text[at..].starts_with("${") {
            text[at..].find('}').map(|end| end + 1)
        } else {
            expression_end(&text[at..])
        };
        let end = end.map_or(text.len(), |end| at + end);
        self.covered.push((at, end));
        if self.masked.problems.len() < MAX_PROBLEMS {
            let problem = Problem::new(self.place(text, at), why.0).help(why.1);
            self.masked.problems.push(problem);
        }
        end
    }

    fn refuse_all(&mut self, text: &str, mut at: usize, why: (&str, &str)) {
        let end = plain_end(text, at);
        while let Some(open) = text.get(at..end).and_then(|rest| rest.find("{{")) {
            at = self.refuse(text, at + open, why);
        }
    }

    fn place(&self, text: &str, at: usize) -> Place {
        Place { line: self.line + 1, col: text[..at].chars().count() + 1 }
    }
}

/// What is wrong in a flow collection, and the way out.
const FLOW: (&str, &str) = (
    "`{{ }}` and `${ }` inside `[ ]` or `{ }` must be quoted",
    "write \"{{var.name}}\" or \"${NAME}\", with the quotes",
);

/// What is wrong in a value of several lines, and the way out.
const SEVERAL_LINES: (&str, &str) = (
    "a value with `{{` that goes over several lines must be quoted",
    "put it on one line, or in quotes",
);
