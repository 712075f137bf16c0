//! The few flags of chores: `--name N`, `--name TEXT`, `--name` and plain words.
//!
//! It must not know any of them. Invariant: what nobody took is an error, so that a typo is not a default.

use crate::shell::Outcome;

/// Arguments that were not taken yet.
pub(crate) struct Flags(Vec<String>);

impl Flags {
    pub(crate) fn new(args: &[String]) -> Self {
        Self(args.to_vec())
    }

    /// The number after `name`, or `default`.
    pub(crate) fn number(&mut self, name: &str, default: usize) -> Result<usize, String> {
        let Some(at) = self.0.iter().position(|arg| arg == name) else { return Ok(default) };
        self.0.remove(at);
        let value = if at < self.0.len() { self.0.remove(at) } else { String::new() };
        value.parse().map_err(|_| format!("{name} wants a number, not `{value}`"))
    }

    /// The text after `name`.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(at) = self.0.iter().position(|arg| arg == name) else { return Ok(None) };
        self.0.remove(at);
        if at < self.0.len() { Ok(Some(self.0.remove(at))) } else { Err(format!("{name} wants a value")) }
    }

    /// What begins with no dash.
    pub(crate) fn words(&mut self) -> Vec<String> {
        let (words, rest) = std::mem::take(&mut self.0).into_iter().partition(|arg| !arg.starts_with('-'));
        self.0 = rest;
        words
    }

    /// Whether `name` stands there.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|arg| arg != name);
        self.0.len() < before
    }

    /// Everything has to be taken by now.
    pub(crate) fn finish(self) -> Outcome {
        if self.0.is_empty() { Ok(()) } else { Err(format!("not understood: {}", self.0.join(" "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_switches_and_leftovers() {
        let given: Vec<String> = ["--runs", "12", "--strict"].map(str::to_owned).to_vec();
        let mut flags = Flags::new(&given);
        assert_eq!((flags.number("--runs", 3), flags.number("--chunks", 7)), (Ok(12), Ok(7)));
        let more: Vec<String> = ["--replay", "file", "http"].map(str::to_owned).to_vec();
        let mut other = Flags::new(&more);
        assert_eq!((other.text("--replay"), other.text("--seed")), (Ok(Some("file".to_owned())), Ok(None)));
        assert_eq!((other.words(), other.finish()), (vec!["http".to_owned()], Ok(())));
        assert!(flags.switch("--strict") && !flags.switch("--strict"));
        assert_eq!(flags.finish(), Ok(()));
        assert!(Flags::new(&given).finish().is_err());
        assert!(Flags::new(&given[..1]).number("--runs", 3).is_err());
    }
}
