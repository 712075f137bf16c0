//! Which project a directory belongs to: a real repository with worktrees, listing, merging, naming.
//! It must not know how git keeps its worktrees.
//! Invariant: every directory of a repository is the same project, by hook, by transcript and by command.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::session::{Session, holding, save_in};
use crate::support::{Home, run, tool};

/// A repository with a worktree, each with a folder in it; none where git is missing.
fn repository(home: &Home) -> Option<[PathBuf; 4]> {
    let git = tool("git")?;
    let (main, tree) = (home.root().join("repo"), home.root().join("repo-wt"));
    std::fs::create_dir(&main).unwrap();
    let run_git = |args: &[&str]| {
        let mut command = home.program(&git);
        command.current_dir(&main).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
        run(command, b"").ok();
    };
    run_git(&["init", "-q", "-b", "main"]);
    run_git(&["commit", "-q", "--allow-empty", "-m", "start"]);
    run_git(&["worktree", "add", "-q", "-b", "side", tree.to_str().unwrap()]);
    let deep = [main.join("src/deep"), tree.join("src")];
    deep.iter().for_each(|dir| std::fs::create_dir_all(dir).unwrap());
    let [deep, in_tree] = deep;
    Some([main, deep, tree, in_tree])
}

fn list(home: &Home) -> Vec<Value> {
    home.json(&["project", "list"])["projects"].as_array().unwrap().clone()
}

#[test]
fn worktrees_and_folders_of_a_repository_are_one_project() {
    let home = Home::new();
    let Some([main, deep, tree, in_tree]) = repository(&home) else { return };
    home.up();
    for (n, dir) in [&main, &deep, &tree, &in_tree].into_iter().enumerate() {
        save_in(&home, dir, &format!("saved from place {n}"));
        let session = Session::new(&home, &format!("told-{n}"), dir);
        session.write(&[session.prompt(&format!("told from place {n}"))]);
        session.index();
        Session::new(&home, &format!("hooked-{n}"), dir).stop(&format!("hooked from place {n}"));
    }
    let projects = list(&home);
    assert_eq!(projects.len(), 1, "{projects:#?}");
    assert_eq!(projects[0]["path"], json!(std::fs::canonicalize(&main).unwrap()));
    assert_eq!((projects[0]["name"].as_str(), projects[0]["memories"].as_u64()), (Some("repo"), Some(12)));
    // Asked for from any of them, by path or by name, from anywhere.
    let hits = |dir: &Path, args: &[&str]| {
        let mut command = home.command(&[&["search", "place", "--limit", "50", "--json"], args].concat());
        command.current_dir(dir);
        run(command, b"").json()["hits"].as_array().unwrap().len()
    };
    assert_eq!([&main, &deep, &tree, &in_tree].map(|dir| hits(dir, &[])), [12; 4]);
    assert_eq!((hits(&home.work(), &[]), hits(&home.work(), &["--project", "repo"])), (0, 12));
    assert_eq!(hits(&home.work(), &["--project", tree.to_str().unwrap()]), 12);
    assert_eq!((hits(&tree, &["--project", "."]), hits(&tree, &["--project", "../repo/src"])), (12, 12));
    // The start of a session knows its branch.
    let start = crate::session::context(&Session::new(&home, "on-side", &in_tree).hook("SessionStart", &json!({})));
    assert!(start.contains("repo, branch side"), "{start}");
}

#[test]
fn projects_are_merged_for_good() {
    let home = Home::new();
    let [old, new, third] = ["old", "new", "third"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        save_in(&home, &dir, &format!("said in {name} about the merger"));
        dir
    });
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    assert_eq!(home.json(&["project", "merge", "old", "new"]), json!({ "count": 1 }));
    let names = || list(&home).iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(names().len() == 2 && !names().contains(&"old".to_owned()), "{:?}", names());
    let merged = list(&home).into_iter().find(|p| p["name"] == "new").unwrap();
    assert_eq!(
        (merged["memories"].as_u64(), &merged["merged"]),
        (Some(2), &json!([std::fs::canonicalize(&old).unwrap()]))
    );
    assert!(home.quipu(&["project", "list"]).ok().contains("with what was"));
    // What is written for the old one from now on belongs to the new one, whoever writes it.
    save_in(&home, &old, "saved in old afterwards");
    Session::new(&home, "hook", &old).stop("hooked in old afterwards");
    let session = Session::new(&home, "told", &old);
    session.write(&[session.prompt("told in old afterwards")]);
    session.index();
    let found = |dir: &Path| {
        let mut command = home.command(&["search", "old afterwards merger", "--limit", "50", "--json"]);
        command.current_dir(dir);
        run(command, b"").json()["hits"].as_array().unwrap().len()
    };
    assert_eq!((found(&new), found(&old), found(&third)), (5, 5, 1));
    // A chain of merges ends where the last one does.
    home.json(&["project", "merge", &text(&new), &text(&third)]);
    assert_eq!((found(&old), names()), (6, vec!["third".to_owned()]));
    for (from, to, code, exit) in [
        ("third", "third", "same_project", 64),
        ("nobody", "third", "no_such_project", 66),
        ("third", "nobody", "no_such_project", 66),
        ("/not/known", "third", "no_such_project", 66),
    ] {
        let error = home.quipu(&["project", "merge", from, to, "--json"]);
        assert_eq!((error.code, error.json()["code"].as_str()), (exit, Some(code)), "{from} {to}");
    }
    assert_eq!(holding(&home, "afterwards"), 3);
}

#[test]
fn a_name_that_two_projects_have_is_asked_back() {
    let home = Home::new();
    for parent in ["x", "y"] {
        let dir = home.root().join(parent).join("same");
        std::fs::create_dir_all(&dir).unwrap();
        save_in(&home, &dir, &format!("a fact of {parent}"));
    }
    let error = home.quipu(&["search", "fact", "--project", "same", "--json"]);
    assert_eq!(error.code, 65, "{error:#?}");
    let fault = error.json();
    assert_eq!(fault["code"], "ambiguous_project");
    assert!(
        fault["message"].as_str().unwrap().contains("x/same") && fault["hint"].as_str().unwrap().contains("path"),
        "{fault}"
    );
    let path = home.root().join("x/same");
    assert_eq!(
        home.json(&["search", "fact", "--project", path.to_str().unwrap()])["hits"].as_array().map(Vec::len),
        Some(1)
    );
}
