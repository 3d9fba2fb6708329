//! explain: where does each value of a report come from, and why are the others empty?

use crate::args::{ColorChoice, ExplainArgs, TextOrJson};
use crate::fields::{self, Field};
use crate::input::{self, Inputs};
use crate::ledger;
use crate::output::Output;
use crate::read::{self, Failure};
use crate::render::{self, View};
use crate::term::{self, Paint, Stderr, incident_style, sanitized};
use crate::{ALL_READ, SOME_UNREAD};
use annalist::reading::{Claim, Incident, Reading, Voice};
use annalist::score::{Choice, Scores};
use annalist::{Engine, RuleInfo};
use annalist_ingest::Limits;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

/// `annalist explain`.
pub(crate) fn run(args: &ExplainArgs, color: ColorChoice) -> Result<u8> {
    let name = ledger::name_in_ledger(&args.file);
    let saved = match &name {
        Some(name) => ledger::reading_of(name, &args.ledger, color)?,
        None => None,
    };
    if let Some(name) = name
        && saved.is_none()
    {
        return ledger::explain(&name, args.field.as_deref(), args.joins, args.format, &args.ledger, color);
    }
    if args.joins {
        bail!("--joins tells of incidents of the ledger; {} is none", args.file.display());
    }
    let bundle = input::bundle(&args.ledger.data)?;
    let engine = Engine::new(&bundle).context("the data cannot be used")?;
    let book = Book {
        fields: fields::load(&bundle)?,
        rules: engine.rules().into_iter().map(|rule| (rule.id.clone(), rule)).collect(),
    };
    book.check_field(args.field.as_deref())?;
    let to_terminal = std::io::stdout().is_terminal();
    let view = View { paint: Paint::new(color, to_terminal), width: term::terminal_width() };
    let limits = Limits::default();
    let defaults = input::defaults(&args.about);
    let mut out = Output::open(None)?;
    let explain = |reading: &Reading, choices: &[Vec<Choice>], out: &mut Output| -> Result<()> {
        let page = Page { reading, choices, scores: engine.scores(), book: &book, view };
        let wanted = page.wanted(args.incident.as_deref())?;
        match args.format {
            TextOrJson::Text => out.write_all(page.text(&wanted, args.field.as_deref()).as_bytes())?,
            TextOrJson::Json => {
                serde_json::to_writer_pretty(&mut *out, &page.json(&wanted, args.field.as_deref()))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    };
    if let Some(reading) = saved {
        // What was weighed when it was read is not kept.
        explain(&reading, &[], &mut out)?;
        out.finish()?;
        return Ok(ALL_READ);
    }
    let mut code = ALL_READ;
    let paths = [args.file.clone()];
    for record in Inputs::new(&paths, args.about.input.kind(), limits.clone()) {
        let read = record
            .map_err(Failure::Ingest)
            .and_then(|record| read::weigh_one(&engine, record, &defaults, &limits));
        let weighed = match read {
            Ok(weighed) => weighed,
            Err(failure) => {
                failure.tell(&Stderr::new(color));
                code = SOME_UNREAD;
                continue;
            }
        };
        explain(&weighed.reading, &weighed.incidents, &mut out)?;
    }
    out.finish()?;
    Ok(code)
}

/// What explanations are made of besides the reading.
struct Book {
    fields: Vec<(String, Field)>,
    rules: BTreeMap<String, RuleInfo>,
}

impl Book {
    fn check_field(&self, name: Option<&str>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        if self.fields.iter().any(|(known, _)| known == name) {
            return Ok(());
        }
        let known: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        bail!("--field {name}: there is no such field; the fields are {}", known.join(", "))
    }
}

struct Page<'r> {
    reading: &'r Reading,
    /// For each incident what was weighed.
    choices: &'r [Vec<Choice>],
    scores: &'r Scores,
    book: &'r Book,
    view: View,
}

/// One field of one incident with what stands behind it.
#[derive(Serialize)]
struct Explained<'r> {
    source_id: Option<&'r str>,
    incident: &'r str,
    field: &'r str,
    value: serde_json::Value,
    claims: Vec<ExplainedClaim<'r>>,
    weighed: Vec<WeighedCandidate<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    empty_because: Option<&'r str>,
    filled_by: &'r str,
}

#[derive(Serialize)]
struct ExplainedClaim<'r> {
    #[serde(flatten)]
    claim: &'r Claim,
    voice_is: Option<&'r Voice>,
    rule_means: Option<&'r str>,
    rule_matches: &'r [String],
    rule_rejects: &'r [String],
}

/// A candidate for a field, likeliest first, with what spoke for and against it.
#[derive(Serialize)]
struct WeighedCandidate<'r> {
    value: &'r serde_json::Value,
    taken: bool,
    probability: f64,
    reasons: Vec<Reason<'r>>,
}

#[derive(Serialize)]
struct Reason<'r> {
    feature: &'r str,
    log_odds: f64,
}

impl<'r> Page<'r> {
    /// What was weighed for a field of an incident; for the incident itself without a field.
    fn weighed(&self, number: usize, field: Option<&str>) -> Vec<WeighedCandidate<'r>> {
        let all = self.choices.get(number).map_or(&[][..], Vec::as_slice);
        let mut own: Vec<&Choice> = all.iter().filter(|c| c.kind.field() == field).collect();
        own.sort_by(|a, b| b.taken.cmp(&a.taken).then(b.score.total_cmp(&a.score)));
        let candidate = |choice: &&'r Choice| {
            let reasons = self.scores.reasons(choice).into_iter();
            WeighedCandidate {
                value: &choice.value,
                taken: choice.taken,
                probability: (choice.probability * 1000.0).round() / 1000.0,
                reasons: reasons.map(|(feature, log_odds)| Reason { feature, log_odds }).collect(),
            }
        };
        own.iter().map(candidate).collect()
    }

    /// The likeliest candidates with their heaviest reasons.
    fn weighed_text(&self, number: usize, field: Option<&str>) -> String {
        const CANDIDATES_SHOWN: usize = 4;
        const REASONS_SHOWN: usize = 5;
        let paint = self.view.paint;
        let candidates = self.weighed(number, field);
        let mut out = String::new();
        for candidate in candidates.iter().take(CANDIDATES_SHOWN) {
            let mark = if candidate.taken { "taken" } else { "left" };
            let value = if field.is_some() { candidate_value(candidate.value) } else { "an incident".into() };
            let value = sanitized(&value);
            out += &format!("     {} {:.2} {value} ({mark})\n", paint.dim("≈"), candidate.probability);
            let reason = |r: &Reason<'_>| format!("{:+.1} {}", r.log_odds, r.feature);
            let reasons: Vec<String> = candidate.reasons.iter().take(REASONS_SHOWN).map(reason).collect();
            let lines = render::wrap(&reasons.join(" · "), self.view.text_width() - 12);
            for line in lines.iter().filter(|line| !line.is_empty()) {
                out += &format!("            {}\n", paint.dim(line));
            }
        }
        let more = candidates.len().saturating_sub(CANDIDATES_SHOWN);
        if more > 0 {
            out += &format!("       {}\n", paint.dim(&format!("and {more} more (--format json)")));
        }
        out
    }

    fn wanted(&self, id: Option<&str>) -> Result<Vec<(usize, &'r Incident)>> {
        let all = self.reading.incidents.iter().enumerate();
        let Some(id) = id else { return Ok(all.collect()) };
        let found: Vec<_> = all.filter(|(_, incident)| incident.id == id).collect();
        if found.is_empty() {
            let known: Vec<&str> = self.reading.incidents.iter().map(|i| i.id.as_str()).collect();
            let have = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            bail!("--incident {id}: the report has no such incident; it has {have}");
        }
        Ok(found)
    }

    fn fields(&self, only: Option<&str>) -> impl Iterator<Item = &'r (String, Field)> {
        let only = only.map(str::to_owned);
        self.book.fields.iter().filter(move |(name, _)| only.as_ref().is_none_or(|only| only == name))
    }

    fn claims(&self, incident: &Incident, field: &str) -> Vec<&'r Claim> {
        let about = |claim: &&Claim| {
            let root = claim.field.split('.').next().unwrap_or_default();
            claim.incident == incident.id && (root == field || format!("{root}s") == field)
        };
        self.reading.claims.iter().filter(about).collect()
    }

    fn json(&self, wanted: &[(usize, &'r Incident)], field: Option<&str>) -> Vec<Explained<'r>> {
        let mut all = Vec::new();
        for &(number, incident) in wanted {
            for (name, about) in self.fields(field) {
                let value = value_of(incident, name);
                let claims = self.claims(incident, name).into_iter().map(|claim| {
                    let rule = self.book.rules.get(&claim.rule);
                    ExplainedClaim {
                        claim,
                        voice_is: self.reading.voices.iter().find(|v| v.id == claim.voice),
                        rule_means: rule.map(|r| r.meaning.as_str()),
                        rule_matches: rule.map_or(&[], |r| &r.matches),
                        rule_rejects: rule.map_or(&[], |r| &r.rejects),
                    }
                });
                all.push(Explained {
                    source_id: self.reading.source_id.as_deref(),
                    incident: &incident.id,
                    field: name,
                    claims: claims.collect(),
                    weighed: self.weighed(number, Some(name)),
                    empty_because: is_empty(&value).then_some(about.empty_because.as_str()),
                    value,
                    filled_by: &about.filled_by,
                });
            }
        }
        all
    }

    fn text(&self, wanted: &[(usize, &'r Incident)], field: Option<&str>) -> String {
        let paint = self.view.paint;
        let mut out = String::new();
        let id = self.reading.source_id.as_deref().unwrap_or(&self.reading.document.id);
        if wanted.is_empty() {
            out += &format!("{}: no incident was found in this report\n", sanitized(id));
            out += &paint.dim("No word of an attack stands in it as something that was carried out, attempted or threatened\nagainst persons or objects; accidents, exercises, figures of speech and warnings do not count.\n");
            return out;
        }
        for &(number, incident) in wanted {
            let title = format!("{} {} · {}", incident.id, render::words(&incident.mode), sanitized(id));
            out += &format!("{}\n", paint.on(incident_style(number).bold(), &title));
            if field.is_none() {
                out += &self.weighed_text(number, None);
            }
            out += "\n";
            for (name, about) in self.fields(field) {
                out += &self.field_text(number, incident, name, about);
            }
        }
        out
    }

    fn field_text(&self, number: usize, incident: &Incident, name: &str, about: &Field) -> String {
        let paint = self.view.paint;
        let value = value_of(incident, name);
        let claims = self.claims(incident, name);
        let mut out = String::new();
        if is_empty(&value) {
            out += &format!("{} {}\n", paint.bold(&about.label), paint.dim(&format!("({name}): not stated")));
            let why = format!("{}. Looked for: {}.", about.empty_because, about.filled_by);
            for line in render::wrap(&capital(&why), self.view.text_width() - 4) {
                out += &format!("    {}\n", paint.dim(&line));
            }
        } else {
            let shown = shown(incident, name, &value);
            out += &format!(
                "{} {} {}\n",
                paint.bold(&about.label),
                paint.dim(&format!("({name}):")),
                paint.bold(&shown)
            );
            if claims.is_empty() {
                let why = "Follows from other fields; no words of its own.";
                out += &format!("    {}\n", paint.dim(why));
            }
        }
        let mut told = Vec::new();
        for claim in claims {
            out += &self.claim_text(number, claim, &mut told);
        }
        out += &self.weighed_text(number, Some(name));
        out + "\n"
    }

    fn claim_text(&self, number: usize, claim: &Claim, told: &mut Vec<String>) -> String {
        let paint = self.view.paint;
        let voice = self.reading.voices.iter().find(|v| v.id == claim.voice);
        let who = match voice {
            Some(voice) if voice.kind == "narrator" => "the narrator".to_owned(),
            Some(voice) => render::voice_full(voice),
            None => claim.voice.clone(),
        };
        let form = match claim.form.as_str() {
            "direct_quote" => " in a direct quote",
            "indirect" => " in indirect speech",
            _ => "",
        };
        let polarity = match claim.polarity.as_str() {
            "denied" => "denied by",
            "doubted" => "doubted by",
            _ => "said by",
        };
        let value = render::claim_value(&claim.value);
        let field = claim
            .field
            .split_once('.')
            .map_or(String::new(), |(_, rest)| format!("{}: ", render::words(rest)));
        let head = format!("{} {field}{value} · {polarity} {who}{form}", claim.id);
        let mut out = format!("  {head} {}\n", paint.dim(&format!("· score {:.2}", claim.score)));
        let marked = [(&claim.evidence, String::new())];
        out += &render::snippet(self.reading, &marked, incident_style(number), self.view);
        out += &self.rule_text(&claim.rule, told);
        out
    }

    /// The rule with its meaning and examples; told once a field.
    fn rule_text(&self, id: &str, told: &mut Vec<String>) -> String {
        let paint = self.view.paint;
        let head = format!("     {} rule {id}", paint.dim("="));
        if told.iter().any(|known| known == id) {
            return format!("{head} {}\n", paint.dim("(above)"));
        }
        told.push(id.to_owned());
        let Some(rule) = self.book.rules.get(id) else { return format!("{head}\n") };
        let mut out = format!("{head} {}\n", paint.dim(&format!("({})", rule.path)));
        let room = self.view.text_width() - 18;
        let mut part = |label: &str, text: &str| {
            for (n, line) in render::wrap(&sanitized(text), room).iter().enumerate() {
                let label = if n == 0 { label } else { "" };
                out += &format!("       {} {line}\n", paint.dim(&format!("{label:<9}")));
            }
        };
        part("means", &rule.meaning);
        for example in rule.matches.iter().take(2) {
            part("as in", example);
        }
        for example in rule.rejects.iter().take(1) {
            part("not in", example);
        }
        out
    }
}

/// A candidate in short: of a place its name, of a date its days.
fn candidate_value(value: &serde_json::Value) -> String {
    let text = |key: &str| value.get(key).and_then(|v| v.as_str());
    match value {
        serde_json::Value::Null => "nobody named".to_owned(),
        serde_json::Value::Object(_) if value.get("severity").is_some() => {
            [text("class"), text("severity")].map(|part| render::words(part.unwrap_or_default())).join(": ")
        }
        serde_json::Value::Object(_) => {
            let name = text("settlement").or(text("name")).unwrap_or("no place");
            let around = [text("adm1"), text("country")].into_iter().flatten();
            std::iter::once(name).chain(around).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Array(days) => {
            let days: Vec<&str> = days.iter().filter_map(|d| d.as_str()).collect();
            match days[..] {
                [first, last] if first == last => first.to_owned(),
                [] => "no day".to_owned(),
                _ => days.join(" to "),
            }
        }
        _ => render::claim_value(value),
    }
}

/// The field's value as it stands in the reading.
fn value_of(incident: &Incident, field: &str) -> serde_json::Value {
    serde_json::to_value(incident)
        .ok()
        .and_then(|mut all| all.get_mut(field).map(serde_json::Value::take))
        .unwrap_or_default()
}

/// Nothing stated: no value, an empty list, a date without bounds, an attribution to nobody.
fn is_empty(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(values) => values.is_empty(),
        serde_json::Value::Object(object) => {
            let says = |key: &str, text: &str| object.get(key).is_some_and(|v| v == text);
            says("precision", "undated") || says("precision", "unknown") || says("state", "unattributed")
        }
        _ => false,
    }
}

fn shown(incident: &Incident, field: &str, value: &serde_json::Value) -> String {
    match field {
        "place" => render::place_full(&incident.place),
        "people" => incident.people.iter().map(render::person).collect::<Vec<_>>().join("; "),
        "links" => {
            let links = incident.links.iter();
            links
                .map(|l| format!("{} {}", render::words(&l.relation), l.incident))
                .collect::<Vec<_>>()
                .join("; ")
        }
        "damage" => {
            let damage = incident.damage.iter();
            damage
                .map(|d| format!("{}: {}", sanitized(&d.object), render::words(&d.severity)))
                .collect::<Vec<_>>()
                .join("; ")
        }
        _ => render::claim_value(value),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;
    use annalist::score::{Features, Kind};

    #[test]
    fn an_incident_field_by_field() {
        let reading = testing::fixture("en-dev-a-20");
        let rule = RuleInfo {
            id: "en.count.killed".into(),
            path: "rules/en/example.toml".into(),
            line: 1,
            meaning: "A number of persons with a verb of death.".into(),
            matches: vec!["Two people were killed.".into()],
            rejects: vec!["The engine died.".into()],
        };
        let book = Book {
            fields: fields::load(&annalist::Bundle::embedded()).unwrap(),
            rules: [(rule.id.clone(), rule)].into(),
        };
        let scores = Scores::new(&annalist::Bundle::embedded()).unwrap();
        let words = "seen in a test".to_owned();
        let mut features = Features::default();
        features.add("bias");
        let choice = scores.weigh(Kind::Mode, serde_json::json!(words), features);
        let mut choices = [vec![choice]];
        annalist::score::take(&mut choices[0], 0);
        let page =
            Page { reading: &reading, choices: &choices, scores: &scores, book: &book, view: testing::PLAIN };
        let wanted = page.wanted(Some("i1")).unwrap();
        insta::assert_snapshot!(page.text(&wanted, None));
        assert!(page.wanted(Some("i9")).unwrap_err().to_string().contains("it has i1"));
        assert!(book.check_field(Some("colour")).unwrap_err().to_string().contains("perpetrator"));
        let json = serde_json::to_value(page.json(&wanted, Some("killed"))).unwrap();
        assert_eq!(json[0]["field"], "killed");
    }
}
