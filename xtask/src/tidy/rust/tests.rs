//! Strings and comments are told from code.

use super::*;

fn check(text: &str, code: &str, literals: &[&str]) {
    let source = Source::new("a.rs", text);
    assert_eq!(source.code, code);
    assert_eq!(source.code.len(), text.len());
    assert_eq!(source.literals.iter().map(|literal| literal.text.as_str()).collect::<Vec<_>>(), literals);
}

#[test]
fn plain_strings() {
    check(r#"f("a", "b");"#, "f(   ,    );", &["a", "b"]);
    check(r#"f("a\"b")"#, "f(      )", &[r#"a\"b"#]);
    check(r#"f("\\")g"#, "f(    )g", &[r"\\"]);
    check("\"ä\"x", "    x", &["ä"]);
}

#[test]
fn raw_and_byte_strings() {
    check("r#\"a\"b\"#;", "        ;", &["a\"b"]);
    check(r#"b"a" br"\""#, "b    br   ".replace("r", " ").as_str(), &["a", r"\"]);
    check(r#"for"a""#, "for   ", &["a"]);
    check("r#type + r", "r#type + r", &[]);
}

#[test]
fn comments_end_where_rust_ends_them() {
    check("a // \"b\"\nc", "a       \nc", &[]);
    check("a /* /* */ \" */ b", "a               b", &[]);
    check("\"// no comment\" x", "                x", &["// no comment"]);
}

#[test]
fn characters_are_no_strings_and_lifetimes_no_characters() {
    check("'\"' x", "    x", &[]);
    check(r"'\'' x", "     x", &[]);
    check(r"'\u{1F600}' x", "            x", &[]);
    check("&'a str, 'ä'", "&'a str,     ", &[]);
    check("b'x' 'b: loop", "b    'b: loop", &[]);
}

#[test]
fn unclosed_things_end_with_the_file() {
    for text in ["\"a", "\"a\\", "r#\"a\"", "/* a", "'", "'\\", "r", "b'", "/"] {
        assert_eq!(Source::new("a.rs", text).code.len(), text.len(), "{text}");
    }
}

#[test]
fn words_are_whole_words() {
    let found = |text: &str, word: &str| find_word(text, word).collect::<Vec<_>>();
    assert_eq!(found("print! eprint! println!", "print!"), [0]);
    assert_eq!(found("std::fs std::fsx xstd::fs", "std::fs"), [0]);
    assert_eq!(found("env::var(x) env::vars()", "env::var("), [0]);
}

#[test]
fn lines_count_from_one() {
    let source = Source::new("a.rs", "a\n\"b\nc\"\nd \"e\"");
    assert_eq!(source.literals.iter().map(|literal| literal.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!((source.line(0), source.line(2)), (1, 2));
}
