//! One line at a time, and lines that only look like one.

use super::*;

#[test]
fn lines_of_traces() {
    for (line, expect) in [
        ("Traceback (most recent call last):", Some(Part::Cause)),
        ("Caused by: java.io.IOException: x", Some(Part::Cause)),
        ("thread 'main' panicked at src/a.rs:1:2:", Some(Part::Cause)),
        ("thread 'main' (42) panicked at src/a.rs:1:2:", Some(Part::Cause)),
        ("goroutine 12 [chan receive]:", Some(Part::Cause)),
        ("  File \"/a.py\", line 3, in f", Some(Part::Frame)),
        ("\tat a.b.C.m(C.java:12)", Some(Part::Frame)),
        ("\tat a.b.C.m(C.java:12) ~[a.jar:1.0]", Some(Part::Frame)),
        ("    at async Promise.all (index 0)", Some(Part::Frame)),
        ("    at file:///a/b.mjs:1:2", Some(Part::Frame)),
        ("   at A.B.C(String x) in /a/C.cs:line 5", Some(Part::Frame)),
        ("   0: rust_begin_unwind", Some(Part::Frame)),
        ("  12: <alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once", Some(Part::Frame)),
        ("\t/a/b.go:12 +0x1d", Some(Part::Frame)),
        ("#0  0x0000 in main () at a.c:3", Some(Part::Frame)),
        ("\tfrom a.rb:4:in `g'", Some(Part::Frame)),
        ("ValueError: no", Some(Part::Exception)),
        ("java.lang.NullPointerException", Some(Part::Exception)),
        ("KeyboardInterrupt", Some(Part::Exception)),
        ("\t... 12 more", Some(Part::Between)),
        ("    ^^^^", Some(Part::Between)),
        ("at the end of the day", None),
        ("at noon (more or less) we met", None),
        ("1: first do this", None),
        ("#12 is the issue", None),
        ("# 1 heading", None),
        ("see errors: none", None),
        ("src/error.rs", None),
        ("", None),
    ] {
        assert_eq!(part(line), expect, "{line}");
    }
}
