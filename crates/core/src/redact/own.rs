//! Patterns that a person names in the settings: `ticket=ACME-[0-9]{4,}`.
//! Knows neither the built-in table nor where settings lie.
//! Invariant: whatever is written there, a pattern is bounded in size and never matches nothing.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// The longest pattern with its name, in bytes.
const LONGEST: usize = 1_024;
/// The longest name, as markers take it.
const LONGEST_NAME: usize = 40;
/// What a compiled pattern may take, and what its search may, in bytes.
const COMPILED: usize = 1 << 20;
/// Texts of which a pattern must not match the empty beginning, middle or end.
const PROBES: [&str; 6] = ["", "a", "0 a", "-", "é\n", "a_1.\"b\""];

/// A pattern with its name. Of one with a group only what the first group matches is replaced.
#[derive(Debug, Clone)]
pub struct OwnPattern {
    name: String,
    expression: Regex,
}

impl OwnPattern {
    /// Reads `name=expression`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown = || text.chars().take(60).flat_map(char::escape_debug).collect::<String>();
        if text.len() > LONGEST {
            return Err(format!("`{}…` has more than {LONGEST} bytes", shown()));
        }
        let (name, expression) =
            text.split_once('=').ok_or_else(|| format!("`{}` has no name: write `name=expression`", shown()))?;
        let is_name = |name: &str| {
            let part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(part)
        };
        if !is_name(name) {
            return Err(format!(
                "`{}` begins with no name: up to {LONGEST_NAME} small letters, digits and dashes, then `=`",
                shown()
            ));
        }
        let expression = RegexBuilder::new(expression)
            .size_limit(COMPILED)
            .dfa_size_limit(COMPILED)
            .build()
            .map_err(|error| format!("`{name}` cannot be used: {}", told(&error)))?;
        if PROBES.iter().any(|probe| expression.find_iter(probe).any(|found| found.is_empty())) {
            return Err(format!("`{name}` matches where nothing is: say what has to be there at least"));
        }
        Ok(Self { name: name.to_owned(), expression })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What it matches in `text`, without the walls in between.
    pub(super) fn find(&self, text: &str, walls: &[Range<usize>]) -> Vec<Range<usize>> {
        let found = self.expression.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(0)));
        found.flat_map(|found| between(found.range(), walls)).collect()
    }
}

/// The parts of `range` that touch no wall.
fn between(range: Range<usize>, walls: &[Range<usize>]) -> Vec<Range<usize>> {
    let (mut parts, mut from) = (Vec::new(), range.start);
    let first = walls.partition_point(|wall| wall.end <= range.start);
    for wall in walls[first..].iter().take_while(|wall| wall.start < range.end) {
        parts.push(from..wall.start.max(from));
        from = wall.end;
    }
    parts.push(from..range.end.max(from));
    parts.retain(|part| !part.is_empty());
    parts
}

/// The last line of what the parser says: the others draw an arrow under the expression.
fn told(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes"),
        other => {
            let text = other.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_or_refused_with_a_reason() {
        for text in ["ticket=ACME-[0-9]{4,}", "a=b", "x-1=(?i)secret (\\w+)", "eq=a=b", "line=(?m)^hush.*$"] {
            assert!(OwnPattern::parse(text).is_ok(), "{text}");
        }
        for (text, why) in [
            ("no name", "write `name=expression`"),
            ("=a", "begins with no name"),
            ("Name=a", "begins with no name"),
            ("n=", "matches where nothing is"),
            ("n=a*", "matches where nothing is"),
            (r"n=\b", "matches where nothing is"),
            ("n=^", "matches where nothing is"),
            ("n=(a", "unclosed group"),
            (r"n=(a)\1", "backreferences are not supported"),
            (r"n=\w{1000}{1000}", "it takes more than"),
        ] {
            let error = OwnPattern::parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(OwnPattern::parse(&format!("n={}", "a".repeat(LONGEST))).is_err());
    }
}
