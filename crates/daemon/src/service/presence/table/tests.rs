//! What becomes of signs and ends, told by one story after the other.

use super::*;

fn session(id: &str) -> SessionRef {
    SessionRef { agent: "claude-code".into(), id: id.into() }
}

/// A process that lives as long as this test, and one that nobody has.
fn processes() -> (Instance, Instance) {
    let own = Instance::all_above(std::process::id()).first().copied();
    // Where the system tells nothing there is nothing to show either.
    (own.unwrap_or_else(gone), gone())
}

fn gone() -> Instance {
    Instance::parse("4194304@1").expect("an instance")
}

fn sign(id: &str, at: i64, above: &[Instance], begins: bool) -> Sign {
    let sighting = Sighting {
        session: session(id),
        project: ProjectKey("/p".into()),
        branch: Some("main".into()),
        cwd: Some("/p".into()),
        instance: above.first().map(Instance::to_string),
        file: None,
        at: Millis(at),
    };
    Sign { sighting, above: above.to_vec(), begins }
}

fn end(id: &str, at: i64, instance: Option<Instance>) -> Departure {
    Departure { session: session(id), instance: instance.map(|i| i.to_string()), at: Millis(at), why: "over".into() }
}

#[test]
fn a_sign_is_written_down_where_it_is_news() {
    let table = Table::default();
    let lane = |sign| table.seen(sign).map(|(_, lane)| lane);
    let mut touching = sign("a", 4_000, &[], false);
    touching.sighting.file = Some("x.rs".into());
    let mut again = sign("a", 5_000, &[], false);
    again.sighting.file = Some("x.rs".into());
    let mut moved = sign("a", 6_000, &[], false);
    moved.sighting.branch = Some("other".into());
    assert_eq!(lane(sign("a", 1_000, &[], true)), Some(Lane::Interactive), "it is new");
    assert_eq!(lane(sign("a", 2_000, &[], false)), None, "it is as it was");
    assert_eq!(lane(touching), Some(Lane::Aside));
    assert_eq!(lane(again), None);
    assert_eq!(lane(moved), Some(Lane::Aside));
    assert_eq!(lane(sign("a", 6_500, &[], false)), Some(Lane::Aside), "and back");
    assert_eq!(lane(sign("a", 6_500 + FRESH + 1, &[], false)), Some(Lane::Aside), "so that a crash forgets little");
}

#[test]
fn only_the_process_that_has_a_session_ends_it() {
    let (lives, gone) = processes();
    if lives == gone {
        return;
    }
    let table = Table::default();
    table.seen(sign("a", 1_000, &[gone], true));
    // It begins anew in another process; then the first one ends, late.
    table.seen(sign("a", 2_000, &[lives], true));
    assert_eq!(table.leave(end("a", 3_000, Some(gone))).err(), Some(GoesOn), "it is not its any more");
    assert_eq!(table.leave(end("a", 1_500, None)).err(), Some(GoesOn), "and what was spooled before is over");
    assert!(!table.has_left(&session("a")));
    let left = table.leave(end("a", 4_000, Some(lives))).expect("it is its own").expect("and news");
    assert_eq!(left.instance, Some(lives.to_string()));
    assert!(
        table.has_left(&session("a")) && table.leave(end("a", 4_001, Some(lives))).is_ok_and(|left| left.is_none()),
        "once"
    );
    // A sign from before that comes late brings nobody back; a later one does.
    assert!(table.seen(sign("a", 3_900, &[lives], false)).is_none() && table.has_left(&session("a")));
    assert!(table.seen(sign("a", 5_000, &[lives], false)).is_some() && !table.has_left(&session("a")));
    // Hooks that come by way of a process of their own do not keep anybody from ending it.
    table.seen(sign("b", 1_000, &[gone], true));
    assert!(table.leave(end("b", 2_000, Some(lives))).is_ok_and(|left| left.is_some()));
}

#[test]
fn a_look_finds_the_dead_and_the_silent() {
    let (lives, gone) = processes();
    if lives == gone {
        return;
    }
    let table = Table::default();
    // Heard of twice by that process: it was no helper of one hook.
    table.seen(sign("dead", 1_000, &[gone], true));
    table.seen(sign("dead", 1_100, &[gone], false));
    table.seen(sign("helped", 1_000, &[gone], true));
    table.seen(sign("quiet", 1_000, &[lives], true));
    let changes = table.look(Millis(2_000), 5_000);
    assert!(matches!(&changes[..], [Change::Left(left)] if left.session == session("dead")), "{changes:?}");
    let changes = table.look(Millis(7_000), 5_000);
    let is_left = |id: &str| changes.iter().any(|c| matches!(c, Change::Left(left) if left.session == session(id)));
    let is_silent =
        |id: &str| changes.iter().any(|c| matches!(c, Change::Silent(who, at) if *who == session(id) && at.0 == 1_000));
    assert!(changes.len() == 2 && is_left("helped") && is_silent("quiet"), "{changes:?}");
    assert!(table.look(Millis(8_000), 5_000).is_empty(), "each is told once");
    assert!(table.seen(sign("quiet", 9_000, &[lives], false)).is_some(), "it is heard of again, and that is news");
}

#[test]
fn a_connection_follows_its_process_to_its_next_session() {
    let (lives, gone) = processes();
    if lives == gone {
        return;
    }
    let table = Table::default();
    table.seen(sign("first", 1_000, &[lives], true));
    table.lock().holds.insert(1, Hold { named: Some(session("first")), above: vec![lives] });
    let connected = |table: &Table| {
        let mut all: Vec<String> =
            table.everybody().into_iter().filter(|(.., held)| *held > 0).map(|(who, ..)| who.id).collect();
        all.sort();
        all
    };
    assert_eq!(connected(&table), ["first"]);
    // The host clears: the session ends, another begins in the same process.
    table.leave(end("first", 2_000, Some(lives))).expect("it ends");
    table.seen(sign("second", 2_100, &[lives], true));
    assert_eq!(connected(&table), ["second"]);
    assert_eq!(table.in_process(&[lives]), Some(session("second")));
    assert!(table.look(Millis(1_000_000), 5_000).is_empty(), "who holds a connection is not silent");
    // Elsewhere the same session goes on: this connection says nothing of it any more.
    table.seen(sign("second", 3_000, &[gone], true));
    assert_eq!(connected(&table), [""; 0]);
}
