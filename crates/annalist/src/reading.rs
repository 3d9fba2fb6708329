//! reading: the wire form of all that one report yields, `annalist.reading/1`.
//!
//! The engine's own types are free; these are not: a field never changes its meaning within version 1.
//!
//! # Units
//! Offsets are Unicode code points into `document.text`, half-open.

use serde::{Deserialize, Serialize};

/// The name of this format, in every reading.
pub const SCHEMA: &str = "annalist.reading/1";

/// All that one report yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The id that the input gave this report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Code and data that produced this reading.
    pub engine: Engine,
    /// The report.
    pub document: Document,
    /// The incidents it reports.
    pub incidents: Vec<Incident>,
    /// Every value of the incidents, with its words and its voice.
    pub claims: Vec<Claim>,
    /// Everybody who says something; `v0` is the narrator.
    pub voices: Vec<Voice>,
    /// Words given as somebody's own.
    pub quotes: Vec<Quote>,
    /// What cannot both be true.
    pub contradictions: Vec<Contradiction>,
    /// What a reader of this reading should know about the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Code and data that produced a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    /// Version of the program.
    pub version: String,
    /// Hash of the data bundle, `blake3:…`.
    pub data: String,
}

/// The report as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Hash of the clean text, `blake3:…`.
    pub id: String,
    /// Main language, BCP 47.
    pub language: String,
    /// Headline.
    pub title: Option<String>,
    /// Publisher.
    pub outlet: Option<String>,
    /// Where it was found.
    pub url: Option<String>,
    /// Day of publication, `YYYY-MM-DD`.
    pub published_at: Option<String>,
    /// The clean text.
    pub text: String,
}

/// Words of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// The exact characters of the span.
    pub quote: String,
}

/// One act or indivisible salvo of violence against persons or objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its name in this reading: `i1`, `i2`, …
    pub id: String,
    /// What was done, a value of the `mode` list.
    pub mode: String,
    /// `carried_out`, `attempted`, `foiled` or `threatened`.
    pub stage: String,
    /// When.
    pub date: When,
    /// Where.
    pub place: Place,
    /// With what, values of the `weapon` list; empty when none is stated.
    pub weapon: Vec<String>,
    /// What was aimed at or hit, values of the `targets` list.
    pub targets: Vec<String>,
    /// By whom, and how far that is more than somebody's word.
    pub perpetrator: Perpetrator,
    /// Persons killed; none when the report does not say.
    pub killed: Option<Count>,
    /// Persons injured; none when the report does not say.
    pub injured: Option<Count>,
    /// Sub-counts, never added to the totals.
    pub groups: Vec<Group>,
    /// Persons named or described one by one.
    pub people: Vec<Person>,
    /// Things damaged.
    pub damage: Vec<Damage>,
    /// Why it concerns an election: `target`, `stated`, `actor`, `purpose`, `episode`.
    pub election_related_by: Vec<String>,
    /// Relations to other incidents of this reading.
    pub links: Vec<Link>,
    /// Ids of the voices that report it.
    pub voices: Vec<String>,
    /// The sentences that report it.
    pub evidence: Vec<Evidence>,
    /// Ids of the claims behind its values.
    pub claims: Vec<String>,
}

/// Bounds of a date, with how they were come by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// First possible day, `YYYY-MM-DD`.
    pub earliest: Option<String>,
    /// Last possible day, `YYYY-MM-DD`.
    pub latest: Option<String>,
    /// `day`, `days`, `week`, `month`, `year` or `undated`.
    pub precision: String,
    /// `stated`, `reported_on`, `relative`, `sequence`, `inherited`; none when undated.
    pub basis: Option<String>,
}

/// A place with its level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The name as the report gives it.
    pub name: Option<String>,
    /// A named street, school, hospital or the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// City, town or village.
    pub settlement: Option<String>,
    /// Second-level unit (district, raion, county).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adm2: Option<String>,
    /// First-level unit (oblast, state, province).
    pub adm1: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Latitude, degrees WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, degrees WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// GeoNames id, where the gazetteer entry has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gazetteer_id: Option<u64>,
    /// `site`, `settlement`, `near_settlement`, `adm2`, `adm1`, `region`, `country`, `sea_or_air`, `unknown`.
    pub precision: String,
}

/// Who did it, as an attribution with a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Perpetrator {
    /// Country, group or person; none when unattributed.
    pub name: Option<String>,
    /// A value of the `perpetrator.state` list.
    pub state: String,
}

/// A number of persons as a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// At least so many.
    pub min: u64,
    /// At most so many; none when open.
    pub max: Option<u64>,
    /// A value of the `count basis` list.
    pub basis: String,
}

/// A sub-count: so many children among the killed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What became of them.
    pub outcome: String,
    /// At least so many.
    pub min: u64,
    /// At most so many; none when open.
    pub max: Option<u64>,
    /// Who they are.
    pub who: String,
}

/// A person named or described alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name, when the report gives one.
    pub name: Option<String>,
    /// `victim`, `target`, `perpetrator`, `witness` or `responder`.
    pub role: String,
    /// A value of the `outcome` list.
    pub outcome: String,
    /// `minor`, `moderate`, `serious`, `critical`.
    pub severity: Option<String>,
    /// Office or occupation in the report's words.
    pub occupation: Option<String>,
    /// Years.
    pub age: Option<u32>,
    /// `m` or `f`.
    pub sex: Option<String>,
    /// Injuries in the report's words.
    #[serde(default)]
    pub injuries: Vec<String>,
    /// What happened to the person since, in order.
    pub status: Vec<Status>,
}

/// A step of a person's way after the attack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// A value of the `status` list.
    pub status: String,
    /// Hospital or the like.
    pub facility: Option<String>,
}

/// A thing damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// In the report's words.
    pub object: String,
    /// A value of the `targets` list.
    pub class: String,
    /// `minor`, `significant`, `destroyed`, `none`, `not_stated`.
    pub severity: String,
    /// How many.
    pub count: Option<u64>,
}

/// A relation between two incidents of one reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `follows`, `precedes`, `same_series` or `retaliation_for`.
    pub relation: String,
    /// The other incident.
    pub incident: String,
}

/// Somebody says something about one field, in one exact span of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name in this reading: `c1`, `c2`, …
    pub id: String,
    /// The incident.
    pub incident: String,
    /// The field: `mode`, `killed`, `people.outcome`, …
    pub field: String,
    /// The value claimed, in the shape of the field.
    pub value: serde_json::Value,
    /// Who says it.
    pub voice: String,
    /// `direct_quote`, `indirect` or `narrator`.
    pub form: String,
    /// `asserted`, `denied` or `doubted`.
    pub polarity: String,
    /// The words.
    pub evidence: Evidence,
    /// The rule that found it.
    pub rule: String,
    /// How sure the rule is, 0 to 1.
    pub score: f64,
}

/// Somebody who says something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Its name in this reading; `v0` is the narrator.
    pub id: String,
    /// A value of the `voice.kind` list.
    pub kind: String,
    /// Name, when the report gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Office or description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Of which place or body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Through what: Telegram, a press conference, another outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// Words given as somebody's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Who speaks.
    pub voice: String,
    /// `direct_quote` or `indirect`.
    pub form: String,
    /// What stands inside the quotation marks.
    pub evidence: Evidence,
    /// The rule that found the speaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Two places of the text that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// A value of the `contradiction.kind` list.
    pub kind: String,
    /// `hard` (both cannot be true) or `soft` (needs a look).
    pub severity: String,
    /// The words.
    pub evidence: Vec<Evidence>,
    /// What is wrong, for a person.
    pub note: Option<String>,
}

/// What a reader of a reading should know about the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable code: `date.year-missing`.
    pub code: String,
    /// The words it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// For a person.
    pub note: String,
}
