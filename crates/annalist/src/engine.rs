//! The engine: resources loaded once, then one pure function from document to reading.

use crate::border;
use crate::bundle::{Bundle, DataError};
use crate::casing;
use crate::consistency;
use crate::document::{Document, Meta};
use crate::event;
use crate::gate::Gate;
use crate::gazetteer::Gazetteer;
use crate::incident::{self, Case, Found, Incident, Shown};
use crate::lexicon::Lexicon;
use crate::mention::person;
use crate::mention::quantity::QuantityFinder;
use crate::mention::time::TimeFinder;
use crate::mention::{Marked, Mentions, part_subjects_from_verbs, place};
use crate::reading::Reading;
use crate::rule::{Graph, RuleInfo, RuleSet};
use crate::score::{Choice, Scores};
use crate::speech::{Speech, SpeechFinder};
use crate::syntax::{Analyser, Parsed, Syntax};
use crate::text::{Language, Splitter, Text};
use jiff::civil::Date;

/// The day on which the examples of rules are read as published.
const EXAMPLES_PUBLISHED: Date = jiff::civil::date(2025, 6, 10);

/// A reading with what was weighed for it.
pub struct Weighed {
    /// The reading.
    pub reading: Reading,
    /// For each incident of the reading its choices.
    pub incidents: Vec<Vec<Choice>>,
    /// With [`Shown::Joins`], for each piece of the text, in order, the steps by which it could be joined to an incident.
    pub joins: Vec<Vec<Choice>>,
}

/// A stage of the reading of one document, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A document in capitals is written as it would ordinarily be.
    Casing,
    /// Sentences and tokens.
    Split,
    /// Which of them can matter.
    Gate,
    /// Lemmas, word classes, trees.
    Syntax,
    /// Phrases of the lexicons.
    Phrases,
    /// Dates and periods.
    Times,
    /// Counts and ages.
    Quantities,
    /// Places.
    Places,
    /// Persons.
    Persons,
    /// Voices and quotations.
    Speech,
    /// Triggers with roles and standing.
    Events,
    /// Incidents with claims.
    Incidents,
    /// Contradictions.
    Consistency,
    /// The reading as it is handed out.
    Border,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Stage; 14] = [
        Stage::Casing,
        Stage::Split,
        Stage::Gate,
        Stage::Syntax,
        Stage::Phrases,
        Stage::Times,
        Stage::Quantities,
        Stage::Places,
        Stage::Persons,
        Stage::Speech,
        Stage::Events,
        Stage::Incidents,
        Stage::Consistency,
        Stage::Border,
    ];

    /// Its name: `casing`, `split`, …
    pub fn name(self) -> &'static str {
        match self {
            Stage::Casing => "casing",
            Stage::Split => "split",
            Stage::Gate => "gate",
            Stage::Syntax => "syntax",
            Stage::Phrases => "phrases",
            Stage::Times => "times",
            Stage::Quantities => "quantities",
            Stage::Places => "places",
            Stage::Persons => "persons",
            Stage::Speech => "speech",
            Stage::Events => "events",
            Stage::Incidents => "incidents",
            Stage::Consistency => "consistency",
            Stage::Border => "border",
        }
    }
}

/// Is told of every stage that is done.
type Done<'a> = dyn FnMut(Stage) + 'a;

/// Reads documents. Cheap to share between threads; building one loads all data.
///
/// # Example
/// ```
/// use annalist::{Bundle, Document, Engine, Meta};
/// let engine = Engine::new(&Bundle::embedded())?;
/// let document = Document::new("A drone hit a bus in Kherson, killing two people.".into(), Meta::default())?;
/// let reading = engine.read(&document);
/// assert_eq!(reading.schema, "annalist.reading/1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    data_hash: String,
    splitter: Splitter,
    analyser: Analyser,
    lexicon: Lexicon,
    gate: Gate,
    gazetteer: Gazetteer,
    times: TimeFinder,
    quantities: QuantityFinder,
    speech: SpeechFinder,
    rules: RuleSet,
    scores: Scores,
}

impl Engine {
    /// Loads everything that the bundle holds.
    ///
    /// # Errors
    /// The first file and line that cannot be used.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let lexicon = Lexicon::new(bundle, "lang/en/")?;
        Ok(Engine {
            data_hash: bundle.hash(),
            splitter: Splitter::new(bundle)?,
            analyser: Analyser::new(bundle)?,
            gate: Gate::new(bundle, &lexicon)?,
            lexicon,
            gazetteer: Gazetteer::new(bundle)?,
            times: TimeFinder::new(bundle)?,
            quantities: QuantityFinder::new(bundle)?,
            speech: SpeechFinder::new(bundle)?,
            rules: RuleSet::new(bundle)?,
            scores: Scores::new(bundle)?,
        })
    }

    /// Reads one document. Never fails: what could not be understood stands in `diagnostics`.
    pub fn read(&self, document: &Document) -> Reading {
        self.weigh(document, Shown::Taken).reading
    }

    /// Reads one document and shows what was weighed for each incident, and what `shown` says. For learning weights
    /// ([`crate::score`]) and for explaining choices.
    pub fn weigh(&self, document: &Document, shown: Shown) -> Weighed {
        self.watched(document, shown, &mut |_| {})
    }

    /// Reads one document as [`Engine::read`] does and tells when each stage is done, so that a caller with a clock
    /// can see where the time goes. A stage may be done several times, or not at all when the gate closes the document.
    ///
    /// # Example
    /// ```
    /// use annalist::{Bundle, Document, Engine, Meta, Stage};
    /// let engine = Engine::new(&Bundle::embedded())?;
    /// let document = Document::new("The minister opened a new library.".into(), Meta::default())?;
    /// let mut stages = Vec::new();
    /// engine.read_watched(&document, &mut |stage| stages.push(stage));
    /// assert!(stages.contains(&Stage::Gate) && !stages.contains(&Stage::Syntax));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_watched(&self, document: &Document, done: &mut dyn FnMut(Stage)) -> Reading {
        self.watched(document, Shown::Taken, done).reading
    }

    /// Whether a document may tell of an act: a look at the bare words, see [`Gate::may_tell`].
    pub fn may_tell(&self, document: &Document) -> bool {
        self.gate.may_tell(document.text())
    }

    fn watched(&self, document: &Document, shown: Shown, done: &mut Done<'_>) -> Weighed {
        let may_tell = self.may_tell(document);
        done(Stage::Gate);
        let mut split = None;
        if !may_tell {
            let text = split.insert(self.splitter.split(document));
            done(Stage::Split);
            if text.language() == Language::En {
                return self.read_nothing(document, done);
            }
        }
        let plain = self.written_plain(document);
        if plain.is_some() {
            done(Stage::Casing);
        }
        let read = plain.as_ref().unwrap_or(document);
        let text = split.filter(|_| plain.is_none()).unwrap_or_else(|| self.splitter.split(read));
        done(Stage::Split);
        let open = self.gate.open(read, &text);
        done(Stage::Gate);
        if !open.contains(&true) && text.language() == Language::En {
            return self.read_nothing(document, done);
        }
        let syntax = self.analyser.parse_some(read, &text, &open);
        done(Stage::Syntax);
        self.read_parsed(Parsed { document: read, text: &text, syntax: &syntax }, document, shown, done)
    }

    /// The reading of an English document that tells of no act, which the stages behind the gate are spared.
    fn read_nothing(&self, document: &Document, done: &mut Done<'_>) -> Weighed {
        let parsed = Parsed { document, text: &Text::default(), syntax: &Syntax::default() };
        let nothing = self.read_parsed(parsed, document, Shown::Taken, &mut |_| {});
        done(Stage::Border);
        nothing
    }

    /// The weights by which candidates are chosen: what decided about a [`Choice`].
    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Shows what the stages found in one document, every sentence parsed: for measuring, and for those who need
    /// more than a reading tells. A document in capitals is shown as it was read, see [`casing`].
    ///
    /// # Example
    /// ```
    /// use annalist::{Bundle, Document, Engine, Meta};
    /// let engine = Engine::new(&Bundle::embedded())?;
    /// let document = Document::new("A drone hit a bus in Kherson, killing two.".into(), Meta::default())?;
    /// let told = engine.examine(&document, |case, _| case.events.iter().any(|e| e.value == "killed"));
    /// assert!(told);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn examine<T>(&self, document: &Document, look: impl FnOnce(&Case<'_>, &[Incident]) -> T) -> T {
        let plain = self.written_plain(document);
        let read = plain.as_ref().unwrap_or(document);
        let text = self.splitter.split(read);
        let syntax = self.analyser.parse(read, &text);
        let parsed = Parsed { document: read, text: &text, syntax: &syntax };
        self.examine_parsed(parsed, &mut |_| {}, |case, _| {
            look(case, &incident::find(case, Shown::Taken).incidents)
        })
    }

    /// A document in capitals as it would ordinarily be written; none when it is not in capitals.
    fn written_plain(&self, document: &Document) -> Option<Document> {
        if !casing::is_shouted(document.text()) {
            return None;
        }
        let text = self.splitter.split(document);
        let syntax = self.analyser.parse(document, &text);
        let parsed = Parsed { document, text: &text, syntax: &syntax };
        let plain = casing::restored(&parsed, &self.lexicon, &self.gazetteer);
        Document::new(plain, document.meta().clone()).ok()
    }

    /// The reading of a parsed document, with the words of the document as it came.
    fn read_parsed(
        &self,
        parsed: Parsed<'_>,
        document: &Document,
        shown: Shown,
        done: &mut Done<'_>,
    ) -> Weighed {
        self.examine_parsed(parsed, done, |case, done| {
            let Found { incidents, joins } = incident::find(case, shown);
            done(Stage::Incidents);
            let contradictions = consistency::find(case, &incidents);
            done(Stage::Consistency);
            let reading = border::reading(case, document, &incidents, &contradictions, &self.data_hash);
            done(Stage::Border);
            Weighed { reading, incidents: incidents.into_iter().map(|i| i.choices).collect(), joins }
        })
    }

    fn examine_parsed<T>(
        &self,
        parsed: Parsed<'_>,
        done: &mut Done<'_>,
        look: impl FnOnce(&Case<'_>, &mut Done<'_>) -> T,
    ) -> T {
        let mentions = self.mentions(parsed, done);
        let marked = Marked::new(parsed, &mentions, &self.lexicon);
        let speech = self.speech(parsed, &mentions);
        done(Stage::Speech);
        let graph = Graph::new(&parsed);
        let events = event::find(&marked, &graph, &self.rules);
        done(Stage::Events);
        let case = Case::new(&marked, &graph, &self.rules, &self.gazetteer, &self.scores, &events, &speech);
        look(&case, done)
    }

    fn mentions(&self, parsed: Parsed<'_>, done: &mut Done<'_>) -> Mentions {
        let mut hits = Vec::new();
        for sentence in parsed.text.sentences() {
            self.lexicon.find(sentence.tokens.start, &parsed.words(sentence.tokens.clone()), &mut hits);
        }
        part_subjects_from_verbs(&parsed, &self.lexicon, &mut hits);
        hits.sort_by_key(|h| (h.tokens.start, h.tokens.end, h.entry));
        done(Stage::Phrases);
        let times = self.times.find(&parsed);
        done(Stage::Times);
        let ages = self.quantities.find_ages(&parsed);
        let quantities = self.quantities.find(&parsed, &times, &ages);
        done(Stage::Quantities);
        let places = place::find(&parsed, &self.gazetteer);
        done(Stage::Places);
        let persons = person::find(&parsed, &hits, &self.lexicon, &places);
        done(Stage::Persons);
        Mentions { hits, persons, places, quantities, times, ages }
    }

    fn speech(&self, parsed: Parsed<'_>, mentions: &Mentions) -> Speech {
        self.speech.find(&parsed, &mentions.persons, &mentions.hits, &self.lexicon, &mentions.places)
    }

    /// Reads the examples of every rule: each must be at work in the texts that it names, and not in the others.
    ///
    /// A rule is at work in a reading when a claim cites its id, when it ascribes words to a voice, or when a
    /// diagnostic cites it (filters).
    pub fn check_rules(&self) -> Vec<DataError> {
        let mut faults = Vec::new();
        for rule in self.rules.iter().map(|r| &r.info) {
            for (examples, wanted) in [(&rule.matches, true), (&rule.rejects, false)] {
                for example in examples.iter().filter(|e| self.cites(e, &rule.id) != wanted) {
                    let not = if wanted { "not " } else { "" };
                    let message = format!("rule `{}` is {not}at work in its example: {example}", rule.id);
                    faults.push(DataError::new(&rule.path, rule.line, message));
                }
            }
        }
        faults
    }

    /// Whether the reading of a text cites a rule. Every sentence is parsed: an example stands without the report
    /// around it that would open the gate.
    fn cites(&self, example: &str, id: &str) -> bool {
        let meta = Meta { published_at: Some(EXAMPLES_PUBLISHED), ..Meta::default() };
        let Ok(document) = Document::new(example.to_owned(), meta) else { return false };
        let text = self.splitter.split(&document);
        let syntax = self.analyser.parse(&document, &text);
        let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
        let reading = self.read_parsed(parsed, &document, Shown::Taken, &mut |_| {}).reading;
        reading.claims.iter().any(|c| c.rule == id)
            || self.ascribes(parsed, id)
            || reading.quotes.iter().any(|q| q.rule.as_deref() == Some(id))
            || reading.diagnostics.iter().any(|d| d.note.split(':').next() == Some(id))
    }

    /// Whether a rule ascribes any words of a text, quoted or not.
    fn ascribes(&self, parsed: Parsed<'_>, id: &str) -> bool {
        let mentions = self.mentions(parsed, &mut |_| {});
        self.speech(parsed, &mentions).attributions.iter().any(|a| a.rule == id)
    }

    /// Every rule in force, in order of file and place.
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.rules.iter().map(|r| r.info.clone()).collect()
    }
}
