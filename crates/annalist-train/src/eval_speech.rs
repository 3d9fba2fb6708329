//! Quotations, their speakers and voices against gold reports, counted as the scorer of readings counts them.

use annalist::bundle::Bundle;
use annalist::gazetteer::Gazetteer;
use annalist::lexicon::Lexicon;
use annalist::mention::{person, place};
use annalist::speech::{NARRATOR, Speech, SpeechFinder, SpeechForm};
use annalist::syntax::Analyser;
use annalist::text::Splitter;
use annalist::{Document, Meta, Parsed};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;

/// Which reports, and how much to print.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports: a JSON array or one JSON object a line.
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Print what was missed, invented or given to the wrong speaker.
    #[arg(long)]
    errors: bool,
    /// Print persons and their offices.
    #[arg(long)]
    persons: bool,
}

/// Right ones, gold ones, found ones.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) hit: usize,
    pub(crate) gold: usize,
    pub(crate) found: usize,
}

impl Tally {
    /// Prints precision, recall and F1 on one line.
    pub(crate) fn print(&self, name: &str) {
        let share = |a: usize, b: usize| if b == 0 { 0.0 } else { 100.0 * a as f64 / b as f64 };
        let (p, r) = (share(self.hit, self.found), share(self.hit, self.gold));
        let f = if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) };
        println!("{name:14} P {p:5.1}  R {r:5.1}  F1 {f:5.1}   ({} gold, {} found)", self.gold, self.found);
    }
}

/// Somebody in gold or in a finding, reduced to what is compared.
#[derive(Clone, Debug, Default)]
struct Who {
    kind: String,
    name: Option<String>,
    role: Option<String>,
}

impl Who {
    fn same(&self, other: &Who) -> bool {
        match (&self.name, &other.name) {
            (Some(a), Some(b)) => same_person(a, b),
            (None, None) => self.kind == other.kind,
            _ => false,
        }
    }
}

/// A quotation: code points from start to end, and its speaker.
struct Quote {
    start: usize,
    end: usize,
    who: Who,
    rule: &'static str,
}

impl Quote {
    fn same_span(&self, other: &Quote) -> bool {
        let shared = self.end.min(other.end) as f64 - self.start.max(other.start) as f64;
        shared > 0.8 * (self.end - self.start).max(other.end - other.start) as f64
    }
}

/// Runs the stage over every report and prints the three measures.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = Bundle::embedded();
    let splitter = Splitter::new(&bundle)?;
    let lexicon = Lexicon::new(&bundle, "lang/en/")?;
    let gazetteer = Gazetteer::new(&bundle)?;
    let analyser = Analyser::new(&bundle)?;
    let finder = SpeechFinder::new(&bundle)?;
    let (mut quote, mut speaker, mut voice, mut people) =
        (Tally::default(), Tally::default(), Tally::default(), Tally::default());
    for path in &args.gold {
        for report in crate::input::reports(path)? {
            let text = report["text"].as_str().context("a report without text")?;
            let meta = Meta { title: report["meta"]["title"].as_str().map(str::to_owned), ..Meta::default() };
            let document = Document::new(text.to_owned(), meta)?;
            let split = splitter.split(&document);
            let syntax = analyser.parse(&document, &split);
            let parsed = Parsed { document: &document, text: &split, syntax: &syntax };
            let mut hits = Vec::new();
            for sentence in split.sentences() {
                lexicon.find(sentence.tokens.start, &parsed.words(sentence.tokens.clone()), &mut hits);
            }
            hits.sort_by_key(|h| (h.tokens.start, h.tokens.end, h.entry));
            let places = place::find(&parsed, &gazetteer);
            let persons = person::find(&parsed, &hits, &lexicon, &places);
            let speech = finder.find(&parsed, &persons, &hits, &lexicon, &places);
            let id = report["id"].as_str().unwrap_or_default();

            let gold_voices = gold_voices(&report);
            let found_voices: Vec<Who> = speech.voices[1..].iter().map(who).collect();
            let missed = match_up(&gold_voices, &found_voices, Who::same);
            voice.gold += gold_voices.len();
            voice.found += found_voices.len();
            voice.hit += missed.0;

            let gold_quotes = gold_quotes(&report);
            let found_quotes = found_quotes(&speech, text);
            let spans = match_up(&gold_quotes, &found_quotes, Quote::same_span);
            let speakers = match_up(&gold_quotes, &found_quotes, |a, b| a.same_span(b) && a.who.same(&b.who));
            for (tally, hit) in [(&mut quote, spans.0), (&mut speaker, speakers.0)] {
                tally.gold += gold_quotes.len();
                tally.found += found_quotes.len();
                tally.hit += hit;
            }
            let gold_people = gold_people(&report);
            for name in &gold_people {
                people.gold += 1;
                people.hit += usize::from(
                    persons.iter().any(|p| p.name.as_ref().is_some_and(|n| same_person(n, name))),
                );
            }
            let mut names: Vec<(usize, &str)> =
                persons.iter().filter_map(|p| Some((p.person, p.name.as_deref()?))).collect();
            names.sort_unstable();
            names.dedup();
            people.found += names.len();
            if args.errors {
                print_errors(id, text, &gold_quotes, &found_quotes, &spans, &speakers);
                for n in missed.1 {
                    println!("{id}  voice missed    {}", show(&gold_voices[n]));
                }
                for n in missed.2 {
                    println!("{id}  voice invented  {}", show(&found_voices[n]));
                }
            }
            if args.persons {
                for p in &persons {
                    let words = |r: &std::ops::Range<usize>| split.span_of(r.clone()).of(text).to_owned();
                    println!(
                        "{id}  #{} {:?} | {} | {} | {} | {} | {:?} {:?}",
                        p.person,
                        p.form,
                        words(&p.tokens),
                        p.name.clone().unwrap_or_default(),
                        p.office.as_ref().map(&words).unwrap_or_default(),
                        p.of.as_ref().map(&words).unwrap_or_default(),
                        p.age,
                        p.sex
                    );
                }
            }
        }
    }
    quote.print("quote");
    speaker.print("quote.speaker");
    voice.print("voice");
    people.print("people named");
    Ok(())
}

type Matching = (usize, Vec<usize>, Vec<usize>);

/// How many of `gold` find a partner of their own, who is left of either side.
fn match_up<T>(gold: &[T], found: &[T], same: impl Fn(&T, &T) -> bool) -> Matching {
    let mut left: Vec<usize> = (0..found.len()).collect();
    let mut missed = Vec::new();
    for (n, wanted) in gold.iter().enumerate() {
        match left.iter().position(|&f| same(wanted, &found[f])) {
            Some(at) => {
                left.remove(at);
            }
            None => missed.push(n),
        }
    }
    (gold.len() - missed.len(), missed, left)
}

fn who(voice: &annalist::speech::Voice) -> Who {
    Who { kind: voice.kind.clone(), name: voice.name.clone(), role: voice.role.clone() }
}

fn gold_who(voice: &Value) -> Who {
    let field = |key: &str| voice[key].as_str().map(str::to_owned);
    Who { kind: field("kind").unwrap_or_default(), name: field("name"), role: field("role") }
}

fn gold_voices(report: &Value) -> Vec<Who> {
    let voices = report["voices"].as_array().into_iter().flatten().map(gold_who);
    voices.filter(|v| v.kind != "narrator").collect()
}

fn gold_people(report: &Value) -> Vec<String> {
    let incidents = report["incidents"].as_array().into_iter().flatten();
    let people = incidents.flat_map(|i| i["people"].as_array().into_iter().flatten());
    people.filter_map(|p| p["name"].as_str().map(str::to_owned)).collect()
}

fn gold_quotes(report: &Value) -> Vec<Quote> {
    let text = report["text"].as_str().unwrap_or_default();
    let voice = |id: &Value| {
        let voices = report["voices"].as_array().into_iter().flatten();
        voices.into_iter().find(|v| v["id"] == *id).map(gold_who).unwrap_or_default()
    };
    let mut from = 0;
    let quotes = report["quotes"].as_array().into_iter().flatten();
    quotes
        .filter_map(|quote| {
            let words = quote["evidence"].as_str().or_else(|| quote["evidence"]["quote"].as_str())?;
            let at = match quote["evidence"]["start"].as_u64() {
                Some(start) => {
                    return Some(Quote {
                        start: start as usize,
                        end: quote["evidence"]["end"].as_u64()? as usize,
                        who: voice(&quote["voice"]),
                        rule: "",
                    });
                }
                None => text[from..].find(words).map(|at| at + from).or_else(|| text.find(words))?,
            };
            from = at + words.len();
            let start = text[..at].chars().count();
            Some(Quote { start, end: start + words.chars().count(), who: voice(&quote["voice"]), rule: "" })
        })
        .collect()
}

fn found_quotes(speech: &Speech, text: &str) -> Vec<Quote> {
    let direct = speech.attributions.iter().filter(|a| a.form == SpeechForm::Direct);
    direct
        .map(|a| {
            let start = text[..a.content.start()].chars().count();
            let end = start + a.content.of(text).chars().count();
            let who = if a.voice == NARRATOR { Who::default() } else { who(&speech.voices[a.voice]) };
            Quote { start, end, who, rule: a.rule }
        })
        .collect()
}

fn print_errors(
    id: &str,
    text: &str,
    gold: &[Quote],
    found: &[Quote],
    spans: &Matching,
    speakers: &Matching,
) {
    let words = |q: &Quote| text.chars().skip(q.start).take((q.end - q.start).min(70)).collect::<String>();
    for &n in &spans.1 {
        println!("{id}  quote missed    «{}» {}", words(&gold[n]), show(&gold[n].who));
    }
    for &n in &spans.2 {
        println!("{id}  quote invented  «{}» {} {}", words(&found[n]), show(&found[n].who), found[n].rule);
    }
    for n in speakers.1.iter().filter(|n| !spans.1.contains(n)) {
        let given = found.iter().find(|f| gold[*n].same_span(f));
        println!(
            "{id}  wrong speaker   «{}» is {} but was given {} {}",
            words(&gold[*n]),
            show(&gold[*n].who),
            given.map(|f| show(&f.who)).unwrap_or_default(),
            given.map_or("", |f| f.rule)
        );
    }
}

fn show(who: &Who) -> String {
    let field = |f: &Option<String>| f.clone().unwrap_or_else(|| "-".into());
    format!("[{} {} {}]", who.kind, field(&who.name), field(&who.role))
}

/// Whether two names may be one person's: the same last name, or all words of the shorter in the longer.
pub(crate) fn same_person(a: &str, b: &str) -> bool {
    let (a, b) = (norm(a), norm(b));
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    let inside = |x: &[&str], y: &[&str]| x.iter().all(|w| y.contains(w));
    !a.is_empty() && !b.is_empty() && (a.last() == b.last() || inside(&a, &b) || inside(&b, &a))
}

fn norm(text: &str) -> String {
    let kept = text.to_lowercase().chars().filter(|c| !"’'`ʼ".contains(*c)).collect::<String>();
    kept.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}
