//! What keys and answers make of the view: tables of events, and what is there after them.
//! It must not know the screen beyond what the state says of it.
//! Invariant: no test here waits, asks or draws.

use super::super::samples::{failure, hit, hits, newest, now, whole};
use super::*;
use quipu_protocol::fault::FaultKind;

fn typed(text: &str) -> Command {
    Command::Type(text.to_owned())
}

/// A view with three results for `writer`.
fn found() -> State {
    let mut state = State::new(Asked { query: "writer".to_owned(), ..Asked::default() });
    assert_eq!(state.ask(&now()).0, 1);
    let three = ["a", "b", "c"].map(|id| hit(id, "prompt", "one writer"));
    state.answer(hits(1, "writer", three.into()), &now());
    state
}

#[test]
fn what_changes_the_question_asks_it() {
    let check = |commands: &[Command], effect: Option<Effect>| {
        let mut state = found();
        let last = commands.iter().map(|command| state.command(command.clone())).last().unwrap();
        assert_eq!(last, effect, "{commands:?}");
    };
    check(&[typed("s")], Some(Effect::Ask));
    check(&[typed(" ")], None);
    check(&[Command::Delete(Side::Before, Reach::Word)], Some(Effect::Ask));
    check(&[Command::Go(Side::Before, Reach::Line)], None);
    check(&[Command::Delete(Side::After, Reach::Character)], None);
    check(&[Command::NextScope], Some(Effect::Ask));
    check(&[Command::NextKinds], Some(Effect::Ask));
    check(&[Command::NextTime], Some(Effect::Ask));
    check(&[Command::EndOfInput], None);
    check(&[Command::Delete(Side::Before, Reach::Line), Command::EndOfInput], Some(Effect::Leave));
    check(&[Command::Leave], Some(Effect::Leave));
    check(&[Command::Open, Command::Leave], Some(Effect::Leave));
    check(&[Command::Redraw], Some(Effect::Redraw));
    check(&[Command::Move(1), Command::Copy], Some(Effect::Copy("b".to_owned())));
    check(&[Command::Open, typed("x")], None);
}

#[test]
fn the_selection_stays_among_the_results() {
    let check = |commands: &[Command], selected: usize| {
        let mut state = found();
        state.list_rows = 2;
        for command in commands {
            state.command(command.clone());
        }
        assert_eq!(state.selected, selected, "{commands:?}");
    };
    check(&[Command::Move(-1)], 0);
    check(&[Command::Move(1)], 1);
    check(&[Command::Page(1)], 2);
    check(&[Command::Page(1), Command::Page(1)], 2);
    check(&[Command::Page(1), Command::Page(-1), Command::Page(-1)], 0);
    check(&[Command::Open, Command::Turn(1), Command::Back], 1);
    let mut state = State::new(Asked::default());
    for command in [Command::Move(1), Command::Page(-1), Command::Open, Command::Copy, Command::Scroll(1)] {
        assert_eq!(state.command(command), None, "without results there is nothing to do");
    }
    assert_eq!((state.selected, state.screen, state.wants()), (0, Screen::List, None));
}

#[test]
fn screens_lead_back_to_where_one_was() {
    let mut state = found();
    for (command, screen) in [
        (Command::Open, Screen::Reader),
        (Command::Help, Screen::Help),
        (Command::Help, Screen::Help),
        (Command::Move(1), Screen::Help),
        (Command::Back, Screen::Reader),
        (Command::Back, Screen::List),
        (Command::Delete(Side::Before, Reach::Line), Screen::List),
        (typed("?"), Screen::Help),
        (Command::Back, Screen::List),
        (typed("why"), Screen::List),
        (typed("?"), Screen::List),
    ] {
        state.command(command.clone());
        assert_eq!(state.screen, screen, "after {command:?}");
    }
    assert_eq!(state.input.text(), "why?");
}

#[test]
fn only_the_newest_question_is_answered() {
    let mut state = found();
    state.command(typed("s"));
    let (second, _) = state.ask(&now());
    state.command(typed("!"));
    let (third, _) = state.ask(&now());
    state.answer(hits(second, "writers", vec![hit("stale", "prompt", "x")]), &now());
    assert_eq!((state.items.len(), state.is_waiting()), (3, true), "the last results stay");
    state.answer(failure(second, FaultKind::Internal, "stale", Then::TriesAgain), &now());
    assert_eq!(state.trouble, None);
    state.command(Command::Move(2));
    state.answer(hits(third, "writers!", vec![hit("new", "prompt", "x")]), &now());
    assert_eq!((state.items[0].id.as_str(), state.selected, state.is_waiting()), ("new", 0, false));
    assert!(state.terms.contains("writer"), "{:?}", state.terms);
}

#[test]
fn trouble_is_said_and_the_results_stay() {
    let mut state = found();
    let (asked, _) = state.ask(&now());
    state.answer(failure(asked, FaultKind::Unavailable, "no daemon\x1b[2J", Then::TriesAgain), &now());
    let trouble = state.trouble.clone().unwrap();
    assert!(trouble.starts_with("no daemon␛[2J; trying again (start it"), "{trouble}");
    assert_eq!((state.items.len(), state.is_waiting()), (3, true));
    state.answer(hits(asked, "writer", Vec::new()), &now());
    assert_eq!((state.trouble.as_deref(), state.items.len(), state.is_waiting()), (None, 0, false));
    let (asked, _) = state.ask(&now());
    state.answer(failure(asked, FaultKind::Caller, "no such kind", Then::Stays), &now());
    assert!(!state.is_waiting() && !state.trouble.unwrap().contains("again"));
}

#[test]
fn notes_of_an_answer_are_kept() {
    let mut state = found();
    assert_eq!((state.note.as_deref(), state.project.as_deref()), (None, Some("tidepool")));
    let (asked, _) = state.ask(&now());
    let Answer::Found { found: Ok(Found::Search(mut reply)), .. } = hits(asked, "x", Vec::new()) else { panic!() };
    (reply.mode, reply.fallback) = ("standby".to_owned(), Some("text".to_owned()));
    state.answer(Answer::Found { asked, query: "x".to_owned(), found: Ok(Found::Search(reply)) }, &now());
    assert_eq!(state.note.as_deref(), Some("text; mode: standby"));
}

#[test]
fn each_whole_memory_is_fetched_once() {
    let mut state = found();
    assert_eq!((state.wants().as_deref(), state.wants()), (Some("a"), None));
    state.command(Command::Move(1));
    assert_eq!(state.wants().as_deref(), Some("b"));
    state.answer(Answer::Whole { id: "b".to_owned(), memory: Ok(Box::new(whole("b", "the whole"))) }, &now());
    assert_eq!(state.wants(), None);
    let sheet = state.sheet(None, 40, 20, &now()).unwrap();
    assert!(sheet.page.from(0).any(|(_, line)| line == "the whole"));
    let missing = Fault::new(FaultKind::Missing, "none", "no such memory");
    state.command(Command::Move(1));
    assert_eq!(state.wants().as_deref(), Some("c"));
    state.answer(Answer::Whole { id: "c".to_owned(), memory: Err((missing, Then::Stays)) }, &now());
    assert_eq!((state.wants(), state.trouble.clone()), (None, None), "its own page says what is wrong");
    // The timeline brings its memories whole.
    let (asked, _) = state.ask(&now());
    state.answer(newest(asked, vec![whole("old", "x"), whole("young", "y")]), &now());
    assert_eq!((state.wants(), state.items[0].id.as_str()), (None, "young"));
}

#[test]
fn a_sheet_stays_scrolled_until_it_is_of_something_else() {
    let mut state = found();
    let long = "line\n".repeat(100);
    for id in ["a", "b"] {
        state.answer(Answer::Whole { id: id.to_owned(), memory: Ok(Box::new(whole(id, &long))) }, &now());
    }
    state.command(Command::Open);
    state.reader = state.sheet(None, 40, 10, &now());
    for (command, top) in [
        (Command::Move(3), 3),
        (Command::Page(1), 12),
        (Command::Move(-2), 10),
        (Command::Last, state.reader.as_ref().unwrap().page.len() - 10),
        (Command::First, 0),
        (Command::Page(1), 9),
    ] {
        state.command(command.clone());
        let before = state.reader.take();
        state.reader = state.sheet(before, 40, 10, &now());
        assert_eq!(state.reader.as_ref().unwrap().top, top, "{command:?}");
    }
    let before = state.reader.take();
    let of_other_width = state.sheet(before, 50, 10, &now()).unwrap();
    assert_eq!(of_other_width.top, 0);
    state.command(Command::Turn(1));
    assert_eq!(state.sheet(Some(of_other_width), 50, 10, &now()).unwrap().page.key.id, "b");
}
