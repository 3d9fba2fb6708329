//! What several reports make together, told by small reports of our own.

use super::*;
use crate::ReportId;
use crate::incident::Figure;
use annalist::Bundle;
use annalist::reading::{
    self, Claim, Contradiction, Count, Document, Engine, Evidence, Perpetrator, Person, Place, Reading,
    Status, When,
};
use proptest::prelude::*;
use std::sync::LazyLock;

static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::read(&Bundle::embedded()).unwrap());

/// A report of 2025 that tells of one incident; `tell` says what.
fn report(outlet: &str, day: &str, tell: impl FnOnce(&mut reading::Incident)) -> Report {
    let mut incident = blank();
    tell(&mut incident);
    let id = ReportId::of(&[outlet.as_bytes(), day.as_bytes(), format!("{incident:?}").as_bytes()]);
    let published: jiff::civil::Date = day.parse().unwrap();
    let added = published.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond();
    Report {
        mentions: vec![IncidentId::of(&[id.as_str().as_bytes()])],
        id,
        entry: added.unsigned_abs(),
        added_at: added,
        found_at: String::new(),
        reading: Reading {
            schema: reading::SCHEMA.to_owned(),
            source_id: None,
            engine: Engine { version: String::new(), data: String::new() },
            document: Document {
                id: String::new(),
                language: "en".to_owned(),
                title: None,
                outlet: Some(outlet.to_owned()),
                url: None,
                published_at: Some(day.to_owned()),
                text: String::new(),
            },
            claims: claims(&incident),
            incidents: vec![incident],
            voices: Vec::new(),
            quotes: Vec::new(),
            contradictions: Vec::new(),
            diagnostics: Vec::new(),
        },
        withdrawn: None,
    }
}

fn blank() -> reading::Incident {
    reading::Incident {
        id: "i1".to_owned(),
        mode: "attack".to_owned(),
        stage: "carried_out".to_owned(),
        date: When { precision: "undated".to_owned(), ..When::default() },
        place: Place { precision: "unknown".to_owned(), ..Place::default() },
        weapon: Vec::new(),
        targets: Vec::new(),
        perpetrator: Perpetrator { name: None, state: "unattributed".to_owned() },
        killed: None,
        injured: None,
        groups: Vec::new(),
        people: Vec::new(),
        damage: Vec::new(),
        election_related_by: Vec::new(),
        links: Vec::new(),
        voices: Vec::new(),
        evidence: vec![evidence(0, 100)],
        claims: Vec::new(),
    }
}

/// One claim for each field that the incident states.
fn claims(incident: &reading::Incident) -> Vec<Claim> {
    let mut fields = vec!["mode"];
    fields.extend(incident.killed.as_ref().map(|_| "killed"));
    fields.extend(incident.injured.as_ref().map(|_| "injured"));
    fields.extend(incident.place.name.as_ref().map(|_| "place"));
    fields.extend(incident.date.latest.as_ref().map(|_| "date"));
    fields.extend(incident.people.first().map(|_| "people.outcome"));
    let claim = |(n, field): (usize, &&str)| Claim {
        id: format!("c{}", n + 1),
        incident: incident.id.clone(),
        field: (*field).to_owned(),
        value: serde_json::Value::Null,
        voice: "v0".to_owned(),
        form: "narrator".to_owned(),
        polarity: "asserted".to_owned(),
        evidence: evidence(n, n + 1),
        rule: String::new(),
        score: 1.0,
    };
    fields.iter().enumerate().map(claim).collect()
}

fn evidence(start: usize, end: usize) -> Evidence {
    Evidence { start, end, quote: String::new() }
}

fn count(min: u64, max: Option<u64>, basis: &str) -> Option<Count> {
    Some(Count { min, max, basis: basis.to_owned() })
}

fn exactly(number: u64) -> Option<Count> {
    count(number, Some(number), "exact")
}

fn day(first: &str, last: &str) -> When {
    let precision = if first == last { "day" } else { "days" };
    When {
        earliest: Some(first.to_owned()),
        latest: Some(last.to_owned()),
        precision: precision.to_owned(),
        basis: Some("stated".to_owned()),
    }
}

fn town(name: &str, adm1: &str) -> Place {
    Place {
        name: Some(name.to_owned()),
        settlement: Some(name.to_owned()),
        adm1: Some(adm1.to_owned()),
        country: Some("UA".to_owned()),
        precision: "settlement".to_owned(),
        ..Place::default()
    }
}

fn person(name: Option<&str>, outcome: &str) -> Person {
    Person {
        name: name.map(str::to_owned),
        role: "victim".to_owned(),
        outcome: outcome.to_owned(),
        severity: None,
        occupation: None,
        age: None,
        sex: None,
        injuries: Vec::new(),
        status: Vec::new(),
    }
}

fn merged(reports: &[Report]) -> Incident {
    merged_by(reports, &[], &POLICIES)
}

fn merged_by(reports: &[Report], overrides: &[Override], policies: &Policies) -> Incident {
    let mentions: Vec<Mention<'_>> = reports.iter().flat_map(Report::tellings).collect();
    incident(&mentions, overrides, &Merging::new(policies)).unwrap()
}

fn figure(incident: &Incident) -> (u64, u64, Option<u64>) {
    let figure = incident.killed.value.as_ref().unwrap();
    (figure.min, figure.best, figure.max)
}

fn kinds(incident: &Incident) -> Vec<&str> {
    incident.conflicts.iter().map(|c| c.kind.as_str()).collect()
}

fn tolls(figures: &[(&str, &str, Option<Count>)]) -> Vec<Report> {
    let tell = |(outlet, day, killed): &(&str, &str, Option<Count>)| {
        report(outlet, day, |i| i.killed.clone_from(killed))
    };
    figures.iter().map(tell).collect()
}

#[test]
fn a_toll_that_rises_is_no_conflict() {
    let incident = merged(&tolls(&[
        ("A", "2025-03-03", exactly(2)),
        ("B", "2025-03-04", exactly(3)),
        ("C", "2025-03-05", count(3, None, "at_least")),
    ]));
    assert_eq!(figure(&incident), (3, 3, Some(3)));
    assert!(kinds(&incident).is_empty());
    assert_eq!(incident.grade, "confirmed");
}

#[test]
fn figures_of_one_day_that_differ_are_all_kept() {
    let incident =
        merged(&tolls(&[("A", "2025-03-03", exactly(11)), ("B", "2025-03-03", count(20, None, "at_least"))]));
    assert_eq!(figure(&incident).0, 11);
    assert_eq!(figure(&incident).2, None);
    assert_eq!(kinds(&incident), ["count_mismatch"]);
    assert_eq!(incident.conflicts[0].severity, "soft");
    assert_eq!(incident.conflicts[0].reports.len(), 2);
}

#[test]
fn a_lower_figure_does_not_replace_a_higher_one() {
    let incident = merged(&tolls(&[
        ("A", "2025-03-03", exactly(4)),
        ("B", "2025-03-04", exactly(3)),
        ("C", "2025-03-05", exactly(3)),
    ]));
    assert_eq!(figure(&incident), (3, 3, Some(4)));
    assert_eq!(kinds(&incident), ["count_mismatch"]);
    assert_eq!(incident.conflicts[0].severity, "hard");
}

#[test]
fn fewer_injured_after_more_deaths_are_no_conflict() {
    let tell = |outlet: &str, on: &str, killed: Option<Count>, injured: Option<Count>| {
        report(outlet, on, |i| (i.killed, i.injured) = (killed, injured))
    };
    let incident = merged(&[
        tell("A", "2025-03-03", None, exactly(3)),
        tell("B", "2025-03-04", exactly(1), None),
        tell("C", "2025-03-05", exactly(1), exactly(2)),
    ]);
    let injured = incident.injured.value.as_ref().unwrap();
    assert_eq!((injured.min, injured.best, injured.max), (2, 2, Some(2)));
    assert!(kinds(&incident).is_empty());
}

#[test]
fn an_outlet_corrects_itself_without_a_conflict() {
    let corrected = merged(&tolls(&[("A", "2025-03-03", exactly(4)), ("a", "2025-03-04", exactly(3))]));
    assert_eq!(figure(&corrected), (3, 3, Some(3)));
    let at = |outlet: &str, on: &str, place: Place| report(outlet, on, |i| i.place = place);
    let moved = merged(&[
        at("A", "2025-03-03", town("Salme", "Orvik")),
        at("A", "2025-03-04", town("Dorin", "Orvik")),
    ]);
    assert_eq!(moved.place.value.settlement.as_deref(), Some("Dorin"));
    assert!(kinds(&corrected).is_empty() && kinds(&moved).is_empty());
}

#[test]
fn reports_that_name_different_dead_tell_of_all_of_them() {
    let names = |outlet: &str, on: &str, name: &str| {
        report(outlet, on, |i| {
            i.killed = count(1, Some(1), "named_person");
            i.people = vec![person(Some(name), "killed")];
        })
    };
    let incident = merged(&[
        names("A", "2025-03-03", "Amina Bello"),
        names("B", "2025-03-04", "Musa Danladi"),
        names("C", "2025-03-05", "A. Bello"),
    ]);
    assert_eq!(figure(&incident), (2, 2, Some(2)));
}

#[test]
fn a_bound_says_no_more_than_the_figure_within_it() {
    let incident =
        merged(&tolls(&[("A", "2025-03-03", count(0, Some(10), "up_to")), ("B", "2025-03-04", exactly(4))]));
    assert_eq!(figure(&incident), (4, 4, Some(4)));
    let open = merged(&tolls(&[("A", "2025-03-03", count(24, None, "at_least"))]));
    assert_eq!(figure(&open), (24, 24, None));
}

#[test]
fn none_is_not_the_same_as_not_stated() {
    let silent = merged(&tolls(&[("A", "2025-03-03", None)]));
    assert_eq!(silent.killed.value, None);
    let nobody = merged(&tolls(&[("A", "2025-03-03", count(0, Some(0), "explicit_none"))]));
    assert_eq!(figure(&nobody), (0, 0, Some(0)));
    assert_eq!(nobody.killed.value.unwrap().basis, "explicit_none");
}

#[test]
fn policies_take_different_figures() {
    let reports = tolls(&[
        ("A", "2025-03-03", exactly(5)),
        ("B", "2025-03-03", exactly(5)),
        ("C", "2025-03-04", exactly(3)),
        ("D", "2025-03-05", exactly(4)),
    ]);
    for (policy, best) in [
        (Policy::Conservative, 3),
        (Policy::Informative, 5),
        (Policy::Representative, 5),
        (Policy::Latest, 4),
    ] {
        let incident = merged_by(&reports, &[], &POLICIES.clone().with("killed", policy));
        assert_eq!(figure(&incident), (3, best, Some(5)), "{policy:?}");
        assert_eq!(incident.killed.policy, policy.name());
        assert_eq!(incident.killed.claims.len(), 4);
    }
}

#[test]
fn who_was_injured_and_died_is_among_the_dead() {
    let first = report("A", "2025-03-03", |i| {
        (i.killed, i.injured) = (exactly(1), exactly(2));
        i.people = vec![person(Some("Olena Marchuk"), "injured")];
        i.people[0].status = vec![Status { status: "admitted".to_owned(), facility: None }];
    });
    let later = report("B", "2025-03-06", |i| {
        i.killed = count(1, Some(1), "named_person");
        i.people = vec![person(Some("O. Marchuk"), "killed")];
        i.people[0].age = Some(46);
        i.people[0].status =
            vec![Status { status: "died".to_owned(), facility: Some("City Hospital".to_owned()) }];
    });
    let incident = merged(&[first, later]);
    assert_eq!(figure(&incident), (2, 2, Some(2)));
    let injured = incident.injured.value.as_ref().unwrap();
    assert_eq!((injured.min, injured.best, injured.max), (1, 1, Some(1)));
    assert_eq!(incident.people.value.len(), 1);
    let one = &incident.people.value[0];
    assert_eq!(
        (one.name.as_deref(), one.outcome.as_str(), one.age),
        (Some("Olena Marchuk"), "died_of_wounds", Some(46))
    );
    let way: Vec<&str> = one.status.iter().map(|s| s.status.as_str()).collect();
    assert_eq!(way, ["admitted", "died"]);
    assert!(kinds(&incident).is_empty(), "{:?}", incident.conflicts);
}

#[test]
fn those_of_whom_little_is_known_are_among_the_others_when_no_more_were_hurt() {
    let tell = |outlet: &str, people: Vec<Person>| {
        report(outlet, "2025-03-03", |i| (i.injured, i.people) = (exactly(2), people))
    };
    let driver = Person { occupation: Some("driver".to_owned()), ..person(None, "injured") };
    let aged = Person { age: Some(44), ..person(None, "injured") };
    let reports = [
        tell("A", vec![driver, person(None, "injured")]),
        tell("B", vec![person(Some("Petro Lys"), "injured"), aged]),
    ];
    let people = merged(&reports).people.value;
    assert_eq!(people.len(), 2, "{people:?}");
    assert!(people.iter().any(|p| p.name.is_some() || p.occupation.is_some()));
    assert!(people.iter().any(|p| p.age == Some(44)));
}

#[test]
fn a_report_of_no_act_that_denies_one_may_take_it_back() {
    let mut report = report("A", "2025-03-03", |_| ());
    report.reading.diagnostics =
        vec![reading::Diagnostic { code: "event.negated".to_owned(), evidence: None, note: String::new() }];
    assert!(!may_take_back(&report));
    (report.reading.incidents, report.mentions) = (Vec::new(), Vec::new());
    assert!(may_take_back(&report));
}

#[test]
fn a_person_dead_in_one_report_and_alive_afterwards_is_a_conflict() {
    let tell = |outlet: &str, day: &str, outcome: &str| {
        report(outlet, day, |i| i.people = vec![person(Some("Yulia Sokol"), outcome)])
    };
    let incident = merged(&[
        tell("A", "2025-03-03", "injured"),
        tell("B", "2025-03-04", "killed"),
        tell("C", "2025-03-05", "injured"),
        tell("D", "2025-03-05", "injured"),
    ]);
    assert_eq!(incident.people.value[0].outcome, "injured");
    assert_eq!(kinds(&incident), ["outcome_mismatch"]);
    assert!(incident.conflicts[0].note.contains("Yulia Sokol"));
}

#[test]
fn a_region_does_not_gainsay_the_town_within_it() {
    let at = |outlet: &str, place: Place| report(outlet, "2025-03-03", |i| i.place = place);
    let region = Place {
        name: Some("Orvik Region".to_owned()),
        adm1: Some("Orvik Region".to_owned()),
        country: Some("UA".to_owned()),
        precision: "adm1".to_owned(),
        ..Place::default()
    };
    let reports = [at("A", region.clone()), at("B", town("Dorin", "Orvik Oblast")), at("C", region)];
    let incident = merged(&reports);
    assert_eq!(incident.place.value.settlement.as_deref(), Some("Dorin"));
    assert_eq!(incident.place.claims.len(), 3);
    assert!(kinds(&incident).is_empty());
    let careful = merged_by(&reports, &[], &POLICIES.clone().with("place", Policy::Conservative));
    assert_eq!(careful.place.value.settlement, None);
    let rival = merged(&[at("A", town("Dorin", "Orvik Oblast")), at("B", town("Salme", "Orvik Oblast"))]);
    assert_eq!(kinds(&rival), ["place_mismatch"]);
}

#[test]
fn dates_that_meet_are_one_and_others_a_conflict() {
    let on = |outlet: &str, when: When| report(outlet, "2025-03-08", |i| i.date = when);
    let night = day("2025-03-03", "2025-03-04");
    let incident =
        merged(&[on("A", night.clone()), on("B", night.clone()), on("C", day("2025-03-04", "2025-03-04"))]);
    assert_eq!(incident.date.value.earliest.as_deref(), Some("2025-03-03"));
    assert!(kinds(&incident).is_empty());
    // What was known on the 12th did not happen later.
    let known = When { basis: Some("reported_on".to_owned()), ..day("2025-03-12", "2025-03-12") };
    let incident = merged(&[on("A", day("2025-03-10", "2025-03-20")), on("B", known)]);
    assert_eq!(incident.date.value.latest.as_deref(), Some("2025-03-12"));
    let rival = merged(&[on("A", night), on("B", day("2025-03-06", "2025-03-06"))]);
    assert_eq!(kinds(&rival), ["date_mismatch"]);
}

#[test]
fn the_finer_weapon_stands_for_the_coarser_one() {
    let with =
        |outlet: &str, weapon: &str| report(outlet, "2025-03-03", |i| i.weapon = vec![weapon.to_owned()]);
    let incident = merged(&[with("A", "drone"), with("B", "fpv_drone"), with("C", "drone")]);
    assert_eq!(incident.weapon.value, ["fpv_drone"]);
    assert!(kinds(&incident).is_empty());
    let rival = merged(&[with("A", "drone"), with("B", "drone"), with("C", "artillery")]);
    assert_eq!(rival.weapon.value, ["drone"]);
    assert_eq!(kinds(&rival), ["weapon_mismatch"]);
}

#[test]
fn rivals_for_the_deed_make_it_contested() {
    let by = |outlet: &str, name: &str, state: &str| {
        report(outlet, "2025-03-03", |i| {
            i.perpetrator = Perpetrator { name: Some(name.to_owned()), state: state.to_owned() };
        })
    };
    let one = merged(&[
        by("A", "Sudan's army", "attributed_by_voice"),
        by("B", "Sudanese army", "claimed"),
        by("C", "unidentified gunmen", "attributed_by_reporter"),
        by("D", "a banned outfit", "attributed_by_voice"),
    ]);
    assert_eq!(one.perpetrator.value.state, "claimed");
    assert_eq!(one.grade, "confirmed");
    let two = merged(&[by("A", "Sudanese army", "claimed"), by("B", "Rapid Forces", "attributed_by_voice")]);
    assert_eq!((two.perpetrator.value.state.as_str(), two.grade.as_str()), ("contested", "contested"));
    assert_eq!(kinds(&two), ["perpetrator_mismatch"]);
}

#[test]
fn what_most_take_back_is_retracted() {
    let told = |outlet: &str, day: &str, polarity: &str| {
        let mut report = report(outlet, day, |i| "bombing".clone_into(&mut i.mode));
        polarity.clone_into(&mut report.reading.claims[0].polarity);
        report
    };
    let bomb = told("A", "2025-03-03", "asserted");
    let also = told("B", "2025-03-04", "asserted");
    let denial = told("C", "2025-03-05", "denied");
    let repeated = told("D", "2025-03-06", "asserted");
    let incident = merged(&[bomb.clone(), also.clone(), denial.clone()]);
    assert_eq!(incident.grade, "retracted");
    assert_eq!(incident.independent, 2);
    assert_eq!(kinds(&incident), ["denial"]);
    assert_eq!(merged(&[bomb, also, denial, repeated]).grade, "contested");
}

#[test]
fn an_incident_without_a_report_that_stands_is_retracted_and_keeps_its_reports() {
    let mut report = report("A", "2025-03-03", |i| i.killed = exactly(2));
    report.withdrawn = Some("fabricated".to_owned());
    let incident = merged(&[report]);
    assert_eq!((incident.grade.as_str(), incident.independent), ("retracted", 0));
    assert!(incident.reports[0].withdrawn);
    assert_eq!(incident.killed.value, None);
}

#[test]
fn what_a_report_contradicts_itself_in_is_carried_over() {
    let mut report = report("A", "2025-03-03", |_| ());
    let role = |start| Contradiction {
        kind: "role_vs_place".to_owned(),
        severity: "hard".to_owned(),
        evidence: vec![evidence(start, start + 5)],
        note: Some("an office of elsewhere".to_owned()),
    };
    report.reading.contradictions = vec![role(0), role(200)];
    let incident = merged(&[report]);
    assert_eq!(kinds(&incident), ["role_vs_place"]);
    assert_eq!(incident.conflicts[0].note, "an office of elsewhere");
    assert_eq!(incident.conflicts[0].claims.len(), 1);
}

#[test]
fn a_way_that_goes_on_after_death_needs_a_look() {
    let tell = |outlet: &str, on: &str, status: &str| {
        report(outlet, on, |i| {
            i.people = vec![person(Some("Amina Bello"), "died_of_wounds")];
            i.people[0].status = vec![Status { status: status.to_owned(), facility: None }];
        })
    };
    let incident = merged(&[tell("A", "2025-03-03", "died"), tell("B", "2025-03-04", "transferred")]);
    assert_eq!(kinds(&incident), ["status_backwards"]);
    let named = merged(&[tell("A", "2025-03-03", "died"), tell("B", "2025-03-04", "identified")]);
    assert!(kinds(&named).is_empty());
}

#[test]
fn a_speaker_of_two_reports_is_one_voice() {
    let tell = |outlet: &str, name: Option<&str>, channel: Option<&str>| {
        let mut report = report(outlet, "2025-03-03", |i| i.voices = vec!["v0".to_owned(), "v1".to_owned()]);
        let voice = |id: &str, kind: &str| reading::Voice {
            id: id.to_owned(),
            kind: kind.to_owned(),
            name: None,
            role: None,
            of: None,
            channel: None,
        };
        let official = reading::Voice {
            name: name.map(str::to_owned),
            role: Some("governor".to_owned()),
            of: Some("Orvik".to_owned()),
            channel: channel.map(str::to_owned),
            ..voice("v1", "official")
        };
        report.reading.voices = vec![voice("v0", "narrator"), official];
        report
    };
    let incident = merged(&[
        tell("A", Some("Oleksii Hrynko"), None),
        tell("B", Some("Aleksei Grinko"), Some("Telegram")),
        tell("C", None, None),
    ]);
    assert_eq!(incident.voices.len(), 1, "{:?}", incident.voices);
    assert!(incident.voices[0].id.ends_with("/v1"));
    assert_eq!(incident.voices[0].channel.as_deref(), Some("Telegram"));
}

#[test]
fn relations_lead_to_the_incident_to_which_the_other_mention_belongs() {
    let mut two = report("A", "2025-03-03", |i| {
        i.links = vec![reading::Link { relation: "follows".to_owned(), incident: "i2".to_owned() }];
    });
    two.reading.incidents.push(reading::Incident { id: "i2".to_owned(), ..blank() });
    two.mentions.push(IncidentId::of(&[b"second"]));
    let joined = IncidentId::of(&[b"joined"]);
    let second = two.mentions[1].clone();
    let incident_of =
        |mention: &IncidentId| if *mention == second { joined.clone() } else { mention.clone() };
    let with = Merging { incident_of: &incident_of, ..Merging::new(&POLICIES) };
    let first: Vec<Mention<'_>> = two.tellings().take(1).collect();
    let incident = incident(&first, &[], &with).unwrap();
    assert_eq!(incident.links.len(), 1);
    assert_eq!(incident.links[0].incident, joined);
    let both: Vec<Mention<'_>> = two.tellings().collect();
    assert!(super::incident(&both, &[], &with).unwrap().links.is_empty());
}

fn decision(entry: u64, field: &str, value: Option<serde_json::Value>) -> Override {
    Override {
        entry,
        field: field.to_owned(),
        value,
        reason: "seen".to_owned(),
        who: "anna".to_owned(),
        at: 0,
    }
}

/// A report with a figure of killed that somebody says: the voice, what it is of, the perpetrator with its state.
fn said(outlet: &str, killed: u64, of: Option<&str>, (name, state): (&str, &str)) -> Report {
    let mut report = report(outlet, "2025-03-03", |i| {
        i.killed = if killed == 0 { count(0, Some(0), "explicit_none") } else { exactly(killed) };
        i.perpetrator = Perpetrator { name: Some(name.to_owned()), state: state.to_owned() };
    });
    report.reading.voices = vec![reading::Voice {
        id: "v0".to_owned(),
        kind: "official".to_owned(),
        name: None,
        role: Some("ministry".to_owned()),
        of: of.map(str::to_owned),
        channel: None,
    }];
    report
}

#[test]
fn a_nought_of_the_accused_side_is_kept_and_never_taken_against_others() {
    let governor = said("A", 4, Some("Sumy Oblast"), ("Orvik", "attributed_by_voice"));
    let own_side = said("B", 0, Some("Orvik"), ("Orvik", "attributed_by_voice"));
    let denier = said("C", 0, None, ("Orvik", "denied"));
    for nought in [own_side, denier] {
        for policy in ["conservative", "informative", "representative", "latest"] {
            let policies = POLICIES.clone().with("killed", Policy::parse(policy).unwrap());
            for reports in [[governor.clone(), nought.clone()], [nought.clone(), governor.clone()]] {
                let incident = merged_by(&reports, &[], &policies);
                assert_eq!(figure(&incident), (0, 4, Some(4)), "{policy}");
                assert!(kinds(&incident).contains(&"count_mismatch"));
            }
        }
        // Alone it is what is known.
        assert_eq!(figure(&merged(&[nought])), (0, 0, Some(0)));
    }
    // Somebody else's nought is as good as any figure.
    let neutral = said("D", 0, Some("Sumy Oblast"), ("Orvik", "attributed_by_voice"));
    let conservative = POLICIES.clone().with("killed", Policy::Conservative);
    assert_eq!(figure(&merged_by(&[governor.clone(), neutral], &[], &conservative)).1, 0);
    // It does not replace what its own outlet told before.
    let mut later = said("A", 0, None, ("Orvik", "denied"));
    later.reading.document.published_at = Some("2025-03-04".to_owned());
    assert_eq!(figure(&merged(&[governor, later])), (0, 4, Some(4)));
}

#[test]
fn who_denies_in_one_report_what_they_claim_in_another_is_no_claimant() {
    let told = |outlet, state| said(outlet, 2, None, ("Orvik front", state));
    let incident = merged(&[told("A", "claimed"), told("B", "denied")]);
    assert_eq!(incident.perpetrator.value.state, "contested");
    assert_eq!(
        merged(&[told("A", "denied"), told("B", "attributed_by_voice")]).perpetrator.value.state,
        "denied"
    );
    assert_eq!(merged(&[told("A", "conceded"), told("B", "denied")]).perpetrator.value.state, "conceded");
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let values = POLICIES.values();
    let refusal = |field: &str, value: serde_json::Value| {
        decision(9, field, Some(value)).check(&POLICIES).unwrap_err().to_string()
    };
    let day = |earliest: &str, latest: &str| serde_json::json!({"earliest": earliest, "latest": latest, "precision": "day", "basis": "stated"});
    let place = |country: &str, lat: f64, lon: f64| serde_json::json!({"name": "Dubky", "country": country, "lat": lat, "lon": lon, "precision": "site"});
    let figure = |min: u64, best: u64, max: u64| serde_json::json!({"min": min, "best": best, "max": max, "basis": "range"});
    for (field, value, told) in [
        ("date", day("2025-02-30", "2025-03-01"), "there is no day `2025-02-30`"),
        ("date", day("2025-03-02", "2025-03-01"), "before its first"),
        ("date", serde_json::json!({"precision": "day"}), "a date has days"),
        ("date", serde_json::json!({"precision": "fortnight"}), "the values are day, days, week"),
        ("date", written("date", "next week", values), "write 2025-06-09"),
        ("place", place("XQ", 50.0, 36.0), "is no value of the list `country`"),
        ("place", place("ua", 50.0, 36.0), "as ISO 3166-1 writes it"),
        ("place", place("UA", 95.0, 36.0), "±90"),
        ("place", serde_json::json!({"lat": 1.0, "precision": "site"}), "a latitude and a longitude"),
        ("killed", figure(5, 4, 6), "min ≤ best ≤ max"),
        ("killed", figure(0, 1, 90_000_000), "90000000 is more than 10000000"),
        ("killed", written("killed", "6-4", values), "min ≤ best ≤ max"),
        ("killed", written("killed", "a few", values), "3-4-6"),
        (
            "perpetrator",
            serde_json::json!({"name": "Orvik", "state": "guilty"}),
            "the values are unattributed",
        ),
        ("perpetrator", written("perpetrator", " ", values), "its name is empty"),
        ("weapon", written("weapon", "dron", values), "did you mean drone"),
        ("mode", "Shelling".into(), "did you mean shelling"),
        ("weather", "rain".into(), "the fields are mode, stage, date"),
    ] {
        let refused = refusal(field, value);
        assert!(refused.contains(told), "{field}: {refused}");
    }
}

#[test]
fn what_people_write_in_short_is_a_value() {
    for (field, text, value) in [
        (
            "date",
            "2025-06-09",
            serde_json::json!({"earliest": "2025-06-09", "latest": "2025-06-09", "precision": "day", "basis": "stated"}),
        ),
        (
            "date",
            "2024-02",
            serde_json::json!({"earliest": "2024-02-01", "latest": "2024-02-29", "precision": "month", "basis": "stated"}),
        ),
        (
            "date",
            "2024",
            serde_json::json!({"earliest": "2024-01-01", "latest": "2024-12-31", "precision": "year", "basis": "stated"}),
        ),
        ("date", "undated", serde_json::json!({"precision": "undated"})),
        ("killed", "3-6", serde_json::json!({"min": 3, "best": 3, "max": 6, "basis": "range"})),
        ("killed", "12+", serde_json::json!({"min": 12, "best": 12, "max": null, "basis": "at_least"})),
        ("killed", "null", serde_json::Value::Null),
        ("mode", "Missile strike", "missile_strike".into()),
        ("targets", "health", serde_json::json!(["health"])),
        ("perpetrator", "Orvik (denied)", serde_json::json!({"name": "Orvik", "state": "denied"})),
        (
            "place",
            "Dubky",
            serde_json::json!({"name": "Dubky", "settlement": "Dubky", "precision": "settlement"}),
        ),
    ] {
        let shaped = written(field, text, POLICIES.values());
        assert_eq!(shaped, value, "{field} {text}");
        decision(9, field, Some(shaped)).check(&POLICIES).unwrap();
    }
}

#[test]
fn the_last_decision_on_a_field_holds() {
    let reports = tolls(&[("A", "2025-03-03", exactly(2)), ("B", "2025-03-03", exactly(5))]);
    let six = serde_json::json!({"min": 6, "best": 6, "max": 6, "basis": "exact"});
    let decisions = [decision(9, "killed", Some(six)), decision(7, "killed", Some(serde_json::Value::Null))];
    let incident = merged_by(&reports, &decisions, &POLICIES);
    assert_eq!(figure(&incident), (6, 6, Some(6)));
    assert_eq!(
        (incident.killed.policy.as_str(), incident.killed.claims[0].0.as_str()),
        ("override", "override/9")
    );
    assert_eq!(incident.conflicts[0].severity, "soft");
    let unknown = merged_by(&reports, &decisions[1..], &POLICIES);
    assert_eq!((unknown.killed.value, unknown.killed.policy.as_str()), (None, "override"));
}

#[test]
fn a_decision_that_fits_no_field_is_shown_to_people() {
    let reports = tolls(&[("A", "2025-03-03", exactly(2))]);
    let wrong = serde_json::json!({"min": 6, "best": 2, "max": null, "basis": "exact"});
    for bad in [
        decision(9, "killed", Some(wrong)),
        decision(9, "mode", Some("teleport".into())),
        decision(9, "weather", Some("rain".into())),
        decision(9, "people", Some(7.into())),
    ] {
        assert!(bad.check(&POLICIES).is_err());
        let incident = merged_by(&reports, std::slice::from_ref(&bad), &POLICIES);
        assert_eq!(kinds(&incident), ["unreadable_override"], "{bad:?}");
        assert_eq!(figure(&incident), (2, 2, Some(2)));
    }
    assert!(decision(9, "mode", Some("shelling".into())).check(&POLICIES).is_ok());
}

#[test]
fn a_null_in_a_file_is_a_decision_and_no_value_lifts() {
    let written = r#"{"entry":1,"field":"killed","value":null,"reason":"","who":"","at":0}"#;
    let read: Override = serde_json::from_str(written).unwrap();
    assert_eq!(read.value, Some(serde_json::Value::Null));
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
    let lift: Override = serde_json::from_str(&written.replace(r#""value":null,"#, "")).unwrap();
    assert_eq!(lift.value, None);
}

#[test]
fn the_hash_tells_other_values_and_not_another_review() {
    let incident = merged(&tolls(&[("A", "2025-03-03", exactly(2))]));
    let mut reviewed = incident.clone();
    reviewed.review.state = "approved".to_owned();
    assert_eq!(reviewed.content_hash(), incident.content_hash());
    reviewed.killed.value = Some(Figure { min: 3, best: 3, max: Some(3), basis: "exact".to_owned() });
    assert_ne!(reviewed.content_hash(), incident.content_hash());
}

prop_compose! {
    fn any_count()(min in 0u64..6, more in 0u64..3, basis in 0usize..6) -> Count {
        let (basis, max) = match basis {
            0 => ("at_least", None),
            1 => ("plural_only", None),
            2 => ("up_to", Some(min + more)),
            3 => ("range", Some(min + more)),
            4 => ("explicit_none", Some(0)),
            _ => ("exact", Some(min)),
        };
        let min = if matches!(basis, "up_to" | "explicit_none") { 0 } else { min };
        Count { min, max, basis: basis.to_owned() }
    }
}

prop_compose! {
    fn any_person()(name in 0usize..4, outcome in 0usize..4, age in prop::option::of(40u32..43)) -> Person {
        let names = [None, Some("Olena Marchuk"), Some("Petro Lys"), Some("Pyotr Lis")];
        let mut person = person(names[name], ["injured", "killed", "died_of_wounds", "unharmed"][outcome]);
        person.age = age;
        person
    }
}

prop_compose! {
    fn any_report()(
        outlet in 0usize..4,
        on in 0usize..3,
        killed in prop::option::of(any_count()),
        injured in prop::option::of(any_count()),
        people in prop::collection::vec(any_person(), 0..3),
        means in 0usize..4,
        place in 0usize..4,
        happened in 0usize..4,
        perpetrator in prop::option::of(0usize..2),
        denied in prop::option::weighted(0.2, 0usize..3),
        salt in 0u32..1000,
    ) -> Report {
        let mut report = report(
            ["A", "B", "C", "D"][outlet],
            ["2025-03-04", "2025-03-05", "2025-03-07"][on],
            |i| {
                i.mode = ["attack", "air_drone_strike", "shelling", "bombing"][means].to_owned();
                i.weapon = [vec![], vec!["drone".to_owned()], vec!["artillery".to_owned()], vec!["ied".to_owned()]][means].clone();
                (i.killed, i.injured, i.people) = (killed, injured, people);
                i.place = [Place::default(), town("Dorin", "Orvik"), town("Salme", "Orvik"), town("Dorin", "Kauk")][place].clone();
                i.date = [
                    When::default(),
                    day("2025-03-03", "2025-03-03"),
                    day("2025-03-03", "2025-03-04"),
                    day("2025-03-02", "2025-03-02"),
                ][happened].clone();
                if let Some(who) = perpetrator {
                    i.perpetrator.name = Some(["Red Front", "Blue Guard"][who].to_owned());
                }
            },
        );
        if let Some(at) = denied {
            let at = at % report.reading.claims.len();
            "denied".clone_into(&mut report.reading.claims[at].polarity);
        }
        // Two reports alike are still two.
        report.id = ReportId::of(&[report.id.as_str().as_bytes(), &salt.to_le_bytes()]);
        report.mentions = vec![IncidentId::of(&[report.id.as_str().as_bytes()])];
        report
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec![
        Policy::Conservative,
        Policy::Informative,
        Policy::Representative,
        Policy::Latest,
    ])
}

const FIELDS: [&str; 13] = [
    "mode",
    "stage",
    "date",
    "place",
    "weapon",
    "targets",
    "perpetrator",
    "killed",
    "injured",
    "groups",
    "people",
    "damage",
    "election_related_by",
];

fn all(policy: Policy) -> Policies {
    FIELDS.iter().fold(POLICIES.clone(), |policies, field| policies.with(field, policy))
}

/// The values of an incident as JSON, without what stands beside them.
fn values(incident: &Incident) -> serde_json::Value {
    let whole = serde_json::to_value(incident).unwrap();
    FIELDS
        .iter()
        .map(|field| (field.to_string(), whole[*field].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

proptest! {
    #[test]
    fn the_order_in_which_mentions_are_given_changes_nothing(
        reports in prop::collection::vec(any_report(), 1..7),
        policy in any_policy(),
        turn in 0usize..7,
    ) {
        let policies = all(policy);
        let mut turned = reports.clone();
        turned.rotate_left(turn % reports.len());
        turned.swap(0, reports.len() - 1);
        prop_assert_eq!(merged_by(&reports, &[], &policies), merged_by(&turned, &[], &policies));
    }

    #[test]
    fn figures_are_in_order(reports in prop::collection::vec(any_report(), 1..7), policy in any_policy()) {
        let incident = merged_by(&reports, &[], &all(policy));
        for figure in [&incident.killed.value, &incident.injured.value].into_iter().flatten() {
            prop_assert!(figure.min <= figure.best && figure.max.is_none_or(|max| figure.best <= max), "{figure:?}");
        }
    }

    #[test]
    fn a_withdrawn_report_changes_no_value(
        reports in prop::collection::vec(any_report(), 1..6),
        mut withdrawn in any_report(),
        policy in any_policy(),
    ) {
        let policies = all(policy);
        let before = merged_by(&reports, &[], &policies);
        withdrawn.withdrawn = Some("fabricated".to_owned());
        let mut more = reports.clone();
        more.push(withdrawn);
        let after = merged_by(&more, &[], &policies);
        prop_assert_eq!(values(&before), values(&after));
        prop_assert_eq!((&before.grade, &before.conflicts), (&after.grade, &after.conflicts));
        prop_assert_eq!(before.reports.len() + 1, after.reports.len());
    }

    #[test]
    fn a_lifted_decision_leaves_all_as_it_was(
        reports in prop::collection::vec(any_report(), 1..5),
        field in prop::sample::select(FIELDS.to_vec()),
    ) {
        let before = merged(&reports);
        let value = serde_json::to_value(&before).unwrap()[field]["value"].clone();
        let made = decision(3, field, Some(value));
        prop_assert!(made.check(&POLICIES).is_ok());
        let decided = merged_by(&reports, std::slice::from_ref(&made), &POLICIES);
        prop_assert_eq!(&serde_json::to_value(&decided).unwrap()[field]["policy"], "override");
        prop_assert_eq!(merged_by(&reports, &[made, decision(4, field, None)], &POLICIES), before);
    }

    #[test]
    fn every_claim_behind_a_value_is_one_of_a_report_that_counts(reports in prop::collection::vec(any_report(), 1..6)) {
        let incident = merged(&reports);
        for claim in incident.killed.claims.iter().chain(&incident.people.claims).chain(&incident.mode.claims) {
            let (report, id) = claim.0.split_once('/').unwrap();
            let report = reports.iter().find(|r| r.id.as_str() == report).unwrap();
            prop_assert_eq!(&report.claim(id).unwrap().polarity, "asserted");
        }
    }
}
