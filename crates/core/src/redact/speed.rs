//! What the redaction costs, over this repository's own texts.
//! It must not know a pattern.
//! Invariant: it finds nothing but what was planted here, or stands in a list of its own.

use std::path::Path;
use std::time::Instant;

use super::*;

/// Every text of the repository, cut as turns are long.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut open = vec![root.join("crates"), root.join("docs"), root.join("xtask")];
    let mut texts = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            texts.push(text);
        }
    }
    texts
}

#[test]
#[ignore = "times are no test: `cargo test --release --workspace --lib -- --ignored --nocapture throughput`"]
fn throughput() {
    let texts = texts();
    let pieces: Vec<&str> =
        texts.iter().flat_map(|t| t.as_bytes().chunks(2000).filter_map(|c| std::str::from_utf8(c).ok())).collect();
    let bytes: usize = pieces.iter().map(|p| p.len()).sum();
    let start = Instant::now();
    Redactor::default().redact("x");
    println!("first {:?}", start.elapsed());
    let own = Redactor::default();
    for _ in 0..3 {
        let start = Instant::now();
        let mut found = 0;
        for piece in &pieces {
            found += own.redact(piece).1.len();
        }
        let took = start.elapsed();
        let start = Instant::now();
        for piece in &pieces {
            found += hints::rows(piece).len();
        }
        let hints = start.elapsed();
        println!(
            "{} MB, {found}: {:.1} MB/s hints alone {:.1}",
            bytes / 1_000_000,
            bytes as f64 / 1e6 / took.as_secs_f64(),
            bytes as f64 / 1e6 / hints.as_secs_f64()
        );
    }
}

#[test]
#[ignore = "a list to read: `cargo test --release --workspace --lib -- --ignored --nocapture what_it_finds`"]
fn what_it_finds() {
    for text in texts() {
        let (out, found) = Redactor::default().redact(&text);
        if !found.is_empty() {
            for (a, b) in text.lines().zip(out.lines()) {
                if a != b {
                    println!("{b}");
                }
            }
        }
    }
}
