//! One HTTP/1.1 exchange over a stream: as much of RFC 9112 as the daemon's own replies need.
//! It must not know what is asked, nor sockets beyond `read` and `write`.
//! Invariant: a reply that is not understood is `Broken`, never a panic, and never read past `MAX_REPLY`.

use super::ClientError;
use super::socket::Stream;
use crate::deadline::Deadline;

/// No reply is larger (an export page is the largest).
const MAX_REPLY: usize = 64 << 20;
/// Headers of a reply.
const MAX_HEADERS: usize = 32;

/// A reply.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    pub(super) keep: bool,
}

impl Response {
    /// The value of header `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

pub(super) fn exchange(stream: &mut Stream, request: &[u8], deadline: Deadline) -> Result<Response, ClientError> {
    stream.write_all(request, deadline)?;
    let mut bytes = Vec::with_capacity(4096);
    let mut buffer = [0u8; 16 * 1024];
    loop {
        let n = stream.read(&mut buffer, deadline)?;
        if n == 0 {
            return Err(ClientError::Broken("closed before the whole answer came".into()));
        }
        bytes.extend_from_slice(&buffer[..n]);
        if bytes.len() > MAX_REPLY {
            return Err(ClientError::Broken("the answer is too large".into()));
        }
        if let Some(response) = parse(&bytes)? {
            return Ok(response);
        }
    }
}

/// The head of a reply.
pub(super) struct Head {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    /// How many bytes it has.
    pub(super) bytes: usize,
}

impl Head {
    /// The value of header `name` (lower case).
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The head that `bytes` begin with, or `None` when more of it is to come.
pub(super) fn head(bytes: &[u8]) -> Result<Option<Head>, ClientError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(n)) => n,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(e) => return Err(ClientError::Broken(format!("not HTTP: {e}"))),
    };
    let text = |h: &httparse::Header<'_>| (h.name.to_ascii_lowercase(), String::from_utf8_lossy(h.value).into_owned());
    let headers = head.headers.iter().map(text).collect();
    Ok(Some(Head { status: head.code.unwrap_or(0), headers, bytes: start }))
}

/// The body that follows `head` in `bytes`, or `None` when more of it is to come.
pub(super) fn whole<'b>(bytes: &'b [u8], head: &Head) -> Result<Option<&'b [u8]>, ClientError> {
    let length: usize = match head.find("content-length").map(str::parse) {
        // These have no body, whatever else they say (RFC 9112, section 6.3).
        _ if matches!(head.status, 204 | 304) => 0,
        Some(Ok(length)) if length <= MAX_REPLY => length,
        _ => return Err(ClientError::Broken("an answer without a usable content-length".into())),
    };
    Ok(bytes.get(head.bytes..head.bytes + length))
}

/// The whole reply in `bytes`, or `None` when more is to come.
fn parse(bytes: &[u8]) -> Result<Option<Response>, ClientError> {
    let Some(head) = head(bytes)? else { return Ok(None) };
    let Some(body) = whole(bytes, &head)? else { return Ok(None) };
    let keep = head.find("connection").is_none_or(|v| !v.eq_ignore_ascii_case("close"));
    Ok(Some(Response { status: head.status, body: body.to_vec(), headers: head.headers, keep }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_arrive_in_any_pieces() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nQuipu-Mode: owner\r\n\r\nhello";
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).expect("no error").is_none(), "cut at {cut}");
        }
        let reply = parse(whole).expect("parses").expect("is whole");
        assert_eq!(
            (reply.status, reply.body.as_slice(), reply.header("quipu-mode")),
            (200, &b"hello"[..], Some("owner"))
        );
        assert!(reply.keep);
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_panic() {
        let unchanged = parse(b"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n").expect("parses").expect("is whole");
        assert!(unchanged.body.is_empty() && unchanged.keep);
        for text in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "\0\0\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text:?}");
        }
        let mut seed = 7u64;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..40)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 33) as u8
                })
                .collect();
            let _ = parse(&bytes);
        }
    }
}
