//! Where the API is answered over loopback, and the token that opens it: two files of the data directory.
//! It must not know sockets, nor how a request is guarded.
//! Invariant: both files are for this user alone from their first byte, and never half-written under their name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 32;
/// More is no token and no card.
const MOST: u64 = 4 << 10;

/// What `http.json` says: how a client reaches the API without the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCard {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The port, on 127.0.0.1 and, where the machine has it, on `::1`.
    pub port: u16,
    /// Goes into every request: `Authorization: Bearer TOKEN`.
    pub token: String,
    /// The process that listens; a card of another than the owner's is left over.
    pub pid: u32,
    /// Which owner of the data directory it is.
    pub epoch: u64,
}

/// Reads the card, if there is a whole one.
pub fn read_card(path: &Path) -> Option<HttpCard> {
    serde_json::from_str(&text(path).ok()?).ok()
}

/// Puts a card in its place.
///
/// # Errors
/// The I/O error that stopped it; then the place is as it was.
pub fn write_card(path: &Path, card: &HttpCard) -> io::Result<()> {
    write_private(path, &serde_json::to_string(card).map_err(io::Error::other)?)
}

/// The token that is kept at `path`; made where there is none yet.
///
/// # Errors
/// What keeps it from being read or made; a file that holds no token is an error too, for its clients would be shut out
/// without a word.
pub fn token(path: &Path) -> io::Result<String> {
    match text(path) {
        Ok(text) => {
            let token = text.trim();
            let is_token = token.len() == TOKEN_BYTES * 2 && token.bytes().all(|b| b.is_ascii_hexdigit());
            if is_token { Ok(token.to_owned()) } else { Err(io::Error::other("it holds no token")) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_token(path),
        Err(error) => Err(error),
    }
}

/// Makes a new token and puts it in the place of the old one, which opens nothing any more.
///
/// # Errors
/// The I/O error that stopped it; then the old one stands.
pub fn new_token(path: &Path) -> io::Result<String> {
    let mut chance = [0u8; TOKEN_BYTES];
    // The kernel's own source, the same on every Unix.
    File::open("/dev/urandom")?.read_exact(&mut chance)?;
    let token: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    write_private(path, &format!("{token}\n"))?;
    Ok(token)
}

fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    // One that was left by a process of the same number that died is anybody's guess.
    let _ = fs::remove_file(&unfinished);
    let done = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    })();
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_made_once_kept_and_replaced_on_request() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("http-token");
        let first = token(&path).expect("made");
        assert_eq!((first.len(), token(&path).expect("kept")), (64, first.clone()));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let second = new_token(&path).expect("made");
        assert!(second != first && token(&path).expect("kept") == second);
        for spoilt in ["", "short", &"x".repeat(64)] {
            fs::write(&path, spoilt).expect("written");
            assert!(token(&path).is_err(), "{spoilt:?}");
        }
    }

    #[test]
    fn a_card_is_read_as_it_was_written_and_nonsense_is_none() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("http.json");
        let url = "http://127.0.0.1:7".to_owned();
        let card = HttpCard { url, port: 7, token: "t".into(), pid: 1, epoch: 2 };
        assert_eq!(read_card(&path), None);
        write_card(&path, &card).expect("written");
        assert_eq!(read_card(&path), Some(card));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::write(&path, "{").expect("written");
        assert_eq!(read_card(&path), None);
    }
}
