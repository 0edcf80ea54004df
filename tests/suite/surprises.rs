//! What somebody else does to a secret while we work on it.

use std::sync::Arc;

use secretzero::emulator::Fault;

use crate::harness::{A, Azure, B, MINTED};

/// A refusal with this inner code.
fn refusal(status: u16, inner: &str) -> Fault {
    let innererror = format!(r#"{{"code":"{inner}"}}"#);
    let body = format!(r#"{{"error":{{"code":"X","message":"no","innererror":{innererror}}}}}"#);
    Fault::Answer { status, headers: Vec::new(), body }
}

#[test]
fn what_was_not_reached_is_not_reported_as_done() {
    let azure = Azure::start();
    azure.control().on_request(Arc::new(|request| {
        let is_first = request.method == "PUT" && request.host == A;
        is_first.then(|| refusal(409, "ObjectIsDeletedButRecoverable"))
    }));
    let ran = azure.program(MINTED).args(&["sync", "--format", "json"]).run();
    assert!(azure.versions(B, "db").is_empty());
    assert_eq!(ran.expect(8).actions(), ["failed", "held"]);
}
