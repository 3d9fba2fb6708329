//! How many were killed and hurt: the arithmetic of counts.

use super::draft::Draft;
use super::{Case, Incident};
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::quantity::{Quantity, QuantityBasis};
use crate::reading::{Count, Group};
use crate::speech::VoiceId;
use crate::syntax::{Deprel, Upos};
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// A number of persons of one outcome, as one phrase states it.
#[derive(Clone, Debug)]
struct Item {
    min: u64,
    max: Option<u64>,
    basis: &'static str,
    sentence: usize,
    voice: VoiceId,
    additional: bool,
    part: bool,
    single: bool,
    revises: bool,
    /// Told by a step of care ("12 were hospitalised"): not more than those hurt.
    care: bool,
    /// "All three", "both": covers everybody told of in its sentence.
    embraces: bool,
    tokens: Range<TokenId>,
    rule: String,
}

/// What one sentence counts: its number, least, most, basis, voice, and whether it revises what was said before.
type Sum = (usize, u64, Option<u64>, &'static str, VoiceId, bool);

/// Most counts of one incident that are looked at.
const ITEMS_MAX: usize = 256;

/// Fills `killed`, `injured` and the groups.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    for (field, outcomes) in [("killed", &["killed", "died_of_wounds"][..]), ("injured", &["injured"][..])] {
        let items = items(case, draft, outcomes);
        for item in items.iter().filter(|i| !i.part) {
            let value = json!({"min": item.min, "max": item.max, "basis": item.basis});
            incident.claim(case, field, value, item.tokens.clone(), &item.rule);
        }
        let people = incident.people.iter().filter(|p| {
            matches!(p.role.as_str(), "victim" | "target") && outcomes.contains(&p.outcome.as_str())
        });
        let named = people.clone().any(|p| p.name.is_some());
        // Who was hurt and died of it counts among the killed alone.
        let died = field == "injured" && incident.people.iter().any(|p| p.outcome == "died_of_wounds");
        let total = total(&items, people.count() as u64, named, died);
        *incident.count_mut(field) = total;
    }
    nobody(case, draft, incident);
    groups(case, draft, incident);
}

fn items(case: &Case<'_>, draft: &Draft, outcomes: &[&str]) -> Vec<Item> {
    let mut items = Vec::new();
    for event in draft.events(case, EventKind::Harm) {
        if event.standing != Standing::Fact || !outcomes.contains(&event.value.as_str()) {
            continue;
        }
        let before = items.len();
        for argument in event.role("victim") {
            if is_attacker(case, argument.token)
                || belongs_to_another(case, event, argument.token)
                || described_by(case, argument.token).is_some()
            {
                continue;
            }
            items.extend(item(case, event, argument.token));
        }
        if items.len() == before {
            items.extend(toll(case, event));
        }
    }
    items.truncate(ITEMS_MAX);
    // The same phrase reached by two triggers counts once.
    let mut seen: Vec<Range<TokenId>> = Vec::new();
    items.retain(|i| {
        let new = !seen.iter().any(|t| crate::mention::overlap(t, &i.tokens));
        seen.push(i.tokens.clone());
        new
    });
    items
}

/// "Two missiles", "41 packets": no count of persons, whatever the parser makes a victim of. Persons are words of the lexicon,
/// names of peoples ("three Syrians"), and words that stand for them ("22 others", "four dead").
fn counts_things(case: &Case<'_>, quantity: &Quantity) -> bool {
    let Some(noun) = quantity.counted else { return false };
    let parsed = &case.marked.parsed;
    let is_person = case.marked.entry_at(noun, "human").is_some()
        || case.marked.entry_at(noun, "outcome").is_some()
        || case.marked.person_at(noun).is_some()
        || parsed.upos(noun) != Upos::Noun
        || matches!(parsed.lemma(noun), "other" | "more");
    !is_person || is_thing(case, noun)
}

/// A word inside a longer name of a thing ("passenger car"), or that qualifies one.
pub(super) fn is_thing(case: &Case<'_>, token: TokenId) -> bool {
    let longest = |class: &str| {
        let covering = case.marked.hits_at(token).filter(|(_, e)| e.class == class);
        covering.map(|(hit, _)| hit.tokens.len()).max().unwrap_or_default()
    };
    let parsed = &case.marked.parsed;
    let qualifies = parsed.deprel(token).is_a(Deprel::Compound)
        && parsed.head(token).is_some_and(|h| {
            case.marked.entry_at(h, "object").is_some() && case.marked.entry_at(h, "human").is_none()
        });
    longest("object") > longest("human") || qualifies
}

/// "35 dead and 131 injured": a word of another outcome right behind the number, or inside what it counts, claims it.
pub(super) fn belongs_to_another(case: &Case<'_>, event: &EventMention, token: TokenId) -> bool {
    const BEHIND: usize = 2;
    let quantity = case.marked.quantity_of(token);
    let from = quantity.map_or(token, |q| q.tokens.start);
    let near = from..token.max(quantity.map_or(token, |q| q.tokens.end - 1)) + 1 + BEHIND;
    let sentence = case.marked.parsed.sentence_tokens(token);
    case.events[case.events_in(&(near.start..near.end.min(sentence.end)))].iter().any(|other| {
        other.kind == EventKind::Harm
            && other.value != event.value
            && matches!(other.value.as_str(), "killed" | "injured" | "missing")
            && event.tokens.start.abs_diff(token) > other.tokens.start.abs_diff(token)
            && other
                .role("victim")
                .any(|a| a.token == token || quantity.is_some_and(|q| q.tokens.contains(&a.token)))
    })
}

fn is_attacker(case: &Case<'_>, token: TokenId) -> bool {
    case.marked.entry_at(token, "human").is_some_and(|e| e.has("perpetrator"))
        || case.marked.entry_at(token, "perpetrator").is_some()
}

/// Whether a word stands for more than one person.
pub(super) fn is_several(case: &Case<'_>, token: TokenId) -> bool {
    let parsed = &case.marked.parsed;
    let plural = parsed.upos(token) == Upos::Noun && parsed.lower(token) != parsed.lemma(token);
    let group = case.marked.entry_at(token, "human").is_some_and(|e| e.has("group"));
    let quantity = case.marked.quantity_of(token);
    quantity.map_or(plural || group, |q| q.min != 1 || q.max != Some(1))
}

/// The word that an apposition, or a link of its chain, tells more of: "two **men**, X and Y". Items of a list that the parser
/// takes for appositions ("killing a nurse, her son and a guard") tell nothing of one another.
fn details(case: &Case<'_>, token: TokenId) -> Option<TokenId> {
    let parsed = &case.marked.parsed;
    let mut first = token;
    if parsed.deprel(first).is_a(Deprel::Conj) {
        first = parsed.head(first)?;
    }
    let whole = parsed.head(first).filter(|_| parsed.deprel(first).is_a(Deprel::Appos))?;
    let listed = parsed.children_by(whole, Deprel::Conj).any(|c| c > first);
    let person = case.marked.entry_at(whole, "human").is_some() || case.marked.quantity_of(whole).is_some();
    (person && !listed).then_some(whole)
}

/// "An orchard labourer, **national of Uzbekistan**": the person that a bare apposition describes once more.
pub(super) fn described_by(case: &Case<'_>, token: TokenId) -> Option<TokenId> {
    let parsed = &case.marked.parsed;
    let bare = parsed.deprel(token).is_a(Deprel::Appos)
        && parsed.upos(token) == Upos::Noun
        && !parsed
            .children(token)
            .any(|c| parsed.deprel(c).is_a(Deprel::Det) || matches!(parsed.upos(c), Upos::Pron | Upos::Num));
    details(case, token).filter(|&whole| bare && !is_several(case, whole))
}

fn item(case: &Case<'_>, event: &EventMention, token: TokenId) -> Option<Item> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let base = |min, max, basis, tokens: Range<TokenId>| Item {
        min,
        max,
        basis,
        sentence: event.sentence,
        voice: case.speech.voice_at(case.span(tokens.clone())).0,
        additional: false,
        part: is_part(case, token) || details(case, token).is_some_and(|whole| is_several(case, whole)),
        single: false,
        revises: revises(case, event),
        care: is_care(case, event),
        embraces: embraces(case, &tokens),
        tokens,
        rule: case.rule_id(event.rule).to_owned(),
    };
    if is_thing(case, token) || case.speaks(token) {
        return None;
    }
    if let Some(quantity) = marked.quantity_of(token) {
        // "Multiple wounds" counts wounds, not persons.
        let end = parsed.sentence_tokens(token).end;
        let of_wounds = (quantity.tokens.end..(quantity.tokens.end + 2).min(end))
            .chain(quantity.counted)
            .filter_map(|t| marked.hit_at(t, "injury"))
            // "Wounded" alone is told of persons; "fragment wounds" never is, whatever the parser makes of it.
            .any(|(hit, _)| hit.tokens.len() > 1 || parsed.upos(hit.tokens.start) == Upos::Noun);
        if quantity.basis == QuantityBasis::ExplicitNone || of_wounds || counts_things(case, quantity) {
            return None;
        }
        let tokens = quantity.tokens.start.min(token)..quantity.tokens.end.max(token + 1);
        let mut item = base(quantity.min, quantity.max, basis(quantity), tokens);
        item.additional = quantity.additional;
        item.single = quantity.min == 1 && quantity.max == Some(1);
        return Some(item);
    }
    if let Some(person) = marked.person_at(token) {
        let mut item = base(1, Some(1), "exact", person.tokens.clone());
        if person.name.is_some() {
            item.basis = "named_person";
        }
        item.single = true;
        return Some(item);
    }
    let entry = marked.entry_at(token, "human");
    if entry.is_none() && parsed.upos(token) != Upos::Propn {
        return None;
    }
    let plural = parsed.lower(token) != parsed.lemma(token) && parsed.upos(token) == Upos::Noun
        || entry.is_some_and(|e| e.has("group"));
    let tokens = parsed.subtree_of_noun(token);
    if plural {
        return Some(base(2, None, "plural_only", tokens));
    }
    let mut item = base(1, Some(1), "exact", tokens);
    item.single = true;
    Some(item)
}

/// "The death toll rose to nine": the number that follows a noun of death.
fn toll(case: &Case<'_>, event: &EventMention) -> Option<Item> {
    let sentence = case.marked.parsed.sentence_tokens(event.head);
    let is_toll = case.words(event.tokens.clone()).to_lowercase().contains("toll");
    let quantity = case
        .marked
        .mentions
        .quantities
        .iter()
        .filter(|q| sentence.contains(&q.tokens.start) && q.tokens.start >= event.tokens.end)
        .filter(|q| q.basis != QuantityBasis::ExplicitNone)
        .find(|_| is_toll)?;
    Some(Item {
        min: quantity.min,
        max: quantity.max,
        basis: basis(quantity),
        sentence: event.sentence,
        voice: case.speech.voice_at(case.span(quantity.tokens.clone())).0,
        additional: false,
        part: false,
        single: false,
        revises: true,
        care: false,
        embraces: false,
        tokens: quantity.tokens.clone(),
        rule: case.rule_id(event.rule).to_owned(),
    })
}

fn basis(quantity: &Quantity) -> &'static str {
    match quantity.basis {
        QuantityBasis::Exact => "exact",
        QuantityBasis::AtLeast => "at_least",
        QuantityBasis::UpTo => "up_to",
        QuantityBasis::VagueWord => "vague_word",
        QuantityBasis::PluralOnly => "plural_only",
        QuantityBasis::ExplicitNone => "explicit_none",
        QuantityBasis::Range => "range",
    }
}

/// "Nine people, **including two children**", "11 injured, **two of them** children": a part of a number already given.
fn is_part(case: &Case<'_>, token: TokenId) -> bool {
    const BEFORE: usize = 6;
    const AFTER: usize = 4;
    let sentence = case.marked.parsed.sentence_tokens(token);
    let from = sentence.start.max(token.saturating_sub(BEFORE));
    let to = sentence.end.min(token + AFTER);
    let number = case.marked.quantity_of(token).map_or(token, |q| q.tokens.start.min(token));
    case.marked.hits_in(from..token, "part").next().is_some()
        || case.marked.hits_in(number..to, "part").any(|(_, entry)| entry.phrase.starts_with("of "))
}

/// Whether a word of harm is a step of care too.
fn is_care(case: &Case<'_>, event: &EventMention) -> bool {
    let same = |other: &EventMention| {
        other.kind == EventKind::Status && crate::mention::overlap(&other.tokens, &event.tokens)
    };
    case.events[case.events_in(&event.tokens)].iter().any(same)
}

fn embraces(case: &Case<'_>, tokens: &Range<TokenId>) -> bool {
    let before = tokens.start.saturating_sub(1);
    [before, tokens.start].iter().any(|&t| matches!(case.marked.parsed.lower(t), "all" | "both"))
}

fn revises(case: &Case<'_>, event: &EventMention) -> bool {
    let sentence = case.marked.parsed.sentence_tokens(event.head);
    case.marked.hits_in(sentence, "revision").next().is_some()
}

/// One number from many phrases: parts left out; what one sentence counts apart is added up; persons told one
/// by one count when no number covers them; "another two" adds; a revised toll replaces; where voices differ
/// the range spans them.
fn total(items: &[Item], persons: u64, named: bool, died: bool) -> Option<Count> {
    let covered =
        |i: &Item| i.care && !i.single && items.iter().any(|o| !o.care && !o.part && o.min >= i.min);
    let whole: Vec<&Item> = items.iter().filter(|i| !i.part && !covered(i)).collect();
    let whole = without_shares(&whole);
    let mut sums: Vec<Sum> = Vec::new();
    let mut extra = 0;
    for item in whole.iter().filter(|i| !i.single || i.additional) {
        if item.additional {
            extra += item.min;
            continue;
        }
        match sums.iter_mut().find(|s| s.0 == item.sentence && !item.revises) {
            Some(sum) => {
                sum.1 += item.min;
                sum.2 = sum.2.zip(item.max).map(|(a, b)| a + b);
            }
            None => sums.push((item.sentence, item.min, item.max, item.basis, item.voice, item.revises)),
        }
    }
    // "A man was pushed in a cart by his sons; all three were killed": the number covers who was told of.
    let embracing: Vec<usize> = whole.iter().filter(|i| i.embraces).map(|i| i.sentence).collect();
    for item in whole.iter().filter(|i| i.single && !i.additional) {
        if let Some(sum) = sums.iter_mut().find(|s| s.0 == item.sentence && !s.5 && !embracing.contains(&s.0))
        {
            sum.1 += 1;
            sum.2 = sum.2.map(|m| m + 1);
        }
    }
    let singles = persons.max(u64::from(!died && whole.iter().any(|i| i.single)));
    if sums.is_empty() {
        if singles == 0 {
            return (extra > 0).then_some(Count { min: extra, max: Some(extra), basis: "exact".into() });
        }
        let basis = if named && singles == 1 { "named_person" } else { "exact" };
        return Some(Count { min: singles + extra, max: Some(singles + extra), basis: basis.into() });
    }
    if let Some(revised) = sums.iter().rev().find(|s| s.5) {
        return Some(Count { min: revised.1, max: revised.2, basis: revised.3.into() });
    }
    let precise: Vec<_> = sums.iter().filter(|s| s.3 != "plural_only").collect();
    let sums: Vec<_> = if precise.is_empty() { sums.iter().collect() } else { precise };
    let best = sums.iter().max_by_key(|s| (s.1, s.2.is_some())).copied()?;
    let rival = sums.iter().filter(|s| s.4 != best.4 && s.1 != best.1 && s.2 == Some(s.1)).map(|s| s.1).min();
    let (mut min, mut max, mut basis) = (best.1, best.2, best.3);
    if let Some(rival) = rival.filter(|&r| r > 1 && r + 3 >= best.1 / 2) {
        min = rival;
        max = Some(best.1);
        basis = "range";
    }
    if singles > min && basis != "range" {
        min = singles;
        max = max.map(|m| m.max(singles));
    }
    Some(Count { min: min + extra, max: max.map(|m| m + extra), basis: basis.into() })
}

/// "Three boys are in hospital, one in intensive care, two with light wounds": what adds up to the number before it in
/// its sentence says nothing new.
fn without_shares<'i>(items: &[&'i Item]) -> Vec<&'i Item> {
    let exact = |item: &Item| !item.additional && item.max == Some(item.min);
    let mut kept: Vec<&Item> = Vec::new();
    for sentence in items.chunk_by(|a, b| a.sentence == b.sentence) {
        let shares = match sentence {
            [whole, shares @ ..] if shares.len() > 1 && sentence.iter().all(|i| exact(i)) => {
                shares.iter().map(|i| i.min).sum::<u64>() == whole.min
            }
            _ => false,
        };
        kept.extend(&sentence[..if shares { 1 } else { sentence.len() }]);
    }
    kept
}

/// "No casualties": zero where nothing else is said.
fn nobody(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let events: Vec<&EventMention> = draft.events(case, EventKind::Harm).collect();
    for event in events {
        let Some(fields) = event.value.strip_prefix("none:") else { continue };
        for field in ["killed", "injured"].into_iter().filter(|f| fields.split('+').any(|named| named == *f))
        {
            let value = json!({"min": 0, "max": 0, "basis": "explicit_none"});
            incident.claim(case, field, value, event.tokens.clone(), case.rule_id(event.rule));
            let none = || Count { min: 0, max: Some(0), basis: "explicit_none".into() };
            incident.count_mut(field).get_or_insert_with(none);
        }
    }
}

/// Sub-counts and persons of other outcomes.
fn groups(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let outcomes =
        ["killed", "injured", "missing", "abducted", "released", "casualty", "trapped", "detained"];
    for outcome in outcomes {
        for item in items(case, draft, &[outcome]) {
            let partial = item.part || !matches!(outcome, "killed" | "injured");
            if !partial || item.single && !item.part {
                continue;
            }
            let who = case.words(item.tokens.clone()).to_owned();
            let group = Group { outcome: outcome.to_owned(), min: item.min, max: item.max, who };
            let value =
                json!({"outcome": group.outcome, "min": group.min, "max": group.max, "who": group.who});
            incident.claim(case, "groups", value, item.tokens.clone(), "en.count.part");
            if !incident.groups.contains(&group) {
                incident.groups.push(group);
            }
        }
    }
}

impl Incident {
    /// The count that a field names: `killed`, or else `injured`.
    fn count_mut(&mut self, field: &str) -> &mut Option<Count> {
        if field == "killed" { &mut self.killed } else { &mut self.injured }
    }
}
