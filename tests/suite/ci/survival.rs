//! Random values: each arrives byte for byte, or is refused with a way that works.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, any, prop};
use proptest::test_runner::{Config, TestRunner};

use super::agent;
use super::step::{
    exports, fetch, file, is_too_much_for_azure, on_azure, on_github, read, variables, with_values,
};
use crate::harness::Azure;

/// Texts of which each is a trap for one reader or another, between random characters.
fn values() -> impl Strategy<Value = Vec<String>> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\r",
        "%",
        "%0A",
        "%25",
        "%AZP25",
        "%5D",
        "::",
        "<<",
        "=",
        "]",
        ";",
        "##vso[",
        "##[",
        "$(",
        ")",
        "$X",
        "EOF",
        "ghadelimiter_",
        " ",
        "\u{2028}",
        "\u{feff}",
    ]);
    let piece = proptest::prop_oneof![
        pieces.prop_map(str::to_owned),
        any::<char>().prop_filter("no variable holds it", |c| *c != '\0').prop_map(String::from),
    ];
    let value = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let line = value.clone().prop_map(|value| value.replace(['\n', '\r'], "").replace("$(", "$"));
    prop::collection::vec(proptest::prop_oneof![value, line], 20)
}

fn for_random_values(promise: impl Fn(&Azure, &[String])) {
    let config = Config { cases: 5, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&values(), |values| {
        promise(&with_values(&values), &values);
        Ok(())
    });
    outcome.expect("every value survives or is refused");
}

/// What is expected under the names that `name` makes of numbers.
fn named(values: &[&String], name: impl Fn(usize) -> String) -> BTreeMap<String, String> {
    values.iter().enumerate().map(|(number, value)| (name(number), (*value).clone())).collect()
}

#[test]
fn any_value_survives_on_github_as_variable_output_and_file() {
    for_random_values(|azure, values| {
        let count = values.len();
        let mut all = exports(count, |number| format!("env:V{number}"));
        all.extend(exports(count, |number| format!("output:v{number}")));
        all.extend(exports(count, |number| format!("file:file-{number}")));
        fetch(on_github(azure, &file(count)), &all).expect(0);
        let values: Vec<&String> = values.iter().collect();
        assert_eq!(read(azure, "env"), named(&values, |number| format!("V{number}")));
        assert_eq!(read(azure, "output"), named(&values, |number| format!("v{number}")));
        for (number, value) in values.iter().enumerate() {
            let path = azure.folder().join(format!("file-{number}"));
            assert_eq!(&std::fs::read(path).expect("a file"), value.as_bytes());
        }
    });
}

#[test]
fn any_value_survives_on_azure_or_is_refused_with_a_way_that_works() {
    for_random_values(|azure, values| {
        let (refused, carried): (Vec<usize>, Vec<usize>) =
            (0..values.len()).partition(|&number| is_too_much_for_azure(&values[number]));
        // A value may be how each of our commands begins; the oracle takes what the file says for public.
        let secretfile = file(values.len()) + "# ##vso[\n";
        let export =
            |number: &usize, to: String| ["--export".to_owned(), format!("v{number}={to}")];
        let mut all = Vec::new();
        for number in &carried {
            all.extend(export(number, format!("env:V{number}")));
            all.extend(export(number, format!("output:V{number}")));
        }
        if !carried.is_empty() {
            let ran = fetch(on_azure(azure, &secretfile), &all).expect(0);
            let set = variables(&agent::commands(&ran.stdout));
            assert_eq!(set.len(), 2 * carried.len());
            for number in &carried {
                assert_eq!(set[&format!("V{number}")], values[*number]);
                assert_eq!(set[&format!(".V{number}")], values[*number]);
            }
        }
        // Each costs two runs.
        for number in refused.into_iter().take(4) {
            let to_variable = export(&number, "env:X".to_owned());
            let ran = fetch(on_azure(azure, &secretfile), &to_variable).expect(3);
            assert!(ran.stderr.contains("--export NAME=file:PATH"), "{}", ran.stderr);
            let to_file = export(&number, format!("file:file-{number}"));
            fetch(on_azure(azure, &secretfile), &to_file).expect(0);
            let path = azure.folder().join(format!("file-{number}"));
            assert_eq!(std::fs::read(path).expect("a file"), values[number].as_bytes());
        }
    });
}
