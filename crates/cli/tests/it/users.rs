//! Other users of the machine: what they cannot read, cannot reach, and how it is when one is somebody else.
//! It must not know what is stored.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::places::unusable;
use crate::support::{Home, tool, until};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn everything_is_for_this_user_alone() {
    let home = Home::new();
    home.json(&["save", "private"]);
    assert_eq!(mode(home.data()), 0o700);
    assert_eq!(mode(&home.owner().socket), 0o600);
    assert_eq!(mode(&home.data().join("owner.lock")), 0o600);
    assert_eq!(mode(home.owner().socket.parent().unwrap()), 0o700);

    // A directory that was there before is closed, and so is what is put into it.
    let open = Home::new();
    std::fs::create_dir(open.data()).unwrap();
    set_mode(open.data(), 0o755);
    let mut daemon = open.command(&["daemon", "run", "--idle", "10s"]).spawn().unwrap();
    until("it serves", || open.health().ok());
    open.json(&["save", "private too"]);
    assert_eq!(mode(open.data()), 0o700);
    for entry in std::fs::read_dir(open.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "others can read {}", path.display());
    }
    open.quipu(&["down"]).ok();
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn a_home_without_permission_is_refused_with_a_cure() {
    let home = Home::new();
    let closed = home.root().join("closed");
    std::fs::create_dir(&closed).unwrap();
    set_mode(&closed, 0o500);
    // Root may write anywhere; somebody without rights may not.
    unusable(&if rustix::process::getuid().is_root() { home.of_nobody() } else { home }.at(closed.join("q")));
}

#[test]
fn a_home_of_somebody_else_is_refused_with_a_cure() {
    if !rustix::process::getuid().is_root() {
        println!("skipped: only root can make a directory that belongs to somebody else");
        return;
    }
    let home = Home::new().of_nobody();
    std::fs::create_dir(home.data()).unwrap();
    set_mode(home.data(), 0o755);
    unusable(&home);
}

/// Even where the files would let it through.
#[test]
fn the_socket_does_not_answer_other_users() {
    let Some(curl) = tool("curl") else { return };
    if !rustix::process::getuid().is_root() {
        println!("skipped: only root can be another user for a moment");
        return;
    }
    let home = Home::new();
    let socket = home.up().socket;
    let ask = |uid: u32| {
        let mut command = Command::new(&curl);
        command.args(["--silent", "--max-time", "20", "--unix-socket"]).arg(&socket).arg("http://q/v1/health");
        command.uid(uid).gid(uid).current_dir("/").env_clear().output().unwrap()
    };
    let ours = ask(0);
    assert!(ours.status.success() && String::from_utf8_lossy(&ours.stdout).contains("\"owner\""), "{ours:?}");
    for place in [home.root(), home.data(), socket.parent().unwrap()] {
        set_mode(place, 0o755);
    }
    set_mode(&socket, 0o666);
    let theirs = ask(65_534);
    assert!(!theirs.status.success() && theirs.stdout.is_empty(), "{theirs:?}");
    until("the refusal is logged", || home.log().contains("refused a connection").then_some(()));
}
