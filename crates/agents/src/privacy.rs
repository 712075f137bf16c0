//! What of a session may be kept: its texts by the rules of its place, and nothing that stands in a denied file.
//! It must not know settings, nor any agent's format.
//! Invariant: of a denied file nothing is kept but that it was touched, whichever tool showed it.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use quipu_core::redact::Redactor;

/// So many words of a command are looked at, and so many places that an output names.
const WORDS: usize = 64;
const PLACES: usize = 200;
/// What separates the words of a command.
const BETWEEN: &[char] = &['|', ';', '&', '<', '>', '(', ')', '\'', '"', '`', '=', ',', '{', '}'];

/// The rules of one place.
pub struct Privacy {
    redactor: Arc<Redactor>,
    denies: Box<dyn Fn(&Path) -> bool + Send + Sync>,
}

/// The rules of every place: what sessions in a directory go by.
pub struct Rules(Box<OfPlace>);

/// What gives the rules of a directory.
type OfPlace = dyn Fn(&Path) -> Arc<Privacy> + Send + Sync;

impl Privacy {
    /// Texts go through `redactor`; of files that `denies` names nothing is kept.
    pub fn new(redactor: Arc<Redactor>, denies: impl Fn(&Path) -> bool + Send + Sync + 'static) -> Self {
        Self { redactor, denies: Box::new(denies) }
    }

    /// What texts go through.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The text as it may be kept.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.redact(text).0
    }

    /// Whether nothing of this file is kept; `path` may count from `cwd`.
    pub fn denies(&self, path: &str, cwd: Option<&str>) -> bool {
        (self.denies)(&Path::new(cwd.unwrap_or("/")).join(path))
    }

    /// The denied file that a command names, if it does.
    pub fn denied_in_command<'c>(&self, command: &'c str, cwd: Option<&str>) -> Option<&'c str> {
        let words = command.split(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
        let files = words.filter(|word| word.contains(['.', '/', '_']) && !word.starts_with('-'));
        files.take(WORDS).find(|file| self.denies(file, cwd))
    }

    /// Whether an output shows what stands in a denied file: a diff of it, or lines under or behind its name.
    pub fn is_denied_in_output(&self, said: &str, cwd: Option<&str>) -> bool {
        let mut last = "";
        let named = said.lines().filter_map(place).filter(|place| std::mem::replace(&mut last, place) != *place);
        named.take(PLACES).any(|place| self.denies(place, cwd))
    }
}

/// The file that a line says it belongs to: `+++ b/FILE`, `==> FILE <==`, `FILE:12:…`.
fn place(line: &str) -> Option<&str> {
    let marked = ["+++ b/", "--- a/", "+++ ", "--- ", "==> "].iter().find_map(|mark| line.strip_prefix(mark));
    let file = match marked {
        Some(file) => file.split([' ', '\t']).next(),
        None => line.split_once(':').map(|(file, _)| file).filter(|file| !file.contains(char::is_whitespace)),
    };
    file.filter(|file| file.len() < 400 && file.contains(['.', '/', '_']))
}

impl Default for Privacy {
    fn default() -> Self {
        Self::new(Redactor::built_in(), |_| false)
    }
}

impl fmt::Debug for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Privacy").finish_non_exhaustive()
    }
}

impl Rules {
    /// Each directory's rules as `of` says.
    pub fn new(of: impl Fn(&Path) -> Arc<Privacy> + Send + Sync + 'static) -> Self {
        Self(Box::new(of))
    }

    /// The rules of sessions in `cwd`.
    pub fn of(&self, cwd: &str) -> Arc<Privacy> {
        (self.0)(Path::new(cwd))
    }
}

impl Default for Rules {
    fn default() -> Self {
        let everywhere = Arc::<Privacy>::default();
        Self::new(move |_| everywhere.clone())
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privacy() -> Privacy {
        Privacy::new(Redactor::built_in(), |path| {
            path.ends_with(".env") || path.extension().is_some_and(|x| x == "pem") || path.starts_with("/p/secrets")
        })
    }

    #[test]
    fn commands_name_files() {
        for (command, file) in [
            ("cat .env", Some(".env")),
            ("cd a && echo K=1 >> .env", Some(".env")),
            ("openssl x509 -in \"certs/a.pem\"", Some("certs/a.pem")),
            ("ls ./secrets/x", Some("./secrets/x")),
            ("cat src/env.rs && cargo test -p quipu", None),
            ("", None),
        ] {
            assert_eq!(privacy().denied_in_command(command, Some("/p")), file, "{command}");
        }
    }

    #[test]
    fn outputs_name_files() {
        for (said, denied) in [
            ("diff --git a/.env b/.env\n--- a/.env\n+++ b/.env\n+K=1", true),
            ("==> .env <==\nK=1", true),
            ("src/a.rs:1:x\n.env:3:K=1", true),
            ("error: no such file\n--- a/src/a.rs\n+++ b/src/a.rs", false),
            ("warning: 12:30 is late", false),
        ] {
            assert_eq!(privacy().is_denied_in_output(said, Some("/p")), denied, "{said}");
        }
    }
}
