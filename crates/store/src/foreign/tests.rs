//! Foreign databases: read as they lie, never touched.

use super::*;

fn rows(path: &Path, table: &str) -> Vec<Map<String, Value>> {
    let aside = tempfile::tempdir().unwrap();
    let foreign = Foreign::open(path, || Ok(aside.path().to_owned())).unwrap();
    drop(aside);
    let mut found = Vec::new();
    let flow = foreign.each(table, &mut |_, row| {
        found.push(row);
        ControlFlow::Continue(())
    });
    assert_eq!(flow.unwrap(), ControlFlow::Continue(()));
    found
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn rows_come_with_what_can_be_read_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd name?#%.db");
    let made = Connection::open(&path).unwrap();
    made.execute_batch(
        r#"create table "a ""table" (id integer primary key, "say ""what" text, n real, b blob) strict;
           create table loose (id);
           create view seen as select 1 as id;
           insert into "a ""table" values (7, 'text', 1.5, x'ff');
           insert into loose values (cast(x'6162ff' as text)), (zeroblob(17000000)), ('end');"#,
    )
    .unwrap();
    drop(made);
    let row = &rows(&path, "a \"table")[0];
    assert_eq!(
        (&row["id"], &row["say \"what"], &row["n"], row.get("b")),
        (&7.into(), &"text".into(), &1.5.into(), None)
    );
    let loose = rows(&path, "loose");
    assert_eq!(
        (&loose[0]["id"], &loose[1][TOO_LONG], &loose[2]["id"]),
        (&"ab\u{fffd}".into(), &true.into(), &"end".into())
    );
    assert_eq!(names(dir.path()), ["odd name?#%.db"]);
    let foreign = Foreign::open(&path, || unreachable!("nobody has it open")).unwrap();
    assert_eq!((foreign.columns("nobody").unwrap().len(), foreign.columns("seen").unwrap().len()), (0, 0));
}

#[test]
fn one_in_use_is_read_with_what_is_in_its_wal_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("live.db");
    let writer = Connection::open(&path).unwrap();
    writer
        .execute_batch(
            "pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table t (x); insert into t values (1)",
        )
        .unwrap();
    let state =
        || names(dir.path()).into_iter().map(|n| std::fs::read(dir.path().join(n)).unwrap()).collect::<Vec<_>>();
    let before = state();
    assert_eq!(before.len(), 3);
    assert_eq!(rows(&path, "t").len(), 1);
    assert!(state() == before, "not a byte of it was changed");
    writer.execute_batch("insert into t values (2)").unwrap();
    assert_eq!(rows(&path, "t").len(), 2, "and the writer was not in anybody's way");
}

#[test]
fn what_is_no_database_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    for bytes in [&b"not a database, but long enough to have a head of a hundred bytes, which is where SQLite looks first of all things"[..], b"SQLite format 3\0"] {
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(Foreign::open(&path, || unreachable!()), Err(ForeignError::Unreadable(_))), "{bytes:?}");
    }
    assert!(Foreign::open(&dir.path().join("nowhere.db"), || unreachable!()).is_err());
}
