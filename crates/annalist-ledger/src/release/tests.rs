use super::*;
use crate::export::testing::{all, bare, full, person, source};
use crate::export::{Codebooks, Exporter, Format};
use annalist::Bundle;
use annalist::reading::{Group, Status};
use jiff::civil::date;
use proptest::prelude::*;

fn policies() -> Policies {
    Policies::read(&Bundle::embedded()).unwrap()
}

/// Long after every embargo.
const LATER: Date = date(2026, 1, 1);

fn view(incident: &Incident, audience: &str, now: Date) -> Released {
    release(incident, policies().audience(audience).unwrap(), now).unwrap()
}

fn why(released: &Released, field: &str) -> String {
    released
        .withheld
        .iter()
        .filter(|w| w.field == field)
        .map(|w| w.why.clone())
        .collect::<Vec<_>>()
        .join(", ")
}

/// All that leaves the ledger: the release, its manifest and every format.
fn leaving(incident: &Incident, audience: &str, now: Date) -> Vec<u8> {
    let (policies, bundle) = (policies(), Bundle::embedded());
    let policy = policies.audience(audience).unwrap();
    let released = release(incident, policy, now).unwrap();
    let mut bytes = serde_json::to_vec(&released).unwrap();
    let manifest = manifest(std::slice::from_ref(&released), policy, now).unwrap();
    bytes.extend(serde_json::to_vec(&manifest).unwrap());
    let codebooks = Codebooks::read(&bundle).unwrap();
    for format in Format::ALL {
        let mut out = Vec::new();
        let mut exporter = Exporter::new(format, &mut out, &codebooks).unwrap();
        if let Some(view) = &released.incident {
            exporter.add(view).unwrap();
        }
        let outcome = exporter.finish().unwrap();
        if format == Format::Parquet {
            out = crate::export::unpacked_parquet(&out);
        }
        bytes.extend(out);
        outcome.write_reasons(&mut bytes).unwrap();
    }
    bytes
}

#[test]
fn a_public_view() {
    insta::assert_json_snapshot!(view(&full(), "public", LATER));
}

#[test]
fn a_view_for_partners() {
    insta::assert_json_snapshot!(view(&full(), "partners", LATER));
}

#[test]
fn inside_nothing_is_withheld() {
    let released = view(&full(), "internal", LATER);
    assert_eq!(released.incident, Some(full()));
    assert_eq!(released.withheld, []);
}

#[test]
fn only_what_is_published_is_public() {
    let mut incident = full();
    for state in
        ["machine_draft", "triaged", "in_review", "needs_second", "approved", "withdrawn", "rejected", ""]
    {
        incident.review.state = state.into();
        let released = view(&incident, "public", LATER);
        assert_eq!(released.incident, None, "{state}");
        assert_eq!(why(&released, "incident"), format!("its state of review is `{state}`"));
    }
    incident.review.state = "published".into();
    incident.review.changed_since = true;
    assert_eq!(view(&incident, "public", LATER).incident, None);
    incident.review.changed_since = false;
    incident.grade = "retracted".into();
    assert_eq!(view(&incident, "public", LATER).incident, None);
}

#[test]
fn embargoes_end() {
    let at = |now| view(&full(), "public", now);
    assert_eq!(why(&at(date(2025, 3, 5)), "incident"), "held back until 2025-03-06");
    let early = at(date(2025, 3, 6));
    assert_eq!(why(&early, "place.point").split(", ").last(), Some("held back until 2025-03-11"));
    assert_eq!(early.incident.unwrap().people.value[0].name, None);
    let late = at(date(2025, 4, 3));
    assert_eq!(late.incident.unwrap().people.value[0].name.as_deref(), Some("Ivan Hrushka"));
    let mut undated = bare(5);
    undated.reports.clear();
    assert_eq!(
        why(&view(&undated, "public", LATER), "incident"),
        "held back for 2 days from a day that is not known"
    );
}

#[test]
fn the_point_is_as_coarse_as_its_code() {
    let mut incident = full();
    let seen = |incident: &Incident| view(incident, "public", LATER).incident.unwrap().place.value;
    let place = seen(&incident);
    assert_eq!((place.precision.as_str(), place.settlement, place.gazetteer_id), ("adm2", None, None));
    incident.targets.value = vec!["civilian".into()];
    let place = seen(&incident);
    assert_eq!((place.precision.as_str(), place.site), ("settlement", None));
    assert!((place.lat.unwrap() - 51.123).abs() < 0.02 && place.lat != incident.place.value.lat);
    incident.targets.value = vec!["military".into(), "civilian".into()];
    assert_eq!(seen(&incident).precision, "adm1");
    incident.place.value.precision = "country".into();
    let place = seen(&incident);
    assert_eq!((place.precision.as_str(), place.lat, place.lon), ("country", None, None));
}

#[test]
fn incidents_of_one_square_cannot_be_told_apart() {
    let mut one = full();
    let mut other = full();
    other.id = IncidentId::of(&[b"other"]);
    one.place.value.lat = Some(51.1234);
    other.place.value.lat = Some(51.1240);
    let point =
        |i: &Incident| view(i, "public", LATER).incident.map(|v| (v.place.value.lat, v.place.value.lon));
    assert_eq!(point(&one), point(&other));
    assert_eq!(point(&one), point(&one));
}

#[test]
fn few_persons_are_not_told_apart() {
    let mut incident = full();
    let group = |min, max, who: &str| Group { outcome: "killed".into(), min, max, who: who.into() };
    incident.groups.value =
        vec![group(1, Some(1), "women"), group(4, Some(4), "men"), group(1, None, "girls")];
    let released = view(&incident, "public", LATER);
    assert_eq!(released.incident.as_ref().unwrap().groups.value, [group(4, Some(4), "men")]);
    assert_eq!(why(&released, "groups[0]"), "fewer than 3 persons");
    incident.place.value.precision = "adm1".into();
    assert_eq!(view(&incident, "public", LATER).incident.unwrap().groups.value.len(), 3);
}

#[test]
fn allegations_are_worded_so() {
    let mut incident = full();
    let name = |i: &Incident| view(i, "public", LATER).incident.unwrap().perpetrator.value;
    assert_eq!(name(&incident).name.as_deref(), Some("Russia (alleged)"));
    assert_eq!(name(&incident).state, "attributed_by_voice");
    incident.perpetrator.value.state = "claimed".into();
    assert_eq!(name(&incident).name.as_deref(), Some("Russia"));
}

#[test]
fn what_was_given_is_called_back() {
    let (policies, incidents) = (policies(), all());
    let policy = policies.audience("public").unwrap();
    let give = |incidents: &[Incident]| {
        let views: Vec<Released> = incidents.iter().map(|i| release(i, policy, LATER).unwrap()).collect();
        manifest(&views, policy, LATER).unwrap()
    };
    let before = give(&incidents);
    assert_eq!(before.items.len(), 4);
    let find =
        |list: &'static [Incident]| move |id: &IncidentId| list.iter().find(|i| i.mentions.contains(id));
    let same: &'static [Incident] = Box::leak(all().into_boxed_slice());
    assert_eq!(tombstones(&before, &give(same), find(same), LATER), []);

    let mut now = all();
    now[0].killed.value = None;
    now[1].review.state = "withdrawn".into();
    let third = now.remove(2);
    now[2].mentions.push(third.id.clone());
    let joined = now[2].id.clone();
    let now: &'static [Incident] = Box::leak(now.into_boxed_slice());
    let stones = tombstones(&before, &give(now), find(now), LATER);
    let mut told: Vec<(IncidentId, String)> =
        stones.iter().map(|t| (t.incident.clone(), t.why.clone())).collect();
    told.sort();
    let mut expected = vec![
        (same[0].id.clone(), "changed".to_owned()),
        (same[1].id.clone(), "withdrawn".to_owned()),
        (same[2].id.clone(), "joined".to_owned()),
        (same[3].id.clone(), "changed".to_owned()),
    ];
    expected.sort();
    assert_eq!(told, expected);
    assert!(stones.iter().any(|t| t.now.as_ref() == Some(&joined)));
    let mut gone = all();
    for incident in &mut gone {
        incident.grade = "retracted".into();
        incident.reports.iter_mut().for_each(|report| report.withdrawn = true);
    }
    let gone: &'static [Incident] = Box::leak(gone.into_boxed_slice());
    let stones = tombstones(&before, &give(gone), find(gone), LATER);
    assert!(stones.len() == 4 && stones.iter().all(|t| t.why == "withdrawn"), "{stones:?}");
    assert!(tombstones(&before, &give(&[]), |_| None, LATER).iter().all(|t| t.why == "erased"));
    let text = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), before);
}

#[test]
fn a_policy_with_a_misspelt_field_is_refused() {
    let bundle = Bundle::embedded();
    let text = String::from_utf8(bundle.get("schema/release.toml").unwrap().bytes().to_vec()).unwrap();
    let mut bundle = bundle;
    bundle.overlay(
        "schema/release.toml",
        text.replace("\"place.point\" = 7", "\"place.pont\" = 7").into_bytes(),
    );
    let fault = Policies::read(&bundle).unwrap_err().to_string();
    assert_eq!(fault, "schema/release.toml:0: audience.public: there is no field `place.pont`");
}

#[test]
fn every_field_of_an_incident_can_be_withheld() {
    let mut incident = full();
    for (_, empty) in field::FIELDS.iter().filter(|(name, _)| name.contains('.')) {
        empty(&mut incident);
    }
    for (_, empty) in field::FIELDS {
        empty(&mut incident);
    }
    let text = serde_json::to_string(&incident).unwrap();
    for word in ["Outlet", "Ivan", "Russia", "Sumy", "drone", "clinic", "reviewer", "2025", "51.1", "/c1"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

/// Puts a name into every field whose content is protected for the public, and into words beside them.
fn with_canary(canary: &str) -> Incident {
    let some = || Some(canary.to_owned());
    let mut incident = full();
    incident.targets.value = vec!["health".into()];
    let mut minor = person(Some(canary), "victim", "killed");
    minor.age = Some(17);
    let mut child = person(Some(canary), "victim", "killed");
    child.occupation = Some("schoolboy".into());
    let mut injured = person(Some(canary), "target", "injured");
    injured.occupation = some();
    injured.injuries = vec![canary.to_owned()];
    injured.status = vec![Status { status: "admitted".into(), facility: some() }];
    let witness = person(Some(canary), "witness", "unharmed");
    incident.people.value.extend([minor, child, injured, witness]);
    incident.place.value.site = some();
    incident.place.value.name = Some(format!("the house of {canary}"));
    incident.place.value.settlement = some();
    for voice in incident.voices.iter_mut().filter(|v| v.kind != "official") {
        voice.name = some();
        voice.role = some();
        voice.of = some();
        voice.channel = some();
    }
    incident.groups.value.push(Group {
        outcome: "killed".into(),
        min: 5,
        max: None,
        who: format!("kin of {canary}"),
    });
    incident.damage.value[0].object = format!("car of {}", canary.to_uppercase());
    incident.conflicts[0].note = format!("who {canary} is");
    incident.reports.push(crate::incident::Source {
        title: some(),
        url: Some(format!("https://news.example/{}", canary.to_lowercase().replace(' ', "-"))),
        key: canary.to_owned(),
        ..source(7, &format!("The {canary} Gazette"))
    });
    // An official is named, but not the place that was hit.
    incident.voices[0].of = some();
    incident.voices[0].role = Some(format!("head of the {canary} council"));
    incident.review.assigned = some();
    incident.review.approved_by = some();
    incident
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_canary_never_leaves(first in "[A-Z][b-z]{5,9}q", last in "[A-Z][b-z]{5,9}x", day in 0..60i64) {
        let canary = format!("{first} {last}");
        let now = date(2025, 3, 4) + jiff::Span::new().days(day);
        let incident = with_canary(&canary);
        let text = String::from_utf8_lossy(&leaving(&incident, "public", now)).to_lowercase();
        for part in [first.to_lowercase(), last.to_lowercase()] {
            prop_assert!(!text.contains(&part), "{part} in {}", text.split(&part).next().unwrap_or_default());
        }
        // The search finds what is there.
        let inside = String::from_utf8_lossy(&leaving(&incident, "internal", now)).to_lowercase();
        prop_assert!(inside.contains(&last.to_lowercase()));
    }

    #[test]
    fn an_exact_point_never_leaves(lat in 40.0..60.0f64, lon in 20.0..40.0f64) {
        let mut incident = full();
        (incident.place.value.lat, incident.place.value.lon) = (Some(lat), Some(lon));
        let text = String::from_utf8_lossy(&leaving(&incident, "public", LATER)).into_owned();
        for degrees in [lat, lon] {
            let exact = format!("{degrees:.6}");
            prop_assert!(!text.contains(&exact), "{exact}");
        }
    }
}
