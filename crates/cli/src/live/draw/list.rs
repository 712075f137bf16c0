//! The screen that one searches on: input, filters, results, preview.
//! It must not know what the keys are.
//! Invariant: the selected result is on the screen, and so is the cursor.

use jiff::Zoned;
use ratatui_core::layout::{Position, Rect};

use super::super::state::State;
use super::{Canvas, WIDE, inside, reader, row};
use crate::plain::{columns, tail};

/// Rows of a result.
const ITEM: u16 = 2;
/// The preview goes below where the two have so much room together.
const TALL: u16 = 11;

/// Where the parts lie.
struct Areas {
    list: Rect,
    /// A rule with the preview's name, and the preview.
    preview: Option<(Rect, Rect)>,
    /// Rows between the two, where they stand side by side.
    wall: Rect,
}

pub(super) fn draw(state: &mut State, now: &Zoned, canvas: &mut Canvas<'_>, area: Rect) -> Option<Position> {
    let cursor = input(state, canvas, row(area, 0));
    if area.height > 2 {
        filters(state, canvas, row(area, 1));
    }
    if area.height > 1 {
        let keys = "Enter read · ctrl-y copy id · Tab project · ctrl-k kinds · ctrl-t time · ? keys · Esc leave";
        let short = "Enter read · ctrl-y copy id · ? keys";
        let last = row(area, area.height - 1);
        canvas.footer(last, state, if columns(keys) > usize::from(area.width) { short } else { keys });
    }
    let areas = areas(inside(area, 2, 1));
    list(state, canvas, areas.list);
    if let Some((rule, preview)) = areas.preview {
        let name = state.item().map(|item| format!("{} {}", item.kind, item.id)).unwrap_or_default();
        canvas.rule(rule, &name);
        for n in 0..areas.wall.height {
            canvas.line(row(areas.wall, n), &[(if n == 0 { "┬" } else { "│" }, canvas.theme.dim)]);
        }
        let size = (usize::from(preview.width), usize::from(preview.height));
        let before = state.preview.take();
        state.preview = state.sheet(before, size.0, size.1, now);
        if let Some(sheet) = &state.preview {
            reader::sheet(sheet, &state.terms, canvas, preview);
        }
    }
    cursor
}

fn areas(body: Rect) -> Areas {
    let alone = Areas { list: body, preview: None, wall: Rect::ZERO };
    if body.width >= WIDE && body.height > 2 {
        let left = body.width * 2 / 5;
        let (rule, below) = (row(body, 0), inside(body, 1, 0));
        let wall = Rect { x: body.x + left, width: 1, ..body };
        let right = |area: Rect| Rect { x: wall.x + 1, width: body.right() - wall.x - 1, ..area };
        let text = right(below);
        let text = Rect { x: text.x + 1, width: text.width - 1, ..text };
        return Areas { list: Rect { width: left - 1, ..below }, preview: Some((right(rule), text)), wall };
    }
    if body.height < TALL {
        return alone;
    }
    // An even number of rows for the list: its results have two each.
    let above = body.height * 11 / 20 / ITEM * ITEM;
    let below = inside(body, above, 0);
    Areas {
        list: Rect { height: above, ..body },
        preview: Some((row(below, 0), inside(below, 1, 0))),
        wall: Rect::ZERO,
    }
}

fn input(state: &State, canvas: &mut Canvas<'_>, area: Rect) -> Option<Position> {
    let prompt = canvas.line(area, &[("› ", canvas.theme.mark)]);
    let (before, after) = state.input.sides();
    // The cursor's own column has to be there too.
    let width = usize::from(area.width.saturating_sub(prompt + 1));
    let shown = tail(before, width);
    let field = Rect { x: area.x + prompt, width: area.width.saturating_sub(prompt), ..area };
    let taken = canvas.line(field, &[(shown, canvas.theme.plain)]);
    let rest = Rect { x: field.x + taken, width: field.width.saturating_sub(taken), ..field };
    let hint = if before.is_empty() && after.is_empty() { "type to search" } else { "" };
    canvas.line(rest, &[(after, canvas.theme.plain), (hint, canvas.theme.dim)]);
    (area.width > 0).then(|| Position::new(rest.x.min(area.right() - 1), area.y))
}

fn filters(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let scope = match &state.project {
        Some(project) if !state.filters.is_everywhere() => project.as_str(),
        _ => state.filters.scope.name(),
    };
    let (dim, bold) = (canvas.theme.dim, canvas.theme.bold);
    let (kinds, time) = (state.filters.kinds.name(), state.filters.time());
    let taken =
        canvas.line(area, &[("  ", dim), (scope, bold), (" · ", dim), (kinds, bold), (" · ", dim), (time, bold)]);
    let rest = Rect { x: area.x + taken, width: area.width - taken, ..area };
    let summary = if state.is_waiting() { format!("  {} …", state.summary) } else { format!("  {}", state.summary) };
    canvas.right(rest, &summary, dim);
}

fn list(state: &mut State, canvas: &mut Canvas<'_>, area: Rect) {
    let room = usize::from(area.height / ITEM).max(1);
    state.list_rows = room;
    state.list_top = state.list_top.clamp((state.selected + 1).saturating_sub(room), state.selected);
    let (plain, bold, dim) = (canvas.theme.plain, canvas.theme.bold, canvas.theme.dim);
    if state.items.is_empty() {
        return nothing(state, canvas, area);
    }
    let shown = state.items.iter().enumerate().skip(state.list_top);
    for (top, (n, item)) in (0..area.height).step_by(usize::from(ITEM)).zip(shown) {
        let is_selected = n == state.selected;
        let mark = if is_selected { ("▌ ", canvas.theme.mark) } else { ("  ", plain) };
        let lifecycle = item.state.as_deref().map(|state| format!(" · {state}")).unwrap_or_default();
        let about = format!(" · {} · {}{lifecycle}", item.place, item.age);
        canvas.line(row(area, top), &[mark, (&item.kind, bold), (&about, dim)]);
        let mut line = vec![mark];
        line.extend(canvas.spans(&item.line, if is_selected { bold } else { plain }));
        canvas.line(row(area, top + 1), &line);
    }
}

fn nothing(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    if state.is_waiting() || state.trouble.is_some() {
        return;
    }
    let (plain, dim) = (canvas.theme.plain, canvas.theme.dim);
    canvas.line(row(area, 0), &[("  Nothing found", plain)]);
    let hint =
        if state.filters.is_everywhere() { "  (`quipu index` reads past sessions)" } else { "  (Tab: all projects)" };
    canvas.line(row(area, 1), &[(hint, dim)]);
}
