//! `eval records`: the mentions that belong together by gold, merged: is the incident the one that editors wrote down?

use crate::input;
use annalist::Engine;
use annalist::reading::{self, Claim, Evidence, Reading};
use annalist_ledger::incident::{Figure, Incident};
use annalist_ledger::merge::{self, Merging, Policies};
use annalist_ledger::resolve::{Model, Traits, independence};
use annalist_ledger::{IncidentId, Mention, Report, ReportId};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `eval records`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports whose incidents carry a `global` id.
    #[arg(long)]
    gold: PathBuf,
    /// The editors' records, one for each `global` id.
    #[arg(long)]
    records: PathBuf,
    /// Reads the reports with the engine, in place of the gold incidents as mentions.
    #[arg(long)]
    read: bool,
    /// Reports that the editors found to be doctored count like others, as before anybody looked.
    #[arg(long)]
    undecided: bool,
    /// Every outlet is a source of its own, in place of one for those that know it from the same origin.
    #[arg(long)]
    outlets: bool,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints what differs from the records.
    #[arg(long)]
    misses: bool,
}

/// Runs the measurement and prints a line for each field.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let policies = Policies::read(&bundle)?;
    let gold = input::reports(&args.gold)?;
    let records = input::reports(&args.records)?;
    let engine = args.read.then(|| Engine::new(&bundle)).transpose()?;
    let model = (!args.outlets).then(|| Model::new(&bundle)).transpose()?;
    let copies = records.iter().filter_map(|r| r["disinformation_copies"].as_array()).flatten();
    let doctored: BTreeSet<&str> = copies.map(text).filter(|_| !args.undecided).collect();
    let mut out = std::io::stdout().lock();
    let mut tally = Tally::default();
    for record in &records {
        let shelf = Shelf::of(record, &gold, engine.as_ref(), &doctored)?;
        let mentions = shelf.mentions();
        let origins = model.as_ref().map_or_else(BTreeMap::new, |model| origins(&mentions, model));
        let key = |r: &Report| origins.get(&r.id).cloned().unwrap_or_else(|| merge::outlet_key(r));
        let with = Merging { key: &key, ..Merging::new(&policies) };
        let Some(incident) = merge::incident(&mentions, &[], &with) else {
            tally.unread += 1;
            continue;
        };
        for miss in tally.compare(record, &incident, &shelf) {
            if args.misses {
                writeln!(out, "{} {miss}", text(&record["global"]))?;
            }
        }
    }
    tally.print(&mut out)
}

/// Whence each report knows it.
fn origins(mentions: &[Mention<'_>], model: &Model) -> BTreeMap<ReportId, String> {
    let told = |m: &Mention<'_>| model.traits(m.report).into_iter().find(|t| t.id == *m.id);
    let traits: Vec<Traits> = mentions.iter().filter_map(told).collect();
    let keys = independence(&traits.iter().collect::<Vec<&Traits>>());
    traits.iter().map(|t| t.report.clone()).zip(keys).collect()
}

/// The reports of one record with the mentions that belong to it.
struct Shelf {
    reports: Vec<(Report, Vec<IncidentId>)>,
    /// Their names in the gold file.
    names: BTreeMap<ReportId, String>,
}

impl Shelf {
    fn of(
        record: &Value,
        gold: &[Value],
        engine: Option<&Engine>,
        doctored: &BTreeSet<&str>,
    ) -> Result<Self> {
        let global = text(&record["global"]);
        let has =
            |field: &str, id: &str| record[field].as_array().is_some_and(|ids| ids.iter().any(|i| i == id));
        let mut shelf = Shelf { reports: Vec::new(), names: BTreeMap::new() };
        for report in gold {
            let id = text(&report["id"]);
            let own = |i: &&Value| i["global"] == global;
            let tells = report["incidents"].as_array().into_iter().flatten().any(|i| own(&i));
            let takes_back = has("retracted_in", id);
            if !tells && !takes_back {
                continue;
            }
            let reading = match engine {
                Some(engine) => engine.read(&document(report)?),
                None => annotated(report)?,
            };
            let mut kept = shelved(report, reading);
            let mut own = aligned(report, global, &kept);
            if engine.is_none() && !tells {
                own.extend(denial(&mut kept));
            }
            if doctored.contains(id) {
                kept.withdrawn = Some("doctored".to_owned());
            }
            shelf.names.insert(kept.id.clone(), id.to_owned());
            if !own.is_empty() {
                shelf.reports.push((kept, own));
            }
        }
        Ok(shelf)
    }

    fn mentions(&self) -> Vec<Mention<'_>> {
        let own =
            |(report, own): &'_ (Report, Vec<IncidentId>)| own.iter().any(|id| report.mentions.contains(id));
        let tellings = self.reports.iter().filter(|r| own(r));
        tellings.flat_map(|(report, own)| report.tellings().filter(|t| own.contains(t.id))).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.reports.iter().any(|(report, _)| self.names.get(&report.id).is_some_and(|n| n == name))
    }
}

fn document(report: &Value) -> Result<annalist::Document> {
    let meta = &report["meta"];
    let words = report["text"].as_str().context("a report without text")?;
    let meta = annalist::Meta {
        published_at: meta["published_at"].as_str().and_then(|d| d.parse().ok()),
        title: meta["title"].as_str().map(str::to_owned),
        outlet: meta["outlet"].as_str().map(str::to_owned),
        ..annalist::Meta::default()
    };
    Ok(annalist::Document::new(words.to_owned(), meta)?)
}

/// A gold report as a reading. Its values have no claims of their own: each field gets one, over the evidence.
fn annotated(report: &Value) -> Result<Reading> {
    let words = text(&report["text"]);
    let meta = &report["meta"];
    let mut claims: Vec<Claim> = Vec::new();
    let mut incidents: Vec<reading::Incident> = Vec::new();
    for gold in report["incidents"].as_array().into_iter().flatten() {
        let spans: Vec<Evidence> =
            quotes(&gold["evidence"]).iter().filter_map(|q| evidence(words, q)).collect();
        let mut gold = gold.clone();
        gold["evidence"] = serde_json::to_value(&spans)?;
        gold["claims"] = json!([]);
        let mut incident: reading::Incident = serde_json::from_value(gold.clone())
            .with_context(|| format!("{} {}", report["id"], gold["id"]))?;
        for field in [
            "mode",
            "date",
            "place",
            "weapon",
            "perpetrator",
            "killed",
            "injured",
            "people",
            "groups",
            "damage",
        ] {
            let value = &gold[field];
            let said = !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty());
            if let Some(span) = spans.first().filter(|_| said) {
                let id = format!("c{}", claims.len() + 1);
                incident.claims.push(id.clone());
                claims.push(claim(id, &incident.id, field, value.clone(), span.clone()));
            }
        }
        incidents.push(incident);
    }
    let contradictions = report["contradictions"].as_array().into_iter().flatten();
    let contradictions = contradictions.map(|c| reading::Contradiction {
        kind: text(&c["kind"]).to_owned(),
        severity: text(&c["severity"]).to_owned(),
        evidence: quotes(&c["evidence"]).iter().filter_map(|q| evidence(words, q)).collect(),
        note: c["note"].as_str().map(str::to_owned),
    });
    Ok(Reading {
        schema: reading::SCHEMA.to_owned(),
        source_id: report["id"].as_str().map(str::to_owned),
        engine: reading::Engine { version: String::new(), data: String::new() },
        document: reading::Document {
            id: text(&report["id"]).to_owned(),
            language: "en".to_owned(),
            title: meta["title"].as_str().map(str::to_owned),
            outlet: meta["outlet"].as_str().map(str::to_owned),
            url: None,
            published_at: meta["published_at"].as_str().map(str::to_owned),
            text: words.to_owned(),
        },
        contradictions: contradictions.collect(),
        incidents,
        claims,
        voices: serde_json::from_value(report["voices"].clone())?,
        quotes: Vec::new(),
        diagnostics: Vec::new(),
    })
}

fn claim(id: String, incident: &str, field: &str, value: Value, evidence: Evidence) -> Claim {
    Claim {
        id,
        incident: incident.to_owned(),
        field: field.to_owned(),
        value,
        voice: "v0".to_owned(),
        form: "narrator".to_owned(),
        polarity: "asserted".to_owned(),
        evidence,
        rule: "gold".to_owned(),
        score: 1.0,
    }
}

fn quotes(evidence: &Value) -> Vec<String> {
    let one = std::slice::from_ref(evidence);
    let all = evidence.as_array().map_or(one, Vec::as_slice);
    all.iter().filter_map(|e| e.as_str().or_else(|| e["quote"].as_str())).map(str::to_owned).collect()
}

fn evidence(words: &str, quote: &str) -> Option<Evidence> {
    let start = words[..words.find(quote)?].chars().count();
    Some(Evidence { start, end: start + quote.chars().count(), quote: quote.to_owned() })
}

/// A reading as it stands in the ledger.
fn shelved(report: &Value, reading: Reading) -> Report {
    let id = ReportId::of(&[text(&report["id"]).as_bytes()]);
    let day: Option<jiff::civil::Date> =
        reading.document.published_at.as_deref().and_then(|d| d.parse().ok());
    let day = day.and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let added_at = day.map_or(0, |d| d.timestamp().as_millisecond());
    let mention = |i: &reading::Incident| IncidentId::of(&[id.as_str().as_bytes(), i.id.as_bytes()]);
    Report {
        mentions: reading.incidents.iter().map(mention).collect(),
        entry: added_at.unsigned_abs(),
        added_at,
        found_at: String::new(),
        withdrawn: None,
        id,
        reading,
    }
}

/// The mention whose evidence is most that of the gold incident; each gold incident has at most one.
fn aligned(report: &Value, global: &str, kept: &Report) -> Vec<IncidentId> {
    let gold: Vec<&Value> = report["incidents"].as_array().into_iter().flatten().collect();
    let words = text(&report["text"]);
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (g, incident) in gold.iter().enumerate() {
        let own: Vec<Evidence> =
            quotes(&incident["evidence"]).iter().filter_map(|q| evidence(words, q)).collect();
        for (r, read) in kept.reading.incidents.iter().enumerate() {
            let shared: usize = own.iter().flat_map(|a| read.evidence.iter().map(|b| overlap(a, b))).sum();
            pairs.push((shared, g, r));
        }
    }
    pairs.sort_by_key(|&(shared, g, r)| (std::cmp::Reverse(shared), g, r));
    let (mut taken_gold, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let mut own = Vec::new();
    for (shared, g, r) in pairs {
        if shared > 0 && !taken_gold.contains(&g) && !taken.contains(&r) {
            taken_gold.insert(g);
            taken.insert(r);
            own.extend(kept.mentions.get(r).filter(|_| gold[g]["global"] == global).cloned());
        }
    }
    own
}

fn overlap(a: &Evidence, b: &Evidence) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

/// Gold keeps no incident of an act that a report takes back; the ledger has a mention of it that denies it.
fn denial(kept: &mut Report) -> Option<IncidentId> {
    let words = kept.reading.document.text.clone();
    let whole = Evidence { start: 0, end: words.chars().count(), quote: words };
    let incident = json!({
        "id": "i0", "mode": "attack", "stage": "carried_out", "place": {"precision": "unknown"},
        "date": {"precision": "undated"}, "weapon": [], "targets": [], "groups": [], "people": [], "damage": [],
        "perpetrator": {"state": "unattributed"}, "election_related_by": [], "links": [], "voices": [],
        "evidence": [whole], "claims": ["c0"],
    });
    let mut denied = claim("c0".to_owned(), "i0", "mode", json!("attack"), whole);
    "denied".clone_into(&mut denied.polarity);
    let id = IncidentId::of(&[kept.id.as_str().as_bytes(), b"i0"]);
    kept.reading.incidents.push(serde_json::from_value(incident).ok()?);
    kept.reading.claims.push(denied);
    kept.mentions.push(id.clone());
    Some(id)
}

/// How many were right of how many.
#[derive(Default)]
struct Tally {
    of: BTreeMap<String, (usize, usize)>,
    unread: usize,
}

impl Tally {
    fn note(&mut self, name: &str, right: bool) {
        let tally = self.of.entry(name.to_owned()).or_default();
        tally.0 += usize::from(right);
        tally.1 += 1;
    }

    /// Compares an incident with its record; answers what differs.
    fn compare(&mut self, record: &Value, incident: &Incident, shelf: &Shelf) -> Vec<String> {
        let mut misses = Vec::new();
        for (field, value) in [("killed", &incident.killed.value), ("injured", &incident.injured.value)] {
            self.figure(field, &record[field], value.as_ref(), &mut misses);
        }
        let conflation = record["aggregate_kind"] == "conflation";
        let grade = text(&record["status"]);
        let class = if conflation { "grade: of conflations" } else { "grade" };
        self.check(class, grade == incident.grade, format!("{grade} ≠ {}", incident.grade), &mut misses);
        if !conflation {
            let (gold, ours) = (grade == "retracted", incident.grade == "retracted");
            if gold {
                self.note("retraction: found", ours);
            }
            if ours {
                self.note("retraction: right", gold);
            }
        }
        let mode = text(&record["mode"]);
        self.check(
            "mode",
            mode == incident.mode.value,
            format!("{mode} ≠ {}", incident.mode.value),
            &mut misses,
        );
        let date = &incident.date.value;
        let same = |gold: &Value, ours: &Option<String>| gold.as_str() == ours.as_deref();
        let dates = same(&record["date"]["earliest"], &date.earliest)
            && same(&record["date"]["latest"], &date.latest);
        self.check("date", dates, format!("{} ≠ {date:?}", record["date"]), &mut misses);
        let place = &incident.place.value;
        let gold = &record["place"];
        let golds =
            gold["aliases"].as_array().into_iter().flatten().chain([&gold["settlement"], &gold["name"]]);
        let golds: Vec<&str> = golds.map(text).filter(|g| !g.is_empty()).collect();
        let ours: Vec<&str> =
            [&place.settlement, &place.name].into_iter().flatten().map(String::as_str).collect();
        let places = golds.iter().any(|g| ours.iter().any(|o| g.contains(o) || o.contains(g)));
        self.check("place", places, format!("{} ≠ {:?}", gold["name"], place.name), &mut misses);
        let state = text(&record["perpetrator"]["state"]).replace("attributed_by_third_party", "attributed");
        let ours = &incident.perpetrator.value.state;
        let states = *ours == state || state == "attributed" && ours.starts_with("attributed_by");
        self.check("perpetrator state", states, format!("{state} ≠ {ours}"), &mut misses);
        self.people(record, incident, &mut misses);
        self.conflicts(record, incident, shelf, &mut misses);
        misses
    }

    fn check(&mut self, name: &str, right: bool, miss: String, misses: &mut Vec<String>) {
        self.note(name, right);
        if !right {
            misses.push(format!("{name}: {miss}"));
        }
    }

    fn figure(&mut self, field: &str, gold: &Value, ours: Option<&Figure>, misses: &mut Vec<String>) {
        let number = |name: &str| gold[name].as_u64();
        let parts = [
            ("min", number("min"), ours.map(|f| f.min)),
            ("best", number("best"), ours.map(|f| f.best)),
            ("max", number("max"), ours.and_then(|f| f.max)),
        ];
        let stated = gold.is_object() == ours.is_some();
        let right = stated && parts.iter().all(|(_, gold, ours)| gold == ours);
        for (part, gold, ours) in parts {
            self.note(&format!("{field} {part}"), stated && gold == ours);
        }
        self.check(&format!("{field} all"), right, format!("{gold} ≠ {ours:?}"), misses);
    }

    fn people(&mut self, record: &Value, incident: &Incident, misses: &mut Vec<String>) {
        let mut left: Vec<&reading::Person> = incident.people.value.iter().collect();
        for gold in record["people"].as_array().into_iter().flatten() {
            let alike = |p: &&reading::Person| {
                let names = gold["aliases"].as_array().into_iter().flatten().chain([&gold["name"]]);
                match &p.name {
                    Some(name) => names.into_iter().any(|g| g == name),
                    None => gold["name"].is_null() && gold["age"].as_u64() == p.age.map(u64::from),
                }
            };
            let outcome = |p: &&reading::Person| gold["outcome"] == p.outcome;
            let at = left.iter().position(|p| alike(p) && outcome(p)).or_else(|| left.iter().position(alike));
            let found = at.map(|at| left.remove(at));
            self.check("people: found", found.is_some(), gold.to_string(), misses);
            if let Some(found) = found {
                let miss = format!("{} {} ≠ {}", gold["name"], gold["outcome"], found.outcome);
                self.check("people: outcome", outcome(&found), miss, misses);
            }
        }
        for left in &left {
            misses.push(format!("people: beyond the record {:?} {} {:?}", left.name, left.outcome, left.age));
        }
        let all = incident.people.value.len();
        for n in 0..all {
            self.note("people: in the record", n >= left.len());
        }
    }

    /// Conflicts by kind. What editors note as an update, as compatible, or in reports of other records is counted
    /// apart: reports that only follow one another do not disagree.
    fn conflicts(&mut self, record: &Value, incident: &Incident, shelf: &Shelf, misses: &mut Vec<String>) {
        let ours: BTreeSet<&str> = incident.conflicts.iter().map(|c| c.kind.as_str()).collect();
        let mut kinds: BTreeSet<&str> = BTreeSet::new();
        for conflict in record["conflicts"].as_array().into_iter().flatten() {
            let kind = text(&conflict["kind"]);
            kinds.insert(kind);
            let note = text(&conflict["note"]);
            let settled = ["update", "compatible"].iter().any(|word| note.contains(word));
            let reports: Vec<&str> = conflict["reports"].as_array().into_iter().flatten().map(text).collect();
            let here = reports.iter().filter(|r| shelf.has(r)).count();
            let class = match (settled, here < reports.len().min(2)) {
                (true, _) => "conflicts: noted as updates or compatible",
                (_, true) => "conflicts: with reports elsewhere",
                _ => "conflicts: found",
            };
            let miss = format!("{kind} ({note})");
            self.check(class, ours.contains(kind), miss, misses);
        }
        for conflict in &incident.conflicts {
            let right = kinds.contains(conflict.kind.as_str());
            let miss = format!("{} {} ({})", conflict.kind, conflict.severity, conflict.note);
            self.check("conflicts: right", right, miss, misses);
        }
    }

    fn print(&self, out: &mut impl Write) -> Result<()> {
        for (name, (right, all)) in &self.of {
            writeln!(out, "{name:<44} {right:>4} of {all:>4} {:>6.1}%", 100.0 * *right as f64 / *all as f64)?;
        }
        if self.unread > 0 {
            writeln!(out, "{:<44} {:>4}", "records without a mention", self.unread)?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
