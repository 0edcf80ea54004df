//! Reports for the tests of the summaries.

use proptest::prelude::{Strategy, any, prop};
use proptest::prop_oneof;

use crate::decision::Action;
use crate::error::{Error, Kind};
use crate::names::VaultUrl;
use crate::report::{Report, SecretReport, TargetReport};

/// Every action.
pub fn actions() -> Vec<Action> {
    let refused = Error::new(Kind::Refused, "set was refused: 403 Forbidden (ForbiddenByRbac)")
        .request_id(Some("0f8fad5b-d9cb-469f-a165-70867728950e"))
        .help("grant the role:\naz role assignment create --role \"Key Vault Secrets Officer\" --assignee 99999999-8888-7777-6666-555555555555 --scope /subscriptions/SUB/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/shop-a-kv\nthen run this again; a new role needs a few minutes");
    vec![
        Action::Create,
        Action::Copy,
        Action::Repair,
        Action::Update,
        Action::Rotate,
        Action::Adopt,
        Action::Retag,
        Action::Recover,
        Action::Purge,
        Action::Disable,
        Action::Delete,
        Action::Kept("it is soft-deleted; the vault purges it by itself on 2027-01-01".to_owned()),
        Action::Missing,
        Action::Compare,
        Action::After,
        Action::Waiting,
        Action::Skipped,
        Action::Held("another target of this secret could not be observed".to_owned()),
        Action::Failed(refused),
        Action::Unchanged,
    ]
}

/// A report with nothing in it.
pub fn empty() -> Report {
    Report {
        command: "sync",
        rehearsal: false,
        file: "Secretfile.yml".to_owned(),
        planned: false,
        plan_digest: None,
        secrets: Vec::new(),
        notices: Vec::new(),
    }
}

/// As many secrets, with every action in turn and every kind of remark.
pub fn large(count: usize) -> Report {
    let actions = actions();
    let secret = |index: usize| {
        let name = match index % 7 {
            3 => format!(
                "a_secret_with_a_rather_long_name_of_the_kind_that_people_make_when_it_says_all_{index}"
            ),
            _ => format!("secret_{index}"),
        };
        let action = &actions[index % actions.len()];
        SecretReport {
            due: index
                .is_multiple_of(3)
                .then(|| format!("2027-02-{:02}T10:04:05Z", index % 28 + 1)),
            ..of(&name, &["shop-a-kv", "shop-weu-kv"], action)
        }
    };
    let mut report = Report { secrets: (0..count).map(secret).collect(), ..empty() };
    report
        .notices
        .push("Secretfile.yml:3:1: `policies` is passed over\n  help: leave it out".to_owned());
    report.secrets[0]
        .notices
        .push("its definition changed; that applies at the next rotation".to_owned());
    report.secrets[0].not_ours.push("file".to_owned());
    report
}

/// When the reports are made.
pub fn now() -> jiff::Timestamp {
    "2026-11-25T00:36:12Z".parse().expect("a time")
}

/// A secret that was created in these vaults.
pub fn created(name: &str, vaults: &[&str]) -> SecretReport {
    of(name, vaults, &Action::Create)
}

/// As many secrets, each in a vault of its own, the last of which failed.
pub fn scattered(count: usize) -> Vec<SecretReport> {
    let failed = Action::Failed(Error::new(Kind::Refused, "set was refused"));
    let action = |index| if index + 1 == count { &failed } else { &Action::Create };
    let secret = |index| of(&format!("s{index}"), &[&format!("shop-{index}-kv")], action(index));
    (0..count).map(secret).collect()
}

/// A report in which every text from outside is this one.
pub fn named(text: &str) -> Report {
    let error = Error::new(Kind::Conflict, text).at(text).help(text).request_id(Some(text));
    let mut secret = of(text, &["shop-a-kv", "shop-b-kv"], &Action::Failed(error));
    secret.targets[0].field = Some(crate::neutral::line(text));
    // A vault's place in a list is not what is tested.
    secret.targets[0].vault = format!("a{text}");
    secret.targets[0].name = text.to_owned();
    secret.targets[0].version = Some(text.to_owned());
    secret.notices = vec![text.to_owned()];
    secret.not_ours = vec![text.to_owned()];
    secret.due = Some(text.to_owned());
    let held = of(text, &["shop-c-kv"], &Action::Held(text.to_owned()));
    let still = of(text, &["shop-d-kv"], &Action::Kept(text.to_owned()));
    Report {
        file: text.to_owned(),
        planned: true,
        plan_digest: Some(text.to_owned()),
        secrets: vec![secret, held, still],
        notices: vec![text.to_owned()],
        ..empty()
    }
}

/// A secret that fared alike in these vaults.
pub fn of(name: &str, vaults: &[&str], action: &Action) -> SecretReport {
    let targets = vaults.iter().map(|vault| {
        let url = format!("https://{vault}.vault.azure.net");
        let url = VaultUrl::new(&url, None).expect("a vault's address");
        let mut target = TargetReport::new(&url, "name", action, false);
        name.replace('_', "-").clone_into(&mut target.name);
        target
    });
    let secret = SecretReport::of_target(name, targets.clone().next().expect("a target"));
    SecretReport { targets: targets.collect(), ..secret }
}

/// Pieces of every syntax, one after the other: never empty, on one line.
pub fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    let any = any::<char>().prop_map(|c| if c == '\n' || c == '\r' { 'n' } else { c });
    let pieces =
        prop::collection::vec(prop_oneof![4 => piece, 1 => any.prop_map(String::from)], 0..12);
    // Text that is only blanks is nothing to hide behind, and would leave its place empty.
    pieces.prop_map(|pieces| format!("x{}x", pieces.concat()))
}

const PIECES: &[&str] = &[
    "|",
    "\\|",
    "\\",
    "`",
    "``",
    "```",
    "\"",
    "'",
    "<",
    ">",
    "&",
    "&lt;",
    "&#124;",
    "#quot;",
    "#",
    ";",
    "%%",
    "</td>",
    "</code>",
    "</style>",
    "</title>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "]]>",
    "[",
    "]",
    "(",
    ")",
    "[x](https://evil.example)",
    "https://evil.example",
    "www.evil.example",
    "a@b.example",
    "@someone",
    "#123",
    "GH-12",
    "o/r#1",
    "end",
    "subgraph",
    "click s0 href",
    "style s0",
    "classDef",
    "graph",
    "{",
    "}",
    "\\n",
    "$x$",
    "*",
    "_",
    "~~",
    ":smile:",
    "{{",
    "<br>",
    "\" onload=\"x",
    "\u{202e}",
    "\u{2028}",
    "\u{7}",
    "::error::",
    "##vso[",
    " ",
    "-",
    "1. ",
    "- ",
    "é",
    "名",
    "…",
];
