//! How fast entries are kept and found: beside the bare disk, so that the figures mean something on any machine.
//!
//! `cargo bench -p annalist-ledger --bench store` runs it; the environment variables `ENTRIES` and `INCIDENTS` say how large
//! the ledgers are.

#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use annalist::reading::{Perpetrator, Place, When};
use annalist::{Bundle, reading};
use annalist_ledger::incident::{Figure, Review, Value};
use annalist_ledger::index::Index;
use annalist_ledger::log::{Draft, Kind};
use annalist_ledger::store::{Sqlite, Store};
use annalist_ledger::verify::verify;
use annalist_ledger::{Filter, Incident, IncidentId, Knowledge};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROW: usize = 2_000;
const BATCH: usize = 256;

fn main() {
    // `cargo test` runs benchmarks once, to see that they still do.
    let is_test = !std::env::args().any(|arg| arg == "--bench");
    let size = |name: &str, whole: usize| {
        let said = std::env::var(name).ok().and_then(|n| n.parse().ok());
        if is_test { 2_000 } else { said.unwrap_or(whole) }
    };
    let folder = tempfile::tempdir().expect("a folder");
    commits(folder.path(), size("ENTRIES", 1_000_000));
    filters(folder.path(), size("INCIDENTS", 1_000_000));
}

/// Two kilobytes that look like a reading: they compress as words do, and no two are alike.
fn draft(n: usize) -> Draft {
    const WORDS: [&str; 8] =
        ["drone ", "shell ", "market ", "wounded ", "Kharkiv ", "said ", "on ", "Monday "];
    let mut words = format!("{{\"n\":{n},\"text\":\"");
    let mut state = n as u64 * 2 + 1;
    while words.len() < ROW {
        state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
        words += WORDS[(state % 8) as usize];
        words += &(state % 1000).to_string();
    }
    Draft::new(Kind::Comment, "p1").at(n as i64).with("text", words)
}

fn commits(folder: &Path, entries: usize) {
    println!("rows of {ROW} bytes, each commit synchronised");
    let path = folder.join("ledger.db");
    let mut store = Sqlite::create(&path, Vec::new()).expect("a ledger");
    let mut spent = Duration::ZERO;
    for batch in 0..entries / BATCH {
        let drafts = (0..BATCH).map(|n| draft(batch * BATCH + n)).collect();
        let begun = Instant::now();
        store.append(drafts).expect("kept");
        spent += begun.elapsed();
    }
    let rows = store.tree().size();
    tell("committed in groups", rows, spent, "rows");

    let singles = (entries / 1000).clamp(50, 1_000);
    let drafts: Vec<Draft> = (0..singles).map(|n| draft(entries + n)).collect();
    let begun = Instant::now();
    for one in drafts {
        store.append(vec![one]).expect("kept");
    }
    let single = tell("committed one by one", singles as u64, begun.elapsed(), "rows");

    let mut file = File::create(folder.join("bare")).expect("a file");
    let bytes = vec![7u8; ROW];
    let begun = Instant::now();
    for _ in 0..singles {
        file.write_all(&bytes).and_then(|()| file.sync_data()).expect("written");
    }
    let bare = tell("bare write and fdatasync", singles as u64, begun.elapsed(), "rows");
    println!("  one by one / bare: {:.2}", single / bare);

    drop(store);
    let begun = Instant::now();
    let store = Sqlite::open(&path).expect("opened");
    println!("  opened again in {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    let begun = Instant::now();
    let found = verify(&store, &[], &mut |_| {}).expect("read");
    assert!(found.is_sound());
    let a_second = tell("verified", found.entries, begun.elapsed(), "entries");
    println!("  that is {:.1} million a minute", a_second * 60.0 / 1e6);
}

fn tell(what: &str, n: u64, time: Duration, of: &str) -> f64 {
    let a_second = n as f64 / time.as_secs_f64();
    println!("  {what}: {n} {of} in {:.2} s, {a_second:.0} a second", time.as_secs_f64());
    a_second
}

fn filters(folder: &Path, incidents: usize) {
    println!("{incidents} incidents in the index");
    let knowledge = Arc::new(Knowledge::read(&Bundle::embedded()).expect("the built-in data are sound"));
    let mut index = Index::open(&folder.join("index.db"), knowledge).expect("an index");
    let begun = Instant::now();
    index.put(&mut (0..incidents).map(incident)).expect("put");
    tell("put in", incidents as u64, begun.elapsed(), "incidents");
    let day = |text: &str| Some(text.parse().expect("a day"));
    let first = || Filter { limit: Some(50), ..Filter::default() };
    let march = || Filter { from: day("2025-03-01"), to: day("2025-03-31"), ..first() };
    let cases = [
        ("latest", first()),
        ("one country", Filter { country: vec!["C7".into()], ..first() }),
        ("one mode and a month", Filter { mode: vec!["shelling".into()], ..march() }),
        ("killed 40 or more", Filter { killed_min: Some(40), ..first() }),
        ("a place", Filter { place: vec!["town 777".into()], ..first() }),
        ("a rare target", Filter { target: vec!["observer".into()], ..first() }),
        ("a box", Filter { bbox: Some([30.0, 45.0, 34.0, 49.0]), ..first() }),
        (
            "a target and no conflict",
            Filter { target: vec!["health".into()], conflict: Some(false), ..first() },
        ),
        ("a rare perpetrator", Filter { perpetrator: Some("band 99".into()), ..first() }),
        ("two rare words", Filter { text: Some("word11 word17".into()), ..first() }),
        ("published", Filter { review: vec!["published".into()], ..first() }),
    ];
    for (name, filter) in cases {
        let mut times: Vec<Duration> = (0..9).map(|_| found_in(&index, &filter)).collect();
        times.sort_unstable();
        let begun = Instant::now();
        let all = index.count(&filter).expect("counted");
        let counted = begun.elapsed().as_secs_f64() * 1e3;
        let ms = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        println!(
            "  {name}: first 50 in {:.1} ms (worst {:.1}), all {all} counted in {counted:.1} ms",
            ms(4),
            ms(8)
        );
    }
}

fn found_in(index: &Index, filter: &Filter) -> Duration {
    let begun = Instant::now();
    index.find(filter, &mut |_| Ok(())).expect("found");
    begun.elapsed()
}

fn value<T>(value: T) -> Value<T> {
    Value { value, policy: "representative".to_owned(), claims: Vec::new() }
}

/// An invented incident with its words; its numbers are spread as those of a record are.
fn incident(n: usize) -> (Incident, String) {
    const MODES: [&str; 5] = ["shelling", "air_drone_strike", "shooting", "bombing", "abduction"];
    const TARGETS: [&str; 4] = ["civilian", "health", "education", "residential"];
    let spread = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let pick = |step: u64, below: u64| spread / step % below;
    let date = format!("20{:02}-{:02}-{:02}", 15 + pick(1, 11), 1 + pick(11, 12), 1 + pick(132, 28));
    let killed = 50 / (1 + pick(7, 50));
    let id = IncidentId::of(&[&n.to_le_bytes()]);
    let state = if n.is_multiple_of(5_000) { "published" } else { "machine_draft" };
    let incident = Incident {
        schema: annalist_ledger::incident::SCHEMA.to_owned(),
        mentions: vec![id.clone()],
        id,
        reports: Vec::new(),
        independent: 1,
        grade: "single_source".to_owned(),
        mode: value(MODES[pick(3, 5) as usize].to_owned()),
        stage: value("carried_out".to_owned()),
        date: value(When {
            earliest: Some(date.clone()),
            latest: Some(date),
            precision: "day".into(),
            basis: None,
        }),
        place: value(Place {
            settlement: Some(format!("Town {}", pick(5, 20_000))),
            adm1: Some(format!("Region {}", pick(5, 400))),
            country: Some(format!("C{}", pick(5, 60))),
            lat: Some(pick(13, 12_000) as f64 / 100.0 - 60.0),
            lon: Some(pick(17, 36_000) as f64 / 100.0 - 180.0),
            precision: "settlement".into(),
            ..Place::default()
        }),
        weapon: value(vec!["drone".to_owned()]),
        targets: value(vec![
            if n.is_multiple_of(2_000) { "observer" } else { TARGETS[pick(19, 4) as usize] }.to_owned(),
        ]),
        perpetrator: value(Perpetrator {
            name: Some(format!("Band {}", pick(23, 300))),
            state: "claimed".to_owned(),
        }),
        killed: value(Some(Figure {
            min: killed,
            best: killed,
            max: Some(killed),
            basis: "exact".to_owned(),
        })),
        injured: value(None),
        groups: value(Vec::new()),
        people: value(Vec::<reading::Person>::new()),
        damage: value(Vec::new()),
        election_related_by: value(Vec::new()),
        links: Vec::new(),
        voices: Vec::new(),
        conflicts: Vec::new(),
        review: Review { state: state.to_owned(), ..Review::default() },
    };
    let words = format!(
        "A drone hit word{} and word{} in town {}",
        pick(29, 5_000),
        pick(31, 5_000),
        pick(5, 20_000)
    );
    (incident, words)
}
