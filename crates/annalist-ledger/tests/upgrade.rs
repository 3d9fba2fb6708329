//! Every ledger that an earlier program made is read by this one: `fixtures/format-1` holds one of the first format.
//!
//! A fixture is made once, by the program of its time, and never again:
//! `ANNALIST_MAKE_FIXTURE=format-1 cargo test -p annalist-ledger --test upgrade` makes one, and refuses when it is there.

mod common;

use annalist::{Bundle, Document, Engine, Meta};
use annalist_ledger::log::Digest;
use annalist_ledger::log::note::PublicKey;
use annalist_ledger::store::{Store, StoreError};
use annalist_ledger::{Act, Filter, Incident, Ledger, LedgerError, Report, Verdict};
use common::{canonical, knowledge};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Invented reports: outlet, day of publication, words.
const REPORTS: [(&str, &str, &str); 6] = [
    (
        "Kharkiv Morning Sheet",
        "2025-03-03",
        "A drone hit a bus in Kharkiv on 3 March 2025 and killed two people, the regional prosecutor said. Five others were injured.",
    ),
    (
        "Wire of the North",
        "2025-03-04",
        "Three people were killed when a drone struck a bus in Kharkiv on Monday, rescuers said. The driver died in hospital.",
    ),
    (
        "Sumy Notice Board",
        "2025-03-05",
        "Shelling damaged a school in Sumy on 4 March 2025. Nobody was hurt, the head of the district said.",
    ),
    (
        "Coast Courier",
        "2025-03-06",
        "Gunmen abducted a candidate for the council near Maiduguri on 5 March 2025, witnesses said.",
    ),
    (
        "Coast Courier",
        "2025-03-07",
        "The candidate who was abducted near Maiduguri on 5 March 2025 was released on Friday, police said.",
    ),
    (
        "Wire of the North",
        "2025-03-08",
        "A bomb exploded at a market in Lahore on 8 March 2025. Police said nine people were killed and 20 wounded.",
    ),
];

const FILES: [&str; 5] = ["ledger.db", "checkpoint", "public-key", "entries.jsonl", "incidents.jsonl"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn incidents(ledger: &Ledger) -> Vec<Incident> {
    let mut all = Vec::new();
    ledger
        .find(&Filter::default(), &mut |incident| {
            all.push(incident);
            Ok(())
        })
        .unwrap();
    all
}

/// What each entry says, in its own words: nothing that a policy makes of it.
fn entries(store: &dyn Store) -> Vec<Value> {
    let mut all = Vec::new();
    let read = store.entries(0, &mut |entry| {
        let what = match (Act::of(&entry), Report::of(&entry)) {
            (Some(act), _) => serde_json::to_value(act),
            (_, Some(report)) => serde_json::to_value(report),
            _ => Ok(Value::Null),
        };
        let header = &entry.header;
        let erased: Vec<&str> = entry.erased().collect();
        all.push(json!({
            "seq": header.seq, "kind": header.kind, "by": header.by, "at": header.at, "erased": erased,
            "leaf": entry.leaf().hex(), "what": what.unwrap(),
        }));
        Ok(())
    });
    read.unwrap();
    all
}

fn lines(values: &[impl serde::Serialize]) -> String {
    values.iter().map(|value| serde_json::to_string(value).unwrap() + "\n").collect()
}

/// Makes a fixture with the program as it is.
#[test]
fn a_fixture_is_made_when_it_is_asked_for() {
    let Ok(name) = std::env::var("ANNALIST_MAKE_FIXTURE") else { return };
    let target = fixtures().join(name);
    assert!(!target.exists(), "a fixture is made once, by the program of its time");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("ledger");
    let engine = Engine::new(&Bundle::embedded()).unwrap();
    let mut ledger = Ledger::init(&folder, "example.org/fixture", knowledge()).unwrap();
    ledger.act_as("A. Recorder").unwrap();
    let mut drafts = Vec::new();
    for (outlet, day, words) in REPORTS {
        let meta = Meta {
            outlet: Some(outlet.to_owned()),
            published_at: Some(day.parse().unwrap()),
            ..Meta::default()
        };
        let reading = engine.read(&Document::new(words.to_owned(), meta).unwrap());
        assert!(!reading.incidents.is_empty(), "{words}");
        drafts.push(Report::draft(words.as_bytes(), outlet, &reading, ledger.person()));
    }
    ledger.add(drafts).unwrap();
    ledger.catch_up(&|_| {}).unwrap();
    let mentions: Vec<_> = incidents(&ledger).into_iter().flat_map(|incident| incident.mentions).collect();
    ledger.judge(&mentions[0..=0], &mentions[1..=1], Verdict::NotSame, "another day").unwrap();
    ledger.judge(&mentions[2..=2], &mentions[3..=3], Verdict::Unsure, "to be asked").unwrap();
    let killed = json!({"min": 3, "best": 3, "max": 3, "basis": "stated"});
    let incident = incidents(&ledger).remove(0);
    ledger.set_field(&incident.id, "killed", Some(killed), "the hospital's list").unwrap();
    ledger.comment(&incident.id, "The list was seen.").unwrap();
    ledger.assign(&incident.id, Some("A. Recorder")).unwrap();
    let incident = ledger.named(incident.id.as_str()).unwrap();
    ledger.review(&incident, "triaged", "").unwrap();
    let last = incidents(&ledger).pop().unwrap();
    ledger.withdraw(&last.reports[0].report, true, "printed by mistake").unwrap();
    let comment = ledger.entries();
    ledger.comment(&last.id, "A name that shall not stay.").unwrap();
    ledger.erase(comment, &["text".to_owned()], "asked for by the family").unwrap();
    std::fs::create_dir_all(&target).unwrap();
    std::fs::write(target.join("checkpoint"), ledger.checkpoint().unwrap()).unwrap();
    std::fs::write(target.join("public-key"), format!("{}\n", ledger.identity().unwrap().1)).unwrap();
    std::fs::write(target.join("entries.jsonl"), lines(&entries(ledger.store()))).unwrap();
    std::fs::write(target.join("incidents.jsonl"), lines(&incidents(&ledger))).unwrap();
    let bundle = Digest::of(&canonical(ledger.store())).hex();
    std::fs::write(target.join("bundle.sha256"), format!("{bundle}\n")).unwrap();
    // Closed, so that all of it is in the one file.
    drop(ledger);
    assert!(!folder.join("ledger.db-wal").exists());
    std::fs::copy(folder.join("ledger.db"), target.join("ledger.db")).unwrap();
}

/// A fixture as this program reads it.
fn opened(fixture: &Path, place: &Path) -> Ledger {
    std::fs::copy(fixture.join("ledger.db"), place.join("ledger.db")).unwrap();
    let mut ledger = Ledger::open(place, knowledge()).unwrap();
    ledger.catch_up(&|_| {}).unwrap();
    ledger
}

/// The fixtures; each is whole.
fn all() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(fixtures()).unwrap().map(|fixture| fixture.unwrap().path()).collect();
    all.sort();
    assert!(!all.is_empty());
    for (fixture, file) in all.iter().flat_map(|fixture| FILES.map(|file| (fixture, file))) {
        assert!(fixture.join(file).is_file(), "{} has no {file}", fixture.display());
    }
    all
}

fn text(path: PathBuf) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_ledger_of_an_earlier_format_is_what_its_checkpoint_saw() {
    for fixture in all() {
        let place = tempfile::tempdir().unwrap();
        let ledger = opened(&fixture, place.path());
        let key = PublicKey::parse(&text(fixture.join("public-key"))).unwrap();
        assert_eq!(ledger.identity().unwrap(), ("example.org/fixture".to_owned(), key));
        let found = ledger.verify(&[text(fixture.join("checkpoint"))], &mut |_| {}).unwrap();
        assert!(found.is_sound(), "{:?}", found.faults);
        assert_eq!((found.checkpoints, found.erased), (1, 1));
        assert!(found.entries > 12);
        // The log is the same to the byte, whatever format it is kept in.
        let bundle = Digest::of(&canonical(ledger.store())).hex();
        assert_eq!(bundle, text(fixture.join("bundle.sha256")).trim());
        // And another checkpoint is another's.
        let other = text(fixture.join("checkpoint")).replace("example.org", "example.com");
        assert!(matches!(ledger.verify(&[other], &mut |_| {}), Err(LedgerError::Note(_))));
    }
}

#[test]
fn what_people_did_and_what_reports_told_is_read_as_it_was() {
    for fixture in all() {
        let place = tempfile::tempdir().unwrap();
        let ledger = opened(&fixture, place.path());
        let said: Vec<Value> = text(fixture.join("entries.jsonl"))
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let now = entries(ledger.store());
        assert_eq!(said.len(), now.len());
        let mut reports = 0;
        for (said, now) in said.iter().zip(&now) {
            // A later program may add what an earlier one did not know of, and takes nothing away.
            assert_eq!(missing(said, now), None, "entry {}", said["seq"]);
            reports += usize::from(said["kind"] == "report");
        }
        assert_eq!(reports, REPORTS.len());
    }
}

/// Where the second value lacks something of the first.
fn missing(said: &Value, now: &Value) -> Option<String> {
    match (said, now) {
        (Value::Object(said), Value::Object(now)) => {
            said.iter().find_map(|(name, value)| match now.get(name) {
                Some(now) => missing(value, now).map(|at| format!("{name}.{at}")),
                None => Some(name.clone()),
            })
        }
        (Value::Array(said), Value::Array(now)) if said.len() == now.len() => said
            .iter()
            .zip(now)
            .enumerate()
            .find_map(|(n, (said, now))| missing(said, now).map(|at| format!("{n}.{at}"))),
        _ => (said != now).then(|| format!("{said} is {now} now")),
    }
}

/// Better policies may choose other values; names are permanent, and so is what people decided.
#[test]
fn incidents_are_found_by_their_old_names_with_what_people_decided() {
    for fixture in all() {
        let place = tempfile::tempdir().unwrap();
        let ledger = opened(&fixture, place.path());
        let mut known = 0;
        for line in text(fixture.join("incidents.jsonl")).lines() {
            let old: Incident = serde_json::from_str(line).unwrap();
            let now = ledger.named(old.id.as_str()).unwrap();
            assert_eq!(now.review.state, old.review.state, "{}", old.id);
            assert_eq!(now.review.assigned, old.review.assigned, "{}", old.id);
            for mention in &old.mentions {
                ledger.named(mention.as_str()).unwrap();
                known += 1;
            }
            if old.killed.policy == "override" {
                assert_eq!(now.killed.value, old.killed.value, "{}", old.id);
            }
        }
        assert!(known >= REPORTS.len(), "{known}");
    }
}

#[test]
fn an_earlier_ledger_can_be_written_on() {
    for fixture in all() {
        let place = tempfile::tempdir().unwrap();
        let mut ledger = opened(&fixture, place.path());
        let before = ledger.entries();
        ledger.act_as("B. Recorder").unwrap();
        let incident = incidents(&ledger).remove(0);
        ledger.comment(&incident.id, "Seen again.").unwrap();
        assert_eq!(ledger.entries(), before + 2);
        let found = ledger.verify(&[text(fixture.join("checkpoint"))], &mut |_| {}).unwrap();
        assert!(found.is_sound(), "{:?}", found.faults);
        drop(ledger);
        assert!(matches!(
            Ledger::init(place.path(), "example.org/new", knowledge()).err(),
            Some(LedgerError::Store(StoreError::Exists(_)))
        ));
    }
}
