//! Invented incidents for tests.

use crate::incident::{Conflict, Figure, Link, Review, SCHEMA, Source, Value};
use crate::{Incident, IncidentId, ReportId};
use annalist::reading::{Damage, Group, Perpetrator, Person, Place, Status, Voice, When};

fn value<T>(value: T) -> Value<T> {
    Value { value, policy: "test".into(), claims: vec![crate::incident::ClaimRef("r000000000000/c1".into())] }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn person(name: Option<&str>, role: &str, outcome: &str) -> Person {
    Person {
        name: name.map(str::to_owned),
        role: role.into(),
        outcome: outcome.into(),
        severity: None,
        occupation: None,
        age: None,
        sex: None,
        injuries: Vec::new(),
        status: Vec::new(),
    }
}

/// An incident of which nothing is known but a number that makes its id.
pub(crate) fn bare(n: u8) -> Incident {
    let id = IncidentId::of(&[b"test", &[n]]);
    let when = When { precision: "undated".into(), ..When::default() };
    let place = Place { precision: "unknown".into(), ..Place::default() };
    Incident {
        schema: SCHEMA.into(),
        mentions: vec![id.clone()],
        id,
        reports: vec![source(n, "Outlet One")],
        independent: 1,
        grade: "single_source".into(),
        mode: value("attack".into()),
        stage: value("carried_out".into()),
        date: value(when),
        place: value(place),
        weapon: value(Vec::new()),
        targets: value(Vec::new()),
        perpetrator: value(Perpetrator { name: None, state: "unattributed".into() }),
        killed: value(None),
        injured: value(None),
        groups: value(Vec::new()),
        people: value(Vec::new()),
        damage: value(Vec::new()),
        election_related_by: value(Vec::new()),
        links: Vec::new(),
        voices: Vec::new(),
        conflicts: Vec::new(),
        review: Review { state: "published".into(), ..Review::default() },
    }
}

pub(crate) fn source(n: u8, outlet: &str) -> Source {
    Source {
        report: ReportId::of(&[b"test", &[n], outlet.as_bytes()]),
        outlet: text(outlet),
        url: Some(format!("https://news.example/{n}")),
        title: Some(format!("Report {n} of {outlet}")),
        published_at: text("2025-03-05"),
        key: outlet.to_lowercase(),
        withdrawn: false,
    }
}

/// Everything known: a drone strike on a clinic, two reports that differ.
pub(crate) fn full() -> Incident {
    let mut incident = bare(1);
    incident.reports.push(source(1, "=Outlet, \"Two\""));
    incident.reports.push(Source { withdrawn: true, ..source(1, "Outlet Three") });
    incident.independent = 2;
    incident.grade = "confirmed".into();
    incident.mode = value("air_drone_strike".into());
    incident.date = value(When {
        earliest: text("2025-03-03"),
        latest: text("2025-03-04"),
        precision: "days".into(),
        basis: text("stated"),
    });
    incident.place = value(Place {
        name: text("the clinic in Velykyi Brid"),
        site: text("Clinic No. 4"),
        settlement: text("Velykyi Brid"),
        adm2: text("Bridskyi Raion"),
        adm1: text("Sumy Oblast"),
        country: text("UA"),
        lat: Some(51.123_456_7),
        lon: Some(-0.5),
        gazetteer_id: Some(1_234_567),
        precision: "site".into(),
    });
    incident.weapon = value(vec!["drone".into(), "fpv_drone".into()]);
    incident.targets = value(vec!["health".into(), "civilian".into()]);
    incident.perpetrator = value(Perpetrator { name: text("Russia"), state: "attributed_by_voice".into() });
    incident.killed = value(Some(Figure { min: 2, best: 3, max: Some(3), basis: "range".into() }));
    incident.injured = value(Some(Figure { min: 5, best: 5, max: None, basis: "at_least".into() }));
    incident.groups =
        value(vec![Group { outcome: "killed".into(), min: 1, max: Some(1), who: "children".into() }]);
    incident.people = value(people());
    incident.damage = value(vec![Damage {
        object: "ambulance".into(),
        class: "emergency_vehicle".into(),
        severity: "destroyed".into(),
        count: Some(1),
    }]);
    incident.links = vec![Link { relation: "follows".into(), incident: IncidentId::of(&[b"test", &[2]]) }];
    incident.voices = vec![
        voice("v1", "official", "Olha Zaruba", "head of the raion", "Bridskyi Raion", "Telegram"),
        voice("v2", "anonymous", "", "nurse", "Clinic No. 4", "telephone"),
        voice("v3", "witness", "Taras Vilnyi", "neighbour", "Velykyi Brid", "telephone"),
    ];
    incident.conflicts = vec![Conflict {
        kind: "count_mismatch".into(),
        field: "killed".into(),
        severity: "hard".into(),
        claims: Vec::new(),
        reports: Vec::new(),
        note: "two and three; one names Ivan Hrushka".into(),
    }];
    incident.review.assigned = text("reviewer-a");
    incident.review.approved_by = text("reviewer-b");
    incident
}

fn people() -> Vec<Person> {
    vec![
        Person {
            occupation: text("surgeon"),
            age: Some(51),
            sex: text("m"),
            ..person(Some("Ivan Hrushka"), "victim", "killed")
        },
        Person {
            severity: text("serious"),
            occupation: text("nurse"),
            age: Some(34),
            sex: text("f"),
            injuries: vec!["burns".into()],
            status: vec![Status { status: "admitted".into(), facility: text("Hospital of Saint Anna") }],
            ..person(Some("Maria Kvitka"), "victim", "injured")
        },
        Person { age: Some(9), ..person(Some("Petro Lysenko-Malyi"), "victim", "killed") },
        person(Some("Taras Vilnyi"), "witness", "unharmed"),
    ]
}

fn voice(id: &str, kind: &str, name: &str, role: &str, of: &str, channel: &str) -> Voice {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Voice {
        id: id.into(),
        kind: kind.into(),
        name: some(name),
        role: some(role),
        of: some(of),
        channel: some(channel),
    }
}

/// A clash with soldiers, somebody known to be killed, no date and no perpetrator.
pub(crate) fn undated() -> Incident {
    let mut incident = bare(2);
    incident.mode = value("shooting".into());
    incident.targets = value(vec!["military".into(), "private_vehicle".into()]);
    incident.place = value(Place {
        name: text("Kolonia"),
        settlement: text("Kolonia"),
        country: text("ML"),
        precision: "near_settlement".into(),
        ..Place::default()
    });
    incident.killed = value(Some(Figure { min: 1, best: 1, max: None, basis: "at_least".into() }));
    incident
}

/// A group's raid, nobody killed.
pub(crate) fn raid() -> Incident {
    let mut incident = bare(3);
    incident.mode = value("abduction".into());
    incident.targets = value(vec!["voter".into(), "education".into()]);
    incident.perpetrator =
        value(Perpetrator { name: text("Front of the Two Rivers"), state: "claimed".into() });
    incident.date = value(When {
        earliest: text("2025-02-01"),
        latest: text("2025-02-28"),
        precision: "month".into(),
        basis: text("stated"),
    });
    incident.place = value(Place {
        name: text("-Tessa"),
        adm1: text("Gao"),
        country: text("ML"),
        precision: "adm1".into(),
        ..Place::default()
    });
    incident.killed = value(Some(Figure { min: 0, best: 0, max: Some(0), basis: "explicit_none".into() }));
    incident.election_related_by = value(vec!["target".into()]);
    incident
}

/// A threat of which nothing came.
pub(crate) fn threat() -> Incident {
    let mut incident = bare(4);
    incident.mode = value("threat".into());
    incident.stage = value("threatened".into());
    incident
}

/// All of them.
pub(crate) fn all() -> Vec<Incident> {
    vec![full(), undated(), raid(), threat()]
}
