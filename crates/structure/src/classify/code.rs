//! Tells code by its lines, and what a search found in it.
//! It must not know which language it is.
//! Invariant: one line is never enough.

use super::sample::Sample;

/// Words that lines of code begin with.
const BEGINNINGS: [&str; 56] = [
    "#!",
    "#define ",
    "#ifdef ",
    "#ifndef ",
    "#include",
    "#[",
    "*/",
    "/*",
    "//",
    "@",
    "abstract ",
    "async ",
    "begin",
    "case ",
    "class ",
    "const ",
    "def ",
    "defmodule ",
    "elif ",
    "else",
    "end",
    "enum ",
    "export ",
    "extends ",
    "final ",
    "fn ",
    "for ",
    "for(",
    "from ",
    "func ",
    "function ",
    "if ",
    "if(",
    "impl ",
    "import ",
    "interface ",
    "let ",
    "local ",
    "mod ",
    "module ",
    "namespace ",
    "package ",
    "private ",
    "protected ",
    "pub ",
    "public ",
    "return",
    "static ",
    "struct ",
    "template",
    "try",
    "type ",
    "use ",
    "using ",
    "var ",
    "while ",
];

pub(super) fn is_code(sample: &Sample<'_>) -> bool {
    let share = if sample.numbered { 30 } else { 50 };
    sample.lines.len() >= 2 && (sample.first().starts_with("#!/") || sample.share(share, is_line))
}

fn is_line(line: &str) -> bool {
    let words = line.trim();
    let ended =
        words.ends_with(['{', '}', ';']) || words.ends_with("};") || words.ends_with("),") || words.ends_with(");");
    let called = words.ends_with(')') && words.contains('(') && !words.contains(". ");
    let python = words.ends_with("):") || words.ends_with(']') && words.contains(" = ");
    let closing = words.starts_with(['}', ')', ']']);
    let assigned = words.contains(" = ") || words.contains(" => ") || words.contains(" := ") || words.contains("->");
    // A sentence may begin with "for" or "use"; it ends with a full stop.
    let begun = BEGINNINGS.iter().any(|begin| words.starts_with(begin)) && !words.ends_with(['.', '?']);
    ended || called || python || closing || assigned || begun
}

/// `src/a.rs:12:    let x = 1;` and the `src/a.rs-13-` around it.
pub(super) fn is_search_result(sample: &Sample<'_>) -> bool {
    sample.count(is_found) > 0 && sample.share(70, |line| is_found(line) || line == "--" || is_around(line))
}

fn is_found(line: &str) -> bool {
    let mut parts = line.splitn(3, ':');
    let (path, number, rest) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
    let is_path = path.contains(['.', '/']) && !path.contains(' ');
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // `a.c:1:2: error` is a compiler's.
    let told = rest
        .is_some_and(|rest| rest.split(':').next().is_some_and(|n| !n.is_empty() && n.trim().parse::<u32>().is_ok()));
    is_path && is_number && rest.is_some() && !told
}

fn is_around(line: &str) -> bool {
    let number = line.split('-').rev().find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    number.is_some() && line.split('-').next().is_some_and(|path| path.contains('.') && !path.contains(' '))
}
