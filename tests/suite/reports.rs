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
