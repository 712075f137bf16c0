//! `quipu embed`: vectors of texts, made by the daemon's model.
//! It must not know models; texts go through one after the other and are kept nowhere.
//! Invariant: one line out for each text in, in their order.

use std::io::{BufRead, Read};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::embed::{
    EmbedKind, EmbedReply, EmbedRequest, MAX_DEADLINE_MS, MAX_TEXT_BYTES, MAX_TEXTS, Priority,
};
use serde::Serialize;

use super::Outcome;
use crate::connect::Daemon;
use crate::output::{Form, json_line};

/// Lines of standard input that are sent together, and after how many bytes no more are added.
const LINES: usize = 256;
const BYTES: usize = 512 << 10;

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    model: &'a str,
    vector: Option<&'a [f32]>,
}

pub(super) fn embed(texts: Vec<String>, query: bool, form: Form) -> Outcome {
    let kind = if query { EmbedKind::Query } else { EmbedKind::Passage };
    let mut daemon = Daemon::new()?;
    if !texts.is_empty() {
        return texts.chunks(MAX_TEXTS).try_for_each(|some| show(&mut daemon, some, kind, Priority::Interactive, form));
    }
    let (mut lines, mut input) = (Lines::default(), std::io::stdin().lock());
    loop {
        let some = lines.next(&mut input)?;
        if some.is_empty() {
            return Ok(());
        }
        show(&mut daemon, &some, kind, Priority::Bulk, form)?;
    }
}

fn show(daemon: &mut Daemon, texts: &[String], kind: EmbedKind, priority: Priority, form: Form) -> Outcome {
    let request = EmbedRequest { texts: texts.to_vec(), kind, priority, deadline_ms: Some(MAX_DEADLINE_MS) };
    let reply: EmbedReply = daemon.ask("/v1/embed", &request)?;
    for (text, vector) in texts.iter().zip(&reply.vectors) {
        let vector = vector.as_deref();
        match form {
            Form::Json => json_line(&Line { text, model: &reply.model, vector }),
            // Nothing on the line of a text that says nothing, so that lines go by number.
            Form::Text => {
                let numbers: Vec<String> = vector.unwrap_or_default().iter().map(f32::to_string).collect();
                anstream::println!("{}", numbers.join(" "));
            }
        }
    }
    Ok(())
}

/// How far standard input has been read.
#[derive(Default)]
struct Lines {
    read: u64,
}

impl Lines {
    /// The next lines, without their ends; none at the end of the input.
    fn next(&mut self, input: &mut impl BufRead) -> Result<Vec<String>, Fault> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < LINES && bytes < BYTES {
            let mut line = Vec::new();
            let most = MAX_TEXT_BYTES as u64 + 2;
            let read = input.by_ref().take(most).read_until(b'\n', &mut line).map_err(|e| self.bad(&e.to_string()))?;
            if read == 0 {
                break;
            }
            self.read += 1;
            bytes += read;
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.len() > MAX_TEXT_BYTES {
                let message = format!("line {} has more than {MAX_TEXT_BYTES} bytes", self.read);
                return Err(Fault::new(FaultKind::Caller, "text_too_long", message).hint("cut it into several lines"));
            }
            lines.push(std::str::from_utf8(text).map_err(|e| self.bad(&e.to_string()))?.to_owned());
        }
        Ok(lines)
    }

    fn bad(&self, why: &str) -> Fault {
        let message = format!("standard input, after line {}: {why}", self.read);
        Fault::new(FaultKind::Caller, "bad_input", message).hint("texts are lines of UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes of the portions that `input` is read in, or the fault's code.
    fn check(input: &[u8]) -> Result<Vec<usize>, String> {
        let (mut lines, mut input, mut sizes) = (Lines::default(), std::io::Cursor::new(input), Vec::new());
        loop {
            match lines.next(&mut input) {
                Ok(some) if some.is_empty() => return Ok(sizes),
                Ok(some) => sizes.push(some.len()),
                Err(fault) => return Err(fault.code),
            }
        }
    }

    #[test]
    fn input_is_read_in_portions_of_whole_lines() {
        let lines = |count: usize, length: usize| format!("{}\n", "x".repeat(length)).repeat(count).into_bytes();
        for (input, expect) in [
            (Vec::new(), Ok(vec![])),
            (b"one".to_vec(), Ok(vec![1])),
            (b"one\r\n\ntwo\n".to_vec(), Ok(vec![3])),
            (lines(LINES + 1, 1), Ok(vec![LINES, 1])),
            (lines(5, BYTES / 2), Ok(vec![2, 2, 1])),
            (lines(1, MAX_TEXT_BYTES), Ok(vec![1])),
            (lines(1, MAX_TEXT_BYTES + 1), Err("text_too_long".to_owned())),
            (vec![b'x'; 3 * MAX_TEXT_BYTES], Err("text_too_long".to_owned())),
            (b"fine\n\xff\n".to_vec(), Err("bad_input".to_owned())),
        ] {
            assert_eq!(check(&input), expect, "{} bytes", input.len());
        }
    }
}
