//! The Secretfile's schema, and the reference that is made from it.
//!
//! `UPDATE=1 cargo test the_reference` writes the reference anew.

use serde_json::{Map, Value};

use crate::harness::{Program, repository};

/// The committed schema.
fn text() -> String {
    std::fs::read_to_string(repository().join("docs/Secretfile.schema.json")).expect("a schema")
}

#[test]
fn the_schema_that_is_printed_is_the_one_in_docs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Program::new(folder.path()).args(&["schema"]).run().expect(0);
    assert_eq!(ran.stdout, text());
    let schema: Value = serde_json::from_str(&text()).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn the_example_of_the_schema_is_a_valid_file_with_good_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let schema: Value = serde_json::from_str(&text()).expect("JSON");
    let example = yaml(&schema["examples"][0]);
    std::fs::write(folder.path().join("Secretfile.yml"), example).expect("written");
    let ran = Program::new(folder.path()).args(&["validate"]).run().expect(0);
    assert_eq!(ran.stdout, "Secretfile.yml is valid: secrets: 1, targets: 1\n");
}

#[test]
fn the_reference_says_what_the_schema_says() {
    let path = repository().join("docs/secretfile.md");
    let made = Reference(serde_json::from_str(&text()).expect("JSON")).document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).expect("a reference");
    assert!(kept == made, "docs/secretfile.md is old: UPDATE=1 cargo test the_reference");
}

/// Markdown from a schema.
struct Reference(Value);

impl Reference {
    fn document(&self) -> String {
        let mut document = format!(
            "<!-- Made from Secretfile.schema.json: UPDATE=1 cargo test the_reference -->\n\n\
             # The Secretfile\n\n{}\n\n{INTRODUCTION}\n\n```yaml Secretfile\n{FIRST_LINE}\n{}```\n\n{VALUES}\n\n{}",
            words(&self.0["description"]),
            yaml(&self.0["examples"][0]),
            "## Top level\n\n"
        );
        document.push_str(&self.table(&self.0));
        for (name, definition) in self.0["$defs"].as_object().expect("definitions") {
            if definition.get("title").is_some() && definition.get("properties").is_some() {
                document.push_str(&self.section(name, definition));
            }
        }
        document
    }

    fn section(&self, name: &str, definition: &Value) -> String {
        let (title, about) = (words(&definition["title"]), words(&definition["description"]));
        let example = definition["examples"]
            .get(0)
            .map(|example| format!("\n```yaml Secretfile/{name}\n{}```\n", yaml(example)));
        let (table, more) = (self.table(definition), has_options(definition));
        let more = if more { "\nThe [options](#options) may stand here, too.\n" } else { "" };
        format!("\n## {title}\n\n{about}\n\n{table}{more}{}", example.unwrap_or_default())
    }

    fn table(&self, object: &Value) -> String {
        let required: Vec<&str> =
            object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let rows = object["properties"].as_object().expect("properties").iter();
        let rows = rows.filter(|(_, value)| {
            !is_option(value) && !words(&value["description"]).contains("other SecretZero")
        });
        let rows: String = rows
            .map(|(key, value)| {
                let value = value.as_object().expect("an object");
                let needed = if required.contains(&key.as_str()) { " (needed)" } else { "" };
                format!("| `{key}`{needed} | {} | {} |\n", self.kind(value), about(value))
            })
            .collect();
        format!("| Key | Value | Meaning |\n|---|---|---|\n{rows}")
    }

    fn follow(&self, reference: &str) -> &Value {
        self.0.pointer(reference.trim_start_matches('#')).expect("what is referred to")
    }

    /// What may stand there, in a few words.
    fn kind(&self, value: &Map<String, Value>) -> String {
        let then = value.get("then").and_then(|then| then["$ref"].as_str());
        if let Some(target) = value.get("$ref").and_then(Value::as_str).or(then) {
            let target = self.follow(target);
            return match (target.get("title"), target.get("properties")) {
                (Some(title), Some(_)) => link(words(title)),
                (Some(title), None) => words(title).to_owned(),
                (None, _) => "map".to_owned(),
            };
        }
        if let Some(listed) = value.get("anyOf").and_then(|any| any[0]["enum"].as_array()) {
            let mut listed: Vec<String> =
                listed.iter().filter(|one| !one.is_null()).map(code).collect();
            listed.dedup();
            return listed.join(", ");
        }
        let types = value.get("type").map(Value::to_string).unwrap_or_default();
        let inner = |key: &str| value.get(key).and_then(Value::as_object).map(|one| self.kind(one));
        match (types.contains("array"), types.contains("object"), types.contains("string")) {
            (true, false, true) if types.contains("number") => {
                "text, or a list of texts".to_owned()
            }
            (true, ..) => format!("list: {}", inner("items").unwrap_or_default()),
            (_, true, _) => match inner("additionalProperties") {
                Some(inner) => format!("map of names: {inner}"),
                None => "map".to_owned(),
            },
            (_, _, true) => "text".to_owned(),
            _ if words(&value["description"]).starts_with("The options") => "map".to_owned(),
            _ if words(&value["description"]).starts_with("Vault") => link("Target options"),
            _ => "any value".to_owned(),
        }
    }
}

/// Options have a section of their own.
fn is_option(value: &Value) -> bool {
    words(&value["$ref"]).contains("/options/")
}

fn has_options(definition: &Value) -> bool {
    definition["properties"].as_object().is_some_and(|all| all.values().any(is_option))
}

/// Description, default and an example.
fn about(value: &Map<String, Value>) -> String {
    let mut about = value.get("description").map(words).unwrap_or_default().replace('|', "\\|");
    if let Some(default) = value.get("default") {
        about.push_str(&format!(" Default: {}.", code(default)));
    }
    let examples: Vec<String> =
        value.get("examples").and_then(Value::as_array).into_iter().flatten().map(code).collect();
    if !examples.is_empty() {
        about.push_str(&format!(" Such as {}.", examples.join(", ")));
    }
    about
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

fn link(title: &str) -> String {
    format!("[{}](#{})", title.to_lowercase(), title.to_lowercase().replace(' ', "-"))
}

fn yaml(value: &Value) -> String {
    serde_yaml::to_string(value).expect("YAML")
}

const INTRODUCTION: &str = "`secretzero validate` finds every mistake in it, with line and column. The first \
line below turns on help in editors that know the YAML language server; `secretzero schema` prints the schema \
for others.";
const FIRST_LINE: &str = "# yaml-language-server: $schema=https://raw.githubusercontent.com/secretzero/secretzero/main/docs/Secretfile.schema.json";
const VALUES: &str = "Wherever a value stands, `{{var.NAME}}` fills in a variable and `${NAME}` a variable or, where \
there is none, the environment's; `${NAME:-text}` has a default. A key without a value counts as absent. A period is \
a whole number and a unit: `h`, `d`, `w`, `m` (30 days) or `y` (365 days).";
