//! A tale's Secretfile.

use std::fmt::Write;

use super::tale::{Entry, Kind, Seat, Tale};

/// The file for these vaults.
pub fn secretfile(tale: &Tale, hosts: &[String]) -> String {
    let mut text =
        "providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:\n".to_owned();
    for (index, entry) in tale.secrets.iter().enumerate() {
        text.push_str(&secret(index, entry, hosts));
    }
    let templates = || tale.secrets.iter().enumerate().filter(|(_, e)| e.kind.is_template());
    if templates().next().is_some() {
        text.push_str("templates:\n");
    }
    for (index, entry) in templates() {
        text.push_str(&template(index, entry, hosts));
    }
    text
}

/// The name of a secret in the file and in the vaults.
pub fn name(secret: usize) -> String {
    format!("s{secret}")
}

/// The environment variable that supplies a secret's given part.
pub fn variable(secret: usize) -> String {
    format!("GIVEN_{secret}")
}

fn secret(index: usize, entry: &Entry, hosts: &[String]) -> String {
    let mut text = format!("  - name: {}\n", name(index));
    let kind = match entry.kind {
        Kind::Minted => "kind: random_string\n    config: {length: 12}".to_owned(),
        Kind::Given | Kind::NotSupplied => {
            format!("kind: static\n    config: {{default: '${{{}}}'}}", variable(index))
        }
        Kind::Mixed | Kind::MixedNotSupplied => format!("kind: templates.t{index}"),
    };
    let _ = writeln!(text, "    {kind}");
    if entry.rotates {
        text.push_str("    rotation_period: 90d\n");
    }
    if entry.one_time {
        text.push_str("    one_time: true\n");
    }
    if !entry.kind.is_template() {
        let _ = writeln!(text, "    targets: [{}]", targets(index, entry, hosts, false));
    }
    text
}

fn template(index: usize, entry: &Entry, hosts: &[String]) -> String {
    let (whole, alone) = (targets(index, entry, hosts, false), targets(index, entry, hosts, true));
    format!(
        "  t{index}:
    fields:
      host: {{generator: {{kind: static, config: {{default: '${{{}}}'}}}}}}
      password:
        generator: {{kind: random_string, config: {{length: 12}}}}
        targets: [{alone}]
    targets: [{whole}]\n",
        variable(index)
    )
}

fn targets(index: usize, entry: &Entry, hosts: &[String], of_field: bool) -> String {
    let all = entry.targets.iter().zip(hosts).filter(|(seat, _)| seat.is_field == of_field);
    let texts = all.map(|(seat, host)| target(index, seat, host));
    texts.collect::<Vec<_>>().join(", ")
}

fn target(index: usize, seat: &Seat, host: &str) -> String {
    let Seat { on_existing, on_drift, on_soft_deleted, .. } = seat;
    format!(
        "{{provider: azure, kind: key_vault, config: {{vault_url: 'https://{host}', secret_name: {}, \
         on_existing: {on_existing}, on_drift: {on_drift}, on_soft_deleted: {on_soft_deleted}}}}}",
        name(index)
    )
}
