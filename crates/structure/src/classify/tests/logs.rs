//! Logs, told by what ran and, where nothing is known of that, by their lines.

use super::*;

const CARGO: &str = "   Compiling a v0.1.0 (/srv/a)\nerror[E0308]: mismatched types\n --> src/a.rs:3:5\n  |\n3 |     1\n  |     ^ expected `()`, found integer\n\nerror: could not compile `a` (lib) due to 1 previous error\n";
const TESTS: &str = "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\n\nfailures:\n\n---- a::c stdout ----\nthread 'a::c' panicked at src/a.rs:9:5:\nassertion `left == right` failed\n  left: 1\n right: 2\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

#[test]
fn by_what_ran() {
    for command in [
        "cargo build",
        "cd a && cargo build 2>&1 | tail -20",
        "RUST_LOG=debug cargo build",
        "timeout 60 cargo build",
        "sudo -E env A=1 ./x; cargo build",
        "/usr/bin/make -j2",
        "(cd a; npm test)",
        "python3 -m pytest -q",
        "ls && cargo test",
        "cat Cargo.toml; cargo check",
    ] {
        check(("Bash", command, "nothing one could tell\n", Class::BuildLog));
        check(("Bash", command, CARGO, Class::BuildLog));
    }
}

#[test]
fn by_lines() {
    for text in [
        CARGO,
        TESTS,
        "> app@1.0.0 build\n> tsc\n\nsrc/a.ts(3,5): error TS2322: Type 'number' is not assignable to type 'string'.\n\nFound 1 error in src/a.ts:3\n",
        "=== RUN   TestA\n--- FAIL: TestA (0.00s)\n    a_test.go:9: got 1, want 2\nFAIL\nFAIL\texample.org/a\t0.003s\n",
        "ok  \texample.org/a\t0.003s\nok  \texample.org/b\t0.010s\n",
        "[INFO] Scanning for projects...\n[INFO] Building a 1.0\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n[INFO] BUILD FAILURE\n",
        " ✓ src/a.test.ts (3 tests) 4ms\n ❯ src/b.test.ts (2 tests | 1 failed) 9ms\n\n Test Files  1 failed | 1 passed (2)\n      Tests  1 failed | 4 passed (5)\n",
        "Test project /srv/build\n    Start 1: a\n1/2 Test #1: a ................   Passed    0.01 sec\n    Start 2: b\n2/2 Test #2: b ................***Failed    0.02 sec\n\n50% tests passed, 1 tests failed out of 2\n",
        "Collecting requests\n  Downloading requests-2.31.0-py3-none-any.whl (62 kB)\nInstalling collected packages: requests\nSuccessfully installed requests-2.31.0\n",
        "npm WARN deprecated glob@7.2.3: old\n\nadded 120 packages, and audited 121 packages in 3s\n\nfound 0 vulnerabilities\nnpm notice new version\n",
        "-- The C compiler identification is GNU 13.2.0\n-- Configuring done\n-- Generating done\n[ 50%] Building C object a.c.o\n[100%] Linking C executable a\n",
        "a.c: In function 'main':\na.c:3:5: error: 'x' undeclared\na.c:4:5: warning: unused variable 'y'\nmake: *** [Makefile:2: a] Error 1\n",
        "2026-01-01T12:00:00Z INFO started\n2026-01-01T12:00:01Z WARN slow\n2026-01-01T12:00:02Z INFO stopped\n",
        "12:00:00 starting\n12:00:01 listening on 8080\n",
        "#1 [internal] load build definition from Dockerfile\n#2 [1/3] FROM docker.io/library/rust:1\n#3 [2/3] RUN cargo build\n",
        "Get:1 http://deb.debian.org stable InRelease [1 kB]\nReading package lists...\nUnpacking a (1.0) ...\nSetting up a (1.0) ...\n",
        "1..2\nok 1 - adds\nnot ok 2 - subtracts\n# pass 1\n# fail 1\n",
        "Exit code 1\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\n",
    ] {
        check(("Bash", "./run.sh", text, Class::BuildLog));
        check(("BashOutput", "", text, Class::BuildLog));
    }
}
