//! Which incident of a reading is which of gold, and which candidates gold calls right.

use crate::input::evidence;
use annalist::reading::Reading;
use annalist::score::Kind;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// Incidents of a reading matched to those of gold, one to one, by the sentences that they share, then by mode and place.
pub(super) struct Matches<'a> {
    gold: Vec<Option<&'a Value>>,
}

impl<'a> Matches<'a> {
    /// Matches one report.
    pub(super) fn new(report: &'a Value, reading: &Reading) -> Self {
        const ENOUGH: f64 = 0.15;
        let words = &reading.document.text;
        let sentences = sentences(words);
        let touched = |spans: &[Range<usize>]| -> BTreeSet<usize> {
            let hit = |s: &Range<usize>| spans.iter().any(|x| x.start < s.end && s.start < x.end);
            sentences.iter().enumerate().filter(|(_, s)| hit(s)).map(|(n, _)| n).collect()
        };
        let known: Vec<&Value> =
            report["incidents"].as_array().map_or(Vec::new(), |all| all.iter().collect());
        let of_gold: Vec<_> = known.iter().map(|g| touched(&evidence(g, words))).collect();
        let mut pairs = Vec::new();
        for (p, incident) in reading.incidents.iter().enumerate() {
            let claims = reading.claims.iter().filter(|c| c.incident == incident.id).map(|c| &c.evidence);
            let bytes = |point: usize| words.char_indices().nth(point).map_or(words.len(), |(at, _)| at);
            let spans: Vec<_> =
                incident.evidence.iter().chain(claims).map(|e| bytes(e.start)..bytes(e.end)).collect();
            let found = touched(&spans);
            for (g, gold) in known.iter().enumerate() {
                let shared = of_gold[g].intersection(&found).count();
                if shared == 0 {
                    continue;
                }
                let share = shared as f64 / of_gold[g].union(&found).count() as f64;
                let mode = f64::from(gold["mode"] == incident.mode.as_str());
                let place = incident.place.settlement.as_deref().or(incident.place.name.as_deref());
                let place = f64::from(place.is_some_and(|p| is_place(&gold["place"], p)));
                pairs.push((0.5 * share + 0.2 * mode + 0.2 * place, p, g));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut gold = vec![None; reading.incidents.len()];
        let mut used = BTreeSet::new();
        for (score, p, g) in pairs {
            if score >= ENOUGH && gold[p].is_none() && used.insert(g) {
                gold[p] = Some(known[g]);
            }
        }
        Matches { gold }
    }

    /// The gold incident that one of the reading is.
    pub(super) fn gold_of(&self, incident: usize) -> Option<&'a Value> {
        self.gold[incident]
    }
}

/// Which words of a report tell of which incident of gold.
pub(super) struct Told {
    spans: Vec<Vec<Range<usize>>>,
}

impl Told {
    /// Reads the evidence of a report's incidents.
    pub(super) fn new(report: &Value, words: &str) -> Self {
        let known = report["incidents"].as_array().map_or(&[][..], Vec::as_slice);
        Told { spans: known.iter().map(|incident| evidence(incident, words)).collect() }
    }

    fn incidents(&self, segment: &Value) -> BTreeSet<usize> {
        let bound = |n: usize| segment[n].as_u64().unwrap_or_default() as usize;
        let (start, end) = (bound(0), bound(1));
        let told = |spans: &Vec<Range<usize>>| spans.iter().any(|s| s.start < end && start < s.end);
        (0..self.spans.len()).filter(|&n| told(&self.spans[n])).collect()
    }

    /// The incident that most of some segments tell of, the first of several.
    fn main_incident(&self, segments: &[Value]) -> Option<usize> {
        let mut votes = vec![0; self.spans.len()];
        segments.iter().flat_map(|s| self.incidents(s)).for_each(|n| votes[n] += 1);
        let best = votes.iter().copied().max().filter(|&n| n > 0)?;
        votes.iter().position(|&n| n == best)
    }

    /// Whether a step that was weighed for a segment puts together what gold puts together.
    pub(super) fn is_right(&self, step: &Value) -> bool {
        let of_segment = self.incidents(&step["segment"]);
        let with = step["with"].as_array().map_or(&[][..], Vec::as_slice);
        let of_draft = self.main_incident(with);
        let begun = step["begun"].as_array().map_or(&[][..], Vec::as_slice);
        match step["step"].as_str() {
            Some("join") => of_draft.map_or(of_segment.is_empty(), |n| of_segment.contains(&n)),
            Some("leave") => of_segment.is_empty(),
            Some("sum up") => of_segment.len() > 1,
            _ => {
                let known: BTreeSet<usize> =
                    begun.iter().filter_map(|d| self.main_incident(d.as_array()?)).collect();
                of_segment.iter().any(|n| !known.contains(n))
            }
        }
    }
}

/// Whether gold has a candidate's value, to the last: a place also to its precision.
pub(super) fn exact(kind: Kind, value: &Value, gold: &Value) -> bool {
    right(kind, value, gold) && (kind != Kind::Place || value["precision"] == gold["place"]["precision"])
}

/// Whether gold has a candidate's value.
pub(super) fn right(kind: Kind, value: &Value, gold: &Value) -> bool {
    let holds = |list: &Value| list.as_array().is_some_and(|all| all.contains(value));
    let damaged =
        |fits: &dyn Fn(&Value) -> bool| gold["damage"].as_array().is_some_and(|all| all.iter().any(fits));
    match kind {
        Kind::Join | Kind::Incident => true,
        Kind::Mode => *value == gold["mode"],
        Kind::Date => value[0] == gold["date"]["earliest"] && value[1] == gold["date"]["latest"],
        Kind::Place => {
            let named = value["settlement"].as_str().or(value["name"].as_str());
            let country = value["country"] == gold["place"]["country"];
            country && named.is_some_and(|name| is_place(&gold["place"], name))
        }
        Kind::Damage => damaged(&|d| d["class"] == *value),
        Kind::Severity => damaged(&|d| d["class"] == value["class"] && d["severity"] == value["severity"]),
        Kind::Weapon => holds(&gold["weapon"]),
        Kind::Target => holds(&gold["targets"]),
        Kind::Perpetrator => {
            let name = &gold["perpetrator"]["name"];
            match (value.as_str(), name.as_str()) {
                (Some(ours), Some(gold)) => same_name(ours, gold),
                (None, None) => true,
                _ => false,
            }
        }
    }
}

fn is_place(gold: &Value, name: &str) -> bool {
    [&gold["settlement"], &gold["name"]].iter().filter_map(|v| v.as_str()).any(|known| same_name(known, name))
}

/// Whether two names are one: the words of one among those of the other, class words left out.
fn same_name(a: &str, b: &str) -> bool {
    const CLASS_WORDS: [&str; 14] = [
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
    let words = |name: &str| -> BTreeSet<String> {
        name.to_lowercase()
            .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
            .filter(|w| !w.is_empty() && !CLASS_WORDS.contains(w))
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    !a.is_empty()
        && !b.is_empty()
        && (a.is_subset(&b) || b.is_subset(&a) || strsim::jaro(&join(&a), &join(&b)) > 0.92)
}

fn join(words: &BTreeSet<String>) -> String {
    words.iter().map(String::as_str).collect()
}

/// The sentences of a text as the scorer of readings cuts them: at ends of sentences before a capital, and at ends of lines.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        if !c.is_whitespace() {
            before = c;
            continue;
        }
        let mut end = at + c.len_utf8();
        let mut line = c == '\n';
        while let Some(&(next, space)) = chars.peek().filter(|(_, s)| s.is_whitespace()) {
            line |= space == '\n';
            end = next + space.len_utf8();
            chars.next();
        }
        let after = chars.peek().map_or(' ', |&(_, c)| c);
        let opens = after.is_uppercase()
            || after.is_ascii_digit()
            || matches!(after, '"' | '“' | '«' | '‘' | '(' | '•' | '–' | '-');
        let ends = matches!(before, '.' | '!' | '?' | '…' | '»' | '”' | '"');
        if line || ends && opens {
            sentences.push(start..at);
            start = end;
        }
    }
    sentences.push(start..text.len());
    sentences.retain(|s| s.end > s.start);
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sentences_end_before_capitals_and_at_line_ends() {
        let text = "It fell. he ran.\nThen \"No.\" She left.";
        let found: Vec<&str> = sentences(text).into_iter().map(|s| &text[s]).collect();
        assert_eq!(found, ["It fell. he ran.", "Then \"No.\"", "She left."]);
    }

    #[test]
    fn values_are_compared_by_kind() {
        let gold = json!({
            "date": {"earliest": "2025-01-01", "latest": "2025-01-02"}, "weapon": ["drone"],
            "place": {"name": "Borisovka", "settlement": null, "country": "RU"},
            "perpetrator": {"name": null},
        });
        assert!(right(Kind::Date, &json!(["2025-01-01", "2025-01-02"]), &gold));
        assert!(!right(Kind::Date, &json!(["2025-01-01", "2025-01-01"]), &gold));
        assert!(right(Kind::Weapon, &json!("drone"), &gold) && !right(Kind::Weapon, &json!("mine"), &gold));
        assert!(right(
            Kind::Place,
            &json!({"settlement": "the village of Borisovka", "country": "RU"}),
            &gold
        ));
        assert!(right(Kind::Perpetrator, &json!(null), &gold));
    }
}
