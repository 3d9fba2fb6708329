//! The fields that a policy can name, and how each is emptied.

use crate::Incident;
use crate::incident::{ClaimRef, Value};
use annalist::reading::{Damage, Person, Place, Voice};

/// Empties a field; whether something stood there.
pub(super) type Empty = fn(&mut Incident) -> bool;

/// The policy of a value that was withheld, so that it is not taken for one that nobody stated.
pub(super) const WITHHELD: &str = "withheld";

/// How the field of this name is emptied.
pub(super) fn find(name: &str) -> Option<Empty> {
    FIELDS.iter().find(|(own, _)| *own == name).map(|(_, empty)| *empty)
}

/// Every field but the schema, the id and the state of review, which are always given.
pub(super) const FIELDS: &[(&str, Empty)] = &[
    ("mentions", |i| list(&mut i.mentions)),
    ("reports.outlet", |i| any(i.reports.iter_mut().map(|s| s.outlet.take().is_some()))),
    ("reports.title", |i| any(i.reports.iter_mut().map(|s| s.title.take().is_some()))),
    ("reports.url", |i| any(i.reports.iter_mut().map(|s| s.url.take().is_some()))),
    ("reports.published_at", |i| any(i.reports.iter_mut().map(|s| s.published_at.take().is_some()))),
    ("reports.key", |i| any(i.reports.iter_mut().map(|s| text(&mut s.key)))),
    ("independent", |i| std::mem::take(&mut i.independent) > 0),
    ("grade", |i| text(&mut i.grade)),
    ("mode", |i| value(&mut i.mode, text)),
    ("stage", |i| value(&mut i.stage, text)),
    ("date", |i| value(&mut i.date, |d| std::mem::take(d) != *d)),
    ("place.name", |i| place(i, |p| p.name.take().is_some())),
    ("place.site", |i| place(i, |p| p.site.take().is_some())),
    ("place.settlement", |i| place(i, |p| p.settlement.take().is_some())),
    ("place.adm2", |i| place(i, |p| p.adm2.take().is_some())),
    ("place.adm1", |i| place(i, |p| p.adm1.take().is_some())),
    ("place.country", |i| place(i, |p| p.country.take().is_some())),
    ("place.point", |i| place(i, |p| p.lat.take().is_some() | p.lon.take().is_some())),
    ("place.gazetteer_id", |i| place(i, |p| p.gazetteer_id.take().is_some())),
    ("weapon", |i| value(&mut i.weapon, list)),
    ("targets", |i| value(&mut i.targets, list)),
    ("perpetrator", |i| value(&mut i.perpetrator, |p| p.name.take().is_some() | text(&mut p.state))),
    ("killed", |i| value(&mut i.killed, |f| f.take().is_some())),
    ("injured", |i| value(&mut i.injured, |f| f.take().is_some())),
    ("groups", |i| value(&mut i.groups, list)),
    ("people", |i| value(&mut i.people, list)),
    ("people.name", |i| people(i, |p| p.name.take().is_some())),
    ("people.occupation", |i| people(i, |p| p.occupation.take().is_some())),
    ("people.age", |i| people(i, |p| p.age.take().is_some())),
    ("people.sex", |i| people(i, |p| p.sex.take().is_some())),
    ("people.severity", |i| people(i, |p| p.severity.take().is_some())),
    ("people.injuries", |i| people(i, |p| list(&mut p.injuries))),
    ("people.status", |i| people(i, |p| list(&mut p.status))),
    ("damage", |i| value(&mut i.damage, list)),
    ("damage.object", |i| any(i.damage.value.iter_mut().map(|d: &mut Damage| text(&mut d.object)))),
    ("election_related_by", |i| value(&mut i.election_related_by, list)),
    ("links", |i| list(&mut i.links)),
    ("voices", |i| list(&mut i.voices)),
    ("voices.name", |i| voices(i, |v| v.name.take().is_some())),
    ("voices.role", |i| voices(i, |v| v.role.take().is_some())),
    ("voices.of", |i| voices(i, |v| v.of.take().is_some())),
    ("voices.channel", |i| voices(i, |v| v.channel.take().is_some())),
    ("conflicts", |i| list(&mut i.conflicts)),
    ("conflicts.note", |i| any(i.conflicts.iter_mut().map(|c| text(&mut c.note)))),
    ("claims", claims),
    ("review.assigned", |i| i.review.assigned.take().is_some()),
    ("review.approved_by", |i| i.review.approved_by.take().is_some()),
];

/// Whether one of all is so; every one is asked.
fn any(each: impl Iterator<Item = bool>) -> bool {
    each.fold(false, |any, one| any | one)
}

fn text(text: &mut String) -> bool {
    !std::mem::take(text).is_empty()
}

fn list<T>(list: &mut Vec<T>) -> bool {
    !std::mem::take(list).is_empty()
}

fn value<T>(value: &mut Value<T>, empty: impl Fn(&mut T) -> bool) -> bool {
    let something = empty(&mut value.value);
    if something {
        WITHHELD.clone_into(&mut value.policy);
        value.claims.clear();
    }
    something
}

fn place(incident: &mut Incident, empty: impl Fn(&mut Place) -> bool) -> bool {
    empty(&mut incident.place.value)
}

fn people(incident: &mut Incident, empty: impl Fn(&mut Person) -> bool) -> bool {
    any(incident.people.value.iter_mut().map(empty))
}

fn voices(incident: &mut Incident, empty: impl Fn(&mut Voice) -> bool) -> bool {
    any(incident.voices.iter_mut().map(empty))
}

fn claims(incident: &mut Incident) -> bool {
    let i = incident;
    let lists: [&mut Vec<ClaimRef>; 13] = [
        &mut i.mode.claims,
        &mut i.stage.claims,
        &mut i.date.claims,
        &mut i.place.claims,
        &mut i.weapon.claims,
        &mut i.targets.claims,
        &mut i.perpetrator.claims,
        &mut i.killed.claims,
        &mut i.injured.claims,
        &mut i.groups.claims,
        &mut i.people.claims,
        &mut i.damage.claims,
        &mut i.election_related_by.claims,
    ];
    let values = any(lists.into_iter().map(list));
    values | any(i.conflicts.iter_mut().map(|c| list(&mut c.claims)))
}
