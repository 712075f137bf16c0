//! What each key means, and the words that tell it.
//! It must not know what follows from a command.
//! Invariant: a key means one thing on a screen, and every command that is not plain typing stands in `HELP`.

use ratatui_crossterm::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::input::{Reach, Side};

/// Which screen the keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    /// Input, results and preview.
    List,
    /// One memory, whole.
    Reader,
    /// The keys.
    Help,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Put this where the cursor is.
    Type(String),
    Go(Side, Reach),
    Delete(Side, Reach),
    /// What stands right of the cursor; with nothing typed, leave.
    EndOfInput,
    /// Another result (or line of a memory): so many down, or up.
    Move(isize),
    /// The same by screenfuls.
    Page(isize),
    First,
    Last,
    /// Lines of the preview, down or up.
    Scroll(isize),
    /// The next result's memory, or the one before, in the reader.
    Turn(isize),
    Open,
    Back,
    Leave,
    Copy,
    NextScope,
    NextKinds,
    NextTime,
    Help,
    Redraw,
}

/// Keys as people read them, and what they do.
pub(super) const HELP: [(&str, &str); 16] = [
    ("typing", "searches; with nothing typed the newest are listed"),
    ("← → Home End", "move in what is typed (ctrl-a ctrl-e too)"),
    ("alt-b alt-f", "the same by words"),
    ("ctrl-w ctrl-u", "delete a word, or all before the cursor"),
    ("↑ ↓", "another result (ctrl-p ctrl-n too)"),
    ("PgUp PgDn", "a screenful of them"),
    ("shift-↑ ↓", "scroll the preview (ctrl- and alt- too)"),
    ("Tab, ctrl-r", "scope: this project, all projects"),
    ("ctrl-k", "kinds: all, written, prompts, answers, …"),
    ("ctrl-t", "time: any, today, 7 days, 30 days"),
    ("Enter", "read the whole memory; q or Esc back"),
    ("n p", "in it: the next result, the one before"),
    ("ctrl-y", "copy the id (y in a memory); told again at the end"),
    ("ctrl-l", "draw the screen anew"),
    ("?, F1", "this page (? with nothing typed)"),
    ("Esc, ctrl-c", "leave"),
];

/// What `key` means on `screen`, if anything.
pub(super) fn command(key: KeyEvent, screen: Screen) -> Option<Command> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (key.code, control) {
        (KeyCode::Char('c'), true) => return Some(Command::Leave),
        (KeyCode::Char('l'), true) => return Some(Command::Redraw),
        _ => {}
    }
    match screen {
        Screen::List => in_list(key.code, key.modifiers),
        Screen::Reader => in_reader(key.code, control),
        Screen::Help => Some(Command::Back),
    }
}

fn in_list(code: KeyCode, modifiers: KeyModifiers) -> Option<Command> {
    use Reach::{Character, Line, Word};
    use Side::{After, Before};
    let (control, alt) = (modifiers.contains(KeyModifiers::CONTROL), modifiers.contains(KeyModifiers::ALT));
    let plainly = !control && !alt;
    Some(match code {
        KeyCode::Char('a') if control => Command::Go(Before, Line),
        KeyCode::Char('e') if control => Command::Go(After, Line),
        KeyCode::Char('b') if control => Command::Go(Before, Character),
        KeyCode::Char('f') if control => Command::Go(After, Character),
        KeyCode::Char('b') if alt => Command::Go(Before, Word),
        KeyCode::Char('f') if alt => Command::Go(After, Word),
        KeyCode::Char('d') if alt => Command::Delete(After, Word),
        KeyCode::Char('d') if control => Command::EndOfInput,
        KeyCode::Char('h') if control => Command::Delete(Before, Character),
        KeyCode::Char('w') if control => Command::Delete(Before, Word),
        KeyCode::Char('u') if control => Command::Delete(Before, Line),
        KeyCode::Char('p') if control => Command::Move(-1),
        KeyCode::Char('n') if control => Command::Move(1),
        KeyCode::Char('r') if control => Command::NextScope,
        KeyCode::Char('k') if control => Command::NextKinds,
        KeyCode::Char('t') if control => Command::NextTime,
        KeyCode::Char('y') if control => Command::Copy,
        KeyCode::Char(c) if plainly => Command::Type(c.to_string()),
        KeyCode::Left if plainly => Command::Go(Before, Character),
        KeyCode::Right if plainly => Command::Go(After, Character),
        KeyCode::Left => Command::Go(Before, Word),
        KeyCode::Right => Command::Go(After, Word),
        KeyCode::Home => Command::Go(Before, Line),
        KeyCode::End => Command::Go(After, Line),
        KeyCode::Backspace if alt => Command::Delete(Before, Word),
        KeyCode::Backspace => Command::Delete(Before, Character),
        KeyCode::Delete => Command::Delete(After, Character),
        KeyCode::Up if modifiers.is_empty() => Command::Move(-1),
        KeyCode::Down if modifiers.is_empty() => Command::Move(1),
        KeyCode::Up => Command::Scroll(-1),
        KeyCode::Down => Command::Scroll(1),
        KeyCode::PageUp => Command::Page(-1),
        KeyCode::PageDown => Command::Page(1),
        KeyCode::Tab | KeyCode::BackTab => Command::NextScope,
        KeyCode::Enter => Command::Open,
        KeyCode::F(1) => Command::Help,
        KeyCode::Esc => Command::Leave,
        _ => return None,
    })
}

fn in_reader(code: KeyCode, control: bool) -> Option<Command> {
    Some(match code {
        KeyCode::Char('y') => Command::Copy,
        KeyCode::Char('p') | KeyCode::Up if control => Command::Move(-1),
        KeyCode::Char('n') | KeyCode::Down if control => Command::Move(1),
        KeyCode::Char('n') => Command::Turn(1),
        KeyCode::Char('p') => Command::Turn(-1),
        KeyCode::Char('u') if control => Command::Page(-1),
        KeyCode::Char('d') if control => Command::Page(1),
        KeyCode::Char('k') | KeyCode::Up => Command::Move(-1),
        KeyCode::Char('j') | KeyCode::Down => Command::Move(1),
        KeyCode::Char('b') | KeyCode::PageUp => Command::Page(-1),
        KeyCode::Char(' ' | 'f') | KeyCode::PageDown => Command::Page(1),
        KeyCode::Char('g') | KeyCode::Home => Command::First,
        KeyCode::Char('G') | KeyCode::End => Command::Last,
        KeyCode::Char('?') | KeyCode::F(1) => Command::Help,
        KeyCode::Char('q') | KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Left => Command::Back,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(screen: Screen, code: KeyCode, modifiers: KeyModifiers, expect: Option<Command>) {
        assert_eq!(command(KeyEvent::new(code, modifiers), screen), expect, "{code:?} {modifiers:?} on {screen:?}");
    }

    #[test]
    fn letters_are_typed_and_chords_are_commands() {
        let (none, control, alt) = (KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::ALT);
        let typed = |text: &str| Some(Command::Type(text.to_owned()));
        for (code, modifiers, expect) in [
            (KeyCode::Char('q'), none, typed("q")),
            (KeyCode::Char('Q'), KeyModifiers::SHIFT, typed("Q")),
            (KeyCode::Char('?'), none, typed("?")),
            (KeyCode::Char('水'), none, typed("水")),
            (KeyCode::Char('a'), control, Some(Command::Go(Side::Before, Reach::Line))),
            (KeyCode::Char('k'), control, Some(Command::NextKinds)),
            (KeyCode::Char('b'), alt, Some(Command::Go(Side::Before, Reach::Word))),
            (KeyCode::Up, none, Some(Command::Move(-1))),
            (KeyCode::Up, KeyModifiers::SHIFT, Some(Command::Scroll(-1))),
            (KeyCode::Char('x'), control, None),
            (KeyCode::Char('x'), alt, None),
        ] {
            check(Screen::List, code, modifiers, expect);
        }
        check(Screen::Reader, KeyCode::Char('q'), none, Some(Command::Back));
        check(Screen::Reader, KeyCode::Char('x'), none, None);
        check(Screen::Help, KeyCode::Char('x'), none, Some(Command::Back));
        for screen in [Screen::List, Screen::Reader, Screen::Help] {
            check(screen, KeyCode::Char('c'), control, Some(Command::Leave));
        }
        let mut released = KeyEvent::new(KeyCode::Esc, none);
        released.kind = KeyEventKind::Release;
        assert_eq!(command(released, Screen::List), None);
    }
}
