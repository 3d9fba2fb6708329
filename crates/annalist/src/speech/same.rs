//! Voices that are one: the office in a headline and its holder named below.

use crate::speech::{NARRATOR, Speech, Voice, VoiceId};

/// Gives what an office or a body says to the only person of the report who holds that office or speaks for that body.
pub(crate) fn join(speech: &mut Speech) {
    let voices = &mut speech.voices;
    let mut to: Vec<Option<VoiceId>> = (0..voices.len()).map(|n| holder(voices, n)).collect();
    let bare = (1..voices.len()).find(|&n| voices[n].name.is_some());
    for (lead, next) in bare.into_iter().flat_map(|n| [(n - 1, n), (n + 1, n)]) {
        if lead < voices.len() && to[lead].is_none() && is_introduced(&voices[lead], &voices[next]) {
            voices[next] = Voice { name: voices[next].name.clone(), ..voices[lead].clone() };
            to[lead] = Some(next);
        }
    }
    if to.iter().all(Option::is_none) {
        return;
    }
    let mut numbers = Vec::with_capacity(voices.len());
    let mut kept = Vec::new();
    for (n, voice) in speech.voices.iter().enumerate() {
        numbers.push(kept.len());
        if to[n].is_none() {
            kept.push(voice.clone());
        }
    }
    for attribution in &mut speech.attributions {
        let voice = attribution.voice;
        attribution.voice = numbers[to[voice].unwrap_or(voice)];
    }
    speech.voices = kept;
}

/// "The governor of Orvik said on Wednesday. Abbas Torvel told the agency that …": agencies give the office in the
/// lead and the bare name behind it.
fn is_introduced(lead: &Voice, next: &Voice) -> bool {
    let bare =
        next.name.as_ref().is_some_and(|name| name.contains(' ')) && next.role.is_none() && next.of.is_none();
    bare && next.kind == "witness"
        && lead.name.is_none()
        && lead.of.is_some()
        && head(lead).is_some_and(|office| OFFICE_ENDS.iter().all(|end| !office.ends_with(end)))
        && lead.kind == "official"
}

/// Ends of words that are no single holder's office.
const OFFICE_ENDS: [&str; 9] = [
    "s",
    "official",
    "ministry",
    "office",
    "administration",
    "government",
    "council",
    "commission",
    "authority",
];

/// The named voice that an unnamed one is, if exactly one fits.
fn holder(voices: &[Voice], number: VoiceId) -> Option<VoiceId> {
    let unnamed = &voices[number];
    if number == NARRATOR || unnamed.name.is_some() || unnamed.role.is_none() {
        return None;
    }
    let mut fitting = (0..voices.len()).filter(|&n| {
        voices[n].name.is_some() && (same_office(unnamed, &voices[n]) || speaks_for(&voices[n], unnamed))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// "The governor", "Head of Orvik Region", and the governor or head who has a name.
fn same_office(unnamed: &Voice, named: &Voice) -> bool {
    /// Kinds that tell who somebody is in the story, not an office that one person holds.
    const MANY: [&str; 5] = ["witness", "victim", "anonymous", "other", "media"];
    let (Some(office), Some(held)) = (head(unnamed), head(named)) else { return false };
    let one = !office.ends_with('s') && office != "official";
    one && office == held
        && unnamed.kind == named.kind
        && !MANY.contains(&unnamed.kind.as_str())
        && (unnamed.of.is_none() || share_a_word(&unnamed.of, &named.of))
}

/// A spokesman's words are those of the body he speaks for.
fn speaks_for(named: &Voice, body: &Voice) -> bool {
    let spokesman = head(named).is_some_and(|head| head.starts_with("spokes"));
    let about = [&named.role, &named.of];
    spokesman
        && named.kind == body.kind
        && head(body).is_some_and(|body| !body.starts_with("spokes"))
        && about.iter().any(|own| share_a_word(own, &body.role) || share_a_word(own, &body.of))
}

/// The last word of a role, in small letters.
fn head(voice: &Voice) -> Option<String> {
    voice.role.as_deref()?.split_whitespace().next_back().map(str::to_lowercase)
}

fn share_a_word(one: &Option<String>, other: &Option<String>) -> bool {
    const LETTERS_MIN: usize = 3;
    let words = |text: &Option<String>| -> Vec<String> {
        text.iter()
            .flat_map(|t| t.split(|c: char| !c.is_alphanumeric()))
            .filter(|w| w.chars().count() >= LETTERS_MIN)
            .map(str::to_lowercase)
            .collect()
    };
    let known = words(one);
    words(other).iter().any(|word| known.contains(word))
}
