//! Names of variables for the next steps.

/// The name under which a text becomes an environment variable: `-` and `.` become `_`, and letters upper
/// case, since a shell takes nothing else. Names that would change what other programs do are refused.
pub fn environment(text: &str) -> Result<String, String> {
    let name = text.replace(['-', '.', ' '], "_").to_ascii_uppercase();
    let starts = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    let rule = "a variable has letters, digits and `_`, and does not start with a digit";
    if !starts || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(format!("`{name}` is no name of a variable; {rule}"));
    }
    let is_dangerous = DANGEROUS.contains(&name.as_str())
        || STARTS.iter().any(|start| name.starts_with(start))
        || name.ends_with("_PROXY");
    if is_dangerous {
        return Err(format!("`{name}` would change what other programs do; choose another name"));
    }
    Ok(name)
}

/// The name of a step's output.
pub fn output(text: &str) -> Result<String, String> {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if starts && text.bytes().all(is_part) {
        return Ok(text.to_owned());
    }
    let rule = "an output has letters, digits, `_` and `-`, and starts with a letter or `_`";
    Err(format!("`{}` is no name of an output; {rule}", crate::neutral::line(text)))
}

/// Variables that programs obey.
const DANGEROUS: [&str; 22] = [
    "PATH",
    "BASH_ENV",
    "ENV",
    "IFS",
    "PS4",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "NODE_OPTIONS",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NODE_PATH",
    "GCONV_PATH",
    "HOME",
    "CDPATH",
    "TMPDIR",
];
/// Starts of such names, and of names that belong to a CI system.
const STARTS: [&str; 16] = [
    "LD_",
    "DYLD_",
    "PYTHON",
    "PERL5",
    "GIT_",
    "DOCKER_",
    "ACTIONS_",
    "GITHUB_",
    "RUNNER_",
    "INPUT_",
    "STATE_",
    "SYSTEM_",
    "AGENT_",
    "BUILD_",
    "CI_",
    "NPM_CONFIG_",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_fit_for_a_shell() {
        assert_eq!(environment("db-password"), Ok("DB_PASSWORD".to_owned()));
        assert_eq!(environment("db.password"), Ok("DB_PASSWORD".to_owned()));
    }

    #[test]
    fn names_that_programs_obey_are_refused() {
        for name in [
            "path",
            "LD_PRELOAD",
            "node-options",
            "GITHUB_ENV",
            "RUNNER_TEMP",
            "https-proxy",
            "GIT_DIR",
            "BASH_ENV",
            "PYTHONPATH",
            "1X",
            "",
            "A=B",
            "A\nB",
            "A<<B",
            "Ä",
        ] {
            assert!(environment(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_output_keeps_its_dashes() {
        assert_eq!(output("db-password"), Ok("db-password".to_owned()));
        for name in ["", "-a", "a b", "a=b", "a\nb", "a<<b"] {
            assert!(output(name).is_err(), "{name}");
        }
    }
}
