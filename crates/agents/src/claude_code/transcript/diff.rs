//! What an edit changed, as the lines of a diff.
//! It must not know records or calls.
//! Invariant: redacted before a sign is put before a line, for a sign in its middle would hide a secret.

use std::borrow::Cow;

use crate::Privacy;

use super::record::Hunk;

/// The hunks that the host worked out.
pub(super) fn of_hunks(hunks: &[Hunk], privacy: &Privacy) -> String {
    let mut out = String::new();
    for hunk in hunks {
        out.push_str(&format!("@@ -{} +{} @@\n", hunk.old_start, hunk.new_start));
        let side = |gone: char| {
            let lines = hunk.lines.iter().filter(|line| !line.starts_with(gone));
            lines.map(|line| line.get(1..).unwrap_or("")).collect::<Vec<_>>().join("\n")
        };
        let (old, new) = (side('+'), side('-'));
        match (privacy.redact(&old), privacy.redact(&new)) {
            (Cow::Borrowed(_), Cow::Borrowed(_)) => {
                hunk.lines.iter().for_each(|line| push(&mut out, "", line));
            }
            // Whatever a secret spans, it is whole on one of the two sides.
            (old, new) => signed(&mut out, &old, &new),
        }
    }
    out
}

/// One text in place of another, without the lines that both begin and end with.
pub(super) fn of_texts(old: &str, new: &str, privacy: &Privacy) -> String {
    let (old, new) = (privacy.redact(old), privacy.redact(new));
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut before.iter().zip(&after));
    let tail = same(&mut before[head..].iter().rev().zip(after[head..].iter().rev()));
    let mut out = String::new();
    before[head..before.len() - tail].iter().for_each(|line| push(&mut out, "-", line));
    after[head..after.len() - tail].iter().for_each(|line| push(&mut out, "+", line));
    out
}

fn signed(out: &mut String, old: &str, new: &str) {
    old.lines().for_each(|line| push(out, "-", line));
    new.lines().for_each(|line| push(out, "+", line));
}

fn push(out: &mut String, sign: &str, line: &str) {
    out.push_str(sign);
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(lines: &[&str]) -> Hunk {
        Hunk { old_start: 3, new_start: 4, lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn hunks_keep_their_lines() {
        let hunks = [hunk(&[" fn a() {", "-    1", "+    2", " }"])];
        let privacy = Privacy::default();
        assert_eq!(of_hunks(&hunks, &privacy), "@@ -3 +4 @@\n fn a() {\n-    1\n+    2\n }\n");
        assert_eq!(of_hunks(&[], &privacy), "");
    }

    #[test]
    fn texts_lose_what_they_share() {
        for (old, new, diff) in [
            ("a\nb\nc", "a\nB\nc", "-b\n+B\n"),
            ("", "a\nb", "+a\n+b\n"),
            ("a\nb", "", "-a\n-b\n"),
            ("a", "a", ""),
            ("a\na", "a\na\na", "+a\n"),
        ] {
            assert_eq!(of_texts(old, new, &Privacy::default()), diff, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_secret_over_several_lines_is_found_whatever_their_signs() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75ajZbGQqZqvHzhf\nq8uXtG0cWk3o\n-----END RSA PRIVATE KEY-----";
        let lines: Vec<&str> = key.lines().collect();
        let added: Vec<String> = lines.iter().map(|line| format!("+{line}")).collect();
        let added: Vec<&str> = added.iter().map(String::as_str).collect();
        let mixed = [
            &format!(" {}", lines[0]),
            "-MIIEold",
            &format!("+{}", lines[1]),
            &format!(" {}", lines[2]),
            &format!(" {}", lines[3]),
        ];
        let privacy = Privacy::default();
        let hunks = [of_hunks(&[hunk(&added)], &privacy), of_hunks(&[hunk(&mixed)], &privacy)];
        for diff in hunks.into_iter().chain([of_texts("", key, &privacy)]) {
            assert!(!diff.contains("MIIEpAIB") && diff.contains("[redacted:"), "{diff}");
        }
    }
}
