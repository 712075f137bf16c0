//! Files of lines: each in bounded memory, and local-recall's replayed.
//! It must not know what a line says.
//! Invariant: a line that is too long or not understood is counted and left; what is held of a file is where its
//! memories stand, never what they say.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quipu_agents::import::local_recall::{self, Replay, Step};
use quipu_agents::lines::{self, Line};

use super::{Reading, Sink};

type Taken<'a> = &'a mut dyn FnMut(&mut Sink, &[u8], u64) -> Reading;

/// A line with its number from 1, its first byte and its length.
type Placed<'a> = &'a mut dyn FnMut(&mut Sink, &[u8], u64, u64, u64) -> Reading;

/// Hands every line of a file to `take`, with its number from 1; of a file beyond `most` bytes none.
pub(super) fn each(path: &Path, most: u64, sink: &mut Sink, take: Taken<'_>) -> Reading {
    walk(path, most, sink, &mut |sink, line, number, _, bytes| {
        sink.batch.bytes += bytes;
        take(sink, line, number)
    })
}

/// The same with the line's place.
fn walk(path: &Path, most: u64, sink: &mut Sink, take: Placed<'_>) -> Reading {
    let place = path.to_string_lossy().into_owned();
    let opened = File::open(path).and_then(|file| file.metadata().map(|meta| (file, meta)));
    let (file, meta) = match opened {
        Ok((file, meta)) if meta.is_file() && meta.len() <= most => (file, meta),
        Ok(_) => return sink.damaged(&place, "no file, or too long a one"),
        Err(error) => {
            sink.doubt(&place, error.to_string());
            return sink.passed_over("unreadable");
        }
    };
    let mut reader = BufReader::with_capacity(64 << 10, file);
    let (mut buffer, mut at, mut number) = (Vec::new(), 0, 0);
    // What is written behind the end that the file has now is for the next time.
    while at < meta.len() {
        number += 1;
        let (bytes, is_whole) = match lines::next(&mut reader, &mut buffer, &mut at) {
            Ok(Line::Whole(bytes) | Line::Unfinished(bytes)) => (bytes, true),
            Ok(Line::TooLong(bytes)) => (bytes, false),
            Ok(Line::End) => break,
            Err(error) => {
                sink.doubt(&place, error.to_string());
                return sink.passed_over("unreadable");
            }
        };
        if is_whole {
            take(sink, &buffer, number, bytes.start, bytes.end - bytes.start)?;
        } else {
            sink.damaged(&format!("{place}:{number}"), "a line longer than 16 MB")?;
        }
    }
    Ok(())
}

/// Replays local-recall's files, in the order of their names within each folder: looks first at what each line does, then
/// takes the lines that count in the end.
pub(super) fn replay(files: &[PathBuf], sink: &mut Sink) -> Reading {
    let mut replay = Replay::default();
    for (n, path) in (0..).zip(files) {
        walk(path, u64::MAX, sink, &mut |_, line, _, at, _| {
            replay.take(local_recall::step(line), n, at);
            Ok(())
        })?;
    }
    // What the first look had to pass over is told by the second.
    sink.batch.passed_over.clear();
    sink.batch.doubts.clear();
    for (n, path) in (0..).zip(files) {
        sink.batch.files += 1;
        let place: Arc<str> = path.to_string_lossy().into();
        walk(path, u64::MAX, sink, &mut |sink, line, number, at, bytes| {
            sink.batch.bytes += bytes;
            let step = local_recall::step(line);
            let here = || format!("{place}:{number}");
            match step {
                Step::Adds(_) if replay.holds(step, n, at) => match local_recall::line(line, number) {
                    Some((draft, doubt)) => {
                        doubt.into_iter().for_each(|doubt| sink.doubt(&here(), doubt));
                        sink.memory(&place, draft)
                    }
                    None => sink.damaged(&here(), "unreadable"),
                },
                Step::Adds(_) => sink.passed_over("replaced or taken out by a later line"),
                Step::Unreadable if !line.iter().all(u8::is_ascii_whitespace) => sink.damaged(&here(), "unreadable"),
                _ => Ok(()),
            }
        })?;
    }
    for id in replay.gone() {
        sink.batch.gone.push(id.to_string());
        if sink.batch.gone.len() >= super::TOGETHER.0 {
            sink.flush()?;
        }
    }
    Ok(())
}
