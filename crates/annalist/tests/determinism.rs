//! The same text gives the same bytes: twice, by another engine, and on any number of threads.

mod common;

use annalist::{Bundle, Document, Engine};
use std::sync::atomic::{AtomicUsize, Ordering};

fn documents() -> Vec<Document> {
    common::reports()
        .into_iter()
        .map(|(_, report)| Document::new(report.text, report.meta).expect("short enough"))
        .collect()
}

fn json(engine: &Engine, document: &Document) -> String {
    serde_json::to_string(&engine.read(document)).expect("a reading is JSON")
}

fn read_on(threads: usize, engine: &Engine, documents: &[Document]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(document) = documents.get(n) else { return done };
            done.push((n, json(engine, document)));
        }
    };
    let mut all: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().expect("no panic")).collect()
    });
    all.sort_unstable();
    all.into_iter().map(|(_, reading)| reading).collect()
}

#[test]
fn threads_and_repetition_change_nothing() {
    let documents = documents();
    assert!(!documents.is_empty());
    let engine = common::engine();
    let once = read_on(1, engine, &documents);
    for threads in [1, 2, 8] {
        assert!(read_on(threads, engine, &documents) == once, "{threads} threads give other bytes");
    }
}

/// Hash tables are seeded anew in each engine, so an order that leaks out of one shows here.
#[test]
fn a_second_engine_gives_the_same_bytes() {
    let second = Engine::new(&Bundle::embedded()).expect("sound data");
    for document in documents() {
        assert!(json(common::engine(), &document) == json(&second, &document), "{}", document.text());
    }
}

#[test]
fn a_reading_survives_json() {
    for (name, report) in common::reports() {
        let reading = common::read_with(&report.text, report.meta);
        let text = serde_json::to_string(&reading).expect("a reading is JSON");
        let back: annalist::reading::Reading = serde_json::from_str(&text).expect("JSON is a reading");
        assert!(back == reading, "{name}");
    }
}
