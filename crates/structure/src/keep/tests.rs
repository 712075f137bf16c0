//! What stays whole, what is masked to what, and that every line left out is counted.

use super::*;
use crate::limits::{LEAST_GAP, MASKED_LINE};

/// Lines `line 0` to `line n - 1`, some of them replaced.
fn numbered(n: usize, told: &[(usize, &str)]) -> String {
    let line = |at| {
        told.iter()
            .find(|(where_, _)| *where_ == at)
            .map_or_else(|| format!("line {at}"), |(_, said)| (*said).to_owned())
    };
    (0..n).map(|at| line(at) + "\n").collect()
}

#[track_caller]
fn check(class: Class, text: &str, expect: &str, left_out: usize) {
    let kept = keep(class, text);
    assert_eq!((kept.text.as_ref(), kept.left_out, kept.bytes), (expect, left_out, text.len()));
}

#[test]
fn what_was_said_and_written_stays_as_it_is() {
    let text = "\x1b[1mA\x1b[0m\r\n".repeat(500);
    for class in Class::ALL {
        let kept = keep(class, &text);
        match class {
            Class::Noise => assert_eq!((kept.text.as_ref(), kept.left_out), ("", 500)),
            Class::BuildLog | Class::DirListing => assert!(kept.left_out > 400 && !kept.text.contains('\x1b')),
            _ => assert!(matches!(kept.text, Cow::Borrowed(same) if same == text)),
        }
        assert_eq!(kept.bytes, text.len());
    }
}

#[test]
fn short_logs_stay_whole() {
    let longest = numbered(LOG_HEAD + LOG_TAIL + LEAST_GAP - 1, &[]);
    assert!(matches!(keep(Class::BuildLog, &longest).text, Cow::Borrowed(_)));
    for text in ["", "\n", "a", "a\nb\n"] {
        check(Class::BuildLog, text, text, 0);
        check(Class::DirListing, text, text, 0);
    }
}

#[test]
fn a_long_log_keeps_its_ends() {
    let text = numbered(200, &[]);
    let expect = format!(
        "{}… 163 lines left out …\n{}",
        numbered(12, &[]),
        text.lines().skip(175).map(|line| format!("{line}\n")).collect::<String>()
    );
    check(Class::BuildLog, &text, &expect, 163);
    check(Class::BuildLog, text.trim_end(), expect.trim_end(), 163);
    let listing = keep(Class::DirListing, &text);
    assert!(listing.text.contains("line 19\n… 170 lines left out …\nline 190\n"));
}

#[test]
fn lines_that_tell_an_outcome_stay() {
    for (line, after, stays) in [
        ("error[E0308]: mismatched types", 3, true),
        ("src/a.ts(1,2): error TS1: no", 3, true),
        ("TypeError: x is not a function", 3, true),
        ("thread 'a' panicked at src/a.rs:1:2:", 3, true),
        ("FAILED tests/a.py::test_b", 3, true),
        ("Assertion failed: a == b", 3, true),
        ("npm ERR! code 1", 3, true),
        ("test result: ok. 5 passed; 0 failed; 0 ignored", 0, true),
        ("Exit code 0", 0, true),
        ("warning: unused variable", 0, true),
        ("test errors::are_shown ... ok", 0, false),
        ("   Compiling thiserror v2.0.0", 0, false),
        ("   Compiling error-chain v1.0.0", 0, false),
        ("src/error.rs", 0, false),
        ("found 0 errors and no failures", 0, false),
        ("error_count=3", 0, false),
    ] {
        let text = numbered(200, &[(100, line)]);
        let kept = keep(Class::BuildLog, &text);
        assert_eq!(kept.text.contains(line), stays, "{line}");
        // Its context: the lines after it, no more and no less.
        assert_eq!(kept.text.contains(&format!("line {}\n", 100 + after)), after > 0, "{line}");
        assert!(!kept.text.contains(&format!("line {}\n", 101 + after)), "{line}");
        assert_eq!(kept.left_out, if stays { 162 - after } else { 163 }, "{line}");
    }
}

#[test]
fn outcome_lines_are_bounded_and_errors_outweigh_warnings() {
    let text: String =
        (0..2_000).map(|at| format!("{}: {at}\n", if at == 1_500 { "error" } else { "warning" })).collect();
    let kept = keep(Class::BuildLog, &text);
    assert!(kept.text.contains("error: 1500\n"));
    let lines = kept.text.lines().filter(|line| !line.starts_with('…')).count();
    assert_eq!(lines, LOG_HEAD + LOG_TAIL + LOG_OUTCOME);
    assert_eq!(lines + kept.left_out, 2_000);
    let again = "error: again\n\n".repeat(5_000);
    let kept = keep(Class::BuildLog, &again);
    assert!(kept.text.lines().count() < 2 * (LOG_HEAD + LOG_TAIL + LOG_OUTCOME));
}

#[test]
fn every_line_is_kept_or_counted() {
    for n in [0, 1, 36, 37, 38, 39, 40, 100, 1_000] {
        for step in [2, 3, 5, 17, 1_000] {
            let told: Vec<(usize, &str)> = (0..n).step_by(step).map(|at| (at, "FAILED x")).collect();
            let text = numbered(n, &told);
            for class in [Class::BuildLog, Class::DirListing] {
                let kept = keep(class, &text);
                let gaps: usize = kept
                    .text
                    .lines()
                    .filter_map(|line| line.strip_prefix("… ")?.split(' ').next()?.parse::<usize>().ok())
                    .sum();
                let lines = kept.text.lines().filter(|line| !line.starts_with('…')).count();
                assert_eq!((gaps, lines + gaps), (kept.left_out, n), "{n} {step}");
            }
        }
    }
}

#[test]
fn progress_collapses_and_endless_lines_end() {
    check(Class::BuildLog, "a\n1%\r50%\r100%\nb\n", "a\n100%\nb\n", 0);
    check(Class::BuildLog, "\x1b[32mok\x1b[0m\n", "ok\n", 0);
    let endless = "水".repeat(10_000);
    let kept = keep(Class::BuildLog, &endless);
    assert!(kept.text.len() < MASKED_LINE + 50 && kept.text.ends_with("bytes left out …"), "{}", kept.text.len());
}
