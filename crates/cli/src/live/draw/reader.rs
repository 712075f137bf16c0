//! A memory's text on the screen: the whole screen of the reader, and the preview, which is the same in a part of it.
//! It must not know how a text was laid out.
//! Invariant: matches are looked for in the lines that are shown, never in the whole text.

use std::collections::HashSet;

use jiff::Zoned;
use ratatui_core::layout::Rect;

use super::super::page::Role;
use super::super::state::{Sheet, State};
use super::{Canvas, inside, row};
use crate::output::marked;

/// The widest lines that are read with ease.
const READABLE: u16 = 120;

pub(super) fn draw(state: &mut State, now: &Zoned, canvas: &mut Canvas<'_>, area: Rect) {
    let body = inside(area, 2, 1);
    let body = Rect { width: body.width.min(READABLE), ..body };
    let before = state.reader.take();
    state.reader = state.sheet(before, usize::from(body.width), usize::from(body.height), now);
    let Some(item) = state.item() else { return };
    let about = format!(" · {} · {}", item.place, item.age);
    canvas.line(row(area, 0), &[(&item.kind, canvas.theme.bold), (&about, canvas.theme.dim)]);
    canvas.rule(row(area, 1), "");
    let mut place = String::new();
    if let Some(sheet) = &state.reader {
        self::sheet(sheet, &state.terms, canvas, body);
        let last = (sheet.top + sheet.rows).min(sheet.page.len());
        place = format!("{}–{last} of {} · ", sheet.top + 1, sheet.page.len());
    }
    let keys = format!("{place}q back · y copy id · n p turn · ? keys");
    canvas.footer(row(area, area.height - 1), state, &keys);
}

/// The lines of a sheet that are seen.
pub(super) fn sheet(sheet: &Sheet, terms: &HashSet<String>, canvas: &mut Canvas<'_>, area: Rect) {
    for (n, (role, line)) in (0..area.height).zip(sheet.page.from(sheet.top)) {
        let pieces = if role == Role::Fact { marked(line, &HashSet::new()) } else { marked(line, terms) };
        let style = match role {
            Role::Title => canvas.theme.bold,
            Role::Fact => canvas.theme.dim,
            Role::Body => canvas.theme.plain,
        };
        let spans = canvas.spans(&pieces, style);
        canvas.line(row(area, n), &spans);
    }
}
