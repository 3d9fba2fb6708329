//! Finding what a new mention could be among a million, all invented from a seed: 1,000 villages, five years, names and
//! words of few syllables. Before the benches the memory of the index and the spread of the latency are printed.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use annalist::Bundle;
use annalist_ledger::resolve::{Index, Keys, Model, Resolver};
use annalist_ledger::{IncidentId, Report, ReportId};
use divan::Bencher;
use serde_json::json;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

const MENTIONS: u64 = 1_000_000;
const RESOLVED: u64 = 20_000;

static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::new(&Bundle::embedded()).unwrap()));
static KEYS: LazyLock<Vec<Keys>> = LazyLock::new(|| (0..MENTIONS).map(keys).collect());
static ASKED: LazyLock<Vec<Keys>> = LazyLock::new(|| (MENTIONS..MENTIONS + 20_000).map(keys).collect());
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::build(postings()));

fn main() {
    let start = Instant::now();
    let index = &*INDEX;
    println!(
        "{MENTIONS} mentions: {} MiB, made and built in {:.1} s",
        index.size() >> 20,
        start.elapsed().as_secs_f64()
    );
    let mut taken: Vec<u128> = ASKED
        .iter()
        .map(|keys| {
            let start = Instant::now();
            divan::black_box(index.candidates(keys));
            start.elapsed().as_nanos()
        })
        .collect();
    taken.sort_unstable();
    let at = |share: usize| taken[taken.len() * share / 100] as f64 / 1000.0;
    println!("candidates of one: p50 {:.1} us, p99 {:.1} us", at(50), at(99));
    divan::main();
}

/// A number from a seed (SplitMix64).
fn random(seed: u64, of: u64) -> u64 {
    let bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(of);
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

fn word(seed: u64, words: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "do", "ki", "le", "mu", "na", "po", "ri", "se", "ta", "vo", "za", "chy", "gre", "lis", "ven"];
    let mut rest = seed % words;
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    word
}

fn name(seed: u64, words: u64) -> String {
    let mut name = word(seed, words);
    name[..1].make_ascii_uppercase();
    name
}

fn report(number: u64) -> Report {
    let random = |of: u64| random(number / 2, of * 7 + 1);
    let village = random(1) % 1000;
    let place = name(village * 61, 1 << 16);
    let day = jiff::civil::date(2021, 1, 1)
        .checked_add(jiff::Span::new().days((random(2) % 1825) as i64))
        .unwrap()
        .to_string();
    let who = format!("{} {}", name(random(3), 600), name(random(4), 40_000));
    let official = format!("{} {}", name(village % 25 * 17, 1 << 16), name(village % 25 * 31, 1 << 16));
    let plain: Vec<String> = (0..24).map(|n| word(random(10 + n + number % 2 * 40), 3_000)).collect();
    let text = format!(
        "A drone hit a car near the school in {place}, Governor {official} said. {who} died. {}.",
        plain.join(" ")
    );
    let reading = json!({
        "schema": "annalist.reading/1", "engine": {"version": "0", "data": ""},
        "document": {"id": "", "language": "en", "title": null, "outlet": null, "url": null, "published_at": day, "text": text},
        "incidents": [{
            "id": "i1", "mode": "air_drone_strike", "stage": "carried_out",
            "date": {"earliest": day, "latest": day, "precision": "day", "basis": "stated"},
            "place": {"name": place, "settlement": place, "adm1": null, "country": "UA", "precision": "settlement",
                      "lat": 46.0 + (village / 40) as f64 * 0.2, "lon": 28.0 + (village % 40) as f64 * 0.3},
            "weapon": ["drone"], "targets": ["civilian"], "perpetrator": {"name": null, "state": "unattributed"},
            "killed": {"min": 1, "max": 1, "basis": "exact"}, "injured": null, "groups": [],
            "people": [{"name": who, "role": "victim", "outcome": "killed", "severity": null, "occupation": null,
                        "age": random(5) % 80, "sex": null, "status": []}],
            "damage": [], "election_related_by": [], "links": [], "voices": [],
            "evidence": [{"start": 0, "end": text.len(), "quote": text}], "claims": [],
        }],
        "claims": [], "voices": [], "quotes": [], "contradictions": [], "diagnostics": [],
    });
    let id = ReportId::of(&[&number.to_le_bytes()]);
    let mentions = vec![IncidentId::of(&[&number.to_le_bytes()])];
    let reading = serde_json::from_value(reading).unwrap();
    Report { id, entry: number, added_at: 0, found_at: String::new(), reading, mentions, withdrawn: None }
}

fn keys(number: u64) -> Keys {
    Keys::of(&MODEL.traits(&report(number))[0])
}

fn postings() -> Vec<(u32, u32)> {
    let of = |(n, keys): (usize, &'static Keys)| keys.put().iter().map(move |&key| (key, n as u32));
    KEYS.iter().enumerate().flat_map(of).collect()
}

/// The index of a million mentions from their keys.
#[divan::bench(sample_count = 3)]
fn rebuild(bencher: Bencher) {
    bencher.with_inputs(postings).bench_values(Index::build);
}

/// What one new mention could be among a million.
#[divan::bench(sample_count = 10_000, sample_size = 1)]
fn candidates(bencher: Bencher) {
    let mut asked = ASKED.iter().cycle();
    bencher.with_inputs(|| asked.next().unwrap()).bench_local_values(|keys| INDEX.candidates(keys));
}

/// 20,000 mentions joined from scratch.
#[divan::bench(sample_count = 3)]
fn from_scratch(bencher: Bencher) {
    let traits: Vec<_> = (0..RESOLVED).flat_map(|n| MODEL.traits(&report(n))).collect();
    bencher.counter(divan::counter::ItemsCount::new(RESOLVED)).with_inputs(|| traits.clone()).bench_values(
        |traits| {
            let mut resolver = Resolver::new(MODEL.clone());
            resolver.add(traits);
            let clusters = resolver.clusters();
            (clusters, resolver)
        },
    );
}
