//! Where somebody who follows goes on: in the ring, in the rows that are kept, or anew.
//! It must not know how events are sent.
//! Invariant: of the feed that is kept nothing is left out and nothing comes twice, whichever daemon gave the id; what
//! cannot be told any more is said to be so.

use quipu_store::agents::FeedBounds;

use super::Feed;

/// Where somebody goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct From {
    /// After this event of the ring.
    pub(crate) number: u64,
    /// Rows of the feed after the first number, up to the second, come before that.
    pub(crate) rows: (u64, u64),
    /// Why it is not known what happened in between, where it is not.
    pub(crate) anew: Option<String>,
}

/// What somebody saw last, as the id of an event says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// The daemon's epoch and its event's number; none of who counts rows alone.
    event: Option<(u64, u64)>,
    /// The newest row; none of an id that was given before there were any.
    row: Option<u64>,
}

impl Feed {
    /// Where who saw `last` goes on, of a feed that is kept as `bounds` says; who saw nothing, with what happens from now on.
    pub(crate) fn from(&self, last: Option<&str>, bounds: FeedBounds) -> From {
        let ring = self.ring();
        let now = |anew: Option<&str>| From {
            number: ring.newest,
            rows: (ring.row, ring.row),
            anew: anew.map(str::to_owned),
        };
        let Some(last) = last else { return now(None) };
        const NOT_OURS: &str = "the id is none of this feed's";
        let Some(seen) = parse(last) else { return now(Some(NOT_OURS)) };
        let oldest = ring.events.front().map_or(ring.newest, |event| event.number - 1);
        let mut from = match seen.event {
            None => now(None),
            Some((epoch, _)) if epoch != self.epoch => now(Some("another daemon gave that id")),
            Some((_, number)) if number > ring.newest => now(Some(NOT_OURS)),
            Some((_, number)) if number < oldest => now(Some("too much has happened since")),
            Some((_, number)) => From { number, rows: (0, ring.row_at(number)), anew: None },
        };
        // Who says nothing of rows has seen those of what he saw.
        let row = seen.row.unwrap_or(from.rows.1);
        if row > ring.row {
            return From { anew: Some(NOT_OURS.to_owned()), ..now(None) };
        }
        if row < bounds.gone {
            from.anew.get_or_insert_with(|| format!("what happened up to {} is kept no more", bounds.gone));
        }
        from.rows.0 = row.max(bounds.gone).min(from.rows.1);
        from
    }

    /// The id of an event after which `row` is the newest row, as who resumes gives it.
    pub(crate) fn id(&self, number: u64, row: u64) -> String {
        format!("{}-{number}-{row}", self.epoch)
    }
}

/// `EPOCH-NUMBER-ROW`, as this daemon gives it; `EPOCH-NUMBER`, as earlier ones did; or the number of a row alone.
fn parse(id: &str) -> Option<Seen> {
    let mut numbers = id.splitn(3, '-').map(str::parse::<u64>);
    let first = numbers.next()?.ok()?;
    let Some(second) = numbers.next() else { return Some(Seen { event: None, row: Some(first) }) };
    let row = numbers.next().transpose().ok()?;
    Some(Seen { event: Some((first, second.ok()?)), row })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{feed, row};
    use super::super::{Feed, KEPT};
    use super::*;

    fn from(number: u64, rows: (u64, u64), anew: Option<&str>) -> From {
        From { number, rows, anew: anew.map(str::to_owned) }
    }

    #[test]
    fn who_resumes_goes_on_or_is_told_that_nobody_can() {
        let (many, ours, others) =
            (KEPT as u64 + 10, Some("the id is none of this feed's"), Some("another daemon gave that id"));
        for (events, last, expect) in [
            (0, None, from(0, (0, 0), None)),
            (5, None, from(5, (0, 0), None)),
            (5, Some("3-0"), from(0, (0, 0), None)),
            (5, Some("3-5"), from(5, (0, 0), None)),
            (5, Some("3-5-0"), from(5, (0, 0), None)),
            (5, Some("3-6"), from(5, (0, 0), ours)),
            (5, Some("2-1"), from(5, (0, 0), others)),
            (5, Some("2-1-0"), from(5, (0, 0), others)),
            (5, Some("x"), from(5, (0, 0), ours)),
            (5, Some("3--1"), from(5, (0, 0), ours)),
            (5, Some("3-1-x"), from(5, (0, 0), ours)),
            (5, Some("1"), from(5, (0, 0), ours)),
            (many, Some("3-10"), from(10, (0, 0), None)),
            (many, Some("3-9"), from(many, (0, 0), Some("too much has happened since"))),
        ] {
            assert_eq!(feed(events).from(last, FeedBounds::default()), expect, "{events} {last:?}");
        }
    }

    /// A feed of epoch 3 after a start with rows up to 7: two memories, row 8, a memory, row 9, a memory.
    fn mixed() -> Feed {
        let feed = Feed::new(3, 7);
        for id in [None, None, Some(8), None, Some(9), None] {
            match id {
                Some(id) => feed.committed(vec![row(id)]),
                None => feed.publish(None, super::super::tests::memories(1)),
            }
        }
        feed
    }

    #[test]
    fn rows_that_are_kept_follow_whichever_daemon_gave_the_id() {
        let others = Some("another daemon gave that id");
        let gone = Some("what happened up to 4 is kept no more");
        for (last, expect) in [
            (None, from(6, (9, 9), None)),
            // Of this daemon: the rows that come are in the ring.
            ("3-2-7".into(), from(2, (7, 7), None)),
            ("3-4-8".into(), from(4, (8, 8), None)),
            ("3-6-9".into(), from(6, (9, 9), None)),
            // In the middle of rows that came before the ring.
            ("3-2-5".into(), from(2, (5, 7), None)),
            ("3-6-8".into(), from(6, (8, 9), None)),
            // Of another: rows up to the newest, then what happens.
            ("2-900-6".into(), from(6, (6, 9), others)),
            ("2-900-9".into(), from(6, (9, 9), others)),
            ("2-900-10".into(), from(6, (9, 9), Some("the id is none of this feed's"))),
            // Rows alone.
            ("5".into(), from(6, (5, 9), None)),
            ("4".into(), from(6, (4, 9), None)),
            ("3".into(), from(6, (4, 9), gone)),
            ("0".into(), from(6, (4, 9), gone)),
            ("2-1-1".into(), from(6, (4, 9), others)),
        ] as [(Option<&str>, From); 14]
        {
            assert_eq!(mixed().from(last, FeedBounds { gone: 4, newest: 9 }), expect, "{last:?}");
        }
    }
}
