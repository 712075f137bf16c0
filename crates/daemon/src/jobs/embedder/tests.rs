//! The thread round the queue: lazy start, idle end, deadlines, a model that fails, and the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Each text's length; `slow` takes its time, `bad` panics.
struct Lengths;

impl Model for Lengths {
    fn embed(&mut self, texts: &[Text<'_>]) -> Vectors {
        assert!(texts.iter().all(|text| text.text != "bad"), "a text that this model cannot bear");
        if texts.iter().any(|text| text.text == "slow") {
            std::thread::sleep(Duration::from_millis(150));
        }
        texts.iter().map(|text| (!text.text.is_empty()).then(|| vec![text.text.len() as f32])).collect()
    }
}

fn lengths(idle: Duration) -> Arc<Embedder> {
    let source = Source { model: "lengths/1", dimensions: 1, load: || Ok(Box::new(Lengths)) };
    Arc::new(Embedder::with_idle(source, idle))
}

const LONG: Duration = Duration::from_secs(60);

fn ask(embedder: &Arc<Embedder>, texts: &[&str], within: Duration) -> Result<Vectors, Refused> {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    embedder.embed(texts, EmbedKind::Passage, Priority::Interactive, Instant::now() + within)
}

fn until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LONG, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_model_comes_with_the_first_request_and_goes_when_nobody_asks() {
    let embedder = lengths(Duration::from_millis(50));
    assert!(!embedder.view().loaded, "lazy");
    for round in 1..=2 {
        assert_eq!(ask(&embedder, &["four", ""], LONG), Ok(vec![Some(vec![4.0]), None]));
        assert_eq!((embedder.view().texts, embedder.view().answered), (2 * round, round));
        until("it is idle", || !embedder.view().loaded);
    }
    embedder.close();
}

#[test]
fn many_callers_at_once_each_get_their_own() {
    let embedder = lengths(LONG);
    let wrong = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 1..=queue::MOST[0] {
            let (embedder, wrong) = (&embedder, &wrong);
            scope.spawn(move || {
                for round in 0..50 {
                    let texts = vec!["x".repeat(n); 1 + (round * n) % 90];
                    let vectors = ask(embedder, &texts.iter().map(String::as_str).collect::<Vec<_>>(), LONG);
                    if vectors != Ok(vec![Some(vec![n as f32]); texts.len()]) {
                        wrong.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner(), 0);
    assert_eq!((embedder.view().interactive, embedder.view().timed_out), (0, 0));
    embedder.close();
}

#[test]
fn a_deadline_is_kept_while_the_model_is_at_it() {
    let embedder = lengths(LONG);
    let started = Instant::now();
    assert_eq!(ask(&embedder, &["slow"], Duration::from_millis(10)), Err(Refused::TimedOut));
    assert!(started.elapsed() < Duration::from_millis(140), "it waited for the model");
    assert_eq!(embedder.view().timed_out, 1);
    assert_eq!(ask(&embedder, &["later"], LONG), Ok(vec![Some(vec![5.0])]), "the next one is served");
    embedder.close();
}

#[test]
fn a_model_that_fails_fails_its_slice_and_nothing_else() {
    let embedder = lengths(LONG);
    assert!(matches!(ask(&embedder, &["bad"], LONG), Err(Refused::Failed(reason)) if reason.contains("panicked")));
    assert_eq!(ask(&embedder, &["good"], LONG), Ok(vec![Some(vec![4.0])]));
    embedder.close();
    let broken = Source { model: "none/1", dimensions: 1, load: || Err("no such file".to_owned()) };
    let broken = Arc::new(Embedder::new(broken));
    for _ in 0..2 {
        assert_eq!(ask(&broken, &["x"], LONG), Err(Refused::Failed("no such file".into())));
    }
    assert!(!broken.view().loaded);
    broken.close();
}

#[test]
fn at_the_end_bulk_is_sent_away_and_nobody_is_left_waiting() {
    let embedder = lengths(LONG);
    std::thread::scope(|scope| {
        let bulk = scope.spawn(|| {
            let texts = vec!["slow".to_owned(); 100 * queue::SLICE_TEXTS];
            embedder.embed(texts, EmbedKind::Passage, Priority::Bulk, Instant::now() + LONG)
        });
        until("it is at the first", || embedder.view().loaded && embedder.view().bulk > 0);
        let waits = scope.spawn(|| ask(&embedder, &["slow", "too"], LONG));
        until("somebody waits", || embedder.view().interactive > 0);
        embedder.drain();
        assert_eq!(bulk.join().expect("ends"), Err(Refused::Draining));
        assert_eq!(waits.join().expect("ends"), Ok(vec![Some(vec![4.0]), Some(vec![3.0])]), "somebody waited for it");
        assert_eq!(ask(&embedder, &["new"], LONG), Err(Refused::Draining));
    });
    let started = Instant::now();
    embedder.close();
    assert!(started.elapsed() < LONG && !embedder.view().loaded);
    assert_eq!(ask(&embedder, &["new"], LONG), Err(Refused::Draining));
}
