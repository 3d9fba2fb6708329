//! text: the report with its evidence marked, its incidents as cards, its contradictions as diagnostics.

use crate::render::page::Line;
use crate::render::{Mark, Page, View, show};
use crate::term::{self, Paint, incident_style, sanitized};
use annalist::reading::{Claim, Contradiction, Evidence, Incident, Reading};
use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// One report as a page of text.
pub(crate) fn report(reading: &Reading, view: View) -> String {
    let mut page = Out { text: String::new(), view };
    head(reading, &mut page);
    body(reading, &mut page);
    for (number, incident) in reading.incidents.iter().enumerate() {
        card(reading, number, incident, &mut page);
    }
    quotes(reading, &mut page);
    for contradiction in &reading.contradictions {
        page.line("");
        diagnostic(reading, contradiction, &mut page);
    }
    notes(reading, &mut page);
    page.text
}

struct Out {
    text: String,
    view: View,
}

impl Out {
    fn line(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    fn paint(&self) -> Paint {
        self.view.paint
    }

    fn width(&self) -> usize {
        self.view.text_width()
    }
}

fn head(reading: &Reading, out: &mut Out) {
    let paint = out.paint();
    let document = &reading.document;
    let id = sanitized(reading.source_id.as_deref().unwrap_or(&document.id));
    let rule = "━".repeat(out.width().saturating_sub(id.width() + 4));
    out.line(&format!("{} {} {}", paint.dim("━━"), paint.bold(&id), paint.dim(&rule)));
    let mut about = Vec::new();
    about.extend(document.outlet.as_deref().map(sanitized));
    about.push(document.published_at.clone().unwrap_or_else(|| "publication day not known".to_owned()));
    about.push(document.language.clone());
    about.push(term::counted(reading.incidents.len(), "incident"));
    if !reading.contradictions.is_empty() {
        about.push(term::counted(reading.contradictions.len(), "contradiction"));
    }
    for line in wrap(&about.join(" · "), out.width() - 3) {
        out.line(&format!("   {}", paint.dim(&line)));
    }
    out.line("");
}

/// How many incidents have a lane beside the text; more would push it off the page.
const LANES_MAX: usize = 8;

fn body(reading: &Reading, out: &mut Out) {
    let lanes = reading.incidents.len().min(LANES_MAX);
    let gutter = lanes + 2;
    let page = Page::new(&reading.document.text, out.width() - gutter);
    let marks = marks(reading);
    let mut before = None;
    for &line in page.lines() {
        if line.first && before.is_some() {
            out.line(&lane(reading, lanes, before, line, true, out.paint()));
        }
        for (n, words) in page.draw(line, &marks, Style::new(), out.paint()).iter().enumerate() {
            let lane =
                lane(reading, lanes, if n == 0 { before } else { Some(line) }, line, n > 0, out.paint());
            out.line(&format!("{lane} {words}"));
        }
        before = Some(line);
    }
    out.line("");
}

/// The lanes beside a line: one column an incident, its number where its evidence starts, a bar where it goes on.
fn lane(
    reading: &Reading,
    lanes: usize,
    before: Option<Line>,
    line: Line,
    under: bool,
    paint: Paint,
) -> String {
    let mut text = " ".to_owned();
    for (n, incident) in reading.incidents.iter().take(lanes).enumerate() {
        let touches = |l: Line| incident.evidence.iter().any(|e| e.start < l.end && l.start < e.end);
        let here = touches(line);
        let went_on = before.is_some_and(touches);
        let sign = match (here, went_on) {
            (true, true) => "┃".to_owned(),
            (true, false) if !under => (n + 1).to_string(),
            _ => " ".to_owned(),
        };
        text += &paint.on(incident_style(n), &sign);
    }
    text
}

/// Claims of one span and incident.
struct Group {
    start: usize,
    end: usize,
    incident: usize,
    denied: bool,
    said: Vec<String>,
}

impl Group {
    /// Whether `other` says more of the same words: "paramedic" in "a paramedic".
    fn is_core_of(&self, other: &Group) -> bool {
        const AROUND: usize = 8;
        let inside = other.start <= self.start && self.end <= other.end;
        let around = (other.end - other.start).saturating_sub(self.end - self.start);
        inside && around <= AROUND && (self.incident, self.denied) == (other.incident, other.denied)
    }
}

/// The marks of all claims: one for each span and incident, with the fields that it fills.
fn marks(reading: &Reading) -> Vec<Mark> {
    let mut groups: Vec<Group> = Vec::new();
    for claim in &reading.claims {
        // What became of a person stands in the card; its words are those of the count beside it.
        if claim.field == "people.outcome" {
            continue;
        }
        let Some(incident) = reading.incidents.iter().position(|i| i.id == claim.incident) else { continue };
        let denied = claim.polarity != "asserted";
        let (start, end) = (claim.evidence.start, claim.evidence.end);
        groups.push(Group { start, end, incident, denied, said: vec![claim_label(claim)] });
    }
    // Longest first, so that each is taken up by the widest that it is the core of.
    groups.sort_by_key(|g| (std::cmp::Reverse(g.end - g.start), g.start));
    let mut kept: Vec<Group> = Vec::new();
    for group in groups {
        match kept.iter_mut().find(|k| group.is_core_of(k)) {
            Some(wider) => {
                for said in group.said {
                    if !wider.said.contains(&said) {
                        wider.said.push(said);
                    }
                }
            }
            None => kept.push(group),
        }
    }
    let mark = |group: Group| Mark {
        start: group.start,
        end: group.end,
        style: incident_style(group.incident),
        stroke: if group.denied { '╌' } else { '━' },
        label: format!("{} {}", reading.incidents[group.incident].id, group.said.join(", ")),
    };
    kept.into_iter().map(mark).collect()
}

/// The field in a word, with its value where the words alone do not say it.
fn claim_label(claim: &Claim) -> String {
    let field = match claim.field.as_str() {
        "people.name" | "people" => "person",
        "people.occupation" => "office",
        "perpetrator" | "perpetrator.name" => "by",
        "people.status" => "then",
        "people.injuries" => "injury",
        "targets" => "target",
        "election_related_by" => "election",
        other => other.rsplit('.').next().unwrap_or(other),
    };
    let value = match field {
        "mode" | "killed" | "injured" | "date" | "stage" | "outcome" | "severity" | "status" => {
            show::claim_value(&claim.value)
        }
        "then" => match claim.value.get("status") {
            Some(status) => show::claim_value(status),
            None => show::claim_value(&claim.value),
        },
        _ => String::new(),
    };
    let turned = match claim.polarity.as_str() {
        "denied" => "not ",
        "doubted" => "doubted ",
        _ => "",
    };
    format!("{turned}{field} {value}").trim_end().to_owned()
}

fn card(reading: &Reading, number: usize, incident: &Incident, out: &mut Out) {
    let paint = out.paint();
    let style = incident_style(number);
    let mut title = show::words(&incident.mode);
    if incident.stage != "carried_out" {
        title += &format!(", {}", show::words(&incident.stage));
    }
    let title = format!("{} {title}", incident.id);
    let rule = "─".repeat(out.width().saturating_sub(title.width() + 4));
    out.line(&format!(
        "{} {} {}",
        paint.on(style, "┏━"),
        paint.on(style.bold(), &title),
        paint.on(style, &rule)
    ));
    let card = Card { reading, incident, bar: paint.on(style, "┃") };
    card.row("when", &when(incident), &["date"], out);
    card.row("where", &show::place_full(&incident.place), &["place"], out);
    if !incident.weapon.is_empty() {
        card.row("weapon", &list(&incident.weapon), &["weapon"], out);
    }
    if !incident.targets.is_empty() {
        card.row("targets", &list(&incident.targets), &["targets", "target"], out);
    }
    card.row("by", &perpetrator(incident), &["perpetrator"], out);
    card.row("killed", &counted(incident.killed.as_ref()), &["killed"], out);
    card.row("injured", &counted(incident.injured.as_ref()), &["injured"], out);
    for group in &incident.groups {
        let range = show::count(Some(&annalist::reading::Count {
            min: group.min,
            max: group.max,
            basis: String::new(),
        }));
        let text = format!("{} {range}: {}", show::words(&group.outcome), sanitized(&group.who));
        card.row("among them", &text, &[], out);
    }
    for person in &incident.people {
        let mut then = show::person_outcome(person);
        for status in &person.status {
            then += &format!(" → {}", show::words(&status.status));
            if let Some(facility) = &status.facility {
                then += &format!(": {}", sanitized(facility));
            }
        }
        let who = show::person(person);
        let role = show::words(&person.role);
        if who.width() + then.width() + 3 <= out.width().saturating_sub(LABEL + 4) {
            card.row(&role, &format!("{who} · {then}"), &[], out);
        } else {
            card.row(&role, &who, &[], out);
            card.row("", &then, &[], out);
        }
    }
    for damage in &incident.damage {
        let many = damage.count.filter(|&n| n != 1).map_or(String::new(), |n| format!("{n} × "));
        let how = if damage.severity == "not_stated" {
            "damaged".to_owned()
        } else {
            show::words(&damage.severity)
        };
        card.row("damage", &format!("{many}{}: {how}", sanitized(&damage.object)), &["damage"], out);
    }
    if !incident.election_related_by.is_empty() {
        card.row("election", &format!("related by {}", list(&incident.election_related_by)), &[], out);
    }
    for link in &incident.links {
        card.row("link", &format!("{} {}", show::words(&link.relation), link.incident), &[], out);
    }
    let voices: Vec<String> = incident
        .voices
        .iter()
        .filter_map(|id| reading.voices.iter().find(|v| v.id == *id))
        .map(|voice| format!("{} {}", voice.id, show::voice_full(voice)))
        .collect();
    if !voices.is_empty() {
        card.row("voices", &voices.join("; "), &[], out);
    }
    out.line(&paint.on(style, "┗━"));
}

/// Columns for the names of fields.
const LABEL: usize = 11;

struct Card<'r> {
    reading: &'r Reading,
    incident: &'r Incident,
    bar: String,
}

impl Card<'_> {
    /// A field with its value and, for the claims that back it, the voices other than the narrator.
    fn row(&self, label: &str, value: &str, fields: &[&str], out: &mut Out) {
        let paint = out.paint();
        let said_by = self.voices_of(fields);
        let room = out.width().saturating_sub(LABEL + 4);
        let said = if said_by.is_empty() { String::new() } else { format!("  ‹ {}", said_by.join(", ")) };
        let quiet = value.starts_with("not stated");
        let lines = wrap(value, room);
        let last = lines.len().saturating_sub(1);
        for (n, line) in lines.iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            let shown = if quiet { paint.dim(line) } else { line.clone() };
            let tail = match n == last && line.width() + said.width() <= room {
                true => paint.dim(&said),
                false => String::new(),
            };
            let label = paint.dim(&format!("{label:<LABEL$}"));
            out.line(&format!("{} {label} {shown}{tail}", self.bar));
        }
    }

    fn voices_of(&self, fields: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for claim in &self.reading.claims {
            let about =
                |field: &&str| claim.field == **field || claim.field.starts_with(&format!("{field}."));
            if claim.incident != self.incident.id || claim.voice == "v0" || !fields.iter().any(about) {
                continue;
            }
            let Some(voice) = self.reading.voices.iter().find(|v| v.id == claim.voice) else { continue };
            let turned = if claim.polarity == "asserted" { "" } else { "not: " };
            let said = format!("{turned}{}", show::voice_short(voice));
            if !found.contains(&said) {
                found.push(said);
            }
        }
        found
    }
}

fn list(values: &[String]) -> String {
    values.iter().map(|v| show::words(v)).collect::<Vec<_>>().join(", ")
}

fn when(incident: &Incident) -> String {
    let date = &incident.date;
    let how = match date.basis.as_deref() {
        Some("reported_on") => "reported on that day",
        Some("relative") => "counted from the day of publication",
        Some("sequence") => "only before or after another incident",
        Some("inherited") => "taken over from the context",
        _ => "",
    };
    let text = show::date(date);
    let undated = text == "undated" && how.is_empty();
    if undated {
        "not stated".to_owned()
    } else if how.is_empty() {
        text
    } else {
        format!("{text} ({how})")
    }
}

fn perpetrator(incident: &Incident) -> String {
    let perpetrator = &incident.perpetrator;
    let state = match perpetrator.state.as_str() {
        "unattributed" => "",
        "attributed_by_reporter" => "in the reporter's own words",
        "attributed_by_voice" => "only in words of somebody quoted",
        "claimed" => "claimed by the perpetrator",
        "denied" => "denied by the one accused",
        "contested" => "rival attributions",
        "conceded" => "conceded",
        other => &show::words(other),
    };
    match (&perpetrator.name, state) {
        (Some(name), "") => sanitized(name),
        (Some(name), state) => sanitized(&format!("{name} ({state})")),
        (None, "") => "not stated".to_owned(),
        (None, state) => format!("not stated ({state})"),
    }
}

fn counted(count: Option<&annalist::reading::Count>) -> String {
    let Some(given) = count else { return "not stated".to_owned() };
    let how = match given.basis.as_str() {
        "explicit_none" => "said to be none",
        "named_person" => "one by one",
        "at_least" => "at least",
        "up_to" => "at most",
        "vague_word" => "a vague word",
        "plural_only" => "only a plural",
        "range" => "voices differ",
        _ => "",
    };
    let number = show::count(count);
    if how.is_empty() { number } else { format!("{number} ({how})") }
}

fn quotes(reading: &Reading, out: &mut Out) {
    if reading.quotes.is_empty() {
        return;
    }
    let paint = out.paint();
    out.line("");
    for quote in &reading.quotes {
        let voice = reading.voices.iter().find(|v| v.id == quote.voice);
        let speaker =
            voice.map_or_else(|| quote.voice.clone(), |v| format!("{} {}", v.id, show::voice_full(v)));
        let words = sanitized(&quote.evidence.quote).split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = wrap(&format!("“{words}”"), out.width() - 4);
        for line in &lines {
            out.line(&format!("  {}", paint.on(Style::new().italic(), line)));
        }
        out.line(&format!("    {}", paint.dim(&format!("— {speaker}"))));
    }
}

/// A contradiction in the manner of a compiler's message, with its spans.
fn diagnostic(reading: &Reading, contradiction: &Contradiction, out: &mut Out) {
    let paint = out.paint();
    let hard = contradiction.severity == "hard";
    let style = if hard { term::red() } else { term::yellow() };
    let head = format!("contradiction[{}]", contradiction.kind);
    let said = contradiction.note.clone().unwrap_or_else(|| meaning(&contradiction.kind).to_owned());
    let lines = wrap(&format!("{head}: {}", sanitized(&said)), out.width());
    for (n, line) in lines.iter().enumerate() {
        let painted = match line.strip_prefix(head.as_str()) {
            Some(rest) if n == 0 => paint.on(style, &head) + &paint.bold(rest),
            _ => paint.bold(line),
        };
        out.line(&painted);
    }
    let mut marks: Vec<Mark> = Vec::new();
    for (n, evidence) in contradiction.evidence.iter().enumerate() {
        let label = match n {
            0 => "this".to_owned(),
            1 => "does not go with this".to_owned(),
            _ => "nor with this".to_owned(),
        };
        marks.push(Mark { start: evidence.start, end: evidence.end, style, stroke: '━', label });
    }
    out.text += &snippet_of(reading, &marks, out.view);
    let verdict = if hard { "hard: both cannot be true" } else { "soft: needs a look" };
    out.line(&format!("     {} {verdict}", paint.dim("=")));
}

/// What a kind of contradiction means, where the reading has no note of its own.
fn meaning(kind: &str) -> &'static str {
    match kind {
        "role_vs_place" => "the office does not fit the place",
        "speaker_vs_subject" => "words of one party's speaker are given as another party's position",
        "perpetrator_vs_investigation" => "the perpetrator is named and still to be identified",
        "isolated_vs_series" => "isolated and not isolated",
        "count_mismatch" => "two numbers for the same thing",
        "subcount_exceeds_total" => "a part is larger than the whole",
        "date_mismatch" => "two days for the same thing",
        "place_mismatch" => "two places for the same thing",
        "weapon_mismatch" => "two weapons for the same thing",
        "outcome_mismatch" => "two fates of one person",
        "status_backwards" => "the steps cannot follow in this order",
        "two_speakers_one_quote" => "the same words in two mouths",
        "denial" => "one voice says it, another denies it",
        "role_mismatch" => "two offices of one person",
        _ => "these do not go together",
    }
}

fn notes(reading: &Reading, out: &mut Out) {
    if reading.diagnostics.is_empty() {
        return;
    }
    out.line("");
    let paint = out.paint();
    for diagnostic in &reading.diagnostics {
        let text = format!("note[{}]: {}", diagnostic.code, sanitized(&diagnostic.note));
        for line in wrap(&text, out.width()) {
            out.line(&paint.dim(&line));
        }
    }
}

/// The lines around some spans of the report, with the spans marked.
pub(crate) fn snippet(
    reading: &Reading,
    evidence: &[(&Evidence, String)],
    style: Style,
    view: View,
) -> String {
    let mark = |(evidence, label): &(&Evidence, String)| Mark {
        start: evidence.start,
        end: evidence.end,
        style,
        stroke: '━',
        label: label.clone(),
    };
    snippet_of(reading, &evidence.iter().map(mark).collect::<Vec<_>>(), view)
}

fn snippet_of(reading: &Reading, marks: &[Mark], view: View) -> String {
    let mut out = Out { text: String::new(), view };
    let paint = view.paint;
    let page = Page::new(&reading.document.text, view.text_width() - 7);
    let shown = |line: &Line| marks.iter().any(|m| m.start < line.end && line.start < m.end);
    let mut before: Option<usize> = None;
    for (n, line) in page.lines().iter().enumerate().filter(|(_, line)| shown(line)) {
        if before.is_some_and(|b| b + 1 < n) {
            out.line(&paint.dim("     ⋮"));
        }
        let number = if before.is_none_or(|b| page.lines()[b].paragraph != line.paragraph) {
            format!("¶{}", line.paragraph)
        } else {
            String::new()
        };
        for (row, words) in page.draw(*line, marks, Style::new(), paint).iter().enumerate() {
            let number = if row == 0 { number.as_str() } else { "" };
            out.line(&format!("{} {words}", paint.dim(&format!("{number:>4} │"))));
        }
        before = Some(n);
    }
    out.text
}

/// Lines of at most `width` columns, broken at blanks.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let page = Page::new(text, width.max(8));
    let chars: Vec<char> = text.chars().collect();
    let lines: Vec<String> =
        page.lines().iter().map(|line| chars[line.start..line.end].iter().collect()).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{PLAIN, fixture, fixtures};

    #[test]
    fn a_report_with_rival_voices() {
        insta::assert_snapshot!(report(&fixture("en-dev-a-20"), PLAIN));
    }

    #[test]
    fn a_report_with_contradictions() {
        insta::assert_snapshot!(report(&fixture("en-train-b-02"), PLAIN));
    }

    #[test]
    fn a_report_without_incident() {
        insta::assert_snapshot!(report(&fixture("en-train-b-11"), PLAIN));
    }

    #[test]
    fn no_line_is_wider_than_the_page_but_for_labels() {
        for reading in fixtures() {
            for width in [40, 60, 100] {
                let view = View { width: Some(width), ..PLAIN };
                for line in report(&reading, view).lines().filter(|l| l.contains('¶') || l.starts_with('┃'))
                {
                    assert!(line.width() <= width, "{width}: {line}");
                }
            }
        }
    }
}
