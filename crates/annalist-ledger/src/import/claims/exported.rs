//! A row of our own table as claims: each value that another ledger exported, tied to the cells that hold it.

use super::Draft;
use crate::export::value::JOIN;
use crate::import::own;
use crate::incident::Figure;
use crate::report::BEST;
use annalist::reading::{Count, Evidence, Incident};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// What the cells of a row tell, and which cells tell it.
pub(super) struct Exported {
    incident: crate::Incident,
    named: bool,
    /// For each field the columns that tell it, in the order of `schema/export/read.tsv`.
    columns: BTreeMap<String, Vec<usize>>,
}

impl Default for Exported {
    fn default() -> Self {
        Exported { incident: own::blank(), named: false, columns: BTreeMap::new() }
    }
}

impl Exported {
    /// Takes a cell to the part of the incident that it was written from. Its words must stand in the list, when one is
    /// named.
    pub(super) fn put(
        &mut self,
        part: &str,
        column: usize,
        cell: &str,
        (list, values): (&str, &[String]),
    ) -> Result<(), String> {
        let is_other = |word: &&str| !list.is_empty() && !values.iter().any(|value| value == word);
        if let Some(word) = cell.split(JOIN).find(is_other) {
            return Err(format!("`{word}` is no {list}; it is one of {}", values.join(", ")));
        }
        let put = own::put(&mut self.incident, part, cell);
        put.ok_or_else(|| format!("schema/export/read.tsv names a part `{part}` that there is not"))??;
        self.named |= part == "id";
        let field = part.strip_prefix("json.").unwrap_or(part);
        let field = field.split('.').next().unwrap_or(field).to_owned();
        self.columns.entry(field).or_default().push(column);
        Ok(())
    }
}

impl Draft {
    /// The incident of a row of our own table.
    pub(super) fn exported_incident(&mut self) -> Result<Incident, String> {
        let exported = std::mem::take(&mut self.exported);
        let own = exported.incident;
        if !exported.named {
            return Err("an incident has an id".to_owned());
        }
        let date = own.date.value;
        if let (Some(earliest), Some(latest)) = (&date.earliest, &date.latest)
            && earliest > latest
        {
            return Err(format!("it begins on {earliest} and ends on {latest}"));
        }
        self.id = Some(own.id.to_string());
        let columns = |field: &str| exported.columns.get(field).map_or(&[][..], Vec::as_slice);
        self.claim_one("mode", &own.mode.value, columns("mode"));
        self.claim_one("stage", &own.stage.value, columns("stage"));
        self.claim_one("date", &date, columns("date"));
        self.claim_one("place", &own.place.value, columns("place"));
        self.claim_one("perpetrator", &own.perpetrator.value, columns("perpetrator"));
        let killed = self.claim_count("killed", own.killed.value, columns("killed"));
        let injured = self.claim_count("injured", own.injured.value, columns("injured"));
        self.claim_words_of("weapon", &own.weapon.value, columns("weapon"));
        self.claim_words_of("targets", &own.targets.value, columns("targets"));
        self.claim_words_of("election_related_by", &own.election_related_by.value, columns("election"));
        self.claim_each("groups", &own.groups.value, columns("groups"));
        self.claim_each("people", &own.people.value, columns("people"));
        self.claim_each("damage", &own.damage.value, columns("damage"));
        let or = |value: String, none: &str| if value.is_empty() { none.to_owned() } else { value };
        let (mut date, mut place, mut perpetrator) = (date, own.place.value, own.perpetrator.value);
        date.precision = or(date.precision, "undated");
        place.precision = or(place.precision, "unknown");
        perpetrator.state = or(perpetrator.state, "unattributed");
        Ok(Incident {
            id: "i1".into(),
            mode: or(own.mode.value, "attack"),
            stage: or(own.stage.value, "carried_out"),
            date,
            place,
            weapon: own.weapon.value,
            targets: own.targets.value,
            perpetrator,
            killed,
            injured,
            groups: own.groups.value,
            people: own.people.value,
            damage: own.damage.value,
            election_related_by: own.election_related_by.value,
            links: Vec::new(),
            voices: vec!["v0".into()],
            evidence: vec![self.whole()],
            claims: self.number_claims(),
        })
    }

    /// From the first of these cells to the last.
    fn words_from_to(&self, columns: &[usize]) -> Option<Evidence> {
        let cells = || columns.iter().filter_map(|&column| self.evidence(column));
        let start = cells().map(|cell| cell.start).min()?;
        let end = cells().map(|cell| cell.end).max()?;
        let quote = self.text.chars().skip(start).take(end - start).collect();
        Some(Evidence { start, end, quote })
    }

    fn claim_one(&mut self, field: &str, value: &impl Serialize, columns: &[usize]) {
        if let Some(words) = self.words_from_to(columns) {
            self.claim_words(field, json!(value), words);
        }
    }

    fn claim_each<T: Serialize>(&mut self, field: &str, values: &[T], columns: &[usize]) {
        values.iter().for_each(|value| self.claim_one(field, value, columns));
    }

    /// Words joined in one cell, each at its place.
    fn claim_words_of(&mut self, field: &str, values: &[String], columns: &[usize]) {
        let Some(cell) = columns.first().and_then(|&column| self.evidence(column)) else { return };
        let mut start = cell.start;
        for value in values {
            let end = start + value.chars().count();
            self.claim_words(field, json!(value), Evidence { start, end, quote: value.clone() });
            start = end + JOIN.chars().count();
        }
    }

    /// A figure as bounds, and what was taken between them.
    fn claim_count(&mut self, field: &str, figure: Option<Figure>, columns: &[usize]) -> Option<Count> {
        let Figure { min, best, max, basis } = figure?;
        let max = max.filter(|max| *max >= min);
        let count = Count { min, max, basis };
        self.claim_one(field, &count, columns);
        if best != max.unwrap_or(min) {
            self.claim_one(&format!("{field}.{BEST}"), &best, columns);
        }
        Some(count)
    }
}
