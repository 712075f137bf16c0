//! A pattern of paths: which files it covers, and whether two of them have a file in common.
//! It must not know the file system: a pattern is absolute, and links were followed before.
//! Invariant: two patterns overlap exactly where some path is covered by both. What covers a path covers all below it.

use std::fmt;

/// Longest pattern, in bytes.
pub const MAX_BYTES: usize = 1_024;
/// Most parts of one.
const MAX_PARTS: usize = 64;

/// `/p/src/**/*.rs`: `*` and `?` within a part, `**` for any parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    parts: Vec<String>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadGlob {
    /// It does not begin at the root.
    #[error("`{0}` is no absolute path")]
    Relative(String),
    /// It is too long.
    #[error("a pattern has at most {MAX_BYTES} bytes and {MAX_PARTS} parts")]
    TooLong,
}

/// Any parts.
const ANY: &str = "**";

impl Glob {
    /// Reads an absolute pattern; `.` and `..` in it are followed, a stroke at its end means nothing.
    ///
    /// # Errors
    /// A relative or too long one.
    pub fn parse(text: &str) -> Result<Self, BadGlob> {
        if !text.starts_with('/') {
            return Err(BadGlob::Relative(text.to_owned()));
        }
        let mut parts: Vec<String> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                // Two of them say no more than one.
                ANY if parts.last().is_some_and(|last| last == ANY) => {}
                part => parts.push(part.to_owned()),
            }
        }
        // What it covers it covers with all below.
        if parts.last().is_some_and(|last| last == ANY) {
            parts.pop();
        }
        if text.len() > MAX_BYTES || parts.len() > MAX_PARTS {
            return Err(BadGlob::TooLong);
        }
        Ok(Self { parts })
    }

    /// Whether `path`, absolute and without `..`, is covered.
    pub fn covers(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let own: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        // Down to the last part of the pattern; what is left of the path lies below.
        walk(&own, &path, false, |pattern, part| is_like(pattern.as_bytes(), part.as_bytes()))
    }

    /// Whether some path is covered by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let own: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let others: Vec<&str> = other.parts.iter().map(String::as_str).collect();
        walk(&own, &others, true, |a, b| have_one(a.as_bytes(), b.as_bytes()))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            return f.write_str("/");
        }
        self.parts.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

/// Goes down two lists of parts at once, by what fits so far; `both` says whether the second is a pattern too.
/// Where one of two patterns ends it covers what the other goes on to; a path has to reach the end of its pattern.
fn walk(a: &[&str], b: &[&str], both: bool, fits: impl Fn(&str, &str) -> bool) -> bool {
    let width = b.len() + 1;
    // Which places of `b` can be reached with the first parts of `a`.
    let mut reached = vec![false; width];
    reached[0] = true;
    for row in 0..=a.len() {
        // `**` of the second may take nothing of the first.
        for at in 0..b.len() {
            if reached[at] && both && b[at] == ANY {
                reached[at + 1] = true;
            }
        }
        if row == a.len() {
            return reached.contains(&true);
        }
        if both && reached[b.len()] {
            return true;
        }
        let mut next = vec![false; width];
        for at in 0..width {
            if !reached[at] {
                continue;
            }
            if a[row] == ANY {
                // Nothing, or any number of parts.
                next[at..].fill(true);
            } else if at < b.len() {
                if both && b[at] == ANY {
                    next[at] = true;
                } else if fits(a[row], b[at]) {
                    next[at + 1] = true;
                }
            }
        }
        reached = next;
    }
    false
}

/// Whether `text` is like `pattern`, one part each.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|from| is_like(rest, &text[from..])),
        (Some((b'?', rest)), Some((_, after))) => is_like(rest, after),
        (Some((a, rest)), Some((b, after))) => a == b && is_like(rest, after),
        _ => false,
    }
}

/// Whether some part is like both patterns.
fn have_one(a: &[u8], b: &[u8]) -> bool {
    let mut reached = vec![vec![false; b.len() + 1]; a.len() + 1];
    reached[0][0] = true;
    for at in 0..=a.len() {
        for to in 0..=b.len() {
            if !reached[at][to] {
                continue;
            }
            let (x, y) = (a.get(at).copied(), b.get(to).copied());
            // A star may take nothing, or one more character of what the other one is like.
            if x == Some(b'*') {
                reached[at + 1][to] = true;
            }
            if y == Some(b'*') {
                reached[at][to + 1] = true;
            }
            match (x, y) {
                (Some(b'*'), Some(y)) if y != b'*' => reached[at][to + 1] = true,
                (Some(x), Some(b'*')) if x != b'*' => reached[at + 1][to] = true,
                (Some(x), Some(y)) if x == y || x == b'?' || y == b'?' => reached[at + 1][to + 1] = true,
                _ => {}
            }
        }
    }
    reached[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text).expect("a pattern")
    }

    #[test]
    fn patterns_cover_what_they_are_like_and_all_below() {
        for (pattern, path, expect) in [
            ("/p/src", "/p/src", true),
            ("/p/src/", "/p/src/a/b.rs", true),
            ("/p/src", "/p/src2", false),
            ("/p/src", "/p", false),
            ("/p/*.rs", "/p/a.rs", true),
            ("/p/*.rs", "/p/a/b.rs", false),
            ("/p/**/*.rs", "/p/a/b/c.rs", true),
            ("/p/**/*.rs", "/p/c.rs", true),
            ("/p/**/*.rs", "/p/c.py", false),
            ("/p/**", "/p", true),
            ("/p/?.rs", "/p/a.rs", true),
            ("/p/?.rs", "/p/ab.rs", false),
            ("/p/a/../b", "/p/b/c", true),
            ("/", "/anything", true),
            ("/p/**/x/**/y", "/p/x/1/2/y", true),
        ] {
            assert_eq!(glob(pattern).covers(path), expect, "{pattern} {path}");
        }
        assert_eq!(Glob::parse("src"), Err(BadGlob::Relative("src".into())));
        assert_eq!(Glob::parse(&"/a".repeat(MAX_PARTS + 1)), Err(BadGlob::TooLong));
        assert_eq!(glob("//p/./a/**/").to_string(), "/p/a");
        assert_eq!(glob("/**").to_string(), "/");
    }

    /// All texts of the given parts, up to `most` of them, each after a stroke.
    fn all(parts: &[&str], most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..most {
            last = last.iter().flat_map(|head| parts.iter().map(move |part| format!("{head}/{part}"))).collect();
            all.extend(last.iter().cloned());
        }
        all.into_iter().map(|text| if text.is_empty() { "/".to_owned() } else { text }).collect()
    }

    /// Every small pattern against every other, by looking at every path that could be covered by both: nothing but the
    /// definition. No two of these patterns need more parts than both have, nor a part that is none of these.
    #[test]
    fn patterns_overlap_exactly_where_a_path_is_covered_by_both() {
        let paths = all(&["a", "b", "ab", "bb"], 6);
        let patterns = all(&["a", "*", "**", "a*", "?b", "*b"], 3);
        let covered = |pattern: &String| {
            let mut bits = vec![0u64; paths.len() / 64 + 1];
            let pattern = glob(pattern);
            let of = paths.iter().enumerate().filter(|(_, path)| pattern.covers(path));
            of.for_each(|(n, _)| bits[n / 64] |= 1 << (n % 64));
            bits
        };
        let covered: Vec<Vec<u64>> = patterns.iter().map(covered).collect();
        for (n, one) in patterns.iter().enumerate() {
            for (m, other) in patterns.iter().enumerate() {
                let expect = covered[n].iter().zip(&covered[m]).any(|(x, y)| x & y != 0);
                assert_eq!(glob(one).overlaps(&glob(other)), expect, "{one} and {other}");
            }
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let stars = format!("/{}", "*a".repeat(400));
        assert!(!glob(&stars).overlaps(&glob(&format!("/{}", "b".repeat(900)))));
        assert!(glob(&format!("/{}", "**/a/".repeat(30))).covers(&format!("/{}", "a/".repeat(400))));
    }
}
