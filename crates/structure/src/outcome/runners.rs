//! The summary lines of test runners and compilers, one function a family.
//! It must not look at more than one line.
//! Invariant: a line is told by its shape from its beginning on, so that a sentence about failures is no summary.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Verdict;

/// How much a line says; a heavier one outweighs all lighter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A number that the shell knows.
    Exit,
    /// A build that was or was not.
    Build,
    /// Tests.
    Tests,
}

/// What one line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) weight: Weight,
    pub(super) verdict: Verdict,
    pub(super) passed: Option<u64>,
    pub(super) failed: Option<u64>,
    /// Whether it counts a part of the run, to be added to the other parts.
    part: bool,
}

impl Told {
    fn counted(passed: Option<u64>, failed: Option<u64>) -> Self {
        let verdict = if failed.unwrap_or(0) > 0 { Verdict::Failed } else { Verdict::Passed };
        Self { weight: Weight::Tests, verdict, passed, failed, part: false }
    }

    fn plain(weight: Weight, verdict: Verdict) -> Self {
        Self { weight, verdict, passed: None, failed: None, part: false }
    }

    fn part(self) -> Self {
        Self { part: true, ..self }
    }

    /// This and a later line of the same weight together.
    pub(super) fn and(self, later: Self) -> Self {
        let failed = self.verdict == Verdict::Failed || later.verdict == Verdict::Failed;
        let verdict = if failed { Verdict::Failed } else { Verdict::Passed };
        let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        if self.part && later.part {
            Self { verdict, passed: add(self.passed, later.passed), failed: add(self.failed, later.failed), ..later }
        } else if later.passed.is_none() && later.failed.is_none() {
            Self { verdict, ..self }
        } else {
            Self { verdict, ..later }
        }
    }
}

/// What a line, without blanks around it, tells of a run.
pub(super) fn told(line: &str) -> Option<Told> {
    // A summary is short: nothing is looked for in a line that is a whole file.
    if line.is_empty() || line.len() > 400 {
        return None;
    }
    let line = ["[INFO] ", "[ERROR] ", "[WARNING] "].iter().find_map(|level| line.strip_prefix(level)).unwrap_or(line);
    let line = line.trim();
    families(*line.as_bytes().first()?).iter().find_map(|family| family(line))
}

/// What a line that begins so can be; most begin as none does.
fn families(first: u8) -> &'static [fn(&str) -> Option<Told>] {
    match first {
        b'0'..=b'9' => &[percent, counts, build],
        b'=' => &[counts],
        b't' => &[cargo],
        b'S' => &[cargo, build],
        b'T' => &[junit, named],
        b'o' => &[named, go],
        b'F' => &[named, go, build],
        b'P' => &[named, go, exit],
        b'#' => &[named],
        b'-' => &[go],
        // ℹ, ✖, ✓
        0xe2 => &[named, build],
        b'*' | b'A' | b'B' | b'm' | b'n' => &[build],
        b'[' | b'(' | b'C' | b'E' | b'c' | b'e' => &[build, exit],
        b'p' => &[exit],
        _ => &[],
    }
}

/// `test result: ok. 5 passed; 0 failed; …`, nextest's `Summary [ 0.1s] 5 tests run: 4 passed, 1 failed`
fn cargo(line: &str) -> Option<Told> {
    if let Some(rest) = line.strip_prefix("test result: ") {
        let told = Told::counted(before(rest, &["passed"]), before(rest, &["failed"])).part();
        let verdict = if rest.starts_with("ok") { told.verdict } else { Verdict::Failed };
        return Some(Told { verdict, ..told });
    }
    let (_, counts) = line.strip_prefix("Summary [")?.split_once(" run: ")?;
    Some(Told::counted(before(counts, &["passed"]), Some(before(counts, &["failed", "timed"]).unwrap_or(0))))
}

/// Jest and vitest `Tests: 1 failed, 5 passed`, deno `ok | 5 passed | 0 failed`, dotnet `Failed! - Failed: 1, …`,
/// node `# pass 5`, PHPUnit `Tests: 3, Assertions: 5, Failures: 1.`, unittest `FAILED (failures=1)`
fn named(line: &str) -> Option<Told> {
    if let Some(rest) = line.strip_prefix("Tests").filter(|rest| rest.starts_with([':', ' '])) {
        let (passed, failed) = (before(rest, &["passed"]), before(rest, &["failed"]));
        if passed.is_some() || failed.is_some() {
            return Some(Told::counted(passed, failed));
        }
        let bad = sum(rest, &["Failures:", "Errors:"])?;
        return Some(Told::counted(None, Some(bad)));
    }
    if line.starts_with("ok | ") || line.starts_with("FAILED | ") {
        return Some(Told::counted(before(line, &["passed"]), before(line, &["failed"])));
    }
    if line.starts_with("Passed! ") || line.starts_with("Failed! ") {
        return Some(Told::counted(after(line, "Passed:"), after(line, "Failed:")));
    }
    if let Some(count) = line.strip_prefix("# pass ").or_else(|| line.strip_prefix("ℹ pass ")) {
        return count.parse().ok().map(|count| Told::counted(Some(count), None).part());
    }
    if let Some(count) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("ℹ fail ")) {
        return count.parse().ok().map(|count| Told::counted(None, Some(count)).part());
    }
    let failures = line.strip_prefix("FAILED (").filter(|rest| rest.ends_with(')'))?;
    Some(Told::counted(None, Some(sum(&failures.replace('=', ": "), &["failures:", "errors:"]).unwrap_or(1))))
}

/// `--- FAIL: TestA (0.00s)`, `ok  pkg 0.1s`, `FAIL pkg 0.1s` (with tabs), `FAIL`
fn go(line: &str) -> Option<Told> {
    if line.starts_with("--- FAIL: ") {
        return Some(Told::counted(None, Some(1)).part());
    }
    if line.starts_with("--- PASS: ") {
        return Some(Told::counted(Some(1), None).part());
    }
    let package = line.starts_with("ok  \t");
    if package || line == "PASS" {
        return Some(Told::counted(None, None).part());
    }
    let failed = line == "FAIL" || line.starts_with("FAIL\t");
    failed.then(|| Told::plain(Weight::Tests, Verdict::Failed).part())
}

/// `Tests run: 5, Failures: 1, Errors: 0, Skipped: 0`
fn junit(line: &str) -> Option<Told> {
    let run = after(line, "Tests run:").filter(|_| line.starts_with("Tests run:"))?;
    let bad = sum(line, &["Failures:", "Errors:"])?;
    let skipped = after(line, "Skipped:").unwrap_or(0);
    Some(Told::counted(Some(run.saturating_sub(bad).saturating_sub(skipped)), Some(bad)))
}

/// `97% tests passed, 1 tests failed out of 33`
fn percent(line: &str) -> Option<Told> {
    let (_, rest) = line.contains('%').then(|| line.split_once("% tests passed, "))??;
    let failed = rest.split(' ').next()?.parse().ok()?;
    let all: Option<u64> = rest.rsplit(' ').next().and_then(|all| all.parse().ok());
    Some(Told::counted(all.map(|all| all.saturating_sub(failed)), Some(failed)))
}

/// Lists of counts: `== 3 failed, 12 passed in 2.3s ==`, `12 passing (1s)`, `12 examples, 1 failure`, `2 errors`
fn counts(line: &str) -> Option<Told> {
    let line = line.trim_matches(['=', ' ']);
    let first = line.split([' ', ',']).next()?;
    let all: u64 = first.parse().ok()?;
    let second = line.split([' ', ',']).nth(1)?;
    let rest = &line[first.len() + 1 + second.len()..];
    match second {
        "passed" | "failed" => {
            let bad = before(line, &["failed"]).or_else(|| before(line, &["error", "errors"]));
            let listed =
                rest.is_empty() || rest.starts_with([',', ';']) || rest.starts_with(" in ") || rest.starts_with(" (");
            listed.then(|| Told::counted(before(line, &["passed"]), bad))
        }
        "passing" if is_end(rest) => Some(Told::counted(Some(all), None).part()),
        "failing" if is_end(rest) => Some(Told::counted(None, Some(all)).part()),
        "examples" | "example" | "runs" | "tests" if rest.starts_with(',') => {
            let bad = before(line, &["failures", "failure"])? + before(line, &["errors", "error"]).unwrap_or(0);
            Some(Told::counted(Some(all.saturating_sub(bad)), Some(bad)))
        }
        "error" | "errors" => {
            let alone =
                is_end(rest) || rest.starts_with(" generated") || rest.starts_with(',') || rest.starts_with(" in ");
            alone.then(|| Told { weight: Weight::Build, ..Told::counted(None, Some(all)) })
        }
        _ => None,
    }
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(" (") || rest == "." || rest == ":"
}

/// Lines by which compilers and build tools end, well or not.
const BUILT: &[(&str, Verdict)] = &[
    ("error: could not compile", Verdict::Failed),
    ("error: aborting due to", Verdict::Failed),
    ("error: test failed", Verdict::Failed),
    ("Build failed", Verdict::Failed),
    ("BUILD FAILED", Verdict::Failed),
    ("** BUILD FAILED", Verdict::Failed),
    ("Build FAILED", Verdict::Failed),
    ("BUILD FAILURE", Verdict::Failed),
    ("FAILURE: Build failed", Verdict::Failed),
    ("Failed to compile", Verdict::Failed),
    ("make: *** ", Verdict::Failed),
    ("ninja: build stopped", Verdict::Failed),
    ("npm ERR! code", Verdict::Failed),
    ("npm error code", Verdict::Failed),
    ("collect2: error: ld returned", Verdict::Failed),
    ("Errors while running CTest", Verdict::Failed),
    ("Finished `", Verdict::Passed),
    ("BUILD SUCCESS", Verdict::Passed),
    ("** BUILD SUCCEEDED", Verdict::Passed),
    ("Build succeeded", Verdict::Passed),
    ("Compiled successfully", Verdict::Passed),
    ("Success: no issues found", Verdict::Passed),
    ("All checks passed", Verdict::Passed),
    ("✓ built in", Verdict::Passed),
];

/// What compilers say before they count; looked for in many lines.
static FOUND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Found "));

fn build(line: &str) -> Option<Told> {
    let counted = |count: u64| Told { weight: Weight::Build, ..Told::counted(None, Some(count)) };
    // tsc, mypy, ruff: `Found 3 errors in 2 files.`; tsc with a clock before it.
    if let Some(at) =
        FOUND.find(line.as_bytes()).filter(|&at| at == 0 || line[..at].ends_with("- ") || line[..at].ends_with("] "))
    {
        let rest = &line[at + "Found ".len()..];
        let count = before(rest, &["error", "errors"]).filter(|_| rest.starts_with(|c: char| c.is_ascii_digit()));
        if let Some(count) = count {
            return Some(counted(count));
        }
    }
    // ESLint: `✖ 3 problems (2 errors, 1 warning)`
    if line.starts_with("✖ ") && line.contains(" problem") {
        return before(line, &["error", "errors"]).map(counted);
    }
    let first = line.as_bytes().first();
    let mut alike = BUILT.iter().filter(|(begin, _)| begin.as_bytes().first() == first);
    let &(_, verdict) = alike.find(|(begin, _)| line.starts_with(begin))?;
    let count = before(line, &["previous"]).filter(|_| verdict == Verdict::Failed);
    Some(Told { failed: count, ..Told::plain(Weight::Build, verdict) })
}

/// `Exit code 1`, `exit status 2`, `Process exited with code 0`
fn exit(line: &str) -> Option<Told> {
    let lower = line.trim_start_matches(['[', '(']).to_ascii_lowercase();
    let begins =
        ["exit code", "exit status", "exited with code", "process exited with code", "command failed with exit code"];
    let rest = begins.iter().find_map(|begin| lower.strip_prefix(begin))?;
    let digits: String = rest.trim_start_matches([':', ' ']).chars().take_while(char::is_ascii_digit).collect();
    let verdict = if digits.parse::<u64>().ok()? == 0 { Verdict::Passed } else { Verdict::Failed };
    Some(Told::plain(Weight::Exit, verdict))
}

/// The number before one of these words: `12 passed`. Of several the sum.
fn before(text: &str, words: &[&str]) -> Option<u64> {
    let mut found = None;
    let mut number: Option<u64> = None;
    for word in text.split([' ', ',', ';', '(', ')', '|', '.', ':', '\t']).filter(|word| !word.is_empty()) {
        if let (true, Some(count)) = (words.contains(&word), number) {
            found = Some(found.unwrap_or(0_u64).saturating_add(count));
        }
        number = word.parse().ok();
    }
    found
}

/// The number after a name: `Failures: 1`.
fn after(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(name)?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The sum of the numbers after these names; nothing if none of them is there.
fn sum(text: &str, names: &[&str]) -> Option<u64> {
    let counts: Vec<u64> = names.iter().filter_map(|name| after(text, name)).collect();
    (!counts.is_empty()).then(|| counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count)))
}
