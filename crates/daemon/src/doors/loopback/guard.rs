//! Who may come in over loopback: any program of any user reaches a port, and so does every web page in a browser.
//! It must not know sockets, routes or where the token is kept.
//! Invariant: a request is judged by its head alone, its `Host` before anything else; what is refused reached nothing.

use std::sync::{PoisonError, RwLock};

use axum::http::{HeaderMap, HeaderName, header, request};
use quipu_protocol::fault::{Fault, FaultKind};
use sha2::{Digest, Sha256};

/// Longest path with its query, in bytes.
const MAX_TARGET: usize = 2_048;
/// What a browser says of where a request comes from (Fetch Metadata).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request is held against.
pub(in crate::doors) struct Guard {
    /// As a client of ours names it: `127.0.0.1:PORT` and its like.
    hosts: [String; 3],
    /// SHA-256 of the token.
    token: RwLock<[u8; 32]>,
}

impl Guard {
    /// The guard of `port`.
    pub(in crate::doors) fn new(port: u16, token: &str) -> Self {
        let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"));
        Self { hosts, token: RwLock::new(digest(token.as_bytes())) }
    }

    /// From now on another token opens, and only that.
    pub(in crate::doors) fn rotate(&self, token: &str) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = digest(token.as_bytes());
    }

    /// Judges the head of a request.
    pub(in crate::doors) fn admit(&self, head: &request::Parts) -> Result<(), Fault> {
        self.host(head)?;
        self.origin(&head.headers)?;
        target(head)?;
        self.token(&head.headers)?;
        body(head)
    }

    /// A page whose own name leads to 127.0.0.1 still sends that name.
    fn host(&self, head: &request::Parts) -> Result<(), Fault> {
        let named = one(&head.headers, &header::HOST);
        if head.uri.authority().is_none() && named.is_some_and(|host| self.hosts.iter().any(|own| own == host)) {
            return Ok(());
        }
        Err(Fault::new(FaultKind::Caller, "wrong_host", "the request is for another host")
            .hint(format!("ask for http://{}", self.hosts[0])))
    }

    /// A browser says which page asks, and how far that is from here.
    fn origin(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let own = |origin: &str| {
            origin.strip_prefix("http://").is_some_and(|origin| self.hosts.iter().any(|host| host == origin))
        };
        if headers.contains_key(header::ORIGIN) && !one(headers, &header::ORIGIN).is_some_and(own) {
            return Err(Fault::new(FaultKind::Caller, "wrong_origin", "the request comes from another site")
                .hint("only pages that quipu serves itself may ask; other programs send no `Origin`"));
        }
        let is_near = |site: &str| matches!(site, "none" | "same-origin");
        if headers.contains_key(FETCH_SITE) && !one(headers, &FETCH_SITE).is_some_and(is_near) {
            return Err(Fault::new(FaultKind::Caller, "cross_site", "the request comes from another site")
                .hint("only pages that quipu serves itself may ask"));
        }
        Ok(())
    }

    fn token(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let hint = "send `Authorization: Bearer TOKEN`; `quipu http token` prints it";
        let scheme =
            |text: &'_ str| text.split_once(' ').filter(|(name, _)| name.eq_ignore_ascii_case("bearer")).is_some();
        let Some(given) = one(headers, &header::AUTHORIZATION).filter(|text| scheme(text)) else {
            return Err(Fault::new(FaultKind::Caller, "no_token", "the request has no token").hint(hint));
        };
        let given = digest(given[7..].trim().as_bytes());
        let token = *self.token.read().unwrap_or_else(PoisonError::into_inner);
        // In constant time; and of digests, so that not even the place of a difference would say anything.
        let differing = given.iter().zip(token).fold(0u8, |all, (a, b)| all | (a ^ b));
        if std::hint::black_box(differing) == 0 {
            return Ok(());
        }
        Err(Fault::new(FaultKind::Caller, "wrong_token", "the token is not this daemon's").hint(hint))
    }
}

/// The path as it stands has to be the path that is meant: whatever could be read in two ways is refused.
fn target(head: &request::Parts) -> Result<(), Fault> {
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or(""));
    if path.len() + query.len() > MAX_TARGET {
        return Err(Fault::new(FaultKind::Caller, "path_too_long", "the path is too long")
            .hint("what is long belongs into the body"));
    }
    let is_plain = |part: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b':');
        !matches!(part, "" | "." | "..") && part.bytes().all(fits)
    };
    let parts = path.strip_prefix('/').unwrap_or("");
    if !(path == "/" || parts.split('/').all(is_plain)) {
        return Err(Fault::new(FaultKind::Caller, "bad_path", "the path has parts that no path here has")
            .hint("paths have no escapes, empty parts or dots; GET /v1/operations lists them"));
    }
    let is_secret = |pair: &str| matches!(pair.split('=').next(), Some("token" | "access_token" | "auth"));
    if query.split('&').any(is_secret) {
        return Err(Fault::new(FaultKind::Caller, "token_in_url", "a token in a URL ends up in histories and logs")
            .hint("send it as `Authorization: Bearer TOKEN`; `quipu http rotate` makes a new one"));
    }
    Ok(())
}

/// A form or a script of another site can send everything but this without being asked first. Without a body there is nothing
/// to declare.
fn body(head: &request::Parts) -> Result<(), Fault> {
    let has_body = head.headers.contains_key(header::TRANSFER_ENCODING)
        || one(&head.headers, &header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let kind = one(&head.headers, &header::CONTENT_TYPE).unwrap_or("");
    let is_json = kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json");
    if has_body && !is_json {
        return Err(Fault::new(FaultKind::Caller, "not_json", "the body is not declared as JSON")
            .hint("send `Content-Type: application/json`"));
    }
    Ok(())
}

/// The value of a header that stands there once; said twice, nobody knows which one another program would go by.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok() }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests;
