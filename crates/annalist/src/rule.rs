//! rule: here is a word that may tell of an event, which words around it play which part?
//!
//! Rules are data: files under `rules/`, one per family. A rule names the lexicon class of its trigger and,
//! for each role, paths through the dependency tree from the trigger to the word that plays it, in the
//! manner of Odin (Valenzuela-Escárcega et al. 2016). A path is a list of steps:
//!
//! | step | means |
//! |---|---|
//! | `obj` | down to a dependent with this relation or a subtype of it, passives (`nsubj:pass`) apart |
//! | `obj\|obl` | down by either |
//! | `^acl` | up from a dependent with this relation to its head |
//! | `conj?` `conj*` | an optional step, a step taken any number of times |
//! | `[weapon]` | stay, if the word is covered by a phrase of this lexicon class |
//! | `[weapon=drone\|mine]` | … with one of these values |
//! | `[weapon\|object]` | … of one of these classes |
//! | `[outcome:verb-object]` | … with this word in a further column |
//! | `[lemma=…]` `[form=…]` `[upos=…]` `[case=in\|at]` | stay, if lemma, form, word class, preposition fit |
//! | `[place]` `[person]` `[time]` | stay, if inside such a mention |
//! | `[!…]` | stay, if the test fails; tests in one bracket are joined by commas and must all hold |
//!
//! | `next6` `prev4` | the nearest word after or before within so many tokens for which the rest of the path holds |
//! | `[passive]` | stay, if the verb is in the passive or follows a form of "be" |
//! | `[morph=VerbForm=Ger]` | stay, if its inflection holds this value, or one of several parted by bars |
//!
//! A path that opens with `else` is walked only when the paths before it reached nothing: the way out where
//! the parser may have gone wrong. Words joined by `conj` to the end of a path play the role too.

use crate::bundle::{Bundle, DataError};
use crate::lexicon::Class;
use crate::mention::Marked;
use crate::syntax::{Deprel, Upos};
use crate::table::header;
use crate::text::TokenId;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

mod graph;

pub use graph::Graph;

/// What a rule is: id, meaning and examples, for `explain` and `data list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Stable id: `en.attack.verb-active`.
    pub id: String,
    /// File in the data folder.
    pub path: String,
    /// Line of its id, from 1.
    pub line: usize,
    /// What it finds.
    pub meaning: String,
    /// Texts in which it must be at work.
    pub matches: Vec<String>,
    /// Texts in which it must not be at work.
    pub rejects: Vec<String>,
}

/// Number of a rule in its [`RuleSet`].
pub type RuleId = usize;

/// One compiled rule.
pub struct Rule {
    /// Id, meaning, examples.
    pub info: RuleInfo,
    /// What it tells of: `attack`, `harm`, `damage`, `status`, or `filter`.
    pub kind: String,
    /// For filters: what becomes of the event.
    pub effect: String,
    /// For filters whose trigger is not the event's own: `overlap` or `sentence`.
    pub scope: String,
    trigger: Option<Test>,
    tests: Vec<Test>,
    roles: Vec<(String, Vec<Path>)>,
    require: Vec<String>,
}

/// A word that plays a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The role's name.
    pub role: String,
    /// The word.
    pub token: TokenId,
    /// The rule that found it.
    pub rule: RuleId,
}

/// All rules in force.
#[derive(Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    by_class: FxHashMap<Class, Vec<RuleId>>,
    by_id: BTreeMap<String, RuleId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    #[serde(default)]
    kind: String,
    meaning: String,
    #[serde(default)]
    effect: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    trigger: String,
    #[serde(default, rename = "where")]
    tests: String,
    #[serde(default)]
    roles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    require: Vec<String>,
    #[serde(rename = "match")]
    matches: Vec<String>,
    reject: Vec<String>,
}

impl RuleSet {
    /// Reads every file under `rules/`.
    ///
    /// # Errors
    /// The first rule that cannot be compiled, with its id.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut set = RuleSet::default();
        let known: BTreeSet<String> =
            bundle.under("lang/").filter_map(|(_, file)| header(file.bytes()).remove("lexicon")).collect();
        for (path, file) in bundle.under("rules/") {
            let text = std::str::from_utf8(file.bytes())
                .map_err(|e| DataError::new(path, 0, format!("not UTF-8 at byte {}", e.valid_up_to())))?;
            let rules: RuleFile = toml::from_str(text).map_err(|e| {
                let line = e.span().map_or(0, |s| text[..s.start].lines().count().max(1));
                DataError::new(path, line, e.message())
            })?;
            for rule in rules.rule {
                let line = line_of(text, &rule.id);
                set.add(path, line, rule, &known).map_err(|message| DataError::new(path, line, message))?;
            }
        }
        Ok(set)
    }

    fn add(
        &mut self,
        path: &str,
        line: usize,
        text: RuleText,
        known: &BTreeSet<String>,
    ) -> Result<(), String> {
        let id = self.rules.len();
        if self.by_id.insert(text.id.clone(), id).is_some() {
            return Err(format!("rule id `{}` is used twice", text.id));
        }
        if text.matches.is_empty() || text.reject.is_empty() {
            return Err(format!("rule `{}` needs examples that match and examples that must not", text.id));
        }
        let in_rule = |e: String| format!("rule `{}`: {e}", text.id);
        let trigger = match text.trigger.as_str() {
            "" => None,
            trigger => Some(Test::parse(trigger).map_err(in_rule)?),
        };
        for class in trigger.iter().flat_map(Test::classes) {
            self.by_class.entry(class).or_default().push(id);
        }
        if trigger.as_ref().is_some_and(|t| t.classes().is_empty()) {
            return Err(in_rule("the trigger must name a lexicon class".into()));
        }
        let mut roles = Vec::new();
        for (role, paths) in &text.roles {
            let paths = paths.iter().map(|p| Path::parse(p)).collect::<Result<Vec<_>, _>>();
            roles.push((role.clone(), paths.map_err(in_rule)?));
        }
        if let Some(role) = text.require.iter().find(|r| !text.roles.contains_key(*r)) {
            return Err(in_rule(format!("requires the role `{role}` that it does not describe")));
        }
        let tests = Test::parse_all(&text.tests).map_err(in_rule)?;
        let steps = roles.iter().flat_map(|(_, paths)| paths).flat_map(|path| &path.steps);
        let stays = steps.flat_map(|step| if let Step::Stay(tests) = step { &tests[..] } else { &[] });
        let named = trigger.iter().chain(&tests).chain(stays).flat_map(Test::named);
        if let Some(class) = named.into_iter().find(|class| !known.contains(*class)) {
            let near = known.iter().max_by(|a, b| strsim::jaro(a, class).total_cmp(&strsim::jaro(b, class)));
            let near = near.map_or(String::new(), |near| format!("; is `{near}` meant?"));
            return Err(in_rule(format!("`{class}` is neither a test nor a lexicon class{near}")));
        }
        self.rules.push(Rule {
            info: RuleInfo {
                id: text.id,
                path: path.to_owned(),
                line,
                meaning: text.meaning,
                matches: text.matches,
                rejects: text.reject,
            },
            kind: text.kind,
            effect: text.effect,
            scope: text.scope,
            trigger,
            tests,
            roles,
            require: text.require,
        });
        Ok(())
    }

    /// The rule with this number.
    pub fn get(&self, id: RuleId) -> &Rule {
        &self.rules[id]
    }

    /// All rules, in order of file and place.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The number of the rule with this id.
    pub fn find(&self, id: &str) -> Option<RuleId> {
        self.by_id.get(id).copied()
    }

    /// The rules whose trigger is of this lexicon class.
    pub fn of_class(&self, class: Class) -> &[RuleId] {
        self.by_class.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The words that play roles around a trigger; none when the rule does not match.
    ///
    /// `tokens` is the trigger phrase, `head` the token in it that the others depend on.
    pub fn apply(
        &self,
        id: RuleId,
        marked: &Marked<'_>,
        graph: &Graph,
        tokens: &Range<TokenId>,
        head: TokenId,
    ) -> Option<Vec<Argument>> {
        let rule = &self.rules[id];
        let fits = rule.trigger.iter().chain(&rule.tests).all(|test| test.holds(marked, graph, head));
        if !fits {
            return None;
        }
        let mut arguments = Vec::new();
        let mut walk = Walk::default();
        for (role, paths) in &rule.roles {
            let mut found: Vec<TokenId> = Vec::new();
            for path in paths {
                if path.fallback && !found.is_empty() {
                    continue;
                }
                path.walk(marked, graph, head, &mut walk);
                for &token in &walk.at {
                    if !tokens.contains(&token) && !found.contains(&token) {
                        found.push(token);
                    }
                }
            }
            found.sort_unstable();
            arguments.extend(found.into_iter().map(|token| Argument { role: role.clone(), token, rule: id }));
        }
        let complete = rule.require.iter().all(|role| arguments.iter().any(|a| a.role == *role));
        complete.then_some(arguments)
    }
}

fn line_of(text: &str, id: &str) -> usize {
    let quoted = format!("\"{id}\"");
    text.lines().position(|l| l.trim_start().starts_with("id") && l.contains(&quoted)).map_or(0, |n| n + 1)
}

/// Most words that one path may reach: a cap for hostile trees.
const REACH_MAX: usize = 64;

/// Where a walk has come; used again from path to path.
#[derive(Default)]
struct Walk {
    /// The words reached.
    at: Vec<TokenId>,
    /// Those from which a step goes on.
    edge: Vec<TokenId>,
    next: Vec<TokenId>,
}

struct Path {
    steps: Vec<Step>,
    /// Only walked when the paths before it reached nothing.
    fallback: bool,
}

enum Step {
    Move { up: bool, relations: Vec<Deprel>, repeat: Repeat },
    Near { after: bool, reach: usize },
    Stay(Vec<Test>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Once,
    Optional,
    Any,
}

impl Path {
    fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        let fallback = rest.starts_with("else ");
        if fallback {
            rest = rest["else".len()..].trim_start();
        }
        while !rest.is_empty() {
            if rest.starts_with('[') {
                let end = rest.find(']').ok_or_else(|| format!("`{text}`: a `[` is not closed"))?;
                steps.push(Step::Stay(Test::parse_all(&rest[..=end])?));
                rest = rest[end + 1..].trim_start();
                continue;
            }
            let end = rest.find([' ', '[']).unwrap_or(rest.len());
            steps.push(Step::parse_move(&rest[..end])?);
            rest = rest[end..].trim_start();
        }
        Ok(Path { steps, fallback })
    }

    /// Leaves in `walk.at` what the path reaches.
    fn walk(&self, marked: &Marked<'_>, graph: &Graph, from: TokenId, walk: &mut Walk) {
        walk.at.clear();
        walk.at.push(from);
        for step in &self.steps {
            step.take(marked, graph, walk);
            if walk.at.is_empty() {
                return;
            }
        }
        let at = &mut walk.at;
        if self.steps.iter().any(|s| matches!(s, Step::Near { .. })) {
            at.truncate(1);
        }
        for n in 0..at.len() {
            let token = at[n];
            let last = graph.down(token).filter(|(r, _)| *r == Deprel::Conj).map(|(_, c)| c).last();
            for (relation, conjunct) in graph.down(token) {
                // "Five houses, a gas line and three cars": inside a list the parser takes items for appositions.
                let listed = relation == Deprel::Conj
                    || relation == Deprel::Appos && last.is_some_and(|last| conjunct < last);
                if listed && at.len() < REACH_MAX && self.last_test_holds(marked, graph, conjunct) {
                    push_new(at, conjunct);
                }
            }
        }
    }

    /// A conjunct must pass the test that its first conjunct passed ("a drone and a spokesman").
    fn last_test_holds(&self, marked: &Marked<'_>, graph: &Graph, token: TokenId) -> bool {
        match self.steps.last() {
            Some(Step::Stay(tests)) => tests
                .iter()
                .filter(|t| !matches!(t.subject, Subject::Case(_)))
                .all(|t| t.holds(marked, graph, token)),
            _ => true,
        }
    }
}

impl Step {
    fn parse_move(text: &str) -> Result<Self, String> {
        for (word, after) in [("next", true), ("prev", false)] {
            if let Some(reach) = text.strip_prefix(word).and_then(|n| n.parse().ok()) {
                return Ok(Step::Near { after, reach });
            }
        }
        let (up, names) = match text.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (names, repeat) = match names.strip_suffix(['?', '*']) {
            Some(rest) if names.ends_with('?') => (rest, Repeat::Optional),
            Some(rest) => (rest, Repeat::Any),
            None => (names, Repeat::Once),
        };
        let relations = names
            .split('|')
            .map(|name| Deprel::parse(name).ok_or_else(|| format!("`{name}` is no dependency relation")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Step::Move { up, relations, repeat })
    }

    fn take(&self, marked: &Marked<'_>, graph: &Graph, walk: &mut Walk) {
        let Walk { at, edge, next } = walk;
        match self {
            Step::Stay(tests) => at.retain(|&t| tests.iter().all(|test| test.holds(marked, graph, t))),
            Step::Near { after, reach } => {
                std::mem::swap(at, edge);
                at.clear();
                for &token in edge.iter() {
                    let sentence = marked.parsed.sentence_tokens(token);
                    let near = (1..=*reach)
                        .filter_map(|n| if *after { Some(token + n) } else { token.checked_sub(n) })
                        .filter(|n| sentence.contains(n));
                    at.extend(near);
                }
            }
            Step::Move { up, relations, repeat } => {
                edge.clone_from(at);
                if *repeat == Repeat::Once {
                    at.clear();
                }
                while !edge.is_empty() && at.len() < REACH_MAX {
                    next.clear();
                    for &token in edge.iter() {
                        for to in graph.step(*up, token, relations) {
                            if !at.contains(&to) {
                                at.push(to);
                                next.push(to);
                            }
                        }
                    }
                    if *repeat != Repeat::Any {
                        break;
                    }
                    std::mem::swap(edge, next);
                }
            }
        }
    }
}

fn push_new(list: &mut Vec<TokenId>, token: TokenId) {
    if !list.contains(&token) {
        list.push(token);
    }
}

struct Test {
    negated: bool,
    subject: Subject,
}

enum Subject {
    Either(Vec<Test>),
    Class { class: Class, values: Vec<String>, column: Option<String> },
    Lemma(Vec<String>),
    Form(Vec<String>),
    Upos(Vec<Upos>),
    Relation(Vec<Deprel>),
    Case(Vec<String>),
    Place,
    Person,
    Time,
    Counted,
    Passive,
    Morph(Vec<String>),
}

impl Test {
    fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
        inner.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Test::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // `human|person`: either holds. In `lemma=a|b` the bar parts values.
        if let (Some(bar), equals) = (text.find('|'), text.find('='))
            && equals.is_none_or(|at| bar < at)
        {
            let either = text.split('|').map(Test::parse).collect::<Result<_, _>>()?;
            return Ok(Test { negated, subject: Subject::Either(either) });
        }
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let values = || value.split('|').filter(|v| !v.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let subject = match name {
            "lemma" => Subject::Lemma(values()),
            "form" => Subject::Form(values()),
            "case" => Subject::Case(values()),
            "morph" => Subject::Morph(values()),
            "upos" => Subject::Upos(
                values()
                    .iter()
                    .map(|v| Upos::parse(v).ok_or_else(|| format!("`{v}` is no word class")))
                    .collect::<Result<_, _>>()?,
            ),
            "rel" => Subject::Relation(
                values()
                    .iter()
                    .map(|v| Deprel::parse(v).ok_or_else(|| format!("`{v}` is no dependency relation")))
                    .collect::<Result<_, _>>()?,
            ),
            "place" => Subject::Place,
            "person" => Subject::Person,
            "time" => Subject::Time,
            "counted" => Subject::Counted,
            "passive" => Subject::Passive,
            class => {
                let (class, column) = match class.split_once(':') {
                    Some((class, column)) => (class, Some(column.to_owned())),
                    None => (class, None),
                };
                let class = Class::new(class)
                    .ok_or_else(|| format!("`{class}` is neither a test nor a lexicon class"))?;
                Subject::Class { class, values: values(), column }
            }
        };
        Ok(Test { negated, subject })
    }

    /// The lexicon classes of which one must be there for the test to hold.
    fn classes(&self) -> Vec<Class> {
        match &self.subject {
            Subject::Class { class, .. } if !self.negated => vec![*class],
            Subject::Either(tests) if !self.negated => tests.iter().flat_map(Test::classes).collect(),
            _ => Vec::new(),
        }
    }

    /// All lexicon classes that it asks for.
    fn named(&self) -> Vec<&str> {
        match &self.subject {
            Subject::Class { class, .. } => vec![class.as_str()],
            Subject::Either(tests) => tests.iter().flat_map(Test::named).collect(),
            _ => Vec::new(),
        }
    }

    fn holds(&self, marked: &Marked<'_>, graph: &Graph, token: TokenId) -> bool {
        let parsed = &marked.parsed;
        let holds = match &self.subject {
            Subject::Class { class, values, column } => marked.hits_at(token).any(|(_, entry)| {
                entry.class == *class
                    && (values.is_empty() || values.contains(&entry.value))
                    && column.as_ref().is_none_or(|c| entry.has(c))
            }),
            Subject::Either(tests) => tests.iter().any(|test| test.holds(marked, graph, token)),
            Subject::Lemma(words) => words.iter().any(|w| w == parsed.lemma(token)),
            Subject::Form(words) => words.iter().any(|w| w == parsed.lower(token)),
            Subject::Upos(classes) => classes.contains(&parsed.upos(token)),
            Subject::Relation(relations) => relations.iter().any(|r| parsed.deprel(token).is_a(*r)),
            Subject::Case(words) => graph.down(token).any(|(relation, dependent)| {
                matches!(relation, Deprel::Case | Deprel::Mark)
                    && words.iter().any(|w| w == parsed.lower(dependent))
            }),
            Subject::Place => marked.place_at(token).is_some(),
            Subject::Person => marked.person_at(token).is_some(),
            Subject::Time => marked.time_at(token).is_some(),
            Subject::Counted => marked.quantity_of(token).is_some(),
            Subject::Passive => is_passive(marked, graph, token),
            Subject::Morph(wanted) => {
                parsed.morph(token).split('|').any(|value| wanted.iter().any(|w| w == value))
            }
        };
        holds != self.negated
    }
}

/// Whether a verb has a passive auxiliary, or a form of "be" or "get" stands shortly before it.
fn is_passive(marked: &Marked<'_>, graph: &Graph, token: TokenId) -> bool {
    const REACH: usize = 3;
    let parsed = &marked.parsed;
    let start = parsed.sentence_tokens(token).start;
    graph.down(token).any(|(relation, _)| matches!(relation, Deprel::AuxPass | Deprel::NsubjPass))
        || (start.max(token.saturating_sub(REACH))..token)
            .rev()
            .take_while(|&t| matches!(parsed.upos(t), Upos::Adv | Upos::Aux | Upos::Verb | Upos::Part))
            .any(|t| matches!(parsed.lemma(t), "be" | "get"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_must_be_known() {
        let mut bundle = Bundle::embedded();
        let rule = "[[rule]]\nid = \"x\"\nmeaning = \"x\"\nwhere = \"[!weapn]\"\nmatch = [\"a\"]\nreject = [\"b\"]\n";
        bundle.overlay("rules/x.toml", rule.as_bytes().to_vec());
        let fault = RuleSet::new(&bundle).err().unwrap();
        assert_eq!((fault.path.as_str(), fault.line), ("rules/x.toml", 2));
        assert_eq!(
            fault.message,
            "rule `x`: `weapn` is neither a test nor a lexicon class; is `weapon` meant?"
        );
    }
}
