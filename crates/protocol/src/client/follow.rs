//! An answer without an end: server-sent events, one after the other, as they come.
//! It must not know what an event means, nor connect again.
//! Invariant: a wait ends by its deadline; what is not understood is `Broken`, and no event grows without bound.

use super::http::{self, Head};
use super::socket::{self, Stream};
use super::{ClientError, Request};
use crate::deadline::Deadline;
use crate::fault::{Fault, FaultKind};

/// No event is larger, in bytes.
const MAX_EVENT: usize = 1 << 20;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// What who resumes gives; none of an event that cannot be resumed after.
    pub id: Option<String>,
    /// Its name; empty of a comment, which says only that somebody is there.
    pub name: String,
    /// What it carries: JSON.
    pub data: String,
}

/// Events of one connection.
pub struct Events {
    stream: Stream,
    /// What came of the transfer and is not taken apart yet.
    raw: Vec<u8>,
    /// What came of the events themselves.
    text: Vec<u8>,
}

impl Events {
    /// Asks, and waits until `deadline` for the answer to begin.
    ///
    /// # Errors
    /// As [`super::Client::call`].
    pub fn open(socket: &std::path::Path, request: &Request<'_>, deadline: Deadline) -> Result<Self, ClientError> {
        let mut stream = socket::connect(socket, deadline)?;
        stream.write_all(&request.encode(deadline), deadline)?;
        let mut raw = Vec::with_capacity(4_096);
        let head = loop {
            read(&mut stream, &mut raw, deadline)?;
            if let Some(head) = http::head(&raw)? {
                break head;
            }
        };
        if head.status >= 300 {
            return Err(refused(&mut stream, raw, &head, deadline));
        }
        if !head.find("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Err(ClientError::Broken("events that do not come in chunks".into()));
        }
        raw.drain(..head.bytes);
        Ok(Self { stream, raw, text: Vec::new() })
    }

    /// The next event or comment; `None` at the end.
    ///
    /// # Errors
    /// [`ClientError::TimedOut`] where nothing came by `deadline`, [`ClientError::Broken`] where the connection did.
    pub fn next(&mut self, deadline: Deadline) -> Result<Option<Event>, ClientError> {
        loop {
            if let Some(end) = find(&self.text, b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                return Ok(Some(parse(&String::from_utf8_lossy(&block))));
            }
            match chunk(&self.raw)? {
                Some((0, _)) => return Ok(None),
                Some((bytes, from)) => {
                    self.text.extend_from_slice(&self.raw[from..from + bytes]);
                    self.raw.drain(..from + bytes + 2);
                }
                None => read(&mut self.stream, &mut self.raw, deadline)?,
            }
            if self.text.len().max(self.raw.len()) > MAX_EVENT {
                return Err(ClientError::Broken("an event that is too large".into()));
            }
        }
    }
}

fn read(stream: &mut Stream, into: &mut Vec<u8>, deadline: Deadline) -> Result<(), ClientError> {
    let mut buffer = [0u8; 16 * 1024];
    match stream.read(&mut buffer, deadline)? {
        0 => Err(ClientError::Broken("closed in the middle of an event".into())),
        n => {
            into.extend_from_slice(&buffer[..n]);
            Ok(())
        }
    }
}

/// The fault that was answered in place of events.
fn refused(stream: &mut Stream, mut raw: Vec<u8>, head: &Head, deadline: Deadline) -> ClientError {
    loop {
        match http::whole(&raw, head) {
            Ok(Some(body)) => {
                let fault = serde_json::from_slice::<Fault>(body).unwrap_or_else(|_| {
                    Fault::new(FaultKind::of_status(head.status), "http", format!("status {}", head.status))
                });
                return fault.into();
            }
            Ok(None) => {}
            Err(error) => return error,
        }
        if let Err(error) = read(stream, &mut raw, deadline) {
            return error;
        }
    }
}

/// How many bytes the first chunk has, and where they begin, once it is there whole (RFC 9112, section 7.1).
fn chunk(raw: &[u8]) -> Result<Option<(usize, usize)>, ClientError> {
    let Some(line) = find(raw, b"\r\n") else { return Ok(None) };
    let size = std::str::from_utf8(&raw[..line]).ok().and_then(|line| line.split(';').next());
    let size = size.and_then(|size| usize::from_str_radix(size.trim(), 16).ok()).filter(|size| *size <= MAX_EVENT);
    let size = size.ok_or_else(|| ClientError::Broken("a chunk without a usable size".into()))?;
    let from = line + 2;
    Ok((raw.len() >= from + size + 2).then_some((size, from)))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => event.id = Some(id.to_owned()),
            Some(("event", name)) => event.name = name.to_owned(),
            Some(("data", data)) => event.data.push_str(data),
            _ => {}
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_taken_when_it_is_whole() {
        for (raw, expect) in [
            ("", Ok(None)),
            ("5", Ok(None)),
            ("5\r\nhell", Ok(None)),
            ("5\r\nhello\r", Ok(None)),
            ("5\r\nhello\r\n", Ok(Some((5, 3)))),
            ("a;x=y\r\n0123456789\r\nmore", Ok(Some((10, 7)))),
            ("0\r\n\r\n", Ok(Some((0, 3)))),
            ("hello\r\n", Err(())),
            ("ffffffffff\r\n", Err(())),
        ] {
            assert_eq!(chunk(raw.as_bytes()).map_err(|_| ()), expect, "{raw:?}");
        }
    }

    #[test]
    fn a_block_is_an_event_or_a_sign_of_life() {
        let event = |id: Option<&str>, name: &str, data: &str| Event {
            id: id.map(str::to_owned),
            name: name.to_owned(),
            data: data.to_owned(),
        };
        for (block, expect) in [
            ("id: 1-2-3\nevent: happened\ndata: {\"a\": 1}\n\n", event(Some("1-2-3"), "happened", "{\"a\": 1}")),
            ("event: stopping\ndata: {}\n\n", event(None, "stopping", "{}")),
            (": still here\n\n", event(None, "", "")),
            ("retry: 1000\n\n", event(None, "", "")),
        ] {
            assert_eq!(parse(block), expect, "{block:?}");
        }
    }
}
