//! Reports in files.

use std::path::PathBuf;

use crate::harness::{Azure, MINTED, Program};

/// A file in the program's folder.
fn read(azure: &Azure, name: &str) -> String {
    std::fs::read_to_string(azure.folder().join(name)).expect("the report is there")
}

#[test]
fn a_run_leaves_its_report_as_a_page_as_a_summary_and_for_programs() {
    let azure = Azure::start();
    let files = ["--report", "out.html", "--report", "out.md", "--report", "out.json"];
    let ran = azure.program(MINTED).args(&["plan"]).args(&files).run().expect(0);
    assert!(ran.stdout.contains("Plan digest"), "stdout has it as ever: {}", ran.stdout);
    assert!(read(&azure, "out.html").contains("<strong>Plan</strong>"));
    azure.program(MINTED).args(&["sync"]).args(&files).run().expect(0);
    assert!(read(&azure, "out.html").contains("<strong>Result</strong>"));
    assert!(read(&azure, "out.html").contains("created"));
    assert!(read(&azure, "out.md").contains("s0 -->|created| v0"));
    let rotate = azure.program(MINTED).args(&["rotate", "db", "--format", "json"]);
    let ran = rotate.args(&files).run().expect(0);
    assert_eq!(read(&azure, "out.json"), ran.stdout);
    let left = std::fs::read_dir(azure.folder()).expect("readable").count();
    assert_eq!(left, 5, "the reports, the Secretfile, the CA, and no draft");
}

#[test]
fn a_rehearsal_says_so_in_every_report() {
    let azure = Azure::start();
    let files = ["--report", "out.html", "--report", "out.md"];
    azure.program(MINTED).args(&["sync", "--local", "vaults"]).args(&files).run().expect(0);
    for name in ["out.html", "out.md"] {
        assert!(read(&azure, name).contains("REHEARSAL"), "{name}");
    }
}

#[test]
fn a_report_that_has_no_place_stops_the_run_before_anything_is_written() {
    let azure = Azure::start();
    let link = azure.folder().join("link.html");
    std::fs::create_dir(azure.folder().join("folder.md")).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(azure.folder().join("Secretfile.yml"), &link).expect("linked");
    for (name, said) in [
        ("no/such/out.html", "no/such/out.html: there is no such folder"),
        ("link.html", "link.html: what is there is a link, a folder or a device"),
        ("folder.md", "folder.md: what is there is a link, a folder or a device"),
        ("out.txt", ".html, .md or .json"),
    ] {
        let ran = azure.program(MINTED).args(&["sync", "--report", name]).run().expect(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(azure.versions(crate::harness::A, "db").is_empty());
    }
    assert_eq!(std::fs::read_to_string(link).expect("readable"), MINTED);
}

#[test]
fn a_failure_is_in_the_report_with_its_way_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Secretfile.yml"), MINTED).expect("written");
    let out: PathBuf = folder.path().join("out.md");
    // Nobody listens there.
    let ran = Program::new(folder.path())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555")
        .env("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555")
        .env("AZURE_CLIENT_SECRET", "none")
        .args(&["plan", "--report", "out.md"])
        .run();
    assert_ne!(ran.code, 0);
    let text = std::fs::read_to_string(out).expect("the report is there");
    assert!(text.contains("### Failures") && text.contains("✗ **"), "{text}");
}

#[test]
fn a_run_that_stops_says_why_where_its_report_would_be() {
    let azure = Azure::start();
    let bad = MINTED.replace("random_password", "random_pasword");
    let files = ["--report", "out.html", "--report", "out.md", "--report", "out.json"];
    std::fs::write(azure.folder().join("sum.md"), "").expect("written");
    let program = azure.program(&bad).env("GITHUB_ACTIONS", "true");
    let program =
        program.env("GITHUB_STEP_SUMMARY", &azure.folder().join("sum.md").to_string_lossy());
    program.args(&["sync"]).args(&files).run().expect(3);
    let place = bad.lines().position(|line| line.contains("pasword")).expect("there") + 1;
    for name in ["out.html", "out.md", "sum.md"] {
        let text = read(&azure, name);
        for said in
            [&format!("Secretfile.yml:{place}:"), "Stopped", "No vault was written to", "Fix:"]
        {
            assert!(text.contains(said), "{name} says {said}: {text}");
        }
    }
    assert!(read(&azure, "out.json").contains(&format!("\"line\":{place}")));
}

#[test]
fn a_name_or_a_missing_file_that_stops_the_run_is_in_the_report() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["rotate", "no_such", "--report", "out.md"]).run().expect(3);
    let text = read(&azure, "out.md");
    assert!(text.contains("secretzero rotate") && text.contains("no_such"), "{text}");
    let program = azure.program(MINTED);
    program
        .args(&["sync", "--ca-certificate", "no-such.pem", "--report", "out.md"])
        .run()
        .expect(3);
    let text = read(&azure, "out.md");
    assert!(text.contains("secretzero sync") && text.contains("no-such.pem"), "{text}");
}

#[test]
fn arguments_that_are_wrong_are_in_the_summary_of_the_step() {
    let azure = Azure::start();
    let summary = azure.folder().join("sum.md");
    std::fs::write(&summary, "").expect("written");
    for (extra, is_said) in [("--bogus", true), ("--no-summary", false)] {
        std::fs::write(&summary, "").expect("written");
        let program = azure.program(MINTED).env("GITHUB_ACTIONS", "true");
        let program = program.env("GITHUB_STEP_SUMMARY", &summary.to_string_lossy());
        program.args(&["sync", "--bogus", extra]).run().expect(3);
        assert_eq!(read(&azure, "sum.md").contains("unexpected argument"), is_said);
    }
}

#[test]
fn the_status_is_left_as_a_page_as_a_summary_and_for_programs() {
    let azure = Azure::start();
    azure.program(MINTED).args(&["sync"]).run().expect(0);
    let files = ["--report", "out.html", "--report", "out.md", "--report", "out.json"];
    let status = azure.program(MINTED).args(&["status", "--format", "json"]).args(&files);
    let ran = status.run().expect(0);
    assert_eq!(read(&azure, "out.json"), ran.stdout);
    for name in ["out.html", "out.md"] {
        let text = read(&azure, name);
        assert!(text.contains("secretzero status") && text.contains("\u{a0}ours"), "{text}");
    }
}
