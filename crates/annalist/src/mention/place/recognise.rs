//! Which words of the text are names of places, and how each stands to what is told.

use super::{Level, PlaceForm, PlaceRelation};
use crate::gazetteer::{Gazetteer, PlaceId, PlaceWord, name};
use crate::syntax::{Deprel, Parsed};
use crate::text::{TokenId, TokenKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// Longest name.
///
/// # Units
/// Tokens.
const NAME_TOKENS_MAX: usize = 6;

/// A name that may be a place, with the places that it may mean.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The name itself.
    pub core: Range<TokenId>,
    /// With its class words.
    pub tokens: Range<TokenId>,
    /// The proper name: the core with class words in capitals, or the place that a site is named after.
    pub proper: Range<TokenId>,
    /// How it is formed.
    pub form: PlaceForm,
    /// How the phrase stands to it.
    pub relation: PlaceRelation,
    /// The level that a class word gives.
    pub class: Option<Level>,
    /// What it may mean; empty when the gazetteer does not know it.
    pub candidates: Vec<PlaceId>,
    /// Whether the candidates have the name in another romanisation only.
    pub similar: bool,
    /// Whether it is a quarter of a town or a site in one ("Al-Waer neighbourhood", "Lenin Street").
    pub inside: bool,
}

/// All names of places, in order; none inside another.
pub(super) fn names(parsed: &Parsed<'_>, gazetteer: &Gazetteer) -> Vec<Named> {
    let surnames = surnames(parsed, gazetteer);
    let mut reader = Reader { parsed, gazetteer, surnames, taken: 0, shouted: false };
    let mut found: Vec<Named> = Vec::new();
    for sentence in parsed.text.sentences() {
        let sentence = sentence.tokens.clone();
        let shouted = reader.is_shouted(&sentence);
        reader.shouted = shouted;
        let mut at = sentence.start;
        while at < sentence.end {
            match reader.name_at(at, &sentence, shouted) {
                Some(mut named) => {
                    at = named.tokens.end.max(at + 1);
                    if matches!(named.relation, PlaceRelation::Bare | PlaceRelation::To) {
                        named.relation = reader.shared_relation(found.last(), &named);
                    }
                    // "The Sudzha–Kursk road" is near both.
                    let dash = |t: TokenId| matches!(parsed.form(t), "-" | "–" | "—");
                    if let Some(last) = found.last_mut()
                        && named.tokens.end > named.core.end
                        && reader.is_way(named.tokens.end - 1, &sentence)
                        && last.tokens.end + 1 == named.tokens.start
                        && dash(last.tokens.end)
                    {
                        last.relation = PlaceRelation::Near;
                    }
                    if reader.is_bound(named.tokens.end, &sentence) {
                        named.relation = PlaceRelation::To;
                    }
                    reader.taken = named.tokens.end;
                    found.push(named);
                }
                None => at += 1,
            }
        }
    }
    found
}

/// Names that are places for certain, each as it is given.
pub(super) fn marked(parsed: &Parsed<'_>, gazetteer: &Gazetteer, names: &[Range<TokenId>]) -> Vec<Named> {
    let reader = Reader { parsed, gazetteer, surnames: BTreeSet::new(), taken: 0, shouted: false };
    names.iter().map(|name| reader.given(name)).collect()
}

/// Reads names in one document.
pub(super) struct Reader<'a> {
    pub(super) parsed: &'a Parsed<'a>,
    pub(super) gazetteer: &'a Gazetteer,
    /// Folded last names of persons named in full or with a title.
    pub(super) surnames: BTreeSet<String>,
    /// End of the last name found: what one name has taken is no class word of the next.
    pub(super) taken: TokenId,
    /// Whether the sentence at hand is in capitals throughout.
    pub(super) shouted: bool,
}

/// The last names of persons who are named after a title or a given name anywhere in the document.
fn surnames(parsed: &Parsed<'_>, gazetteer: &Gazetteer) -> BTreeSet<String> {
    let words = gazetteer.words();
    let capital = |t: TokenId| {
        parsed.text.tokens()[t].kind == TokenKind::Word
            && parsed.form(t).chars().next().is_some_and(char::is_uppercase)
    };
    let mut found = BTreeSet::new();
    for sentence in parsed.text.sentences() {
        let tokens = sentence.tokens.clone();
        for t in tokens.clone() {
            let opens = capital(t)
                && (words.is(parsed.lower(t), PlaceWord::Title) || words.given(&name::fold(parsed.form(t))));
            if !opens {
                continue;
            }
            let end = (t + 1..tokens.end.min(t + 5))
                .find(|&n| !capital(n) || !words.of(parsed.lower(n)).is_empty())
                .unwrap_or(tokens.end.min(t + 5));
            if end > t + 1 {
                found.insert(name::fold(parsed.form(end - 1)));
            }
        }
    }
    // "Mike Trapani": the tree joins the parts of names that are no gazetteer's.
    for t in 1..parsed.syntax.len() {
        let joined = parsed.deprel(t) == Deprel::Flat && capital(t) && capital(t - 1);
        if joined && words.of(parsed.lower(t)).is_empty() && words.of(parsed.lower(t - 1)).is_empty() {
            let pair = parsed.text.span_of(t - 1..t + 1);
            if gazetteer.ids(&name::fold(pair.of(parsed.document.text()))).is_empty() {
                found.insert(name::fold(parsed.form(t)));
            }
        }
    }
    found
}

impl Reader<'_> {
    /// Whether a sentence is in capitals throughout, so that capitals tell nothing.
    fn is_shouted(&self, sentence: &Range<TokenId>) -> bool {
        let words = || sentence.clone().filter(|&t| self.parsed.text.tokens()[t].kind == TokenKind::Word);
        let shouted = words().filter(|&t| self.parsed.form(t).chars().all(|c| !c.is_lowercase())).count();
        words().count() >= 4 && shouted * 10 >= words().count() * 9
    }

    /// A word with a capital at its head, or behind an elided article or a hyphen ("d'Ivoire", "el-Oued").
    pub(super) fn is_capital(&self, token: TokenId) -> bool {
        let form = self.parsed.form(token);
        let mut parts = form.splitn(2, ['\'', '’', '-']);
        self.parsed.text.tokens()[token].kind == TokenKind::Word
            && (form.starts_with(char::is_uppercase)
                || parts.next().is_some_and(|p| p.len() <= 3)
                    && parts.next().is_some_and(|p| p.starts_with(char::is_uppercase)))
    }

    pub(super) fn is(&self, token: TokenId, kind: PlaceWord) -> bool {
        self.gazetteer.words().is(self.parsed.lower(token), kind)
    }

    pub(super) fn class(&self, token: TokenId) -> Option<Level> {
        self.gazetteer.words().class(self.parsed.lower(token))
    }

    pub(super) fn fold(&self, tokens: &Range<TokenId>) -> String {
        let span = self.parsed.text.span_of(tokens.clone());
        name::fold(span.of(self.parsed.document.text()))
    }

    fn name_at(&self, at: TokenId, sentence: &Range<TokenId>, shouted: bool) -> Option<Named> {
        if !self.is_capital(at) && !self.starts_with_particle(at, sentence) {
            return None;
        }
        if let Some(unit) = self.abbreviated(at, sentence) {
            return Some(unit);
        }
        let longest = self.run_end(at, sentence);
        if let Some(site) = self.site(at, sentence, shouted) {
            return Some(site);
        }
        for end in (at + 1..=longest).rev() {
            if !self.is_capital(end - 1) && self.parsed.text.tokens()[end - 1].kind != TokenKind::Number {
                continue;
            }
            if let Some(named) = self.known(at..end, sentence, shouted) {
                let whole = self.unknown(at, sentence, shouted).filter(|w| w.core.end > end);
                return Some(match whole {
                    Some(whole) if self.is_only_part(&named, &whole) => whole,
                    _ => self.with_direction(named, at, sentence),
                });
            }
        }
        self.unknown(at, sentence, shouted)
    }

    /// "Ind.", "W. Va.", "TX": the abbreviation of a unit, told by its full stop or by the comma and the name before.
    pub(super) fn abbreviated(&self, at: TokenId, sentence: &Range<TokenId>) -> Option<Named> {
        const TOKENS_MAX: usize = 4;
        const LETTERS_MAX: usize = 6;
        if self.parsed.form(at).len() > LETTERS_MAX {
            return None;
        }
        let follows = at >= sentence.start + 2 && self.parsed.form(at - 1) == "," && self.is_capital(at - 2);
        (at + 1..=sentence.end.min(at + TOKENS_MAX)).rev().find_map(|end| {
            let span = self.parsed.text.span_of(at..end);
            let words = span.of(self.parsed.document.text());
            let stopped = words.ends_with('.');
            let capitals = words.chars().all(|c| c.is_ascii_uppercase());
            // A full stop at the end of a sentence may be the sentence's own.
            let follows =
                follows && (!self.shouted || self.gazetteer.words().of(self.parsed.lower(at)).is_empty());
            let told = follows && (stopped || capitals) || stopped && (end < sentence.end || words.len() > 5);
            // "Lt. Col. Perez" is no place in Colima.
            let title =
                !follows && self.is(at, PlaceWord::Title) && end < sentence.end && self.is_capital(end);
            let told = told && !title;
            if !told || words.len() > LETTERS_MAX + 3 {
                return None;
            }
            let letters: String = words.chars().filter(char::is_ascii_alphabetic).collect();
            let candidates = self.gazetteer.abbreviation(&letters);
            (!candidates.is_empty()).then(|| Named {
                core: at..end,
                tokens: at..end,
                proper: at..end,
                form: self.form(&(at..end), sentence, PlaceRelation::Bare),
                relation: self.relation(at, sentence),
                class: Some(Level::Adm1),
                candidates,
                similar: false,
                inside: false,
            })
        })
    }

    /// "Dan" of "Dan-Gulbi" and "Gidan" of "Gidan Bisa" are no places by themselves.
    fn is_only_part(&self, named: &Named, whole: &Named) -> bool {
        const KNOWN_MIN: u64 = 100_000;
        let hyphen = self.parsed.form(named.core.end) == "-";
        let known = named
            .candidates
            .iter()
            .any(|&id| self.gazetteer.level(id) >= Level::Adm2 || self.gazetteer.population(id) >= KNOWN_MIN);
        let rest = whole.core.start.max(named.core.end)..whole.core.end;
        let rest_known = !hyphen && !rest.is_empty() && !self.gazetteer.ids(&self.fold(&rest)).is_empty();
        named.class.is_none() && (hyphen || named.similar || !known && !rest_known)
    }

    /// "Lenin Street", "School No. 12", "Al-Shifa hospital": capitals with a word for a site in or behind them.
    fn site(&self, at: TokenId, sentence: &Range<TokenId>, shouted: bool) -> Option<Named> {
        const SITE_TOKENS_MAX: usize = 6;
        // "A school" at the head of a sentence has no name.
        let article = matches!(self.parsed.lower(at), "a" | "an" | "the");
        if shouted
            || article
            || !self.gazetteer.words().of(self.parsed.lower(at)).iter().all(|w| {
                matches!(w, PlaceWord::Site | PlaceWord::Road | PlaceWord::Filler | PlaceWord::Direction)
            })
        {
            return None;
        }
        let limit = sentence.end.min(at + SITE_TOKENS_MAX);
        let mut t = at;
        let mut end = at;
        while t < limit {
            let link = self.parsed.form(t) == "-"
                || self.starts_with_particle(t, sentence)
                || self.is_glued(t, sentence);
            let site = self.gazetteer.words().is_site(self.parsed.lower(t)) && !self.is_way(t, sentence);
            if site && t > at {
                end = t + 1;
            }
            if !(self.is_capital(t) || link) {
                break;
            }
            t += 1;
        }
        let numbered = |n: TokenId| {
            n + 1 < sentence.end
                && matches!(self.parsed.lower(n), "no" | "no." | "№" | "number")
                && self.parsed.text.tokens()[n + 1].kind == TokenKind::Number
        };
        let number_at = if end > at { end } else { at + 1 };
        if (end > at || self.is(at, PlaceWord::Site)) && numbered(number_at) {
            end = number_at + 2;
        }
        // "Highway 19", "County Road 35".
        let road = |t: TokenId| self.is(t, PlaceWord::Road) && self.is_capital(t);
        let counted = (at + 1).max(end);
        if road(counted - 1)
            && counted < sentence.end
            && self.parsed.text.tokens()[counted].kind == TokenKind::Number
        {
            end = counted + 1;
        }
        if end == at {
            return None;
        }
        // "Kherson hospital" names Kherson's, not one called Kherson: a known place stays the place.
        let core = at..end;
        let joined =
            |e: TokenId| self.parsed.form(e) == "-" || e < end && self.starts_with_particle(e, sentence);
        let head = (at + 1..end).rev().find(|&e| {
            self.is_capital(e - 1) && !joined(e) && !self.gazetteer.ids(&self.fold(&(at..e))).is_empty()
        });
        let host = head.map(|e| at..e).filter(|h| {
            let folded = self.fold(h);
            !self.gazetteer.words().stopped(&folded)
                && !self.gazetteer.words().is_site(self.parsed.lower(h.start))
                && !(h.end..end).any(|t| self.is(t, PlaceWord::Road))
        });
        let candidates = host
            .clone()
            .map(|h| self.gazetteer.ids(&self.fold(&h)))
            .unwrap_or_default()
            .into_iter()
            .filter(|&id| {
                self.gazetteer.level(id) == Level::Settlement && self.gazetteer.population(id) >= 5_000
            })
            .collect();
        let relation = self.relation(at, sentence);
        Some(Named {
            tokens: core.clone(),
            proper: host.unwrap_or(core.clone()),
            core,
            form: PlaceForm::Name,
            relation,
            class: Some(Level::Site),
            candidates,
            similar: false,
            inside: true,
        })
    }

    /// "al-Bab", "el-Obeid": a small word that opens a name.
    fn starts_with_particle(&self, at: TokenId, sentence: &Range<TokenId>) -> bool {
        let opens = matches!(
            self.parsed.lower(at),
            "al" | "el"
                | "as"
                | "ash"
                | "ar"
                | "an"
                | "ad"
                | "az"
                | "deir"
                | "umm"
                | "ez"
                | "et"
                | "es"
                | "er"
                | "ed"
        );
        opens && at + 2 < sentence.end && self.parsed.form(at + 1) == "-" && self.is_capital(at + 2)
    }

    /// "A Kursk-bound train" only goes there.
    fn is_bound(&self, end: TokenId, sentence: &Range<TokenId>) -> bool {
        end + 1 < sentence.end && self.parsed.form(end) == "-" && self.parsed.lower(end + 1) == "bound"
    }

    /// "Na" of "Slavyansk-na-Kubani": hyphens join it to capitals on both sides.
    fn is_glued(&self, at: TokenId, sentence: &Range<TokenId>) -> bool {
        let tokens = self.parsed.text.tokens();
        let touch = |t: TokenId| tokens[t].span.end() == tokens[t + 1].span.start();
        at >= sentence.start + 2
            && at + 2 < sentence.end
            && self.parsed.form(at - 1) == "-"
            && self.parsed.form(at + 1) == "-"
            && self.is_capital(at - 2)
            && self.is_capital(at + 2)
            && (at - 2..at + 2).all(touch)
    }

    /// The end of the longest run of capitals, hyphens and small linking words that starts here.
    fn run_end(&self, at: TokenId, sentence: &Range<TokenId>) -> TokenId {
        let limit = (at + NAME_TOKENS_MAX).min(sentence.end);
        let mut end = at + 1;
        let mut t = at + 1;
        while t < limit {
            let links = matches!(
                self.parsed.lower(t),
                "-" | "of"
                    | "the"
                    | "de"
                    | "del"
                    | "la"
                    | "le"
                    | "el"
                    | "al"
                    | "and"
                    | "sur"
                    | "da"
                    | "do"
                    | "'s"
                    | "i"
                    | "."
            );
            let inner = self.starts_with_particle(t, sentence) || self.is_glued(t, sentence);
            if self.is_capital(t) || self.parsed.text.tokens()[t].kind == TokenKind::Number {
                end = t + 1;
            } else if !links && !inner {
                break;
            }
            t += 1;
        }
        end
    }

    /// A name that the gazetteer knows.
    fn known(&self, core: Range<TokenId>, sentence: &Range<TokenId>, shouted: bool) -> Option<Named> {
        let folded = self.fold(&core);
        if folded.len() < 2 {
            return None;
        }
        let single = core.len() == 1;
        let mut candidates = self.candidates(&folded);
        let (mut class, mut tokens, small) = self.with_class(&core, sentence);
        // "The United States Department" is no department of that name.
        if candidates.iter().any(|&id| self.gazetteer.level(id) == Level::Country) {
            (class, tokens) = (None, core.clone());
        }
        let relation = self.relation(tokens.start, sentence);
        if self.continues(&core, sentence) && class.is_none() {
            return None;
        }
        if single && self.is(core.start, PlaceWord::Calendar) && class.is_none() {
            return None;
        }
        let adjectives =
            if single { self.gazetteer.adjective(self.parsed.form(core.start)) } else { Vec::new() };
        // "Canadian" is Canada's, whatever town has that name.
        if !adjectives.is_empty() && class.is_none() {
            candidates.retain(|&id| {
                self.gazetteer.level(id) >= Level::Adm1 || self.gazetteer.population(id) >= 500_000
            });
        }
        if candidates.is_empty() {
            candidates = self.inflected(&folded, class, relation);
        }
        if candidates.is_empty() {
            if adjectives.is_empty() {
                let draft = Named {
                    proper: self.proper(&core, &tokens),
                    core,
                    tokens,
                    form: PlaceForm::Name,
                    relation,
                    class,
                    candidates,
                    similar: false,
                    inside: false,
                };
                return self.in_other_spelling(draft, small, sentence);
            }
            // "Borisovsky District" is a unit, "Ukrainian forces" is not.
            let units: Vec<PlaceId> = match class {
                Some(level) => {
                    adjectives.iter().copied().filter(|&id| self.gazetteer.level(id) == level).collect()
                }
                None => Vec::new(),
            };
            let form = if units.is_empty() { PlaceForm::Adjective } else { PlaceForm::Name };
            let candidates = if units.is_empty() { adjectives } else { units };
            return Some(Named {
                proper: self.proper(&core, &tokens),
                core,
                tokens,
                form,
                relation,
                class,
                candidates,
                similar: false,
                inside: false,
            });
        }
        if !self.is_plausible(&core, &folded, sentence, class, relation, shouted) {
            return None;
        }
        if let Some(level) = class {
            let fitting: Vec<PlaceId> =
                candidates.iter().copied().filter(|&id| self.fits(id, level, small)).collect();
            // "The London District Catholic School Board" is London's, there is no London District.
            let behind = tokens.end > core.end && self.is_capital(tokens.end - 1);
            let in_body = behind
                && (self.names_body(tokens.end, sentence)
                    || self.is(tokens.end - 1, PlaceWord::Organisation))
                && self.gazetteer.ids(&self.fold(&(core.start..tokens.end))).is_empty();
            if in_body && (fitting.is_empty() || level != Level::Adm1) {
                (class, tokens) = (None, core.clone());
            }
        }
        if class == Some(Level::Adm2) && self.is_of_city(&tokens, &candidates, sentence) {
            return Some(Named {
                proper: self.proper(&core, &tokens),
                core,
                tokens,
                form: PlaceForm::Name,
                relation,
                class: Some(Level::Settlement),
                candidates: Vec::new(),
                similar: false,
                inside: true,
            });
        }
        if let Some(level) = class {
            let fitting: Vec<PlaceId> =
                candidates.iter().copied().filter(|&id| self.fits(id, level, small)).collect();
            if fitting.is_empty() && self.named_nature(&core, &tokens) {
                candidates.clear();
            } else if fitting.is_empty() && level >= Level::Adm2 {
                candidates.retain(|&id| self.gazetteer.level(id) == Level::Settlement);
            } else {
                candidates = fitting;
            }
        }
        let form = self.form(&tokens, sentence, relation);
        let proper = self.proper(&core, &tokens);
        let (tokens, relation) = self.with_way(tokens, relation, sentence);
        Some(Named { core, tokens, proper, form, relation, class, candidates, similar: false, inside: false })
    }

    /// A name that is known to be a place's.
    fn given(&self, tokens: &Range<TokenId>) -> Named {
        let sentence = self.parsed.sentence_tokens(tokens.start);
        let text = self.parsed.text.span_of(tokens.clone()).of(self.parsed.document.text());
        let relation = self.relation(tokens.start, &sentence);
        let mut named = Named {
            core: tokens.clone(),
            tokens: tokens.clone(),
            proper: tokens.clone(),
            form: PlaceForm::Name,
            relation,
            class: None,
            candidates: Vec::new(),
            similar: false,
            inside: false,
        };
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        if text.ends_with('.') || letters.len() == 2 && letters.chars().all(|c| c.is_uppercase()) {
            named.candidates = self.gazetteer.abbreviation(&letters);
            if !named.candidates.is_empty() {
                named.class = Some(Level::Adm1);
                return named;
            }
        }
        // The whole name, else the name without a class word at its end or its head.
        let class_at = |t: TokenId| self.class(t).filter(|_| tokens.len() > 1);
        let (last, first) = (tokens.end - 1, tokens.start);
        let tries =
            [(tokens.clone(), None), (first..last, class_at(last)), (first + 1..tokens.end, class_at(first))];
        for (core, class) in tries {
            if core.is_empty() || core.len() < tokens.len() && class.is_none() {
                continue;
            }
            let mut candidates = self.candidates(&self.fold(&core));
            if core.len() == 1 && candidates.is_empty() {
                candidates = self.gazetteer.adjective(self.parsed.form(core.start));
                named.form = if candidates.is_empty() { PlaceForm::Name } else { PlaceForm::Adjective };
            }
            if let Some(level) = class {
                candidates.retain(|&id| self.fits(id, level, false));
            }
            if !candidates.is_empty() {
                (named.class, named.candidates, named.core) = (class, candidates, core);
                if named.class.is_none() {
                    let (class, tokens, small) = self.with_class(&named.core, &sentence);
                    if let Some(level) = class {
                        let fits = |&id: &PlaceId| self.fits(id, level, small);
                        if named.candidates.iter().any(fits) {
                            named.candidates.retain(fits);
                            (named.class, named.tokens) = (Some(level), tokens);
                        }
                    }
                }
                return named;
            }
        }
        let folded = self.fold(tokens);
        named.candidates = if folded.len() < 5 { Vec::new() } else { self.gazetteer.similar(&folded) };
        named.similar = !named.candidates.is_empty();
        named
    }

    /// The places of a name; next to a country or a large unit its small namesakes are left out.
    fn candidates(&self, folded: &str) -> Vec<PlaceId> {
        const LARGE_UNIT: u64 = 1_000_000;
        let mut found = self.gazetteer.ids(folded);
        let has = |wanted: &dyn Fn(PlaceId) -> bool| found.iter().any(|&id| wanted(id));
        let country = has(&|id| self.gazetteer.level(id) == Level::Country);
        let unit =
            has(&|id| self.gazetteer.level(id) == Level::Adm1 && self.gazetteer.population(id) >= LARGE_UNIT);
        let least = match (country, unit) {
            (true, _) => 300_000,
            (_, true) => 10_000,
            _ => 0,
        };
        found.retain(|&id| {
            self.gazetteer.level(id) != Level::Settlement || self.gazetteer.population(id) >= least
        });
        found
    }

    /// The places of a Cyrillic name that stands in an oblique case.
    fn inflected(&self, folded: &str, class: Option<Level>, relation: PlaceRelation) -> Vec<PlaceId> {
        const HEARD_MIN: u64 = 50_000;
        let mut found: Vec<PlaceId> = Vec::new();
        for base in name::nominatives(folded) {
            found.extend(self.gazetteer.ids(&base));
        }
        found.sort_unstable();
        found.dedup();
        if class.is_none() && relation == PlaceRelation::Bare {
            found.retain(|&id| self.gazetteer.population(id) >= HEARD_MIN);
        }
        found
    }

    /// "Al" of "Al-Mushrifah": glued to a capital by a hyphen and not known by itself.
    fn continues(&self, core: &Range<TokenId>, sentence: &Range<TokenId>) -> bool {
        const KNOWN_MIN: u64 = 20_000;
        let tokens = self.parsed.text.tokens();
        let glued = core.end + 1 < sentence.end
            && self.parsed.form(core.end) == "-"
            && tokens[core.end].span.start() == tokens[core.end - 1].span.end()
            && tokens[core.end + 1].span.start() == tokens[core.end].span.end()
            && self.is_capital(core.end + 1);
        glued
            && (core.len() == 1 && self.parsed.form(core.start).len() <= 3
                || !self.gazetteer.ids(&self.fold(core)).iter().any(|&id| {
                    self.gazetteer.level(id) >= Level::Adm2 || self.gazetteer.population(id) >= KNOWN_MIN
                }))
    }

    fn fits(&self, id: PlaceId, class: Level, small: bool) -> bool {
        /// No village has so many inhabitants.
        const VILLAGE_MAX: u64 = 30_000;
        let level = self.gazetteer.level(id);
        if small && self.gazetteer.population(id) > VILLAGE_MAX {
            return false;
        }
        // "Region" and "district" are used loosely for first- and second-level units.
        level == class || (class >= Level::Adm2 && level >= Level::Adm2 && level <= Level::Region)
    }

    /// A name in another romanisation, only where the words beside it say that it is a place.
    fn in_other_spelling(&self, draft: Named, small: bool, sentence: &Range<TokenId>) -> Option<Named> {
        let core = draft.core.clone();
        // Words that are no names have the consonants of some town, too; "Krasny District" is a name and a class word.
        if self.shouted
            || core.clone().all(|t| self.is_generic(t))
            || core.len() > 1 && self.class(core.end - 1).is_some()
            || self.names_body(draft.tokens.end, sentence)
        {
            return None;
        }
        // A line of its own ("2) Golaya Pristan.") is a heading.
        let alone = draft.class.is_none()
            && sentence
                .clone()
                .all(|t| core.contains(&t) || self.parsed.text.tokens()[t].kind != TokenKind::Word);
        let signed = alone
            || draft.class.is_some()
            || matches!(draft.relation, PlaceRelation::At | PlaceRelation::Near);
        let all_capital = core.clone().all(|t| self.is_capital(t) || self.parsed.form(t) == "-");
        let folded = self.fold(&core);
        if !signed || !all_capital || folded.len() < 5 {
            return None;
        }
        let mut candidates = self.gazetteer.similar(&folded);
        if let Some(level) = draft.class {
            candidates.retain(|&id| self.fits(id, level, small));
        }
        (!candidates.is_empty()).then_some(Named { candidates, similar: true, ..draft })
    }

    /// A capitalised name that no gazetteer knows, where the words beside it say that it is a place.
    fn unknown(&self, at: TokenId, sentence: &Range<TokenId>, shouted: bool) -> Option<Named> {
        // "B. Sumy Oblast": a letter that counts, or an initial.
        let letter = self.parsed.form(at).chars().filter(|c| c.is_alphabetic()).count() < 2;
        if shouted || letter {
            return None;
        }
        // "Deir al-Gharbi" and "Rodnik-na-Donu" have more tokens than "Rodnik" but are one name.
        let inner = |t: TokenId| self.starts_with_particle(t, sentence) || self.is_glued(t, sentence);
        let mut end = at;
        let mut limit = at + 3;
        while end < sentence.end && end < limit {
            if inner(end) {
                limit = limit.max(end + 3);
            } else if !self.is_capital(end) && self.parsed.form(end) != "-" {
                break;
            }
            if self.class(end).is_some() && end > at {
                break;
            }
            let hyphened = end + 1 < sentence.end && self.parsed.form(end + 1) == "-"
                || end > at && self.parsed.form(end - 1) == "-";
            if self.is_capital(end) && !hyphened && self.rules_out(end) {
                break;
            }
            end += 1;
        }
        while end > at && self.parsed.form(end - 1) == "-" {
            end -= 1;
        }
        if end == at {
            return None;
        }
        let core = at..end;
        let (mut class, mut tokens, _) = self.with_class(&core, sentence);
        let quarter = end < sentence.end && self.is(end, PlaceWord::Quarter);
        if quarter {
            class = Some(Level::Settlement);
            tokens.end = end + 1;
        }
        let quarter = quarter || class == Some(Level::Adm2) && self.is_of_city(&tokens, &[], sentence);
        if quarter {
            class = Some(Level::Settlement);
        }
        let relation = self.relation(tokens.start, sentence);
        let way = class.is_none() && self.is_way(tokens.end, sentence);
        let (tokens, relation) = self.with_way(tokens, relation, sentence);
        let located = matches!(relation, PlaceRelation::At | PlaceRelation::Near);
        let followed = end < sentence.end && (self.is_capital(end) || self.parsed.form(end) == "'s");
        let person = self.in_person_name(&core, sentence, located);
        // "An SUV" is no village, "the Kas road" leads to one.
        let of = at > sentence.start && matches!(self.parsed.lower(at - 1), "of" | "on" | "a" | "an") && !way;
        let word = self.parsed.form(at);
        let acronym = word.chars().all(|c| !c.is_lowercase());
        let generic = core.clone().all(|t| self.is_generic(t));
        let thing = end < sentence.end && self.is(end, PlaceWord::Thing);
        let body =
            tokens.end > core.end && self.is_capital(tokens.end - 1) && self.names_body(tokens.end, sentence)
                || core.end < sentence.end && self.names_body(core.end, sentence);
        let accepted = match class {
            _ if generic || thing || body => false,
            Some(_) => !person,
            None => located && !of && !followed && !person && !acronym && word.len() > 3,
        };
        accepted.then_some(Named {
            proper: self.proper(&core, &tokens),
            core,
            tokens,
            form: PlaceForm::Name,
            relation,
            class,
            candidates: Vec::new(),
            similar: false,
            inside: quarter,
        })
    }

    fn rules_out(&self, token: TokenId) -> bool {
        let kinds = self.gazetteer.words().of(self.parsed.lower(token));
        kinds.iter().any(|k| {
            matches!(
                k,
                PlaceWord::Calendar
                    | PlaceWord::Organisation
                    | PlaceWord::Title
                    | PlaceWord::Office
                    | PlaceWord::Site
                    | PlaceWord::Road
            )
        }) || self.gazetteer.words().stopped(&name::fold(self.parsed.form(token)))
    }
}
