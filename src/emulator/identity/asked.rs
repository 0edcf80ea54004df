//! What was asked of the sign-in service, in full, for tests.

use crate::emulator::entra::Form;
use crate::emulator::message::Request;

/// A request in full.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method and the path.
    pub what: String,
    /// The names in lower case.
    pub headers: Vec<(String, String)>,
    /// The query's fields.
    pub query: Vec<(String, String)>,
    /// The body's fields.
    pub form: Vec<(String, String)>,
}

impl Asked {
    /// What is kept of a request.
    pub(super) fn of(request: &Request, query: &Form, form: &Form) -> Self {
        Self {
            what: format!("{} {}", request.method, request.path),
            headers: request.headers.clone(),
            query: query.fields().to_vec(),
            form: form.fields().to_vec(),
        }
    }

    /// A field of the body.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
