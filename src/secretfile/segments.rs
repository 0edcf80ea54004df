//! The parts of a text that holds `{{ }}` or `${ }`.

use super::line::expression_end;

/// How deep defaults may hold each other: `${A:-${B:-${C}}}` is 3.
const MAX_NESTING: usize = 4;

/// One part of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Stands for itself.
    Text(&'t str),
    /// What stands between `{{` and `}}`.
    Expression(&'t str),
    /// `${NAME}`, or `${NAME:-default}`.
    Variable {
        /// The name.
        name: &'t str,
        /// What stands for it when it is unset or empty.
        default: Option<Vec<Segment<'t>>>,
    },
}

/// What is wrong with a text; it says nothing of the text itself, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The fact.
    pub what: &'static str,
    /// The way out.
    pub help: &'static str,
}

/// Takes a text apart.
pub fn parse(text: &str) -> Result<Vec<Segment<'_>>, Malformed> {
    let mut reader = Reader { text, at: 0 };
    reader.until_end(0)
}

/// The expression of a text that is exactly one `{{ }}`.
pub fn whole_expression(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (expression_end(text) == Some(text.len())).then_some(inner)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// Reads to the end, or in a default to its closing brace.
    fn until_end(&mut self, nesting: usize) -> Result<Vec<Segment<'t>>, Malformed> {
        let mut segments = Vec::new();
        let mut start = self.at;
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            if rest.starts_with("$${") {
                // The second dollar and the brace stand for themselves.
                push_text(&mut segments, &self.text[start..self.at]);
                start = self.at + 1;
                self.at += 3;
            } else if rest.starts_with("${") {
                push_text(&mut segments, &self.text[start..self.at]);
                segments.push(self.variable(nesting)?);
                start = self.at;
            } else if rest.starts_with("{{") {
                push_text(&mut segments, &self.text[start..self.at]);
                segments.push(self.expression()?);
                start = self.at;
            } else if nesting > 0 && rest.starts_with('}') {
                break;
            } else {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        push_text(&mut segments, &self.text[start..self.at]);
        Ok(segments)
    }

    fn expression(&mut self) -> Result<Segment<'t>, Malformed> {
        let rest = &self.text[self.at..];
        let end = expression_end(rest).ok_or(Malformed {
            what: "`{{` is not closed by `}}`",
            help: "write {{var.name}}; literal braces are written {{ \"{{\" }}",
        })?;
        self.at += end;
        let inner = &rest[2..end - 2];
        if inner.contains("${") {
            return Err(Malformed {
                what: "`${ }` stands inside `{{ }}`, where text from outside is never put",
                help: "put it beside the expression, or give a variable that text and use the \
                       variable",
            });
        }
        Ok(Segment::Expression(inner))
    }

    fn variable(&mut self, nesting: usize) -> Result<Segment<'t>, Malformed> {
        const UNKNOWN: Malformed = Malformed {
            what: "`${` is not followed by a name and `}`, or by a name, `:-`, a default and `}`",
            help: "write ${NAME} or ${NAME:-default}; a literal ${ is written $${",
        };
        if nesting == MAX_NESTING {
            return Err(Malformed {
                what: "defaults hold each other more than 4 deep",
                help: "use a variable",
            });
        }
        let rest = &self.text[self.at + 2..];
        let name = name(rest).ok_or(UNKNOWN)?;
        let after = &rest[name.len()..];
        self.at += 2 + name.len();
        if after.starts_with('}') {
            self.at += 1;
            return Ok(Segment::Variable { name, default: None });
        }
        if !after.starts_with(":-") {
            return Err(UNKNOWN);
        }
        self.at += 2;
        let default = self.until_end(nesting + 1)?;
        if self.at >= self.text.len() {
            return Err(UNKNOWN);
        }
        self.at += 1;
        Ok(Segment::Variable { name, default: Some(default) })
    }
}

fn push_text<'t>(segments: &mut Vec<Segment<'t>>, text: &'t str) {
    if !text.is_empty() {
        segments.push(Segment::Text(text));
    }
}

/// The shell name that a text starts with.
fn name(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let name = &text[..end];
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable<'t>(name: &'t str, default: Option<Vec<Segment<'t>>>) -> Segment<'t> {
        Segment::Variable { name, default }
    }

    #[test]
    fn a_text_is_taken_apart_in_order() {
        assert_eq!(
            parse("a{{var.b}}-${C}${D:-e}f").expect("well formed"),
            [
                Segment::Text("a"),
                Segment::Expression("var.b"),
                Segment::Text("-"),
                variable("C", None),
                variable("D", Some(vec![Segment::Text("e")])),
                Segment::Text("f"),
            ]
        );
    }

    #[test]
    fn two_dollars_and_a_brace_stand_for_one_dollar_and_a_brace() {
        assert_eq!(parse("$${A} $5 {b}").expect("well formed"), [Segment::Text("${A} $5 {b}")]);
        assert_eq!(
            parse("x$${A}").expect("well formed"),
            [Segment::Text("x"), Segment::Text("${A}")]
        );
    }

    #[test]
    fn a_default_may_hold_other_variables() {
        let inner = variable("B", Some(vec![Segment::Expression("var.c")]));
        assert_eq!(
            parse("${A:-${B:-{{var.c}}}}").expect("well formed"),
            [variable("A", Some(vec![inner]))]
        );
        assert_eq!(parse("${A:-}").expect("well formed"), [variable("A", Some(vec![]))]);
    }

    #[test]
    fn braces_and_quotes_inside_an_expression_do_not_end_it() {
        let text = r#"{{ {"a": {"b": "}}"}} }}"#;
        assert!(whole_expression(text).is_some());
        assert!(whole_expression("{{a}}{{b}}").is_none());
        assert!(whole_expression("{{a}}b").is_none());
    }

    #[test]
    fn what_is_not_closed_or_named_is_malformed() {
        for text in [
            "{{a",
            "{{a}",
            "${}",
            "${1A}",
            "${A",
            "${A:-b",
            "${A:?b}",
            "${A-b}",
            "${a.b}",
            "{{ '${A}' }}",
            "${A:-${B:-${C:-${D:-${E}}}}}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
