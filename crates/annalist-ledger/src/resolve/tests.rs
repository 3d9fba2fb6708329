use super::*;
use crate::export::Codebooks;
use crate::import::{Claims, Table};
use crate::{Report, ReportId};
use annalist::Bundle;
use annalist::reading::Reading;
use joiner::{EDGE, ordered};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::new(&Bundle::embedded()).unwrap()));

const VILLAGES: [(&str, f64, f64); 4] =
    [("Dubky", 50.10, 36.20), ("Lisne", 50.14, 36.25), ("Stavyshche", 49.60, 37.10), ("Hai", 48.30, 35.00)];
const DAYS: [&str; 4] = ["2025-03-03", "2025-03-04", "2025-03-06", "2025-04-20"];
const NAMES: [Option<&str>; 3] = [None, Some("Petro Kovalchuk"), Some("Olena Marchenko")];

/// A report of a strike on a village.
fn report(number: usize, village: usize, day: usize, name: usize, killed: u64) -> Report {
    let ((settlement, lat, lon), day) = (VILLAGES[village], DAYS[day]);
    let person = NAMES[name].map(|name| json!({"name": name, "role": "victim", "outcome": "killed", "severity": null, "occupation": null, "age": if name.starts_with('P') { 41 } else { 63 }, "sex": null, "status": []}));
    let told = format!(
        "A drone struck a car in {settlement}. {killed} people died, among them {}.",
        NAMES[name].unwrap_or("a driver")
    );
    let incident = json!({
        "id": "i1", "mode": "air_drone_strike", "stage": "carried_out",
        "date": {"earliest": day, "latest": day, "precision": "day", "basis": "stated"},
        "place": {"name": settlement, "settlement": settlement, "adm1": null, "country": "UA", "lat": lat, "lon": lon, "precision": "settlement"},
        "weapon": ["drone"], "targets": ["civilian"], "perpetrator": {"name": null, "state": "unattributed"},
        "killed": {"min": killed, "max": killed, "basis": "exact"}, "injured": null, "groups": [],
        "people": person.into_iter().collect::<Vec<Value>>(), "damage": [], "election_related_by": [], "links": [],
        "voices": [], "evidence": [{"start": 0, "end": told.chars().count(), "quote": told}], "claims": [],
    });
    of_reading(
        number,
        json!({
            "schema": "annalist.reading/1", "engine": {"version": "0", "data": ""},
            "document": {"id": "", "language": "en", "title": null, "outlet": null, "url": null, "published_at": day, "text": told},
            "incidents": [incident], "claims": [], "voices": [], "quotes": [], "contradictions": [], "diagnostics": [],
        }),
    )
}

fn of_reading(number: usize, reading: Value) -> Report {
    let reading: Reading = serde_json::from_value(reading).unwrap();
    let id = ReportId::of(&[&number.to_le_bytes()]);
    let mentions = reading
        .incidents
        .iter()
        .map(|i| IncidentId::of(&[id.as_str().as_bytes(), i.id.as_bytes()]))
        .collect();
    Report {
        id,
        entry: number as u64 / 3,
        added_at: 0,
        found_at: String::new(),
        reading,
        mentions,
        withdrawn: None,
    }
}

fn one(number: usize, village: usize, day: usize, name: usize, killed: u64) -> Traits {
    MODEL.traits(&report(number, village, day, name, killed)).remove(0)
}

fn resolved<'a>(mentions: impl IntoIterator<Item = &'a Traits>) -> Resolver {
    let mut resolver = Resolver::new(MODEL.clone());
    resolver.add(mentions.into_iter().cloned());
    resolver
}

fn said(at: i64, verdict: Verdict) -> Judgement {
    Judgement { at, verdict }
}

#[test]
fn reports_of_one_strike_are_joined_and_those_of_another_are_not() {
    let strike = [one(1, 0, 0, 1, 2), one(2, 0, 0, 1, 2), one(3, 0, 0, 1, 3)];
    let other = [one(4, 0, 2, 2, 1), one(5, 2, 0, 0, 5)];
    let clusters = resolved(strike.iter().chain(&other)).clusters();
    let mut sizes: Vec<usize> = clusters.iter().map(|c| c.mentions.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 3]);
    let joined = clusters.iter().find(|c| c.mentions.len() == 3).unwrap();
    let oldest = strike.iter().min_by_key(|t| (t.entry, t.id.clone())).unwrap();
    assert_eq!(joined.id, oldest.id);
}

#[test]
fn what_people_said_is_not_overruled_and_can_be_taken_back() {
    let (a, b, c) = (one(1, 0, 0, 1, 2), one(2, 0, 0, 1, 2), one(3, 3, 3, 2, 9));
    let mut resolver = resolved([&a, &b, &c]);
    let before = resolver.clusters();
    resolver.judge(&a.id, &b.id, said(1, Verdict::NotSame));
    resolver.judge(&c.id, &b.id, said(2, Verdict::Same));
    let after = resolver.clusters();
    assert!(after.iter().any(|k| k.mentions == [b.id.clone(), c.id.clone()]), "{after:?}");
    resolver.judge(&a.id, &c.id, said(3, Verdict::Same));
    resolver.join();
    assert_eq!(resolver.contested(), [Contested { same: ordered(a.id.clone(), c.id.clone()) }]);
    for (x, y) in [(&a, &b), (&b, &c), (&a, &c)] {
        resolver.judge(&x.id, &y.id, said(4, Verdict::Lifted));
    }
    assert_eq!(resolver.clusters(), before);
    assert!(resolver.contested().is_empty());
}

#[test]
fn the_later_of_two_judgements_counts_and_unsure_keeps_the_program_from_joining() {
    let (a, b) = (one(1, 0, 0, 1, 2), one(2, 0, 0, 1, 2));
    let mut resolver = resolved([&a, &b]);
    resolver.judge(&a.id, &b.id, said(2, Verdict::Same));
    resolver.judge(&b.id, &a.id, said(1, Verdict::NotSame));
    assert_eq!(resolver.clusters().len(), 1);
    resolver.judge(&b.id, &a.id, said(3, Verdict::Unsure));
    assert_eq!(resolver.clusters().len(), 2);
}

#[test]
fn two_incidents_of_one_report_stay_two() {
    let mut report = report(1, 0, 0, 0, 1);
    let mut second = report.reading.incidents[0].clone();
    second.id = "i2".to_owned();
    second.date.earliest = Some("2025-03-01".to_owned());
    second.date.latest = second.date.earliest.clone();
    report.reading.incidents.push(second);
    report.mentions.push(IncidentId::of(&[b"second"]));
    let traits = MODEL.traits(&report);
    assert_eq!(resolved(&traits).clusters().len(), 2);
}

/// Mentions of the rows of a table of shellings of one town: id, day and killed of each.
fn rows(table: &str, rows: &[(&str, &str, u64)]) -> Vec<Traits> {
    let mut text = "event_id_cnty,event_date,sub_event_type,country,location,latitude,longitude,geo_precision,fatalities\n".to_owned();
    for (id, day, killed) in rows {
        let kind = "Shelling/artillery/missile attack";
        text += &format!("{id},{day},{kind},Ukraine,Dubky,50.10,36.20,1,{killed}\n");
    }
    let codebooks = Codebooks::read(&Bundle::embedded()).unwrap();
    let readings = Claims::new(Some(Table::Acled), text.as_bytes(), table, &codebooks).unwrap();
    let reports = readings.enumerate().map(|(n, reading)| {
        let mut report = of_reading(n, json!(reading.unwrap()));
        report.id = ReportId::of(&[table.as_bytes(), report.reading.document.text.as_bytes()]);
        report.mentions = vec![IncidentId::of(&[report.id.as_str().as_bytes()])];
        report
    });
    reports.flat_map(|report| MODEL.traits(&report)).collect()
}

#[test]
fn events_that_a_table_tells_apart_are_not_joined() {
    let events = [("U1", "2025-06-10", 3), ("U2", "2025-06-10", 2), ("U3", "2025-06-12", 1)];
    let mentions = rows("Data project", &events);
    assert_eq!(resolved(&mentions).clusters().len(), 3);
    // The same event told otherwise later is one; so are those of two tables.
    let again = rows("Data project", &[("U1", "2025-06-10", 4)]);
    assert_eq!(resolved(mentions.iter().chain(&again)).clusters().len(), 3);
    let other = rows("Another project", &events[..1]);
    assert_eq!(resolved(mentions[..1].iter().chain(&other)).clusters().len(), 1);
    // What people say holds against tables.
    let mut resolver = resolved(&mentions);
    resolver.judge(&mentions[0].id, &mentions[1].id, said(1, Verdict::Same));
    assert_eq!(resolver.clusters().len(), 2);
}

#[test]
fn a_table_of_many_events_in_one_town_and_reports_of_some_keep_them_apart() {
    let ids: Vec<String> = (0..150).map(|n| format!("U{n}")).collect();
    let days = ["2025-03-03", "2025-03-04"];
    let events: Vec<_> = ids.iter().enumerate().map(|(n, id)| (id.as_str(), days[n % 2], 2)).collect();
    let mentions = rows("Data project", &events);
    let own: BTreeSet<IncidentId> = mentions.iter().map(|traits| traits.id.clone()).collect();
    let told: Vec<Traits> = (0..40).map(|n| one(n, 0, n % 2, 0, 2)).collect();
    let clusters = resolved(mentions.iter().chain(&told)).clusters();
    for cluster in &clusters {
        assert!(cluster.mentions.iter().filter(|id| own.contains(*id)).count() <= 1, "{cluster:?}");
    }
    assert!(clusters.len() >= 150);
}

#[test]
fn a_report_without_incident_is_found_by_its_text() {
    let text = "Residents of Stavyshche gathered on Sunday to plant maple saplings beside the rebuilt library, organiser Oksana Petrenko told the Ridna Gazette.";
    let bare = |number, text: &str| {
        let mut report = report(number, 0, 0, 0, 1);
        report.reading.incidents.clear();
        report.mentions.clear();
        report.reading.document.text = text.to_owned();
        MODEL.traits(&report).remove(0)
    };
    let mentions = [
        bare(1, text),
        bare(2, &format!("{text} The library had burned in winter.")),
        bare(3, "Prices of grain fell in the port of Odesa."),
    ];
    assert_eq!(resolved(&mentions).clusters().len(), 2);
}

#[test]
fn a_reprint_and_two_renderings_of_one_statement_are_one_source() {
    let first = one(1, 0, 0, 1, 2);
    let mut reprint = first.clone();
    reprint.report = ReportId::of(&[b"reprint"]);
    reprint.entry = 9;
    let own = one(3, 0, 1, 2, 4);
    let keys = independence(&[&reprint, &first, &own]);
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[1], first.report.to_string());
    assert_ne!(keys[2], keys[1]);
}

#[test]
fn what_one_outlet_tells_twice_is_one_source() {
    let of = |number, outlet: Value, url: Value, told: &str, killed| {
        let mut reading = json!(report(number, 0, 0, 0, killed).reading);
        reading["document"]["text"] = json!(told);
        reading["incidents"][0]["evidence"] =
            json!([{"start": 0, "end": told.chars().count(), "quote": told}]);
        reading["document"]["outlet"] = outlet;
        reading["document"]["url"] = url;
        MODEL.traits(&of_reading(number, reading)).remove(0)
    };
    let first = of(
        1,
        json!("Ridna Gazette"),
        json!("https://ridna.example/a"),
        "Two died in Dubky when a drone came down.",
        2,
    );
    let again =
        of(4, json!(" ridna gazette"), Value::Null, "The number of the dead rose overnight, doctors say.", 3);
    let unnamed = of(
        7,
        Value::Null,
        json!("https://www.ridna.example/b?c=1"),
        "Mourners gathered by the burned car.",
        4,
    );
    let other = of(
        10,
        json!("Step Herald"),
        json!("https://step.example/d"),
        "Our correspondent counted five graves.",
        5,
    );
    let nameless = of(13, Value::Null, Value::Null, "Six neighbours were hit, writes a reader.", 6);
    let keys = independence(&[&first, &again, &unnamed, &other, &nameless]);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 3, "{keys:?}");
    assert!(keys[..3].iter().all(|key| *key == first.report.to_string()));
}

#[test]
fn reasons_add_up_to_the_score() {
    let (a, b) = (one(1, 0, 0, 1, 2), one(2, 1, 1, 2, 3));
    let sum: f32 = MODEL.reasons(&a, &b).iter().map(|reason| reason.weight).sum();
    assert!((sum - MODEL.score(&a, &b)).abs() < 1e-3);
}

#[derive(Clone, Debug)]
enum Step {
    Add(usize),
    Remove(usize),
    Judge(usize, usize, Verdict),
    Update,
}

fn steps(mentions: usize) -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        2 => Just(Verdict::Same),
        2 => Just(Verdict::NotSame),
        1 => Just(Verdict::Unsure),
        2 => Just(Verdict::Lifted),
    ];
    let pair = (0..mentions, 0..mentions);
    let step = prop_oneof![
        6 => (0..mentions).prop_map(Step::Add),
        1 => (0..mentions).prop_map(Step::Remove),
        3 => (pair, verdict).prop_map(|((a, b), verdict)| Step::Judge(a, b, verdict)),
        1 => Just(Step::Update),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn step_by_step_is_the_same_as_all_at_once(
        kinds in prop::collection::vec((0..4usize, 0..4usize, 0..3usize, 0..3u64), 24),
        steps in steps(24),
    ) {
        let mentions: Vec<Traits> =
            kinds.iter().enumerate().map(|(n, &(village, day, name, killed))| one(n, village, day, name, killed)).collect();
        let mut stepwise = Resolver::new(MODEL.clone());
        let mut present = BTreeSet::new();
        let mut judgements: BTreeMap<(usize, usize), Judgement> = BTreeMap::new();
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Step::Add(n) => {
                    stepwise.add([mentions[n].clone()]);
                    present.insert(n);
                }
                Step::Remove(n) => {
                    stepwise.remove(&mentions[n].id);
                    present.remove(&n);
                }
                Step::Judge(a, b, verdict) if a != b => {
                    let judgement = said(at as i64, verdict);
                    stepwise.judge(&mentions[a].id, &mentions[b].id, judgement.clone());
                    judgements.insert((a.min(b), a.max(b)), judgement);
                }
                Step::Judge(..) => {}
                Step::Update => _ = stepwise.join(),
            }
        }
        let mut at_once = Resolver::new(MODEL.clone());
        for (&(a, b), judgement) in judgements.iter().rev() {
            at_once.judge(&mentions[b].id, &mentions[a].id, judgement.clone());
        }
        at_once.add(present.iter().rev().map(|&n| mentions[n].clone()));
        prop_assert_eq!(stepwise.clusters(), at_once.clusters());
        prop_assert_eq!(stepwise.contested(), at_once.contested());
    }

    #[test]
    fn scores_do_not_depend_on_which_comes_first(
        one_kind in (0..4usize, 0..4usize, 0..3usize, 0..3u64),
        other in (0..4usize, 0..4usize, 0..3usize, 0..3u64),
    ) {
        let of = |n, (village, day, name, killed)| one(n, village, day, name, killed);
        let (a, b) = (of(1, one_kind), of(2, other));
        let score = MODEL.score(&a, &b);
        prop_assert_eq!(score.to_bits(), MODEL.score(&b, &a).to_bits());
        for least in [-9.0, EDGE, score - 0.1, score + 0.1, 3.0] {
            let above = MODEL.score_above(&a, &b, least);
            prop_assert!(above == Some(score) || above.is_none() && score <= least);
        }
    }

    #[test]
    fn few_candidates_are_all_that_meet(kinds in prop::collection::vec((0..4usize, 0..4usize, 0..3usize), 40)) {
        let keys: Vec<Keys> =
            kinds.into_iter().enumerate().map(|(n, (village, day, name))| Keys::of(&one(n, village, day, name, 1))).collect();
        let postings = keys.iter().zip(0u32..).flat_map(|(keys, n)| keys.put().iter().map(move |&key| (key, n)));
        let index = Index::build(postings.collect());
        for keys in &keys {
            prop_assert_eq!(index.candidates(keys), index.all_candidates(keys));
        }
    }

    #[test]
    fn an_index_finds_under_each_key_what_was_put_there(keys in prop::collection::vec((0..50u32, 0..40u32), 0..300)) {
        let keys: BTreeSet<(u32, u32)> = keys.into_iter().map(|(key, n)| (key << 12, n)).collect();
        let built = Index::build(keys.iter().copied().collect());
        for key in 0..50u32 {
            let found: Vec<u32> = built.block(key << 12).collect();
            let wanted: Vec<u32> = keys.iter().filter(|k| k.0 == key << 12).map(|k| k.1).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
