//! The view as cells: where each part lies on a screen of any size, and the parts that are always there.
//! It must not know keys or the daemon, and changes nothing but what scrolling needs to know.
//! Invariant: no size is too small to be drawn in; nothing is written outside its own rectangle.

mod list;
mod reader;

use jiff::Zoned;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::{Color, Modifier, Style};

use super::keys::{HELP, Screen};
use super::state::State;
use crate::output::Piece;
use crate::plain::{columns, cut, head, wrap};

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Wanted,
    /// As `NO_COLOR` asks.
    Unwanted,
}

impl Colour {
    /// What holds for standard output, by the rules that every other command keeps.
    pub(super) fn of_stdout() -> Self {
        match anstream::AutoStream::choice(&std::io::stdout()) {
            anstream::ColorChoice::Never => Colour::Unwanted,
            _ => Colour::Wanted,
        }
    }
}

/// How things look; without colours the same is said by weight and underlining.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    plain: Style,
    dim: Style,
    bold: Style,
    matched: Style,
    mark: Style,
    warn: Style,
    bad: Style,
}

impl Theme {
    pub(super) fn new(colour: Colour) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let coloured = |style: Style, color: Color, otherwise: Modifier| match colour {
            Colour::Wanted => style.fg(color),
            Colour::Unwanted => style.add_modifier(otherwise),
        };
        Self {
            plain,
            dim,
            bold,
            matched: coloured(bold, Color::Yellow, Modifier::UNDERLINED),
            mark: coloured(bold, Color::Green, Modifier::BOLD),
            warn: coloured(plain, Color::Yellow, Modifier::BOLD),
            bad: coloured(bold, Color::Red, Modifier::BOLD),
        }
    }
}

/// From this width on the preview stands beside the list.
const WIDE: u16 = 100;

/// Draws all of it and says where the cursor stands, if it is to be seen.
pub(super) fn draw(state: &mut State, theme: &Theme, now: &Zoned, buffer: &mut Buffer) -> Option<Position> {
    let area = buffer.area;
    let mut canvas = Canvas { buffer, theme };
    if area.is_empty() {
        return None;
    }
    match state.screen {
        Screen::List => return list::draw(state, now, &mut canvas, area),
        Screen::Reader => reader::draw(state, now, &mut canvas, area),
        Screen::Help => help(state, &mut canvas, area),
    }
    None
}

/// What every part draws with.
struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl Canvas<'_> {
    /// One line of differently styled texts from the left of `area`'s first row; what does not fit is cut. Says how many
    /// columns were taken.
    fn line(&mut self, area: Rect, spans: &[(&str, Style)]) -> u16 {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return 0;
        }
        let mut x = area.x;
        for (at, (text, style)) in spans.iter().enumerate() {
            let left = usize::from(area.right() - x);
            let rest = || spans[at + 1..].iter().any(|(text, _)| !text.is_empty());
            let fits = columns(text);
            let shown =
                if fits > left || (fits == left && rest()) { cut(&format!("{text}…"), left) } else { (*text).into() };
            x = self.buffer.set_stringn(x, area.y, &shown, left, *style).0;
            if x >= area.right() || shown.len() != text.len() {
                break;
            }
        }
        x - area.x
    }

    /// A line that ends at the right of `area`'s first row.
    fn right(&mut self, area: Rect, text: &str, style: Style) {
        let width = u16::try_from(columns(text)).unwrap_or(u16::MAX);
        if width <= area.width {
            self.line(Rect { x: area.right() - width, width, ..area }, &[(text, style)]);
        }
    }

    /// A rule across `area`'s first row, with a word in it.
    fn rule(&mut self, area: Rect, name: &str) {
        let name = if name.is_empty() {
            String::new()
        } else {
            format!(" {} ", cut(name, usize::from(area.width).saturating_sub(5)))
        };
        let rest = usize::from(area.width).saturating_sub(columns(&name) + 1);
        self.line(area, &[("─", self.theme.dim), (&name, self.theme.dim), (&"─".repeat(rest), self.theme.dim)]);
    }

    /// Pieces of an excerpt as spans.
    fn spans<'p>(&self, pieces: &'p [Piece], style: Style) -> Vec<(&'p str, Style)> {
        let look = |piece: &Piece| if piece.is_match { style.patch(self.theme.matched) } else { style };
        pieces.iter().map(|piece| (piece.text.as_str(), look(piece))).collect()
    }

    /// The last row: what is wrong, what was said, what the answer lacks, or `keys`.
    fn footer(&mut self, area: Rect, state: &State, keys: &str) {
        let seconds = state.waited.as_secs();
        let waits = state.is_waiting() && seconds > 0;
        let waited = format!("waiting for the daemon, {seconds} s");
        let (text, style) = match state {
            State { trouble: Some(trouble), .. } => (trouble.as_str(), self.theme.bad),
            _ if waits => (waited.as_str(), self.theme.warn),
            State { said: Some(said), .. } => (said.as_str(), self.theme.mark),
            State { note: Some(note), .. } => (note.as_str(), self.theme.warn),
            _ => (keys, self.theme.dim),
        };
        self.line(area, &[(text, style)]);
    }
}

/// One row of `area`, counted from its top.
fn row(area: Rect, n: u16) -> Rect {
    Rect { y: area.y.saturating_add(n), height: u16::from(n < area.height), ..area }
}

/// `area` without so many rows at its top and bottom.
fn inside(area: Rect, top: u16, bottom: u16) -> Rect {
    let top = top.min(area.height);
    Rect { y: area.y + top, height: (area.height - top).saturating_sub(bottom), ..area }
}

fn help(state: &mut State, canvas: &mut Canvas<'_>, area: Rect) {
    const KEYS: usize = 15;
    let body = inside(area, 1, 1);
    let (bold, plain, dim) = (canvas.theme.bold, canvas.theme.plain, canvas.theme.dim);
    canvas.line(row(area, 0), &[("quipu search: keys", bold)]);
    let mut lines = Vec::new();
    for (keys, what) in HELP {
        for (n, line) in wrap(what, usize::from(area.width).saturating_sub(KEYS)).into_iter().enumerate() {
            let keys = if n == 0 { head(keys, KEYS - 1) } else { "" };
            lines.push((format!("{keys}{}", " ".repeat(KEYS - columns(keys))), &what[line]));
        }
    }
    let rows = usize::from(body.height);
    state.help_top = state.help_top.min(lines.len().saturating_sub(rows));
    for (n, (keys, what)) in (0..).zip(lines.iter().skip(state.help_top).take(rows)) {
        canvas.line(row(body, n), &[(keys, bold), (what, plain)]);
    }
    let more =
        if state.help_top + rows < lines.len() { "↓ more · any other key goes back" } else { "any key goes back" };
    canvas.line(row(area, area.height - 1), &[(more, dim)]);
}

#[cfg(test)]
mod tests;
