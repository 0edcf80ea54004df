//! A reply as bytes.

use crate::emulator::message::Reply;
use crate::emulator::shape::Shape;

/// A reply's bytes. A 204 has neither type nor length; the answer to a HEAD has no body.
pub fn render(reply: &Reply, method: &str, closes: bool) -> Vec<u8> {
    if !has_body(reply) {
        return framed(reply, "", closes, &[]);
    }
    let body = if method == "HEAD" { &[] } else { reply.body.as_slice() };
    framed(reply, &length(reply.body.len()), closes, body)
}

/// The bytes of a reply that is sent in another shape; one without a body has none.
pub fn render_shaped(reply: &Reply, method: &str, closes: bool, shape: Shape) -> Vec<u8> {
    let body = &reply.body;
    match shape {
        Shape::Continued => [CONTINUE, &render(reply, method, closes)].concat(),
        _ if !has_body(reply) => render(reply, method, closes),
        Shape::Chunked => framed(reply, "Transfer-Encoding: chunked\r\n", closes, &chunks(body)),
        Shape::Short => framed(reply, &length(body.len() / 2), closes, body),
        Shape::Long => framed(reply, &length(body.len() + 1), closes, body),
        _ => render(reply, method, closes),
    }
}

/// A head with these lines on how long the body is, and the body as it is sent.
fn framed(reply: &Reply, framing: &str, closes: bool, body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(framing);
    if closes {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

fn has_body(reply: &Reply) -> bool {
    !matches!(reply.status, 204 | 304)
}

fn length(bytes: usize) -> String {
    format!("Content-Length: {bytes}\r\n")
}

/// A body in chunks of at most 100 bytes.
fn chunks(body: &[u8]) -> Vec<u8> {
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let mut bytes: Vec<u8> = body.chunks(100).flat_map(chunk).collect();
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// What may come before any answer.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// For people; clients go by the number.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        302 => "Found",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
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
