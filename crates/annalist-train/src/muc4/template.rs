//! Templates of what was judged: sentences that tell of one incident are put together, then fillers go to the incident
//! that their words stand in.

use super::judge::{Opinion, TYPES};
use super::report::{ROLES, Report, folded};
use super::scene::{Scene, Told};
use serde_json::{Value, json};
use std::collections::BTreeMap;

// Chosen on the development part, each report judged by models that were learnt from others.

/// From which chance a report tells of an incident of each of [`TYPES`].
const TYPE_AT: [f32; TYPES.len()] = [0.3, 0.2, 0.15, 0.2, 0.3];
/// From which chance an entity fills a role.
const ROLE_AT: f32 = 0.22;
/// From which chance another mention of it brings it to another incident.
const MENTION_AT: f32 = 0.2;
/// From which chance of an accepted type a sentence tells of an incident.
const LINE_AT: f32 = 0.15;
/// From which mean chance two groups of sentences tell of the same incident.
const LINK_AT: f32 = 0.7;
/// How likely two sentences tell of the same incident when nothing is known of them.
const LINK_UNKNOWN: f32 = 0.5;

/// An incident: its type and the sentences that tell of it.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    kind: usize,
    lines: Vec<usize>,
}

/// The line of predictions for one report.
pub(crate) fn line(report: &Report, scene: &Scene, opinion: &Opinion) -> Value {
    let groups = groups(opinion);
    let mut fillers = vec![<[Vec<(String, bool)>; ROLES.len()]>::default(); groups.len()];
    let all = (0..scene.entities.len()).flat_map(|entity| (0..ROLES.len()).map(move |role| (entity, role)));
    for (entity, role) in all.filter(|_| !groups.is_empty()) {
        for (group, words) in places_of(scene, opinion, &groups, entity, role) {
            let known = &mut fillers[group][role];
            if known.iter().all(|(w, _)| folded(w) != folded(&words)) {
                known.push((words, scene.entities[entity].person));
            }
        }
    }
    let templates: Vec<Value> =
        groups.iter().zip(&fillers).map(|(group, fillers)| template(report, scene, group, fillers)).collect();
    json!({"id": report.id, "templates": templates})
}

/// The incidents of a report: of each type that it tells of, at least the sentence that tells most of it.
fn groups(opinion: &Opinion) -> Vec<Group> {
    let kinds: Vec<usize> = (0..TYPES.len()).filter(|&t| opinion.report[t] >= TYPE_AT[t]).collect();
    let telling: Vec<usize> =
        (0..opinion.lines.len()).filter(|&n| kinds.iter().any(|&k| opinion.lines[n][k] >= LINE_AT)).collect();
    let most =
        |lines: &[usize], kind: usize| lines.iter().map(|&n| opinion.lines[n][kind]).fold(0.0, f32::max);
    let mut groups: Vec<Group> = Vec::new();
    let mut weak: Vec<Group> = Vec::new();
    for lines in joined(telling, &opinion.links) {
        let weight = |k: usize| most(&lines, k) * opinion.report[k];
        let Some(&kind) = kinds.iter().max_by(|&&a, &&b| weight(a).total_cmp(&weight(b))) else { continue };
        let strong = most(&lines, kind) >= LINE_AT;
        let group = Group { kind, lines };
        if strong { groups.push(group) } else { weak.push(group) }
    }
    for &kind in &kinds {
        if groups.iter().all(|g| g.kind != kind) {
            let line = (0..opinion.lines.len())
                .max_by(|&a, &b| opinion.lines[a][kind].total_cmp(&opinion.lines[b][kind]).then(b.cmp(&a)));
            groups.extend(line.map(|line| Group { kind, lines: vec![line] }));
        }
    }
    for group in weak {
        let gap = |g: &&mut Group| {
            let near = g.lines.iter().flat_map(|&a| group.lines.iter().map(move |&b| a.abs_diff(b))).min();
            (g.kind != group.kind, near)
        };
        if let Some(near) = groups.iter_mut().min_by_key(gap) {
            near.lines.extend(&group.lines);
        }
    }
    groups
}

/// Joins sentences step by step, the surest first.
fn joined(lines: Vec<usize>, links: &[(usize, usize, f32)]) -> Vec<Vec<usize>> {
    let chances: BTreeMap<(usize, usize), f32> =
        links.iter().map(|&(a, b, chance)| ((a, b), chance)).collect();
    let chance = |a: usize, b: usize| chances.get(&(a.min(b), a.max(b))).copied().unwrap_or(LINK_UNKNOWN);
    let mean = |x: &[usize], y: &[usize]| {
        let sum: f32 =
            x.iter().flat_map(|&a| y.iter().map(move |&b| (a, b))).map(|(a, b)| chance(a, b)).sum();
        sum / (x.len() * y.len()) as f32
    };
    let mut groups: Vec<Vec<usize>> = lines.into_iter().map(|n| vec![n]).collect();
    loop {
        let mut best: Option<(f32, usize, usize)> = None;
        for i in 0..groups.len() {
            for j in i + 1..groups.len() {
                let mean = mean(&groups[i], &groups[j]);
                if mean >= LINK_AT && best.is_none_or(|(b, ..)| mean > b) {
                    best = Some((mean, i, j));
                }
            }
        }
        let Some((_, i, j)) = best else { return groups };
        let more = groups.remove(j);
        groups[i].extend(more);
    }
}

/// The incidents that an entity belongs to in a role, with the words that MUC-4 would cite.
fn places_of(
    scene: &Scene,
    opinion: &Opinion,
    groups: &[Group],
    entity: usize,
    role: usize,
) -> Vec<(usize, String)> {
    if opinion.entities[entity][role] < ROLE_AT {
        return Vec::new();
    }
    let mut mentions = scene.entities[entity].mentions.clone();
    mentions
        .sort_by(|&a, &b| opinion.mentions[b][role].total_cmp(&opinion.mentions[a][role]).then(a.cmp(&b)));
    let mut places: Vec<(usize, String)> = Vec::new();
    for (rank, &mention) in mentions.iter().enumerate() {
        if rank > 0 && opinion.mentions[mention][role] < MENTION_AT {
            break;
        }
        let line = scene.mentions[mention].sentence;
        let own = (0..groups.len()).filter(|&g| groups[g].lines.contains(&line));
        let mut at: Vec<usize> = own.collect();
        if at.is_empty() && rank == 0 {
            at.extend((0..groups.len()).min_by_key(|&g| distance(&groups[g], line)));
        }
        for group in at {
            if places.iter().all(|(g, _)| *g != group) {
                places.push((group, cited(scene, opinion, entity, mention)));
            }
        }
    }
    places
}

/// How far a sentence is from a group; what was told before is nearer than what follows.
fn distance(group: &Group, line: usize) -> usize {
    let far = |&n: &usize| 2 * n.abs_diff(line) + usize::from(n > line);
    group.lines.iter().map(far).min().unwrap_or(usize::MAX)
}

fn cited(scene: &Scene, opinion: &Opinion, entity: usize, mention: usize) -> String {
    let whole = &scene.entities[entity];
    if whole.person {
        return whole.words.clone();
    }
    let wordings = &scene.mentions[mention].wordings;
    let chances = &opinion.wordings[mention];
    (0..wordings.len())
        .max_by(|&a, &b| chances[a].total_cmp(&chances[b]).then(b.cmp(&a)))
        .map_or_else(|| whole.words.clone(), |w| wordings[w].words.clone())
}

fn template(
    report: &Report,
    scene: &Scene,
    group: &Group,
    fillers: &[Vec<(String, bool)>; ROLES.len()],
) -> Value {
    let told = told(scene, group);
    let undone = told.first().is_some_and(|t| t.stage != "carried_out");
    let stage = match told.first().map(|t| t.stage.as_str()) {
        Some("threatened") if undone => "threatened",
        Some(_) if undone => "attempted",
        _ => "accomplished",
    };
    let mut template = json!({"incident_type": TYPES[group.kind], "stage": stage});
    for (role, fillers) in ROLES.iter().zip(fillers) {
        template[*role] = fillers.iter().map(|(words, _)| json!([words])).collect();
        if *role == "victim" {
            let named = fillers.iter().filter(|(_, person)| *person);
            template["victim_name"] = named.map(|(words, _)| json!([words])).collect();
        }
    }
    let published = report.document.meta().published_at.map(|d| d.to_string());
    let days = told.iter().find_map(|t| t.days.clone());
    let days = days.map(|(lo, hi)| (Some(lo), Some(hi))).unwrap_or((None, published));
    template["date"] = match days {
        (Some(lo), Some(hi)) if lo == hi => json!(lo),
        (lo, hi) => json!({"lo": lo, "hi": hi}),
    };
    template["location"] = json!(location(scene, group, &told));
    template["killed"] = json!(told.iter().filter_map(|t| t.killed).max());
    template["injured"] = json!(told.iter().filter_map(|t| t.injured).max());
    template
}

/// The engine's incidents that share sentences with a group, those that share most first.
fn told<'a>(scene: &'a Scene, group: &Group) -> Vec<&'a Told> {
    let shared = |t: &Told| t.sentences.iter().filter(|n| group.lines.contains(n)).count();
    let mut told: Vec<&Told> = scene.incidents.iter().filter(|t| shared(t) > 0).collect();
    told.sort_by_key(|t| std::cmp::Reverse(shared(t)));
    told
}

/// "EL SALVADOR: SAN MIGUEL: CIUDAD BARRIOS": the country, then what is inside it.
fn location(scene: &Scene, group: &Group, told: &[&Told]) -> Option<String> {
    let country = told.iter().find_map(|t| t.country.clone()).or_else(|| scene.country.clone())?;
    let mut names = vec![country.to_uppercase()];
    let inner = told.iter().find(|t| !t.places.is_empty()).map(|t| t.places.clone());
    let inner = inner.unwrap_or_else(|| {
        group.lines.iter().flat_map(|&n| scene.sentences[n].places.iter().cloned()).take(1).collect()
    });
    for name in inner {
        let name = name.to_uppercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_links_join_and_unsure_ones_do_not() {
        let links = [(0, 1, 0.9), (0, 2, 0.2), (1, 2, 0.3), (2, 3, 0.8)];
        let groups = joined(vec![0, 1, 2, 3], &links);
        assert_eq!(groups, [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn each_type_of_a_report_has_an_incident() {
        let opinion = Opinion {
            lines: vec![[0.9, 0.0, 0.0, 0.0, 0.0], [0.0, 0.05, 0.0, 0.0, 0.0]],
            report: [0.9, 0.6, 0.0, 0.0, 0.0],
            ..Opinion::default()
        };
        let groups = groups(&opinion);
        let expected = [Group { kind: 0, lines: vec![0] }, Group { kind: 1, lines: vec![1] }];
        assert_eq!(groups, expected);
    }
}
