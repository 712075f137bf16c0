//! Cuts a memory's body into chunks of at most 256 estimated tokens, at structure where there is some.
//! It must not know what a chunk is used for.
//! Invariant: chunks are byte ranges that tile the body without gap or overlap, on character boundaries.

use std::ops::Range;

use crate::tokens;

/// The most estimated tokens a chunk may hold (the window of the embedder to come).
pub const MAX_TOKENS: usize = 256;

/// The chunks of `body` in order. An empty body has one empty chunk, so that it can still be found by its title.
pub fn chunks(body: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while tokens::estimate(&body[start..]) > MAX_TOKENS {
        let window = tokens::prefix(&body[start..], MAX_TOKENS);
        let cut = start + cut_point(window);
        out.push(start..cut);
        start = cut;
        // Estimating the whole rest at each step would be quadratic on a 1 MB line.
        if body.len() - start > MAX_TOKENS * 16 {
            while body.len() - start > MAX_TOKENS * 16 {
                let window = tokens::prefix(&body[start..], MAX_TOKENS);
                let cut = start + cut_point(window);
                out.push(start..cut);
                start = cut;
            }
        }
    }
    out.push(start..body.len());
    out
}

/// Where to cut a full window: after a blank line, else a line, a sentence, a space, else at its end.
///
/// A cut in the first third is not taken: it would make crumbs.
fn cut_point(window: &str) -> usize {
    let floor = window.len() / 3;
    let after = |mark: &str| window.rfind(mark).map(|at| at + mark.len()).filter(|&at| at > floor);
    after("\n\n")
        .or_else(|| after("\n"))
        .or_else(|| after(". "))
        .or_else(|| after("。"))
        .or_else(|| after(" "))
        .unwrap_or(
            // A window always holds at least one character: MAX_TOKENS is far above one.
            window.len(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> Vec<&str> {
        let ranges = chunks(body);
        assert_eq!(ranges.first().map(|r| r.start), Some(0));
        assert_eq!(ranges.last().map(|r| r.end), Some(body.len()));
        assert!(ranges.windows(2).all(|w| w[0].end == w[1].start), "they tile");
        let parts: Vec<&str> = ranges.into_iter().map(|r| &body[r]).collect();
        assert!(parts.iter().all(|p| tokens::estimate(p) <= MAX_TOKENS));
        parts
    }

    #[test]
    fn short_and_empty_bodies_are_one_chunk() {
        assert_eq!(check(""), [""]);
        assert_eq!(check("short"), ["short"]);
    }

    #[test]
    fn cuts_at_paragraphs_then_lines_then_words() {
        let paragraph = "word ".repeat(150);
        let body = format!("{paragraph}\n\n{paragraph}\n\n{paragraph}");
        assert!(check(&body)[0].ends_with("\n\n"));
        assert!(check(&"line of text\n".repeat(200))[0].ends_with('\n'));
        assert!(check(&"word ".repeat(2_000))[0].ends_with(' '));
    }

    #[test]
    fn a_megabyte_without_any_space_and_other_scripts_tile_too() {
        check(&"x".repeat(1 << 20));
        check(&"水".repeat(100_000));
        check(&"🙂\u{200d}".repeat(3_000));
    }
}
