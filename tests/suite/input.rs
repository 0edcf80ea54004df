//! Bad input gets a clear error, and nothing is lost.

use crate::harness::{Azure, MINTED, Program};

#[track_caller]
fn refused(program: Program, part: &str) {
    let ran = program.run().expect(3);
    assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn no_command_prints_the_help() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Program::new(folder.path()).run().expect(3);
    assert!(ran.stderr.contains("Usage: secretzero"), "{}", ran.stderr);
    let ran = Program::new(folder.path()).args(&["--help"]).run().expect(0);
    assert!(ran.stdout.contains("Usage: secretzero"), "{}", ran.stdout);
}

#[test]
fn a_secretfile_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    refused(
        Program::new(folder.path()).args(&["validate"]),
        "Secretfile.yml: there is no such file",
    );
    refused(Program::new(folder.path()).args(&["validate"]), "`secretzero init` writes one");
}

#[test]
fn a_folder_in_place_of_a_secretfile_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    refused(Program::new(folder.path()).args(&["validate", "-f", "."]), "it is a folder");
}

#[test]
fn a_secretfile_that_is_not_utf8_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), b"version: '1.0'\n# \xff\n")
        .expect("written");
    refused(Program::new(folder.path()).args(&["validate"]), "UTF-8");
}

#[test]
fn every_mistake_in_a_secretfile_is_said_at_once_with_its_line_and_column() {
    let azure = Azure::start();
    let broken = MINTED.replace("random_password", "random_pasword").replace("90d", "0");
    let ran = azure.program(&broken).args(&["sync"]).run().expect(3);
    assert!(ran.stderr.contains("Secretfile.yml:5:11: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("random_password"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Secretfile.yml:6:22: "), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty(), "nothing was asked");
}

#[test]
fn a_value_of_one_byte_too_many_is_refused_before_anything_is_written() {
    let azure = Azure::start();
    let file = crate::harness::GIVEN.replace("${API_KEY}", &"x".repeat(25_601));
    let ran = azure.program(&file).args(&["sync"]).run().expect(3);
    assert!(ran.stderr.contains("25"), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty(), "nothing was asked");
}

#[test]
fn sixteen_tags_are_refused_before_anything_is_written() {
    let azure = Azure::start();
    let tags: Vec<String> = (0..13).map(|n| format!("t{n}: x")).collect();
    let config = format!("kv.vault.azure.net', tags: {{{}}}", tags.join(", "));
    let file = MINTED.replace("kv.vault.azure.net'", &config);
    let ran = azure.program(&file).args(&["sync"]).run().expect(3);
    assert!(ran.stderr.contains("15"), "{}", ran.stderr);
    assert!(azure.control().requests().is_empty(), "nothing was asked");
}

#[test]
fn an_unknown_secret_or_vault_on_the_command_line_is_answered_with_the_nearest_name() {
    let azure = Azure::start();
    refused(azure.program(MINTED).args(&["sync", "-s", "bd"]), "db");
    refused(azure.program(MINTED).args(&["sync", "--vault", "shop-c-kv"]), "shop-a-kv");
}

#[test]
fn sign_in_without_any_credential_lists_what_was_tried() {
    let azure = Azure::start();
    let program = azure.program(MINTED).env("AZURE_CLIENT_SECRET", "");
    let ran = program.args(&["sync"]).run().expect(4);
    assert!(
        ran.stderr.contains("AZURE_CLIENT_SECRET") || ran.stdout.contains("AZURE_CLIENT_SECRET")
    );
}

#[test]
fn the_first_refusal_of_sign_in_is_said_with_its_code() {
    let azure = Azure::start();
    azure.control().entra(|entra| {
        entra.register("99999999-8888-7777-6666-555555555555", "another secret");
    });
    let ran = azure.program(MINTED).args(&["sync"]).run().expect(4);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("AADSTS7000215"), "{said}");
}

#[test]
fn arguments_and_file_names_start_no_command_of_a_ci() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = "a\n::add-mask::b\u{1b}[31m.yml";
    std::fs::write(folder.path().join(name), MINTED).expect("a file");
    for args in [
        vec!["validate", "-f", name],
        vec!["validate", "-f", "none\r::add-mask::b"],
        vec!["validate", "--var", name],
        vec!["validate", "--format", name],
        vec!["sync", name],
        vec!["sync", "--parallel", name],
        vec![name],
    ] {
        let ran = Program::new(folder.path()).args(&args).run();
        let said = ran.stdout + &ran.stderr;
        let is_clean = !said.contains("::") && !said.contains(['\r', '\u{1b}']);
        assert!(is_clean, "{args:?}: {said:?}");
    }
}
