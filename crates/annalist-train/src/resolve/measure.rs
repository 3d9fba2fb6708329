//! How well mentions are joined: pairs, B-cubed, MUC, CEAF-e and the mean of these three.

use super::{counts, reported};
use crate::input;
use annalist::Engine;
use annalist::reading::Reading;
use annalist_ledger::resolve::{Model, Resolver, Traits};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A measure as right found, all found, right wanted, all wanted.
#[derive(Clone, Copy, Default)]
struct Ratio(f64, f64, f64, f64);

impl Ratio {
    fn values(self) -> (f64, f64, f64) {
        let share = |right: f64, all: f64| if all > 0.0 { right / all } else { 0.0 };
        let (p, r) = (share(self.0, self.1), share(self.2, self.3));
        (p, r, if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 })
    }
}

/// Measures of one partition against another.
pub(super) struct Scores {
    pairs: Ratio,
    b_cubed: Ratio,
    muc: Ratio,
    ceaf: Ratio,
    found: usize,
    gold: usize,
}

impl Scores {
    /// Measures the groups found against those wanted, one of each for every item.
    pub(super) fn of(gold: &[String], found: &[String]) -> Self {
        let of_gold = counts(gold.iter());
        let of_found = counts(found.iter());
        let of_both = counts(gold.iter().zip(found));
        let pairs = |n: &usize| (n * (n - 1) / 2) as f64;
        let both: f64 = of_both.values().map(pairs).sum();
        let all = gold.len() as f64;
        let b_cubed = |of: &dyn Fn(&str, &str) -> usize| -> f64 {
            of_both.iter().map(|((g, f), &n)| (n * n) as f64 / of(g, f) as f64).sum()
        };
        let muc = |of: &BTreeMap<&String, usize>, other: &dyn Fn(&(&String, &String)) -> String| {
            let mut parts: BTreeMap<String, usize> = BTreeMap::new();
            of_both.keys().for_each(|key| *parts.entry(other(key)).or_default() += 1);
            of.iter().filter(|(_, n)| **n > 1).fold((0.0, 0.0), |(right, all), (name, &n)| {
                (right + (n - parts[*name]) as f64, all + (n - 1) as f64)
            })
        };
        let wanted = muc(&of_gold, &|key| key.0.clone());
        let got = muc(&of_found, &|key| key.1.clone());
        let aligned = aligned(&of_gold, &of_found, &of_both);
        Scores {
            pairs: Ratio(both, of_found.values().map(pairs).sum(), both, of_gold.values().map(pairs).sum()),
            b_cubed: Ratio(
                b_cubed(&|_, f| of_found[&f.to_owned()]),
                all,
                b_cubed(&|g, _| of_gold[&g.to_owned()]),
                all,
            ),
            muc: Ratio(got.0, got.1, wanted.0, wanted.1),
            ceaf: Ratio(aligned, of_found.len() as f64, aligned, of_gold.len() as f64),
            found: of_found.len(),
            gold: of_gold.len(),
        }
    }

    /// The table.
    pub(super) fn print(&self) {
        let rows =
            [("pairs", self.pairs), ("B-cubed", self.b_cubed), ("MUC", self.muc), ("CEAF-e", self.ceaf)];
        println!("{} groups of {}", self.found, self.gold);
        for (name, ratio) in rows {
            let (p, r, f) = ratio.values();
            println!("  {name:<8} P {:6.2}  R {:6.2}  F1 {:6.2}", 100.0 * p, 100.0 * r, 100.0 * f);
        }
        let f = |ratio: Ratio| ratio.values().2;
        println!(
            "  CoNLL                          {:6.2}",
            100.0 * (f(self.b_cubed) + f(self.muc) + f(self.ceaf)) / 3.0
        );
    }
}

/// CEAF-e: the best one-to-one map of groups. Taken greedily: a lower bound that is nearly always the best; the published
/// figures are those of `score_clusters.py`.
fn aligned(
    gold: &BTreeMap<&String, usize>,
    found: &BTreeMap<&String, usize>,
    both: &BTreeMap<(&String, &String), usize>,
) -> f64 {
    let mut links: Vec<(f64, &String, &String)> =
        both.iter().map(|((g, f), &n)| (2.0 * n as f64 / (gold[g] + found[f]) as f64, *g, *f)).collect();
    links.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut golds, mut founds) = (BTreeSet::new(), BTreeSet::new());
    let mut sum = 0.0;
    for (likeness, g, f) in links {
        if !golds.contains(g) && !founds.contains(f) {
            sum += likeness;
            golds.insert(g);
            founds.insert(f);
        }
    }
    sum
}

/// Groups that hold items of several incidents.
pub(super) fn print_errors(names: &[&str], gold: &[String], found: &[String]) {
    let mut groups: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    found.iter().enumerate().for_each(|(n, f)| groups.entry(f).or_default().push(n));
    for items in groups.values() {
        let incidents: BTreeSet<&String> = items.iter().map(|&n| &gold[n]).collect();
        if incidents.len() > 1 {
            let items: Vec<String> = items.iter().map(|&n| format!("{} = {}", names[n], gold[n])).collect();
            println!("  joined wrongly: {}", items.join(", "));
        }
    }
}

/// Coordinates of settlements by name.
pub(super) type Spots = BTreeMap<String, (f64, f64)>;

/// The coordinates of the settlements that are read in some reports: annotated places have none.
pub(super) fn spots(engine: &Engine, reports: &[Value]) -> Result<Spots> {
    let mut spots = Spots::new();
    for report in reports {
        let places =
            engine.read(&input::document(report)?).incidents.into_iter().map(|incident| incident.place);
        let fine = places.filter(|p| matches!(p.precision.as_str(), "site" | "settlement"));
        spots.extend(fine.filter_map(|p| Some((p.settlement?, p.lat.zip(p.lon)?))));
    }
    Ok(spots)
}

/// Mentions with the names of their incidents.
type Named = Vec<(Traits, String)>;

/// The incidents of an annotated report as annotated and as read, with their names; one that is read and not annotated has
/// a name of its own.
pub(super) fn both(engine: &Engine, model: &Model, spots: &Spots, report: &Value) -> Result<(Named, Named)> {
    let id = report["id"].as_str().context("a report has `id`")?;
    let words = report["text"].as_str().context("a report has `text`")?;
    let gold = report["incidents"].as_array().context("a report has `incidents`")?;
    let document = input::document(report)?;
    let reading = engine.read(&document);
    let name = |(n, incident): (usize, &Value)| {
        incident["global"].as_str().map_or_else(|| format!("{id} i{n}"), str::to_owned)
    };
    let names: Vec<String> = gold.iter().enumerate().map(name).collect();
    let annotated = model.traits(&reported(&format!("{id} annotated"), of_gold(report, &reading, spots)?));
    let annotated = annotated.into_iter().zip(names.iter().cloned()).filter(|_| !gold.is_empty()).collect();
    let spans: Vec<Vec<Range<usize>>> =
        gold.iter().map(|incident| input::evidence(incident, words)).collect();
    let mut overlaps: Vec<(usize, usize, usize)> = Vec::new();
    for (n, incident) in reading.incidents.iter().enumerate() {
        let read =
            incident.evidence.iter().filter_map(|e| words.find(&e.quote).map(|at| at..at + e.quote.len()));
        let read: Vec<Range<usize>> = read.collect();
        for (m, spans) in spans.iter().enumerate() {
            let pairs = read.iter().flat_map(|e| spans.iter().map(move |s| (e, s)));
            overlaps.push((
                pairs.map(|(e, s)| e.end.min(s.end).saturating_sub(e.start.max(s.start))).sum(),
                n,
                m,
            ));
        }
    }
    overlaps.sort_by_key(|&(bytes, n, m)| (std::cmp::Reverse(bytes), n, m));
    let mut name_of: BTreeMap<usize, &String> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, n, m) in overlaps.into_iter().filter(|o| o.0 > 0) {
        if !name_of.contains_key(&n) && taken.insert(m) {
            name_of.insert(n, &names[m]);
        }
    }
    let read =
        if reading.incidents.is_empty() { Vec::new() } else { model.traits(&reported(id, reading.clone())) };
    let name = |n| name_of.get(&n).map_or_else(|| format!("{id} read {n}"), |name| (*name).clone());
    let read = read.into_iter().enumerate().map(|(n, traits)| (traits, name(n))).collect();
    Ok((annotated, read))
}

/// Measures mentions of annotated reports that carry the `global` name of their incident: once as annotated, once as read.
/// `records` says which names are of no incident, but of several that a report takes for one.
pub(super) fn mentions(
    engine: &Engine,
    model: &Arc<Model>,
    path: &Path,
    records: Option<&Path>,
    cut: f32,
    errors: bool,
) -> Result<()> {
    let records = records.map(input::reports).transpose()?.unwrap_or_default();
    let blends = records.iter().filter(|r| r["aggregate_of"].is_array()).filter_map(|r| r["global"].as_str());
    let blends: BTreeSet<&str> = blends.collect();
    let reports = input::reports(path)?;
    let spots = spots(engine, &reports)?;
    let (mut annotated, mut read) = (Vec::new(), Vec::new());
    for report in &reports {
        let (of_annotated, of_read) = both(engine, model, &spots, report)?;
        let id = report["id"].as_str().unwrap_or_default();
        let label = |(n, (traits, name))| (format!("{id} i{}", n + 1), traits, name);
        annotated.extend(of_annotated.into_iter().enumerate().map(label));
        read.extend(of_read.into_iter().enumerate().map(label));
    }
    for (title, mentions) in [("as annotated", annotated), ("as read", read)] {
        println!("\n{}, {} mentions {title}", path.display(), mentions.len());
        joined(model, cut, errors, mentions, &blends);
    }
    Ok(())
}

/// Joins mentions and measures them: all, and those alone that are annotated and of one incident.
fn joined(
    model: &Arc<Model>,
    cut: f32,
    errors: bool,
    mentions: Vec<(String, Traits, String)>,
    blends: &BTreeSet<&str>,
) {
    let mut resolver = Resolver::new(model.clone()).with_cut(cut);
    resolver.add(mentions.iter().map(|(_, traits, _)| traits.clone()));
    let of: BTreeMap<_, usize> = resolver
        .clusters()
        .into_iter()
        .enumerate()
        .flat_map(|(n, cluster)| cluster.mentions.into_iter().map(move |m| (m, n)))
        .collect();
    let found = |(_, traits, _): &(String, Traits, String)| of[&traits.id].to_string();
    let measure = |mentions: &[&(String, Traits, String)]| {
        let gold: Vec<String> = mentions.iter().map(|m| m.2.clone()).collect();
        Scores::of(&gold, &mentions.iter().map(|m| found(m)).collect::<Vec<_>>())
    };
    measure(&mentions.iter().collect::<Vec<_>>()).print();
    let of_one = |m: &&(String, Traits, String)| !m.2.contains(" read ") && !blends.contains(m.2.as_str());
    let of_one: Vec<_> = mentions.iter().filter(of_one).collect();
    println!("{} of them annotated and of one incident:", of_one.len());
    measure(&of_one).print();
    for (n, one) in of_one.iter().enumerate().filter(|_| errors) {
        for two in &of_one[..n] {
            if (one.2 == two.2) != (found(one) == found(two)) {
                let what = if one.2 == two.2 { "missed" } else { "wrong" };
                println!(
                    "  {what} {} = {}, {} = {}: {:.2}",
                    one.0,
                    one.2,
                    two.0,
                    two.2,
                    model.score(&one.1, &two.1)
                );
                let reasons = model.reasons(&one.1, &two.1).into_iter().take(9);
                let reasons = reasons.map(|r| match r.value {
                    Some(value) => format!("{} {value:.2} {:+.1}", r.sign, r.weight),
                    None => format!("{} {:+.1}", r.sign, r.weight),
                });
                println!("      {}", reasons.collect::<Vec<_>>().join(", "));
            }
        }
    }
}

/// An annotated report as a reading.
fn of_gold(report: &Value, read: &Reading, spots: &Spots) -> Result<Reading> {
    let words = report["text"].as_str().context("a report has `text`")?;
    let mut value = serde_json::to_value(read)?;
    let mut incidents = report["incidents"].clone();
    for (n, incident) in incidents.as_array_mut().into_iter().flatten().enumerate() {
        let evidence = input::evidence(incident, words).into_iter();
        let evidence = evidence.map(|at| json!({"start": at.start, "end": at.end, "quote": &words[at]}));
        incident["evidence"] = evidence.collect();
        incident["id"] = json!(format!("i{}", n + 1));
        for key in ["groups", "damage", "links", "claims"] {
            incident[key] = json!([]);
        }
        for key in ["people", "election_related_by", "voices", "weapon", "targets"] {
            if !incident[key].is_array() {
                incident[key] = json!([]);
            }
        }
        for person in incident["people"].as_array_mut().into_iter().flatten() {
            person["status"] = json!([]);
            person["injuries"] = json!([]);
            for (key, value) in [("role", "victim"), ("outcome", "unknown")] {
                if !person[key].is_string() {
                    person[key] = json!(value);
                }
            }
        }
        let spot = incident["place"]["settlement"].as_str().and_then(|name| spots.get(name)).copied();
        if let Some((lat, lon)) = spot {
            incident["place"]["lat"] = json!(lat);
            incident["place"]["lon"] = json!(lon);
        }
    }
    value["incidents"] = incidents;
    value["claims"] = json!([]);
    value["voices"] = report["voices"].clone();
    serde_json::from_value(value).with_context(|| format!("{} as a reading", report["id"]))
}
