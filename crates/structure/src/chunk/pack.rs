//! Fills chunks up to the bound from the places where a text may be cut.
//! It must not know what kind of text it cuts.
//! Invariant: whatever the cuts, the chunks tile the text, keep the bound, and each step looks at a text once.

use std::ops::Range;

use quipu_core::tokens;

use super::Cut;
use crate::limits::{CRUMB_TOKENS, MAX_TOKENS};

/// A cut that is taken only before a text is cut anywhere.
const LAST: u16 = u16::MAX;

/// Whether `text` has at most `tokens` estimated tokens; a long text is not read to its end for that.
pub(super) fn fits(text: &str, tokens: usize) -> bool {
    tokens::prefix(text, tokens).len() == text.len()
}

/// The chunks of `text`, cut at `cuts` where that is enough, and at lines, sentences and spaces where it is not.
pub(super) fn pack(text: &str, mut cuts: Vec<Cut>) -> Vec<Range<usize>> {
    // By place, then rank: of two cuts at one place the better one stays.
    cuts.sort_unstable();
    cuts.dedup_by_key(|cut| cut.at);
    cuts.retain(|cut| cut.at > 0 && cut.at < text.len() && text.is_char_boundary(cut.at));
    let mut packer = Packer { text, out: Vec::new() };
    packer.pack(0..text.len(), &mut cuts);
    packer.without_crumbs()
}

struct Packer<'t> {
    text: &'t str,
    out: Vec<Range<usize>>,
}

impl Packer<'_> {
    /// Cuts `range` at the best rank it has, gathers neighbours that fit together, and cuts what alone is too large
    /// at the ranks below. `cuts` lie inside the range.
    fn pack(&mut self, range: Range<usize>, cuts: &mut [Cut]) {
        let Some(rank) = cuts.iter().map(|cut| cut.rank).min() else { return self.windows(range) };
        let (mut open, mut begin, mut inner) = (range.start, range.start, 0);
        let mut limit = self.reach(&range);
        for next in 0..=cuts.len() {
            let end = match cuts.get(next) {
                Some(cut) if cut.rank == rank => cut.at,
                Some(_) => continue,
                None => range.end,
            };
            if end > limit {
                if self.reach(&(begin..end)) == end {
                    self.push(open..begin);
                    open = begin;
                } else {
                    // A crumb goes with the large piece after it. The cut between them is kept for the case that the
                    // crumb is what makes a part of that piece too large.
                    let joins = open < begin && self.is_crumb(&(open..begin));
                    let first = if joins && rank < LAST {
                        cuts[inner - 1].rank = LAST;
                        inner - 1
                    } else {
                        inner
                    };
                    if !joins {
                        self.push(open..begin);
                        open = begin;
                    }
                    self.pack(open..end, &mut cuts[first..next]);
                    open = end;
                }
                limit = self.reach(&(open..range.end));
            }
            begin = end;
            inner = next + 1;
        }
        self.push(open..range.end);
    }

    /// Cuts a text that has no structure.
    fn windows(&mut self, range: Range<usize>) {
        let mut start = range.start;
        loop {
            let reach = self.reach(&(start..range.end));
            if reach == range.end {
                return self.push(start..reach);
            }
            let cut = start + cut_point(&self.text[start..reach]);
            self.push(start..cut);
            start = cut;
        }
    }

    /// The furthest end that a chunk from the beginning of `range` can have.
    fn reach(&self, range: &Range<usize>) -> usize {
        range.start + tokens::prefix(&self.text[range.clone()], MAX_TOKENS).len()
    }

    fn push(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.out.push(range);
        }
    }

    fn is_crumb(&self, range: &Range<usize>) -> bool {
        fits(&self.text[range.clone()], CRUMB_TOKENS - 1)
    }

    /// The chunks, with crumbs joined to the chunk before or after them where both fit into one.
    fn without_crumbs(self) -> Vec<Range<usize>> {
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(self.out.len());
        for range in &self.out {
            if let Some(last) = joined.last_mut() {
                let both = last.start..range.end;
                if (self.is_crumb(last) || self.is_crumb(range)) && self.reach(&both) == both.end {
                    *last = both;
                    continue;
                }
            }
            joined.push(range.clone());
        }
        joined
    }
}

/// Where to cut a full window: after a blank line, else a line, a sentence, a space, else at its end.
///
/// A cut in the first third is not taken: it would make crumbs.
fn cut_point(window: &str) -> usize {
    let floor = window.len() / 3;
    let after = |mark: &str| window.rfind(mark).map(|at| at + mark.len()).filter(|&at| at > floor);
    after("\n\n")
        .or_else(|| after("\n\r\n"))
        .or_else(|| after("\n"))
        .or_else(|| after(". "))
        .or_else(|| after("。"))
        .or_else(|| after(" "))
        .unwrap_or(
            // A window always holds at least one character: MAX_TOKENS is far above one.
            window.len(),
        )
}
