//! Requests over loopback, byte by byte where that matters: a client that may do everything wrong.
//! It must not know what is asserted.
//! Invariant: nothing here waits longer than `HANG`.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use quipu_protocol::http::{HttpCard, read_card};
use serde_json::Value;

use crate::support::{HANG, Home, until};

/// A home's loopback port, with its token.
pub(crate) struct Tcp {
    pub(crate) card: HttpCard,
}

/// One request, before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: String::new() }
    }
    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }
    pub(crate) fn post(path: &str, body: &str) -> Self {
        Self { body: body.to_owned(), ..Self::new("POST", path) }.header("content-type", "application/json")
    }
    /// The same with one header; said again it is replaced, with an empty value it is left out.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }
}

impl Reply {
    /// Takes the bytes of one answer apart; a connection that said nothing has status 0.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl Tcp {
    /// Waits until `home` listens.
    #[track_caller]
    pub(crate) fn of(home: &Home) -> Self {
        let owner = home.up().pid;
        let card = home.data().join("http.json");
        Self { card: until("HTTP is served", || read_card(&card).filter(|card| card.pid == owner)) }
    }
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.card.port)).unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        stream.set_write_timeout(Some(HANG)).unwrap();
        stream
    }
    /// The head of `asked` as it is sent: with host and token unless it says otherwise.
    pub(crate) fn head(&self, asked: &Asked) -> String {
        let mut all = vec![
            ("host".to_owned(), format!("127.0.0.1:{}", self.card.port)),
            ("authorization".to_owned(), format!("Bearer {}", self.card.token)),
            ("connection".to_owned(), "close".to_owned()),
        ];
        if !asked.body.is_empty() {
            all.push(("content-length".to_owned(), asked.body.len().to_string()));
        }
        all.retain(|(name, _)| asked.headers.iter().all(|(other, _)| other != name));
        all.extend(asked.headers.iter().filter(|(_, value)| !value.is_empty()).cloned());
        let lines: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{} {} HTTP/1.1\r\n{lines}\r\n", asked.method, asked.path)
    }
    /// Bytes, and what comes back until the daemon closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect();
        // The daemon may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Reply::of(&answer)
    }
    pub(crate) fn asks(&self, asked: &Asked) -> Reply {
        self.raw(format!("{}{}", self.head(asked), asked.body).as_bytes())
    }
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.asks(&Asked::get(path))
    }
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.asks(&Asked::post(path, &body.to_string()))
    }
}
