//! What a tool's name, command or file lets one expect of its output.
//! It must not look at the output.
//! Invariant: an unknown tool or program is no hint, rather than a guess.

use crate::class::Class;
use crate::language::Language;

/// What the output of a program usually is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Log,
    Diff,
    Listing,
    Prose,
}

/// What is expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// The class of the file whose text this is.
    pub(super) file: Option<Class>,
    /// What the program usually prints.
    pub(super) kind: Option<Kind>,
}

/// Tools that return the text of the file they name.
const READS: [&str; 9] =
    ["read", "view", "notebookread", "read_file", "readfile", "edit", "multiedit", "write", "str_replace_editor"];
const LISTS: [&str; 6] = ["glob", "ls", "list_dir", "list_files", "listdir", "find_files"];
const SPEAKS: [&str; 7] = ["task", "agent", "webfetch", "websearch", "web_search", "fetch", "exitplanmode"];

/// Programs whose output is a log, whatever it says.
const LOGS: [&str; 66] = [
    "ant",
    "apk",
    "apt",
    "apt-get",
    "bazel",
    "brew",
    "bun",
    "bundle",
    "cabal",
    "cargo",
    "cc",
    "clang",
    "clang++",
    "cmake",
    "composer",
    "conda",
    "ctest",
    "deno",
    "docker",
    "dotnet",
    "eslint",
    "flake8",
    "g++",
    "gcc",
    "gem",
    "go",
    "gradle",
    "gradlew",
    "javac",
    "jest",
    "just",
    "kubectl",
    "make",
    "meson",
    "mix",
    "mocha",
    "mvn",
    "mvnw",
    "mypy",
    "ninja",
    "nox",
    "npm",
    "npx",
    "phpunit",
    "pip",
    "pip3",
    "playwright",
    "pnpm",
    "podman",
    "poetry",
    "pyright",
    "pytest",
    "rake",
    "rspec",
    "ruff",
    "rustc",
    "rustup",
    "sbt",
    "swift",
    "terraform",
    "tox",
    "tsc",
    "uv",
    "vitest",
    "xcodebuild",
    "yarn",
];
/// Programs that list files.
const LISTERS: [&str; 9] = ["ls", "find", "tree", "fd", "fdfind", "exa", "eza", "du", "dir"];
/// Programs that print a file as it is.
const PRINTERS: [&str; 8] = ["cat", "bat", "batcat", "head", "tail", "less", "more", "nl"];
/// Words before the program that is meant.
const PREFIXES: [&str; 9] = ["sudo", "time", "env", "nohup", "exec", "command", "nice", "stdbuf", "xvfb-run"];

impl Hint {
    pub(super) fn of(name: &str, command: Option<&str>, path: Option<&str>) -> Self {
        let tool = name.rsplit("__").next().unwrap_or(name).to_ascii_lowercase();
        let tool = tool.as_str();
        let mut hint = Self { file: None, kind: None };
        if READS.contains(&tool) {
            hint.file = path.and_then(of_file);
        } else if LISTS.contains(&tool) {
            hint.kind = Some(Kind::Listing);
        } else if SPEAKS.contains(&tool) {
            hint.kind = Some(Kind::Prose);
        } else if let Some(command) = command {
            hint.of_command(command);
        }
        hint
    }

    /// Of several programs the one that says most decides: a test after a `cd` and an `ls` is a test.
    fn of_command(&mut self, command: &str) {
        for step in command.split(['\n', ';']).flat_map(|part| part.split("&&")).flat_map(|part| part.split("||")) {
            // What follows a pipe only filters, but for what feeds on names.
            let source = step.split('|').next().unwrap_or(step);
            let mut words = source.split_whitespace().filter(|word| !is_setting(word)).peekable();
            while words.next_if(|word| PREFIXES.contains(word) || word.starts_with('(')).is_some() {}
            if words.next_if(|word| *word == "timeout").is_some() {
                words.next();
            }
            let Some(program) = words.next().map(|word| word.rsplit('/').next().unwrap_or(word)) else { continue };
            let arguments: Vec<&str> = words.collect();
            let kind = kind_of(program, &arguments);
            if let Some(kind) = kind {
                self.kind = Some(self.kind.map_or(kind, |known| known.min(kind)));
            } else if PRINTERS.contains(&program) || (program == "sed" && arguments.contains(&"-n")) {
                self.file = arguments.iter().rev().filter(|word| !word.starts_with('-')).find_map(|word| of_file(word));
            }
        }
        // The text of a file among other output is not the whole text.
        if self.kind.is_some() {
            self.file = None;
        }
    }
}

fn kind_of(program: &str, arguments: &[&str]) -> Option<Kind> {
    let first = arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("");
    let has = |flag: &str| arguments.contains(&flag);
    match program {
        "git" | "jj" | "hg" => match first {
            "diff" | "show" => Some(Kind::Diff),
            "log" if has("-p") || has("--patch") => Some(Kind::Diff),
            "ls-files" | "ls-tree" => Some(Kind::Listing),
            _ => None,
        },
        "diff" | "colordiff" => Some(Kind::Diff),
        "rg" if has("--files") || has("-l") => Some(Kind::Listing),
        "grep" if has("-l") || has("-rl") || has("-rln") => Some(Kind::Listing),
        "python" | "python3" if has("-m") && ["pytest", "unittest", "pip", "mypy"].iter().any(|module| has(module)) => {
            Some(Kind::Log)
        }
        // These print files and trees as they are.
        "go" if matches!(first, "doc" | "list") => None,
        "cargo" if matches!(first, "metadata" | "expand") => None,
        "kubectl" | "docker" if has("-o") || first == "inspect" => None,
        _ if LOGS.binary_search(&program).is_ok() => Some(Kind::Log),
        _ if LISTERS.contains(&program) => Some(Kind::Listing),
        _ => None,
    }
}

/// `NAME=value` before a program.
fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// What a file holds, by its name.
fn of_file(path: &str) -> Option<Class> {
    if Language::of_path(path).is_some() {
        return Some(Class::Code);
    }
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    if name == ".env" || name.starts_with(".env.") || name == ".editorconfig" || name == ".gitignore" {
        return Some(Class::Config);
    }
    if matches!(name.as_str(), "makefile" | "dockerfile" | "justfile" | "rakefile" | "gemfile" | "cmakelists.txt") {
        return Some(Class::Code);
    }
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "toml" | "yaml" | "yml" | "json" | "jsonc" | "json5" | "ini" | "env" | "conf" | "cfg" | "properties"
        | "lock" | "editorconfig" | "plist" => Class::Config,
        "rb" | "php" | "cs" | "swift" | "kt" | "kts" | "scala" | "ex" | "exs" | "erl" | "hs" | "ml" | "lua" | "pl"
        | "pm" | "r" | "jl" | "dart" | "zig" | "nim" | "clj" | "elm" | "vue" | "svelte" | "sql" | "css" | "scss"
        | "less" | "html" | "htm" | "xml" | "fish" | "ps1" | "proto" | "graphql" | "tf" | "hcl" | "nix" | "asm"
        | "s" | "m" | "mm" | "cu" | "f90" | "ipynb" => Class::Code,
        "md" | "mdx" | "rst" | "adoc" | "tex" => Class::AssistantText,
        "diff" | "patch" => Class::Diff,
        "log" => Class::BuildLog,
        _ => return None,
    })
}

/// Whether what is searched by halves is in order.
#[cfg(test)]
pub(super) fn are_sorted() -> bool {
    LOGS.is_sorted()
}
