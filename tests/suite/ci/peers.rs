//! What other people's libraries write, read by the readers of this suite: they are what the other tests
//! rest on. `tests/node/peers.mjs` has the libraries write, and compares what the program writes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{agent, runner};

#[test]
#[ignore = "reads what tests/node/peers.mjs left in the folder SECRETZERO_PEERS; .ci/run runs both"]
fn our_readers_read_what_the_libraries_of_github_and_microsoft_write() {
    let folder = PathBuf::from(std::env::var_os("SECRETZERO_PEERS").expect("the folder"));
    let text = |name| std::fs::read_to_string(folder.join(name)).expect("it was written");
    let values: Vec<String> = serde_json::from_str(&text("values.json")).expect("a list");
    assert!(values.len() > 20);
    let named =
        values.iter().enumerate().map(|(number, value)| (format!("V{number}"), value.clone()));
    let named: BTreeMap<String, String> = named.collect();
    for name in ["core.GITHUB_ENV", "core.GITHUB_OUTPUT"] {
        assert_eq!(runner::pairs(&folder.join(name)).as_ref(), Ok(&named), "{name}");
    }
    let said = runner::commands(&text("core.commands"));
    assert_eq!(said.len(), 4 * values.len());
    for (four, value) in said.chunks(4).zip(&values) {
        assert!(four.iter().all(|command| &command.data == value), "{value:?}");
        let names: Vec<&str> = four.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(names, ["add-mask", "error", "warning", "notice"]);
        let of = |name| four[1].property(name);
        assert_eq!((of("title"), of("file")), (Some("a,b:c%"), Some("a,b:c.yml")));
        assert_eq!((of("line"), of("endLine"), of("col")), (Some("3"), Some("4"), Some("5")));
    }
    let set = agent::commands(&text("task-lib.commands"));
    assert_eq!(set.len(), values.len());
    for (command, value) in set.iter().zip(&values) {
        // An empty property is left out, and in data nothing but line breaks and percent signs is escaped,
        // so that a text which looks like an escape of the agent's arrives as that library wrote it.
        assert_eq!(command.property("variable").unwrap_or_default(), value);
        assert_eq!(&command.data, value);
    }
}
