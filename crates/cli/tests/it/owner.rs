//! `owner.lock` gone stale, stolen or copied: who owns the data directory is settled by the lock, not by its text.
//! It must not know what the owner is asked.

use std::os::unix::net::UnixListener;
use std::path::Path;

use quipu_protocol::client::ClientError;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use quipu_protocol::owner::Owner;
use rustix::process::Signal;

use crate::support::{HANG, Home, save, until};

/// Ends the daemon as a crash would, and waits until nobody holds the lock.
pub(crate) fn crash(home: &Home) {
    home.signal(Signal::KILL);
    let lock = std::fs::File::open(home.data().join("owner.lock")).unwrap();
    until("the lock falls with its holder", || lock.try_lock().ok());
}

/// A search finds so many; an owner after a crash first reads rows into its index, and says so until then.
fn holds(home: &Home, word: &str, hits: usize) {
    let found = until("the text index has caught up", || {
        Some(home.json(&["search", word])).filter(|found| found["fallback"].is_null())
    });
    assert_eq!(found["hits"].as_array().unwrap().len(), hits, "{found:#}");
}

#[test]
fn leftovers_of_a_dead_daemon_stop_nobody() {
    let home = Home::new();
    let first = home.up();
    crash(&home);
    assert!(first.socket.exists() && home.card().is_some(), "this test wants both left behind");
    assert_eq!(home.json(&["status"])["mode"], "absent");
    assert_eq!(home.json(&["save", "after the crash"])["outcome"], "stored");
    let second = home.owner();
    assert_eq!((second.epoch, second.pid == first.pid), (2, false));

    crash(&home);
    std::fs::remove_file(&second.socket).unwrap();
    std::fs::write(&second.socket, "no socket at all").unwrap();
    holds(&home, "crash", 1);
}

#[test]
fn a_lock_text_that_means_nothing_is_written_anew() {
    let home = Home::new();
    for text in ["", "{", "{\"socket\":7}", "\0\0\0\0", "{\"socket\":\"/nowhere\",\"pid\":1,\"epoch\":0,"] {
        std::fs::create_dir_all(home.data()).unwrap();
        std::fs::write(home.data().join("owner.lock"), text).unwrap();
        assert_eq!(home.json(&["up"])["mode"], "owner", "{text:?}");
        home.quipu(&["down"]).ok();
    }
}

/// A card of a listener that is no quipu: it is found out, and it is left in peace.
#[test]
fn a_card_that_names_a_stranger_is_found_out() {
    let home = Home::new();
    home.up();
    crash(&home);
    let stranger = home.root().join("stranger");
    let listener = UnixListener::bind(&stranger).unwrap();
    let answering = std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            drop(stream);
            if std::fs::metadata(&stranger).is_err() {
                return;
            }
        }
    });
    let card = Owner { socket: home.root().join("stranger"), ..home.owner() };
    std::fs::write(home.data().join("owner.lock"), serde_json::to_vec(&card).unwrap()).unwrap();
    assert_eq!(home.json(&["save", "not for strangers"])["outcome"], "stored");
    assert_ne!(home.owner().socket, card.socket);
    std::fs::remove_file(&card.socket).unwrap();
    drop(answering);
}

/// The lock file is taken from under a living daemon.
fn stolen(theft: impl Fn(&Path), reason: &str) {
    let home = Home::new();
    home.json(&["save", "before the theft"]);
    let first = home.owner();
    theft(&home.data().join("owner.lock"));
    until("it steps down", || home.log().contains("stepping down").then_some(()));
    assert!(home.log().contains(reason), "the log does not say why: {}", home.log());
    assert_eq!(home.json(&["save", "after the theft"])["outcome"], "stored");
    let second = home.owner();
    assert!(second.pid != first.pid && second.epoch == 2, "{second:?}");
    until("only one is left", || (home.daemons().len() == 1).then_some(()));
    holds(&home, "theft", 2);
}

#[test]
fn a_deleted_lock_file_makes_the_owner_step_down() {
    stolen(|lock| std::fs::remove_file(lock).unwrap(), "No such file");
}

#[test]
fn a_replaced_lock_file_makes_the_owner_step_down() {
    stolen(
        |lock| {
            let other = lock.with_extension("other");
            std::fs::copy(lock, &other).unwrap();
            std::fs::rename(other, lock).unwrap();
        },
        "was replaced",
    );
}

/// The next command does not wait for the first daemon to notice.
#[test]
fn a_command_right_after_the_theft_is_served() {
    let home = Home::new();
    home.json(&["save", "before the theft"]);
    std::fs::remove_file(home.data().join("owner.lock")).unwrap();
    assert_eq!(home.json(&["save", "right after the theft"])["outcome"], "stored");
    holds(&home, "theft", 2);
    until("the first one has gone", || (home.daemons().len() == 1).then_some(()));
    assert_eq!(home.health().unwrap().pid, home.owner().pid);
}

/// A daemon that has lost its lock acknowledges nothing, not even before it has noticed by itself.
#[test]
fn an_owner_without_its_lock_refuses_writes() {
    let home = Home::new();
    home.up();
    let mut client = home.client();
    let mut write = |text: &str| save(&mut client, text, new_event_id(), Deadline::within(HANG));
    assert_eq!(write("while it owned").unwrap().outcome, "stored");
    std::fs::remove_file(home.data().join("owner.lock")).unwrap();
    match write("afterwards") {
        Err(ClientError::Fault(fault)) => assert_eq!(fault.code, "not_owner"),
        // It was quick to step down.
        Err(ClientError::Broken(_) | ClientError::Absent(_)) => {}
        other => panic!("it acknowledged what it may not write: {other:?}"),
    }
    home.up();
    assert_eq!(home.export().len(), 1);
}

/// An owner that nobody can find any more ends, so that the next one can be found.
#[test]
fn an_owner_without_its_socket_makes_room() {
    let home = Home::new();
    let first = home.up();
    std::fs::remove_file(&first.socket).unwrap();
    assert_eq!(home.json(&["save", "after the socket"])["outcome"], "stored");
    let second = home.owner();
    assert!(second.pid != first.pid && second.epoch == 2, "{second:?}");
    assert!(home.log().contains("the socket was replaced or removed"), "{}", home.log());
    holds(&home, "socket", 1);
}

/// Removing everything is one way to uninstall: nothing of it comes back.
#[test]
fn a_deleted_home_ends_its_daemon() {
    let home = Home::new();
    home.json(&["save", "soon gone"]);
    std::fs::remove_dir_all(home.data()).unwrap();
    until("its daemon has gone", || home.daemons().is_empty().then_some(()));
    assert!(!home.data().exists(), "it left something behind");
}

/// A copy of a data directory carries the original's card: it must not lead to the original's daemon.
#[test]
fn a_copied_data_directory_has_a_daemon_of_its_own() {
    let home = Home::new();
    home.json(&["save", "in the original"]);
    home.quipu(&["down"]).ok();
    let original = home.up();
    let copy = Home::new();
    let copied = std::process::Command::new("cp").arg("-R").args([home.data(), copy.data()]).status().unwrap();
    assert!(copied.success());
    assert_eq!(copy.json(&["status"])["mode"], "absent");
    assert_eq!(copy.json(&["down"])["stopped"], false);
    copy.json(&["save", "in the copy"]);
    assert_ne!(copy.owner().pid, original.pid);
    assert_eq!((home.export().len(), copy.export().len()), (1, 2));
    assert_eq!(home.health().unwrap().pid, original.pid);
}
