//! The lines of stack traces: Python, Java, JavaScript, Rust, Go, C#, Ruby, PHP, gdb.
//! It must not know what a trace is told for.
//! Invariant: a line is judged by itself; what needs its neighbours is decided where they are known.

use memchr::memmem;

use crate::plain::{line_number, shown_lines, without_ansi};

/// What a line is in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A trace, or another cause within one, begins here.
    Cause,
    /// The name of an exception, with or without its message.
    Exception,
    /// A place in the program.
    Frame,
    /// Something said between frames.
    Between,
}

/// Beginnings of lines (after blanks) at which a trace or a cause begins.
const CAUSES: [&str; 14] = [
    "Traceback (most recent call last)",
    "During handling of the above exception",
    "The above exception was the direct cause",
    "Caused by:",
    "Suppressed:",
    "Exception in thread ",
    "Unhandled exception",
    "Unhandled rejection",
    "UnhandledPromiseRejection",
    "Uncaught ",
    "[cause]:",
    "stack backtrace:",
    "panic: ",
    "fatal error: all goroutines",
];

/// What every frame of Ruby's holds.
const RUBY: &str = ".rb:";

/// What `line` is in a trace, if it can stand in one.
pub(crate) fn part(line: &str) -> Option<Part> {
    let words = line.trim();
    if CAUSES.iter().any(|cause| words.starts_with(cause)) || is_panic(words) || is_goroutine(words) {
        Some(Part::Cause)
    } else if is_frame(line, words) {
        Some(Part::Frame)
    } else if is_exception(words) {
        Some(Part::Exception)
    } else if is_between(words) {
        Some(Part::Between)
    } else {
        None
    }
}

/// Whether `text` can be a trace: it holds a frame, or a panic. Sooner told than its class.
pub fn may_be_trace(text: &str) -> bool {
    let plain = without_ansi(text);
    // Nearly no text is of Ruby, and that is seen at once.
    let ruby = memmem::find(plain.as_bytes(), RUBY.as_bytes()).is_some();
    shown_lines(&plain).any(|line| {
        let bare = &line[line_number(line).unwrap_or(0)..];
        let words = bare.trim();
        begins_as_frame(bare, words) || is_panic(words) || (ruby && is_ruby(words))
    })
}

fn is_panic(words: &str) -> bool {
    words.starts_with("thread '") && words.contains(" panicked at ")
}

fn is_goroutine(words: &str) -> bool {
    let number = words.strip_prefix("goroutine ").unwrap_or("");
    number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with("]:")
}

fn is_frame(line: &str, words: &str) -> bool {
    begins_as_frame(line, words) || is_ruby(words)
}

/// The frames that their beginnings tell.
fn begins_as_frame(line: &str, words: &str) -> bool {
    let by_word = match words.as_bytes().first() {
        Some(b'F') => is_python(words),
        Some(b'a') => is_at(words),
        Some(b'#' | b'0'..=b'9') => is_numbered(words),
        _ => false,
    };
    by_word || is_go(line)
}

/// `File "a.py", line 3, in f`
fn is_python(words: &str) -> bool {
    words.strip_prefix("File \"").is_some_and(|rest| rest.contains("\", line "))
}

/// `at a.b.C.m(C.java:12)`, `at f (/a.js:1:2)`, `at /a.js:1:2`, `at A.B() in /c.cs:line 5`, `at ./src/a.rs:1:2`
fn is_at(words: &str) -> bool {
    let Some(place) = words.strip_prefix("at ") else { return false };
    let called = place.find('(').is_some_and(|at| at > 0) && (place.ends_with(')') || place.contains(") ~["));
    called || ends_in_position(place) || place.contains(":line ")
}

/// `3: core::panicking::panic`, `12: 0x55d0 - main`, `#0  0x0 in main () at a.c:3`, `#1 /a.php(3): f()`
fn is_numbered(words: &str) -> bool {
    let hash = words.starts_with('#');
    let rest = words.trim_start_matches('#');
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let name = rest[digits..].trim_start_matches(':').trim_start();
    if digits == 0 || digits > 4 {
        return false;
    }
    if hash {
        return name.contains(" in ") || name.contains("): ") || name.contains(" at ") || name == "{main}";
    }
    let known = ["0x", "main", "rust_begin_unwind", "_start", "__"];
    let path = name.contains("::") && !name.starts_with(':') && !name.contains(' ');
    rest[digits..].starts_with(": ") && (path || name.starts_with('<') || known.iter().any(|k| name.starts_with(k)))
}

/// A tab, a path, a line: `/a/b.go:12 +0x1d`
fn is_go(line: &str) -> bool {
    line.starts_with('\t')
        && line.trim_start().split(' ').next().is_some_and(|p| p.contains(".go:") && ends_in_position(p))
}

/// ``from a.rb:3:in `f'``
fn is_ruby(words: &str) -> bool {
    let place = words.strip_prefix("from ").unwrap_or(words);
    place.contains(RUBY) && place.contains(":in ")
}

/// `…:12` or `…:12:3`
fn ends_in_position(place: &str) -> bool {
    let number = place.rsplit(':').next().unwrap_or("");
    place.contains(':') && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `ValueError: x`, `java.lang.IllegalStateException`, `System.Exception: x`, `tests.MyError`
fn is_exception(words: &str) -> bool {
    let name = words.split([':', ' ']).next().unwrap_or("");
    let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'));
    let kind = ["Error", "Exception", "KeyboardInterrupt", "SystemExit"].iter().any(|end| name.ends_with(end));
    named && kind && (words.len() == name.len() || words[name.len()..].starts_with(": ") || words.ends_with(':'))
}

/// `... 12 more`, `created by main.f`, `main.f(0x1)`, `note: run with RUST_BACKTRACE`, `^^^^`
fn is_between(words: &str) -> bool {
    let more = words.starts_with("... ") && (words.ends_with("more") || words.ends_with("omitted"));
    let called =
        words.ends_with(')') && words.split('(').next().is_some_and(|name| name.contains('.') && !name.contains(' '));
    let carets = !words.is_empty() && words.bytes().all(|byte| matches!(byte, b'^' | b'~' | b' '));
    let said = [
        "created by ",
        "note: run with `RUST_BACKTRACE",
        "note: Some details are omitted",
        "exit status ",
        "--- End of ",
    ];
    more || called || carets || said.iter().any(|said| words.starts_with(said))
}

#[cfg(test)]
mod tests;
