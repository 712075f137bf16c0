//! Whom a message is for, as it is written: a session, a role, a project, all of them, or the user.
//! It must not know which sessions or roles there are.
//! Invariant: `Address::parse(a.to_string()) == Ok(a)` for every address.

use std::fmt;

use crate::memory::SessionRef;

/// So many characters of a session's id are shown, and taken for it where they are enough.
pub const SHORT: usize = 8;
/// The fewest that are taken.
pub const SHORTEST: usize = 4;
/// The longest address that is read, in bytes.
const MOST: usize = 400;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A session by its id or how that begins, of this agent or of any; where none is called so, the role of that name.
    Named {
        /// `claude-code`, …
        agent: Option<String>,
        /// The id, or how it begins.
        id: String,
    },
    /// Whoever has this role in the project.
    Role(String),
    /// Everybody who is in a project now: the sender's own, or the one of this name or path.
    Project(Option<String>),
    /// Everybody who is here now, in whatever project.
    All,
    /// The person at the machine.
    User,
}

/// The forms of an address, for those who wrote none.
pub const FORMS: &str = "a session (`claude-code/1f2e3d4c`, or how its id begins), `role:NAME`, `project`, `project:NAME`, `all`, or `user`";

/// A text that is no address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no address")]
pub struct BadAddress(pub String);

impl Address {
    /// Reads what was written.
    ///
    /// # Errors
    /// Nothing, blanks within, and what begins like one form and has nothing behind it.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim().trim_start_matches('@');
        let bad = || BadAddress(text.chars().take(80).collect());
        if text.is_empty() || text.len() > MOST || text.chars().any(char::is_control) {
            return Err(bad());
        }
        match text.to_ascii_lowercase().as_str() {
            "all" | "everyone" | "*" => return Ok(Self::All),
            "project" => return Ok(Self::Project(None)),
            "user" | "human" => return Ok(Self::User),
            _ => {}
        }
        let named = |rest: &str| Some(rest.trim().to_owned()).filter(|name| !name.is_empty()).ok_or_else(bad);
        if let Some(name) = text.strip_prefix("role:") {
            let name = named(name)?;
            return if name.contains(char::is_whitespace) { Err(bad()) } else { Ok(Self::Role(name)) };
        }
        if let Some(name) = text.strip_prefix("project:") {
            return named(name).map(|name| Self::Project(Some(name)));
        }
        let text = text.strip_prefix("session:").unwrap_or(text);
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(bad());
        }
        match text.split_once('/') {
            Some((agent, id)) if !agent.is_empty() && !id.is_empty() => {
                Ok(Self::Named { agent: Some(agent.to_owned()), id: id.to_owned() })
            }
            Some(_) => Err(bad()),
            None => Ok(Self::Named { agent: None, id: text.to_owned() }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { agent: Some(agent), id } => write!(f, "{agent}/{id}"),
            Self::Named { agent: None, id } => f.write_str(id),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Project(None) => f.write_str("project"),
            Self::Project(Some(name)) => write!(f, "project:{name}"),
            Self::All => f.write_str("all"),
            Self::User => f.write_str("user"),
        }
    }
}

/// A session as it is shown: its agent and how its id begins.
pub fn short(session: &SessionRef) -> String {
    let id: String = session.id.chars().take(SHORT).collect();
    format!("{}/{id}", session.agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let read = Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.to_string(), expect, "{text}");
        assert_eq!(Address::parse(expect), Ok(read), "{expect}");
    }

    #[test]
    fn what_is_written_goes_there_and_back() {
        for (text, expect) in [
            ("claude-code/1f2e3d4c", "claude-code/1f2e3d4c"),
            (" 1f2e3d4c ", "1f2e3d4c"),
            ("session:1f2e", "1f2e"),
            ("prime", "prime"),
            ("@prime", "prime"),
            ("role:prime", "role:prime"),
            ("project", "project"),
            ("Project", "project"),
            ("project:/srv/tide pool", "project:/srv/tide pool"),
            ("everyone", "all"),
            ("*", "all"),
            ("human", "user"),
        ] {
            check(text, expect);
        }
        assert_eq!(Address::parse("prime"), Ok(Address::Named { agent: None, id: "prime".into() }));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = "x".repeat(500);
        for text in ["", "  ", "role:", "project: ", "two words", "a/", "/b", "a\nb", "role:a b", "@", &long] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sessions_are_shown_short() {
        let session = SessionRef { agent: "codex".into(), id: "1f2e3d4c-0000-4000-8000-000000000001".into() };
        assert_eq!(short(&session), "codex/1f2e3d4c");
    }
}
