//! Reports read anew: names stay with their words, nothing that people did is lost, and the log makes the same again.

mod common;

use annalist::reading::{Evidence, Incident as Told, Reading};
use annalist::{Bundle, Document, Engine, Meta};
use annalist_ledger::log::Draft;
use annalist_ledger::{Act, Filter, Incident, IncidentId, Ledger, Report, ReportId, Verdict};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// Three acts in one report, and one of them in another.
const TEXTS: [&str; 2] = [
    "A drone hit a bus in Kharkiv on 3 March 2025, killing two people, the prosecutor said.\n\n\
     Shelling damaged a school in Nikopol on 2 March 2025 and injured one teacher, the district said.\n\n\
     Gunmen abducted three farmers near Gao in Mali on 1 March 2025, a relative said.",
    "Two people were killed when a drone struck a bus in Kharkiv on 3 March 2025, the prosecutor said.",
];

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&Bundle::embedded()).unwrap());
static KNOWLEDGE: LazyLock<Arc<annalist_ledger::Knowledge>> = LazyLock::new(common::knowledge);

fn read(text: &str, outlet: &str) -> Reading {
    let day = Some("2025-03-04".parse().unwrap());
    let meta = Meta { outlet: Some(outlet.to_owned()), published_at: day, ..Meta::default() };
    ENGINE.read(&Document::new(text.to_owned(), meta).unwrap())
}

struct Book {
    _folder: TempDir,
    ledger: Ledger,
    reports: Vec<ReportId>,
}

impl Book {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger =
            Ledger::init(&folder.path().join("book"), "example.org/book", Arc::clone(&KNOWLEDGE)).unwrap();
        ledger.act_as("Ana").unwrap();
        let drafts: Vec<Draft> = TEXTS
            .iter()
            .zip(["Example News", "Sample Post"])
            .map(|(text, outlet)| {
                Report::draft(text.as_bytes(), outlet, &read(text, outlet), "p1").at(1_741_000_000_000)
            })
            .collect();
        ledger.add(drafts).unwrap();
        ledger.catch_up(&|_| {}).unwrap();
        let reports: Vec<ReportId> =
            TEXTS.map(|text| ReportId::of(&[&Report::key(text.as_bytes()).0])).to_vec();
        let book = Book { _folder: folder, ledger, reports };
        assert_eq!(book.report(0).mentions.len(), 3, "{:#?}", book.report(0).reading.incidents);
        book
    }

    fn report(&self, n: usize) -> Report {
        self.ledger.report(&self.reports[n]).unwrap().unwrap()
    }

    /// Gives a report another reading; false when that is the one it has.
    fn reread(&mut self, n: usize, reading: Reading) -> bool {
        let Some((_, draft)) = self.ledger.reread(&self.reports[n], reading).unwrap() else { return false };
        self.ledger.add(vec![draft]).unwrap();
        self.ledger.catch_up(&|_| {}).unwrap();
        true
    }

    fn incidents(&self) -> Vec<Incident> {
        let mut all = Vec::new();
        self.ledger
            .find(&Filter::default(), &mut |incident| {
                all.push(incident);
                Ok(())
            })
            .unwrap();
        all
    }

    /// The index made of the log alone is the one that is there.
    fn is_made_again(&mut self) {
        let (before, stranded) = (self.incidents(), self.ledger.stranded().unwrap());
        self.ledger.rebuild(&|_| {}).unwrap();
        assert_eq!(self.incidents(), before);
        assert_eq!(self.ledger.stranded().unwrap(), stranded);
    }
}

/// Which name stands at which words.
fn names(report: &Report) -> BTreeSet<(IncidentId, Vec<usize>)> {
    let starts = |told: &Told| told.evidence.iter().map(|e| e.start).collect();
    report.tellings().map(|t| (t.id.clone(), starts(t.incident))).collect()
}

/// A reading without some incidents, with those in another order, with one added in words of none.
fn altered(reading: &Reading, order: &[usize], added: bool) -> Reading {
    let mut altered = reading.clone();
    altered.incidents = order.iter().filter_map(|&n| reading.incidents.get(n).cloned()).collect();
    if added {
        let mut new = reading.incidents[0].clone();
        let start = reading.document.text.find("\n\n").unwrap();
        new.evidence = vec![Evidence { start, end: start + 2, quote: "\n\n".to_owned() }];
        new.claims.clear();
        altered.incidents.insert(order.len() / 2, new);
    }
    // Readings number their incidents as they come.
    let mut ids = Vec::new();
    for (n, incident) in altered.incidents.iter_mut().enumerate() {
        let id = format!("i{}", n + 1);
        ids.push((std::mem::replace(&mut incident.id, id.clone()), id));
    }
    altered.claims.retain(|claim| ids.iter().any(|(was, _)| *was == claim.incident));
    for claim in &mut altered.claims {
        if let Some((_, id)) = ids.iter().find(|(was, _)| *was == claim.incident) {
            claim.incident.clone_from(id);
        }
    }
    altered
}

#[test]
fn the_same_engine_changes_nothing() {
    let mut book = Book::new();
    let (entries, incidents) = (book.ledger.entries(), book.incidents());
    for (n, (text, outlet)) in TEXTS.iter().zip(["Example News", "Sample Post"]).enumerate() {
        assert!(!book.reread(n, read(text, outlet)));
        // Another version that says the same is no news either.
        let mut later = read(text, outlet);
        later.engine.version = "9".to_owned();
        assert!(!book.reread(n, later));
    }
    assert_eq!((book.ledger.entries(), book.incidents()), (entries, incidents));
    let other = book.ledger.reread(&book.reports[0], read(TEXTS[1], "x")).unwrap_err().to_string();
    assert!(other.contains("not one of the text"), "{other}");
}

#[test]
fn what_people_did_stays_with_the_words_and_a_lost_mention_is_told() {
    let mut book = Book::new();
    let first = book.report(0);
    let [bus, school, farmers] = [0, 1, 2].map(|n| first.mentions[n].clone());
    let reason = "looked at";
    book.ledger.set_field(&school, "injured", Some(serde_json::Value::Null), reason).unwrap();
    book.ledger.set_field(&farmers, "killed", Some(serde_json::Value::Null), reason).unwrap();
    let other = book.report(1).mentions[0].clone();
    book.ledger
        .judge(std::slice::from_ref(&bus), std::slice::from_ref(&other), Verdict::Same, reason)
        .unwrap();
    // The farmers are no longer read, the other two come in the other order, and the bus has three dead.
    let mut reading = altered(&first.reading, &[1, 0], false);
    reading.incidents[1].killed.as_mut().unwrap().min = 3;
    reading.incidents[1].killed.as_mut().unwrap().max = Some(3);
    let (told, _) = book.ledger.reread(&book.reports[0], reading.clone()).unwrap().unwrap();
    assert_eq!(told.gained, []);
    assert_eq!(told.lost.keys().collect::<Vec<_>>(), [&farmers]);
    assert_eq!(told.changed, [(bus.clone(), vec!["killed".to_owned()])]);
    assert!(book.reread(0, reading.clone()));
    assert!(!book.reread(0, reading), "twice is once");
    assert_eq!(book.report(0).mentions, [school.clone(), bus.clone()]);
    let now = book.ledger.named(bus.as_str()).unwrap();
    assert_eq!(now.mentions.len(), 2);
    let nothing = "no longer read in report";
    assert!(book.ledger.named(farmers.as_str()).unwrap_err().to_string().contains(nothing));
    assert!(book.ledger.mention(farmers.as_str()).unwrap_err().to_string().contains(nothing));
    let stranded = book.ledger.stranded().unwrap();
    assert_eq!(stranded.len(), 1);
    assert_eq!((&stranded[0].mention, stranded[0].done.len()), (&farmers, 1));
    assert!(matches!(stranded[0].done[0].act, Act::Override { .. }));
    assert_eq!(book.ledger.named(school.as_str()).unwrap().injured.policy, "override");
    assert_eq!(book.ledger.readings_of(&book.reports[0]).unwrap().len(), 2);
    assert_eq!(book.ledger.capture(&book.reports[0]).unwrap().as_deref(), Some(TEXTS[0].as_bytes()));
    book.is_made_again();
    // Read as before, the mention has its name again, and what was done about it holds.
    assert!(book.reread(0, first.reading.clone()));
    assert_eq!(book.report(0).mentions, first.mentions);
    assert_eq!(book.ledger.stranded().unwrap(), []);
    assert_eq!(book.ledger.named(farmers.as_str()).unwrap().killed.policy, "override");
    book.is_made_again();
    assert!(annalist_ledger::verify::verify(book.ledger.store(), &[], &mut |_| {}).unwrap().is_sound());
}

#[test]
fn a_mention_lost_from_a_joined_incident_leads_to_the_rest_of_it() {
    let mut book = Book::new();
    let first = book.report(0);
    let other = book.report(1).mentions[0].clone();
    assert_eq!(book.ledger.named(other.as_str()).unwrap().mentions.len(), 2);
    assert!(book.reread(0, altered(&first.reading, &[1, 2], false)));
    assert_eq!(book.ledger.named(first.mentions[0].as_str()).unwrap().id, other);
    assert_eq!(book.ledger.mention(first.mentions[0].as_str()).unwrap(), other);
    book.is_made_again();
}

#[test]
fn withdrawn_stays_withdrawn_and_erased_stays_erased() {
    let mut book = Book::new();
    let first = book.report(0);
    book.ledger.withdraw(&book.reports[0].clone(), true, "retracted").unwrap();
    assert!(book.reread(0, altered(&first.reading, &[2, 0], false)));
    assert!(book.report(0).withdrawn.is_some());
    book.is_made_again();
    let readings = book.ledger.readings_of(&book.reports[0]).unwrap();
    // Without the newer reading the older one stands, and making the newer one again adds nothing.
    book.ledger.erase(readings[1], &["reading".to_owned()], "asked").unwrap();
    assert_eq!(book.report(0).mentions, first.mentions);
    let entries = book.ledger.entries();
    book.reread(0, altered(&first.reading, &[2, 0], false));
    assert_eq!((book.ledger.entries(), book.report(0).mentions), (entries, first.mentions));
    assert_eq!(book.ledger.erased_reports().unwrap(), []);
    book.ledger.erase(readings[0], &["reading".to_owned(), "capture".to_owned()], "asked").unwrap();
    assert!(book.ledger.report(&book.reports[0]).unwrap().is_none());
    assert_eq!(book.ledger.erased_reports().unwrap(), [(book.reports[0].clone(), readings[0])]);
    book.is_made_again();
}

#[test]
fn what_people_did_about_an_incident_outlives_the_report_that_named_it() {
    let mut book = Book::new();
    let (first, other) = (book.report(0), book.report(1).mentions[0].clone());
    let named = first.mentions[0].clone();
    assert_eq!(book.ledger.named(other.as_str()).unwrap().id, named);
    book.ledger
        .set_field(
            &named,
            "killed",
            Some(serde_json::json!({"min": 7, "best": 7, "max": 7, "basis": "exact"})),
            "counted",
        )
        .unwrap();
    let entry = book.ledger.readings_of(&book.reports[0]).unwrap()[0];
    book.ledger.erase(entry, &["reading".to_owned(), "capture".to_owned()], "asked").unwrap();
    let left = book.ledger.named(named.as_str()).unwrap();
    assert_eq!((&left.id, left.mentions.len()), (&other, 1));
    assert_eq!(left.killed.value.as_ref().map(|killed| killed.best), Some(7));
    assert!(book.ledger.history(&left).unwrap().iter().any(|done| matches!(done.act, Act::Override { .. })));
    assert_eq!(book.ledger.stranded().unwrap(), []);
    book.is_made_again();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn names_stay_with_their_words(
        rounds in prop::collection::vec((Just(vec![0usize, 1, 2]).prop_shuffle(), 0..=3usize, any::<bool>()), 1..4),
        decided in prop::collection::vec(0..3usize, 0..3),
    ) {
        let mut book = Book::new();
        let first = book.report(0);
        for n in decided {
            book.ledger.comment(&first.mentions[n], "looked at").unwrap();
        }
        let (mut before, mut entries) = (first.clone(), book.ledger.entries());
        for (order, kept, added) in rounds {
            let reading = altered(&first.reading, &order[..kept], added);
            let changed = book.reread(0, reading.clone());
            prop_assert_eq!(changed, reading != before.reading);
            prop_assert_eq!(book.ledger.entries(), entries + u64::from(changed));
            entries = book.ledger.entries();
            let now = book.report(0);
            prop_assert_eq!(now.mentions.len(), now.reading.incidents.len());
            prop_assert_eq!(now.mentions.iter().collect::<BTreeSet<_>>().len(), now.mentions.len());
            // Every name of the first reading that is there stands where it stood, and all whose words are read are there.
            let (was, is) = (names(&first), names(&now));
            let old: BTreeSet<_> = is.iter().filter(|(id, _)| first.mentions.contains(id)).cloned().collect();
            prop_assert!(old.is_subset(&was));
            prop_assert_eq!(old.len(), kept);
            // Names that are no longer read lead to a mention that is, or say that there is none.
            for lost in first.mentions.iter().filter(|id| !now.mentions.contains(id)) {
                match book.ledger.named(lost.as_str()) {
                    Ok(incident) => prop_assert!(!incident.mentions.contains(lost)),
                    Err(error) => prop_assert!(error.to_string().contains("no longer read")),
                }
            }
            before = now;
        }
        book.is_made_again();
        // Nothing stays behind when it is read as at first.
        book.reread(0, first.reading.clone());
        prop_assert_eq!(book.report(0).mentions, first.mentions);
        prop_assert_eq!(book.ledger.stranded().unwrap(), vec![]);
        book.is_made_again();
    }
}
