//! Edits and what they leave, as a table.

use uuid::Uuid;

use super::*;

const ID: MemoryId = MemoryId(Uuid::from_u128(7));

fn content() -> Content {
    Content {
        kind: Kind::Insight,
        title: Some("Locks".into()),
        applies_to: "global".into(),
        keywords: vec!["sqlite".into(), "lock".into()],
        body: "One writer.".into(),
        pin: Pin::Loose,
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
        aside: Aside::default(),
    }
}

fn check(edit: Edit, origin: Origin, expect: Result<fn(Content) -> Content, Refusal>) {
    let expect = expect.map(|change| change(content()));
    assert_eq!(content().edited(&edit, ID, origin), expect, "{edit:?} of {origin:?}");
}

#[test]
fn an_edit_leaves_what_it_does_not_name() {
    let text = |text| Edit { text: Some(text), ..Edit::default() };
    check(Edit::default(), Origin::Saved, Ok(|c| c));
    check(text(NewText::Instead("Two.".into())), Origin::Saved, Ok(|c| Content { body: "Two.".into(), ..c }));
    check(
        text(NewText::Behind("And fsync.".into())),
        Origin::Imported,
        Ok(|c| Content { body: "One writer.\n\nAnd fsync.".into(), ..c }),
    );
    check(Edit { title: Some(String::new()), ..Edit::default() }, Origin::Saved, Ok(|c| Content { title: None, ..c }));
    let words = Edit {
        add: vec!["wal".into(), "lock".into()],
        remove: vec!["sqlite".into(), "never".into()],
        pin: Some(Pin::Pinned),
        ..Edit::default()
    };
    let filed: fn(Content) -> Content =
        |c| Content { keywords: vec!["lock".into(), "wal".into()], pin: Pin::Pinned, ..c };
    for origin in [Origin::Saved, Origin::Transcript, Origin::Hook] {
        check(words.clone(), origin, Ok(filed));
    }
}

#[test]
fn what_was_said_stays_as_it_was_said() {
    let edits = [
        Edit { text: Some(NewText::Instead("Other.".into())), ..Edit::default() },
        Edit { text: Some(NewText::Behind("More.".into())), ..Edit::default() },
        Edit { title: Some("Other".into()), ..Edit::default() },
        Edit { kind: Some(Kind::Risk), ..Edit::default() },
        Edit { applies_to: Some("area:ui".into()), ..Edit::default() },
    ];
    for edit in edits {
        check(edit.clone(), Origin::Transcript, Err(Refusal::Captured(ID)));
        check(edit.clone(), Origin::Hook, Err(Refusal::Captured(ID)));
        assert!(content().edited(&edit, ID, Origin::Saved).is_ok(), "{edit:?}");
    }
    // What says the same is no edit of it.
    let same = Edit { text: Some(NewText::Instead("One writer.".into())), ..Edit::default() };
    check(same, Origin::Transcript, Ok(|c| c));
    let prompt = Edit { kind: Some(Kind::Prompt), ..Edit::default() };
    check(prompt, Origin::Saved, Err(Refusal::CapturedKind(Kind::Prompt)));
    let long = Edit { text: Some(NewText::Behind("x".repeat(MAX_BODY))), ..Edit::default() };
    check(long, Origin::Saved, Err(Refusal::TooLong(MAX_BODY + 13)));
}
