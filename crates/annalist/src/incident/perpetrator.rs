//! By whom, and how far that is more than somebody's word.

use super::denial::denials;
use super::draft::Draft;
use super::segment::Segment;
use super::{Case, Incident, counts};
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::place::{Level, PlaceForm};
use crate::reading::Perpetrator;
use crate::score::{Choice, Features, Kind, likeliest, take};
use crate::speech::{NARRATOR, SpeechForm};
use crate::syntax::{Deprel, Upos};
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

#[derive(Clone)]
struct Candidate {
    name: String,
    tokens: Range<TokenId>,
    rule: &'static str,
    features: Features,
}

/// Takes the likeliest attribution in its segments, or elsewhere in the report, or none; reads its state off the words
/// around it.
pub(super) fn fill(
    case: &Case<'_>,
    draft: &Draft,
    segments: &[Segment],
    before: &[Incident],
    incident: &mut Incident,
) {
    /// So many segments of the rest of the report are looked at.
    const ELSEWHERE_MAX: usize = 24;
    /// So many sentences open a report.
    const OPENING: usize = 3;
    let mut candidates = Vec::new();
    let country = incident.place.country.clone();
    let attacks = draft.attacks(case);
    let mut add = |segment: &Segment, n: usize, source: &str| {
        for mut candidate in candidates_in(case, &attacks, segment, country.as_deref()) {
            candidate.features.add(source);
            candidate.features.add_if(source.starts_with("elsewhere"), "elsewhere");
            candidate.features.add(match n {
                0 => "segment=1",
                1 | 2 => "segment=2-3",
                _ => "segment=4+",
            });
            candidate.features.add_if(segment.attack, "with attack");
            candidate.features.add_if(segment.role == ParagraphRole::Title, "title");
            candidates.push(candidate);
        }
    };
    for (n, segment) in draft.segments.iter().enumerate() {
        add(segment, n, "own");
    }
    for (n, segment) in draft.shared.iter().enumerate() {
        add(segment, n, "shared");
    }
    let own = draft.sentences();
    let first = own.first().copied().unwrap_or_default();
    let last = own.last().copied().unwrap_or_default();
    for segment in segments.iter().filter(|s| own.binary_search(&s.sentence).is_err()).take(ELSEWHERE_MAX) {
        let source = if segment.sentence < OPENING {
            "elsewhere, opening"
        } else if segment.sentence + 2 < first {
            "elsewhere, before"
        } else if segment.sentence < first {
            "elsewhere, shortly before"
        } else if segment.sentence <= last {
            "elsewhere, between"
        } else {
            "elsewhere, after"
        };
        add(segment, 0, source);
    }
    let deniers = deniers(case, draft, country.as_deref());
    candidates.extend(deniers.iter().cloned());
    let claimants = claimants(case, draft);
    candidates.extend(claimants.iter().cloned());
    drop_counter_charges(case, draft, &deniers, &mut candidates);
    let said = said_of_responsibility(case, draft);
    let names: Vec<String> = candidates.iter().map(|c| c.name.clone()).collect();
    let named = counts(names.iter());
    let item = draft.segments.first().is_some_and(|s| s.role == ParagraphRole::Item);
    let nobody = nobody(case, draft, incident, &candidates);
    let mut choices: Vec<Choice> = Vec::new();
    for candidate in &mut candidates {
        candidate.features.add(match named[&candidate.name] {
            1 => "named once",
            2 | 3 => "named 2-3 times",
            _ => "named 4+ times",
        });
        candidate.features.add_if(named.len() > 1, "has rivals");
        let most = names.iter().all(|name| *name == candidate.name || named[name] < named[&candidate.name]);
        candidate.features.add_if(most, "named most");
        for feature in ["enemy of the place", "own country"] {
            if candidate.features.has(feature) {
                let told = if candidate.features.has("elsewhere") { "elsewhere" } else { "own" };
                candidate.features.add([feature, ", ", told]);
                candidate.features.add([feature, ", mode=", &incident.mode]);
            }
        }
        if candidate.features.has("elsewhere") {
            // What one half of a report tells of its attacks holds for the items of a list.
            let acts = ["plays agent", "of attack", "qualifies attack"];
            let acts = acts.iter().any(|f| candidate.features.has(f));
            let foe = candidate.features.has("enemy of the place");
            candidate.features.add_if(acts, "elsewhere, acts");
            candidate.features.add_if(acts && foe, "elsewhere, acts, enemy of the place");
            candidate.features.add_if(named.len() == 1, "elsewhere, no rivals");
            candidate.features.add_if(named.len() == 1 && foe, "elsewhere, no rivals, enemy of the place");
            candidate.features.add_if(item, "elsewhere, item");
            candidate.features.add_if(item && foe, "elsewhere, item, enemy of the place");
            candidate.features.add_if(item && acts, "elsewhere, item, acts");
            for source in ["opening", "before", "shortly before", "between", "after"] {
                if candidate.features.has(&format!("elsewhere, {source}")) {
                    candidate.features.add_if(foe, ["enemy of the place, ", source]);
                    candidate.features.add_if(acts, ["acts, ", source]);
                }
            }
        }
        let did_before =
            |i: &Incident| i.perpetrator.as_ref().is_some_and(|p| p.name.as_ref() == Some(&candidate.name));
        candidate.features.add_if(before.last().is_some_and(did_before), "did what was told before");
        if before.last().is_some_and(did_before) && candidate.features.has("elsewhere") {
            candidate.features.add(["did before: mode=", &incident.mode]);
        }
        let features = std::mem::take(&mut candidate.features);
        choices.push(case.scores.weigh(Kind::Perpetrator, json!(candidate.name), features));
    }
    choices.push(case.scores.weigh(Kind::Perpetrator, json!(null), nobody));
    let values: Vec<Option<&str>> = candidates.iter().map(|c| Some(c.name.as_str())).chain([None]).collect();
    let taken = likeliest(&choices, &values).unwrap_or_default();
    take(&mut choices, taken);
    let choice = choices[taken].clone();
    incident.choices.extend(choices);
    let word = |state: &str| said.iter().any(|(s, _)| s == state);
    let denied = word("denied") || !denied_in(case, draft).is_empty();
    let Some(best) = candidates.get(taken) else {
        let state = if word("claimed") {
            "claimed"
        } else if denied {
            "denied"
        } else if word("investigation") {
            "under_investigation"
        } else {
            "unattributed"
        };
        incident.perpetrator = Some(Perpetrator { name: None, state: state.into() });
        return;
    };
    let voice = case.speech.voice_at(case.span(best.tokens.clone())).0;
    let own_word = claimants.iter().any(|c| c.name == best.name);
    // Who denies it has not claimed it because somebody else has.
    let denies = deniers.iter().any(|c| c.name == best.name);
    let claimed = word("claimed") && (!denies || claims_it(case, &said, &best.name));
    let state = if word("conceded") && own_word {
        "conceded"
    } else if claimed || own_word {
        "claimed"
    } else if denied {
        "denied"
    } else if voice != NARRATOR || word("blamed") || word("suspected") {
        "attributed_by_voice"
    } else {
        "attributed_by_reporter"
    };
    let value = json!({"name": best.name, "state": state});
    incident.claim(case, "perpetrator", value, best.tokens.clone(), best.rule);
    incident.trust("perpetrator", None, &choice);
    incident.perpetrator = Some(Perpetrator { name: Some(best.name.clone()), state: state.into() });
}

/// What speaks for naming nobody.
fn nobody(case: &Case<'_>, draft: &Draft, incident: &Incident, candidates: &[Candidate]) -> Features {
    let mut features = Features::default();
    features.add("nobody");
    let own = candidates.iter().any(|c| c.features.has("own"));
    features.add(if own { "nobody: some told" } else { "nobody: none told" });
    features.add(["nobody: mode=", &incident.mode]);
    let armed = draft.segments.iter().any(|s| {
        case.marked
            .hits_in(s.tokens.clone(), "perpetrator")
            .any(|(_, e)| !e.has("named") && e.value != "enemy")
    });
    features.add_if(armed, "nobody: armed men");
    features
}

/// Everybody whom one segment may name.
fn candidates_in(
    case: &Case<'_>,
    attacks: &[&EventMention],
    segment: &Segment,
    country: Option<&str>,
) -> Vec<Candidate> {
    /// "Blamed the outlawed Orvik front": so many words may stand between.
    const BEHIND: usize = 5;
    let enemy = enemies(case, segment, country);
    let mut found: Vec<Candidate> =
        adjectives(case, segment).into_iter().chain(groups(case, attacks, segment)).chain(enemy).collect();
    found.extend(own_forces(case, segment, country));
    for candidate in &mut found {
        candidate.features.add(["rule=", candidate.rule]);
        let (voice, form) = case.speech.voice_at(case.span(candidate.tokens.clone()));
        candidate.features.add_if(voice != NARRATOR, "said");
        candidate.features.add_if(form == Some(SpeechForm::Direct), "in quotation");
        let token = case.marked.head_of(candidate.tokens.clone());
        for role in ["agent", "instrument", "target", "victim", "cause"] {
            let plays = segment.events.iter().any(|&n| {
                let inside =
                    |t: TokenId| candidate.tokens.contains(&t) || case.marked.parsed.head(token) == Some(t);
                case.events[n].role(role).any(|a| inside(a.token))
            });
            candidate.features.add_if(plays, ["plays ", role]);
        }
        let near = case.governor(token);
        candidate.features.add_if(near.is_some_and(|e| e.kind == EventKind::Attack), "of attack");
        let home = country.and_then(|c| case.gazetteer.country_name(c)) == Some(candidate.name.as_str());
        candidate.features.add_if(home, "own country");
        let foe = country
            .and_then(|c| case.gazetteer.enemy_of(c))
            .and_then(|c| case.gazetteer.country_name(c))
            .is_some_and(|c| c == candidate.name);
        candidate.features.add_if(foe, "enemy of the place");
        candidate.features.add_if(qualifies_attack(case, token), "qualifies attack");
        for (hit, entry) in case.marked.hits_in(segment.tokens.clone(), "responsibility") {
            let behind = candidate.tokens.start.checked_sub(hit.tokens.end).is_some_and(|gap| gap <= BEHIND);
            candidate.features.add_if(behind && entry.value == "blamed", "behind blamed");
            candidate.features.add(["beside ", &entry.value]);
        }
    }
    found
}

/// "Orvikan air strikes": the word qualifies what tells of the attack.
fn qualifies_attack(case: &Case<'_>, token: TokenId) -> bool {
    case.marked.parsed.head(token).is_some_and(|head| {
        head > token && head - token <= 4 && case.marked.entry_at(head, "trigger").is_some()
    })
}

/// "A Russian drone", "Ukrainian forces", "Israeli shelling": the country of an armed force.
fn adjectives(case: &Case<'_>, segment: &Segment) -> Vec<Candidate> {
    let marked = case.marked;
    let armed = ["weapon", "perpetrator", "trigger"];
    let places = &marked.mentions.places;
    let first = places.partition_point(|p| p.tokens.start < segment.tokens.start);
    places[first..]
        .iter()
        .take_while(|p| p.tokens.start < segment.tokens.end)
        .filter(|p| p.place.level == Level::Country)
        .filter_map(|p| {
            let head = marked.head_of(p.tokens.clone());
            let qualified = marked.parsed.head(head);
            let near = (p.tokens.end..(p.tokens.end + 4).min(segment.tokens.end))
                .take_while(|&t| !matches!(marked.parsed.form(t), "," | "." | ";"));
            let qualifies = p.form != PlaceForm::Name
                && qualified
                    .into_iter()
                    .chain(near)
                    .any(|t| armed.iter().any(|c| marked.entry_at(t, c).is_some()));
            // "The armed formations of Orvik".
            let of_force = p.form == PlaceForm::Name
                && marked.parsed.deprel(head).is_a(Deprel::Nmod)
                && qualified.is_some_and(|q| {
                    q < head && marked.entry_at(q, "perpetrator").is_some_and(|e| e.has("state_force"))
                });
            let qualifies = qualifies || of_force;
            let agent = p.form == PlaceForm::Name
                && segment.events.iter().any(|&n| case.events[n].role("agent").any(|a| a.token == head));
            let name = p.place.country.as_deref().and_then(|c| case.gazetteer.country_name(c))?;
            (qualifies || agent).then(|| Candidate {
                name: name.to_owned(),
                tokens: p.tokens.clone(),
                rule: if qualifies { "en.perpetrator.force-of-country" } else { "en.perpetrator.agent" },
                features: Features::default(),
            })
        })
        .collect()
}

/// "The enemy": the country that the side on which it happened is at war with, or the other one, where the ground is held
/// by the speaker's side.
fn enemies(case: &Case<'_>, segment: &Segment, country: Option<&str>) -> Vec<Candidate> {
    let hit = case.marked.hits_in(segment.tokens.clone(), "perpetrator").find(|(_, e)| e.value == "enemy");
    let (Some((hit, _)), Some(country)) = (hit, country) else { return Vec::new() };
    let Some(enemy) = case.gazetteer.enemy_of(country) else { return Vec::new() };
    let sides = [enemy, country].into_iter().filter_map(|side| case.gazetteer.country_name(side));
    let candidate = |name: &str| Candidate {
        name: name.to_owned(),
        tokens: hit.tokens.clone(),
        rule: "en.perpetrator.enemy-country",
        features: Features::default(),
    };
    sides.map(candidate).collect()
}

/// "Soldiers", "the army", "police" without a country: those of the country where it happened.
fn own_forces(case: &Case<'_>, segment: &Segment, country: Option<&str>) -> Option<Candidate> {
    let agent = |tokens: &Range<TokenId>| {
        let plays = |role: &str| {
            segment.events.iter().any(|&n| case.events[n].role(role).any(|a| tokens.contains(&a.token)))
        };
        plays("agent") || plays("cause")
    };
    let (hit, _) = case
        .marked
        .hits_in(segment.tokens.clone(), "perpetrator")
        .find(|(hit, e)| e.has("state_force") && agent(&hit.tokens))?;
    Some(Candidate {
        name: case.gazetteer.country_name(country?)?.to_owned(),
        tokens: hit.tokens.clone(),
        rule: "en.perpetrator.own-force",
        features: Features::default(),
    })
}

/// Named groups, unless they are what was hit.
fn groups(case: &Case<'_>, attacks: &[&EventMention], segment: &Segment) -> Vec<Candidate> {
    let marked = case.marked;
    marked
        .hits_in(segment.tokens.clone(), "perpetrator")
        .filter(|(_, entry)| entry.has("named"))
        .filter(|(hit, _)| !attacks.iter().any(|e| e.role("target").any(|a| hit.tokens.contains(&a.token))))
        .map(|(hit, entry)| Candidate {
            name: entry.value.clone(),
            tokens: hit.tokens.clone(),
            rule: "en.perpetrator.group",
            features: Features::default(),
        })
        .collect()
}

/// "Hezbollah said it had struck the base": who says that they did it.
fn claimants(case: &Case<'_>, draft: &Draft) -> Vec<Candidate> {
    let mut found = Vec::new();
    for segment in &draft.segments {
        for event in segment.events.iter().map(|&n| &case.events[n]) {
            let told = event.kind == EventKind::Attack
                && !matches!(event.standing, Standing::Negated | Standing::Cancelled);
            if !told || !is_own_deed(case, event) {
                continue;
            }
            let span = case.span(event.tokens.clone());
            let around = case.speech.attributions.iter().filter(|a| a.content.contains(span));
            let indirect = around.filter(|a| a.form == SpeechForm::Indirect);
            let mut cues = indirect.filter_map(|a| a.cue.clone()).filter(|c| c.end <= event.tokens.start);
            let Some(cue) = cues.clone().next() else { continue };
            // "Denied that its forces had struck".
            if cues.any(|cue| is_denial(case, cue)) {
                continue;
            }
            let start = case.marked.parsed.sentence_tokens(cue.start).start;
            let Some((name, tokens)) = armed_actor(case, start..cue.start) else { continue };
            let mut features = Features::default();
            features.add("rule=en.perpetrator.claimant");
            found.push(Candidate { name, tokens, rule: "en.perpetrator.claimant", features });
        }
    }
    found
}

/// Leaves out whom only those name who deny it: "Orvik denied that its forces had fired, saying that a shell of the
/// militia fell there" accuses Orvik.
fn drop_counter_charges(
    case: &Case<'_>,
    draft: &Draft,
    deniers: &[Candidate],
    candidates: &mut Vec<Candidate>,
) {
    if deniers.is_empty() {
        return;
    }
    let overlap = |a: &Range<TokenId>, b: &Range<TokenId>| a.start < b.end && b.start < a.end;
    let denials = denied_in(case, draft);
    let denies = |cue: &Range<TokenId>| denials.iter().any(|denial| overlap(denial, cue));
    let attributions = case.speech.attributions.iter().filter(|a| a.cue.as_ref().is_some_and(denies));
    let voices: Vec<_> = attributions.map(|a| a.voice).collect();
    candidates.retain(|candidate| {
        let own = deniers.iter().any(|denier| denier.name == candidate.name);
        own || !voices.contains(&case.speech.voice_at(case.span(candidate.tokens.clone())).0)
    });
}

/// Whether the words that bring in what somebody says deny it.
fn is_denial(case: &Case<'_>, mut cue: Range<TokenId>) -> bool {
    cue.any(|t| case.marked.hit_at(t, "say-verb").is_some_and(|(_, entry)| entry.value == "deny"))
}

/// Whether some words of a claim are told of this actor, who stands before them in the sentence.
fn claims_it(case: &Case<'_>, said: &[(String, Range<TokenId>)], name: &str) -> bool {
    said.iter().filter(|(what, _)| what == "claimed").any(|(_, words)| {
        let start = case.marked.parsed.sentence_tokens(words.start).start;
        armed_actor(case, start..words.start).is_some_and(|(actor, _)| actor == name)
    })
}

/// Whether the subject of an attack is a pronoun for who speaks: "it struck", "its fighters had fired".
fn is_own_deed(case: &Case<'_>, event: &EventMention) -> bool {
    let parsed = &case.marked.parsed;
    let verb = if parsed.upos(event.head) == Upos::Verb {
        event.head
    } else {
        let above = parsed.head(event.head).filter(|&v| parsed.upos(v) == Upos::Verb);
        let Some(verb) = above.filter(|_| parsed.deprel(event.head) == Deprel::Obj) else { return false };
        verb
    };
    let subject = parsed.children(verb).find(|&c| parsed.deprel(c) == Deprel::Nsubj);
    subject.is_some_and(|subject| {
        matches!(parsed.lower(subject), "it" | "they" | "we")
            || parsed
                .children(subject)
                .any(|c| c < subject && matches!(parsed.lower(c), "its" | "their" | "our"))
    })
}

/// The last armed actor that some words name: a group, or the country of a force or a government.
fn armed_actor(case: &Case<'_>, words: Range<TokenId>) -> Option<(String, Range<TokenId>)> {
    let marked = case.marked;
    let group = marked.hits_in(words.clone(), "perpetrator").filter(|(_, e)| e.has("named")).last();
    if let Some((hit, entry)) = group {
        return Some((entry.value.clone(), hit.tokens.clone()));
    }
    let force = marked.hits_in(words.clone(), "perpetrator").any(|(_, e)| e.has("state_force"));
    let body = marked
        .hits_in(words.clone(), "organisation")
        .any(|(_, e)| matches!(e.value.as_str(), "military" | "official"));
    let place = marked.mentions.places.iter().rfind(|p| words.contains(&p.tokens.start))?;
    let name = case.gazetteer.country_name(place.place.country.as_deref()?)?;
    (force || body).then(|| (name.to_owned(), place.tokens.clone()))
}

/// What is said of responsibility in its own segments: values of the lexicon with their words. Where nobody has claimed it,
/// nobody has.
fn said_of_responsibility(case: &Case<'_>, draft: &Draft) -> Vec<(String, Range<TokenId>)> {
    let mut said = Vec::new();
    for segment in &draft.segments {
        let hits = || case.marked.hits_in(segment.tokens.clone(), "responsibility");
        let unclaimed = hits().any(|(_, entry)| entry.value == "none");
        let counts = hits().filter(|(_, entry)| !(unclaimed && entry.value == "claimed"));
        said.extend(counts.map(|(hit, entry)| (entry.value.clone(), hit.tokens.clone())));
    }
    said
}

/// Denials in its own sentences and the one behind them.
fn denied_in(case: &Case<'_>, draft: &Draft) -> Vec<Range<TokenId>> {
    let sentences = case.marked.parsed.text.sentences();
    let mut own: Vec<usize> = draft.segments.iter().map(|s| s.sentence).collect();
    if let Some(last) = own.last().filter(|&&last| {
        sentences.get(last + 1).is_some_and(|next| next.paragraph == sentences[last].paragraph)
    }) {
        own.push(last + 1);
    }
    own.dedup();
    own.into_iter().flat_map(|s| denials(case, sentences[s].tokens.clone())).collect()
}

/// "The militia's spokesman denies all", "Orvik says its troops did not fire": who denies is who is accused.
fn deniers(case: &Case<'_>, draft: &Draft, country: Option<&str>) -> Vec<Candidate> {
    let marked = case.marked;
    let text = marked.parsed.text;
    let mut found = Vec::new();
    for denial in denied_in(case, draft) {
        let before = marked.parsed.sentence_tokens(denial.start).start..denial.end;
        let named = marked.hits_in(before.clone(), "perpetrator").filter(|(_, e)| e.has("named")).last();
        let force =
            marked.hits_in(before.clone(), "perpetrator").filter(|(_, e)| e.has("state_force")).last();
        let place = marked.mentions.places.iter().rfind(|p| before.contains(&p.tokens.start));
        let country_name = |code: Option<&str>| code.and_then(|c| case.gazetteer.country_name(c));
        let (name, tokens) = if let Some((hit, entry)) = named {
            (Some(entry.value.as_str()), hit.tokens.clone())
        } else if let Some(place) = place {
            (country_name(place.place.country.as_deref()), place.tokens.clone())
        } else if let Some((hit, _)) = force {
            (country_name(country), hit.tokens.clone())
        } else {
            continue;
        };
        debug_assert!(text.sentence_of(tokens.start) == text.sentence_of(denial.start));
        let Some(name) = name else { continue };
        let mut features = Features::default();
        features.add("rule=en.perpetrator.denier");
        found.push(Candidate { name: name.to_owned(), tokens, rule: "en.perpetrator.denier", features });
    }
    found
}
