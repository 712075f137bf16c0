//! One line that is typed: its text and where the cursor stands in it.
//! It must not know keys or what the text is for.
//! Invariant: the cursor stands between two characters as people count them; the text has no control characters.

use unicode_segmentation::UnicodeSegmentation;

use crate::plain::plain_line;

/// A line and its cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Input {
    text: String,
    /// In bytes.
    at: usize,
}

/// How far an edit or a movement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// One character.
    Character,
    /// To the end of a word.
    Word,
    /// To the end of the line.
    Line,
}

/// To which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// To the left.
    Before,
    /// To the right.
    After,
}

impl Input {
    /// A line with the cursor at its end.
    pub(super) fn new(text: &str) -> Self {
        let text = plain_line(text);
        Self { at: text.len(), text }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and after it.
    pub(super) fn sides(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Puts `text` where the cursor is.
    pub(super) fn insert(&mut self, text: &str) {
        // A space is kept where it is typed alone; pasted lines become one.
        let text = if text == " " { text.to_owned() } else { plain_line(text) };
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, side: Side, reach: Reach) {
        self.at = self.reached(side, reach);
    }

    /// Takes out what lies between the cursor and where it would go.
    pub(super) fn delete(&mut self, side: Side, reach: Reach) {
        let other = self.reached(side, reach);
        let (from, to) = (self.at.min(other), self.at.max(other));
        self.text.replace_range(from..to, "");
        self.at = from;
    }

    fn reached(&self, side: Side, reach: Reach) -> usize {
        let (before, after) = self.sides();
        match (side, reach) {
            (Side::Before, Reach::Line) => 0,
            (Side::After, Reach::Line) => self.text.len(),
            (Side::Before, Reach::Character) => self.at - before.graphemes(true).next_back().map_or(0, str::len),
            (Side::After, Reach::Character) => self.at + after.graphemes(true).next().map_or(0, str::len),
            (Side::Before, Reach::Word) => {
                let word = before.trim_end();
                word.rfind(char::is_whitespace).map_or(0, |at| at + 1)
            }
            (Side::After, Reach::Word) => {
                let blanks = after.len() - after.trim_start().len();
                let word = after.trim_start();
                self.at + blanks + word.find(char::is_whitespace).unwrap_or(word.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_as_elsewhere() {
        use Reach::{Character, Line, Word};
        use Side::{After, Before};
        let check = |start: &str, edit: fn(&mut Input), expect: &str| {
            let mut input = Input::new(start);
            edit(&mut input);
            let (before, after) = input.sides();
            assert_eq!(format!("{before}|{after}"), expect, "from {start:?}");
        };
        check("why one", |i| i.insert(" writer"), "why onewriter|");
        check("why one", |i| i.insert(" "), "why one |");
        check("", |i| i.insert("two\nlines\x1b[2J"), "two lines␛[2J|");
        check("水e\u{301}", |i| i.go(Before, Character), "水|e\u{301}");
        check("水e\u{301}", |i| i.delete(Before, Character), "水|");
        check("why one  ", |i| i.delete(Before, Word), "why |");
        check("why one", |i| i.delete(Before, Line), "|");
        check("a b", |i| i.go(Before, Word), "a |b");
        check(
            "why one writer",
            |i| {
                i.go(Before, Line);
                i.go(After, Word);
                i.go(After, Word);
            },
            "why one| writer",
        );
        check(
            "ab",
            |i| {
                i.go(Before, Line);
                i.go(Before, Character);
                i.delete(After, Character);
                i.delete(Before, Character);
            },
            "|b",
        );
        check(
            "ab",
            |i| {
                i.delete(After, Word);
                i.go(After, Character);
            },
            "ab|",
        );
    }
}
