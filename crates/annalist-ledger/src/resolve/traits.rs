//! traits: the compact features of one mention by which it is compared with others.

use super::host::Hosts;
use super::words::{self, Read, Signature, Sketch, Words};
use crate::{IncidentId, Mention, Report, ReportId};
use annalist::reading::{Count, Incident, Place};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Persons kept of one mention.
const PEOPLE_MAX: usize = 12;
/// Rarest words by which a text is found.
pub(super) const RAREST: usize = 3;
/// Names by which a text is found.
pub(super) const NAMES: usize = 5;
/// Rarest words by which a report without incident or day is found, which has nothing else.
pub(super) const RAREST_BARE: usize = 16;

/// What a mention is compared by: where, when, what, who, and the words that tell it.
#[derive(Clone, Debug)]
pub struct Traits {
    /// The mention.
    pub id: IncidentId,
    /// The report it stands in.
    pub report: ReportId,
    /// The entry that brought the report in: what came earlier has a lower number.
    pub entry: u64,
    pub(super) act: Option<Act>,
    pub(super) told: Sketch,
    pub(super) text: Arc<Text>,
    /// The incidents of the report: words of a report that tells of several say less of each.
    pub(super) beside: usize,
}

impl Traits {
    /// Whether both are told in one report or one table, which tells them as two.
    pub(super) fn is_told_beside(&self, other: &Traits) -> bool {
        self.report == other.report || self.is_another_row(other)
    }

    /// Whether they are two rows of one table: to whoever wrote it they are two incidents, however alike.
    pub(super) fn is_another_row(&self, other: &Traits) -> bool {
        self.text.row.zip(other.text.row).is_some_and(|(one, two)| one.0 == two.0 && one.1 != two.1)
    }

    /// Bytes to keep the mentions of one report by; only the same version of the program reads them.
    pub fn to_bytes(of_report: &[Traits]) -> Vec<u8> {
        let Some(first) = of_report.first() else { return Vec::new() };
        let shared = (&first.report, first.entry, first.beside, &*first.text);
        let own: Vec<_> = of_report.iter().map(|traits| (&traits.id, &traits.act, &traits.told)).collect();
        // Plain data: this cannot fail.
        postcard::to_allocvec(&(shared, own)).unwrap_or_default()
    }

    /// What [`Traits::to_bytes`] wrote; none when the bytes are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Self>> {
        type Shared = (ReportId, u64, usize, Text);
        type Own = (IncidentId, Option<Act>, Sketch);
        if bytes.is_empty() {
            return Some(Vec::new());
        }
        let ((report, entry, beside, text), own): (Shared, Vec<Own>) = postcard::from_bytes(bytes).ok()?;
        let text = Arc::new(text);
        let of = |(id, act, told)| {
            let (report, text) = (report.clone(), Arc::clone(&text));
            Traits { id, report, entry, act, told, text, beside }
        };
        Some(own.into_iter().map(of).collect())
    }
}

/// What all the mentions of one report share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Text {
    pub(super) published: Option<i32>,
    pub(super) outlet: Option<u32>,
    pub(super) url: Option<u32>,
    /// What stands for the outlet in the address.
    pub(super) host: Option<u32>,
    pub(super) title: Sketch,
    pub(super) words: Sketch,
    /// Its names, the most telling first.
    pub(super) names: Box<[u32]>,
    pub(super) signature: Signature,
    /// Of a row of a table: whose, and which.
    pub(super) row: Option<(u32, u32)>,
    pub(super) rarest: Box<[u32]>,
}

/// What was done, where, when, by whom and to whom.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Act {
    pub(super) spot: Option<Spot>,
    /// It was near the place, not at it.
    pub(super) near: bool,
    pub(super) settlement: Option<Box<str>>,
    pub(super) adm1: Option<u32>,
    pub(super) country: Option<u32>,
    /// First and last possible day, days since 1970.
    pub(super) days: Option<(i32, i32)>,
    /// The day stands in the text itself.
    pub(super) day_stated: bool,
    pub(super) mode: u32,
    /// Kind of mode, by `resolve/kind.tsv`; none when the means are not stated.
    pub(super) kind: Option<u32>,
    pub(super) carried_out: bool,
    pub(super) weapon: u64,
    pub(super) weapon_kinds: u64,
    pub(super) targets: u64,
    pub(super) killed: Option<(u32, u32)>,
    pub(super) injured: Option<(u32, u32)>,
    pub(super) perpetrator: Option<u32>,
    pub(super) people: Box<[Who]>,
    /// The names in the words that tell it.
    pub(super) names: Box<[u32]>,
    pub(super) officials: Box<[u32]>,
}

/// Coordinates of a place no wider than a town.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    pub(super) lat: f32,
    pub(super) lon: f32,
}

/// A person of a mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Who {
    /// Folded; empty when unnamed.
    pub(super) name: Box<str>,
    pub(super) hurt: bool,
    pub(super) age: Option<u8>,
    pub(super) male: Option<bool>,
}

impl Who {
    /// The last word of the name.
    pub(super) fn surname(&self) -> Option<&str> {
        self.name.rsplit(' ').next().filter(|s| !s.is_empty())
    }
}

/// The mentions of a report; of one that tells of no incident the bare text.
pub(super) fn of_report(
    report: &Report,
    words: &Words,
    hosts: &Hosts,
    kinds: impl Fn(&str) -> Option<u32>,
) -> Vec<Traits> {
    let document = &report.reading.document;
    let row = row(report);
    // All rows of a table share its words, so that they say nothing of any.
    let mut read = Read::of(if row.is_some() { "" } else { &document.text });
    let signature = Signature::of(&read.words);
    let title = document.title.as_deref().unwrap_or_default();
    if !document.text.starts_with(title) {
        read.add(title);
    }
    let bare = report.reading.incidents.is_empty();
    let published = document.published_at.as_deref().and_then(day);
    let rarest = if bare && published.is_none() { RAREST_BARE } else { RAREST };
    let text = Arc::new(Text {
        published,
        outlet: document.outlet.as_deref().map(folded).filter(|o| !o.is_empty()).map(|o| words::hash(&o)),
        url: document.url.as_deref().map(words::hash),
        host: document.url.as_deref().and_then(|url| hosts.publisher(url)).map(|host| words::hash(&host)),
        title: words.sketch(&Read::of(title).words),
        words: words.sketch(&read.words),
        names: words.names(&read.pairs),
        rarest: words.rarest(&read.words, rarest),
        signature,
        row,
    });
    let traits = |id, act, told| Traits {
        id,
        report: report.id.clone(),
        entry: report.entry,
        act,
        told,
        text: text.clone(),
        // A row is one of many.
        beside: report.reading.incidents.len().max(if row.is_some() { 2 } else { 0 }),
    };
    if bare {
        return vec![traits(of_text(&report.id), None, text.words.clone())];
    }
    let mention = |mention: Mention| {
        let mut told = Read::default();
        mention.incident.evidence.iter().for_each(|e| told.add(&e.quote));
        let act = Act::of(mention, words.names(&told.pairs), &kinds);
        let told = if row.is_some() { Read::default() } else { told };
        traits(mention.id.clone(), Some(act), words.sketch(&told.words))
    };
    report.tellings().map(mention).collect()
}

/// Whose row of a table a report is, and which: by the id that it has there.
fn row(report: &Report) -> Option<(u32, u32)> {
    let reading = &report.reading;
    let id = reading.source_id.as_deref().unwrap_or_else(|| report.id.as_str());
    let whose = reading.document.outlet.as_deref().unwrap_or_default();
    report.is_row().then(|| (words::hash(whose), words::hash(id)))
}

/// The name of a report's text among the mentions, when the report tells of no incident.
pub(super) fn of_text(report: &ReportId) -> IncidentId {
    IncidentId::of(&[report.as_str().as_bytes(), b"text"])
}

impl Act {
    fn of(mention: Mention, names: Box<[u32]>, kinds: impl Fn(&str) -> Option<u32>) -> Self {
        let incident = mention.incident;
        let place = &incident.place;
        let days = incident
            .date
            .earliest
            .as_deref()
            .and_then(day)
            .zip(incident.date.latest.as_deref().and_then(day));
        let voice = |id: &String| mention.report.voice(id)?.name.as_deref().map(surname_hash);
        let mut officials: Vec<u32> = incident.voices.iter().filter_map(voice).collect();
        officials.sort_unstable();
        officials.dedup();
        Act {
            spot: spot(place),
            near: place.precision == "near_settlement",
            settlement: place.settlement.as_deref().map(|name| folded(name).into()),
            adm1: place.adm1.as_deref().map(|name| words::hash(&folded(name))),
            country: place.country.as_deref().map(words::hash),
            days: days.filter(|(from, to)| from <= to),
            day_stated: matches!(incident.date.basis.as_deref(), Some("stated" | "relative")),
            mode: words::hash(&incident.mode),
            kind: kinds(&incident.mode),
            carried_out: incident.stage == "carried_out",
            weapon: set(&incident.weapon),
            weapon_kinds: incident
                .weapon
                .iter()
                .filter_map(|w| kinds(w))
                .fold(0, |bits, kind| bits | 1 << (kind % 64)),
            targets: set(&incident.targets),
            killed: bounds(incident.killed.as_ref()),
            injured: bounds(incident.injured.as_ref()),
            perpetrator: incident.perpetrator.name.as_deref().map(|name| words::hash(&folded(name))),
            people: people(incident),
            names,
            officials: officials.into(),
        }
    }
}

fn spot(place: &Place) -> Option<Spot> {
    let fine = matches!(place.precision.as_str(), "site" | "settlement" | "near_settlement");
    let (lat, lon) = place.lat.zip(place.lon).filter(|_| fine)?;
    Some(Spot { lat: lat as f32, lon: lon as f32 })
}

fn bounds(count: Option<&Count>) -> Option<(u32, u32)> {
    let count = count?;
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Some((number(count.min), count.max.map_or(u32::MAX, number)))
}

fn people(incident: &Incident) -> Box<[Who]> {
    let people = incident.people.iter().filter(|p| p.role != "witness" && p.role != "responder");
    let who = |p: &annalist::reading::Person| Who {
        name: p.name.as_deref().map(folded).unwrap_or_default().into(),
        hurt: p.role != "perpetrator",
        age: p.age.and_then(|age| u8::try_from(age).ok()),
        male: p.sex.as_deref().map(|sex| sex == "m"),
    };
    people.map(who).filter(|who| !who.name.is_empty() || who.age.is_some()).take(PEOPLE_MAX).collect()
}

/// A set of values as bits of their hashes: two sets that share none look so but once in many.
fn set(values: &[String]) -> u64 {
    values.iter().fold(0, |bits, value| bits | 1 << (words::hash(value) % 64))
}

fn surname_hash(name: &str) -> u32 {
    words::hash(folded(name).rsplit(' ').next().unwrap_or_default())
}

/// A name in small letters, without marks.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace() || *c == '-');
    let spaced =
        letters.map(|c| if c == '-' { ' ' } else { c }).flat_map(char::to_lowercase).collect::<String>();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Days since 1970.
fn day(written: &str) -> Option<i32> {
    let date: jiff::civil::Date = written.parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).ok().map(|span| span.get_days())
}
