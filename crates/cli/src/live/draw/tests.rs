//! Screens as they should be, cell for cell, and every size as one that can be drawn.
//! It must not know the terminal: frames go to ratatui's backend for tests.
//! Invariant: a golden screen is written out here, so that a change of it is seen in review.

use jiff::Zoned;
use quipu_protocol::fault::FaultKind;
use ratatui_core::backend::TestBackend;
use ratatui_core::layout::Position;
use ratatui_core::style::{Color, Modifier};
use ratatui_core::terminal::Terminal;

use super::super::filters::Asked;
use super::super::keys::Command;
use super::super::samples::{failure, hit, hits, newest, now, whole};
use super::super::worker::{Answer, Then};
use super::*;

/// A frame: its lines, its cells, its cursor.
struct Frame {
    lines: Vec<String>,
    buffer: Buffer,
    cursor: Option<Position>,
}

fn frame(state: &mut State, colour: Colour, (width, height): (u16, u16)) -> Frame {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let now: Zoned = now();
    let mut cursor = None;
    let drawn = |frame: &mut ratatui_core::terminal::Frame<'_>| {
        cursor = draw(state, &Theme::new(colour), &now, frame.buffer_mut());
    };
    terminal.draw(drawn).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let lines = (0..height).map(|y| line(&buffer, y)).collect();
    Frame { lines, buffer, cursor }
}

/// A row as it is read: what lies under the right half of a wide character is not.
fn line(buffer: &Buffer, y: u16) -> String {
    let (mut text, mut x) = (String::new(), 0);
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        x += u16::try_from(columns(symbol)).unwrap().max(1);
    }
    text.trim_end().to_owned()
}

#[track_caller]
fn check(state: &mut State, size: (u16, u16), expect: &[&str]) {
    let lines = frame(state, Colour::Unwanted, size).lines;
    assert_eq!(lines, expect, "\n{}", lines.join("\n"));
}

/// A search for `writer` with three hits, of which the first is there whole.
fn found() -> State {
    let mut state = State::new(Asked { query: "writer".to_owned(), ..Asked::default() });
    state.ask(&now());
    let mut wide = hit(
        "0192-b",
        "answer",
        "水が one 👩‍👩‍👧 writer 書く人 and 水水水水水水水水水水水水水水水水水水水水水水水水水水水水水水水水水水",
    );
    wide.branch = None;
    let mut named = hit("0192-c", "anti_pattern", "a text without it");
    named.title = Some("Two writers \x1b[31mat once".to_owned());
    named.lifecycle = "superseded".to_owned();
    let first = hit("0192-a", "decision", "There is one writer because two of them wait for each other.");
    state.answer(hits(1, "writer", vec![first, wide, named]), &now());
    let text = "There is one writer because two of them wait for each other.\n\n\tfn main() {}\x07";
    state.answer(Answer::Whole { id: "0192-a".to_owned(), memory: Ok(Box::new(whole("0192-a", text))) }, &now());
    state
}

#[test]
fn a_narrow_screen_has_the_list_alone() {
    check(
        &mut found(),
        (40, 10),
        &[
            "› writer",
            "  tidepool · all kinds · any time",
            "▌ decision · tidepool/main · 15 min ago",
            "▌ There is one writer because two of th…",
            "  answer · tidepool · 15 min ago",
            "  水が one 👩👩👧 writer 書く人 and 水…",
            "  anti_pattern · tidepool/main · 15 min…",
            "  Two writers ␛[31mat once",
            "",
            "Enter read · ctrl-y copy id · ? keys",
        ],
    );
}

#[test]
fn a_middling_one_has_the_preview_below() {
    check(
        &mut found(),
        (64, 20),
        &[
            "› writer",
            "  tidepool · all kinds · any time                    3 in 3.1 ms",
            "▌ decision · tidepool/main · 15 min ago",
            "▌ There is one writer because two of them wait for each other.",
            "  answer · tidepool · 15 min ago",
            "  水が one 👩👩👧 writer 書く人 and 水水水水水水水水水水水水水…",
            "  anti_pattern · tidepool/main · 15 min ago · superseded",
            "  Two writers ␛[31mat once",
            "",
            "",
            "─ decision 0192-a ──────────────────────────────────────────────",
            "  session s-1 (claude-code)",
            "   source /c/projects/s-1.jsonl bytes 10–200",
            "     text user message",
            "       id 0192-a",
            "",
            "There is one writer because two of them wait for each other.",
            "",
            "    fn main() {}␇",
            "Enter read · ctrl-y copy id · ? keys",
        ],
    );
}

#[test]
fn a_wide_one_has_it_beside() {
    check(
        &mut found(),
        (110, 14),
        &[
            "› writer",
            "  tidepool · all kinds · any time                                                                  3 in 3.1 ms",
            "                                            ┬─ decision 0192-a ───────────────────────────────────────────────",
            "▌ decision · tidepool/main · 15 min ago     │   project /src/tidepool",
            "▌ There is one writer because two of them … │    branch main",
            "  answer · tidepool · 15 min ago            │   session s-1 (claude-code)",
            "  水が one 👩👩👧 writer 書く人 and 水水水… │    source /c/projects/s-1.jsonl bytes 10–200",
            "  anti_pattern · tidepool/main · 15 min ag… │      text user message",
            "  Two writers ␛[31mat once                  │        id 0192-a",
            "                                            │",
            "                                            │ There is one writer because two of them wait for each other.",
            "                                            │",
            "                                            │     fn main() {}␇",
            "Enter read · ctrl-y copy id · Tab project · ctrl-k kinds · ctrl-t time · ? keys · Esc leave",
        ],
    );
}

#[test]
fn the_reader_has_the_whole_screen() {
    let mut state = found();
    state.command(Command::Open);
    check(
        &mut state,
        (60, 14),
        &[
            "decision · tidepool/main · 15 min ago",
            "────────────────────────────────────────────────────────────",
            "     when 15 min ago (2026-11-21T14:45:00.000Z)",
            "  project /src/tidepool",
            "   branch main",
            "  session s-1 (claude-code)",
            "   source /c/projects/s-1.jsonl bytes 10–200",
            "     text user message",
            "       id 0192-a",
            "",
            "There is one writer because two of them wait for each other.",
            "",
            "    fn main() {}␇",
            "1–11 of 11 · q back · y copy id · n p turn · ? keys",
        ],
    );
}

#[test]
fn nothing_found_says_what_to_try_and_trouble_stands_at_the_foot() {
    let mut state = State::new(Asked::default());
    let (asked, _) = state.ask(&now());
    state.answer(newest(asked, Vec::new()), &now());
    let lines = frame(&mut state, Colour::Unwanted, (60, 8)).lines;
    assert_eq!(lines[0], "› type to search");
    assert!(lines[2].contains("Nothing found") && lines[3].contains("Tab: all projects"), "{lines:#?}");
    let (asked, _) = state.ask(&now());
    state.waited = std::time::Duration::from_millis(3_700);
    assert_eq!(frame(&mut state, Colour::Unwanted, (60, 8)).lines[7], "waiting for the daemon, 3 s");
    state.answer(failure(asked, FaultKind::Unavailable, "no daemon", Then::TriesAgain), &now());
    let foot = frame(&mut state, Colour::Unwanted, (60, 8)).lines[7].clone();
    assert_eq!(foot, "no daemon; trying again (start it with `quipu up`)");
}

#[test]
fn every_size_can_be_drawn() {
    let long = "水👩 word ".repeat(400);
    for width in (0..24).chain([40, 79, 99, 100, 101, 200]) {
        for height in (0..16).chain([24, 60]) {
            let mut state = found();
            state.answer(
                Answer::Whole { id: "0192-a".to_owned(), memory: Ok(Box::new(whole("0192-a", &long))) },
                &now(),
            );
            for command in [Command::Move(1), Command::Type(long.clone()), Command::Open, Command::Last, Command::Help]
            {
                state.command(command);
                let seen = frame(&mut state, Colour::Wanted, (width, height));
                assert!(seen.lines.iter().all(|line| columns(line) <= usize::from(width)), "{width}×{height}");
                let is_inside = |at: Position| at.x < width && at.y < height;
                assert!(seen.cursor.is_none_or(is_inside), "{width}×{height}: {:?}", seen.cursor);
            }
        }
    }
}

#[test]
fn the_cursor_is_where_the_next_letter_goes() {
    let mut state = State::new(Asked::default());
    for (text, x) in [("", 2), ("ab", 4), ("水", 6), (&"x".repeat(50), 19)] {
        state.command(Command::Type(text.to_owned()));
        assert_eq!(frame(&mut state, Colour::Unwanted, (20, 5)).cursor, Some(Position::new(x, 0)), "after {text:?}");
    }
}

#[test]
fn matches_are_marked_with_colours_and_without() {
    let of = |colour: Colour| {
        let seen = frame(&mut found(), colour, (40, 10));
        let at = |x: u16, y: u16| seen.buffer[(x, y)].clone();
        assert_eq!((at(15, 3).symbol(), at(14, 3).symbol()), ("w", " "));
        (at(15, 3), at(14, 3), seen.buffer)
    };
    let (matched, beside, _) = of(Colour::Wanted);
    assert_eq!((matched.fg, beside.fg), (Color::Yellow, Color::Reset));
    let (matched, beside, all) = of(Colour::Unwanted);
    assert!(matched.modifier.contains(Modifier::UNDERLINED) && !beside.modifier.contains(Modifier::UNDERLINED));
    assert!(all.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset), "NO_COLOR");
}

#[test]
fn the_list_follows_the_selection() {
    let mut state = State::new(Asked { query: "x".to_owned(), ..Asked::default() });
    state.ask(&now());
    state.answer(
        hits(1, "x", (0..30).map(|n| hit(&n.to_string(), "prompt", &format!("number {n}."))).collect()),
        &now(),
    );
    for (by, n) in [(0, 0), (7, 7), (-3, 4), (100, 29), (-29, 0)] {
        state.command(Command::Move(by));
        let lines = frame(&mut state, Colour::Unwanted, (40, 10)).lines;
        let selected: Vec<&String> = lines.iter().filter(|line| line.starts_with('▌')).collect();
        assert_eq!(selected.last().unwrap().as_str(), format!("▌ number {n}."), "{lines:#?}");
    }
}
