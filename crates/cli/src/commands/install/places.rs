//! Where Claude Code's settings lie, and which program a hook names.
//! It must not know what is in the files.
//! Invariant: a path that is written down is absolute.

use std::path::{Path, PathBuf};

use quipu_agents::claude_code::install::{LOCAL_SETTINGS, MANAGED_FOLDER, PROJECT_FOLDER, SETTINGS, is_program_name};
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::claude_config;

/// One person's settings for every project.
pub(crate) fn user(env: &Env) -> Result<PathBuf, Fault> {
    let folder = claude_config(env).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "homeless", "neither CLAUDE_CONFIG_DIR nor HOME is set")
            .hint("set HOME, or set CLAUDE_CONFIG_DIR to Claude Code's folder")
    })?;
    Ok(std::path::absolute(folder.join(SETTINGS)).unwrap_or_else(|_| folder.join(SETTINGS)))
}

/// A project's settings that are one person's.
pub(crate) fn local(root: &Path) -> PathBuf {
    root.join(PROJECT_FOLDER).join(LOCAL_SETTINGS)
}

/// A project's settings that everybody has who works on it.
pub(crate) fn shared(root: &Path) -> PathBuf {
    root.join(PROJECT_FOLDER).join(SETTINGS)
}

/// The git working tree that this directory is in, or else the directory.
pub(crate) fn project_root() -> Result<PathBuf, Fault> {
    let cwd = std::env::current_dir().map_err(|error| {
        Fault::new(FaultKind::Caller, "no_directory", format!("this directory cannot be used: {error}"))
            .hint("change to the project's directory")
    })?;
    Ok(cwd.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(&cwd).to_owned())
}

/// An administrator's settings, as far as there are any.
pub(crate) fn managed() -> Vec<PathBuf> {
    managed_below(Path::new(MANAGED_FOLDER))
}

fn managed_below(folder: &Path) -> Vec<PathBuf> {
    let more = std::fs::read_dir(folder.join("managed-settings.d")).into_iter().flatten().flatten();
    let mut more: Vec<PathBuf> =
        more.map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == "json")).collect();
    more.sort();
    let first = folder.join("managed-settings.json");
    first.is_file().then_some(first).into_iter().chain(more).collect()
}

/// The program that a hook is to run: this one, by its real path.
pub(crate) fn this_program() -> Result<String, Fault> {
    let fault = |message: String, hint: &str| Fault::new(FaultKind::Unavailable, "no_program", message).hint(hint);
    let found = std::env::current_exe().and_then(std::fs::canonicalize);
    let path = found.map_err(|error| {
        fault(format!("the path of this program cannot be told: {error}"), "start quipu anew, by its full path")
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !is_program_name(&name) {
        let message = format!("this program is called `{name}`, and a hook of that name would not be known again");
        return Err(fault(message, "call the file `quipu`"));
    }
    path.into_os_string().into_string().map_err(|path| {
        let message = format!("the path {} is not UTF-8, which settings must be", path.display());
        fault(message, "move the program to another folder")
    })
}

/// The file that a word of a hook's command names: a home directory in front is filled in; a bare name is none.
pub(crate) fn resolve(word: &str, env: &Env) -> Option<PathBuf> {
    let below_home = ["~/", "$HOME/", "${HOME}/"].into_iter().find_map(|prefix| word.strip_prefix(prefix));
    let path = match below_home {
        Some(rest) => env.home.as_ref()?.join(rest),
        None => PathBuf::from(word),
    };
    path.is_absolute().then_some(path)
}

/// Whether a word names the file that `program` is.
pub(crate) fn is_same(word: &str, program: &str, env: &Env) -> bool {
    resolve(word, env).and_then(|path| std::fs::canonicalize(path).ok()).is_some_and(|path| path == Path::new(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_resolved_as_a_shell_would() {
        let env = Env { home: Some("/home/dev".into()), ..Env::default() };
        let check = |word: &str, path: Option<&str>| assert_eq!(resolve(word, &env), path.map(PathBuf::from), "{word}");
        check("/bin/quipu", Some("/bin/quipu"));
        check("~/bin/quipu", Some("/home/dev/bin/quipu"));
        check("$HOME/bin/quipu", Some("/home/dev/bin/quipu"));
        check("${HOME}/bin/quipu", Some("/home/dev/bin/quipu"));
        check("quipu", None);
        check("./quipu", None);
        check("$OTHER/quipu", None);
        assert_eq!(resolve("~/quipu", &Env::default()), None);
    }

    #[test]
    fn managed_settings_are_one_file_and_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(managed_below(dir.path()).is_empty());
        std::fs::create_dir(dir.path().join("managed-settings.d")).expect("made");
        for name in [
            "managed-settings.json",
            "managed-settings.d/20.json",
            "managed-settings.d/10.json",
            "managed-settings.d/x",
        ] {
            std::fs::write(dir.path().join(name), "{}").expect("written");
        }
        let found = managed_below(dir.path());
        let names: Vec<_> = found.iter().filter_map(|p| p.file_name()?.to_str()).collect();
        assert_eq!(names, ["managed-settings.json", "10.json", "20.json"]);
    }
}
