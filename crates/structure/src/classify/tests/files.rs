//! Files as reading tools return them, searches, listings, settings.

use super::*;

const NUMBERED: &str =
    "     1→//! What it is for.\n     2→\n     3→use std::fmt;\n     4→\n     5→/// One.\n     6→pub struct One;\n";
const RUST: &str = "use std::fmt;\n\npub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n";
const PYTHON: &str = "import os\n\n\ndef main(argv):\n    for name in argv:\n        print(os.path.join(\"a\", name))\n    return 0\n\n\nif __name__ == \"__main__\":\n    main([])\n";
const TOML: &str = "[package]\nname = \"quipu\"\nversion = \"0.1.0\"\n\n[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n";
const YAML: &str = "name: ci\non:\n  push:\n    branches: [main]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n";

#[test]
fn code() {
    for case in [
        ("Read", "src/a.rs", NUMBERED, Class::Code),
        ("Read", "src/a.rs", RUST, Class::Code),
        ("mcp__fs__read_file", "a.go", "package main\n", Class::Code),
        (
            "Edit",
            "src/a.rs",
            "The file src/a.rs has been updated. Here's the result of running `cat -n` on a snippet of the edited file:\n    12→fn a() {\n    13→    b();\n    14→}\n",
            Class::Code,
        ),
        ("Bash", "cat src/a.rs", RUST, Class::Code),
        ("Bash", "sed -n 1,40p src/a.rs", RUST, Class::Code),
        ("Bash", "head -20 main.py", PYTHON, Class::Code),
        ("Bash", "git show HEAD:src/a.py | head", PYTHON, Class::Diff),
        ("Bash", "./print-it", RUST, Class::Code),
        ("Bash", "./print-it", PYTHON, Class::Code),
        ("Bash", "./print-it", "#!/usr/bin/env bash\nset -euo pipefail\ncd \"$1\"\nexec cargo run\n", Class::Code),
        ("Read", "Makefile", "all:\n\tcargo build\n", Class::Code),
        ("Read", "a.sql", "create table a (b int);\n", Class::Code), // not sql: what a reading tool returned
        ("Grep", "src", "src/a.rs:12:    let x = 1;\nsrc/b.rs:3:fn x() {}\n", Class::Code),
        (
            "Bash",
            "rg -n -C1 foo",
            "src/a.rs-11-fn a() {\nsrc/a.rs:12:    foo();\nsrc/a.rs-13-}\n--\nsrc/b.rs:3:foo\n",
            Class::Code,
        ),
        // A trace in a file that was read is that file's text.
        (
            "Read",
            "tests/fixtures.py",
            "TRACE = '''\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nNameError: x\n'''\n",
            Class::Code,
        ),
    ] {
        check(case);
    }
}

#[test]
fn settings() {
    for case in [
        ("Read", "Cargo.toml", TOML, Class::Config),
        ("Read", ".env.local", "A=1\n", Class::Config),
        ("Read", "nginx.conf", "server {\n  listen 80;\n}\n", Class::Config),
        ("Read", "tsconfig.json", "{\n  // strict\n  \"strict\": true\n}\n", Class::Config),
        ("Bash", "cat .github/workflows/ci.yml", YAML, Class::Config),
        ("Bash", "./show", TOML, Class::Config),
        ("Bash", "./show", YAML, Class::Config),
        ("Bash", "./show", "[core]\nbare = false\n; why\nfilemode = true\n", Class::Config),
        ("Bash", "env", "HOME=/home/dev\nPATH=/usr/bin:/bin\nLANG=C.UTF-8\n", Class::Config),
        (
            "Bash",
            "curl -s localhost/health",
            "{\"status\":\"up\",\"checks\":[{\"name\":\"db\",\"ok\":true}]}\n",
            Class::Config,
        ),
        (
            "Bash",
            "npm view x --json",
            "{\n  \"name\": \"x\",\n  \"versions\": [\n    \"1.0.0\"\n  ]\n}\n",
            Class::Config,
        ),
        ("Bash", "kubectl get pod a -o yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", Class::Config),
    ] {
        check(case);
    }
}

#[test]
fn listings() {
    for case in [
        ("Glob", "", "src/a.rs\nsrc/b.rs\n", Class::DirListing),
        ("LS", "", "- /srv/app/\n  - src/\n    - a.rs\n", Class::DirListing),
        ("Bash", "ls", "Cargo.toml\nsrc\ntarget\n", Class::DirListing),
        (
            "Bash",
            "cd a && ls -la | head",
            "total 12\ndrwxr-xr-x 2 dev dev 4096 Jan  1 12:00 .\n-rw-r--r-- 1 dev dev   12 Jan  1 12:00 a.rs\n",
            Class::DirListing,
        ),
        ("Bash", "find . -name '*.rs' | sort", "./a.rs\n./b/c.rs\n", Class::DirListing),
        ("Bash", "tree -L 2", ".\n├── a.rs\n└── b\n    └── c.rs\n\n2 directories, 2 files\n", Class::DirListing),
        ("Bash", "git ls-files", "a\nb\n", Class::DirListing),
        ("Bash", "rg -l foo", "a.rs\n", Class::DirListing),
        ("Bash", "./names", "src/a.rs\nsrc/b.rs\nsrc/c/d.rs\n", Class::DirListing),
        (
            "Bash",
            "./names",
            "-rw-r--r-- 1 dev dev 12 Jan 1 12:00 a\n-rw-r--r-- 1 dev dev 12 Jan 1 12:00 b\n-rw-r--r-- 1 dev dev 12 Jan 1 12:00 c\n",
            Class::DirListing,
        ),
        ("Grep", "", "Found 2 files\n", Class::BuildLog),
        ("Bash", "du -sh *", "4.0K\ta\n12M\tb\n", Class::DirListing),
    ] {
        check(case);
    }
}
