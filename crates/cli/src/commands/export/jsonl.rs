//! `export jsonl` and `import jsonl`: records, one a line, there and back.
//! It must not know what a record holds (see `wire::records`).
//! Invariant: both stream: no more than one page, or one request, is in memory. A line that cannot be read stops nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::records::{BringReply, BringRequest, MOST_RECORDS, RecordView, RecordsReply};
use quipu_protocol::wire::search::PageRequest;

use super::Sink;
use crate::commands::Outcome;
use crate::commands::stats::bytes;
use crate::connect::Daemon;
use crate::output::{Form, WARN, json, styled};

/// A request is sent once its lines have so many bytes; a body may have 16 MiB.
const REQUEST: usize = 4 << 20;
/// Longest line that is read.
const LINE: u64 = 15 << 20;
/// At most so many lines are named that could not be taken.
const NAMED: usize = 100;

pub(super) fn export(file: &Path, mut request: PageRequest, form: Form) -> Outcome {
    let mut sink = Sink::open(file)?;
    let mut daemon = Daemon::patient()?;
    let (mut count, mut size) = (0u64, 0u64);
    loop {
        let page: RecordsReply = daemon.ask("/v1/records", &request)?;
        for record in &page.records {
            // Through a value: its keys are sorted, so the same memory is the same line.
            let value = serde_json::to_value(record).map_err(|e| bad(e.to_string()))?;
            let line = format!("{value}\n");
            size += line.len() as u64;
            count += 1;
            sink.write(&line)?;
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    let is_stdout = sink.is_stdout();
    sink.finish()?;
    match (is_stdout, form) {
        (true, _) => anstream::eprintln!("{count} memories, {}", bytes(size)),
        (false, Form::Json) => json(&serde_json::json!({ "memories": count, "bytes": size, "file": file })),
        (false, Form::Text) => anstream::println!("{count} memories, {}, written to {}", bytes(size), file.display()),
    }
    Ok(())
}

/// What became of the lines.
#[derive(Default)]
struct Report {
    lines: u64,
    outcomes: BTreeMap<String, u64>,
    /// The first of those that could not be taken whole, by their number.
    warnings: Vec<(u64, String)>,
}

impl Report {
    fn count(&mut self, outcome: &str) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
    }

    fn warn(&mut self, line: u64, what: String) {
        if self.warnings.len() < NAMED {
            self.warnings.push((line, what));
        }
    }
}

/// Brings records back.
pub(crate) fn import(file: &Path, form: Form) -> Outcome {
    let cannot = |e: &io::Error| {
        Fault::new(FaultKind::Missing, "no_such_path", format!("{}: {e}", file.display()))
            .hint("name a file that `quipu export jsonl` wrote")
    };
    let mut lines: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(file).map_err(|e| cannot(&e))?))
    };
    let mut daemon = Daemon::patient()?;
    let mut report = Report::default();
    let (mut waiting, mut held) = (Vec::new(), 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(LINE + 1).read_until(b'\n', &mut line).map_err(|e| cannot(&e))?;
        if read > 0 {
            report.lines += 1;
        }
        if read as u64 > LINE {
            skip_line(&mut *lines).map_err(|e| cannot(&e))?;
            report.count("unreadable");
            report.warn(report.lines, format!("the line has more than {LINE} bytes"));
        } else if !line.trim_ascii().is_empty() {
            match serde_json::from_slice::<RecordView>(&line) {
                Ok(record) => {
                    held += read;
                    waiting.push((report.lines, record));
                }
                Err(error) => {
                    report.count("unreadable");
                    report.warn(report.lines, format!("no line of `quipu export jsonl`: {error}"));
                }
            }
        }
        if waiting.len() >= MOST_RECORDS || held >= REQUEST || (read == 0 && !waiting.is_empty()) {
            send(&mut daemon, std::mem::take(&mut waiting), &mut report)?;
            held = 0;
        }
        if read == 0 {
            break;
        }
    }
    tell(&report, form);
    Ok(())
}

/// Reads on to the end of a line that is too long.
fn skip_line(lines: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let some = lines.fill_buf()?;
        match some.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                lines.consume(at + 1);
                return Ok(());
            }
            None if some.is_empty() => return Ok(()),
            None => {
                let all = some.len();
                lines.consume(all);
            }
        }
    }
}

fn send(daemon: &mut Daemon, waiting: Vec<(u64, RecordView)>, report: &mut Report) -> Outcome {
    let (numbers, records): (Vec<u64>, Vec<RecordView>) = waiting.into_iter().unzip();
    let reply: BringReply = daemon.write("/v1/records/import", &BringRequest { records })?;
    for (number, brought) in numbers.into_iter().zip(reply.outcomes) {
        report.count(&brought.outcome);
        if let Some(reason) = brought.reason {
            report.warn(number, reason);
        }
        if !brought.redacted.is_empty() {
            let labels = brought.redacted.join(", ");
            report.warn(number, format!("secrets were replaced, so its hash is another now: {labels}"));
        }
    }
    Ok(())
}

fn tell(report: &Report, form: Form) {
    if form == Form::Json {
        let shape = |(line, what): &(u64, String)| serde_json::json!({ "line": line, "warning": what });
        let warnings: Vec<_> = report.warnings.iter().map(shape).collect();
        return json(&serde_json::json!({
            "lines": report.lines, "outcomes": report.outcomes, "warnings": warnings }));
    }
    for (line, what) in &report.warnings {
        anstream::println!("{} line {line}: {what}", styled(WARN, "note"));
    }
    let words: Vec<String> = report.outcomes.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let words = if words.is_empty() { "nothing in them".to_owned() } else { words.join(", ") };
    anstream::println!("{} lines: {words}", report.lines);
}

fn bad(message: String) -> Fault {
    Fault::new(FaultKind::Internal, "unreadable", message)
}
