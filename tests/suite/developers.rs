//! Developers sign in by the tools that they are signed in to, and people only where somebody watches.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::{A, Azure, MINTED, Program};

/// A program of that name in the test's folder, which is then the PATH.
pub fn stand_in(azure: &Azure, name: &str, script: &str) -> String {
    let folder = azure.folder().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    // Another process writes it, since a file that this one has open for writing cannot be run.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"]).arg(folder.join(name));
    let mut shell = shell.stdin(Stdio::piped()).spawn().expect("a shell");
    let text = format!("#!/bin/sh\n{script}\n");
    shell.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("a script");
    assert!(shell.wait().expect("the shell's end").success());
    format!("{}:/usr/bin:/bin", folder.display())
}

/// The program without an application's secret.
fn program(azure: &Azure, secretfile: &str) -> Program {
    azure.program(secretfile).env("AZURE_CLIENT_SECRET", "").args(&["sync"])
}

#[test]
fn a_sync_signs_in_by_the_azure_cli_wherever_it_is_named_or_found() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let token = azure.control().tokens().pop().expect("a token of the application");
    let ends = azure.clock.now().as_second() + 3_600;
    let script = format!("echo '{{\"accessToken\": \"{token}\", \"expires_on\": {ends}}}'");
    let path = stand_in(&azure, "az", &script);
    for (number, kind) in ["cli", "default"].into_iter().enumerate() {
        azure.control().clear_requests();
        let secretfile = MINTED
            .replace("kind: default", &format!("kind: {kind}"))
            .replace("name: db", &format!("name: db{number}"));
        // Nobody asks the machine that the test runs on.
        let program = program(&azure, &secretfile).env("PATH", &path);
        let ran = program.env("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential").run().expect(0);
        assert!(!ran.stdout.contains(&token) && !ran.stderr.contains(&token));
        assert_eq!(azure.versions(A, &format!("db{number}")).len(), 1);
        let asked = azure.control().requests();
        assert!(asked.iter().all(|seen| seen.host.ends_with(".vault.azure.net")), "{asked:?}");
    }
}

#[test]
fn a_developer_who_is_not_signed_in_hears_what_to_run() {
    let azure = Azure::start();
    let script = "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1";
    let path = stand_in(&azure, "az", script);
    let secretfile = MINTED.replace("kind: default", "kind: cli");
    let ran = program(&azure, &secretfile).env("PATH", &path).run().expect(4);
    let said = ran.stdout + &ran.stderr;
    assert!(
        said.contains("run `az login --tenant 11111111-2222-3333-4444-555555555555`"),
        "{said}"
    );
}

#[test]
fn nobody_is_asked_where_nobody_watches() {
    for kind in ["device_code", "interactive_browser"] {
        let azure = Azure::start();
        let secretfile = MINTED.replace("kind: default", &format!("kind: {kind}"));
        let ran = program(&azure, &secretfile).run().expect(4);
        assert!(ran.stderr.contains("stderr is no terminal"), "{}", ran.stderr);
        assert!(azure.control().requests().is_empty());
    }
}
