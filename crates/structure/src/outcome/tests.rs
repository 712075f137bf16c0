//! Summary lines of every runner, alone and together.

use super::*;

/// The last line of the summary is the one expected, unless a case says otherwise.
#[track_caller]
fn check(text: &str, verdict: Verdict, passed: Option<u64>, failed: Option<u64>) -> Outcome {
    let outcome = outcome_of(text).unwrap_or_else(|| panic!("no outcome in {text}"));
    assert_eq!((outcome.verdict, outcome.passed, outcome.failed), (verdict, passed, failed), "{text}");
    assert!(text.contains(&outcome.line) || text.contains('\x1b'), "{}", outcome.line);
    outcome
}

use Verdict::{Failed, Passed};

#[test]
fn one_line() {
    for (line, verdict, passed, failed) in [
        (
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            Passed,
            Some(5),
            Some(0),
        ),
        ("test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out", Failed, Some(4), Some(1)),
        ("     Summary [   0.123s] 10 tests run: 9 passed (1 slow), 1 failed, 2 skipped", Failed, Some(9), Some(1)),
        ("     Summary [   0.123s] 10 tests run: 10 passed, 0 skipped", Passed, Some(10), Some(0)),
        ("=========== 3 failed, 12 passed, 1 warning in 2.31s ===========", Failed, Some(12), Some(3)),
        ("=========== 12 passed in 2.31s ===========", Passed, Some(12), None),
        ("1 failed, 2 passed in 0.12s", Failed, Some(2), Some(1)),
        ("=== 2 passed, 1 error in 0.1s ===", Failed, Some(2), Some(1)),
        ("3 passed, 1 failed", Failed, Some(3), Some(1)),
        ("      Tests  2 failed | 10 passed (12)", Failed, Some(10), Some(2)),
        ("Tests:       1 failed, 5 passed, 6 total", Failed, Some(5), Some(1)),
        ("Tests: 3, Assertions: 5, Failures: 1.", Failed, None, Some(1)),
        ("ok | 5 passed | 0 failed (12ms)", Passed, Some(5), Some(0)),
        ("Failed!  - Failed:     1, Passed:    11, Skipped:     0, Total:    12", Failed, Some(11), Some(1)),
        ("12 examples, 1 failure", Failed, Some(11), Some(1)),
        ("5 runs, 9 assertions, 1 failures, 1 errors, 0 skips", Failed, Some(3), Some(2)),
        ("FAILED (failures=1, errors=2)", Failed, None, Some(3)),
        ("[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1", Failed, Some(2), Some(2)),
        ("100% tests passed, 0 tests failed out of 12", Passed, Some(12), Some(0)),
        ("97% tests passed, 1 tests failed out of 33", Failed, Some(32), Some(1)),
        ("error: could not compile `a` (lib) due to 3 previous errors; 1 warning emitted", Failed, None, Some(3)),
        ("error: could not compile `a` (lib)", Failed, None, None),
        ("    Finished `release` profile [optimized] target(s) in 1m 01s", Passed, None, None),
        ("Build failed in 1.2s", Failed, None, None),
        ("BUILD SUCCESSFUL in 3s", Passed, None, None),
        ("[INFO] BUILD FAILURE", Failed, None, None),
        ("Found 3 errors in 2 files.", Failed, None, Some(3)),
        ("[12:00:00 PM] Found 0 errors. Watching for file changes.", Passed, None, Some(0)),
        ("Found 1 error in 1 file (checked 3 source files)", Failed, None, Some(1)),
        ("✖ 3 problems (2 errors, 1 warning)", Failed, None, Some(2)),
        ("2 errors", Failed, None, Some(2)),
        ("make: *** [Makefile:2: a] Error 1", Failed, None, None),
        ("Exit code 101", Failed, None, None),
        ("Process exited with code 0", Passed, None, None),
    ] {
        check(line, verdict, passed, failed);
        check(&format!("before\n\x1b[1m{line}\x1b[0m\r\nafter\n"), verdict, passed, failed);
    }
}

#[test]
fn several_lines() {
    let parts = "test result: ok. 2 passed; 0 failed; 0 ignored\ntest result: FAILED. 3 passed; 1 failed; 0 ignored\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
    let outcome = check(parts, Failed, Some(6), Some(1));
    assert!(outcome.line.contains("FAILED"));
    // What a test runner counted outweighs what the builder said around it; a failure is one all the same.
    check("Finished `test` profile\ntest result: ok. 2 passed; 0 failed; 0 ignored\n", Passed, Some(2), Some(0));
    let outcome =
        check("test result: ok. 2 passed; 0 failed;\nerror: could not compile `b`\n", Failed, Some(2), Some(0));
    assert_eq!(outcome.line, "error: could not compile `b`");
    check("Exit code 1\n===== 1 failed in 0.1s =====\n", Failed, None, Some(1));
    check(
        "--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\nFAIL\ta/b\t0.1s\nok  \ta/c\t0.1s\n",
        Failed,
        Some(1),
        Some(1),
    );
    check("  12 passing (1s)\n  2 failing\n", Failed, Some(12), Some(2));
    check("# pass 5\n# fail 0\n", Passed, Some(5), Some(0));
    check(
        "Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s\nTests run: 7, Failures: 0, Errors: 0, Skipped: 0\n",
        Passed,
        Some(7),
        Some(0),
    );
}

#[test]
fn sentences_are_no_summaries() {
    for text in [
        "",
        "5 of the tests failed because the server was down",
        "we passed 3 tests",
        "3 passed tests are listed below",
        "2 errors were made in the translation",
        "the exit code is not shown",
        "Found it in 3 files",
        "1 error message to write",
        "Tests are fun",
        "99999999999999999999 passed",
    ] {
        assert_eq!(outcome_of(text), None, "{text}");
    }
}
