//! Texts in, tables of persons, voices and quotations out.

use super::{NARRATOR, Speech, SpeechFinder, SpeechForm};
use crate::document::{Document, Meta};
use crate::gazetteer::Gazetteer;
use crate::lexicon::Lexicon;
use crate::mention::person::{self, PersonForm, PersonMention};
use crate::mention::place;
use crate::syntax::{Analyser, Parsed};
use crate::text::Splitter;
use crate::{Bundle, Engine};
use proptest::prelude::*;
use std::sync::LazyLock;

struct Stages {
    splitter: Splitter,
    analyser: Analyser,
    lexicon: Lexicon,
    gazetteer: Gazetteer,
    finder: SpeechFinder,
}

static STAGES: LazyLock<Stages> = LazyLock::new(|| {
    let bundle = Bundle::embedded();
    Stages {
        splitter: Splitter::new(&bundle).unwrap(),
        analyser: Analyser::new(&bundle).unwrap(),
        lexicon: Lexicon::new(&bundle, "lang/en/").unwrap(),
        gazetteer: Gazetteer::new(&bundle).unwrap(),
        finder: SpeechFinder::new(&bundle).unwrap(),
    }
});

fn read<T>(text: &str, show: impl Fn(&Parsed<'_>, &[PersonMention], &Speech) -> T) -> T {
    let stages = &*STAGES;
    let document = Document::new(text.to_owned(), Meta::default()).unwrap();
    let split = stages.splitter.split(&document);
    let syntax = stages.analyser.parse(&document, &split);
    let parsed = Parsed { document: &document, text: &split, syntax: &syntax };
    let mut hits = Vec::new();
    for sentence in split.sentences() {
        stages.lexicon.find(sentence.tokens.start, &parsed.words(sentence.tokens.clone()), &mut hits);
    }
    hits.sort_by_key(|h| (h.tokens.start, h.tokens.end, h.entry));
    let places = place::find(&parsed, &stages.gazetteer);
    let persons = person::find(&parsed, &hits, &stages.lexicon, &places);
    let speech = stages.finder.find(&parsed, &persons, &hits, &stages.lexicon, &places);
    show(&parsed, &persons, &speech)
}

/// `voice | words` of every quotation; the voice is its name, else its kind and role.
fn quotes(text: &str) -> Vec<String> {
    read(text, |parsed, _, speech| {
        let direct = speech.attributions.iter().filter(|a| a.form == SpeechForm::Direct);
        direct
            .map(|a| format!("{} | {}", voice(speech, a.voice), a.content.of(parsed.document.text())))
            .collect()
    })
}

/// `voice | words` of all indirect speech.
fn reported(text: &str) -> Vec<String> {
    read(text, |parsed, _, speech| {
        let indirect = speech.attributions.iter().filter(|a| a.form == SpeechForm::Indirect);
        indirect
            .map(|a| format!("{} | {}", voice(speech, a.voice), a.content.of(parsed.document.text())))
            .collect()
    })
}

fn voice(speech: &Speech, number: usize) -> String {
    let voice = &speech.voices[number];
    match &voice.name {
        Some(name) => name.clone(),
        None => format!("{} {}", voice.kind, voice.role.clone().unwrap_or_default()).trim().to_owned(),
    }
}

/// `kind, name, role, of, channel` of every voice but the narrator.
fn voices(text: &str) -> Vec<String> {
    read(text, |_, _, speech| {
        speech.voices[1..]
            .iter()
            .map(|v| {
                let cell = |c: &Option<String>| c.clone().unwrap_or_else(|| "-".into());
                [v.kind.clone(), cell(&v.name), cell(&v.role), cell(&v.of), cell(&v.channel)].join(", ")
            })
            .collect()
    })
}

/// `#person words: name, office, age, sex` of every mention but pronouns.
fn persons(text: &str) -> Vec<String> {
    read(text, |parsed, persons, _| {
        let words =
            |r: &std::ops::Range<usize>| parsed.text.span_of(r.clone()).of(parsed.document.text()).to_owned();
        persons
            .iter()
            .filter(|p| p.form != PersonForm::Pronoun)
            .map(|p| {
                let office = p.office.as_ref().or(p.description.as_ref()).map_or("-".into(), &words);
                let age = p.age.map_or("-".into(), |a| a.to_string());
                format!(
                    "#{} {}: {}, {}, {}, {}",
                    p.person,
                    words(&p.tokens),
                    p.name.as_deref().unwrap_or("-"),
                    office,
                    age,
                    p.sex.map_or('-', |s| s)
                )
            })
            .collect()
    })
}

#[test]
fn the_rules_hold_in_their_examples() {
    let engine = Engine::new(&Bundle::embedded()).unwrap();
    let faults: Vec<String> =
        engine.check_rules().iter().map(ToString::to_string).filter(|f| f.contains("en.speech.")).collect();
    assert!(faults.is_empty(), "see data/rules/speech.toml:\n{}", faults.join("\n"));
}

#[test]
fn speakers_of_quotations() {
    for (text, wanted) in [
        (
            "“We ran,” said a local official, who requested anonymity. “Then we hid.”",
            vec!["anonymous local official | We ran,", "anonymous local official | Then we hid."],
        ),
        (
            "“We ran,” says the curator, Marco Zambelli, “and we hid.”",
            vec!["Marco Zambelli | We ran,", "Marco Zambelli | and we hid."],
        ),
        ("The governor of Orvik, Pavel Dorin, called it “a crime”.", vec!["Pavel Dorin | a crime"]),
        (
            "Governor Pavel Dorin spoke on Friday. ‘The car is lost,’ he wrote on Telegram.",
            vec!["Pavel Dorin | The car is lost,"],
        ),
        (
            "A spokesman of the General Staff, Major Taras Yuhenko, rejected the claim. “We fired nothing,” he told journalists.",
            vec!["Taras Yuhenko | We fired nothing,"],
        ),
        ("Quote from Dorin: “He fought for 14 hours.”", vec!["Dorin | He fought for 14 hours."]),
    ] {
        assert_eq!(quotes(text), wanted, "{text}");
    }
}

#[test]
fn names_and_sneers_are_no_quotations() {
    for text in [
        "A “Smerch” rocket and a “Shahed” drone hit the school.",
        "The “liberators” took his car.",
        "They held a drill called “Calm Winter” in the town.",
    ] {
        assert!(quotes(text).is_empty(), "{text}: {:?}", quotes(text));
    }
}

#[test]
fn indirect_speech_is_the_clause() {
    for (text, wanted) in [
        ("The police said that two men were hurt.", "police police | two men were hurt"),
        (
            "Two men were hurt in the blast, the police said.",
            "police police | Two men were hurt in the blast",
        ),
        ("According to the police, two men were hurt.", "police police | two men were hurt"),
        ("Two men were hurt, according to Governor Pavel Dorin.", "Pavel Dorin | Two men were hurt"),
    ] {
        assert_eq!(reported(text), [wanted], "{text}");
    }
}

#[test]
fn sources_become_voices_once() {
    assert_eq!(
        voices(
            "A drone hit a bus near Orvik.\nSource: Pavel Dorin, Head of Orvik Oblast Military Administration, on \
             Telegram; Orvik Oblast Prosecutor's Office\nDorin said the driver was hurt. The governor wept."
        ),
        [
            "official, Pavel Dorin, Head, Orvik Oblast Military Administration, Telegram",
            "prosecutor, -, Prosecutor's Office, Orvik Oblast, -"
        ]
    );
}

#[test]
fn persons_with_office_age_and_sex() {
    for (text, wanted) in [
        (
            "Valery Borsenko, the head of administration of the rural settlement, was hurt. Borsenko left.",
            vec![
                "#0 Valery Borsenko, the head of administration of the rural settlement: Valery Borsenko, \
                 head of administration of the rural settlement, -, m",
                "#0 Borsenko: Valery Borsenko, head of administration of the rural settlement, -, m",
            ],
        ),
        ("Anna Petrova, 45, died.", vec!["#0 Anna Petrova, 45: Anna Petrova, -, 45, f"]),
        (
            "Governor Pavel Dorin came. The governor spoke.",
            vec![
                "#0 Governor Pavel Dorin: Pavel Dorin, Governor, -, m",
                "#0 The governor: Pavel Dorin, governor, -, m",
            ],
        ),
        (
            "Igor Lazarenko was safe. ‘Igor Vladimirovich left the car,’ said Mrs Ada de Vries.",
            vec![
                "#0 Igor Lazarenko: Igor Lazarenko, -, -, m",
                "#0 Igor Vladimirovich: Igor Lazarenko, -, -, m",
                "#1 Mrs Ada de Vries: Ada de Vries, -, -, f",
            ],
        ),
    ] {
        assert_eq!(persons(text), wanted, "{text}");
    }
    for text in [
        "Bryansk Oblast was shelled.",
        "The Red Cross came in May.",
        "A Toyota Hilux burned on Lenin Street.",
    ] {
        assert!(persons(text).is_empty(), "{text}: {:?}", persons(text));
    }
}

#[test]
fn nothing_but_marks_is_read_to_the_end() {
    for unit in ["\"", "“a” ", "«", "‘s’ ", "He said: “a\n", "“a,” he said. "] {
        let text = unit.repeat(3000);
        let count = read(&text, |_, _, speech| speech.attributions.len());
        assert!(count <= 2 * text.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_gives_sound_spans(
        text in "([A-Za-zé.,:;!? \\n]|\"|'|“|”|‘|’|«|»| said | the mayor |Anna Petrova|, who |according to |Source: |- ){0,80}"
    ) {
        read(&text, |parsed, persons, speech| {
            for attribution in &speech.attributions {
                assert!(!attribution.content.of(parsed.document.text()).is_empty());
                assert!(attribution.voice < speech.voices.len());
                assert!(attribution.form == SpeechForm::Direct || attribution.voice != NARRATOR);
            }
            for person in persons {
                assert!(!person.tokens.is_empty() && person.tokens.end <= parsed.text.tokens().len());
                assert!(person.tokens.contains(&person.head));
            }
        });
    }
}

/// `source | cue | content` of every ascription.
fn ascriptions(text: &str) -> Vec<String> {
    let stages = &*STAGES;
    let finder = super::AscriptionFinder::new(&Bundle::embedded()).unwrap();
    let document = Document::new(text.to_owned(), Meta::default()).unwrap();
    let split = stages.splitter.split(&document);
    let syntax = stages.analyser.parse(&document, &split);
    let parsed = Parsed { document: &document, text: &split, syntax: &syntax };
    let words = |tokens: &std::ops::Range<usize>| split.span_of(tokens.clone()).of(text).to_owned();
    let row = |a: &super::Ascription| {
        let content: Vec<String> = a.content.iter().map(words).collect();
        let source = a.source.as_ref().map(words).unwrap_or_default();
        format!("{source} | {} | {}", words(&a.cue), content.join(" … "))
    };
    finder.find(&parsed).iter().map(row).collect()
}

#[test]
fn ascriptions_have_source_cue_and_content() {
    let cases: &[(&str, &[&str])] = &[
        ("The mayor said that the bridge was closed.", &["The mayor | said | that the bridge was closed"]),
        (
            "The bridge was closed, the mayor has also said.",
            &["the mayor | has also said | The bridge was closed"],
        ),
        (
            "“The bridge is closed,” said the mayor. “Nobody was on it.”",
            &["the mayor | said | “The bridge is closed,” … “Nobody was on it.”"],
        ),
        (
            "''The bridge is closed. Nobody was on it,'' she said.",
            &["she | said | ''The bridge is closed. Nobody was on it,''"],
        ),
        (
            "According to the regional police, two cars burned.",
            &["the regional police | According to | two cars burned"],
        ),
        ("The council vowed to rebuild the bridge.", &["The council | vowed | to rebuild the bridge"]),
        ("She called for an inquiry.", &["She | called for | an inquiry"]),
        ("Two cars burned on the bridge.", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(ascriptions(text), *expected, "in: {text}");
    }
}

proptest! {
    #[test]
    fn any_text_gives_sound_ascriptions(
        words in proptest::collection::vec(
            prop_oneof!["\\PC{1,6}", Just("said".to_owned()), Just("''".to_owned()), Just("“".to_owned()),
                Just("”".to_owned()), Just("\"".to_owned()), Just(",".to_owned()), Just(":".to_owned()),
                Just("he".to_owned()), Just("that".to_owned()), Just("according".to_owned()),
                Just("to".to_owned()), Just("It fell.".to_owned())],
            0..30),
    ) {
        for ascription in ascriptions(&words.join(" ")) {
            prop_assert_eq!(ascription.matches(" | ").count() >= 2, true);
        }
    }
}

#[test]
fn a_description_is_the_person_told_of_by_name() {
    let lead = "A drone hit a house in Orikhiv on Monday. Petro Hnat was in the yard when it fell. ";
    let said = |tail: &str| quotes(&format!("{lead}{tail}"));
    assert!(said("\"I saw a bright light,\" the old man said.")[0].starts_with("Petro Hnat"));
    assert!(!said("\"I saw a bright light,\" the governor said.")[0].starts_with("Petro Hnat"));
    assert!(!said("\"I saw a bright light,\" a resident said.")[0].starts_with("Petro Hnat"));
}

#[test]
fn a_speaker_goes_by_a_call_sign() {
    let found = quotes("A drone hit a house. \"I heard it all night,\" a soldier, call sign Vedmid, said.");
    assert!(found[0].starts_with("Vedmid"), "{found:?}");
}

#[test]
fn quotations_that_open_anew_in_one_paragraph_go_on() {
    let found = quotes("He said: \"It was dark. \"We ran to the cellar.\" The police came later.");
    assert_eq!(found.len(), 2, "{found:?}");
}
