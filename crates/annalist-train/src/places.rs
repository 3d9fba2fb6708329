//! `eval places`: are the places of gold incidents found and resolved; recognition and resolution on geoparsing
//! corpora.
//!
//! Corpora differ in what they mark. Each is measured three times: by the names alone, with the names inside
//! names of bodies ("Poltava Gas Company"), and with adjectives ("Ukrainian") as well. Buildings are no places of
//! theirs, roads are.

use crate::input;
use annalist::gazetteer::name::{fold, latin};
use annalist::gazetteer::{Gazetteer, Level, distance_km};
use annalist::mention::place::{self, PlaceForm, PlaceMention};
use annalist::syntax::{Analyser, Parsed};
use annalist::text::{Splitter, Text};
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

mod fit;

pub(crate) use fit::{Args as FitArgs, fit};

/// Arguments of `eval places`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Geoparsing corpora: JSON lines with `text` and `toponyms`.
    #[arg(long, num_args = 1..)]
    toponyms: Vec<PathBuf>,
    /// Reads only the first reports of each corpus.
    #[arg(long)]
    limit: Option<usize>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints every incident whose place was not found or resolved otherwise.
    #[arg(long)]
    misses: bool,
}

struct Kit {
    splitter: Splitter,
    analyser: Analyser,
    gazetteer: Gazetteer,
}

/// Prints the measures.
pub(crate) fn evaluate(args: &Args) -> Result<()> {
    let kit = Kit::new(args.data.as_deref())?;
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "gold", "incidents", "name", "country", "adm1", "in doc"
    );
    let mut total = Incidents::default();
    for path in &args.gold {
        let reports = input::reports(path)?;
        let mut tally = Incidents::default();
        for report in &reports {
            kit.incidents(report, args.misses, &mut tally)?;
        }
        tally.print(&label(path));
        total.add(&tally);
    }
    total.print("all");
    for path in &args.toponyms {
        let mut corpus = Corpus::default();
        for line in input::text(path)?.lines().take(args.limit.unwrap_or(usize::MAX)) {
            kit.toponyms(&serde_json::from_str(line)?, args.misses, &mut corpus)?;
        }
        corpus.print(&label(path));
    }
    Ok(())
}

/// Gold incidents and how many of their places were found.
#[derive(Default)]
struct Incidents {
    all: usize,
    named: usize,
    countries: (usize, usize),
    units: (usize, usize),
    in_document: usize,
}

impl Incidents {
    fn add(&mut self, other: &Incidents) {
        self.all += other.all;
        self.named += other.named;
        self.countries = (self.countries.0 + other.countries.0, self.countries.1 + other.countries.1);
        self.units = (self.units.0 + other.units.0, self.units.1 + other.units.1);
        self.in_document += other.in_document;
    }

    /// Names as a share of incidents that name a place; country and unit as a share of the names found.
    fn print(&self, label: &str) {
        println!(
            "{label:<24} {:>9} {:>8.1}% {:>8.1}% {:>8.1}% {:>8.1}%",
            self.all,
            percent(self.named, self.all),
            percent(self.countries.0, self.countries.1),
            percent(self.units.0, self.units.1),
            percent(self.in_document, self.all),
        );
    }
}

/// What counts as a mention, the narrowest first.
const CONVENTIONS: [&str; 3] = ["names", "and parts", "and adjectives"];

/// The measures of one corpus.
#[derive(Default)]
struct Corpus {
    /// By convention.
    recognition: [Spans; CONVENTIONS.len()],
    /// Of the mentions that were found.
    found: Located,
    /// Of the marked names, all handed to the resolver.
    marked: Located,
    /// Names in the gold.
    gold: usize,
}

/// Spans found and spans of the gold.
#[derive(Default)]
struct Spans {
    gold: usize,
    found: usize,
    exact: usize,
    overlapping: usize,
}

/// Names with a known position, and how many were put within [`NEAR_KM`] of it, or on the country meant.
#[derive(Default)]
struct Located {
    all: usize,
    right: usize,
}

/// How far a right position may lie off: a hundred miles, as is usual in this task.
const NEAR_KM: f64 = 161.0;

impl Corpus {
    fn print(&self, label: &str) {
        for (convention, spans) in CONVENTIONS.iter().zip(&self.recognition) {
            let f1 = |hits| percent(2 * hits, spans.gold + spans.found);
            println!(
                "{label:<12} {convention:<15} gold {} found {} | exact P {:.1} R {:.1} F1 {:.1} | overlap P {:.1} R {:.1} F1 {:.1}",
                spans.gold,
                spans.found,
                percent(spans.exact, spans.found),
                percent(spans.exact, spans.gold),
                f1(spans.exact),
                percent(spans.overlapping, spans.found),
                percent(spans.overlapping, spans.gold),
                f1(spans.overlapping),
            );
        }
        println!(
            "{label:<12} within 161 km    found {:.1} of {}, {:.1} of all gold | marked {:.1} of {}",
            percent(self.found.right, self.found.all),
            self.found.all,
            percent(self.found.right, self.gold),
            percent(self.marked.right, self.marked.all),
            self.marked.all,
        );
    }
}

/// What a corpus says of one name.
struct Toponym {
    /// Bytes of the text.
    start: usize,
    end: usize,
    position: Option<(f64, f64)>,
    geonames_id: Option<u64>,
    /// The name in the gazetteer of the corpus: an encyclopedia's title, or GeoNames' official name.
    title: Option<String>,
}

impl Toponym {
    fn read(value: &Value, offsets: &[usize]) -> Option<Toponym> {
        let at = |key: &str| value[key].as_u64().and_then(|n| offsets.get(n as usize)).copied();
        let page = value["page"].as_str().and_then(|p| p.rsplit('/').next()).map(|p| p.replace('_', " "));
        Some(Toponym {
            start: at("start")?,
            end: at("end")?,
            position: value["lat"].as_f64().zip(value["lon"].as_f64()),
            geonames_id: value["geonameid"].as_str().and_then(|id| id.parse().ok()),
            title: page.or_else(|| value["name"].as_str().map(str::to_owned)),
        })
    }

    /// Whether a mention was put where the corpus has it.
    fn is_met(&self, gazetteer: &Gazetteer, mention: &PlaceMention) -> bool {
        let place = &mention.place;
        let near =
            place.position.zip(self.position).is_some_and(|(own, gold)| distance_km(own, gold) <= NEAR_KM);
        if near || self.geonames_id.is_some() && place.gazetteer_id == self.geonames_id {
            return true;
        }
        if place.level < Level::Region {
            return false;
        }
        self.names(gazetteer, gazetteer_name(place, gazetteer))
    }

    /// Whether it means a country or a part of the earth of that name, whose positions differ by hundreds of
    /// kilometres from one gazetteer to the next.
    fn names(&self, gazetteer: &Gazetteer, name: &str) -> bool {
        let title = self.title.as_deref().unwrap_or_default();
        let title = title.strip_suffix(" (country)").unwrap_or(title);
        let mut found = gazetteer.find(title).into_iter();
        found.any(|id| gazetteer.level(id) >= Level::Region && gazetteer.name(id) == name)
    }
}

fn gazetteer_name<'a>(place: &'a place::ResolvedPlace, gazetteer: &'a Gazetteer) -> &'a str {
    match (place.level, place.country.as_deref()) {
        (Level::Country, Some(code)) => gazetteer.country_name(code).unwrap_or(&place.name),
        _ => &place.name,
    }
}

impl Kit {
    fn new(data: Option<&Path>) -> Result<Self> {
        let bundle = input::bundle(data)?;
        Ok(Kit {
            splitter: Splitter::new(&bundle)?,
            analyser: Analyser::new(&bundle)?,
            gazetteer: Gazetteer::new(&bundle)?,
        })
    }

    fn places(&self, document: &Document) -> (Text, Vec<PlaceMention>) {
        let text = self.splitter.split(document);
        let syntax = self.analyser.parse(document, &text);
        let parsed = Parsed { document, text: &text, syntax: &syntax };
        let found = place::find(&parsed, &self.gazetteer);
        (text, found)
    }

    fn incidents(&self, report: &Value, misses: bool, tally: &mut Incidents) -> Result<()> {
        let words = report["text"].as_str().context("a report without text")?;
        let own = |key: &str| report["meta"][key].as_str().map(str::to_owned);
        let meta = Meta { title: own("title"), outlet: own("outlet"), ..Meta::default() };
        let document = Document::new(words.to_owned(), meta)?;
        let (text, found) = self.places(&document);
        for incident in report["incidents"].as_array().into_iter().flatten() {
            let gold = &incident["place"];
            let wanted: Vec<&str> =
                ["settlement", "name", "adm2"].iter().filter_map(|k| gold[*k].as_str()).collect();
            if wanted.is_empty() {
                continue;
            }
            tally.all += 1;
            let spans: Vec<(usize, usize)> = incident["evidence"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|e| bytes(words, e))
                .collect();
            let matching: Vec<&PlaceMention> =
                found.iter().filter(|m| wanted.iter().any(|w| names(m, w))).collect();
            tally.in_document += usize::from(!matching.is_empty());
            let near: Vec<&PlaceMention> = matching
                .iter()
                .copied()
                .filter(|m| {
                    let sentence = &text.sentences()[text.sentence_of(m.tokens.start)].span;
                    spans.iter().any(|&(start, end)| start < sentence.end() && sentence.start() < end)
                })
                .collect();
            let Some(best) = near.first().or(matching.first()) else {
                if misses {
                    println!(
                        "NOT FOUND {} {wanted:?} {} in {}",
                        report["id"], gold["adm1"], incident["evidence"][0]
                    );
                }
                continue;
            };
            tally.named += usize::from(!near.is_empty());
            if misses && near.is_empty() {
                println!(
                    "ELSEWHERE {} {wanted:?} {} in {}",
                    report["id"], gold["adm1"], incident["evidence"][0]
                );
            }
            let any = |fits: &dyn Fn(&PlaceMention) -> bool| near.iter().chain(&matching).any(|m| fits(m));
            let country = gold["country"].as_str();
            let country_right = any(&|m| m.place.country.as_deref() == country);
            tally.countries.1 += 1;
            tally.countries.0 += usize::from(country_right);
            let mut unit_right = true;
            if let Some(unit) = gold["adm1"].as_str() {
                unit_right = any(&|m| m.place.adm1.as_deref().is_some_and(|own| same_name(own, unit)));
                tally.units.1 += 1;
                tally.units.0 += usize::from(unit_right);
            }
            if misses && !(country_right && unit_right) {
                println!(
                    "RESOLVED  {} {wanted:?} {} {} as {:?} {:?} {:?} {:.2}",
                    report["id"],
                    gold["adm1"],
                    gold["country"],
                    best.place.name,
                    best.place.adm1,
                    best.place.country,
                    best.place.score
                );
            }
        }
        Ok(())
    }

    fn toponyms(&self, report: &Value, misses: bool, corpus: &mut Corpus) -> Result<()> {
        let words = report["text"].as_str().context("a report without text")?;
        let offsets: Vec<usize> = words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
        let meta = Meta { outlet: report["domain"].as_str().map(str::to_owned), ..Meta::default() };
        let document = Document::new(words.to_owned(), meta)?;
        let gold: Vec<Toponym> = report["toponyms"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|toponym| Toponym::read(toponym, &offsets))
            .collect();
        let text = self.splitter.split(&document);
        let syntax = self.analyser.parse(&document, &text);
        let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
        let found: Vec<PlaceMention> = place::find(&parsed, &self.gazetteer)
            .into_iter()
            .filter(|m| m.place.level > Level::Site || is_marked_site(&parsed, m))
            .collect();
        corpus.gold += gold.len();
        for (n, spans) in corpus.recognition.iter_mut().enumerate() {
            let counted: Vec<&PlaceMention> = found.iter().filter(|m| counts(m, n)).collect();
            let widest = n + 1 == CONVENTIONS.len();
            let hits = spans.add(&parsed, &gold, &counted, (misses && widest).then_some(words));
            if !widest {
                continue;
            }
            for (toponym, hit) in gold.iter().zip(hits) {
                let Some(mention) = hit.filter(|_| toponym.position.is_some()) else { continue };
                corpus.found.all += 1;
                corpus.found.right += usize::from(toponym.is_met(&self.gazetteer, mention));
            }
        }
        self.marked(&parsed, &gold, misses, &mut corpus.marked);
        Ok(())
    }

    /// Resolution of the names as they are marked.
    fn marked(&self, parsed: &Parsed<'_>, gold: &[Toponym], misses: bool, located: &mut Located) {
        let words = parsed.document.text();
        let mut gold: Vec<(&Toponym, std::ops::Range<usize>)> =
            gold.iter().filter_map(|t| Some((t, tokens(parsed.text, t.start, t.end)?))).collect();
        gold.sort_by_key(|(t, _)| (t.start, t.end));
        gold.dedup_by(|b, a| b.1.start < a.1.end);
        let names: Vec<_> = gold.iter().map(|(_, tokens)| tokens.clone()).collect();
        for ((toponym, _), mention) in gold.iter().zip(place::resolve(parsed, &self.gazetteer, &names)) {
            if toponym.position.is_none() {
                continue;
            }
            let right = toponym.is_met(&self.gazetteer, &mention);
            located.all += 1;
            located.right += usize::from(right);
            if misses && !right {
                println!(
                    "FAR {} ({}) at {:.1?} as {} {:?} {:?} {:?} {:.1?}",
                    &words[toponym.start..toponym.end],
                    toponym.title.as_deref().unwrap_or_default(),
                    toponym.position,
                    mention.place.name,
                    mention.place.level,
                    mention.place.adm1,
                    mention.place.country,
                    mention.place.position,
                );
            }
        }
    }
}

impl Spans {
    /// Counts the mentions of one report; gives for each name of the gold the mention that meets it.
    fn add<'a>(
        &mut self,
        parsed: &Parsed<'_>,
        gold: &[Toponym],
        found: &[&'a PlaceMention],
        misses: Option<&str>,
    ) -> Vec<Option<&'a PlaceMention>> {
        let spans: Vec<(usize, usize)> = found
            .iter()
            .map(|m| {
                let span = parsed.text.span_of(m.proper.clone());
                (span.start(), span.end())
            })
            .collect();
        self.gold += gold.len();
        self.found += found.len();
        let mut used = vec![false; found.len()];
        let mut hits = Vec::with_capacity(gold.len());
        for toponym in gold {
            let meets = |n: &usize| !used[*n] && spans[*n].0 < toponym.end && toponym.start < spans[*n].1;
            let is_exact = |n: &usize| spans[*n] == (toponym.start, toponym.end);
            let hit = (0..found.len()).filter(meets).max_by_key(|n| (is_exact(n), std::cmp::Reverse(*n)));
            if let Some(words) = misses
                && hit.is_none_or(|n| !is_exact(&n))
            {
                let kind = if hit.is_some() { "INEXACT" } else { "NOT FOUND" };
                let own = hit.map_or("", |n| &words[spans[n].0..spans[n].1]);
                let shown = &words[toponym.start..toponym.end];
                println!("{kind} {shown} <{own}> in …{}…", around(words, toponym.start, toponym.end));
            }
            if let Some(n) = hit {
                used[n] = true;
                self.overlapping += 1;
                self.exact += usize::from(is_exact(&n));
            }
            hits.push(hit.map(|n| found[n]));
        }
        if let Some(words) = misses {
            for (n, &(start, end)) in spans.iter().enumerate().filter(|(n, _)| !used[*n]) {
                let (shown, form) = (&words[start..end], found[n].form);
                println!(
                    "SPURIOUS {shown} <{form:?} {:?}> in …{}…",
                    found[n].place.level,
                    around(words, start, end)
                );
            }
        }
        hits
    }
}

/// Whether a mention counts under a convention.
fn counts(mention: &PlaceMention, convention: usize) -> bool {
    match mention.form {
        PlaceForm::Name if mention.place.level == Level::Site && mention.proper != mention.tokens => {
            convention >= 1
        }
        PlaceForm::Name | PlaceForm::Qualifier => true,
        PlaceForm::Part => convention >= 1,
        PlaceForm::Adjective => convention >= 2,
    }
}

/// A road, or a site that names the place it lies in.
fn is_marked_site(parsed: &Parsed<'_>, mention: &PlaceMention) -> bool {
    const ROADS: [&str; 18] = [
        "street",
        "st.",
        "st",
        "road",
        "rd.",
        "rd",
        "avenue",
        "ave.",
        "ave",
        "boulevard",
        "blvd.",
        "drive",
        "lane",
        "highway",
        "parkway",
        "trail",
        "freeway",
        "way",
    ];
    mention.proper != mention.tokens || mention.proper.clone().any(|t| ROADS.contains(&parsed.lower(t)))
}

/// The tokens that cover some bytes.
fn tokens(text: &Text, start: usize, end: usize) -> Option<std::ops::Range<usize>> {
    let first = text.tokens().partition_point(|t| t.span.end() <= start);
    let last = text.tokens().partition_point(|t| t.span.start() < end);
    (first < last).then_some(first..last)
}

fn around(words: &str, start: usize, end: usize) -> String {
    let from = words[..start].char_indices().rev().nth(30).map_or(0, |(at, _)| at);
    let to = words[end..].char_indices().nth(30).map_or(words.len(), |(at, _)| end + at);
    words[from..to].replace('\n', " ")
}

/// Bytes of an evidence, given as words or as a span with its quote.
fn bytes(words: &str, evidence: &Value) -> Option<(usize, usize)> {
    let quote = evidence.as_str().or_else(|| evidence["quote"].as_str())?;
    let start = words.find(quote)?;
    Some((start, start + quote.len()))
}

fn names(mention: &PlaceMention, wanted: &str) -> bool {
    let place = &mention.place;
    [Some(&place.name), place.settlement.as_ref(), place.adm2.as_ref()]
        .into_iter()
        .flatten()
        .any(|own| same_name(own, wanted))
}

/// As the scorer of readings compares names: without class words, one within the other or much alike.
fn same_name(a: &str, b: &str) -> bool {
    const GENERIC: [&str; 14] = [
        "the",
        "of",
        "oblast",
        "region",
        "state",
        "province",
        "district",
        "county",
        "governorate",
        "department",
        "republic",
        "city",
        "town",
        "village",
    ];
    let bare = |name: &str| -> Vec<String> {
        latin(&fold(name)).split(' ').filter(|w| !GENERIC.contains(w)).map(str::to_owned).collect()
    };
    let (a, b) = (bare(a), bare(b));
    if a.is_empty() || b.is_empty() {
        return false;
    }
    a.iter().all(|w| b.contains(w))
        || b.iter().all(|w| a.contains(w))
        || strsim::normalized_levenshtein(&a.concat(), &b.concat()) >= 0.8
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn label(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
