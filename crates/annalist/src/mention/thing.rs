//! Weapons, objects, injuries and facilities: lexicon phrases with their heads.

use super::{Marked, overlap};
use crate::lexicon::{Class, Entry, EntryId, Hit};
use crate::syntax::{Deprel, Upos};
use crate::text::TokenId;
use std::ops::Range;

/// How far a whole may stand from its part when the tree does not join them.
///
/// # Units
/// Tokens.
const WHOLE_TOKENS_MAX: usize = 12;

/// How many tokens may stand between a preposition and the part of the body or the name it leads to.
const PHRASE_TOKENS_MAX: usize = 6;

/// A thing that the text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// The phrase.
    pub tokens: Range<TokenId>,
    /// The token of the phrase that the others depend on.
    pub head: TokenId,
    /// Lexicon class (`object`, `weapon`).
    pub class: Class,
    /// Value in its class; of a part, that of its whole.
    pub value: String,
    /// The phrase's entry.
    pub entry: EntryId,
}

/// What an object is, parts taken for their wholes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectClass {
    /// Target class.
    pub class: String,
    /// The whole that a part belongs to, where the text names it.
    pub whole: Option<Range<TokenId>>,
    /// Whether damage to this part alone is minor: windows, fences, facades.
    pub minor: bool,
}

/// The things of one lexicon class in a range; words that only qualify another thing ("a **school** bus")
/// and makes of vehicles that stand for something else are left out.
pub fn things(marked: &Marked<'_>, tokens: Range<TokenId>, class: &str) -> Vec<Thing> {
    let wanted = Class::new(class);
    let start = marked.mentions.hits.partition_point(|h| h.tokens.start < tokens.start);
    marked.mentions.hits[start..]
        .iter()
        .take_while(|h| h.tokens.start < tokens.end)
        .filter(|h| h.tokens.end <= tokens.end)
        .map(|h| (h, marked.lexicon.entry(h.entry)))
        .filter(|(hit, entry)| Some(entry.class) == wanted && stands_for_itself(marked, hit, entry))
        .map(|(hit, entry)| {
            let head = marked.head_of(hit.tokens.clone());
            let part = entry.class == "object" && entry.has("part");
            let whole = part.then(|| object_class(marked, head)).flatten();
            let value = whole.map_or_else(|| entry.value.clone(), |w| w.class);
            Thing { tokens: hit.tokens.clone(), head, class: entry.class, value, entry: hit.entry }
        })
        .collect()
}

/// The target class of the object at a token: "windows of two private houses" are `residential`, "the roof
/// of a farm building" is `food_or_farm`.
pub fn object_class(marked: &Marked<'_>, token: TokenId) -> Option<ObjectClass> {
    let (hit, entry) = marked
        .hits_at(token)
        .filter(|(hit, entry)| entry.class == "object" && is_vehicle_or_no_make(marked, hit, entry))
        .max_by_key(|(hit, _)| hit.tokens.len())?;
    if !entry.has("part") {
        return Some(ObjectClass { class: entry.value.clone(), whole: None, minor: false });
    }
    let whole = whole_of(marked, hit);
    let class = whole.map_or_else(|| entry.value.clone(), |(_, e)| e.value.clone());
    let whole = whole.map(|(h, _)| h.tokens.clone());
    Some(ObjectClass { class, whole, minor: entry.has("minor") })
}

/// Injuries as noun phrases: "shrapnel wounds to the chest", "fracture of the left forearm". Joined injuries
/// stay apart; a word that says nothing alone ("injuries") counts only with an adjective or a part of the body.
pub fn injuries(marked: &Marked<'_>, tokens: Range<TokenId>) -> Vec<Range<TokenId>> {
    let hits: Vec<(&Hit, &Entry)> = marked.hits_in(tokens, "injury").collect();
    let mut found: Vec<Range<TokenId>> = Vec::new();
    for (n, (hit, entry)) in hits.iter().enumerate() {
        let limit = hits.get(n + 1).map_or(usize::MAX, |(next, _)| next.tokens.start);
        let start =
            if entry.has("noun") { qualified_from(marked, hit.tokens.start) } else { hit.tokens.start };
        let end = body_phrase_end(marked, hit.tokens.end, limit);
        let alone = start == hit.tokens.start && end == hit.tokens.end;
        if (alone && entry.value == "generic") || found.last().is_some_and(|f| overlap(f, &(start..end))) {
            continue;
        }
        found.push(start..end);
    }
    found
}

/// The name of the hospital or clinic at a token: "City Hospital No. 2 in Belgorod", "Shebekino Central
/// District Hospital"; its article stays outside.
pub fn facility(marked: &Marked<'_>, token: TokenId) -> Option<Range<TokenId>> {
    let (hit, _) = marked.hit_at(token, "facility")?;
    let sentence = marked.parsed.sentence_tokens(token);
    let mut start = hit.tokens.start;
    while start > sentence.start && names(marked, start - 1) {
        start -= 1;
    }
    while start < hit.tokens.start && !is_capitalised(marked, start) {
        start += 1;
    }
    let mut end = number_end(marked, hit.tokens.end, sentence.end);
    let led = end < sentence.end && matches!(marked.parsed.lower(end), "of" | "in" | "at" | "named");
    if led {
        let name = if marked.parsed.lower(end) == "named" { end + 2 } else { end + 1 };
        end = name_end(marked, name, sentence.end).unwrap_or(end);
    }
    Some(start..end)
}

/// Whether a phrase is a thing and no mere qualifier of the next one.
fn stands_for_itself(marked: &Marked<'_>, hit: &Hit, entry: &Entry) -> bool {
    let head = marked.head_of(hit.tokens.clone());
    let qualifies = matches!(marked.parsed.deprel(head), Deprel::Compound | Deprel::Amod)
        && marked.parsed.head(head).is_some_and(|above| {
            !hit.tokens.contains(&above)
                && marked
                    .hits_at(above)
                    .any(|(_, e)| matches!(e.class.as_str(), "object" | "human") && !e.has("part"))
        });
    !qualifies && is_vehicle_or_no_make(marked, hit, entry)
}

/// "A Toyota", "his moving Niva", "a Lada car": a make is a vehicle when it is counted, owned or described.
fn is_vehicle_or_no_make(marked: &Marked<'_>, hit: &Hit, entry: &Entry) -> bool {
    if entry.class != "object" || !entry.has("make") {
        return true;
    }
    let sentence = marked.parsed.sentence_tokens(hit.tokens.start);
    let mut before = hit.tokens.start;
    while before > sentence.start && marked.parsed.upos(before - 1) == Upos::Punct {
        before -= 1;
    }
    let described = before > sentence.start
        && matches!(
            marked.parsed.upos(before - 1),
            Upos::Det | Upos::Num | Upos::Adj | Upos::Pron | Upos::Verb | Upos::Part
        );
    let named = hit.tokens.end < sentence.end
        && marked.hits_at(hit.tokens.end).any(|(_, e)| e.class == "object" && e.value == entry.value);
    described || named
}

/// The object that a part belongs to: below it in the tree, beside it, or told of before it in the sentence
/// ("In one household the glazing is damaged").
fn whole_of<'a>(marked: &Marked<'a>, part: &Hit) -> Option<(&'a Hit, &'a Entry)> {
    let sentence = marked.parsed.sentence_tokens(part.tokens.start);
    let head = marked.head_of(part.tokens.clone());
    let below = conjuncts(marked, head).into_iter().find_map(|conjunct| {
        let children = marked.parsed.children(conjunct);
        let wholes = children.filter(|&c| {
            let relation = marked.parsed.deprel(c);
            relation.is_a(Deprel::Nmod) || relation.is_a(Deprel::Compound) || relation == Deprel::Amod
        });
        wholes.flat_map(|c| marked.parsed.subtree(c)).find_map(|t| whole_at(marked, t))
    });
    let beside = || {
        let before = (part.tokens.start.saturating_sub(2).max(sentence.start)..part.tokens.start).rev();
        before.into_iter().find_map(|t| whole_at(marked, t))
    };
    let after = || {
        let of = part.tokens.end;
        let joined = of < sentence.end && matches!(marked.parsed.lower(of), "of" | "in" | "at" | "on");
        let reach = of..sentence.end.min(of + PHRASE_TOKENS_MAX);
        joined.then(|| reach.into_iter().find_map(|t| whole_at(marked, t))).flatten()
    };
    let earlier = || {
        let from = part.tokens.start.saturating_sub(WHOLE_TOKENS_MAX).max(sentence.start);
        (from..part.tokens.start).rev().find_map(|t| whole_at(marked, t))
    };
    below.or_else(beside).or_else(after).or_else(earlier)
}

/// The word, and the words it is joined to: "windows **and** facade of a house" share their house.
fn conjuncts(marked: &Marked<'_>, token: TokenId) -> Vec<TokenId> {
    let parsed = &marked.parsed;
    let mut all = vec![token];
    if parsed.deprel(token) == Deprel::Conj {
        all.extend(parsed.head(token));
    }
    all.extend(parsed.children_by(token, Deprel::Conj));
    all
}

fn whole_at<'a>(marked: &Marked<'a>, token: TokenId) -> Option<(&'a Hit, &'a Entry)> {
    marked
        .hits_at(token)
        .filter(|(hit, e)| e.class == "object" && !e.has("part") && is_vehicle_or_no_make(marked, hit, e))
        .max_by_key(|(hit, _)| hit.tokens.len())
}

/// Back over what describes an injury: "multiple", "closed", "gunshot", "second-degree".
fn qualified_from(marked: &Marked<'_>, token: TokenId) -> TokenId {
    let sentence = marked.parsed.sentence_tokens(token);
    let mut start = token;
    for before in (sentence.start..token).rev() {
        match marked.parsed.upos(before) {
            Upos::Adj | Upos::Noun => start = before,
            // Past "mine-blast" and "multiple, penetrating" only when an adjective or noun stands before.
            Upos::Adv | Upos::Punct if marked.parsed.lower(before) == "-" => {}
            Upos::Num if marked.parsed.lower(before).parse::<f64>().is_err() => {}
            _ => break,
        }
    }
    start
}

/// The end of "to the chest and left shoulder", "over a third of her body", "in both legs", if such follows.
fn body_phrase_end(marked: &Marked<'_>, token: TokenId, limit: usize) -> TokenId {
    let sentence_end = marked.parsed.sentence_tokens(token - 1).end.min(limit);
    let mut end = token;
    loop {
        let joint = end < sentence_end
            && match marked.parsed.upos(end) {
                Upos::Adp => true,
                // "Over 40 percent of the body" and "over a third" are taken for degrees.
                Upos::Adv => marked.parsed.lower(end) == "over",
                // Only within a phrase that has begun: "to the chest, neck and arm".
                Upos::Cconj => end > token,
                Upos::Punct => end > token && marked.parsed.lower(end) == ",",
                _ => false,
            };
        let reach = end + 1..sentence_end.min(end + 1 + PHRASE_TOKENS_MAX);
        let body = joint.then(|| body_within(marked, reach)).flatten();
        match body {
            Some(next) => end = next,
            None => return end,
        }
    }
}

/// The end of the part of the body that a noun phrase leads to, nothing but its own words before it.
fn body_within(marked: &Marked<'_>, tokens: Range<TokenId>) -> Option<TokenId> {
    for token in tokens {
        if let Some((hit, _)) = marked.hit_at(token, "body") {
            return Some(hit.tokens.end);
        }
        let within = matches!(
            marked.parsed.upos(token),
            Upos::Det
                | Upos::Pron
                | Upos::Adj
                | Upos::Num
                | Upos::Noun
                | Upos::Sym
                | Upos::Cconj
                | Upos::Part
        ) || marked.parsed.lower(token) == "of";
        if !within {
            return None;
        }
    }
    None
}

/// Whether a token belongs to the name before a facility word ("Bab al-Hawa", "Shebekino Central").
fn names(marked: &Marked<'_>, token: TokenId) -> bool {
    let determiner = matches!(marked.parsed.upos(token), Upos::Det | Upos::Adp | Upos::Cconj | Upos::Sconj);
    let particle = matches!(marked.parsed.lower(token), "-" | "'s" | "’s" | "al" | "el" | "de" | "ul");
    particle || (is_capitalised(marked, token) && !determiner)
}

fn is_capitalised(marked: &Marked<'_>, token: TokenId) -> bool {
    marked.parsed.form(token).starts_with(char::is_uppercase)
}

/// Past "No. 2", "№ 5" or a bare number.
fn number_end(marked: &Marked<'_>, token: TokenId, sentence_end: TokenId) -> TokenId {
    let marks = |t: TokenId| matches!(marked.parsed.lower(t), "no." | "no" | "№" | "number" | "#");
    let digits = |t: TokenId| marked.parsed.form(t).starts_with(|c: char| c.is_ascii_digit());
    let first = if token < sentence_end && marks(token) { token + 1 } else { token };
    if first < sentence_end && first > token && digits(first) { first + 1 } else { token }
}

/// The end of the name that starts at a token, if one does.
fn name_end(marked: &Marked<'_>, token: TokenId, sentence_end: TokenId) -> Option<TokenId> {
    let limit = sentence_end.min(token + PHRASE_TOKENS_MAX);
    let mut end = token;
    while end < limit && names(marked, end) {
        end += 1;
    }
    (end > token && is_capitalised(marked, token)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::document::{Document, Meta};
    use crate::lexicon::Lexicon;
    use crate::mention::Mentions;
    use crate::syntax::{Analyser, Parsed};
    use crate::text::Splitter;

    /// Reads a text as far as lexicon phrases and gives what `look` finds, as words.
    fn with<T>(text: &str, look: impl Fn(&Marked<'_>) -> T) -> T {
        thread_local! {
            static TOOLS: (Splitter, Analyser, Lexicon) = {
                let bundle = Bundle::embedded();
                (
                    Splitter::new(&bundle).unwrap(),
                    Analyser::new(&bundle).unwrap(),
                    Lexicon::new(&bundle, "lang/en/").unwrap(),
                )
            };
        }
        TOOLS.with(|(splitter, analyser, lexicon)| {
            let document = Document::new(text.to_owned(), Meta::default()).unwrap();
            let text = splitter.split(&document);
            let syntax = analyser.parse(&document, &text);
            let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
            let mut mentions = Mentions::default();
            for sentence in text.sentences() {
                let words = parsed.words(sentence.tokens.clone());
                lexicon.find(sentence.tokens.start, &words, &mut mentions.hits);
            }
            mentions.hits.sort_by_key(|h| (h.tokens.start, h.tokens.end, h.entry));
            look(&Marked::new(parsed, &mentions, lexicon))
        })
    }

    fn words(marked: &Marked<'_>, tokens: Range<TokenId>) -> String {
        marked.parsed.text.span_of(tokens).of(marked.parsed.document.text()).to_owned()
    }

    fn objects(text: &str) -> Vec<String> {
        with(text, |marked| {
            things(marked, 0..marked.parsed.syntax.len(), "object")
                .iter()
                .map(|t| format!("{} {}", words(marked, t.tokens.clone()), t.value))
                .collect()
        })
    }

    #[test]
    fn parts_take_the_class_of_their_whole() {
        assert_eq!(
            objects("The roof of a farm building was damaged."),
            ["roof food_or_farm", "farm building food_or_farm"]
        );
        assert_eq!(
            objects("In one school the glazing and the facade are damaged."),
            ["school education", "glazing education", "facade education"]
        );
        assert_eq!(
            objects("Windows of two private houses were blown out."),
            ["Windows residential", "private houses residential"]
        );
        assert_eq!(objects("Windows were blown out."), ["Windows residential"]);
    }

    #[test]
    fn a_make_is_a_vehicle_when_it_is_described() {
        assert_eq!(objects("A drone hit a moving Niva near the village."), ["Niva private_vehicle"]);
        assert!(objects("Ford said that it would return.").is_empty());
    }

    fn injured(text: &str) -> Vec<String> {
        with(text, |marked| {
            let all = 0..marked.parsed.syntax.len();
            injuries(marked, all).into_iter().map(|t| words(marked, t)).collect()
        })
    }

    #[test]
    fn injuries_reach_over_the_body() {
        assert_eq!(
            injured("He suffered a mine-blast injury and multiple fragment wounds to the face and shoulder."),
            ["mine-blast injury", "multiple fragment wounds to the face and shoulder"]
        );
        assert_eq!(
            injured("A woman has a closed fracture of the left forearm, and burns over a third of her body."),
            ["closed fracture of the left forearm", "burns over a third of her body"]
        );
        assert!(injured("Two people received injuries.").is_empty());
    }

    #[test]
    fn facilities_carry_their_names() {
        let found = |text: &str| {
            with(text, |marked| {
                let token =
                    marked.hits_in(0..marked.parsed.syntax.len(), "facility").next().unwrap().0.tokens.start;
                facility(marked, token).map(|t| words(marked, t)).unwrap()
            })
        };
        assert_eq!(
            found("She was taken to City Hospital No. 2 in Belgorod on Monday."),
            "City Hospital No. 2 in Belgorod"
        );
        assert_eq!(
            found("He is in the Shebekino Central District Hospital with burns."),
            "Shebekino Central District Hospital"
        );
        assert_eq!(
            found("He was taken to the regional hospital in Bryansk."),
            "regional hospital in Bryansk"
        );
        assert_eq!(found("He was taken to a hospital on Monday."), "hospital");
    }
}
