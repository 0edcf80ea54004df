//! A question to a host, as often as it takes.

use std::time::Duration;

use super::schedule::Schedule;
use crate::error::Kind;
use crate::http::{Body, Http, Method, NoAnswer, Request, Response};

/// Asks until the answer is for good, or the schedule or the run is over. Returns the last answer,
/// whatever its status.
pub fn call(
    http: &Http,
    url: &str,
    headers: &[(&'static str, &str)],
    mut schedule: Schedule,
) -> Result<Response, NoAnswer> {
    loop {
        let answer = http.send_local(&get(url, headers), LIMIT);
        let wait = match &answer {
            Ok(response) => schedule.next(Some(response.status), response.retry_after),
            Err(none) if none.may_pass => schedule.next(None, None),
            Err(_) => None,
        };
        if !wait.is_some_and(|wait| http.pause(wait)) {
            return answer;
        }
    }
}

/// Whether nobody was there to answer; a run whose time is over says nothing of that.
pub fn is_nobody(none: &NoAnswer) -> bool {
    none.before_request && none.error.kind == Kind::Unreachable
}

/// A GET.
pub fn get<'a>(url: &'a str, headers: &'a [(&'static str, &'a str)]) -> Request<'a> {
    Request { method: Method::Get, url, token: None, headers, body: Body::Empty }
}

/// For one try: a host may have to ask Entra first.
const LIMIT: Duration = Duration::from_secs(30);
