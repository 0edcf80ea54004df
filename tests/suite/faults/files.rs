//! The Secretfiles of the matrix; hosts are A, B and C.

/// The file of that name for these hosts.
pub fn secretfile(name: &str, hosts: &[String; 3]) -> String {
    let auth = match name {
        "machine" => "managed_identity",
        "job" => "oidc",
        _ => "default",
    };
    let kind = match name {
        "given" => "static\n    config: {default: '${API_KEY}'}",
        _ => "random_password",
    };
    let labels = if name == "labelled" { "metadata: {owner: team-a}\n" } else { "" };
    let target = |host: &String| {
        format!(
            "      - {{provider: azure, kind: key_vault, config: {{vault_url: 'https://{host}'}}}}\n"
        )
    };
    let targets: String = hosts[..count(name)].iter().map(target).collect();
    format!(
        "{labels}providers: {{azure: {{kind: azure, auth: {{kind: {auth}}}}}}}\nsecrets:\n  - name: db\n    \
         kind: {kind}\n    targets:\n{targets}"
    )
}

/// How many vaults the file of that name has.
pub fn count(name: &str) -> usize {
    match name {
        "one" => 1,
        "given" => 2,
        _ => 3,
    }
}
