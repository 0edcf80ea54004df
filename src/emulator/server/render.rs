//! A reply as bytes.

use crate::emulator::message::Reply;

/// A reply's bytes. A 204 has neither type nor length; the answer to a HEAD has no body.
pub fn render(reply: &Reply, method: &str, closes: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let has_body = !matches!(reply.status, 204 | 304);
    if has_body {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    if closes {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if has_body && method != "HEAD" {
        bytes.extend_from_slice(&reply.body);
    }
    bytes
}

/// For people; clients go by the number.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::server::broken::Refusal;

    #[test]
    fn no_content_has_no_length() {
        let text = String::from_utf8(render(&Reply::empty(204), "DELETE", false)).expect("text");
        assert_eq!(text, "HTTP/1.1 204 No Content\r\n\r\n");
        let text = render(&Refusal::new(400, "no").reply(), "HEAD", true);
        let text = String::from_utf8(text).expect("text");
        assert!(text.ends_with("Content-Length: 3\r\nConnection: close\r\n\r\n"), "{text}");
    }
}
