//! The values of an incident by name, as layouts and conditions call them.

use super::codebook::{Codebooks, Kind};
use crate::Incident;
use crate::incident::{Figure, Source};
use jiff::civil::Date;
use std::fmt;

/// What stands in a cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Not stated, or the ledger does not know it.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// A day.
    Date(Date),
}

impl Cell {
    /// The cell as a column of a kind holds it; empty when it cannot.
    pub(crate) fn into_kind(self, kind: Kind) -> Cell {
        match (kind, self) {
            (_, Cell::Empty) => Cell::Empty,
            (Kind::Text, Cell::Text(text)) => Cell::Text(text),
            (Kind::Text, cell) => Cell::Text(cell.to_string()),
            (Kind::Integer, Cell::Text(text)) => text.parse().map_or(Cell::Empty, Cell::Integer),
            (Kind::Integer, cell @ Cell::Integer(_)) => cell,
            (Kind::Number, cell @ Cell::Number(_)) => cell,
            #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            (Kind::Number, Cell::Integer(n)) => Cell::Number(n as f64),
            (Kind::Number, Cell::Text(text)) => {
                text.parse().ok().filter(|n: &f64| n.is_finite()).map_or(Cell::Empty, Cell::Number)
            }
            (Kind::Date, cell @ Cell::Date(_)) => cell,
            (Kind::Date, Cell::Text(text)) => text.parse().map_or(Cell::Empty, Cell::Date),
            _ => Cell::Empty,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Integer(n) => write!(f, "{n}"),
            Cell::Number(n) => write!(f, "{n}"),
            Cell::Date(date) => write!(f, "{date}"),
        }
    }
}

/// A value before it is looked up or written.
pub(crate) enum Drawn {
    /// One.
    One(Cell),
    /// Several words.
    List(Vec<String>),
}

/// What stands between several words of one cell.
pub(crate) const JOIN: &str = "; ";

impl Drawn {
    /// As one cell.
    pub(crate) fn cell(self) -> Cell {
        match self {
            Drawn::One(Cell::Text(text)) if text.is_empty() => Cell::Empty,
            Drawn::One(cell) => cell,
            Drawn::List(words) if words.is_empty() => Cell::Empty,
            Drawn::List(words) => Cell::Text(words.join(JOIN)),
        }
    }

    /// As words to look up.
    pub(crate) fn words(self) -> Vec<String> {
        match self {
            Drawn::One(Cell::Empty) => Vec::new(),
            Drawn::One(cell) => vec![cell.to_string()],
            Drawn::List(words) => words,
        }
    }
}

impl From<Option<String>> for Drawn {
    fn from(text: Option<String>) -> Self {
        Drawn::One(text.map_or(Cell::Empty, Cell::Text))
    }
}

impl From<&Option<String>> for Drawn {
    fn from(text: &Option<String>) -> Self {
        text.clone().into()
    }
}

impl From<&String> for Drawn {
    fn from(text: &String) -> Self {
        Some(text.clone()).into()
    }
}

impl From<Option<u64>> for Drawn {
    fn from(n: Option<u64>) -> Self {
        Drawn::One(n.and_then(|n| i64::try_from(n).ok()).map_or(Cell::Empty, Cell::Integer))
    }
}

impl From<Option<f64>> for Drawn {
    fn from(n: Option<f64>) -> Self {
        Drawn::One(n.map_or(Cell::Empty, Cell::Number))
    }
}

impl From<Option<Date>> for Drawn {
    fn from(date: Option<Date>) -> Self {
        Drawn::One(date.map_or(Cell::Empty, Cell::Date))
    }
}

/// A value of an incident.
pub(crate) type Extract = fn(&Incident, &Codebooks) -> Drawn;

/// The value of this name.
pub(crate) fn extract(name: &str) -> Option<Extract> {
    VALUES.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
}

/// Every value that a layout or a condition can name.
const VALUES: &[(&str, Extract)] = &[
    ("id", |i, _| Some(i.id.to_string()).into()),
    ("mentions", |i, _| Drawn::List(i.mentions.iter().map(ToString::to_string).collect())),
    ("grade", |i, _| (&i.grade).into()),
    ("independent", |i, _| Some(i.independent as u64).into()),
    ("review.state", |i, _| (&i.review.state).into()),
    ("mode", |i, _| (&i.mode.value).into()),
    ("stage", |i, _| (&i.stage.value).into()),
    ("event", |i, k| Some(format!("{}/{}", i.mode.value, aim(i, k))).into()),
    ("date.earliest", |i, _| earliest(i).into()),
    ("date.latest", |i, _| latest(i).into()),
    ("date.middle", |i, _| middle(i).into()),
    ("date.year", |i, _| middle(i).map(|d| u64::from(d.year().unsigned_abs())).into()),
    ("date.precision", |i, _| (&i.date.value.precision).into()),
    ("date.basis", |i, _| (&i.date.value.basis).into()),
    ("place.name", |i, _| (&i.place.value.name).into()),
    ("place.site", |i, _| (&i.place.value.site).into()),
    ("place.settlement", |i, _| (&i.place.value.settlement).into()),
    ("place.adm2", |i, _| (&i.place.value.adm2).into()),
    ("place.adm1", |i, _| (&i.place.value.adm1).into()),
    ("place.country", |i, _| (&i.place.value.country).into()),
    ("place.country_name", |i, k| country_name(i, k).into()),
    ("place.lat", |i, _| point(i).map(|p| p.0).into()),
    ("place.lon", |i, _| point(i).map(|p| p.1).into()),
    ("place.lat4", |i, _| point(i).map(|p| four_decimals(p.0)).into()),
    ("place.lon4", |i, _| point(i).map(|p| four_decimals(p.1)).into()),
    ("place.wkt", |i, _| point(i).map(|(lat, lon)| format!("POINT ({lon} {lat})")).into()),
    ("place.precision", |i, _| (&i.place.value.precision).into()),
    ("place.gazetteer_id", |i, _| i.place.value.gazetteer_id.into()),
    ("weapon", |i, _| Drawn::List(i.weapon.value.clone())),
    ("targets", |i, _| Drawn::List(i.targets.value.clone())),
    ("aim", |i, k| Some(aim(i, k).to_owned()).into()),
    ("perpetrator.name", |i, _| (&i.perpetrator.value.name).into()),
    ("perpetrator.state", |i, _| (&i.perpetrator.value.state).into()),
    ("perpetrator.kind", |i, k| Some(kind(i, k).to_owned()).into()),
    ("violence", |i, k| Some(format!("{}/{}", kind(i, k), aim(i, k))).into()),
    ("killed.min", |i, _| figure(&i.killed.value, |f| Some(f.min))),
    ("killed.best", |i, _| figure(&i.killed.value, |f| Some(f.best))),
    ("killed.max", |i, _| figure(&i.killed.value, |f| f.max)),
    ("killed.basis", |i, _| i.killed.value.as_ref().map(|f| f.basis.clone()).into()),
    ("killed.policy", |i, _| (&i.killed.policy).into()),
    ("killed.civilian", |i, k| match aim(i, k) {
        "civilian" => figure(&i.killed.value, |f| Some(f.best)),
        _ => Drawn::One(Cell::Empty),
    }),
    ("injured.min", |i, _| figure(&i.injured.value, |f| Some(f.min))),
    ("injured.best", |i, _| figure(&i.injured.value, |f| Some(f.best))),
    ("injured.max", |i, _| figure(&i.injured.value, |f| f.max)),
    ("injured.basis", |i, _| i.injured.value.as_ref().map(|f| f.basis.clone()).into()),
    ("damage", |i, _| {
        Drawn::List(i.damage.value.iter().map(|d| words(&[&d.object, &d.class], &d.severity)).collect())
    }),
    ("election", |i, _| Drawn::List(i.election_related_by.value.clone())),
    ("reports.count", |i, _| Some(standing(i).count() as u64).into()),
    ("reports.outlets", |i, _| each(i, |s| s.outlet.clone())),
    ("reports.urls", |i, _| each(i, |s| s.url.clone())),
    ("reports.titles", |i, _| each(i, |s| s.title.clone())),
    ("reports.published", |i, _| each(i, |s| s.published_at.clone())),
    ("voices.names", |i, _| Drawn::List(i.voices.iter().filter_map(|v| v.name.clone()).collect())),
    ("notes", |i, _| Some(notes(i)).into()),
    ("json.groups", |i, _| json(&i.groups.value, i.groups.value.is_empty())),
    ("json.people", |i, _| json(&i.people.value, i.people.value.is_empty())),
    ("json.damage", |i, _| json(&i.damage.value, i.damage.value.is_empty())),
    ("json.links", |i, _| json(&i.links, i.links.is_empty())),
    ("json.reports", |i, _| json(&i.reports, i.reports.is_empty())),
    ("json.voices", |i, _| json(&i.voices, i.voices.is_empty())),
    ("json.conflicts", |i, _| json(&i.conflicts, i.conflicts.is_empty())),
];

fn earliest(incident: &Incident) -> Option<Date> {
    incident.date.value.earliest.as_deref()?.parse().ok()
}

fn latest(incident: &Incident) -> Option<Date> {
    incident.date.value.latest.as_deref()?.parse().ok()
}

/// The day in the middle of the bounds, the earlier of two; the only bound when there is one.
fn middle(incident: &Incident) -> Option<Date> {
    match (earliest(incident), latest(incident)) {
        (Some(first), Some(last)) => {
            let days = first.until(last).ok()?.get_days();
            first.checked_add(jiff::Span::new().days(days / 2)).ok()
        }
        (one, other) => one.or(other),
    }
}

/// Latitude and longitude, when both are there and on the globe.
pub(crate) fn point(incident: &Incident) -> Option<(f64, f64)> {
    let (lat, lon) = (incident.place.value.lat?, incident.place.value.lon?);
    ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some((lat, lon))
}

fn four_decimals(degrees: f64) -> f64 {
    (degrees * 1e4).round() / 1e4
}

fn country_name(incident: &Incident, codebooks: &Codebooks) -> Option<String> {
    let code = incident.place.value.country.as_deref()?;
    Some(codebooks.country_name(code).unwrap_or(code).to_owned())
}

/// Whom all its targets together are: `civilian`, `armed`, `mixed` or `unknown`.
fn aim(incident: &Incident, codebooks: &Codebooks) -> &'static str {
    let who = |target: &String| {
        let table = codebooks.table("targets")?;
        table.rows().iter().find(|row| row.first() == Some(target))?.get(1).map(String::as_str)
    };
    let (mut civilian, mut armed) = (false, false);
    for who in incident.targets.value.iter().filter_map(who) {
        civilian |= who == "civilian";
        armed |= who == "armed";
    }
    match (civilian, armed) {
        (true, true) => "mixed",
        (true, false) => "civilian",
        (false, true) => "armed",
        (false, false) => "unknown",
    }
}

/// What kind of actor is named: a state on its own ground or another's, a group, nobody.
fn kind(incident: &Incident, codebooks: &Codebooks) -> &'static str {
    let Some(name) = incident.perpetrator.value.name.as_deref().filter(|n| !n.trim().is_empty()) else {
        return "unknown";
    };
    match codebooks.country_code(bare(name)) {
        Some(code) if incident.place.value.country.as_deref() == Some(code) => "state",
        Some(_) => "state_abroad",
        None => "group",
    }
}

/// A name without what stands in brackets behind it.
pub(crate) fn bare(name: &str) -> &str {
    name.trim().strip_suffix(')').and_then(|head| head.rsplit_once('(')).map_or(name, |(head, _)| head).trim()
}

fn figure(figure: &Option<Figure>, of: impl Fn(&Figure) -> Option<u64>) -> Drawn {
    figure.as_ref().and_then(of).into()
}

/// The reports that count.
fn standing(incident: &Incident) -> impl Iterator<Item = &Source> {
    incident.reports.iter().filter(|source| !source.withdrawn)
}

/// Something of each report that counts, each once.
fn each(incident: &Incident, of: impl Fn(&Source) -> Option<String>) -> Drawn {
    let mut list: Vec<String> = Vec::new();
    for word in standing(incident).filter_map(of) {
        if !list.contains(&word) {
            list.push(word);
        }
    }
    Drawn::List(list)
}

fn json<T: serde::Serialize>(value: &T, empty: bool) -> Drawn {
    if empty {
        return Drawn::One(Cell::Empty);
    }
    serde_json::to_string(value).ok().into()
}

/// The first of some words that is there, and another in brackets.
fn words(first: &[&String], then: &str) -> String {
    let first = first.iter().find(|w| !w.is_empty()).map_or("", |w| w.as_str());
    if then.is_empty() { first.to_owned() } else { format!("{first} ({then})") }
}

/// The record in words, for tables that have no columns for it.
fn notes(incident: &Incident) -> String {
    let mut parts = Vec::new();
    let mut say = |label: &str, text: String| {
        if !text.is_empty() {
            parts.push(format!("{label}: {text}"));
        }
    };
    say("Mode", incident.mode.value.clone());
    say("Weapon", incident.weapon.value.join(", "));
    let perpetrator = &incident.perpetrator.value;
    say(
        "Perpetrator",
        match &perpetrator.name {
            Some(name) => format!("{name} ({})", perpetrator.state),
            None => "not named".to_owned(),
        },
    );
    say("Killed", range(&incident.killed.value));
    say("Injured", range(&incident.injured.value));
    let damage = incident.damage.value.iter().map(|d| words(&[&d.object, &d.class], &d.severity));
    say("Damage", damage.collect::<Vec<_>>().join(", "));
    let date = &incident.date.value;
    if date.basis.as_deref() == Some("reported_on") {
        say("Date", "the day of the report".to_owned());
    }
    say("Reports", format!("{} ({} independent)", standing(incident).count(), incident.independent));
    say("Grade", incident.grade.clone());
    parts.join(". ")
}

/// `2`, `2 to 5`, `at least 2`, `not stated`.
fn range(figure: &Option<Figure>) -> String {
    match figure {
        None => "not stated".to_owned(),
        Some(Figure { min, max: Some(max), .. }) if min == max => min.to_string(),
        Some(Figure { min, max: Some(max), .. }) => format!("{min} to {max}"),
        Some(Figure { min, max: None, .. }) => format!("at least {min}"),
    }
}
