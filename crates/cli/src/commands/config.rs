//! `quipu config`: what is set, where from, and changes of one value in one file.
//! It must not know what a setting is for, nor how a file is taken apart.
//! Invariant: a value that its key does not take is refused before a file is touched; comments and order stay.

use std::path::{Path, PathBuf};

use quipu_protocol::config::keys::{KEYS, Key, MCP_CHANNEL, Reader, Reload, nearest, position};
use quipu_protocol::config::{self, Config, Origin, PROJECT_FILE, Setting, Sources, Value, edit, project_root};
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::daemon::{ConfigReply, SettingView};

use super::Outcome;
use super::install::file::File;
use crate::args::config::Config as Wanted;
use crate::connect::{self, Daemon};
use crate::mcp::Channel;
use crate::output::{DIM, Form, WARN, json, styled};

/// Keys and values of `--set`.
pub(super) type Flags = [(String, String)];

pub(super) fn config(wanted: Wanted, flags: &Flags, form: Form) -> Outcome {
    match wanted {
        Wanted::Show { origin } => show(origin, flags, form),
        Wanted::Get { key } => get(&key, flags, form),
        Wanted::Set { key, value, project } => set(&key, &value, project, form),
        Wanted::Unset { key, project } => unset(&key, project, form),
        Wanted::Path => path(form),
    }
}

/// `--set KEY=VALUE`, each checked. Only what reads settings itself can be told another value.
pub(super) fn flags(texts: &[String]) -> Result<Vec<(String, String)>, Fault> {
    let parse = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Fault::new(FaultKind::Caller, "bad_setting", format!("`--set {text}` has no value"))
                .hint("say `--set KEY=VALUE`; `quipu config show` lists the keys")
        })?;
        read(known(name)?, value)?;
        Ok((name.to_owned(), value.to_owned()))
    };
    texts.iter().map(parse).collect()
}

/// What holds for this command, here; a fault in any layer is told instead.
/// Whether a host of MCP is told of messages unasked. Of settings with a fault, what is so without them.
pub(crate) fn pushes() -> Channel {
    let is_wanted = effective(&[], false).is_ok_and(|config| config.flag(MCP_CHANNEL));
    if is_wanted { Channel::Open } else { Channel::Closed }
}

pub(super) fn effective(flags: &Flags, project: bool) -> Result<Config, Fault> {
    let (env, paths) = (Env::read(), connect::paths()?);
    let root = project.then(here).flatten();
    let loaded = Config::load(&Sources { user: &paths.config, project: root.as_deref(), env: &env, flags });
    match loaded.problems.as_slice() {
        [] => Ok(loaded.config),
        problems => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(Fault::new(FaultKind::Caller, "bad_config", lines.join("\n"))
                .hint("mend that place (`quipu config path` names the files), or `quipu config unset` the key"))
        }
    }
}

/// A key that only the daemon reads cannot be changed for one command.
pub(super) fn only_for_clients(flags: &Flags) -> Outcome {
    let daemons = |name: &str| position(name).is_some_and(|at| KEYS[at].reader == Reader::Daemon);
    match flags.iter().find(|(name, _)| daemons(name)) {
        None => Ok(()),
        Some((name, value)) => {
            let message = format!("`{name}` is read by the daemon: a flag of this command does not reach it");
            Err(Fault::new(FaultKind::Caller, "daemons_setting", message)
                .hint(format!("`quipu config set {name} '{value}'`; a running daemon takes it at once")))
        }
    }
}

fn show(origin: bool, flags: &Flags, form: Form) -> Outcome {
    let config = effective(flags, true)?;
    // What another environment gave the daemon is not to be seen from here.
    let running: Option<ConfigReply> = Daemon::new()?.get_if_up("/v1/config").ok().flatten();
    let alone = effective(flags, false)?.views();
    let differs = |view: &SettingView| {
        let key = &KEYS[position(&view.key)?];
        let here = alone.iter().find(|own| own.key == view.key)?;
        (key.reader != Reader::Client && here.value != view.value).then(|| view.clone())
    };
    let running = running.unwrap_or_default();
    let differing: Vec<SettingView> = running.settings.iter().filter_map(differs).collect();
    if form == Form::Json {
        json(&serde_json::json!({
            "settings": config.views(), "daemon": differing, "problems": running.problems, "restart": running.restart,
        }));
        return Ok(());
    }
    for (at, key) in KEYS.iter().enumerate() {
        let Setting { value, origins } = config.setting(at);
        let from = origins.iter().map(Origin::to_string).collect::<Vec<_>>().join(", ");
        let from = if origin { format!("  {}", styled(DIM, &format!("# {from}"))) } else { String::new() };
        anstream::println!("{} = {value}{from}", key.name);
    }
    for view in &differing {
        let from = view.origins.join(", ");
        anstream::println!("{} the running daemon has {} = {} ({from})", styled(WARN, "note:"), view.key, view.value);
    }
    for key in &running.restart {
        anstream::println!("{} {key} takes effect after `quipu down`", styled(WARN, "note:"));
    }
    for problem in &running.problems {
        anstream::println!("{} the daemon cannot take {problem}", styled(WARN, "note:"));
    }
    Ok(())
}

fn get(name: &str, flags: &Flags, form: Form) -> Outcome {
    let at = known(name)?;
    let config = effective(flags, true)?;
    if form == Form::Json {
        json(&config.views()[at]);
    } else {
        anstream::println!("{}", config.setting(at).value);
    }
    Ok(())
}

fn set(name: &str, text: &str, project: bool, form: Form) -> Outcome {
    let at = known(name)?;
    let value = read(at, text)?;
    let refusal = project.then(|| config::refusal(at, &value)).flatten();
    if let Some(what) = refusal {
        return Err(Fault::new(FaultKind::Caller, "not_for_projects", what)
            .hint(format!("without `--project` it is set for every project: `quipu config set {name} '{text}'`")));
    }
    let path = file(project)?;
    // Patterns that begin nowhere would be written and then not taken.
    let check = Config::taken(&value, &Env::read(), project.then(|| path.parent()).flatten());
    check.map_err(|what| Fault::new(FaultKind::Caller, "bad_value", format!("`{name}`: {what}")))?;
    change(&path, |old| edit::set(old, name, &value).map(Some))?;
    said(&path, &KEYS[at], Some(&value), form);
    Ok(())
}

/// Sets a yes or no in the user's file, as `config set` does.
pub(super) fn set_flag(name: &str, on: bool) -> Outcome {
    let value = read(known(name)?, if on { "true" } else { "false" })?;
    change(&file(false)?, |old| edit::set(old, name, &value).map(Some)).map(drop)
}

fn unset(name: &str, project: bool, form: Form) -> Outcome {
    let path = file(project)?;
    let changed = change(&path, |old| edit::unset(old, name))?;
    if !changed {
        let at = known(name)?;
        let message = format!("`{}` is not set in {}", KEYS[at].name, path.display());
        return Err(Fault::new(FaultKind::Missing, "not_set", message)
            .hint("`quipu config show --origin` says where each value comes from"));
    }
    match position(name) {
        Some(at) => said(&path, &KEYS[at], None, form),
        None if form == Form::Json => json(&serde_json::json!({ "key": name, "value": null, "file": path })),
        None => anstream::println!("{name} is no longer in {}", path.display()),
    }
    Ok(())
}

/// What was done, and what keeps it from having an effect.
fn said(path: &Path, key: &Key, value: Option<&Value>, form: Form) {
    let over = Env::read().settings.iter().any(|(name, _)| *name == key.variable());
    let waits = key.reload == Reload::Restart;
    if form == Form::Json {
        let value = value.map(Value::to_json);
        json(&serde_json::json!({
            "key": key.name, "value": value, "file": path, "overridden": over, "restart": waits,
        }));
        return;
    }
    match value {
        Some(value) => anstream::println!("{} = {value} {}", key.name, styled(DIM, &format!("({})", path.display()))),
        None => anstream::println!("{} is no longer in {}", key.name, path.display()),
    }
    if over {
        anstream::println!("{} {} is set and stands over it", styled(WARN, "note:"), key.variable());
    }
    if waits {
        anstream::println!("{} it takes effect when the daemon starts again: `quipu down`", styled(WARN, "note:"));
    }
}

fn path(form: Form) -> Outcome {
    let (user, project) = (file(false)?, file(true).ok());
    if form == Form::Json {
        json(&serde_json::json!({ "user": user, "project": project }));
        return Ok(());
    }
    let is_there = |path: &Path| if path.exists() { "" } else { " (not there yet)" };
    anstream::println!("user     {}{}", user.display(), styled(DIM, is_there(&user)));
    if let Some(project) = project {
        anstream::println!("project  {}{}", project.display(), styled(DIM, is_there(&project)));
    }
    Ok(())
}

/// Changes the file; says whether there was anything to change.
fn change(path: &Path, new: impl FnOnce(&str) -> Result<Option<String>, String>) -> Result<bool, Fault> {
    let mend = |fault: Fault| fault.hint(format!("see to {} by hand", path.display()));
    let file = File::read(path.to_owned()).map_err(mend)?;
    let text = new(file.text().map_err(mend)?).map_err(|what| {
        let message = format!("{} is no TOML: {what}; nothing was written", path.display());
        Fault::new(FaultKind::Conflict, "bad_config", message).hint("`quipu config show` names line and column")
    })?;
    match text {
        None => Ok(false),
        Some(text) => file.write(&text).map(|()| true).map_err(mend),
    }
}

fn file(project: bool) -> Result<PathBuf, Fault> {
    if !project {
        return Ok(connect::paths()?.config);
    }
    here().map(|root| root.join(PROJECT_FILE)).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "no_directory", "the current directory is gone").hint("`cd` into the project")
    })
}

/// The root of the project that the command stands in.
fn here() -> Option<PathBuf> {
    std::env::current_dir().ok().map(|dir| project_root(&dir).to_owned())
}

fn known(name: &str) -> Result<usize, Fault> {
    position(name).ok_or_else(|| {
        let nearest = KEYS[nearest(name).0].name;
        Fault::new(FaultKind::Caller, "unknown_key", format!("unknown key `{name}`; did you mean `{nearest}`?"))
            .hint("`quipu config show` lists the keys")
    })
}

fn read(at: usize, text: &str) -> Result<Value, Fault> {
    Value::of_text(&KEYS[at], text).map_err(|what| Fault::new(FaultKind::Caller, "bad_value", what))
}
