//! Every class from texts as tools print them; the tables are by class, one file each.

mod certain;
mod files;
mod logs;
mod others;

use super::*;

/// A tool's name, its command or file (a command if the tool is `Bash`), its output, and the class of it.
type Case = (&'static str, &'static str, &'static str, Class);

#[track_caller]
fn check((name, of, text, expect): Case) {
    let given = Some(of).filter(|of| !of.is_empty());
    let (command, path) = if name == "Bash" { (given, None) } else { (None, given) };
    assert_eq!(classify(text, Source::Tool { name, command, path }), expect, "{name} {of}\n{text}");
}

#[test]
fn who_speaks_decides() {
    for text in ["", "fn main() {}", "error: no", "{\"a\": 1}", "diff --git a/a b/a", "ok"] {
        assert_eq!(classify(text, Source::User), Class::UserMessage);
        assert_eq!(classify(text, Source::Assistant), Class::AssistantText);
        assert_eq!(classify(text, Source::Thinking), Class::Thinking);
    }
}

#[test]
fn any_text_has_a_class() {
    let mut odd: Vec<String> =
        ["\u{feff}", "\r", "\x1b", "\x1b[", "\0", "a\0b", "水", "🙂\u{200d}🙂", "@@", "#", ":", "=", "→", "1→"]
            .map(str::to_owned)
            .into();
    odd.extend(odd.clone().iter().map(|text| text.repeat(40_000)));
    odd.extend(odd.clone().iter().map(|text| format!("{text}\n").repeat(50)));
    for text in &odd {
        for (name, command, path) in
            [("Bash", Some("cargo test"), None), ("Read", None, Some("a.rs")), ("", None, None)]
        {
            classify(text, Source::Tool { name, command, path });
        }
    }
}

#[test]
fn sixteen_megabytes_are_told_by_their_ends() {
    let log = format!("   Compiling a v0.1.0\n{}error: could not compile `a`\n", "note: x\n".repeat(2 << 20));
    check(("Bash", "./run.sh", Box::leak(log.into_boxed_str()), Class::BuildLog));
}

#[test]
fn sorted_tables_are_sorted() {
    assert!(hint::are_sorted());
}
