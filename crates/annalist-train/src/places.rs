//! `eval places`: are the places of gold incidents found and resolved; recognition and distance on geoparsing
//! corpora.

use annalist::bundle::Bundle;
use annalist::gazetteer::name::{fold, latin};
use annalist::gazetteer::{Gazetteer, distance_km};
use annalist::mention::place::{self, PlaceForm, PlaceMention};
use annalist::syntax::{Analyser, Parsed};
use annalist::text::{Splitter, Text};
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

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
    let mut bundle = Bundle::embedded();
    if let Some(folder) = &args.data {
        overlay(&mut bundle, folder, folder)?;
    }
    let kit = Kit {
        splitter: Splitter::new(&bundle)?,
        analyser: Analyser::new(&bundle)?,
        gazetteer: Gazetteer::new(&bundle)?,
    };
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "gold", "incidents", "name", "country", "adm1", "in doc"
    );
    let mut total = Incidents::default();
    for path in &args.gold {
        let reports: Vec<Value> = serde_json::from_str(&read(path)?)?;
        let mut tally = Incidents::default();
        for report in &reports {
            kit.incidents(report, args.misses, &mut tally)?;
        }
        tally.print(&label(path));
        total.add(&tally);
    }
    total.print("all");
    for path in &args.toponyms {
        let mut tally = Toponyms::default();
        for line in read(path)?.lines().take(args.limit.unwrap_or(usize::MAX)) {
            kit.toponyms(&serde_json::from_str(line)?, args.misses, &mut tally)?;
        }
        tally.print(&label(path));
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

/// Spans found, spans of the gold, and how far the found ones lie off.
#[derive(Default)]
struct Toponyms {
    gold: usize,
    found: usize,
    exact: usize,
    overlapping: usize,
    located: usize,
    near: usize,
}

impl Toponyms {
    fn print(&self, label: &str) {
        let f1 = |hits| percent(2 * hits, self.gold + self.found);
        println!(
            "{label:<24} gold {} found {} | exact P {:.1} R {:.1} F1 {:.1} | overlap P {:.1} R {:.1} F1 {:.1} | within 161 km {:.1} of {} with coordinates, {:.1} of all gold",
            self.gold,
            self.found,
            percent(self.exact, self.found),
            percent(self.exact, self.gold),
            f1(self.exact),
            percent(self.overlapping, self.found),
            percent(self.overlapping, self.gold),
            f1(self.overlapping),
            percent(self.near, self.located),
            self.located,
            percent(self.near, self.gold),
        );
    }
}

impl Kit {
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

    fn toponyms(&self, report: &Value, misses: bool, tally: &mut Toponyms) -> Result<()> {
        let words = report["text"].as_str().context("a report without text")?;
        let offsets: Vec<usize> = words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
        let document = Document::new(words.to_owned(), Meta::default())?;
        let (text, found) = self.places(&document);
        // The corpora mark names, so that adjectives are not asked for.
        let found: Vec<(usize, usize, &PlaceMention)> = found
            .iter()
            .filter(|m| m.form == PlaceForm::Name)
            .map(|m| {
                let span = text.span_of(m.tokens.clone());
                (span.start(), span.end(), m)
            })
            .collect();
        tally.found += found.len();
        let mut used = vec![false; found.len()];
        for toponym in report["toponyms"].as_array().into_iter().flatten() {
            tally.gold += 1;
            let at = |key: &str| toponym[key].as_u64().and_then(|n| offsets.get(n as usize)).copied();
            let (Some(start), Some(end)) = (at("start"), at("end")) else { continue };
            let hit = found.iter().enumerate().find(|(n, f)| !used[*n] && f.0 < end && start < f.1);
            let Some((n, &(own_start, own_end, mention))) = hit else {
                if misses {
                    println!("NOT FOUND {} in …{}…", &words[start..end], around(words, start, end));
                }
                continue;
            };
            used[n] = true;
            tally.overlapping += 1;
            tally.exact += usize::from((own_start, own_end) == (start, end));
            if let (Some(lat), Some(lon)) = (toponym["lat"].as_f64(), toponym["lon"].as_f64()) {
                tally.located += 1;
                let near = mention.place.position.is_some_and(|own| distance_km(own, (lat, lon)) <= 161.0);
                tally.near += usize::from(near);
                if misses && !near {
                    println!(
                        "FAR {} at {lat:.1} {lon:.1} as {:?} {:?} {:?}",
                        &words[start..end],
                        mention.place.adm1,
                        mention.place.country,
                        mention.place.position
                    );
                }
            }
        }
        if misses {
            for (n, (start, end, _)) in found.iter().enumerate() {
                if !used[n] {
                    println!("SPURIOUS {} in …{}…", &words[*start..*end], around(words, *start, *end));
                }
            }
        }
        Ok(())
    }
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

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn overlay(bundle: &mut Bundle, root: &Path, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            overlay(bundle, root, &path)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            bundle.overlay(&name, std::fs::read(&path)?);
        }
    }
    Ok(())
}
