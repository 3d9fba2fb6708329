//! The analyser: the network reads a sentence, then its best tree is built and its words are lemmatised.

use super::feature::{FEATURES, casing, features};
use super::label::{Deprel, Upos};
use super::lemma::{Irregular, lemma};
use super::model::{self, Model};
use super::network::Activations;
use super::tree::{self, Arcs};
use super::{Analysis, Syntax};
use crate::bundle::{Bundle, DataError};
use crate::document::Document;
use crate::text::{Language, Sentence, Text};
use std::sync::{Arc, Mutex, PoisonError};

/// Finds word classes, lemmas and trees. Cheap to share between threads.
///
/// # Example
/// ```
/// use annalist::syntax::{Analyser, Deprel};
/// use annalist::text::Splitter;
/// use annalist::{Bundle, Document, Meta};
/// let bundle = Bundle::embedded();
/// let document = Document::new("A drone hit a car.".into(), Meta::default())?;
/// let text = Splitter::new(&bundle)?.split(&document);
/// let syntax = Analyser::new(&bundle)?.parse(&document, &text);
/// assert_eq!((syntax.head(1), syntax.deprel(1)), (Some(2), Deprel::Nsubj));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Analyser {
    readers: Vec<Reader>,
    /// The inflections of all models.
    morphs: Arc<[String]>,
    /// What served for other documents and is free.
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

/// What reads one language.
#[derive(Clone, Debug)]
struct Reader {
    language: Language,
    model: Model,
    irregular: Irregular,
    /// Where this model's inflections start among those of all.
    morphs: usize,
}

/// Languages that may have a model.
const LANGUAGES: [Language; 3] = [Language::En, Language::Ru, Language::Uk];

/// What is used again from sentence to sentence.
#[derive(Debug, Default)]
struct Workspace {
    lower: Vec<String>,
    words: Vec<[u32; FEATURES]>,
    activations: Activations,
    arcs: Arcs,
    upos: Vec<u8>,
    morphs: Vec<Option<u16>>,
    heads: Vec<u32>,
    labels: Vec<u8>,
    lemma: String,
}

impl Analyser {
    /// Loads `models/<language>/syntax.bin` and `lang/<language>/irregular.tsv` of every language that has a model;
    /// English must have one.
    ///
    /// # Errors
    /// When a model is missing or damaged (see [`Model::load`]) or a line of a list cannot be read.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let known = |language: &Language| {
            *language == Language::En || bundle.get(&model::path(language.tag())).is_some()
        };
        let readers = LANGUAGES
            .into_iter()
            .filter(known)
            .map(|language| Reader::new(language.tag(), Model::load(bundle, language.tag())?, bundle))
            .collect::<Result<_, _>>()?;
        Ok(Self::of(readers))
    }

    /// Uses one model that is not in the bundle: for training and its evaluation. `language` is its BCP 47 tag.
    ///
    /// # Errors
    /// When a line of `lang/<language>/irregular.tsv` cannot be read.
    pub fn with_model(language: &str, model: Model, bundle: &Bundle) -> Result<Self, DataError> {
        Ok(Self::of(vec![Reader::new(language, model, bundle)?]))
    }

    fn of(mut readers: Vec<Reader>) -> Self {
        let mut morphs: Vec<String> = Vec::new();
        for reader in &mut readers {
            reader.morphs = morphs.len();
            morphs.extend(reader.model.morphs.iter().cloned());
        }
        Analyser { readers, morphs: morphs.into(), workspaces: Arc::default() }
    }

    /// Analyses every sentence. Never fails: any text is data.
    ///
    /// Sentences of a language that has a model get its analysis. Others have a flat tree under their first token,
    /// [`Upos::X`] and [`Deprel::Dep`], and the lower-cased form as lemma.
    pub fn parse(&self, document: &Document, text: &Text) -> Syntax {
        self.parse_some(document, text, &vec![true; text.sentences().len()])
    }

    /// Analyses the sentences that are `open`, and gives all others the flat tree of languages without a model.
    ///
    /// A sentence beyond the end of `open` counts as closed.
    pub fn parse_some(&self, document: &Document, text: &Text, open: &[bool]) -> Syntax {
        let mut syntax = Syntax::new(text.tokens().len(), self.morphs.clone());
        let mut workspace = self.workspace();
        let open = open.iter().copied().chain(std::iter::repeat(false));
        for (sentence, open) in text.sentences().iter().zip(open) {
            let forms: Vec<&str> =
                text.tokens()[sentence.tokens.clone()].iter().map(|t| t.span.of(document.text())).collect();
            workspace.lower(&forms);
            let reader = self.readers.iter().find(|reader| open && reader.language == sentence.language);
            match reader {
                Some(reader) => {
                    reader.analyse(&forms, &mut workspace);
                    reader.keep(sentence, &mut workspace, &mut syntax);
                }
                None => keep_flat(sentence, &workspace, &mut syntax),
            }
        }
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        syntax
    }

    /// One that is free, or a new one.
    fn workspace(&self) -> Workspace {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Analyses one sentence of given tokens by the first model: word class, inflection, relation, head and lemma of each.
    pub fn analyse_forms(&self, forms: &[&str]) -> Vec<(Analysis, String)> {
        let Some(reader) = self.readers.first() else { return Vec::new() };
        let mut workspace = Workspace::default();
        workspace.lower(forms);
        reader.analyse(forms, &mut workspace);
        (0..forms.len())
            .map(|at| {
                let analysis = reader.analysis(&workspace, at);
                reader.lemma(&mut workspace, at, analysis.upos);
                (analysis, workspace.lemma.clone())
            })
            .collect()
    }

    /// An inflection as CoNLL-U writes it.
    pub fn morph(&self, analysis: Analysis) -> &str {
        analysis.morph.and_then(|n| self.morphs.get(usize::from(n))).map_or("_", String::as_str)
    }
}

impl Reader {
    fn new(language: &str, model: Model, bundle: &Bundle) -> Result<Self, DataError> {
        let irregular = Irregular::new(bundle, language)?;
        Ok(Reader { language: Language::from_tag(language), model, irregular, morphs: 0 })
    }

    fn analyse(&self, forms: &[&str], workspace: &mut Workspace) {
        let Workspace { lower, words: read, activations, arcs, upos, morphs, heads, labels, .. } = workspace;
        if forms.is_empty() {
            return;
        }
        words(forms, lower, read);
        let network = &self.model.network;
        network.read(&self.model.bytes, read, activations);
        network.upos(activations, upos);
        network.morphs(upos, &self.model.morphs_of, activations, morphs);
        network.arcs(activations, arcs);
        tree::best(arcs, heads);
        network.relations(heads, activations, labels);
    }

    fn keep(&self, sentence: &Sentence, workspace: &mut Workspace, syntax: &mut Syntax) {
        for at in 0..sentence.tokens.len() {
            let analysis = self.analysis(workspace, at);
            self.lemma(workspace, at, analysis.upos);
            syntax.push(sentence.tokens.start, &workspace.lower[at], &workspace.lemma, analysis);
        }
    }

    fn analysis(&self, workspace: &Workspace, at: usize) -> Analysis {
        let class = usize::from(workspace.upos[at]);
        let head = (workspace.heads[at] as usize).checked_sub(1);
        let label = self.model.deprel.get(usize::from(workspace.labels[at])).copied();
        let deprel = match head {
            None => Deprel::Root,
            // Only the root is called so, whatever a model says.
            Some(_) => label.filter(|&label| label != Deprel::Root).unwrap_or(Deprel::Dep),
        };
        Analysis {
            upos: self.model.upos.get(class).copied().unwrap_or(Upos::X),
            morph: workspace.morphs[at].and_then(|n| u16::try_from(usize::from(n) + self.morphs).ok()),
            head,
            deprel,
        }
    }

    fn lemma(&self, workspace: &mut Workspace, at: usize, upos: Upos) {
        lemma(&self.model, &self.irregular, &workspace.lower[at], upos, &mut workspace.lemma);
    }
}

fn keep_flat(sentence: &Sentence, workspace: &Workspace, syntax: &mut Syntax) {
    for at in 0..sentence.tokens.len() {
        let (head, deprel) = if at == 0 { (None, Deprel::Root) } else { (Some(0), Deprel::Dep) };
        let lower = &workspace.lower[at];
        syntax.push(
            sentence.tokens.start,
            lower,
            lower,
            Analysis { upos: Upos::X, morph: None, head, deprel },
        );
    }
}

impl Workspace {
    fn lower(&mut self, forms: &[&str]) {
        if self.lower.len() < forms.len() {
            self.lower.resize(forms.len(), String::new());
        }
        for (form, out) in forms.iter().zip(&mut self.lower) {
            lower(form, out);
        }
    }
}

/// Lower case, with plain apostrophes.
pub fn lower(form: &str, out: &mut String) {
    out.clear();
    if form.is_ascii() {
        out.push_str(form);
        out.make_ascii_lowercase();
        return;
    }
    for c in form.chars() {
        match c {
            '’' | 'ʼ' => out.push('\''),
            _ => out.extend(c.to_lowercase()),
        }
    }
}

/// What the model sees of a sentence.
pub fn words(forms: &[&str], lower: &[String], out: &mut Vec<[u32; FEATURES]>) {
    let casing = casing(forms.iter().copied());
    out.clear();
    out.extend(
        forms.iter().zip(lower).enumerate().map(|(n, (form, lower))| features(form, lower, casing, n == 0)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Meta;
    use crate::syntax::model::{tests::toy, to_bytes};
    use crate::text::Splitter;
    use proptest::prelude::*;

    fn toy_analyser(weights: &[i8]) -> Analyser {
        let model = Model::from_bytes("toy", to_bytes(&toy(weights)).into()).unwrap();
        Analyser::with_model("en", model, &Bundle::embedded()).unwrap()
    }

    fn assert_trees(text: &Text, syntax: &Syntax) {
        assert_eq!(text.tokens().len(), syntax.len());
        for sentence in text.sentences() {
            let roots = sentence.tokens.clone().filter(|&t| syntax.head(t).is_none());
            assert_eq!(roots.count(), 1);
            for token in sentence.tokens.clone() {
                let is_root = syntax.head(token).is_none();
                assert_eq!(is_root, syntax.deprel(token) == Deprel::Root);
                let mut at = token;
                for _ in sentence.tokens.clone() {
                    at = syntax.head(at).unwrap_or(at);
                    assert!(sentence.tokens.contains(&at));
                }
                assert!(syntax.head(at).is_none(), "no cycle");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_and_any_weights_give_trees(
            text in "(\\PC|[a-zA-Z]| |\\n|\\.|дрон |Bus ){0,200}",
            weights in prop::collection::vec(any::<i8>(), 1..50),
        ) {
            let document = Document::new(text, Meta::default()).unwrap();
            let text = Splitter::new(&Bundle::embedded()).unwrap().split(&document);
            assert_trees(&text, &toy_analyser(&weights).parse(&document, &text));
        }
    }

    #[test]
    fn other_languages_are_flat() {
        let document = Document::new("Дрон ударил по автобусу.".into(), Meta::default()).unwrap();
        let text = Splitter::new(&Bundle::embedded()).unwrap().split(&document);
        let syntax = toy_analyser(&[1]).parse(&document, &text);
        assert_eq!((syntax.head(0), syntax.head(3)), (None, Some(0)));
        assert_eq!((syntax.upos(1), syntax.deprel(1), syntax.lemma(0)), (Upos::X, Deprel::Dep, "дрон"));
    }

    /// "word/CLASS/relation>head" of every token.
    fn tree(text: &str) -> String {
        let bundle = Bundle::embedded();
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let text = Splitter::new(&bundle).unwrap().split(&document);
        let syntax = Analyser::new(&bundle).unwrap().parse(&document, &text);
        assert_trees(&text, &syntax);
        let show = |t| {
            let head = syntax.head(t).map_or("", |head| syntax.lower(head));
            format!("{}/{}/{}>{head}", syntax.lower(t), syntax.upos(t).as_str(), syntax.deprel(t).as_str())
        };
        (0..syntax.len()).map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn plain_sentences_are_read() {
        assert_eq!(
            tree("A drone hit a car."),
            "a/DET/det>drone drone/NOUN/nsubj>hit hit/VERB/root> a/DET/det>car car/NOUN/obj>hit ./PUNCT/punct>hit"
        );
        let passive = tree("Two people were killed by a rocket in Kherson.");
        assert!(passive.contains("people/NOUN/nsubj:pass>killed"), "{passive}");
        assert!(passive.contains("rocket/NOUN/obl:agent>killed"), "{passive}");
    }

    #[test]
    fn titles_and_capitals_are_read() {
        for title in ["Bomb Hits Bus in Kherson, Two Killed", "BOMB HITS BUS IN KHERSON, TWO KILLED"] {
            let tree = tree(title);
            assert!(tree.contains("/nsubj>hits hits/VERB/root> bus/NOUN/obj>hits"), "{tree}");
        }
    }

    #[test]
    fn lemmas_of_the_field() {
        let verbs = "struck strike|hit hit|hits hit|killed kill|killing kill|wounded wound|shot shoot|fired fire|\
            firing fire|died die|dies die|dying die|blew blow|blown blow|found find|left leave|torn tear|broke break|\
            burnt burn|burned burn|taken take|stabbed stab|rammed ram|bombed bomb|shelled shell|shelling shell|\
            hospitalised hospitalise|beaten beat|buried bury|fell fall|said say|fleeing flee|lay lay|drove drive|\
            damaged damage|destroyed destroy|exploded explode|targeted target|injured injure|dropped drop|\
            carried carry|abducted abduct|gunned gun|was be|detonating detonate|set set|caught catch|went go";
        let nouns = "injuries injury|buses bus|bus bus|shelling shelling|strikes strike|people person|children child|\
            wives wife|men man|civilians civilian|bodies body|houses house|gas gas|attacks attack|churches church|\
            policemen policeman|drones drone|lives life|casualties casualty|aircraft aircraft|headquarters headquarters|\
            crises crisis|news news|matches match|missiles missile|explosives explosive|corpses corpse|glass glass";
        let others = [
            ("worst", Upos::Adj, "bad"),
            ("n't", Upos::Part, "not"),
            ("deadliest", Upos::Adj, "deadly"),
            ("later", Upos::Adv, "late"),
            ("2024", Upos::Num, "2024"),
        ];
        let listed = |list: &'static str, upos| {
            list.split('|').map(move |p| (p.trim().split_once(' ').unwrap(), upos))
        };
        let analyser = Analyser::new(&Bundle::embedded()).unwrap();
        let mut wrong = Vec::new();
        let words = listed(verbs, Upos::Verb).chain(listed(nouns, Upos::Noun)).map(|((f, l), u)| (f, u, l));
        for (form, upos, right) in words.chain(others) {
            let mut found = String::new();
            let reader = &analyser.readers[0];
            lemma(&reader.model, &reader.irregular, form, upos, &mut found);
            if found != right {
                wrong.push(format!("{form} {found}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn the_manifest_names_this_model() {
        let bundle = Bundle::embedded();
        let manifest =
            String::from_utf8_lossy(bundle.get("models/MANIFEST.toml").unwrap().bytes()).into_owned();
        let hash = blake3::hash(bundle.get("models/en/syntax.bin").unwrap().bytes()).to_hex();
        assert!(
            manifest.contains(hash.as_str()),
            "write blake3 = \"{hash}\" and the scores into data/models/MANIFEST.toml"
        );
    }

    #[test]
    fn overlaid_models_are_read_from_any_address() {
        let bundle = Bundle::embedded();
        let model = bundle.get("models/en/syntax.bin").unwrap().bytes().clone().into_owned();
        let mut overlaid = bundle.clone();
        overlaid.overlay("models/en/syntax.bin", model);
        let words = ["A", "drone", "hit", "a", "car", "."];
        let [own, other] = [&bundle, &overlaid].map(|b| Analyser::new(b).unwrap().analyse_forms(&words));
        assert!(own.iter().zip(&other).all(|(a, b)| a.0.head == b.0.head && a.1 == b.1));
        overlaid.overlay("models/en/syntax.bin", Vec::new());
        assert!(Analyser::new(&overlaid).unwrap_err().message.contains("missing"));
    }

    #[test]
    fn apostrophes_are_plain() {
        let mut out = String::new();
        lower("N’T", &mut out);
        assert_eq!(out, "n't");
    }
}
