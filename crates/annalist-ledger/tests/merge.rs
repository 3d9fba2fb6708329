//! Reports as they come, read by the engine and merged.

use annalist::{Bundle, Document, Engine, Meta};
use annalist_ledger::incident::Figure;
use annalist_ledger::merge::{self, Merging, Policies};
use annalist_ledger::{IncidentId, Mention, Report, ReportId};

const ALERT: &str = "A Russian drone hit a minibus in Krolevets, Sumy region, on Tuesday, the regional administration \
    said. Two people were injured. The driver, Vasyl Kryvenko, 51, was taken to hospital in serious condition.";
const DEATH: &str = "The driver of a minibus that was hit by a drone in Krolevets on 10 June has died in hospital, \
    doctors said on Wednesday. Vasyl Krivenko, 51, died of his wounds overnight.";
const SUMMARY: &str = "On 10 June an FPV drone attacked a minibus in the Sumy region. One person was killed and one was injured.";

fn read(engine: &Engine, outlet: &str, day: &str, words: &str) -> Report {
    let meta =
        Meta { outlet: Some(outlet.to_owned()), published_at: Some(day.parse().unwrap()), ..Meta::default() };
    let reading = engine.read(&Document::new(words.to_owned(), meta).unwrap());
    let id = ReportId::of(&[outlet.as_bytes(), words.as_bytes()]);
    let mention = |n: usize| IncidentId::of(&[id.as_str().as_bytes(), &n.to_le_bytes()]);
    Report {
        mentions: (0..reading.incidents.len()).map(mention).collect(),
        entry: 0,
        added_at: 0,
        found_at: String::new(),
        withdrawn: None,
        id,
        reading,
    }
}

#[test]
fn an_alert_a_death_and_a_summary_make_one_incident() {
    let bundle = Bundle::embedded();
    let engine = Engine::new(&bundle).unwrap();
    let policies = Policies::read(&bundle).unwrap();
    let mut reports = [
        read(&engine, "Sumy Daily", "2025-06-10", ALERT),
        read(&engine, "Borderland News", "2025-06-11", DEATH),
        read(&engine, "Frontier Monitor", "2025-06-12", SUMMARY),
    ];
    let merged = |reports: &[Report]| {
        let mentions: Vec<Mention<'_>> = reports.iter().flat_map(Report::tellings).collect();
        merge::incident(&mentions, &[], &Merging::new(&policies)).unwrap()
    };
    let incident = merged(&reports);
    assert_eq!((incident.independent, incident.grade.as_str()), (3, "confirmed"));
    assert_eq!(incident.mode.value, "air_drone_strike");
    assert_eq!(incident.weapon.value, ["fpv_drone"]);
    assert_eq!(incident.place.value.settlement.as_deref(), Some("Krolevets"));
    assert_eq!(incident.date.value.earliest.as_deref(), Some("2025-06-10"));
    assert_eq!(incident.perpetrator.value.name.as_deref(), Some("Russia"));
    let one = |basis: &str| Some(Figure { min: 1, best: 1, max: Some(1), basis: basis.to_owned() });
    assert_eq!(incident.killed.value, one("named_person"));
    assert_eq!(incident.injured.value, one("exact"));
    assert_eq!(incident.conflicts, []);
    let driver = &incident.people.value[0];
    assert_eq!((driver.outcome.as_str(), driver.age), ("died_of_wounds", Some(51)));
    let way: Vec<&str> = driver.status.iter().map(|s| s.status.as_str()).collect();
    assert_eq!(way, ["admitted", "died"]);
    // Every claim behind the value leads to words of a report.
    for claim in &incident.injured.claims {
        let (id, claim) = claim.0.split_once('/').unwrap();
        let report = reports.iter().find(|r| r.id.as_str() == id).unwrap();
        let evidence = &report.claim(claim).unwrap().evidence;
        assert!(report.reading.document.text.contains(&evidence.quote));
    }

    let before = incident.content_hash();
    reports[1].withdrawn = Some("the hospital denies it".to_owned());
    reports[2].withdrawn = Some("copied from the second".to_owned());
    let left = merged(&reports);
    assert_eq!((left.independent, left.grade.as_str()), (1, "single_source"));
    assert_eq!(left.killed.value, None);
    assert_eq!(left.reports.len(), 3);
    assert_ne!(left.content_hash(), before);
}
