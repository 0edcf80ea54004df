//! Secretfiles as people have them load and sync.

use std::path::PathBuf;

use crate::harness::{Azure, repository};

fn valid_files() -> Vec<PathBuf> {
    let folder = repository().join("tests/cases/secretfiles/valid");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    files.sort();
    files
}

#[test]
fn every_valid_secretfile_syncs_and_then_has_nothing_to_change() {
    for path in valid_files() {
        let azure = Azure::start();
        let text = std::fs::read_to_string(&path).expect("readable");
        let folder = azure.folder().join("vaults");
        let program = |format: &str| {
            azure.program(&text).env("SENDGRID_API_KEY", "SG.example").args(&[
                "sync",
                "--format",
                format,
                "--local",
                &folder.display().to_string(),
            ])
        };
        let first = program("json").run().expect(0);
        assert!(!first.actions().is_empty(), "{}", path.display());
        let second = program("text").run().expect(0);
        assert!(second.stdout.contains("Nothing changed"), "{}: {}", path.display(), second.stdout);
    }
}
