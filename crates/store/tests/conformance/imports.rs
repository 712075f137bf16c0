//! What other programs kept: brought in once, however often it is sent; what was changed here is not undone by them.
//! It must not know SQL.

use quipu_core::change::{Action, Pin};
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Lifecycle, Note, Origin};
use quipu_store::write::{
    Applied, Gone, ImportBatch, ImportCounts, ImportItem, ImportOutcome, ImportedFrom, Pass, Said, Stood, Write,
};

use super::changes::{act, done, text, whole};
use super::world::{World, each, event_of, id_of, note, project};

fn item(id: MemoryId, said: &str) -> ImportItem {
    ImportItem {
        note: Note { id, origin: Origin::Imported, project: Some(project("p")), ..note(said) },
        stood: Stood::Live,
        pin: Pin::Loose,
        files: Vec::new(),
        redactions: 0,
        from: ImportedFrom { path: "/there/a.md".into(), lines: Some((3, 9)), name: None },
        said: Said { text: content_hash(said), ..Said::default() },
    }
}

fn batch(items: &[ImportItem]) -> ImportBatch {
    ImportBatch { source: "elsewhere".into(), items: items.to_vec(), gone: Gone::default(), pass: Pass::Keep }
}

#[track_caller]
fn bring(w: &World, batch: ImportBatch) -> ImportCounts {
    match w.put(Write::Import(Box::new(batch))).unwrap() {
        Applied::Imported(counts) => counts,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn outcomes(w: &World, items: &[ImportItem]) -> Vec<ImportOutcome> {
    bring(w, batch(items)).items
}

use ImportOutcome::{Changed, ChangedHere, Duplicate, HiddenHere, IdTaken, Stored};

#[test]
fn twice_is_once_and_an_edit_there_is_a_revision_here() {
    each(|w| {
        let (a, b) = (id_of("a"), id_of("b"));
        let first = [item(a, "A falcon sleeps."), item(b, "A kestrel hovers.")];
        assert_eq!(outcomes(w, &first), [Stored(a), Stored(b)]);
        assert_eq!(outcomes(w, &first), [Duplicate { of: a }, Duplicate { of: b }]);
        let from = w.import_source(a).unwrap().unwrap();
        assert_eq!((from.source.as_str(), from.path.as_str(), from.lines), ("elsewhere", "/there/a.md", Some((3, 9))));
        assert_eq!(outcomes(w, &[item(a, "An osprey dives.")]), [Changed(a)]);
        assert_eq!((w.find("osprey").len(), w.find("falcon").len(), w.history(a).unwrap().len()), (1, 0, 2));
        assert_eq!(outcomes(w, &[item(a, "An osprey dives.")]), [Duplicate { of: a }]);
        // Only where it stands is another now.
        let moved =
            ImportItem { from: ImportedFrom { lines: Some((5, 11)), ..first[1].from.clone() }, ..first[1].clone() };
        assert_eq!(outcomes(w, &[moved]), [Duplicate { of: b }]);
        // Changed here, then there.
        done(w, text(b, "A kestrel hovers low."));
        assert_eq!(outcomes(w, &[item(b, "A kestrel hovers.")]), [Duplicate { of: b }], "there nothing was changed");
        assert_eq!(outcomes(w, &[item(b, "A kestrel hunts.")]), [ChangedHere(b)]);
        assert_eq!(w.memory(b).unwrap().unwrap().body, "A kestrel hovers low.");
        // Hidden here, it stays so.
        done(w, act(a, Action::Archive));
        assert_eq!(outcomes(w, &[item(a, "An osprey dives.")]), [Duplicate { of: a }]);
        assert_eq!(outcomes(w, &[item(a, "An osprey rests.")]), [Changed(a)]);
        assert_eq!(w.memory(a).unwrap().unwrap().lifecycle, Lifecycle::Archived);
        whole(w);
    });
}

#[test]
fn what_is_here_already_is_met() {
    each(|w| {
        let here = w.stored(Note { project: Some(project("p")), ..note("A falcon sleeps.") });
        let (a, b) = (id_of("a"), id_of("b"));
        assert_eq!(
            outcomes(w, &[item(a, "A falcon sleeps."), item(here, "Something else.")]),
            [Duplicate { of: here }, IdTaken(here)]
        );
        // Whoever stood behind the twin stands behind the one that is here, whichever of them comes first.
        let behind = |id, by| ImportItem { stood: Stood::Superseded(by), ..item(id, &format!("old {id}")) };
        let (c, d, e) = (id_of("c"), id_of("d"), id_of("e"));
        assert_eq!(outcomes(w, &[behind(c, a), behind(d, b)]), [Stored(c), Stored(d)]);
        assert_eq!(outcomes(w, &[item(b, "A falcon sleeps.")]), [Duplicate { of: here }]);
        for id in [c, d] {
            let memory = w.memory(id).unwrap().unwrap();
            assert_eq!((memory.lifecycle, memory.superseded_by), (Lifecycle::Superseded, Some(here)));
        }
        assert_eq!(w.find("old").len(), 0, "what is hidden there is hidden here");
        let archived = Stood::Archived { at: Millis(5), reason: Some("done".into()) };
        let hidden = ImportItem { stood: archived, pin: Pin::Pinned, ..item(e, "A finished thing.") };
        assert_eq!(outcomes(w, &[hidden]), [Stored(e)]);
        let memory = w.memory(e).unwrap().unwrap();
        assert_eq!(
            (memory.archived_at, memory.archive_reason.as_deref(), memory.pin, memory.revision),
            (Some(Millis(5)), Some("done"), Pin::Pinned, 1)
        );
        done(w, act(here, Action::Archive));
        assert_eq!(outcomes(w, &[item(here, "A falcon sleeps.")]), [HiddenHere(here)]);
        whole(w);
    });
}

#[test]
fn what_its_source_has_no_more_is_put_away_unless_it_was_changed_here() {
    each(|w| {
        let ids = ["a", "b", "c"].map(id_of);
        let all = ids.map(|id| item(id, &format!("Said by {id}.")));
        assert_eq!(outcomes(w, &all), ids.map(Stored));
        done(w, text(ids[2], "Somebody put it right."));
        let only = |item: &ImportItem| ImportBatch {
            gone: Gone { ids: Vec::new(), whole_files: vec!["/there/a.md".into()] },
            ..batch(std::slice::from_ref(item))
        };
        let counts = bring(w, only(&all[0]));
        assert_eq!((counts.items, counts.archived), (vec![Duplicate { of: ids[0] }], vec![ids[1]]));
        assert_eq!(bring(w, only(&all[0])).archived, [], "told once");
        assert_eq!(w.memory(ids[2]).unwrap().unwrap().lifecycle, Lifecycle::Live);
        // It is there again.
        assert_eq!(outcomes(w, &all[1..2]), [Changed(ids[1])]);
        assert_eq!(w.memory(ids[1]).unwrap().unwrap().lifecycle, Lifecycle::Live);
        let gone =
            ImportBatch { gone: Gone { ids: vec![ids[0], id_of("nobody")], whole_files: Vec::new() }, ..batch(&[]) };
        assert_eq!(bring(w, gone).archived, [ids[0]]);
        whole(w);
    });
}

#[test]
fn a_rehearsal_says_what_would_be_and_leaves_nothing() {
    each(|w| {
        let (a, b) = (id_of("a"), id_of("b"));
        let items = [item(a, "A falcon sleeps."), item(b, "A falcon sleeps.")];
        let rehearsal = || ImportBatch { pass: Pass::Rehearse, ..batch(&items) };
        assert_eq!(bring(w, rehearsal()).items, [Stored(a), Duplicate { of: a }]);
        assert_eq!((w.memory(a).unwrap(), w.find("falcon").len(), w.projects().unwrap().len()), (None, 0, 0));
        let event = event_of("import");
        let write = || Write::Import(Box::new(batch(&items)));
        let first = w.write(Some(event), write(), quipu_store::write::Lane::Bulk, Millis(9)).unwrap();
        let again = w.write(Some(event), write(), quipu_store::write::Lane::Bulk, Millis(10)).unwrap();
        assert_eq!(first, again, "one outcome for ever");
        assert_eq!(bring(w, rehearsal()).items, [Duplicate { of: a }, Duplicate { of: a }]);
        whole(w);
    });
}
