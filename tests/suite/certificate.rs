//! Sign-in with a certificate. `tests/python/assertion.py` checks what is sent.

use crate::harness::{A, Azure, MINTED, Program, repository};

fn program(azure: &Azure, name: &str, password: &str) -> Program {
    let path = repository().join("tests/cases/certificates").join(name);
    azure
        .program(MINTED)
        .args(&["sync"])
        .env("AZURE_CLIENT_SECRET", "")
        .env("AZURE_CLIENT_CERTIFICATE_PATH", &path.display().to_string())
        .env("AZURE_CLIENT_CERTIFICATE_PASSWORD", password)
}

#[test]
fn an_application_signs_in_with_its_certificate() {
    for (name, password) in [("pkcs8.pem", ""), ("modern.pfx", "pässword")] {
        let azure = Azure::start();
        program(&azure, name, password).run().expect(0);
        assert_eq!(azure.versions(A, "db").len(), 1, "{name}");
    }
}

#[test]
fn a_certificate_that_cannot_serve_is_said_before_anybody_is_asked() {
    for (name, password, part) in [
        ("modern.pfx", "hunter2", "the password does not open the file"),
        ("ec.pem", "hunter2", "an elliptic-curve key"),
        ("absent.pem", "hunter2", "the file cannot be read"),
    ] {
        let azure = Azure::start();
        let ran = program(&azure, name, password).run().expect(4);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(part) && said.contains("help: "), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(azure.control().requests().is_empty(), "{name}");
    }
}
