//! Reads every report in `specs/` and compares what the engine makes of it with the records below it.
//!
//! The form of a spec is described in `specs/README.md`. `UPDATE_SPECS=1` rewrites wrong values in place,
//! `UPDATE_SPECS=wrong` keeps the right value and notes today's under it as `known wrong`.
#![allow(clippy::disallowed_methods, reason = "the engine does no I/O; its tests read files")]

mod common;

use annalist::reading::{Count, Damage, Incident, Person, Place, Reading, Voice, When};
use std::fmt::Write as _;
use std::path::Path;

const UPDATE: &str = "UPDATE_SPECS";

#[test]
fn specs() {
    let mode = std::env::var(UPDATE).unwrap_or_default();
    let mut failures = String::new();
    let mut reports = 0;
    for path in common::files("specs", "md") {
        let text = std::fs::read_to_string(&path).expect("a readable spec");
        let spec = Spec::parse(&common::shown(&path), &text);
        reports += spec.cases.len();
        let checked: Vec<Checked> = spec.cases.iter().flat_map(check).collect();
        if mode.is_empty() {
            for line in checked.iter().filter_map(Checked::failure) {
                writeln!(failures, "{}:{line}", spec.name).expect("writing to a string");
            }
        } else {
            rewrite(&path, &text, &checked, mode == "wrong");
        }
    }
    assert!(mode.is_empty(), "specs rewritten; read the difference, then run without {UPDATE}");
    assert!(
        failures.is_empty(),
        "\n{failures}\nIf the engine is right, `{UPDATE}=1 cargo test -p annalist --test specs` rewrites the \
         values.\nIf it is wrong and stays so for now, `{UPDATE}=wrong …` notes today's value; say why.\n"
    );
    assert!(reports >= 14, "only {reports} reports found in specs/");
}

/// One file of specs.
struct Spec {
    name: String,
    cases: Vec<Case>,
}

/// One report with what it should yield.
struct Case {
    report: common::Report,
    lines: Vec<Line>,
    incidents: Vec<Expected>,
}

/// The lines of one expected incident.
struct Expected {
    head: Line,
    lines: Vec<Line>,
}

/// `key: value`, perhaps with lines of its own and today's wrong value below it.
#[derive(Clone)]
struct Line {
    number: usize,
    indent: usize,
    key: String,
    value: String,
    known: Option<Known>,
    children: Vec<Line>,
}

/// `known wrong: VALUE because REASON`.
#[derive(Clone)]
struct Known {
    number: usize,
    value: String,
    reason: String,
}

impl Spec {
    fn parse(name: &str, text: &str) -> Spec {
        let mut cases = Vec::new();
        let mut report = None;
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(info) = line.strip_prefix("```") else { continue };
            let body: Vec<(usize, &str)> =
                lines.by_ref().take_while(|(_, l)| *l != "```").map(|(n, l)| (n + 1, l)).collect();
            if let Some(info) = info.strip_prefix("report") {
                let words: Vec<&str> = body.iter().map(|(_, l)| *l).collect();
                report = Some(common::report(info, &words));
            } else if info.trim() == "expect" {
                let report =
                    report.take().unwrap_or_else(|| panic!("{name}:{}: no report before it", at + 1));
                cases.push(Case::parse(name, report, &body));
            }
        }
        assert!(
            report.is_none() && !cases.is_empty() || name.ends_with("README.md"),
            "{name}: a report without records"
        );
        Spec { name: name.to_owned(), cases }
    }
}

impl Case {
    fn parse(name: &str, report: common::Report, body: &[(usize, &str)]) -> Case {
        let mut case = Case { report, lines: Vec::new(), incidents: Vec::new() };
        for &(number, text) in body.iter().filter(|(_, l)| !l.trim().is_empty()) {
            let line = Line::parse(name, number, text);
            if line.key == "incident" {
                case.incidents.push(Expected { head: line, lines: Vec::new() });
                continue;
            }
            let document_wide =
                ["incidents", "quote", "quotes", "voice", "contradiction", "contradictions", "diagnostic"];
            let wide = line.indent == 0 && document_wide.contains(&line.key.as_str());
            let last_is_wide = case.incidents.is_empty()
                || case.incidents.last().is_some_and(|i| i.lines.is_empty() && line.indent > 0);
            if line.key == "known wrong" {
                let known = Known::parse(name, &line);
                let owner = match case.incidents.last_mut() {
                    Some(incident) if last_is_wide => &mut incident.head,
                    Some(incident)
                        if incident.lines.last().map(|l| l.number) > case.lines.last().map(|l| l.number) =>
                    {
                        let last = incident.lines.last_mut().expect("a line");
                        if line.indent > 2 { last.children.last_mut().expect("a line above") } else { last }
                    }
                    _ => case.lines.last_mut().unwrap_or_else(|| panic!("{name}:{number}: nothing above it")),
                };
                owner.known = Some(known);
            } else if wide {
                case.lines.push(line);
            } else {
                let incident = case
                    .incidents
                    .last_mut()
                    .unwrap_or_else(|| panic!("{name}:{number}: `{}` stands in no incident", line.key));
                if line.indent > 0 {
                    incident
                        .lines
                        .last_mut()
                        .unwrap_or_else(|| panic!("{name}:{number}: nothing above it"))
                        .children
                        .push(line);
                } else {
                    incident.lines.push(line);
                }
            }
        }
        assert!(case.lines.iter().any(|l| l.key == "incidents"), "{name}: a record without `incidents: N`");
        case
    }
}

impl Line {
    fn parse(name: &str, number: usize, text: &str) -> Line {
        let (key, value) =
            text.trim().split_once(':').unwrap_or_else(|| panic!("{name}:{number}: expected `key: value`"));
        Line {
            number,
            indent: text.len() - text.trim_start().len(),
            key: key.to_owned(),
            value: value.trim().to_owned(),
            known: None,
            children: Vec::new(),
        }
    }
}

impl Known {
    fn parse(name: &str, line: &Line) -> Known {
        let (value, reason) = line
            .value
            .split_once(" because ")
            .unwrap_or_else(|| panic!("{name}:{}: known wrong: VALUE because REASON", line.number));
        Known { number: line.number, value: value.to_owned(), reason: reason.to_owned() }
    }
}

/// A line with what the engine says in its place.
struct Checked {
    line: Line,
    actual: String,
    right: bool,
}

impl Checked {
    fn failure(&self) -> Option<String> {
        let Line { number, key, value, known, .. } = &self.line;
        match known {
            None if self.right => None,
            None => Some(format!("{number}: {key}\n    expected {value}\n      actual {}", self.actual)),
            Some(known) if self.right => {
                Some(format!("{}: {key} is right now; take the `known wrong` line out", known.number))
            }
            Some(known) if known.value == self.actual => None,
            Some(known) => Some(format!(
                "{}: {key}\n    expected {value}\n known wrong {}\n      actual {}",
                known.number, known.value, self.actual
            )),
        }
    }
}

fn check(case: &Case) -> Vec<Checked> {
    let reading = common::read_with(&case.report.text, case.report.meta.clone());
    let mut checked = Vec::new();
    if let Some(fault) = common::fault(&reading) {
        panic!("{fault}");
    }
    for line in &case.lines {
        let (actual, right) = match line.key.as_str() {
            "incidents" => single(&line.value, count_or_none(reading.incidents.len())),
            "quotes" => single(&line.value, count_or_none(direct(&reading).count())),
            "contradictions" => single(&line.value, count_or_none(reading.contradictions.len())),
            "quote" => among(&line.value, &quotes(&reading)),
            "voice" => among(&line.value, &reading.voices.iter().map(voice).collect::<Vec<_>>()),
            "contradiction" => contradiction(&line.value, &reading),
            _ => among(&line.value, &diagnostics(&reading)),
        };
        checked.push(Checked { line: line.clone(), actual, right });
    }
    let pairs = align(&case.incidents, &reading);
    for (expected, found) in case.incidents.iter().zip(&pairs) {
        let actual = if found.is_some() { expected.head.value.clone() } else { "missing".to_owned() };
        checked.push(Checked { line: expected.head.clone(), right: found.is_some(), actual });
        let Some(number) = *found else { continue };
        for line in &expected.lines {
            checked.extend(check_line(line, &reading, &reading.incidents[number], &case.incidents, &pairs));
        }
    }
    checked
}

fn check_line(
    line: &Line,
    reading: &Reading,
    incident: &Incident,
    expected: &[Expected],
    pairs: &[Option<usize>],
) -> Vec<Checked> {
    let label_of = |id: &str| {
        let at = pairs.iter().position(|p| p.is_some_and(|n| reading.incidents[n].id == id));
        at.map_or_else(|| id.to_owned(), |n| expected[n].head.value.clone())
    };
    let many = |all: Vec<String>| {
        if line.value == "none" {
            single("none", if all.is_empty() { "none".into() } else { all.join(" / ") })
        } else {
            among(&line.value, &all)
        }
    };
    let (actual, right) = match line.key.as_str() {
        "mode" => single(&line.value, incident.mode.clone()),
        "stage" => single(&line.value, incident.stage.clone()),
        "date" => single(&line.value, date(&incident.date)),
        "place" => single(&line.value, place(&incident.place)),
        "weapon" => set(&line.value, incident.weapon.clone()),
        "targets" => set(&line.value, incident.targets.clone()),
        "perpetrator" => {
            let name = incident.perpetrator.name.as_deref().unwrap_or("not named");
            single(&line.value, format!("{name} ({})", incident.perpetrator.state))
        }
        "killed" => single(&line.value, count(incident.killed.as_ref())),
        "injured" => single(&line.value, count(incident.injured.as_ref())),
        "election" => set(&line.value, incident.election_related_by.clone()),
        "voices" => set(&line.value, incident.voices.iter().map(|v| speaker(reading, v)).collect()),
        "group" => many(
            incident
                .groups
                .iter()
                .map(|g| format!("{}; {} {}", g.outcome, range(g.min, g.max), g.who))
                .collect(),
        ),
        "damage" => many(incident.damage.iter().map(damage).collect()),
        "link" => {
            many(incident.links.iter().map(|l| format!("{} {}", l.relation, label_of(&l.incident))).collect())
        }
        "claim" => many(claims(reading, incident)),
        "evidence" => {
            let there = incident.evidence.iter().any(|e| e.quote.contains(line.value.trim_matches('"')));
            (if there { line.value.clone() } else { "missing".into() }, there)
        }
        "person" => return check_person(line, incident),
        key => panic!("line {}: `{key}` is no key of an incident", line.number),
    };
    vec![Checked { line: line.clone(), actual, right }]
}

/// A person is found by name, else by most facets in common; the lines below it are checked for that person.
fn check_person(line: &Line, incident: &Incident) -> Vec<Checked> {
    if line.value == "none" {
        let all: Vec<String> = incident.people.iter().map(person).collect();
        let actual = if all.is_empty() { "none".to_owned() } else { all.join(" / ") };
        return vec![Checked { line: line.clone(), right: actual == "none", actual }];
    }
    let found = incident.people.iter().max_by_key(|p| {
        let same_name = facets(&line.value).next() == facets(&person(p)).next() && p.name.is_some();
        (same_name, shared(&line.value, &person(p)))
    });
    let (actual, right) = among(&line.value, &found.map(person).into_iter().collect::<Vec<_>>());
    let missing = actual == "missing";
    let mut checked = vec![Checked { line: line.clone(), actual, right }];
    let Some(found) = found.filter(|_| !missing) else { return checked };
    for child in &line.children {
        let (actual, right) = match child.key.as_str() {
            "occupation" => {
                single(&child.value, found.occupation.clone().unwrap_or_else(|| "not stated".into()))
            }
            "injury" => among(&child.value, &found.injuries),
            "status" => among(
                &child.value,
                &found
                    .status
                    .iter()
                    .map(|s| match &s.facility {
                        Some(facility) => format!("{}; {facility}", s.status),
                        None => s.status.clone(),
                    })
                    .collect::<Vec<_>>(),
            ),
            key => panic!("line {}: `{key}` is no key of a person", child.number),
        };
        checked.push(Checked { line: child.clone(), actual, right });
    }
    checked
}

/// Pairs expected with actual incidents: by what they have in common, then by order.
fn align(expected: &[Expected], reading: &Reading) -> Vec<Option<usize>> {
    let known_missing = |e: &Expected| e.head.known.as_ref().is_some_and(|k| k.value == "missing");
    let mut scores = Vec::new();
    for (e, wanted) in expected.iter().enumerate().filter(|(_, e)| !known_missing(e)) {
        for (a, incident) in reading.incidents.iter().enumerate() {
            let score = likeness(wanted, incident);
            scores.push((-score, e.abs_diff(a), e, a));
        }
    }
    scores.sort_unstable();
    let mut pairs = vec![None; expected.len()];
    for (_, _, e, a) in scores {
        if pairs[e].is_none() && !pairs.contains(&Some(a)) {
            pairs[e] = Some(a);
        }
    }
    pairs
}

fn likeness(wanted: &Expected, incident: &Incident) -> i32 {
    let weigh = |line: &Line| match line.key.as_str() {
        "mode" => 3 * i32::from(line.value == incident.mode),
        "place" => {
            let name = line.value.split([',', '(']).next().unwrap_or_default().trim();
            let place = &incident.place;
            5 * i32::from([&place.name, &place.settlement].into_iter().flatten().any(|n| n == name))
        }
        "date" => 2 * i32::from(single(&line.value, date(&incident.date)).1),
        "killed" => 2 * i32::from(single(&line.value, count(incident.killed.as_ref())).1),
        "injured" => 2 * i32::from(single(&line.value, count(incident.injured.as_ref())).1),
        "evidence" => {
            6 * i32::from(incident.evidence.iter().any(|e| e.quote.contains(line.value.trim_matches('"'))))
        }
        _ => 0,
    };
    wanted.lines.iter().map(weigh).sum()
}

/// Whether the stated value is the actual one or its head: `2025-12-05` states less than `2025-12-05 day stated`.
fn single(stated: &str, actual: String) -> (String, bool) {
    let right =
        actual.strip_prefix(stated).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',', ';']));
    (actual, right)
}

fn set(stated: &str, mut actual: Vec<String>) -> (String, bool) {
    let mut wanted: Vec<&str> = stated.split(", ").filter(|w| *w != "none").collect();
    wanted.sort_unstable();
    actual.sort_unstable();
    let right = wanted == actual;
    (if actual.is_empty() { "none".to_owned() } else { actual.join(", ") }, right)
}

/// The stated facets, all of them, among those of one of the actual values; else the one nearest to it.
fn among(stated: &str, actual: &[String]) -> (String, bool) {
    let best = actual.iter().max_by_key(|a| shared(stated, a));
    match best {
        Some(best) if shared(stated, best) == facets(stated).count() => (best.clone(), true),
        Some(best) if shared(stated, best) > 0 => (best.clone(), false),
        _ => ("missing".to_owned(), false),
    }
}

fn facets(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim)
}

fn shared(stated: &str, actual: &str) -> usize {
    facets(stated).filter(|f| facets(actual).any(|a| a == *f)).count()
}

fn count_or_none(number: usize) -> String {
    if number == 0 { "none".to_owned() } else { number.to_string() }
}

fn date(when: &When) -> String {
    if when.precision == "undated" {
        return "undated".to_owned();
    }
    let day = |d: &Option<String>| d.clone().unwrap_or_else(|| "?".into());
    let (earliest, latest) = (day(&when.earliest), day(&when.latest));
    let days = if earliest == latest { earliest } else { format!("{earliest}..{latest}") };
    format!("{days} {} {}", when.precision, when.basis.as_deref().unwrap_or("-"))
}

/// A name that only adds words to the settlement ("the town of X") is the settlement; apostrophes of
/// transliteration differ between gazetteer and press and say nothing.
fn place(place: &Place) -> String {
    let plain = |name: &Option<String>| name.as_ref().map(|n| n.replace(['’', 'ʼ', '\''], ""));
    let mut parts: Vec<String> = Vec::new();
    for part in [&place.settlement, &place.adm1, &place.country].into_iter().filter_map(plain) {
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    let known = |name: &String| parts.iter().any(|p| name.to_lowercase().contains(&p.to_lowercase()));
    if let Some(name) = plain(&place.name).filter(|n| !known(n)) {
        parts.insert(0, name);
    }
    if parts.is_empty() {
        return format!("not stated ({})", place.precision);
    }
    format!("{} ({})", parts.join(", "), place.precision)
}

fn range(min: u64, max: Option<u64>) -> String {
    match max {
        Some(max) if max == min => min.to_string(),
        Some(max) => format!("{min}..{max}"),
        None => format!("{min}+"),
    }
}

fn count(count: Option<&Count>) -> String {
    let Some(count) = count else { return "not stated".to_owned() };
    let number = range(count.min, count.max);
    if count.basis == "exact" { number } else { format!("{number} ({})", count.basis) }
}

fn person(person: &Person) -> String {
    let mut facets = vec![
        person.name.clone().unwrap_or_else(|| "unnamed".into()),
        person.role.clone(),
        person.outcome.clone(),
    ];
    facets.extend(person.severity.clone());
    facets.extend(person.age.map(|a| format!("age {a}")));
    facets.extend(person.sex.clone());
    facets.join("; ")
}

fn damage(damage: &Damage) -> String {
    let number = damage.count.map(|n| format!("{n} × ")).unwrap_or_default();
    format!("{number}{}; {}; {}", damage.object, damage.class, damage.severity)
}

fn voice(voice: &Voice) -> String {
    let mut facets = vec![voice.name.clone().unwrap_or_else(|| "unnamed".into()), voice.kind.clone()];
    facets.extend(voice.role.clone());
    facets.extend(voice.of.as_ref().map(|of| format!("of {of}")));
    facets.extend(voice.channel.as_ref().map(|c| format!("via {c}")));
    facets.join("; ")
}

/// A voice by name, role or kind: the first that it has.
fn speaker(reading: &Reading, id: &str) -> String {
    let Some(voice) = reading.voices.iter().find(|v| v.id == id) else { return id.to_owned() };
    voice.name.clone().or_else(|| voice.role.clone()).unwrap_or_else(|| voice.kind.clone())
}

fn direct(reading: &Reading) -> impl Iterator<Item = &annalist::reading::Quote> {
    reading.quotes.iter().filter(|q| q.form == "direct_quote")
}

fn quotes(reading: &Reading) -> Vec<String> {
    direct(reading)
        .map(|q| {
            let words = q.evidence.quote.trim_matches([',', '.', ' ', '\n']).replace('\n', " ");
            format!("{words}; {}", speaker(reading, &q.voice))
        })
        .collect()
}

/// `FIELD "words"; SPEAKER`
fn claims(reading: &Reading, incident: &Incident) -> Vec<String> {
    let own = reading.claims.iter().filter(|c| c.incident == incident.id);
    own.map(|c| format!("{} “{}”; {}; {}", c.field, c.evidence.quote, speaker(reading, &c.voice), c.polarity))
        .collect()
}

/// `KIND; SEVERITY; words; words`: each of the words must stand in one of its spans.
fn contradiction(stated: &str, reading: &Reading) -> (String, bool) {
    let kind = facets(stated).next().unwrap_or_default();
    let found = reading.contradictions.iter().find(|c| c.kind == kind);
    let Some(found) = found else { return ("missing".to_owned(), false) };
    let spans: Vec<&str> = found.evidence.iter().map(|e| e.quote.as_str()).collect();
    let right = facets(stated).skip(1).all(|f| {
        f == found.severity || spans.iter().any(|s| s.contains(f) || (s.len() > 8 && f.contains(s)))
    });
    (format!("{kind}; {}; {}", found.severity, spans.join("; ")).replace('\n', " "), right)
}

fn diagnostics(reading: &Reading) -> Vec<String> {
    let words =
        |d: &annalist::reading::Diagnostic| d.evidence.as_ref().map(|e| e.quote.clone()).unwrap_or_default();
    reading.diagnostics.iter().map(|d| format!("{}; {}", d.code, words(d))).collect()
}

/// Puts today's values into the file: in place of the stated ones, or under them as known to be wrong.
fn rewrite(path: &Path, text: &str, checked: &[Checked], keep: bool) {
    let mut lines: Vec<Option<String>> = text.lines().map(|l| Some(l.to_owned())).collect();
    for Checked { line, actual, right } in checked {
        let indent = " ".repeat(line.indent);
        if let Some(known) = &line.known {
            lines[known.number - 1] =
                (!right).then(|| format!("{indent}  known wrong: {actual} because {}", known.reason));
        } else if !right && (keep || line.key == "incident") {
            let stated = lines[line.number - 1].take().expect("one line each");
            lines[line.number - 1] =
                Some(format!("{stated}\n{indent}  known wrong: {actual} because (say why)"));
        } else if !right {
            lines[line.number - 1] = (actual != "missing").then(|| format!("{indent}{}: {actual}", line.key));
        }
    }
    let mut out: String = lines.into_iter().flatten().map(|l| l + "\n").collect();
    if !text.ends_with('\n') {
        out.pop();
    }
    std::fs::write(path, out).expect("a writable spec");
}
