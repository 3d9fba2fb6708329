//! What word classes, inflections, lemmas and trees cost: `cargo bench -p annalist --bench syntax`.
#![allow(clippy::disallowed_methods, reason = "the engine does no I/O; its benchmarks read files")]

use annalist::syntax::{Analyser, Model};
use annalist::text::{Splitter, Text};
use annalist::{Bundle, Document, Meta};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

/// The invented reports of the samples folder.
fn documents() -> Vec<Document> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/reports.jsonl");
    let lines = std::fs::read_to_string(path).expect("the samples");
    let texts = lines.lines().map(|line| {
        let report: serde_json::Value = serde_json::from_str(line).expect("JSON");
        report["text"].as_str().expect("a text").to_owned()
    });
    texts.map(|text| Document::new(text, Meta::default()).expect("a document")).collect()
}

/// Tagging, inflections, lemmas and trees of sentences that are split already.
#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let bundle = Bundle::embedded();
    let (splitter, analyser) =
        (Splitter::new(&bundle).expect("data"), Analyser::new(&bundle).expect("a model"));
    let split: Vec<(Document, Text)> =
        documents().into_iter().map(|d| (splitter.split(&d), d)).map(|(t, d)| (d, t)).collect();
    let tokens: usize = split.iter().map(|(_, text)| text.tokens().len()).sum();
    bencher.counter(ItemsCount::new(tokens)).bench_local(|| {
        split.iter().map(|(document, text)| analyser.parse(document, text).len()).sum::<usize>()
    });
}

/// Sentences and tokens of running text.
#[divan::bench]
fn split(bencher: Bencher<'_, '_>) {
    let splitter = Splitter::new(&Bundle::embedded()).expect("data");
    let documents = documents();
    let bytes: usize = documents.iter().map(|d| d.text().len()).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| documents.iter().map(|d| splitter.split(d).tokens().len()).sum::<usize>());
}

/// Checking the model file and laying out its matrices.
#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let bundle = Bundle::embedded();
    bencher.bench_local(|| Model::load(&bundle, "en").expect("a model"));
}
