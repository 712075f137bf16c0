//! Bends an input: a few small changes, of kinds that parsers tend to get wrong.
//!
//! It must not know what the input means. Invariant: what comes out is bounded, whatever went in.

use crate::bench::chance::Chance;

/// No input grows beyond this, in bytes.
const LONGEST: usize = 96 << 10;

/// Words of the formats that are read, and bytes that are seldom thought of.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "-9223372036854775809",
    "0.1",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\u{85}",
    "é",
    "😀",
    "\u{202e}",
    "---\n",
    "\n---\n",
    "- ",
    "&a ",
    "*a",
    "!!binary ",
    "|2-\n",
    ">+\n",
    "%YAML 1.2\n",
    "? ",
    "'",
    "#",
    "\t",
    "id: ",
    "subject: ",
    "\"uuid\":",
    "\"parentUuid\":null",
    "\"isSidechain\":true",
    "\"agentId\":\"a\"",
    "\"type\":\"user\"",
    "\"type\":\"assistant\"",
    "\"type\":\"tool_use\"",
    "\"type\":\"tool_result\"",
    "\"tool_use_id\":\"t1\"",
    "\"timestamp\":\"9999-12-31T23:59:60Z\"",
    "\"message\":{\"id\":\"m1\",\"role\":\"assistant\",\"content\":[]}",
    "\"version\":2",
    "\"version\":1.5",
    "\"body\":\"{}\"",
    "\"session_id\":\"\"",
    "\"hook_event_name\":\"Stop\"",
    "<quipu-memory",
    "</quipu-memory>",
    "```",
    "sk-ant-api03-",
    "../",
    "/",
];

/// A change of one of the pool's inputs, sometimes with a piece of another.
pub(super) fn bent(pool: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = pick(pool, chance).clone();
    for _ in 0..1 + chance.below(4) {
        let other = pick(pool, chance);
        bend(&mut input, other, chance);
        input.truncate(LONGEST);
    }
    input
}

fn pick<'p>(pool: &'p [Vec<u8>], chance: &mut Chance) -> &'p Vec<u8> {
    &pool[chance.below(pool.len())]
}

fn bend(input: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let piece = piece(input.len(), chance);
    match chance.below(11) {
        0 if at < input.len() => input[at] ^= 1 << chance.below(8),
        1 if at < input.len() => input[at] = chance.below(256) as u8,
        2 => drop(input.drain(piece)),
        3 => input.truncate(at),
        4 => insert(input, at, WORDS[chance.below(WORDS.len())].as_bytes()),
        5 => {
            let copied = input[piece].to_vec();
            insert(input, at, &copied);
        }
        6 => {
            let from = self::piece(other.len(), chance);
            insert(input, at, &other[from]);
        }
        // Deep and long: what nests or repeats.
        7 => {
            let word = WORDS[chance.below(WORDS.len())].repeat(1 << chance.below(13));
            insert(input, at, word.as_bytes());
        }
        8 => lines(input, chance),
        9 => number(input, at, chance),
        _ => {
            let put = WORDS[chance.below(WORDS.len())].bytes();
            input.splice(piece, put);
        }
    }
}

/// A stretch of `length` bytes, short more often than long.
fn piece(length: usize, chance: &mut Chance) -> std::ops::Range<usize> {
    let from = chance.below(length + 1);
    let longest = 1 << chance.below(12);
    from..(from + chance.below(longest + 1)).min(length)
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let room = LONGEST.saturating_sub(input.len()).min(bytes.len());
    input.splice(at..at, bytes[..room].iter().copied());
}

/// Two lines change places, or one comes twice.
fn lines(input: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return;
    }
    let (one, two) = (chance.below(lines.len()), chance.below(lines.len()));
    match chance.below(3) {
        0 => lines.swap(one, two),
        1 => lines.insert(two, lines[one]),
        _ => drop(lines.remove(one)),
    }
    *input = lines.concat();
}

/// The next number becomes one that does not fit.
fn number(input: &mut Vec<u8>, from: usize, chance: &mut Chance) {
    let Some(at) = (from..input.len()).find(|at| input[*at].is_ascii_digit()) else { return };
    let end = (at..input.len()).find(|end| !input[*end].is_ascii_digit()).unwrap_or(input.len());
    let other = ["-1", "0", "4294967296", "9223372036854775807", "18446744073709551615", "1e400"];
    input.splice(at..end, other[chance.below(other.len())].bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_bends_the_same_way_and_nothing_grows_without_bound() {
        let pool = vec![b"{\"n\": 12}\n".to_vec(), vec![b'x'; LONGEST], Vec::new()];
        let all = |seed| {
            let mut chance = Chance::new(seed);
            (0..2_000).map(|_| bent(&pool, &mut chance)).collect::<Vec<_>>()
        };
        let (first, again, other) = (all(1), all(1), all(2));
        assert!(first == again && first != other);
        assert!(first.iter().all(|input| input.len() <= LONGEST));
    }
}
