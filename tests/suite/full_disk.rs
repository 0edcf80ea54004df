//! Disks that are full and streams that are closed: what was done is told wherever it still can be.

use std::fs::OpenOptions;
use std::path::Path;

use crate::harness::{A, Azure, MINTED, Program, Ran};

/// The CI system's files in the test's folder.
fn files(azure: &Azure) -> [String; 2] {
    ["outputs", "summary"].map(|name| azure.folder().join(name).display().to_string())
}

fn sync(azure: &Azure) -> Program {
    let [outputs, summary] = files(azure);
    let program = azure.program(MINTED).args(&["sync", "--ci", "github", "--format", "json"]);
    let program = program.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", &summary);
    program.args(&["--report", "report.html"])
}

/// No file may grow beyond half a KiB; streams are free.
const LITTLE_ROOM: &str = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("read").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn files_that_find_no_room_are_named_and_left_as_they_were_and_the_report_is_printed() {
    let azure = Azure::start();
    let before = format!("a={}\n", "x".repeat(500));
    for path in files(&azure) {
        std::fs::write(path, &before).expect("written");
    }
    let ran = sync(&azure).by_shell(LITTLE_ROOM).run().expect(3);
    assert_eq!(ran.actions(), ["created", "created"]);
    assert_eq!(azure.versions(A, "db").len(), 1);
    for name in ["outputs", "report.html", "summary"] {
        let lines = ran.stderr.lines();
        let said = lines.filter(|line| line.contains(name) && line.contains("too large")).count();
        assert_eq!(said, 1, "{name}: {}", ran.stderr);
    }
    for path in files(&azure) {
        assert_eq!(std::fs::read_to_string(path).expect("read"), before, "no half block");
    }
    assert_eq!(names(azure.folder()), ["Secretfile.yml", "ca.pem", "outputs", "summary"]);
}

#[test]
fn a_full_stdout_keeps_neither_outputs_nor_files_back() {
    let azure = Azure::start();
    for path in files(&azure) {
        std::fs::write(path, "").expect("written");
    }
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let output = sync(&azure).into_command().stdout(full).output().expect("it runs");
    let ran = Ran::from(output).expect(3);
    assert!(ran.stderr.contains("the report could not be written"), "{}", ran.stderr);
    let [outputs, summary] = files(&azure).map(|path| std::fs::read_to_string(path).expect("read"));
    assert!(outputs.contains("created<<"), "{outputs}");
    assert!(!summary.is_empty() && azure.folder().join("report.html").is_file());
}

#[test]
fn streams_that_nobody_reads_or_that_are_closed_change_no_exit_code() {
    for close in ["", ">&- 2>&-", ">&-", "2>&-"] {
        let azure = Azure::start();
        for path in files(&azure) {
            std::fs::write(path, "").expect("written");
        }
        let mut shell = sync(&azure).by_shell(&format!("exec \"$@\" {close}")).into_command();
        let (reader, writer) = std::io::pipe().expect("a pipe is made");
        drop(reader);
        shell.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let status = shell.status();
        assert_eq!(status.expect("it runs").code(), Some(0), "{close}");
        let [outputs, _] = files(&azure).map(|path| std::fs::read_to_string(path).expect("read"));
        assert!(outputs.contains("created<<"), "{outputs}");
        assert!(azure.folder().join("report.html").is_file());
    }
}

#[test]
fn a_report_that_could_not_be_written_is_found_before_anything_is_asked() {
    let azure = Azure::start();
    for path in ["/proc/report.html", "/dev/full.d/report.html"] {
        let ran = azure.program(MINTED).args(&["sync", "--report", path]).run().expect(3);
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
    }
    assert!(azure.control().requests().is_empty());
}
