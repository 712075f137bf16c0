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
pub struct Denied(Vec<(Pattern, LastName)>);

/// How the last name of what a pattern matches begins and ends: nearly every path is told apart by that.
#[derive(Debug)]
struct LastName {
    begin: String,
    end: String,
}

impl Denied {
    /// Each compiled once; what is no pattern never became a value.
    pub fn new(patterns: &[String]) -> Self {
        let compiled = |text: &String| {
            let written = text.strip_suffix('/').unwrap_or(text);
            Some((Pattern::new(written).ok()?, LastName::of(written)))
        };
        Self(patterns.iter().filter_map(compiled).collect())
    }

    /// Whether one of them covers `path`.
    pub fn covers(&self, path: &Path) -> bool {
        path.ancestors().any(|above| {
            let name = above.to_str().map(|text| text.rsplit('/').next().unwrap_or(text));
            let may = |last: &LastName| name.is_some_and(|name| last.may_be(name));
            self.0.iter().any(|(pattern, last)| may(last) && pattern.matches_path_with(above, OPTIONS))
        })
    }
}

impl LastName {
    fn of(pattern: &str) -> Self {
        let name = pattern.rsplit('/').next().unwrap_or(pattern);
        let special = |c| matches!(c, '*' | '?' | '[' | ']');
        // Where a bracket ends that began before it, the name begins before it too: `a[x/y]b`.
        let is_cut = name.find(special).is_some_and(|at| name[at..].starts_with(']'));
        let begin = if is_cut { "" } else { name.split(special).next().unwrap_or("") };
        let end = name.rsplit(special).next().unwrap_or("");
        Self { begin: begin.to_owned(), end: end.to_owned() }
    }

    fn may_be(&self, name: &str) -> bool {
        // One byte tells most apart, without a call.
        let (name, begin, end) = (name.as_bytes(), self.begin.as_bytes(), self.end.as_bytes());
        let differs = |ours: Option<&u8>, its: Option<&u8>| ours.is_some() && ours != its;
        if differs(begin.first(), name.first()) || differs(end.last(), name.last()) {
            return false;
        }
        name.starts_with(begin) && name.ends_with(end)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_compiled_covers_what_its_patterns_do() {
        let patterns = [
            "/**/.env",
            "/**/.env.*",
            "/**/*.pem",
            "/**/id_[er]*",
            "/home/dev/[[]x]/**",
            "/srv/*/keys/",
            "/a?c",
            "/**",
            "/p/**/q",
            "/opt/[!a]b",
            "/x/y*z",
            "/q/a[x/y]b",
            "/q/]a",
        ];
        let paths = [
            "/home/dev/.env",
            "/home/dev/.env.local",
            "/home/dev/env",
            "/a/cert.pem",
            "/a/cert.pem/b",
            "/a/id_rsa.pub",
            "/a/id_x",
            "/home/dev/[x]/y/z",
            "/home/dev/[x]",
            "/srv/a/keys",
            "/srv/a/keys/b",
            "/srv/a/b/keys",
            "/abc",
            "/abbc",
            "/",
            "a/b",
            "",
            "/p/q",
            "/p/a/b/q/c",
            "/opt/bb",
            "/opt/ab",
            "/x/yz",
            "/x/y/z",
            "/x/yaz/",
            "/abc/",
            "/q/axb",
            "/q/ayb",
            "/q/]a",
        ];
        for pattern in patterns.map(str::to_owned) {
            for path in paths {
                let one = std::slice::from_ref(&pattern);
                let (list, single) = (Denied::new(one).covers(Path::new(path)), covering(one, &[Path::new(path)]));
                assert_eq!(list, single.is_some(), "{pattern} {path}");
            }
        }
    }
}
