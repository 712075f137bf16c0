//! A day of use: hooks, transcripts and notes, idle hours between; at the end the files hold what they hold.
//! Of the SQLite engine, whose files are measured. It must not assert times.

use std::path::Path;

use quipu_store::read::{PageQuery, Scope};
use quipu_store::write::Lane;

use super::random::Random;
use super::tape::Tape;
use super::world::{each, note, sqlite_files};

const HOURS: usize = 24;
/// Turns of an hour; hooks carry each before the transcript tells it.
const TURNS: usize = 60;

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

#[test]
fn a_day_of_use_ends_with_files_of_what_they_hold() {
    each(|w| {
        let random = &mut Random::new(24);
        let (database, _) = sqlite_files(w.dir());
        let mut journal = 0;
        for hour in 0..HOURS {
            let tape = (0..TURNS).fold(Tape::new(&format!("hour-{hour}")), |tape, n| {
                let length = 30 + random.below(200);
                let text = random.words(length);
                if n % 2 == 0 { tape.prompt(&text) } else { tape.answer(&text) }
            });
            for n in 0..TURNS {
                w.put(tape.hook_write(n)).unwrap();
                // The transcript comes behind, a few turns at a time; some of it is read again.
                if n % 6 == 5 {
                    w.write(None, tape.write(n - 5, n + 1), Lane::Bulk, Tape::at(n)).unwrap();
                }
                journal = journal.max(w.gauges().wal_bytes);
            }
            w.save(note(&format!("decided in hour {hour}")));
            if hour % 6 == 5 {
                w.reopen();
            }
        }
        let count = HOURS * (TURNS + 1);
        assert_eq!(w.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap().len(), count, "each turn once");
        assert!(journal < 24 << 20, "the journal grew to {journal}");
        w.settle();
        w.close();
        let used = bytes(&database);
        assert!(w.gauges().wal_bytes < 1 << 20);
        // The same rows, written down at once.
        let copy = w.dir().join("copy.db");
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection.execute("vacuum into ?1", [copy.to_string_lossy()]).unwrap();
        let least = bytes(&copy);
        println!("{count} memories: {used} bytes, {least} when written at once, journal at most {journal}");
        assert!(used < least * 13 / 10, "{used} bytes hold what {least} would");
    });
}
