//! Mail: who gets a message, what shown and acknowledged mean, and that it goes with its memory and with its sessions.
//! It must not know hooks, nor how a message is laid out.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::mail::{Ack, Mailbox, Refusal, Sender, Urgency, Wait};
use quipu_store::StoreError;
use quipu_store::forget::{Forget, Selection};
use quipu_store::mail::{Context, Inbox, InboxQuery, MailWrite, Send, To, Which};
use quipu_store::write::{Applied, Lane, SessionEvent, SessionMark, Write};
use uuid::Uuid;

use super::world::{START, World, each, event_of, project, session};

fn mark(w: &World, name: &str, of: &str, event: SessionEvent) {
    let mark = SessionMark { session: session(name), project: project(of), cwd: None, at: w.now(), event };
    w.put(Write::Session(Box::new(mark))).unwrap();
}

fn send(body: &str, from: &str, to: To) -> Send {
    Send {
        id: MemoryId(Uuid::now_v7()),
        subject: None,
        body: body.into(),
        project: Some(project("p")),
        from: Sender::Session(session(from)),
        to,
        address: "as written".into(),
        reply_to: None,
        urgency: Urgency::Normal,
        ack: Ack::Unasked,
        expires_at: Millis(START + 1_000_000_000),
        wait: Wait::No,
        redactions: 0,
    }
}

fn named(id: &str) -> To {
    To::Named { agent: None, id: id.into() }
}

fn put(w: &World, send: Send) -> Result<Applied, StoreError> {
    w.put(Write::Mail(Box::new(MailWrite::Send(send))))
}

fn mail(w: &World, write: MailWrite) -> Applied {
    w.put(Write::Mail(Box::new(write))).unwrap()
}

fn refused(w: &World, send: Send) -> Refusal {
    match put(w, send) {
        Err(StoreError::Mail(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn inbox(w: &World, name: &str) -> Inbox {
    let of = Mailbox::Session(session(name));
    w.inbox(&InboxQuery { of, which: Which::Open, thread: None, limit: 100, now: Millis(START + 500_000) }).unwrap()
}

fn texts(inbox: &Inbox) -> Vec<&str> {
    inbox.letters.iter().map(|letter| letter.memory.body.as_str()).collect()
}

/// What a hook would put before a session: texts, and how often each was handed out before.
fn handed(w: &World, name: &str, context: Context) -> Vec<(String, u32)> {
    let found = w.undelivered(&session(name), context, 100, Millis(START + 500_000)).unwrap();
    found.letters.iter().map(|letter| (letter.memory.body.clone(), letter.delivery.unwrap().offers)).collect()
}

fn deliveries(w: &World, name: &str) -> Vec<i64> {
    inbox(w, name).letters.iter().map(|letter| letter.delivery.unwrap().id).collect()
}

fn two(w: &World) {
    mark(w, "aaaa-one", "p", SessionEvent::Seen);
    mark(w, "bbbb-two", "p", SessionEvent::Seen);
}

#[test]
fn an_address_leads_to_somebody_or_is_refused() {
    each(|w| {
        two(w);
        mark(w, "bbbb-three", "q", SessionEvent::Seen);
        mark(w, "bbbb-past", "p", SessionEvent::Seen);
        mark(w, "bbbb-past", "p", SessionEvent::Ended("other".into()));
        for (to, expect) in [
            (named("bbbb-two"), vec!["bbbb-two"]),
            (named("bbbb-t"), vec!["ambiguous"]),
            (named("bbbb"), vec!["ambiguous"]),
            (named("bbb"), vec!["nobody"]),
            (named("cccc"), vec!["nobody"]),
            (named("bbbb-past"), vec!["left"]),
            (named("aaaa"), vec!["oneself"]),
            (To::Role("prime".into()), vec!["free"]),
            (To::Project(project("p")), vec!["bbbb-two"]),
            (To::Project(project("nowhere")), vec!["nobody there"]),
            (To::All, vec!["bbbb-three", "bbbb-two"]),
            (To::These(vec![Mailbox::Session(session("bbbb-two")), Mailbox::User]), vec!["bbbb-two", "user"]),
        ] {
            let words = format!("{to:?}");
            let letter = send("falcon", "aaaa-one", to);
            let id = letter.id;
            let mut got: Vec<String> = match put(w, letter) {
                Ok(applied) => {
                    assert_eq!(applied, Applied::Sent(id));
                    w.letter(id).unwrap().unwrap().receipts.iter().map(|receipt| receipt.to.name()).collect()
                }
                Err(StoreError::Mail(refusal)) => vec![
                    match refusal {
                        Refusal::Ambiguous { .. } => "ambiguous",
                        Refusal::Nobody(_) => "nobody",
                        Refusal::Left { .. } => "left",
                        Refusal::Oneself => "oneself",
                        Refusal::RoleFree(_) => "free",
                        Refusal::NobodyThere(_) => "nobody there",
                        other => panic!("{other:?}"),
                    }
                    .to_owned(),
                ],
                Err(other) => panic!("{other}"),
            };
            got.sort();
            let short = |name: &str| match name {
                "user" => "user".to_owned(),
                name if name.contains('-') => Mailbox::Session(session(name)).name(),
                name => name.to_owned(),
            };
            let mut expect: Vec<String> = expect.into_iter().map(short).collect();
            expect.sort();
            assert_eq!(got, expect, "{words}");
        }
        // One that nobody gets leaves nothing.
        let refused_id = send("nobody's", "aaaa-one", named("cccc"));
        let id = refused_id.id;
        assert!(matches!(refused(w, refused_id), Refusal::Nobody(_)) && w.memory(id).unwrap().is_none());
        // A session that went on after its end is there; one that is kept for waits for it.
        let kept = Send { wait: Wait::Yes, ..send("kept", "aaaa-one", named("bbbb-past")) };
        put(w, kept).unwrap();
        mark(w, "bbbb-past", "p", SessionEvent::Seen);
        assert_eq!(texts(&inbox(w, "bbbb-past")), ["kept"]);
        put(w, send("back", "aaaa-one", named("bbbb-past"))).unwrap();
        assert_eq!(texts(&inbox(w, "bbbb-past")), ["kept", "back"]);
    });
}

#[test]
fn shown_is_what_was_handed_out_and_said_to_be() {
    each(|w| {
        two(w);
        put(w, send("first", "aaaa-one", named("bbbb-two"))).unwrap();
        put(w, Send { ack: Ack::Wanted, ..send("second", "aaaa-one", named("bbbb-two")) }).unwrap();
        let ids = deliveries(w, "bbbb-two");
        let fresh = |n| vec![("first".to_owned(), n), ("second".to_owned(), n)];
        assert_eq!(handed(w, "bbbb-two", Context::Kept), fresh(0));
        // Nobody has been handed it: who says that he printed it is mistaken.
        assert_eq!(mail(w, MailWrite::Shown(ids.clone())), Applied::Count(0));
        let offer = |unless_since| {
            let deliveries = ids.iter().map(|id| (*id, None)).collect();
            MailWrite::Offer { deliveries, unless_since }
        };
        assert_eq!(mail(w, offer(None)), Applied::Offered(vec![(ids[0], 0), (ids[1], 0)]));
        // Another client that asks beside the one that may be printing gets none, a later one gets both.
        assert_eq!(mail(w, offer(Some(Millis(START)))), Applied::Offered(vec![]));
        assert_eq!(mail(w, offer(Some(Millis(START + 400_000)))), Applied::Offered(vec![(ids[0], 1), (ids[1], 1)]));
        assert_eq!(handed(w, "bbbb-two", Context::Kept), fresh(2));
        assert_eq!(mail(w, MailWrite::Shown(ids.clone())), Applied::Count(2));
        assert_eq!(handed(w, "bbbb-two", Context::Kept), []);
        // Who had read them before they were shown is not handed them any more.
        assert_eq!(mail(w, offer(None)), Applied::Offered(vec![]));
        assert_eq!(w.awaited().unwrap(), [session("bbbb-two")]);
        // What is to be acknowledged is open until it is, and is shown again in a new context.
        assert_eq!(texts(&inbox(w, "bbbb-two")), ["second"]);
        assert_eq!(handed(w, "bbbb-two", Context::Anew), [("second".to_owned(), 2)]);
        mark(w, "bbbb-two", "p", SessionEvent::Anew);
        assert_eq!(handed(w, "bbbb-two", Context::Kept), [("second".to_owned(), 2)]);
        let message = inbox(w, "bbbb-two").letters[0].memory.id;
        let ack =
            |of: &str| Write::Mail(Box::new(MailWrite::Ack { of: Mailbox::Session(session(of)), ids: vec![message] }));
        assert!(matches!(w.put(ack("aaaa-one")), Err(StoreError::Mail(Refusal::NotYours { .. }))));
        assert!(matches!(w.put(ack("unheard-of")), Err(StoreError::Mail(Refusal::NotYours { .. }))));
        assert_eq!(
            (w.put(ack("bbbb-two")).unwrap(), w.put(ack("bbbb-two")).unwrap()),
            (Applied::Count(1), Applied::Count(0))
        );
        assert_eq!((handed(w, "bbbb-two", Context::Anew), w.awaited().unwrap()), (vec![], vec![]));
    });
}

#[test]
fn a_message_is_one_for_ever_and_goes_with_what_it_hangs_on() {
    each(|w| {
        two(w);
        let letter = send("falcon", "aaaa-one", named("bbbb-two"));
        let (id, event) = (letter.id, event_of("m"));
        let write = |send| Write::Mail(Box::new(MailWrite::Send(send)));
        let first = w.write(Some(event), write(letter), Lane::Interactive, w.now()).unwrap();
        let again = write(send("another", "aaaa-one", named("bbbb-two")));
        assert_eq!(w.write(Some(event), again, Lane::Interactive, w.now()).unwrap(), first);
        assert_eq!((first, w.find("falcon").len()), (Applied::Sent(id), 1));
        let memory = w.memory(id).unwrap().unwrap();
        assert_eq!((memory.kind, memory.session), (Kind::Message, Some(session("aaaa-one"))));
        // Equal words are two messages.
        put(w, send("falcon", "aaaa-one", named("bbbb-two"))).unwrap();
        assert_eq!(texts(&inbox(w, "bbbb-two")), ["falcon", "falcon"]);
        w.reopen();
        let reply = Send { reply_to: Some(id), ..send("hawk", "bbbb-two", named("aaaa-one")) };
        put(w, reply).unwrap();
        let thread = w.thread(id, 10).unwrap();
        assert_eq!(thread.iter().map(|letter| letter.memory.body.as_str()).collect::<Vec<_>>(), ["falcon", "hawk"]);
        assert!(thread.iter().all(|letter| letter.envelope.thread == id));
        let selection = Selection { ids: vec![id], ..Selection::default() };
        let forget = |w: &World, selection: Selection| {
            let confirm = w.cover(&selection).unwrap().code("");
            w.put(Write::Forget(Box::new(Forget { selection, with: String::new(), confirm }))).unwrap();
        };
        forget(w, selection);
        assert_eq!(texts(&inbox(w, "bbbb-two")), ["falcon"]);
        assert_eq!(
            w.write(Some(event), write(send("x", "aaaa-one", named("bbbb-two"))), Lane::Interactive, w.now()).unwrap(),
            Applied::Gone
        );
        // The answer to what is forgotten is still of its thread.
        assert_eq!(w.sent(&Mailbox::Session(session("bbbb-two")), 10).unwrap().len(), 1);
        // With a session go its messages, and what was sent to it is no longer its.
        forget(w, Selection { session: Some("bbbb-two".into()), ..Selection::default() });
        assert!(texts(&inbox(w, "bbbb-two")).is_empty() && texts(&inbox(w, "aaaa-one")).is_empty());
    });
}
