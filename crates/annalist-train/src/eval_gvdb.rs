//! `eval gvdb`: persons of the Gun Violence Database: are victims and shooters found by name, and what became of them?
//!
//! # Source
//! Pavlick et al. 2016, "The Gun Violence Database: A new task and data set for NLP".

use crate::eval_speech::{Tally, same_person};
use crate::input;
use annalist::reading::{Count, Person, Reading};
use annalist::{Bundle, Document, Engine, Meta};
use anyhow::{Context, Result};
use rayon::prelude::*;
use serde_json::Value;
use std::path::PathBuf;

/// Arguments of `eval gvdb`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Reports with their persons, one JSON object a line.
    #[arg(long)]
    gold: PathBuf,
    /// Prints persons that were missed or invented.
    #[arg(long)]
    errors: bool,
}

/// Somebody by name, with what became of them where it counts.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    name: String,
    outcome: &'static str,
}

/// Reads the reports and prints how many persons and figures are right.
pub(crate) fn run(args: &Args) -> Result<()> {
    let engine = Engine::new(&Bundle::embedded())?;
    let gold = input::reports(&args.gold)?;
    let readings: Vec<Reading> =
        gold.par_iter().map(|report| read(&engine, report)).collect::<Result<_>>()?;
    let (mut victims, mut fates, mut shooters) = (Tally::default(), Tally::default(), Tally::default());
    let (mut killed, mut injured) = (Tally::default(), Tally::default());
    for (report, reading) in gold.iter().zip(&readings) {
        let wanted = gold_victims(report);
        let found = people(reading, |p| matches!(p.role.as_str(), "victim" | "target"));
        let same = |a: &Named, b: &Named| same_person(&a.name, &b.name);
        count(&mut victims, &wanted, &found, same);
        count(&mut fates, &wanted, &found, |a, b| same(a, b) && a.outcome == b.outcome);
        let gold_shooters = named(&report["gold"]["shooter"], |_| "");
        let found_shooters = people(reading, |p| p.role == "perpetrator");
        count(&mut shooters, &gold_shooters, &found_shooters, same);
        for (tally, outcome) in [(&mut killed, "killed"), (&mut injured, "injured")] {
            figure(tally, report, reading, outcome);
        }
        if args.errors {
            let id = report["id"].as_str().unwrap_or_default();
            println!(
                "{id}\n    gold  {wanted:?} shot by {gold_shooters:?}\n    found {found:?} shot by {found_shooters:?}"
            );
        }
    }
    victims.print("victim");
    fates.print("victim.outcome");
    shooters.print("shooter");
    killed.print("killed");
    injured.print("injured");
    Ok(())
}

fn read(engine: &Engine, report: &Value) -> Result<Reading> {
    let text = report["text"].as_str().context("a report has `text`")?;
    let published_at = report["gold"]["date"].as_str().and_then(|d| d.parse().ok());
    let title = report["title"].as_str().map(str::to_owned);
    let document = Document::new(text.to_owned(), Meta { published_at, title, ..Meta::default() })?;
    Ok(engine.read(&document))
}

fn gold_victims(report: &Value) -> Vec<Named> {
    named(&report["gold"]["victim"], fate)
}

/// Killed before injured; who came to hospital was injured.
fn fate(person: &Value) -> &'static str {
    let is = |status: &str| person["status"].as_array().into_iter().flatten().any(|s| s == status);
    match () {
        () if is("killed") => "killed",
        () if is("injured") || is("hospitalized") => "injured",
        () => "",
    }
}

fn named(persons: &Value, outcome: impl Fn(&Value) -> &'static str) -> Vec<Named> {
    let persons = persons.as_array().into_iter().flatten();
    persons
        .filter_map(|p| {
            let name = p["name"].as_str().or_else(|| p["name"]["s"].as_str())?;
            Some(Named { name: name.to_owned(), outcome: outcome(p) })
        })
        .collect()
}

/// Persons of a reading by name, each once.
fn people(reading: &Reading, wanted: impl Fn(&Person) -> bool) -> Vec<Named> {
    let mut people: Vec<Named> = Vec::new();
    for person in reading.incidents.iter().flat_map(|i| &i.people).filter(|p| wanted(p)) {
        let Some(name) = &person.name else { continue };
        let outcome = match person.outcome.as_str() {
            "killed" | "died_of_wounds" => "killed",
            "injured" => "injured",
            _ => "",
        };
        if people.iter().all(|p| !same_person(&p.name, name)) {
            people.push(Named { name: name.clone(), outcome });
        }
    }
    people
}

/// Counts pairs, each gold person with one found at most.
fn count(tally: &mut Tally, gold: &[Named], found: &[Named], same: impl Fn(&Named, &Named) -> bool) {
    let mut left: Vec<&Named> = found.iter().collect();
    for person in gold {
        if let Some(at) = left.iter().position(|f| same(person, f)) {
            left.remove(at);
            tally.hit += 1;
        }
    }
    tally.gold += gold.len();
    tally.found += found.len();
}

/// Whether the largest figure of a reading is that of the registered persons; a report without any asks for none.
fn figure(tally: &mut Tally, report: &Value, reading: &Reading, outcome: &'static str) {
    let victims = report["gold"]["victim"].as_array().into_iter().flatten();
    let gold = victims.filter(|v| fate(v) == outcome).count() as u64;
    let figures = reading
        .incidents
        .iter()
        .filter_map(|i| if outcome == "killed" { i.killed.as_ref() } else { i.injured.as_ref() });
    let found = figures.max_by_key(|c| c.min).filter(|c| c.max != Some(0));
    let fits = |c: &Count| c.min <= gold && c.max.is_none_or(|max| gold <= max);
    tally.gold += usize::from(gold > 0);
    tally.found += usize::from(found.is_some());
    tally.hit += usize::from(gold > 0 && found.is_some_and(fits));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_gravest_fate_counts_and_nobody_is_found_twice() {
        assert_eq!(fate(&json!({"status": ["hospitalized", "killed"]})), "killed");
        assert_eq!(fate(&json!({"status": ["hospitalized"]})), "injured");
        let person = |name: &str| Named { name: name.into(), outcome: "killed" };
        let mut tally = Tally::default();
        let gold = [person("Ann Marlow"), person("Bob Marlow")];
        count(&mut tally, &gold, &[person("Marlow")], |a, b| same_person(&a.name, &b.name));
        assert_eq!((tally.hit, tally.gold, tally.found), (1, 2, 1));
    }
}
