//! What others have written to speak MCP: official clients, the Inspector, the conformance suite, a Node that runs them.
//! It must not know what is done with it.
//! Invariant: packages come by name through npm and pip, in these versions, once, into a folder below the target
//! directory and nowhere else; what cannot be had is said, and whoever wanted it passes without.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The official TypeScript clients (both majors), the Inspector and the conformance suite.
const NPM: [&str; 4] = [
    "@modelcontextprotocol/client@2.4.0",
    "@modelcontextprotocol/sdk@1.32.2",
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
];
/// The Inspector and the suite want Node 22; systems often have an older one.
const NODE: &str = "22.23.3";
/// The official Python client.
const PIP: [&str; 1] = ["mcp==2.3.0"];
/// The newest: what people run.
const CLAUDE: [&str; 1] = ["@anthropic-ai/claude-code"];
/// So many seconds a fetch may take.
const PATIENCE: &str = "300";

/// A folder with `node_modules`, and the Node that runs them.
#[derive(Debug, Clone)]
pub(crate) struct Npm {
    pub(crate) modules: PathBuf,
    pub(crate) node: PathBuf,
}

impl Npm {
    /// Fetches what is not there yet; none, with a word why, where it cannot be had.
    pub(crate) fn fetched() -> Option<Self> {
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let processor = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        let node = format!("node-{system}-{processor}");
        let mut packages = vec![format!("{node}@{NODE}")];
        packages.extend(NPM.map(str::to_owned));
        let modules = npm("mcp-npm", &packages)?.join("node_modules");
        Some(Self { node: modules.join(node).join("bin/node"), modules })
    }
}

/// The real Claude Code's program.
pub(crate) fn claude_code() -> Option<PathBuf> {
    Some(npm("claude-code", &CLAUDE.map(str::to_owned))?.join("node_modules/.bin/claude"))
}

/// A folder to be in `PYTHONPATH`, and the Python that it was made for.
pub(crate) fn python() -> Option<(PathBuf, PathBuf)> {
    let python = program("python3")?;
    let folder = fetch("mcp-python", &PIP.map(str::to_owned), |folder| {
        let mut pip = Command::new("timeout");
        pip.arg(PATIENCE).arg(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--root-user-action=ignore", "--no-cache-dir", "--target"]).arg(folder).args(PIP);
        vec![pip]
    })?;
    Some((python, folder))
}

fn npm(name: &str, packages: &[String]) -> Option<PathBuf> {
    let npm = program("npm")?;
    fetch(name, packages, |folder| {
        // The cache is of no use afterwards, and the user's own home is none of our business.
        let cache = folder.join("cache");
        let mut install = Command::new("timeout");
        install.arg(PATIENCE).arg(&npm).args(["install", "--no-audit", "--no-fund", "--loglevel", "error", "--cache"]);
        install.arg(&cache).arg("--prefix").arg(folder).args(packages);
        let mut clean = Command::new("rm");
        clean.arg("-rf").arg(cache);
        vec![install, clean]
    })
}

/// Makes the folder `name` below the target directory, unless it holds these packages already.
fn fetch(name: &str, packages: &[String], steps: impl FnOnce(&Path) -> Vec<Command>) -> Option<PathBuf> {
    let base = std::env::current_exe().ok()?.ancestors().find(|folder| folder.ends_with("release"))?.join("../tmp");
    std::fs::create_dir_all(&base).ok()?;
    // Several tests want the same at once, of several processes.
    let lock = File::create(base.join(format!("{name}.lock"))).ok()?;
    lock.lock().ok()?;
    let (folder, wanted) = (base.join(name), packages.join("\n"));
    let list = folder.join("fetched");
    if std::fs::read_to_string(&list).is_ok_and(|there| there == wanted) {
        return folder.canonicalize().ok();
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).ok()?;
    for mut step in steps(&folder) {
        let done = step.stdin(Stdio::null()).output();
        if !done.as_ref().is_ok_and(|output| output.status.success()) {
            let said = done.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned());
            let said = said.unwrap_or_else(|error| error.to_string());
            println!("skipped: {} could not be fetched: {said}", packages.join(", "));
            return None;
        }
    }
    std::fs::write(list, wanted).ok()?;
    folder.canonicalize().ok()
}

/// A program in PATH; without it there is a word, and nothing else.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: `{name}` is not in PATH");
    }
    found
}
