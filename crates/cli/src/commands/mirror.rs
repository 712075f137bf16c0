//! `quipu mirror`: folders of Markdown that are kept as memories are.
//! It must not know what a look at one does.
//! Invariant: what is asked for twice is shown before it is confirmed.

use std::path::Path;
use std::process::ExitCode;

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mirror::{
    FileView, MirrorAddReply, MirrorAddRequest, MirrorRequest, MirrorView, MirrorsReply, SyncReply, SyncView,
};

use super::project_name;
use crate::args::mirror::Mirror;
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, styled};
use crate::plain::plain_line;

/// At most so many files are named; `--json` names more.
const NAMED: usize = 20;

/// Exit code 1 where a mirror waits for an answer.
pub(super) fn mirror(wanted: Mirror, form: Form) -> Result<ExitCode, Fault> {
    match wanted {
        Mirror::Add { dir, scope, kinds, yes } => {
            let request = MirrorAddRequest { dir: absolute(&dir)?, scope: super::scope(scope), kinds, confirm: None };
            add(request, yes, form)
        }
        Mirror::List => {
            let reply: MirrorsReply = Daemon::new()?.get("/v1/mirrors")?;
            list(&reply, form);
            Ok(ExitCode::SUCCESS)
        }
        Mirror::Sync { dir, yes, write_gone } => {
            let dir = dir.as_deref().map(absolute).transpose()?;
            sync(&MirrorRequest { dir, confirm: None, write_gone }, yes, form)
        }
        Mirror::Remove { dir } => {
            let request = MirrorRequest { dir: Some(absolute(&dir)?), ..MirrorRequest::default() };
            let reply: MirrorsReply = Daemon::new()?.write("/v1/mirrors/remove", &request)?;
            match form {
                Form::Json => json(&reply),
                Form::Text => anstream::println!("{} is kept no longer; its files stay", dir.display()),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn add(mut request: MirrorAddRequest, yes: bool, form: Form) -> Result<ExitCode, Fault> {
    let mut daemon = Daemon::patient()?;
    let mut reply: MirrorAddReply = daemon.write("/v1/mirrors", &request)?;
    if yes && reply.confirm.is_some() {
        request.confirm.clone_from(&reply.confirm);
        reply = daemon.write("/v1/mirrors", &request)?;
    }
    if reply.confirm.is_some() {
        match form {
            Form::Json => json(&reply),
            Form::Text => {
                let count = reply.count;
                anstream::println!("{} {count} files there would become notes:", styled(WARN, "asks"));
                reply.files.iter().take(NAMED).for_each(|file| anstream::println!("     {}", plain_line(file)));
                anstream::println!("{}", styled(DIM, "the same with --yes takes them; nothing was done"));
            }
        }
        return Ok(ExitCode::FAILURE);
    }
    let request = MirrorRequest { dir: Some(reply.mirror.dir.clone()), ..MirrorRequest::default() };
    let first: SyncReply = daemon.write("/v1/mirrors/sync", &request)?;
    match form {
        Form::Json => json(&serde_json::json!({ "added": reply.mirror, "sync": first.mirrors })),
        Form::Text => {
            anstream::println!("{} {}, {}", styled(GOOD, "kept"), reply.mirror.dir, whose(&reply.mirror));
            first.mirrors.iter().for_each(print);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sync(request: &MirrorRequest, yes: bool, form: Form) -> Result<ExitCode, Fault> {
    let mut daemon = Daemon::patient()?;
    let mut reply: SyncReply = daemon.write("/v1/mirrors/sync", request)?;
    for view in &mut reply.mirrors {
        if yes && view.confirm.is_some() {
            let (dir, confirm) = (Some(view.dir.clone()), view.confirm.take());
            let again = MirrorRequest { dir, confirm, write_gone: request.write_gone };
            let done: SyncReply = daemon.write("/v1/mirrors/sync", &again)?;
            if let Some(done) = done.mirrors.into_iter().next() {
                *view = done;
            }
        }
    }
    match form {
        Form::Json => json(&reply),
        Form::Text if reply.mirrors.is_empty() => {
            anstream::println!("no folder is kept {}", styled(DIM, "(`quipu mirror add DIR` keeps one)"));
        }
        Form::Text => reply.mirrors.iter().for_each(print),
    }
    let asks = reply.mirrors.iter().any(|view| view.confirm.is_some());
    Ok(if asks { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(view: &SyncView) {
    let words = [
        (view.written, "written"),
        (view.taken, "taken"),
        (view.stored, "new"),
        (view.archived, "archived"),
        (view.restored, "restored"),
        (view.removed, "removed"),
        (view.conflicts, "in conflict"),
    ];
    let done: Vec<String> = words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    match (view.state.as_str(), &view.reason) {
        ("in_step", _) if done.is_empty() => anstream::println!("{} {}", styled(GOOD, "in step"), view.dir),
        ("in_step", _) => anstream::println!("{} {}: {}", styled(GOOD, "in step"), view.dir, done.join(", ")),
        (state, why) => {
            let why = why.as_deref().unwrap_or_default();
            anstream::println!("{} {}: {}", styled(WARN, state), view.dir, plain_line(why));
        }
    }
    for FileView { file, what } in view.files.iter().take(NAMED) {
        anstream::println!("     {}: {}", plain_line(file), plain_line(what));
    }
    if view.files.len() > NAMED {
        anstream::println!("     and {} more", view.files.len() - NAMED);
    }
    if view.confirm.is_some() {
        let dir = &view.dir;
        let cure = format!(
            "nothing was done; `quipu mirror sync '{dir}' --yes` does this, with --write-gone files that are gone are written again"
        );
        anstream::println!("{}", styled(DIM, &cure));
    }
}

fn list(reply: &MirrorsReply, form: Form) {
    if form == Form::Json {
        return json(reply);
    }
    if reply.mirrors.is_empty() {
        anstream::println!("no folder is kept {}", styled(DIM, "(`quipu mirror add DIR` keeps one)"));
    }
    let now = Zoned::now();
    for mirror in &reply.mirrors {
        let since = dates::human(mirror.added_at, &now);
        anstream::println!("{}  {} files, {}, since {since}", styled(BOLD, &mirror.dir), mirror.files, whose(mirror));
        if let Some(last) = mirror.last.as_ref().filter(|last| last.state != "in_step") {
            print(last);
        }
    }
    if !reply.watched && !reply.mirrors.is_empty() {
        let cure = "`mirror.enabled` is off: only `quipu mirror sync` looks at them";
        anstream::println!("{}", styled(DIM, cure));
    }
}

fn whose(mirror: &MirrorView) -> String {
    let of = mirror.project.as_deref().map_or_else(|| "every project".to_owned(), project_name);
    if mirror.kinds.is_empty() { format!("notes of {of}") } else { format!("{} of {of}", mirror.kinds.join(", ")) }
}

/// The daemon runs elsewhere.
fn absolute(dir: &Path) -> Result<String, Fault> {
    let path = std::path::absolute(dir).map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_path", format!("`{}` is no path: {error}", dir.display()))
            .hint("name a folder: `quipu mirror add docs/memory`")
    })?;
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_path", format!("{} is not UTF-8", path.display()))
            .hint("name another folder")
    })
}
