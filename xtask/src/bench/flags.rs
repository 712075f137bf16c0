//! The few flags of benchmarks: `--name N` and `--name`.
//!
//! It must not know any of them. Invariant: what nobody took is an error, so that a typo is not a default.

use crate::shell::Outcome;

/// Arguments that were not taken yet.
pub(super) struct Flags(Vec<String>);

impl Flags {
    pub(super) fn new(args: &[String]) -> Self {
        Self(args.to_vec())
    }

    /// The number after `name`, or `default`.
    pub(super) fn number(&mut self, name: &str, default: usize) -> Result<usize, String> {
        let Some(at) = self.0.iter().position(|arg| arg == name) else { return Ok(default) };
        self.0.remove(at);
        let value = if at < self.0.len() { self.0.remove(at) } else { String::new() };
        value.parse().map_err(|_| format!("{name} wants a number, not `{value}`"))
    }

    /// Whether `name` stands there.
    pub(super) fn switch(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|arg| arg != name);
        self.0.len() < before
    }

    /// Everything has to be taken by now.
    pub(super) fn finish(self) -> Outcome {
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
        assert!(flags.switch("--strict") && !flags.switch("--strict"));
        assert_eq!(flags.finish(), Ok(()));
        assert!(Flags::new(&given).finish().is_err());
        assert!(Flags::new(&given[..1]).number("--runs", 3).is_err());
    }
}
