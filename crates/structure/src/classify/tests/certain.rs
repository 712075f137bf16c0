//! Diffs, stack traces and noise: what the text itself makes certain.

use super::*;

const DIFF: &str = "diff --git a/src/a.rs b/src/a.rs\nindex 1234567..89abcde 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,4 +1,5 @@ fn main() {\n fn main() {\n-    old();\n+    new();\n+    more();\n }\n";
const PYTHON: &str = "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 12, in <module>\n    run()\n  File \"/srv/app/run.py\", line 4, in run\n    return 1 / 0\n           ~~^~~\nZeroDivisionError: division by zero\n";
const JAVA: &str = "Exception in thread \"main\" java.lang.IllegalStateException: closed\n\tat com.acme.Pool.take(Pool.java:41)\n\tat com.acme.Main.main(Main.java:9)\nCaused by: java.io.IOException: broken pipe\n\tat java.base/sun.nio.ch.SocketDispatcher.write0(Native Method)\n\t... 12 more\n";
const NODE: &str = "/srv/app/index.js:3\n  return user.name;\n              ^\n\nTypeError: Cannot read properties of undefined (reading 'name')\n    at greet (/srv/app/index.js:3:15)\n    at Object.<anonymous> (/srv/app/index.js:7:1)\n    at node:internal/main/run_main_module:23:47\n\nNode.js v20.11.0\n";
const RUST: &str = "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds: the len is 3 but the index is 9\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:597:5\n   1: core::panicking::panic_fmt\n             at /rustc/abc/library/core/src/panicking.rs:72:14\n   2: app::main\n             at ./src/main.rs:4:5\nnote: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n";
const GO: &str = "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45]\n\ngoroutine 1 [running]:\nmain.load(0x0)\n\t/srv/app/main.go:12 +0x1d\nmain.main()\n\t/srv/app/main.go:7 +0x25\nexit status 2\n";
const SHARP: &str = "Unhandled exception. System.InvalidOperationException: Sequence contains no elements\n   at System.Linq.ThrowHelper.ThrowNoElementsException()\n   at App.Program.Main(String[] args) in /srv/app/Program.cs:line 14\n   --- End of inner exception stack trace ---\n   at App.Boot.Run() in /srv/app/Boot.cs:line 3\n";

#[test]
fn diffs() {
    for case in [
        ("Bash", "git diff", DIFF, Class::Diff),
        ("Bash", "cd x && git show HEAD~1 | head -50", DIFF, Class::Diff),
        ("Bash", "./show-changes", DIFF, Class::Diff),
        (
            "Bash",
            "git diff --stat",
            " src/a.rs | 12 +++---\n 1 file changed, 8 insertions(+), 4 deletions(-)\n",
            Class::Diff,
        ),
        ("Bash", "diff -u a b", "--- a\t2026-01-01\n+++ b\t2026-01-02\n@@ -1 +1 @@\n-x\n+y\n", Class::Diff),
        (
            "Bash",
            "git log -p -1",
            "commit 0123456789012345678901234567890123456789\nAuthor: Dev <dev@example.org>\nDate:   Mon Jan 1\n\n    Say why\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n",
            Class::Diff,
        ),
        (
            "Bash",
            "git diff --color",
            "\x1b[1mdiff --git a/a b/a\x1b[m\n\x1b[1m--- a/a\x1b[m\n\x1b[1m+++ b/a\x1b[m\n\x1b[36m@@ -1 +1 @@\x1b[m\n\x1b[31m-x\x1b[m\n\x1b[32m+y\x1b[m\n",
            Class::Diff,
        ),
        ("Read", "fix.patch", DIFF, Class::Diff),
        // Quoted in a log, it is a part of the log.
        ("Bash", "cargo fmt --check", "Diff in src/a.rs:1:\n-fn  a() {}\n+fn a() {}\n", Class::BuildLog),
    ] {
        check(case);
    }
}

#[test]
fn traces() {
    for case in [
        ("Bash", "python main.py", PYTHON, Class::StackTrace),
        ("Bash", "java -jar a.jar", JAVA, Class::StackTrace),
        ("Bash", "node index.js", NODE, Class::StackTrace),
        ("Bash", "./target/debug/app", RUST, Class::StackTrace),
        ("Bash", "cargo run", RUST, Class::StackTrace),
        ("Bash", "./app", GO, Class::StackTrace),
        ("Bash", "dotnet run", SHARP, Class::StackTrace),
        (
            "Bash",
            "./app",
            "thread 'main' panicked at src/main.rs:4:5:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
            Class::StackTrace,
        ),
        (
            "Bash",
            "gdb -batch -ex bt",
            "#0  0x00007f in raise () from /lib/libc.so.6\n#1  0x0000 in abort () at abort.c:79\n#2  0x0000 in main () at a.c:3\n",
            Class::StackTrace,
        ),
        (
            "Bash",
            "php a.php",
            "PHP Fatal error:  Uncaught Exception: no in /srv/a.php:3\nStack trace:\n#0 /srv/a.php(7): f()\n#1 /srv/b.php(9): g()\n#2 {main}\n",
            Class::StackTrace,
        ),
        (
            "Bash",
            "ruby a.rb",
            "a.rb:1:in `f': no (RuntimeError)\n\tfrom a.rb:4:in `g'\n\tfrom a.rb:7:in `<main>'\n",
            Class::StackTrace,
        ),
        // One trace among many tests is a log.
        (
            "Bash",
            "pytest",
            "============ test session starts ============\ncollected 3 items\n\ntests/a.py::test_a PASSED\ntests/a.py::test_b FAILED\n\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nNameError: name 'x' is not defined\ntests/a.py::test_c PASSED\n======== 1 failed, 2 passed in 0.12s ========\n",
            Class::BuildLog,
        ),
    ] {
        check(case);
    }
}

#[test]
fn noise() {
    for case in [
        ("Bash", "true", "", Class::Noise),
        ("Bash", "true", " \n\t\n", Class::Noise),
        ("Bash", "clear", "\x1b[2J\x1b[H\x1b[?25l", Class::Noise),
        ("Bash", "mkdir x", "ok\n", Class::Noise),
        ("Bash", "curl -s localhost", "OK", Class::Noise),
        ("Write", "src/a.rs", "File created successfully at: src/a.rs", Class::Noise),
        ("Edit", "src/a.rs", "The file src/a.rs has been updated successfully.", Class::Noise),
        (
            "TodoWrite",
            "",
            "Todos have been modified successfully. Ensure that you continue to use the todo list.",
            Class::Noise,
        ),
        ("Bash", "curl -O x", "  % Total\r 10% [==>      ]\r 50% [=====>   ]\r100% [=========]", Class::Noise),
        (
            "Bash",
            "pip install x",
            "   ━━━━━━━━━━━━━━━ 1.2/1.2 MB 9.8 MB/s\n   ━━━━━━━━━━━━━━━ 3.0/3.0 MB 9.8 MB/s\n",
            Class::Noise,
        ),
        ("Bash", "npm i", "⠋ reify:x\r⠙ reify:y\r⠹ reify:z\r", Class::Noise),
        ("Bash", "python train.py", " 10%|####      | 1/10\n 20%|########  | 2/10\n", Class::Noise),
    ] {
        check(case);
    }
}

#[test]
fn blobs() {
    let packed = |seed: &str| -> &'static str { Box::leak(seed.repeat(90).into_boxed_str()) };
    let base64 = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4";
    let wrapped = format!("{}\n", base64).repeat(20);
    for case in [
        ("Bash", "base64 a.png", packed(base64), Class::Noise),
        ("Bash", "base64 a.png", Box::leak(wrapped.into_boxed_str()), Class::Noise),
        ("Read", "dist/app.min.js", packed("!function(e,t){var n=e[t];return n?n.exports:t}(r,o);"), Class::Noise),
        ("Bash", "cat a.bin", "\u{fffd}\u{fffd}ELF\u{1}\u{2}\0\0\0\u{fffd}>\u{1}", Class::Noise),
        ("Bash", "xxd -p a", packed("00ffab0912"), Class::Noise),
        (
            "WebFetch",
            "",
            packed("{\"a\":1,\"bcdefgh\":[1,2,3],\"ij\":{\"k\":\"l\",\"longer_name\":true}},"),
            Class::Noise,
        ),
        // Text without spaces is text.
        ("Read", "README.md", packed("这是一个没有空格的句子，它仍然是文字。"), Class::AssistantText),
    ] {
        check(case);
    }
}
