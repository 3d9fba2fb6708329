//! Which words of the text are names of places, and how each stands to what is told.

use super::{Level, PlaceForm, PlaceRelation};
use crate::gazetteer::{Gazetteer, PlaceId, PlaceWord, name};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::text::{TokenId, TokenKind};
use std::collections::BTreeSet;
use std::ops::Range;

/// Longest name.
///
/// # Units
/// Tokens.
const NAME_TOKENS_MAX: usize = 6;

/// Tokens looked at on either side of a name.
const REACH: usize = 6;

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

struct Reader<'a> {
    parsed: &'a Parsed<'a>,
    gazetteer: &'a Gazetteer,
    /// Folded last names of persons named in full or with a title.
    surnames: BTreeSet<String>,
    /// End of the last name found: what one name has taken is no class word of the next.
    taken: TokenId,
    /// Whether the sentence at hand is in capitals throughout.
    shouted: bool,
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
    fn is_capital(&self, token: TokenId) -> bool {
        let form = self.parsed.form(token);
        let mut parts = form.splitn(2, ['\'', '’', '-']);
        self.parsed.text.tokens()[token].kind == TokenKind::Word
            && (form.starts_with(char::is_uppercase)
                || parts.next().is_some_and(|p| p.len() <= 3)
                    && parts.next().is_some_and(|p| p.starts_with(char::is_uppercase)))
    }

    fn is(&self, token: TokenId, kind: PlaceWord) -> bool {
        self.gazetteer.words().is(self.parsed.lower(token), kind)
    }

    fn class(&self, token: TokenId) -> Option<Level> {
        self.gazetteer.words().class(self.parsed.lower(token))
    }

    fn fold(&self, tokens: &Range<TokenId>) -> String {
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
    fn abbreviated(&self, at: TokenId, sentence: &Range<TokenId>) -> Option<Named> {
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
            let follows = follows && (!self.shouted || self.gazetteer.words().of(self.parsed.lower(at)).is_empty());
            let told = follows && (stopped || capitals) || stopped && (end < sentence.end || words.len() > 5);
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
        if shouted
            || !self
                .gazetteer
                .words()
                .of(self.parsed.lower(at))
                .iter()
                .all(|w| matches!(w, PlaceWord::Site | PlaceWord::Road | PlaceWord::Filler | PlaceWord::Direction))
        {
            return None;
        }
        let limit = sentence.end.min(at + SITE_TOKENS_MAX);
        let mut t = at;
        let mut end = at;
        while t < limit {
            let link = self.parsed.form(t) == "-" || (t == at && self.starts_with_particle(t, sentence));
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
        if road(counted - 1) && counted < sentence.end && self.parsed.text.tokens()[counted].kind == TokenKind::Number
        {
            end = counted + 1;
        }
        if end == at {
            return None;
        }
        // "Kherson hospital" names Kherson's, not one called Kherson: a known place stays the place.
        let core = at..end;
        let head = (at + 1..end)
            .rev()
            .find(|&e| self.is_capital(e - 1) && !self.gazetteer.ids(&self.fold(&(at..e))).is_empty());
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

    /// "al-Bab", "el Fasher": a small word that opens a name.
    fn starts_with_particle(&self, at: TokenId, sentence: &Range<TokenId>) -> bool {
        matches!(
            self.parsed.lower(at),
            "al" | "el" | "as" | "ash" | "ar" | "an" | "ad" | "az" | "deir" | "umm"
        ) && at + 2 < sentence.end
            && self.parsed.form(at + 1) == "-"
            && self.is_capital(at + 2)
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
            if self.is_capital(t) || self.parsed.text.tokens()[t].kind == TokenKind::Number {
                end = t + 1;
            } else if !links {
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
            candidates.retain(|&id| self.gazetteer.level(id) >= Level::Adm1 || self.gazetteer.population(id) >= 500_000);
        }
        if candidates.is_empty() {
            candidates = self.inflected(&folded, class, relation);
        }
        if candidates.is_empty() {
            if adjectives.is_empty() {
                return self.in_other_spelling(&folded, &core, &tokens, class, small, relation, sentence);
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
                && (self.names_body(tokens.end, sentence) || self.is(tokens.end - 1, PlaceWord::Organisation))
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

    /// "Western Kasai", "Northern Europe": the direction in capitals belongs to the name behind it.
    fn with_direction(&self, named: Named, at: TokenId, sentence: &Range<TokenId>) -> Named {
        let large = named.candidates.iter().any(|&id| self.gazetteer.level(id) >= Level::Adm1);
        let before = named.proper.start;
        if !large || before <= sentence.start.max(self.taken) || at != before || !self.is_capital(before - 1) {
            return named;
        }
        let opens = before - 1 == sentence.start;
        if opens || !self.is(before - 1, PlaceWord::Direction) || named.form != PlaceForm::Name {
            return named;
        }
        Named { proper: before - 1..named.proper.end, tokens: named.tokens.start.min(before - 1)..named.tokens.end, ..named }
    }

    /// The core with class words in capitals behind it ("Kherson Oblast", not "Kherson region"), or such of nature
    /// before it ("Lake Chad").
    fn proper(&self, core: &Range<TokenId>, tokens: &Range<TokenId>) -> Range<TokenId> {
        let capitals = (core.end..tokens.end).all(|t| self.is_capital(t));
        let before = tokens.start + 1 == core.start
            && self.is_capital(tokens.start)
            && self.class(tokens.start) == Some(Level::Region);
        let start = if before { tokens.start } else { core.start };
        start..if capitals { tokens.end.max(core.end) } else { core.end }
    }

    /// "The Karima district of El Obeid", "Mosul's Zuhur district": a district of a city is a quarter, unless the
    /// province around the city has a place of that name.
    fn is_of_city(&self, tokens: &Range<TokenId>, own: &[PlaceId], sentence: &Range<TokenId>) -> bool {
        const CITY_MIN: u64 = 50_000;
        let city = |name: Range<TokenId>| {
            self.gazetteer.ids(&self.fold(&name)).iter().any(|&id| {
                self.gazetteer.level(id) == Level::Settlement
                    && self.gazetteer.population(id) >= CITY_MIN
                    && !own.iter().any(|&o| self.gazetteer.adm1(o) == self.gazetteer.adm1(id))
            })
        };
        let start = tokens.end + 1;
        if start < sentence.end && self.parsed.lower(tokens.end) == "of" && self.is_capital(start) {
            let end = (start + 1..sentence.end.min(start + 3)).find(|&t| !self.is_capital(t)).unwrap_or(start + 1);
            let unit = end < sentence.end && self.class(end).is_some_and(|level| level >= Level::Adm2);
            let unit = unit || self.class(end - 1).is_some_and(|level| level >= Level::Adm2);
            return !unit && city(start..end);
        }
        let owner = tokens.start;
        owner > sentence.start + 1
            && matches!(self.parsed.form(owner - 1), "'s" | "’s")
            && self.is_capital(owner - 2)
            && city(owner - 2..owner - 1)
    }

    /// Whether the class word of a name is one of nature.
    fn named_nature(&self, core: &Range<TokenId>, tokens: &Range<TokenId>) -> bool {
        let class = if tokens.end > core.end { tokens.end - 1 } else { tokens.start };
        self.is(class, PlaceWord::Nature)
    }

    /// Whether the capitals that start here, with small words between, hold a word for a body, an office or a site
    /// ("Regional Council", "Department of Health", "Fire & Rescue").
    fn names_body(&self, at: TokenId, sentence: &Range<TokenId>) -> bool {
        const BODY_TOKENS_MAX: usize = 6;
        let heads = |t: TokenId| {
            self.gazetteer.words().of(self.parsed.lower(t)).iter().any(|w| {
                matches!(w, PlaceWord::Office | PlaceWord::Organisation | PlaceWord::Site | PlaceWord::Road)
            })
        };
        let links = |t: TokenId| matches!(self.parsed.lower(t), "of" | "and" | "for" | "the" | "&" | "-" | "'s" | "’s");
        // Where all is in capitals only the next word can tell.
        let reach = if self.shouted { 1 } else { BODY_TOKENS_MAX };
        at < sentence.end
            && self.is_capital(at)
            && (at..sentence.end.min(at + reach))
                .take_while(|&t| self.is_capital(t) || links(t))
                .any(|t| self.is_capital(t) && heads(t))
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
        let tries = [
            (tokens.clone(), None),
            (first..last, class_at(last)),
            (first + 1..tokens.end, class_at(first)),
        ];
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
    fn in_other_spelling(
        &self,
        folded: &str,
        core: &Range<TokenId>,
        tokens: &Range<TokenId>,
        class: Option<Level>,
        small: bool,
        relation: PlaceRelation,
        sentence: &Range<TokenId>,
    ) -> Option<Named> {
        // Words that are no names have the consonants of some town, too.
        if self.shouted || core.clone().all(|t| self.is_generic(t)) || self.names_body(tokens.end, sentence) {
            return None;
        }
        // A line of its own ("2) Golaya Pristan.") is a heading.
        let alone = class.is_none()
            && sentence.clone().all(|t| core.contains(&t) || self.parsed.text.tokens()[t].kind != TokenKind::Word);
        let signed = alone || class.is_some() || matches!(relation, PlaceRelation::At | PlaceRelation::Near);
        let all_capital = core.clone().all(|t| self.is_capital(t) || self.parsed.form(t) == "-");
        if !signed || !all_capital || folded.len() < 5 {
            return None;
        }
        let mut candidates = self.gazetteer.similar(folded);
        if let Some(level) = class {
            candidates.retain(|&id| self.fits(id, level, small));
        }
        (!candidates.is_empty()).then(|| Named {
            core: core.clone(),
            tokens: tokens.clone(),
            proper: self.proper(core, tokens),
            form: PlaceForm::Name,
            relation,
            class,
            candidates,
            similar: true,
            inside: false,
        })
    }

    /// Whether a known name is meant as a place here.
    fn is_plausible(
        &self,
        core: &Range<TokenId>,
        folded: &str,
        sentence: &Range<TokenId>,
        class: Option<Level>,
        relation: PlaceRelation,
        shouted: bool,
    ) -> bool {
        let words = self.gazetteer.words();
        if let Some(level) = class {
            // "The City Council district", "the First Department": common words need a unit of that very name.
            if core.len() == 1 && self.is(core.start, PlaceWord::Calendar) {
                return false;
            }
            let common =
                words.stopped(folded) || core.clone().all(|t| !words.of(self.parsed.lower(t)).is_empty());
            return !common || self.gazetteer.ids(folded).iter().any(|&id| self.gazetteer.level(id) == level);
        }
        let single = core.len() == 1;
        let generic = core.clone().all(|t| self.is_generic(t));
        if generic && (single || !self.names_large_place(folded)) {
            return false;
        }
        if core.clone().any(|t| self.is(t, PlaceWord::Calendar)) && core.clone().any(|t| self.is_number(t)) {
            return false;
        }
        if core.end < sentence.end && self.is(core.end, PlaceWord::Thing) {
            return false;
        }
        // "An SUV", but "a Kyiv court".
        let counted = core.start > sentence.start && matches!(self.parsed.lower(core.start - 1), "a" | "an");
        let qualifies = core.end < sentence.end
            && matches!(self.parsed.upos(core.end), Upos::Noun | Upos::Adj | Upos::Propn | Upos::X);
        if counted && !qualifies {
            return false;
        }
        if self.unit_follows(core.end, sentence) {
            return true;
        }
        let first = self.parsed.form(core.start);
        if core.clone().any(|t| self.parsed.lower(t) == "and") || folded.chars().all(|c| c.is_ascii_digit()) {
            return false;
        }
        let opens = core.start == sentence.start
            || matches!(
                self.parsed.form(core.start - 1),
                "\"" | "“" | "‘" | "«" | "—" | "–" | "-" | ":" | "●" | "•"
            );
        let located = matches!(
            relation,
            PlaceRelation::At | PlaceRelation::Near | PlaceRelation::From | PlaceRelation::To
        );
        let acronym = single && !shouted && first.len() >= 2 && first.chars().all(|c| !c.is_lowercase());
        let dateline = opens
            && core.end < sentence.end
            && matches!(self.parsed.form(core.end), "," | "(" | "–" | "—" | "-" | "--");
        let large = self.names_large_place(folded);
        if words.stopped(folded) && !(acronym && (large || dateline)) {
            // Common words are places only right behind a preposition: "in Mobile", not "in the House of".
            let placed = core.start > sentence.start
                && matches!(
                    self.parsed.lower(core.start - 1),
                    "in" | "at" | "near" | "from" | "to" | "outside" | "into" | "around" | "toward" | "towards"
                );
            let runs_on = core.end < sentence.end && self.is_capital(core.end);
            return placed && !runs_on && !shouted;
        }
        if shouted && !located && single && !self.names_large_place(folded) {
            return false;
        }
        if self.in_person_name(core, sentence, located) {
            return false;
        }
        let huge = self.names_place(folded, 1_000_000);
        if single && self.surnames.contains(folded) && !huge && !(located && large) {
            return false;
        }
        if single && !located && words.given(folded) && !huge {
            return false;
        }
        if single && !located && !huge && self.acts_like_person(core.start, sentence) {
            return false;
        }
        // Capitals throughout are mostly bodies.
        !acronym || dateline || large
    }

    /// "The Kas road" is near Kas.
    fn with_way(
        &self,
        tokens: Range<TokenId>,
        relation: PlaceRelation,
        sentence: &Range<TokenId>,
    ) -> (Range<TokenId>, PlaceRelation) {
        if self.is_way(tokens.end, sentence) {
            (tokens.start..tokens.end + 1, PlaceRelation::Near)
        } else {
            (tokens, relation)
        }
    }

    /// Whether a word in small letters names a road between places.
    fn is_way(&self, token: TokenId, sentence: &Range<TokenId>) -> bool {
        token < sentence.end && self.is(token, PlaceWord::Way) && !self.is_capital(token)
    }

    /// "Ripley said", "coach Ripley".
    fn acts_like_person(&self, token: TokenId, sentence: &Range<TokenId>) -> bool {
        let says = self
            .parsed
            .head(token)
            .is_some_and(|h| self.parsed.deprel(token) == Deprel::Nsubj && self.gazetteer.words().says(self.parsed.lemma(h)));
        let called = token > sentence.start
            && !self.is_capital(token - 1)
            && (self.is(token - 1, PlaceWord::Title) || self.is(token - 1, PlaceWord::Office))
            && self.parsed.upos(token - 1) == Upos::Noun;
        says || called
    }

    fn is_number(&self, token: TokenId) -> bool {
        self.parsed.text.tokens()[token].kind == TokenKind::Number
    }

    /// ", Texas", ", Ariz.": a comma and a unit or country behind say that the name before is a place.
    fn unit_follows(&self, end: TokenId, sentence: &Range<TokenId>) -> bool {
        if end + 1 >= sentence.end || self.parsed.form(end) != "," {
            return false;
        }
        let next = end + 1;
        if self.abbreviated(next, sentence).is_some() {
            return true;
        }
        (next + 1..=sentence.end.min(next + 3)).rev().any(|stop| {
            self.is_capital(next)
                && self.is_capital(stop - 1)
                && (stop == sentence.end || !self.is_capital(stop) && self.parsed.lower(stop) != "and")
                && self.gazetteer.ids(&self.fold(&(next..stop))).iter().any(|&id| {
                    self.gazetteer.level(id) >= Level::Adm1 && self.gazetteer.level(id) != Level::Region
                })
        })
    }

    fn names_large_place(&self, folded: &str) -> bool {
        const LARGE: u64 = 50_000;
        self.names_place(folded, LARGE)
    }

    /// Whether the name may mean a country or another place of that many inhabitants.
    fn names_place(&self, folded: &str, inhabitants: u64) -> bool {
        self.gazetteer.ids(folded).iter().any(|&id| {
            let level = self.gazetteer.level(id);
            level == Level::Country || level > Level::Adm2 && inhabitants <= 100_000 || self.gazetteer.population(id) >= inhabitants
        })
    }

    /// Whether the name stands inside a person's name: after a title or a given name, or before a surname.
    fn in_person_name(&self, core: &Range<TokenId>, sentence: &Range<TokenId>, located: bool) -> bool {
        let words = self.gazetteer.words();
        let given = |t: TokenId| words.given(&name::fold(self.parsed.form(t)));
        if core.start > sentence.start {
            let before = core.start - 1;
            let titled = self.is(before, PlaceWord::Title) && self.is_capital(before);
            let initial = self.parsed.form(before).ends_with('.')
                && self.parsed.form(before).len() <= 3
                && self.is_capital(before);
            if titled || initial || (self.is_capital(before) && given(before)) {
                return true;
            }
            // "Anna Odesa said": a capital before that is neither place nor class word.
            let unknown_before = self.is_capital(before)
                && before > sentence.start
                && self.may_be_name(before)
                && !self.is(before, PlaceWord::Calendar)
                && self.class(before).is_none()
                && self.gazetteer.adjective(self.parsed.form(before)).is_empty()
                && self.gazetteer.ids(&name::fold(self.parsed.form(before))).is_empty();
            if unknown_before {
                return true;
            }
        }
        let next = core.end;
        if next < sentence.end && self.is_capital(next) && core.len() == 1 {
            let known_next = self.class(next).is_some()
                || !self.gazetteer.words().of(self.parsed.lower(next)).is_empty()
                || !self.gazetteer.adjective(self.parsed.form(next)).is_empty()
                || !self.gazetteer.ids(&name::fold(self.parsed.form(next))).is_empty();
            let body = self.names_body(next, sentence);
            if given(core.start) && !body || (!located && !known_next && !body && self.may_be_name(next)) {
                return true;
            }
        }
        core.len() == 1 && given(core.start) && !located
    }

    /// Whether a token is a proper noun; in a sentence without a tree every token may be one.
    fn may_be_name(&self, token: TokenId) -> bool {
        matches!(self.parsed.upos(token), Upos::Propn | Upos::X)
    }

    /// A capitalised name that no gazetteer knows, where the words beside it say that it is a place.
    fn unknown(&self, at: TokenId, sentence: &Range<TokenId>, shouted: bool) -> Option<Named> {
        if shouted {
            return None;
        }
        let mut end = at;
        while end < sentence.end && end < at + 3 && (self.is_capital(end) || self.parsed.form(end) == "-") {
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
        let of = at > sentence.start
            && matches!(self.parsed.lower(at - 1), "of" | "on" | "a" | "an")
            && !way;
        let word = self.parsed.form(at);
        let acronym = word.chars().all(|c| !c.is_lowercase());
        let generic = core.clone().all(|t| self.is_generic(t));
        let thing = end < sentence.end && self.is(end, PlaceWord::Thing);
        let body = tokens.end > core.end && self.is_capital(tokens.end - 1) && self.names_body(tokens.end, sentence)
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

    /// The class word before ("the town of X") or behind ("X urban district"), the tokens with it, and
    /// whether it means a small place.
    fn with_class(
        &self,
        core: &Range<TokenId>,
        sentence: &Range<TokenId>,
    ) -> (Option<Level>, Range<TokenId>, bool) {
        let mut tokens = core.clone();
        let mut class = None;
        let mut small = false;
        let is_small = |t: TokenId| matches!(self.parsed.lemma(t), "village" | "hamlet" | "townlet" | "selo");
        let mut t = core.end;
        while t < sentence.end && t < core.end + 3 && self.is(t, PlaceWord::Filler) {
            t += 1;
        }
        if t < sentence.end && t <= core.end + 2 {
            // "Kherson region", but not "Kyiv: regions" or "X, town".
            if let Some(level) = self.class(t) {
                let glued = self.parsed.lower(t) != "area" && self.parsed.lower(t) != "front";
                if glued && !self.opens_new_phrase(t, sentence) {
                    class = Some(level);
                    small = is_small(t);
                    tokens.end = t + 1;
                }
            }
        }
        if class.is_none() && core.start > sentence.start.max(self.taken) {
            let before = core.start - 1;
            let at = if matches!(self.parsed.lower(before), "of") && before > sentence.start.max(self.taken) {
                before - 1
            } else {
                before
            };
            let quoted = matches!(self.parsed.form(before), "\"" | "“" | "‘" | "«");
            if let (Some(level), false) = (self.class(at), quoted) {
                // "The Department of Agriculture" is a body, not a district.
                let body = self.is_capital(at)
                    && matches!(
                        self.parsed.lower(at),
                        "department" | "division" | "agency" | "zone" | "state"
                    );
                let part = at != before && matches!(self.parsed.lower(at), "area" | "areas" | "part") || body;
                // "City Council", "Kharkiv Region Police" against "Lake Chad", "Village Kobylki".
                let of_another = at == before
                    && self.is_capital(at)
                    && !self.is(at, PlaceWord::Nature)
                    && !self.gazetteer.ids(&self.fold(core)).iter().any(|&id| self.gazetteer.level(id) == level);
                let of_another = of_another || core.clone().all(|t| self.is_generic(t));
                if !part && !of_another {
                    class = Some(level);
                    small = is_small(at);
                    tokens.start = at;
                    if at > sentence.start && matches!(self.parsed.lower(at - 1), "the" | "a") {
                        tokens.start = at - 1;
                    }
                }
            }
        }
        if class.is_none() {
            class = self.class_of_list(core.end, sentence);
        }
        (class, tokens, small)
    }

    /// "Sumy, Kharkiv and Poltava oblasts": the plural behind a list says what each of its names is.
    fn class_of_list(&self, end: TokenId, sentence: &Range<TokenId>) -> Option<Level> {
        const LIST_TOKENS_MAX: usize = 40;
        let links = |t: TokenId| matches!(self.parsed.lower(t), "," | "and" | "or" | "&" | "-" | "the");
        let last = (end..sentence.end.min(end + LIST_TOKENS_MAX))
            .find(|&t| !links(t) && !self.is_capital(t) || self.class(t).is_some())?;
        let several = last > end + 1 && (end..last).any(links) && links(end);
        let plural = self.parsed.lower(last).ends_with('s') && self.parsed.lower(last) != "pass";
        self.class(last).filter(|_| several && plural && !self.is(last, PlaceWord::Nature))
    }

    /// Whether a word says what a name is and is none itself.
    fn is_generic(&self, token: TokenId) -> bool {
        self.gazetteer.words().of(self.parsed.lower(token)).iter().any(|w| *w != PlaceWord::Calendar)
    }

    /// "Kherson villages" names villages of Kherson, "Kherson Oblast" the oblast.
    fn opens_new_phrase(&self, class_word: TokenId, sentence: &Range<TokenId>) -> bool {
        let plural =
            self.parsed.lower(class_word).ends_with('s') && !self.parsed.lower(class_word).ends_with("ss");
        let settlement =
            self.class(class_word) == Some(Level::Settlement) && self.parsed.lower(class_word) != "city";
        let named_after = class_word + 1 < sentence.end && self.is_capital(class_word + 1) && settlement;
        plural || named_after
    }

    /// What the words before say: skips articles and adjectives back to a preposition.
    fn relation(&self, start: TokenId, sentence: &Range<TokenId>) -> PlaceRelation {
        let from = sentence.start.max(start.saturating_sub(REACH));
        let mut t = start;
        while t > from {
            t -= 1;
            let lower = self.parsed.lower(t);
            match lower {
                "в" | "во" | "у" | "на" | "по" => return PlaceRelation::At,
                "біля" | "поблизу" | "під" | "возле" | "около" | "под" | "близ" | "недалеко" | "поруч" =>
                {
                    return PlaceRelation::Near;
                }
                "из" | "з" | "із" | "від" | "от" => return PlaceRelation::From,
                "in" | "at" | "inside" | "across" | "within" | "throughout" | "on" | "around" | "over" => {
                    return if lower == "around" { PlaceRelation::Near } else { PlaceRelation::At };
                }
                "near" | "outside" | "beside" | "nearby" | "between" | "towards" | "toward" => {
                    return if lower.starts_with("toward") { PlaceRelation::To } else { PlaceRelation::Near };
                }
                "of" => return self.before_of(t, sentence),
                "from" | "to" if t > sentence.start && self.is_way(t - 1, sentence) => {
                    return PlaceRelation::Near;
                }
                "from" => {
                    let measured = (sentence.start.max(t.saturating_sub(3))..t).any(|b| {
                        matches!(
                            self.parsed.lemma(b),
                            "km" | "kilometre" | "kilometer" | "mile" | "far" | "away"
                        )
                    });
                    return if measured { PlaceRelation::Near } else { PlaceRelation::From };
                }
                "to" => {
                    let close = t > sentence.start
                        && matches!(self.parsed.lower(t - 1), "close" | "next" | "adjacent");
                    return if close { PlaceRelation::Near } else { PlaceRelation::To };
                }
                "into" | "for" => return PlaceRelation::To,
                "the" | "a" | "an" | "nearby," => {}
                _ if matches!(self.parsed.upos(t), Upos::Adj | Upos::Det | Upos::Num)
                    && !self.is_capital(t) => {}
                _ if self.gazetteer.words().is(lower, PlaceWord::Filler) => {}
                _ => return PlaceRelation::Bare,
            }
        }
        PlaceRelation::Bare
    }

    /// "South of", "on the outskirts of", "12 km of": near; any other "of": at.
    fn before_of(&self, of: TokenId, sentence: &Range<TokenId>) -> PlaceRelation {
        let near = of > sentence.start
            && matches!(
                self.parsed.lower(of - 1),
                "south"
                    | "north"
                    | "east"
                    | "west"
                    | "southeast"
                    | "southwest"
                    | "northeast"
                    | "northwest"
                    | "south-east"
                    | "south-west"
                    | "north-east"
                    | "north-west"
                    | "outskirts"
                    | "vicinity"
                    | "short"
                    | "kilometres"
                    | "kilometers"
                    | "km"
                    | "miles"
                    | "edge"
            );
        if near { PlaceRelation::Near } else { PlaceRelation::At }
    }

    /// "In Kherson and **Beryslav**": a bare name beside another shares its relation.
    fn shared_relation(&self, last: Option<&Named>, named: &Named) -> PlaceRelation {
        let Some(last) = last else { return named.relation };
        let gap = last.tokens.end..named.tokens.start;
        // "On the road from Kas to Nyala".
        if named.relation == PlaceRelation::To {
            let on = gap.len() == 1 && self.parsed.lower(gap.start) == "to" && last.relation == PlaceRelation::Near;
            return if on { PlaceRelation::Near } else { PlaceRelation::To };
        }
        let joined = gap.len() <= 3
            && gap.clone().any(|t| matches!(self.parsed.lower(t), "and" | "or" | "," | "–" | "-" | "/"))
            && gap
                .clone()
                .all(|t| matches!(self.parsed.lower(t), "and" | "or" | "," | "–" | "-" | "/" | "the"));
        if joined { last.relation } else { PlaceRelation::Bare }
    }

    /// A place directly before an office qualifies it ("the Kherson governor"), before a body it is part of its name.
    fn form(&self, tokens: &Range<TokenId>, sentence: &Range<TokenId>, relation: PlaceRelation) -> PlaceForm {
        let next = tokens.end;
        // "Bank of America", "University of Nebraska".
        let of_body = tokens.start >= sentence.start + 2
            && self.parsed.lower(tokens.start - 1) == "of"
            && self.is_capital(tokens.start - 2)
            && self.is(tokens.start - 2, PlaceWord::Organisation);
        if of_body || self.names_body(next, sentence) {
            return PlaceForm::Part;
        }
        if next < sentence.end {
            let qualifies = self.is(next, PlaceWord::Office)
                || (next + 1 < sentence.end
                    && self.is(next + 1, PlaceWord::Office)
                    && (self.is_capital(next) || matches!(self.parsed.upos(next), Upos::Adj | Upos::Noun)));
            if qualifies && relation != PlaceRelation::Near {
                return PlaceForm::Qualifier;
            }
        }
        PlaceForm::Name
    }
}
