//! Whether words that name a place are meant as one here.

use super::recognise::Reader;
use super::{Level, PlaceRelation};
use crate::gazetteer::{PlaceWord, name};
use crate::syntax::{Deprel, Upos};
use crate::text::{TokenId, TokenKind};
use std::ops::Range;

impl Reader<'_> {
    /// Whether a known name is meant as a place here.
    pub(super) fn is_plausible(
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
                    "in" | "at"
                        | "near"
                        | "from"
                        | "to"
                        | "outside"
                        | "into"
                        | "around"
                        | "toward"
                        | "towards"
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

    /// "Ripley said", "coach Ripley".
    pub(super) fn acts_like_person(&self, token: TokenId, sentence: &Range<TokenId>) -> bool {
        let says = self.parsed.head(token).is_some_and(|h| {
            self.parsed.deprel(token) == Deprel::Nsubj && self.gazetteer.words().says(self.parsed.lemma(h))
        });
        let called = token > sentence.start
            && !self.is_capital(token - 1)
            && (self.is(token - 1, PlaceWord::Title) || self.is(token - 1, PlaceWord::Office))
            && self.parsed.upos(token - 1) == Upos::Noun;
        says || called
    }

    pub(super) fn is_number(&self, token: TokenId) -> bool {
        self.parsed.text.tokens()[token].kind == TokenKind::Number
    }

    /// ", Texas", ", Ariz.": a comma and a unit or country behind say that the name before is a place.
    pub(super) fn unit_follows(&self, end: TokenId, sentence: &Range<TokenId>) -> bool {
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

    pub(super) fn names_large_place(&self, folded: &str) -> bool {
        const LARGE: u64 = 50_000;
        self.names_place(folded, LARGE)
    }

    /// Whether the name may mean a country or another place of that many inhabitants.
    pub(super) fn names_place(&self, folded: &str, inhabitants: u64) -> bool {
        self.gazetteer.ids(folded).iter().any(|&id| {
            let level = self.gazetteer.level(id);
            level == Level::Country
                || level > Level::Adm2 && inhabitants <= 100_000
                || self.gazetteer.population(id) >= inhabitants
        })
    }

    /// Whether the name stands inside a person's name: after a title or a given name, or before a surname.
    pub(super) fn in_person_name(
        &self,
        core: &Range<TokenId>,
        sentence: &Range<TokenId>,
        located: bool,
    ) -> bool {
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
    pub(super) fn may_be_name(&self, token: TokenId) -> bool {
        matches!(self.parsed.upos(token), Upos::Propn | Upos::X)
    }
}
