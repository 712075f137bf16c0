//! What hyper answers by itself, to heads that it cannot take apart, told as a fault; and a last word to who is too slow.
//! It must not know operations or who may come in.
//! Invariant: bytes of answers that are ours pass as they are.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{PROTOCOL, PROTOCOL_HEADER};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::too_slow;

/// A stream that can be told something without waiting.
pub(in crate::doors) trait Late {
    /// Sends what fits, now.
    fn tell(&self, bytes: &[u8]);
}

impl Late for UnixStream {
    fn tell(&self, bytes: &[u8]) {
        // Who does not read is not waited for.
        let _ = self.try_write(bytes);
    }
}

impl Late for TcpStream {
    fn tell(&self, bytes: &[u8]) {
        // As above.
        let _ = self.try_write(bytes);
    }
}

/// A stream with its answers.
pub(in crate::doors) struct Answers<IO> {
    io: IO,
    /// In place of a bare answer: what of it is still to be written.
    rest: Vec<u8>,
    /// Whether anything came since the last answer.
    heard: bool,
}

impl<IO> Answers<IO> {
    pub(in crate::doors) fn new(io: IO) -> Self {
        Self { io, rest: Vec::new(), heard: false }
    }
}

/// Tells a client whose head did not come in time; one that said nothing at all rests, and is let go without a word.
pub(in crate::doors) fn hurry<IO: Late>(stream: Answers<IO>) {
    if stream.heard {
        stream.io.tell(&whole(&too_slow("head")));
    }
}

/// A whole answer for who never gets as far as the router.
pub(in crate::doors) fn whole(fault: &Fault) -> Vec<u8> {
    let body = serde_json::to_string(fault).unwrap_or_default();
    let again = fault.retry_after_ms.map_or_else(String::new, |ms| format!("retry-after: {}\r\n", ms.div_ceil(1_000)));
    let (status, length) = (fault.status(), body.len());
    let reason = axum::http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("");
    format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\n{again}\
         connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The fault that a bare answer stands for; `None` for answers of ours, which name the protocol.
fn meant(answer: &[u8]) -> Option<Fault> {
    if !answer.starts_with(b"HTTP/1.1 4") || !answer.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = String::from_utf8_lossy(answer).to_ascii_lowercase();
    if head.contains(PROTOCOL_HEADER) {
        return None;
    }
    let (code, message, hint) = match head.get(9..12)? {
        "414" => ("path_too_long", "the path is too long", "what is long belongs into the body"),
        "431" => ("head_too_large", "the request's head is too large", "send fewer and shorter headers"),
        "400" => ("bad_head", "the request's head is no HTTP/1.1", "see docs/http.md for examples with curl"),
        _ => return None,
    };
    Some(Fault::new(FaultKind::Caller, code, message).hint(hint))
}

impl<IO: AsyncWrite + Unpin> Answers<IO> {
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            let n = ready!(Pin::new(&mut self.io).poll_write(cx, &self.rest))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.drain(..n);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Answers<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        self.heard |= buf.filled().len() > before;
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Answers<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(cx))?;
        self.heard = false;
        match meant(buf) {
            None => Pin::new(&mut self.io).poll_write(cx, buf),
            Some(fault) => {
                self.rest = whole(&fault);
                Poll::Ready(Ok(buf.len()))
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bufs {
            return self.poll_write(cx, only);
        }
        ready!(self.poll_rest(cx))?;
        self.heard = false;
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_rest(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_rest(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_answer_is_told_as_a_fault_and_ours_are_not_touched() {
        for (answer, code) in [
            ("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", Some("bad_head")),
            ("HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n", Some("head_too_large")),
            ("HTTP/1.1 414 URI Too Long\r\ncontent-length: 0\r\n\r\n", Some("path_too_long")),
            ("HTTP/1.1 404 Not Found\r\nQuipu-Protocol: 1\r\ncontent-length: 0\r\n\r\n", None),
            ("HTTP/1.1 400 Bad Request\r\nquipu-protocol: 1\r\ncontent-length: 2\r\n\r\n{}", None),
            ("HTTP/1.1 200 OK\r\n\r\n", None),
            ("", None),
        ] {
            let fault = meant(answer.as_bytes());
            assert_eq!(fault.as_ref().map(|fault| fault.code.as_str()), code, "{answer}");
            assert!(fault.is_none_or(|fault| meant(&whole(&fault)).is_none()), "what is told is ours");
        }
    }
}
