//! What a daemon counts and how it is, as Prometheus reads it (text format 0.0.4).
//! It must not know where a number comes from.
//! Invariant: units are seconds and bytes, what only grows ends in `_total`; no label holds a path or a text.

use std::fmt::Write;

use quipu_protocol::wire::daemon::{Health, StatsReply};

use super::meters::{BOUNDS, Meters};

/// The media type.
pub(super) const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page that is scraped.
pub(super) fn page(meters: &Meters, health: &Health, stats: Option<&StatsReply>) -> Vec<u8> {
    let mut page = Page(String::with_capacity(16 << 10));
    requests(&mut page, meters);
    process(&mut page, health);
    store(&mut page, health, stats);
    jobs(&mut page, health);
    page.0.into_bytes()
}

fn requests(page: &mut Page, meters: &Meters) {
    let counts = meters.lock();
    page.family("quipu_requests_total", "counter", "Requests answered, by operation and HTTP status.");
    for (operation, row) in &counts.operations {
        for (status, count) in &row.by_status {
            page.sample("quipu_requests_total", &[("operation", operation), ("status", &status.to_string())], *count);
        }
    }
    let name = "quipu_request_duration_seconds";
    page.family(name, "histogram", "Time from a request's body to its answer, by operation.");
    for (operation, row) in &counts.operations {
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(row.buckets) {
            below += count;
            page.sample(&format!("{name}_bucket"), &[("operation", operation), ("le", &bound.to_string())], below);
        }
        page.sample(&format!("{name}_bucket"), &[("operation", operation), ("le", "+Inf")], row.count);
        page.sample(&format!("{name}_sum"), &[("operation", operation)], row.sum);
        page.sample(&format!("{name}_count"), &[("operation", operation)], row.count);
    }
    page.family("quipu_refused_total", "counter", "Requests refused at the door, by the fault's code.");
    for (code, count) in &counts.refused {
        page.sample("quipu_refused_total", &[("code", code)], *count);
    }
}

fn process(page: &mut Page, health: &Health) {
    page.family("quipu_info", "gauge", "Always 1; the labels say what runs.");
    let protocol = health.protocol.to_string();
    page.sample("quipu_info", &[("version", &health.version), ("protocol", &protocol)], 1);
    page.family("quipu_mode", "gauge", "1 for the mode that the daemon is in, 0 for the others.");
    for mode in ["owner", "standby", "readonly", "draining"] {
        page.sample("quipu_mode", &[("mode", mode)], u8::from(health.mode == mode));
    }
    page.one("quipu_degraded", "gauge", "1 while something does not make progress.", u8::from(health.state != "ok"));
    page.one("quipu_reasons", "gauge", "How many reasons health gives for that.", health.reasons.len());
    page.one("quipu_uptime_seconds", "gauge", "Time since the daemon started.", seconds(health.uptime_ms));
    page.one("quipu_epoch", "gauge", "Owners that the data directory has had.", health.epoch);
    if let Some(bytes) = health.anonymous_bytes {
        page.one("quipu_anonymous_memory_bytes", "gauge", "Resident memory that no file backs.", bytes);
    }
}

fn store(page: &mut Page, health: &Health, stats: Option<&StatsReply>) {
    page.one("quipu_wal_bytes", "gauge", "Size of the write-ahead log.", health.wal_bytes);
    page.one("quipu_tail_chunks", "gauge", "Chunks that the text index does not hold yet.", health.tail);
    page.family("quipu_queued_writes", "gauge", "Writes that wait, by lane.");
    page.sample("quipu_queued_writes", &[("lane", "interactive")], health.queued.0);
    page.sample("quipu_queued_writes", &[("lane", "bulk")], health.queued.1);
    if let Some(ms) = health.last_commit_ms {
        page.one("quipu_last_commit_age_seconds", "gauge", "Time since the last commit.", seconds(ms));
    }
    let oldest = seconds(health.oldest_reader_ms);
    page.one("quipu_oldest_reader_seconds", "gauge", "How long the oldest snapshot has been held.", oldest);
    let Some(stats) = stats else { return };
    page.family("quipu_memories", "gauge", "Live memories, by kind.");
    for (kind, count) in &stats.by_kind {
        page.sample("quipu_memories", &[("kind", kind)], *count);
    }
    for (name, help, value) in [
        ("quipu_chunks", "Chunks of memories.", stats.chunks),
        ("quipu_vectors", "Chunks whose meaning is in memory.", stats.vectors),
        ("quipu_sessions", "Sessions.", stats.sessions),
        ("quipu_projects", "Projects.", stats.projects),
        ("quipu_transcripts", "Transcripts that were read.", stats.transcripts),
        ("quipu_redacted_secrets", "Secrets that were replaced in what is stored.", stats.redactions),
        ("quipu_database_bytes", "Size of the database file.", stats.database_bytes),
        ("quipu_index_bytes", "Size of the text index.", stats.index_bytes),
    ] {
        page.one(name, "gauge", help, value);
    }
}

fn jobs(page: &mut Page, health: &Health) {
    page.one("quipu_spool_files", "gauge", "Events that wait in the spool.", health.spool);
    page.one("quipu_quarantined_files", "gauge", "Events that could not be read.", health.quarantined);
    page.family("quipu_job_silent_seconds", "gauge", "Time since a job last moved on.");
    for (job, ms) in &health.jobs {
        page.sample("quipu_job_silent_seconds", &[("job", job)], seconds(*ms));
    }
    let ingest = &health.ingest;
    page.one("quipu_ingest_waiting_transcripts", "gauge", "Transcripts that wait to be read.", ingest.waiting);
    page.one("quipu_ingest_transcripts_total", "counter", "Transcripts read to their end.", ingest.files_done);
    page.one("quipu_ingest_bytes_total", "counter", "Bytes of transcripts read.", ingest.bytes_done);
    page.family("quipu_ingest_turns_total", "counter", "Turns of transcripts, by what became of them.");
    for (outcome, count) in [
        ("stored", ingest.stored),
        ("duplicate", ingest.duplicate),
        ("merged", ingest.merged),
        ("skipped", ingest.skipped),
        ("paused", ingest.paused),
        ("denied", ingest.denied),
    ] {
        page.sample("quipu_ingest_turns_total", &[("outcome", outcome)], count);
    }
    let embedder = &health.embedder;
    page.one("quipu_embedder_loaded", "gauge", "1 while the model is in use.", u8::from(embedder.loaded));
    page.family("quipu_embedder_waiting_texts", "gauge", "Texts that wait for vectors, by priority.");
    page.sample("quipu_embedder_waiting_texts", &[("priority", "interactive")], embedder.interactive);
    page.sample("quipu_embedder_waiting_texts", &[("priority", "bulk")], embedder.bulk);
    page.one("quipu_embedder_texts_total", "counter", "Texts made into vectors for others.", embedder.texts);
    page.family("quipu_embedder_requests_total", "counter", "Requests for vectors, by what became of them.");
    for (outcome, count) in
        [("answered", embedder.answered), ("refused", embedder.refused), ("timed_out", embedder.timed_out)]
    {
        page.sample("quipu_embedder_requests_total", &[("outcome", outcome)], count);
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // A String takes what it is given.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let meters = Meters::default();
        for (status, ms) in [(200, 1), (200, 3), (503, 3), (200, 60_000)] {
            meters.answered("search", status, Duration::from_millis(ms));
        }
        meters.refused("no_\"token");
        let mut page = Page(String::new());
        requests(&mut page, &meters);
        for line in [
            "quipu_requests_total{operation=\"search\",status=\"200\"} 3",
            "quipu_requests_total{operation=\"search\",status=\"503\"} 1",
            "quipu_request_duration_seconds_bucket{operation=\"search\",le=\"0.001\"} 1",
            "quipu_request_duration_seconds_bucket{operation=\"search\",le=\"0.0025\"} 1",
            "quipu_request_duration_seconds_bucket{operation=\"search\",le=\"0.005\"} 3",
            "quipu_request_duration_seconds_bucket{operation=\"search\",le=\"30\"} 3",
            "quipu_request_duration_seconds_bucket{operation=\"search\",le=\"+Inf\"} 4",
            "quipu_request_duration_seconds_sum{operation=\"search\"} 60.007",
            "quipu_request_duration_seconds_count{operation=\"search\"} 4",
            "quipu_refused_total{code=\"no_\\\"token\"} 1",
        ] {
            assert!(page.0.lines().any(|have| have == line), "{line}\n{}", page.0);
        }
    }
}
