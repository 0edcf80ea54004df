//! Runs of the program that is measured, each in a process and a folder of its own.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::measure::{self, Taken};
use crate::vault::Vault;
use crate::{Result, workload};

/// The program, with a Secretfile.
pub struct Program {
    folder: TempDir,
    env: Vec<(String, String)>,
}

impl Program {
    /// Signed in at `vault`, or without any network.
    pub fn new(secretfile: &str, vault: Option<&Vault>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("Secretfile.yml"), secretfile)?;
        let mut env = Vec::new();
        if let Some(vault) = vault {
            let ca = folder.path().join("ca.pem");
            std::fs::write(&ca, &vault.ca)?;
            env = [
                ("HTTPS_PROXY", format!("http://{}", vault.address)),
                ("SSL_CERT_FILE", ca.display().to_string()),
                ("AZURE_TENANT_ID", workload::TENANT.to_owned()),
                ("AZURE_CLIENT_ID", "99999999-8888-7777-6666-555555555555".to_owned()),
                ("AZURE_CLIENT_SECRET", "any".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        }
        Ok(Self { folder, env })
    }

    /// One run, which has to succeed.
    pub fn run(&self, args: &[&str]) -> Result<Taken> {
        let file = self.folder.path().join("Secretfile.yml").display().to_string();
        let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        if args.first().is_some_and(|arg| !arg.starts_with('-')) {
            args.extend(["--quiet".to_owned(), "--file".to_owned(), file]);
        }
        let taken = measure::run(env!("CARGO_BIN_EXE_secretzero"), &args, &self.env)?;
        match taken.code {
            0 => Ok(taken),
            code => Err(format!("{args:?} ended with {code}: {}", taken.said).into()),
        }
    }

    /// Of several runs the one in the middle by time.
    pub fn median(&self, args: &[&str], runs: usize) -> Result<Taken> {
        let mut taken = (0..runs).map(|_| self.run(args)).collect::<Result<Vec<_>>>()?;
        taken.sort_unstable_by(|a, b| a.wall.total_cmp(&b.wall));
        Ok(taken.swap_remove(taken.len() / 2))
    }
}

/// Where `bench.json` goes.
pub fn target_folder() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_secretzero"));
    program.ancestors().nth(2).map_or_else(PathBuf::new, std::path::Path::to_owned)
}
