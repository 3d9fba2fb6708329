//! Who ascribes what by which words, as spans of source, cue and content.

use crate::bundle::{Bundle, DataError};
use crate::span::Span;
use crate::speech::marks::QuotationEnd;
use crate::speech::{Quote, quotes};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::table::rows;
use crate::text::{TokenId, TokenKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Words ascribed to somebody: statements, but also beliefs, wishes and judgements.
///
/// # Source
/// The parts of PARC 3 and PolNeAR: source, cue, content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ascription {
    /// Who: a whole noun phrase; none in "it is said that …".
    pub source: Option<Range<TokenId>>,
    /// The verb with its auxiliaries and adverbs, "according to", a noun of saying, a colon.
    pub cue: Range<TokenId>,
    /// What: a clause with its "that", a complement, a quotation with its marks; in parts where the cue interrupts.
    pub content: Vec<Range<TokenId>>,
}

/// Finds ascriptions by the trees of sentences and the words of `ascription.tsv`, `say-verb.tsv` and `attribution.tsv`.
///
/// # Example
/// ```
/// # use annalist::{Bundle, speech::AscriptionFinder};
/// let finder = AscriptionFinder::new(&Bundle::embedded())?;
/// # let _ = finder;
/// # Ok::<(), annalist::DataError>(())
/// ```
pub struct AscriptionFinder {
    /// Surroundings in which a verb or noun ascribes, by lemma.
    verbs: FxHashMap<String, FxHashSet<String>>,
    nouns: FxHashMap<String, FxHashSet<String>>,
    /// "according to", by first word.
    phrases: FxHashMap<String, Vec<Vec<String>>>,
}

/// Surroundings in which every strong verb of saying ascribes.
const OF_SAYING: [&str; 3] = ["clause", "apart", "alone"];

impl AscriptionFinder {
    /// Reads the lists of English.
    ///
    /// # Errors
    /// When a list is missing or a row has not the columns that its head describes.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let table = |path: &'static str| {
            let missing = || DataError::new(path, 0, "the finder of ascriptions needs this list");
            rows(path, bundle.get(path).ok_or_else(missing)?.bytes())
        };
        let mut finder = AscriptionFinder {
            verbs: FxHashMap::default(),
            nouns: FxHashMap::default(),
            phrases: FxHashMap::default(),
        };
        for row in table("lang/en/ascription.tsv")? {
            let words = match row.cell(1) {
                "verb" => &mut finder.verbs,
                "noun" => &mut finder.nouns,
                other => return Err(row.fault(format!("`{other}` is neither `verb` nor `noun`"))),
            };
            let frames = row.cell(2).split_whitespace().map(str::to_owned);
            words.entry(row.cell(0).to_owned()).or_default().extend(frames);
        }
        for row in table("lang/en/say-verb.tsv")? {
            if row.cell(2) == "strong" && !row.cell(0).contains(' ') {
                let frames = finder.verbs.entry(row.cell(0).to_owned()).or_default();
                frames.extend(OF_SAYING.map(str::to_owned));
            }
        }
        for row in table("lang/en/attribution.tsv")? {
            let words: Vec<String> = row.cell(0).split_whitespace().map(str::to_owned).collect();
            if let Some(first) = words.first() {
                finder.phrases.entry(first.clone()).or_default().push(words);
            }
        }
        Ok(finder)
    }

    /// Every ascription of a document, in order of the cues; none inside quotations.
    pub fn find(&self, parsed: &Parsed<'_>) -> Vec<Ascription> {
        let quotes = quotes(parsed);
        let scene = Scene::new(parsed, &quotes);
        let mut out = Vec::new();
        for sentence in parsed.text.sentences() {
            for t in sentence.tokens.clone() {
                if scene.quoted[t] {
                    continue;
                }
                let found = self
                    .phrase(&scene, t)
                    .or_else(|| self.verb(&scene, t))
                    .or_else(|| self.noun(&scene, t))
                    .or_else(|| scene.label(t));
                out.extend(found.filter(|a| !a.content.is_empty()));
            }
        }
        out
    }

    /// "According to the police, …".
    fn phrase(&self, scene: &Scene<'_, '_>, t: TokenId) -> Option<Ascription> {
        let parsed = scene.parsed;
        let sentence = parsed.sentence_tokens(t);
        let fits = |words: &&Vec<String>| {
            t + words.len() < sentence.end && words.iter().zip(t..).all(|(word, t)| parsed.lower(t) == word)
        };
        let words = self.phrases.get(parsed.lower(t))?.iter().filter(fits).max_by_key(|words| words.len())?;
        // A phrase with a verb of its own ("as reported by") is read as a verb.
        let cue = t..t + words.len();
        let mut head = cue.end;
        while let Some(above) = parsed.head(head).filter(|&above| above > head)
            && matches!(
                parsed.deprel(head),
                Deprel::Det
                    | Deprel::Amod
                    | Deprel::Compound
                    | Deprel::NmodPoss
                    | Deprel::Nummod
                    | Deprel::Case
            )
        {
            head = above;
        }
        let below = parsed.subtree(head);
        let mut source = cue.end..below.end.max(cue.end + 1);
        if let Some(comma) =
            source.clone().skip(1).find(|&t| parsed.form(t) == "," && cue.start <= sentence.start + 1)
            && !scene.is_apposed(comma, head)
        {
            source.end = comma;
        }
        let source = scene.trim(source)?;
        let leads = cue.start <= sentence.start + 1;
        let content = if leads {
            scene.trim(source.end..sentence.end)
        } else {
            let start = scene.clause_start(sentence.start);
            scene.trim(start..cue.start)
        };
        Some(Ascription { source: Some(source), cue, content: content.into_iter().collect() })
    }

    /// "He has said that …", "…, she added", "calls for …", "was accused by X of …".
    fn verb(&self, scene: &Scene<'_, '_>, v: TokenId) -> Option<Ascription> {
        let parsed = scene.parsed;
        if !matches!(parsed.upos(v), Upos::Verb) || parsed.deprel(v) == Deprel::Amod {
            return None;
        }
        let frames = self.verbs.get(parsed.lemma(v))?;
        let mut frame = scene.frame(v);
        if frame.case.is_some() && !frames.contains(&frame.name) {
            // "Said in a statement": only a circumstance.
            frame = Frame { name: frame.alone(), case: None, complement: None, ..frame };
        }
        if !frames.contains(&frame.name) {
            return None;
        }
        let subject = scene.subject(v);
        let mut cue = scene.verb_group(v);
        if let Some(case) = frame.case.filter(|&case| case == cue.end) {
            cue.end = case + 1;
        }
        if cue.end < parsed.text.tokens().len() && parsed.form(cue.end) == ":" {
            cue.end += 1;
        }
        let source_head = if frame.passive { frame.agent } else { subject };
        if frame.passive
            && let Some(by) = frame.agent.and_then(|agent| parsed.children(agent).find(|&c| c == cue.end))
        {
            cue.end = by + 1;
        }
        let source = source_head.and_then(|head| scene.source(head, v, &cue));
        let content = scene.content(&frame, v, &cue, source.as_ref(), subject);
        Some(Ascription { source, cue, content })
    }

    /// "His claim that …", "their criticism of …".
    fn noun(&self, scene: &Scene<'_, '_>, n: TokenId) -> Option<Ascription> {
        let parsed = scene.parsed;
        if parsed.upos(n) != Upos::Noun {
            return None;
        }
        let frames = self.nouns.get(parsed.lemma(n))?;
        let behind =
            |c: &TokenId| *c > n && matches!(parsed.deprel(*c), Deprel::Acl | Deprel::Ccomp | Deprel::Nmod);
        let child = parsed.children(n).find(behind)?;
        let mut cue = n..n + 1;
        let mut content = parsed.subtree(child);
        if parsed.deprel(child) == Deprel::Nmod {
            let case = parsed.children(child).find(|&c| parsed.deprel(c) == Deprel::Case && c == cue.end)?;
            if !frames.contains(&format!("+{}", parsed.lower(case))) {
                return None;
            }
            cue.end = case + 1;
            content.start = content.start.max(cue.end);
        } else {
            let first = parsed.lower(content.start);
            let frame = if first == "to" { "infinitive" } else { "clause" };
            if !frames.contains(frame) {
                return None;
            }
        }
        let owner = parsed.children_by(n, Deprel::NmodPoss).next();
        let source = owner.and_then(|owner| {
            let mut tokens = parsed.subtree(owner);
            while tokens.len() > 1 && parsed.deprel(tokens.end - 1) == Deprel::Case {
                tokens.end -= 1;
            }
            scene.trim(tokens)
        });
        Some(Ascription { source, cue, content: scene.trim(content).into_iter().collect() })
    }
}

/// The surroundings of a verb.
struct Frame {
    name: String,
    passive: bool,
    /// The complement that names the frame.
    complement: Option<TokenId>,
    /// The preposition of a frame with one.
    case: Option<TokenId>,
    /// "By X".
    agent: Option<TokenId>,
}

impl Frame {
    fn alone(&self) -> String {
        if self.passive { "passive-alone".into() } else { "alone".into() }
    }
}

/// One document with what is quoted in it.
struct Scene<'s, 'a> {
    parsed: &'s Parsed<'a>,
    quotes: &'s [Quote],
    /// For every quotation its tokens with its marks, which may be two tokens each (''so'').
    marked: Vec<Range<TokenId>>,
    /// Tokens inside longer quotations.
    quoted: Vec<bool>,
}

impl<'s, 'a> Scene<'s, 'a> {
    fn new(parsed: &'s Parsed<'a>, quotes: &'s [Quote]) -> Self {
        /// "Called it “a very dark day”": cues may stand around shorter ones, never inside longer.
        const FRAGMENT: usize = 4;
        let mut quoted = vec![false; parsed.text.tokens().len()];
        for quote in quotes.iter().filter(|q| q.tokens.len() > FRAGMENT) {
            quoted[quote.tokens.clone()].fill(true);
        }
        let marked = quotes.iter().map(|quote| with_marks(parsed, quote)).collect();
        Scene { parsed, quotes, marked, quoted }
    }

    fn child(&self, of: TokenId, deprel: Deprel) -> Option<TokenId> {
        self.parsed.children(of).find(|&c| self.parsed.deprel(c) == deprel)
    }

    fn frame(&self, v: TokenId) -> Frame {
        let parsed = self.parsed;
        let agent = self.child(v, Deprel::OblAgent);
        let passive = self.child(v, Deprel::AuxPass).or(self.child(v, Deprel::NsubjPass)).is_some();
        let mut case = None;
        let complement;
        let name = if let Some(clause) = self.child(v, Deprel::Ccomp) {
            complement = Some(clause);
            "clause".to_owned()
        } else if parsed.deprel(v) == Deprel::Parataxis || self.child(v, Deprel::Parataxis).is_some() {
            complement = self.child(v, Deprel::Parataxis);
            "apart".to_owned()
        } else if let Some(open) = self.child(v, Deprel::Xcomp) {
            complement = Some(open);
            "infinitive".to_owned()
        } else if let Some(object) = self.child(v, Deprel::Obj) {
            complement = Some(object);
            "object".to_owned()
        } else {
            let oblique = parsed.children(v).find(|&c| c > v && parsed.deprel(c) == Deprel::Obl);
            case = oblique.and_then(|o| self.child(o, Deprel::Case));
            complement = oblique;
            case.map_or("alone".to_owned(), |case| format!("+{}", parsed.lower(case)))
        };
        let name = if passive { format!("passive-{name}") } else { name };
        Frame { name, passive, complement, case, agent }
    }

    /// The subject of a verb, or of the verb that it hangs on, or the noun that it describes.
    fn subject(&self, v: TokenId) -> Option<TokenId> {
        const DEPTH: usize = 3;
        let parsed = self.parsed;
        let mut verb = v;
        for _ in 0..DEPTH {
            let own = parsed.children(verb).find(|&c| parsed.deprel(c).is_a(Deprel::Nsubj));
            if own.is_some() {
                return own;
            }
            match parsed.deprel(verb) {
                Deprel::Conj | Deprel::Xcomp | Deprel::Advcl => verb = parsed.head(verb)?,
                Deprel::Acl => return parsed.head(verb),
                _ => return None,
            }
        }
        None
    }

    /// A verb with the auxiliaries and adverbs beside it.
    fn verb_group(&self, v: TokenId) -> Range<TokenId> {
        let parsed = self.parsed;
        let own = |t: TokenId| parsed.head(t) == Some(v) && !self.quoted[t];
        let mut group = v..v + 1;
        while group.start > 0
            && own(group.start - 1)
            && (matches!(parsed.deprel(group.start - 1), Deprel::Aux | Deprel::AuxPass)
                || parsed.deprel(group.start - 1) == Deprel::Advmod
                    && matches!(parsed.upos(group.start - 1), Upos::Adv | Upos::Part))
        {
            group.start -= 1;
        }
        let last = parsed.text.tokens().len();
        while group.end < last
            && own(group.end)
            && matches!(parsed.deprel(group.end), Deprel::CompoundPrt | Deprel::Advmod)
        {
            group.end += 1;
        }
        group
    }

    /// The noun phrase of a source, as far as it lies on its side of the cue.
    fn source(&self, head: TokenId, v: TokenId, cue: &Range<TokenId>) -> Option<Range<TokenId>> {
        let parsed = self.parsed;
        let mut tokens = parsed.subtree(head);
        if head < v {
            tokens.end = tokens.end.min(cue.start);
            // A noun that the verb describes: "a poll showing …".
            if parsed.head(v) == Some(head) && parsed.deprel(v).is_a(Deprel::Acl) {
                tokens.end = tokens.end.min(cue.start);
            }
        } else {
            tokens.start = tokens.start.max(cue.end);
            if let Some(quote) = tokens.clone().find(|&t| self.opens(t)) {
                tokens.end = quote;
            }
        }
        if head > v || parsed.deprel(head) == Deprel::OblAgent {
            while tokens.len() > 1 && parsed.deprel(tokens.start) == Deprel::Case {
                tokens.start += 1;
            }
        }
        let mut source = self.trim(tokens)?;
        // An apposition between commas keeps the second.
        if source.clone().any(|t| parsed.form(t) == ",")
            && source.end < parsed.text.tokens().len()
            && parsed.form(source.end) == ","
            && head < v
        {
            source.end += 1;
        }
        Some(source)
    }

    fn content(
        &self,
        frame: &Frame,
        v: TokenId,
        cue: &Range<TokenId>,
        source: Option<&Range<TokenId>>,
        subject: Option<TokenId>,
    ) -> Vec<Range<TokenId>> {
        let parsed = self.parsed;
        let sentence = parsed.sentence_tokens(v);
        let start =
            source.map_or(cue.start, |s| if s.end <= cue.start { s.start.min(cue.start) } else { cue.start });
        let end = source.map_or(cue.end, |s| s.end.max(cue.end));
        let whole = start..end;
        let inverted = source.is_some_and(|s| s.start >= cue.end);
        match frame.complement {
            Some(clause) if frame.name.ends_with("clause") && clause > v => {
                let mut tokens = parsed.subtree(clause);
                tokens.start = tokens.start.max(whole.end);
                // Where the verb is below its clause the clause surrounds it.
                if tokens.start >= tokens.end {
                    return self.around(&whole, &sentence, inverted);
                }
                let mut out: Vec<_> = self.trim(tokens).into_iter().collect();
                self.following_quote(&mut out, &sentence);
                out
            }
            Some(complement) if frame.case.is_some() => {
                let mut tokens = parsed.subtree(complement);
                tokens.start = tokens.start.max(cue.end);
                self.trim(tokens).into_iter().collect()
            }
            Some(complement) if frame.name.ends_with("infinitive") || frame.name.ends_with("object") => {
                let parts = parsed.children(v).filter(|&c| {
                    let manner = parsed.deprel(c) == Deprel::Obl
                        && self.child(c, Deprel::Case).is_some_and(|case| parsed.lower(case) == "as");
                    c > v
                        && (manner || matches!(parsed.deprel(c), Deprel::Obj | Deprel::Xcomp | Deprel::Iobj))
                });
                let spans = parts.map(|c| parsed.subtree(c));
                let joined = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
                let mut tokens = joined.unwrap_or(parsed.subtree(complement));
                tokens.start = tokens.start.max(cue.end);
                let object = self.trim(tokens);
                let theme = subject.filter(|_| frame.passive).and_then(|s| self.trim(parsed.subtree(s)));
                theme.into_iter().filter(|t| t.end <= cue.start).chain(object).collect()
            }
            _ => {
                let out = self.around(&whole, &sentence, inverted);
                if out.is_empty() && frame.passive {
                    let theme = subject.and_then(|s| self.trim(parsed.subtree(s)));
                    return theme.into_iter().filter(|t| t.end <= cue.start).collect();
                }
                out
            }
        }
    }

    /// What stands on both sides of a parenthesis ("…, he said, …"), with the quotations beside it.
    fn around(
        &self,
        whole: &Range<TokenId>,
        sentence: &Range<TokenId>,
        inverted: bool,
    ) -> Vec<Range<TokenId>> {
        let parsed = self.parsed;
        let mut out = Vec::new();
        let set_off = |t: TokenId| matches!(parsed.form(t), "," | "–" | "—" | "-" | "--") || self.closes(t);
        if whole.start > sentence.start && set_off(whole.start - 1) {
            let start = self.clause_start(sentence.start);
            out.extend(self.trim(start..whole.start));
        } else if whole.start == sentence.start
            && whole.start > 0
            && let Some(quote) = self.closed_by(whole.start - 1)
            && self.same_paragraph(whole.start - 1, whole.start)
        {
            out.push(self.marked[quote].clone());
        }
        // Past "on Tuesday" and "reporters" to the comma or colon.
        let mark = (whole.end..sentence.end).find(|&t| matches!(parsed.form(t), "," | ":") || self.opens(t));
        if let Some(mark) = mark.filter(|&mark| mark < whole.end + 10) {
            let opens = self.opens(mark) || mark + 1 < sentence.end && self.opens(mark + 1);
            // Behind "said X," stands who X is.
            let goes_on =
                if out.is_empty() { parsed.form(mark) == ":" } else { mark == whole.end && !inverted };
            if opens || goes_on {
                out.extend(self.trim(mark..sentence.end));
            }
        }
        self.following_quote(&mut out, sentence);
        out
    }

    /// A quotation that goes on behind the sentence of its tag.
    fn following_quote(&self, out: &mut Vec<Range<TokenId>>, sentence: &Range<TokenId>) {
        let spoken = out.iter().any(|span| self.opens(span.start));
        let next = self.quotes.partition_point(|q| q.tokens.start < sentence.end);
        if let Some(quote) = self.marked.get(next).filter(|marked| marked.start == sentence.end)
            && (spoken || out.is_empty())
            && self.same_paragraph(sentence.start, quote.start)
        {
            out.push(quote.clone());
        }
    }

    fn same_paragraph(&self, a: TokenId, b: TokenId) -> bool {
        let sentences = self.parsed.text.sentences();
        let paragraph = |t| sentences[self.parsed.text.sentence_of(t)].paragraph;
        paragraph(a) == paragraph(b)
    }

    /// Whether a token is a mark before a quotation.
    fn opens(&self, t: TokenId) -> bool {
        let at = self.quotes.partition_point(|q| q.tokens.start <= t);
        self.marked.get(at).is_some_and(|marked| marked.start <= t)
    }

    /// Whether a token is a mark behind a quotation.
    fn closes(&self, t: TokenId) -> bool {
        self.closed_by(t).is_some()
    }

    /// The quotation behind which a token is a mark.
    fn closed_by(&self, t: TokenId) -> Option<usize> {
        let at = self.quotes.partition_point(|q| q.tokens.end <= t).checked_sub(1)?;
        (t < self.marked[at].end).then_some(at)
    }

    /// Where the clause before a parenthesis starts: with the sentence, past its conjunction.
    fn clause_start(&self, start: TokenId) -> TokenId {
        // "However, …".
        if self.parsed.upos(start) == Upos::Adv && self.parsed.form(start + 1) == "," {
            return start + 2;
        }
        let conjunction = self.parsed.upos(start) == Upos::Cconj;
        if conjunction { start + 1 } else { start }
    }

    /// Whether a comma belongs to an apposition or relative clause of a noun.
    fn is_apposed(&self, comma: TokenId, noun: TokenId) -> bool {
        let parsed = self.parsed;
        parsed.head(comma).is_some_and(|h| {
            h == noun
                || matches!(parsed.deprel(h), Deprel::Appos | Deprel::AclRelcl)
                    && parsed.head(h) == Some(noun)
        })
    }

    /// "Poll: …": a label before a colon at the head of a line.
    fn label(&self, t: TokenId) -> Option<Ascription> {
        const LONGEST: usize = 5;
        let parsed = self.parsed;
        let sentence = parsed.sentence_tokens(t);
        if parsed.form(t) != ":"
            || t == sentence.start
            || t - sentence.start > LONGEST
            || t + 3 > sentence.end
        {
            return None;
        }
        let label = sentence.start..t;
        let nominal = label
            .clone()
            .all(|t| matches!(parsed.upos(t), Upos::Noun | Upos::Propn | Upos::Adj | Upos::Det | Upos::Adp));
        let capital = label.clone().any(|t| parsed.upos(t) == Upos::Propn);
        if !nominal || !capital {
            return None;
        }
        let content = self.trim(t + 1..sentence.end)?;
        Some(Ascription { source: Some(label), cue: t..t + 1, content: vec![content] })
    }

    /// Without marks at either end, but with the marks of quotations that lie inside or begin or end there.
    fn trim(&self, mut tokens: Range<TokenId>) -> Option<Range<TokenId>> {
        let parsed = self.parsed;
        let mark = |t: TokenId| {
            parsed.text.tokens()[t].kind == TokenKind::Mark
                && !matches!(parsed.form(t), "$" | "€" | "£" | "#" | "%" | "(" | ")" | "[" | "]")
        };
        while tokens.start < tokens.end && mark(tokens.start) && !self.opens(tokens.start) {
            tokens.start += 1;
        }
        while tokens.start < tokens.end && mark(tokens.end - 1) && !self.closes(tokens.end - 1) {
            tokens.end -= 1;
        }
        if tokens.is_empty() {
            return None;
        }
        while tokens.start > 0 && self.opens(tokens.start - 1) {
            tokens.start -= 1;
        }
        // What a quotation has before its closing mark goes with it, and so do its other sentences.
        let at = self.quotes.partition_point(|q| q.tokens.end < tokens.end);
        if let Some((quote, marked)) = self.quotes.get(at).zip(self.marked.get(at))
            && (tokens.start..tokens.end).contains(&marked.start)
            && (quote.tokens.start > tokens.start || marked.start == tokens.start)
            && (tokens.end..quote.tokens.end).all(mark)
        {
            tokens.end = marked.end;
        }
        let at = self.quotes.partition_point(|q| q.tokens.start <= tokens.start);
        if let Some(marked) = self.marked.get(at).filter(|marked| marked.start == tokens.start) {
            let within = self.parsed.sentence_tokens(tokens.end - 1).end;
            if marked.end > within {
                tokens.end = marked.end;
            }
        }
        if let Some(quote) = self.closed_by(tokens.end - 1) {
            tokens.end = self.marked[quote].end;
            tokens.start = tokens.start.min(self.marked[quote].start);
        }
        Some(tokens)
    }
}

fn with_marks(parsed: &Parsed<'_>, quote: &Quote) -> Range<TokenId> {
    let mut tokens = quote.tokens.clone();
    let open = Span::new(quote.mark.open, quote.mark.content.start());
    let marks = parsed.text.tokens_in(open);
    if !marks.is_empty() {
        tokens.start = marks.start.min(tokens.start);
    }
    if quote.mark.end == QuotationEnd::Closed {
        let last = parsed.text.tokens().len();
        tokens.end = (tokens.end + 1).min(last);
        if tokens.end < last && parsed.form(tokens.end) == "'" && parsed.form(tokens.end - 1) == "'" {
            tokens.end += 1;
        }
    }
    tokens
}
