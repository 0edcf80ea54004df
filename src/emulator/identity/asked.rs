//! What an endpoint was asked, in full, for tests.

use std::sync::Mutex;

use crate::emulator::lock::lock;
use crate::emulator::message::Request;

/// The requests to one endpoint.
#[derive(Default)]
pub struct Asked(Mutex<Vec<Request>>);

/// An emulator may serve for weeks: more than this many are not kept.
const MAX_KEPT: usize = 10_000;

impl Asked {
    /// Keeps one.
    pub fn keep(&self, request: &Request) {
        let mut kept = lock(&self.0);
        if kept.len() < MAX_KEPT {
            kept.push(request.clone());
        }
    }

    /// All, in the order in which they came.
    pub fn all(&self) -> Vec<Request> {
        lock(&self.0).clone()
    }
}
