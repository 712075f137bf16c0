//! Whether a path lies under one of a list of patterns.
//! It must not know what is denied there.
//! Invariant: a pattern covers what it matches and everything below that.

use std::path::Path;

use glob::{MatchOptions, Pattern};

/// `*` stays within a name, `**` crosses names; names that begin with a dot are names like others.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// The first of `patterns` that covers one of `paths`.
pub fn covering<'p>(patterns: &'p [String], paths: &[&Path]) -> Option<&'p str> {
    let covers = |pattern: &Pattern, path: &Path| path.ancestors().any(|a| pattern.matches_path_with(a, OPTIONS));
    patterns.iter().map(String::as_str).find(|text| {
        let written = text.strip_suffix('/').unwrap_or(text);
        // What is no pattern never became a value.
        Pattern::new(written).is_ok_and(|pattern| paths.iter().any(|path| covers(&pattern, path)))
    })
}

/// Patterns that are held against many paths.
#[derive(Debug, Default)]
pub struct Denied(Vec<Pattern>);

impl Denied {
    /// Each compiled once; what is no pattern never became a value.
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().filter_map(|text| Pattern::new(text.strip_suffix('/').unwrap_or(text)).ok()).collect())
    }

    /// Whether one of them covers `path`.
    pub fn covers(&self, path: &Path) -> bool {
        path.ancestors().any(|above| self.0.iter().any(|pattern| pattern.matches_path_with(above, OPTIONS)))
    }
}

/// `pattern` as a path from the root: `~/` is `home`, and what has no beginning lies in `base`. `**/x` lies anywhere.
pub(super) fn absolute(pattern: &str, home: Option<&Path>, base: Option<&Path>) -> Result<String, String> {
    if let Some(rest) = pattern.strip_prefix("~/").or((pattern == "~").then_some("")) {
        let home = home.ok_or("HOME is not set, so `~` is not known")?;
        return Ok(below(home, rest));
    }
    if pattern.starts_with('/') {
        return Ok(pattern.to_owned());
    }
    match base {
        Some(base) => Ok(below(base, pattern.strip_prefix("./").unwrap_or(pattern))),
        None if pattern.starts_with("**/") => Ok(format!("/{pattern}")),
        None => Err(format!("`{}` begins nowhere: begin it with `/`, `~/` or `**/`", pattern.escape_debug())),
    }
}

/// The names of a directory are no patterns, whatever letters they have.
fn below(dir: &Path, pattern: &str) -> String {
    let dir = Pattern::escape(&dir.to_string_lossy());
    match pattern {
        "" | "." => dir,
        pattern => format!("{}/{pattern}", dir.trim_end_matches('/')),
    }
}
