//! Lines of a file with their byte ranges, in bounded memory.
//! It must not know what a line means.
//! Invariant: a line longer than the bound is passed over, not held; a line without its newline is told apart.

use std::io::{self, BufRead};
use std::ops::Range;

/// Longer lines are counted and left, in bytes. The longest seen in 600 MB of real transcripts is 1 MB.
pub const MAX_LINE: usize = 16 << 20;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line, in the buffer, without its newline.
    Whole(Range<u64>),
    /// A line that is longer than the bound.
    TooLong(Range<u64>),
    /// The file ends in the middle of a line; what is there is in the buffer.
    Unfinished(Range<u64>),
    /// The end.
    End,
}

/// Reads the next line into `buffer`; `at` is where it starts and is moved past it.
pub fn next(reader: &mut impl BufRead, buffer: &mut Vec<u8>, at: &mut u64) -> io::Result<Line> {
    buffer.clear();
    let start = *at;
    let mut too_long = false;
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            return Ok(match (*at == start, too_long) {
                (true, _) => Line::End,
                (false, true) => Line::TooLong(start..*at),
                (false, false) => Line::Unfinished(start..*at),
            });
        }
        let (taken, done) = match memchr::memchr(b'\n', available) {
            Some(end) => (end + 1, true),
            None => (available.len(), false),
        };
        if buffer.len() + taken > MAX_LINE {
            too_long = true;
            *buffer = Vec::new();
        } else if !too_long {
            buffer.extend_from_slice(&available[..taken]);
        }
        reader.consume(taken);
        *at += taken as u64;
        if done {
            buffer.pop();
            return Ok(if too_long { Line::TooLong(start..*at) } else { Line::Whole(start..*at) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn lines_come_with_their_places() {
        let mut reader = Cursor::new(b"ab\n\ncd".to_vec());
        let (mut buffer, mut at) = (Vec::new(), 10);
        let mut next = || {
            let line = next(&mut reader, &mut buffer, &mut at).expect("reads");
            (line, buffer.clone())
        };
        assert_eq!(next(), (Line::Whole(10..13), b"ab".to_vec()));
        assert_eq!(next(), (Line::Whole(13..14), Vec::new()));
        assert_eq!(next(), (Line::Unfinished(14..16), b"cd".to_vec()));
        assert_eq!(next().0, Line::End);
    }

    #[test]
    fn a_line_beyond_the_bound_is_passed_over() {
        let mut bytes = vec![b'x'; MAX_LINE + 5];
        bytes.extend_from_slice(b"\nnext\n");
        let mut reader = Cursor::new(bytes);
        let (mut buffer, mut at) = (Vec::new(), 0);
        let end = MAX_LINE as u64 + 6;
        assert_eq!(next(&mut reader, &mut buffer, &mut at).expect("reads"), Line::TooLong(0..end));
        assert_eq!(next(&mut reader, &mut buffer, &mut at).expect("reads"), Line::Whole(end..end + 5));
    }
}
