//! Which sentences, reports and noun phrases are what MUC-4 asks for, by models in layers: each layer sees what the
//! layers before it said.

use super::linear::{Example, Linear, Models};
use super::report::{ROLES, Report, folded};
use super::scene::{Entity, Scene};
use anyhow::Result;
use rayon::prelude::*;

/// Incident types that are told apart; the sixth, forced work stoppage, is too rare to learn.
pub(crate) const TYPES: [&str; 5] = ["attack", "bombing", "kidnapping", "arson", "robbery"];

/// Into how many parts reports are divided so that each is judged by what was learnt from the others.
const FOLDS: usize = 5;

/// From which chance of any type a sentence is looked at with others.
const TELLS_AT: f32 = 0.08;

/// What the models say of a report.
#[derive(Clone, Default)]
pub(crate) struct Opinion {
    /// For each sentence, how likely it tells of an incident of each type.
    pub(crate) lines: Vec<[f32; TYPES.len()]>,
    /// How likely the report tells of an incident of each type.
    pub(crate) report: [f32; TYPES.len()],
    /// For each entity, how likely it fills each role.
    pub(crate) entities: Vec<[f32; ROLES.len()]>,
    /// For each mention, the same by its own surroundings.
    pub(crate) mentions: Vec<[f32; ROLES.len()]>,
    /// Pairs of sentences and how likely they tell of the same incident.
    pub(crate) links: Vec<(usize, usize, f32)>,
    /// For each mention and way to cite it, how likely MUC-4 cites it so.
    pub(crate) wordings: Vec<Vec<f32>>,
}

/// One layer of models.
#[derive(Clone, Copy)]
enum Layer {
    Line,
    Report,
    Filler,
    Link,
    Wording,
}

impl Layer {
    const ALL: [Layer; 5] = [Layer::Line, Layer::Report, Layer::Filler, Layer::Link, Layer::Wording];

    fn names(self) -> Vec<String> {
        match self {
            Layer::Line => TYPES.iter().map(|t| format!("line.{t}")).collect(),
            Layer::Report => TYPES.iter().map(|t| format!("report.{t}")).collect(),
            Layer::Filler => ROLES.iter().map(|r| format!("filler.{r}")).collect(),
            Layer::Link => vec!["link".to_owned()],
            Layer::Wording => vec!["wording".to_owned()],
        }
    }

    /// How much a feature must tell to get a weight.
    fn sparsity(self) -> f32 {
        match self {
            Layer::Line | Layer::Filler => 0.3,
            Layer::Report | Layer::Link | Layer::Wording => 0.5,
        }
    }
}

/// All models.
pub(crate) struct Judge {
    models: Models,
}

/// The models of one layer, for each part of the reports those that have not seen it.
struct Panel(Vec<Vec<Linear>>);

impl Panel {
    fn chances(&self, report: usize, features: &[u32]) -> Vec<f32> {
        self.0[report % self.0.len()].iter().map(|m| m.chance(features)).collect()
    }
}

/// What one layer judges in one report: features, and what people say where they say anything.
type Units = Vec<(Vec<u32>, Option<Vec<bool>>)>;

impl Judge {
    /// Reads what [`Judge::write`] makes.
    ///
    /// # Errors
    /// A line that is no weight.
    pub(crate) fn parse(text: &str) -> Result<Judge> {
        Ok(Judge { models: Models::parse(text)? })
    }

    /// The models as lines of text.
    pub(crate) fn write(&self) -> String {
        self.models.write()
    }

    /// Judges reports that it has not learnt from.
    pub(crate) fn judge_all(&mut self, reports: &[Report], scenes: &mut [Scene]) -> Vec<Opinion> {
        let known = self.models.models.clone();
        through_layers(&mut self.models, reports, scenes, false, |_, layer, _| {
            let model = |name: &String| known.get(name).cloned().unwrap_or_default();
            Panel(vec![layer.names().iter().map(model).collect()])
        })
    }
}

/// Learns all layers; each report is judged by models that were learnt from others.
pub(crate) fn learn(reports: &[Report], scenes: &mut [Scene]) -> (Judge, Vec<Opinion>) {
    let mut judge = Judge { models: Models::default() };
    let opinions = through_layers(&mut judge.models, reports, scenes, true, learn_layer);
    (judge, opinions)
}

fn learn_layer(models: &mut Models, layer: Layer, units: &[Units]) -> Panel {
    let names = layer.names();
    let features = models.vocabulary.len();
    // The last fold leaves nothing out: its models are kept.
    let jobs: Vec<(usize, usize)> = (0..=FOLDS).flat_map(|f| (0..names.len()).map(move |m| (f, m))).collect();
    let learnt: Vec<Linear> = jobs
        .par_iter()
        .map(|&(fold, model)| {
            let seen = (0..units.len()).filter(|n| n % FOLDS != fold).flat_map(|n| &units[n]);
            let examples: Vec<Example<'_>> = seen
                .filter_map(|(features, labels)| Some(Example { features, label: labels.as_ref()?[model] }))
                .collect();
            Linear::learn(&examples, features, layer.sparsity())
        })
        .collect();
    let mut folds: Vec<Vec<Linear>> = learnt.chunks(names.len()).map(<[Linear]>::to_vec).collect();
    for (name, model) in names.into_iter().zip(folds.pop().unwrap_or_default()) {
        models.models.insert(name, model);
    }
    Panel(folds)
}

fn through_layers(
    models: &mut Models,
    reports: &[Report],
    scenes: &mut [Scene],
    learning: bool,
    mut panel_of: impl FnMut(&mut Models, Layer, &[Units]) -> Panel,
) -> Vec<Opinion> {
    number(models, scenes);
    let mut opinions: Vec<Opinion> = scenes.iter().map(|_| Opinion::default()).collect();
    for layer in Layer::ALL {
        let mut all: Vec<Units> = Vec::new();
        for ((report, scene), opinion) in reports.iter().zip(scenes.iter()).zip(&opinions) {
            all.push(units(layer, models, report, scene, opinion));
        }
        if learning {
            drop_rare(models, &mut all);
        }
        let panel = panel_of(models, layer, &all);
        for (n, opinion) in opinions.iter_mut().enumerate() {
            let scores: Vec<Vec<f32>> =
                all[n].iter().map(|(features, _)| panel.chances(n, features)).collect();
            keep(layer, models, &panel, n, &scenes[n], opinion, scores);
        }
    }
    opinions
}

/// Leaves out features of few reports: names, mostly, that tell nothing of other reports.
fn drop_rare(models: &Models, all: &mut [Units]) {
    const REPORTS_MIN: u32 = 3;
    let mut counts = vec![0u32; models.vocabulary.len()];
    let mut last = vec![usize::MAX; models.vocabulary.len()];
    for (n, units) in all.iter().enumerate() {
        for &feature in units.iter().flat_map(|(features, _)| features) {
            if std::mem::replace(&mut last[feature as usize], n) != n {
                counts[feature as usize] += 1;
            }
        }
    }
    for (features, _) in all.iter_mut().flatten() {
        features.retain(|&f| counts[f as usize] >= REPORTS_MIN);
    }
}

fn number(models: &mut Models, scenes: &mut [Scene]) {
    for scene in scenes {
        for line in &mut scene.sentences {
            line.features = models.vocabulary.numbers(&std::mem::take(&mut line.names));
        }
        for mention in &mut scene.mentions {
            mention.features = models.vocabulary.numbers(&std::mem::take(&mut mention.names));
            for wording in &mut mention.wordings {
                wording.features = models.vocabulary.numbers(&std::mem::take(&mut wording.names));
            }
        }
    }
}

fn keep(
    layer: Layer,
    models: &mut Models,
    panel: &Panel,
    number: usize,
    scene: &Scene,
    opinion: &mut Opinion,
    scores: Vec<Vec<f32>>,
) {
    let row = |s: &Vec<f32>| -> [f32; 5] { std::array::from_fn(|n| s[n]) };
    match layer {
        Layer::Line => opinion.lines = scores.iter().map(row).collect(),
        Layer::Report => {
            let own = row(&scores[0]);
            opinion.report = std::array::from_fn(|t| {
                let most = opinion.lines.iter().map(|l| l[t]).fold(0.0, f32::max);
                between(own[t], most)
            });
        }
        Layer::Filler => {
            opinion.entities = scores.iter().map(row).collect();
            opinion.mentions = vec![[0.0; ROLES.len()]; scene.mentions.len()];
            for entity in &scene.entities {
                for &mention in &entity.mentions {
                    let features = filler_features(
                        models,
                        scene,
                        opinion,
                        &[mention],
                        entity.person,
                        entity.mentions.len(),
                    );
                    opinion.mentions[mention] = row(&panel.chances(number, &features));
                }
            }
            // What all mentions say together, and what the best says alone.
            for (entity, together) in scene.entities.iter().zip(&mut opinion.entities) {
                *together = std::array::from_fn(|r| {
                    let alone = entity.mentions.iter().map(|&m| opinion.mentions[m][r]).fold(0.0, f32::max);
                    between(together[r], alone)
                });
            }
        }
        Layer::Link => {
            let pairs = pairs(opinion);
            opinion.links = pairs.into_iter().zip(scores).map(|((a, b), s)| (a, b, s[0])).collect();
        }
        Layer::Wording => {
            let mut scores = scores.into_iter();
            opinion.wordings = scene
                .mentions
                .iter()
                .map(|m| m.wordings.iter().map(|_| scores.next().map_or(0.0, |s| s[0])).collect())
                .collect();
        }
    }
}

/// The chance half-way between two, as odds go.
fn between(a: f32, b: f32) -> f32 {
    let (yes, no) = (a * b, (1.0 - a) * (1.0 - b));
    if yes + no == 0.0 { 0.5 } else { yes.sqrt() / (yes.sqrt() + no.sqrt()) }
}

/// All that a layer judges: sentences, the report, entities, pairs of sentences, ways to cite.
fn units(layer: Layer, models: &mut Models, report: &Report, scene: &Scene, opinion: &Opinion) -> Units {
    match layer {
        Layer::Line => {
            let told = lines_of_templates(report, scene);
            let label = |line: usize| {
                TYPES
                    .iter()
                    .map(|t| told[line].iter().any(|&n| report.templates[n].is(t)))
                    .collect::<Vec<_>>()
            };
            scene.sentences.iter().enumerate().map(|(n, s)| (s.features.clone(), Some(label(n)))).collect()
        }
        Layer::Report => {
            let label = TYPES.iter().map(|t| report.templates.iter().any(|x| x.is(t))).collect();
            vec![(report_features(models, scene, opinion), Some(label))]
        }
        Layer::Filler => scene
            .entities
            .iter()
            .map(|entity| {
                let features = filler_features(
                    models,
                    scene,
                    opinion,
                    &entity.mentions,
                    entity.person,
                    entity.mentions.len(),
                );
                (features, Some(filler_labels(report, scene, entity)))
            })
            .collect(),
        Layer::Link => {
            let told = lines_of_templates(report, scene);
            pairs(opinion)
                .into_iter()
                .map(|(a, b)| {
                    let label = (!told[a].is_empty() && !told[b].is_empty())
                        .then(|| vec![told[a].iter().any(|n| told[b].contains(n))]);
                    (link_features(models, scene, opinion, a, b), label)
                })
                .collect()
        }
        Layer::Wording => scene
            .mentions
            .iter()
            .flat_map(|mention| {
                let right = |w: &String| {
                    report.templates.iter().flat_map(|t| t.fillers.iter().flatten().flatten()).any(|x| x == w)
                };
                let rights: Vec<bool> = mention.wordings.iter().map(|w| right(&folded(&w.words))).collect();
                let any = rights.contains(&true);
                mention
                    .wordings
                    .iter()
                    .zip(rights)
                    .map(move |(w, right)| (w.features.clone(), any.then(|| vec![right])))
                    .collect::<Vec<_>>()
            })
            .collect(),
    }
}

/// Which chances a chance reaches.
fn steps(chance: f32) -> usize {
    [0.02, 0.06, 0.15, 0.3, 0.5, 0.7, 0.87].iter().filter(|&&b| chance >= b).count()
}

/// A feature for each step that a chance reaches.
fn climb(names: &mut Vec<String>, what: &str, chance: f32) {
    names.extend((0..=steps(chance)).map(|b| format!("{what}>={b}")));
}

fn report_features(models: &mut Models, scene: &Scene, opinion: &Opinion) -> Vec<u32> {
    let mut names: Vec<String> = Vec::new();
    for (t, kind) in TYPES.iter().enumerate() {
        let mut chances: Vec<f32> = opinion.lines.iter().map(|l| l[t]).collect();
        climb(&mut names, &format!("first.{kind}"), chances.iter().take(3).copied().fold(0.0, f32::max));
        chances.sort_unstable_by(|a, b| b.total_cmp(a));
        for (rank, what) in ["max", "second", "third"].iter().enumerate() {
            climb(&mut names, &format!("{what}.{kind}"), chances.get(rank).copied().unwrap_or_default());
        }
        let none: f32 = chances.iter().map(|c| 1.0 - c).product();
        climb(&mut names, &format!("any.{kind}"), 1.0 - none);
    }
    let mut features: Vec<u32> = models.vocabulary.numbers(&names);
    for line in &scene.sentences {
        features.extend(&line.features);
    }
    features.sort_unstable();
    features.dedup();
    features
}

fn filler_features(
    models: &mut Models,
    scene: &Scene,
    opinion: &Opinion,
    mentions: &[usize],
    person: bool,
    count: usize,
) -> Vec<u32> {
    let mut names: Vec<String> = Vec::new();
    let mut features: Vec<u32> =
        mentions.iter().flat_map(|&m| scene.mentions[m].features.iter().copied()).collect();
    let best =
        |t: usize| mentions.iter().map(|&m| opinion.lines[scene.mentions[m].sentence][t]).fold(0.0, f32::max);
    for (t, kind) in TYPES.iter().enumerate() {
        climb(&mut names, &format!("line.{kind}"), best(t));
        climb(&mut names, &format!("report.{kind}"), opinion.report[t]);
    }
    let any = (0..TYPES.len()).map(best).fold(0.0, f32::max);
    let all = opinion.report.iter().copied().fold(0.0, f32::max);
    climb(&mut names, "line.any", any);
    climb(&mut names, "report.any", all);
    names.push(format!("both={}:{}", steps(any), steps(all)));
    names.push(format!("mentions={}", count.min(4)));
    names.push(format!("person={person}"));
    features.extend(models.vocabulary.numbers(&names));
    features.sort_unstable();
    features.dedup();
    features
}

fn filler_labels(report: &Report, scene: &Scene, entity: &Entity) -> Vec<bool> {
    let wordings: Vec<String> =
        entity.mentions.iter().flat_map(|&m| &scene.mentions[m].wordings).map(|w| folded(&w.words)).collect();
    let right = |r: usize| {
        report.templates.iter().flat_map(|t| &t.fillers[r]).flatten().any(|w| wordings.contains(w))
    };
    (0..ROLES.len()).map(right).collect()
}

/// Pairs of sentences that may tell of incidents.
fn pairs(opinion: &Opinion) -> Vec<(usize, usize)> {
    const TELLING_MAX: usize = 40;
    let telling: Vec<usize> = (0..opinion.lines.len())
        .filter(|&n| opinion.lines[n].iter().any(|&c| c >= TELLS_AT))
        .take(TELLING_MAX)
        .collect();
    let mut pairs = Vec::new();
    for (n, &a) in telling.iter().enumerate() {
        pairs.extend(telling[n + 1..].iter().map(|&b| (a, b)));
    }
    pairs
}

fn link_features(models: &mut Models, scene: &Scene, opinion: &Opinion, a: usize, b: usize) -> Vec<u32> {
    let (x, y) = (&scene.sentences[a], &scene.sentences[b]);
    let mut names: Vec<String> = Vec::new();
    let gap = |n: usize| match n {
        0..=3 => n.to_string(),
        4..=6 => "4-6".into(),
        7..=12 => "7-12".into(),
        _ => "13-".into(),
    };
    names.push(format!("gap={}", gap(b - a)));
    names.push(format!("paragraphs={}", gap(y.paragraph - x.paragraph)));
    let kind = |n: usize| {
        (0..TYPES.len()).max_by(|&p, &q| opinion.lines[n][p].total_cmp(&opinion.lines[n][q])).unwrap_or(0)
    };
    names.push(format!("types={}:{}", TYPES[kind(a)], TYPES[kind(b)]));
    names.push(format!("same-type={}", kind(a) == kind(b)));
    for (t, kind) in TYPES.iter().enumerate() {
        climb(&mut names, &format!("a.{kind}"), opinion.lines[a][t]);
        climb(&mut names, &format!("b.{kind}"), opinion.lines[b][t]);
    }
    let told = |n: usize| scene.incidents.iter().position(|i| i.sentences.contains(&n));
    let incidents = match (told(a), told(b)) {
        (Some(a), Some(b)) if a == b => "one",
        (Some(_), Some(_)) => "two",
        (None, None) => "none",
        _ => "half",
    };
    names.push(format!("told={incidents}"));
    for (what, p, q) in [("place", &x.places, &y.places), ("day", &x.days, &y.days)] {
        let state = match (p.is_empty(), q.is_empty()) {
            (false, false) if !p.is_disjoint(q) => "same",
            (false, false) => "other",
            (true, true) => "none",
            (false, true) => "first",
            (true, false) => "second",
        };
        names.push(format!("{what}={state}"));
        names.push(format!("{what}={state}:told={incidents}"));
    }
    if y.fresh {
        names.push("fresh".into());
    }
    if (a..b).any(|n| scene.sentences[n].fresh) {
        names.push("fresh-between".into());
    }
    for (r, role) in ROLES.iter().enumerate() {
        let of = |line: usize| -> Vec<usize> {
            let plays = |e: &usize| {
                let mentions = &scene.entities[*e].mentions;
                mentions.iter().any(|&m| scene.mentions[m].sentence == line && opinion.mentions[m][r] >= 0.15)
            };
            (0..scene.entities.len()).filter(plays).collect()
        };
        let (p, q) = (of(a), of(b));
        let state = match (p.is_empty(), q.is_empty()) {
            (false, false) if p.iter().any(|e| q.contains(e)) => "same",
            (false, false) => "other",
            (true, true) => "none",
            (false, true) => "first",
            (true, false) => "second",
        };
        names.push(format!("{role}={state}"));
        names.push(format!("{role}={state}:told={incidents}"));
    }
    names.extend(y.opening.iter().map(|w| format!("b.open={w}")));
    let telling = (a + 1..b).filter(|&n| opinion.lines[n].iter().any(|&c| c >= TELLS_AT)).count();
    names.push(format!("between={}", gap(telling)));
    models.vocabulary.numbers(&names)
}

/// For each sentence the numbers of the templates that it tells of: those of which it holds two fillers, or as many
/// as any sentence does.
fn lines_of_templates(report: &Report, scene: &Scene) -> Vec<Vec<usize>> {
    let mut told = vec![Vec::new(); scene.sentences.len()];
    for (number, template) in report.templates.iter().enumerate() {
        let held: Vec<usize> = scene
            .sentences
            .iter()
            .map(|line| {
                let fillers = template.fillers.iter().flatten();
                fillers.filter(|f| f.iter().any(|w| line.words.contains(&format!(" {w} ")))).count()
            })
            .collect();
        let most = held.iter().copied().max().unwrap_or_default();
        for (line, &held) in held.iter().enumerate() {
            if held > 0 && (held >= 2 || held == most) {
                told[line].push(number);
            }
        }
    }
    told
}
