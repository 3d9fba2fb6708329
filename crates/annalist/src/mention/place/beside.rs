//! What the words beside a name tell: its class, how the phrase stands to it, what it is part of.

use super::recognise::{Named, Reader};
use super::{Level, PlaceForm, PlaceRelation};
use crate::gazetteer::{PlaceId, PlaceWord, name};
use crate::syntax::Upos;
use crate::text::TokenId;
use std::ops::Range;

/// Tokens looked at on either side of a name.
const REACH: usize = 6;

impl Reader<'_> {
    /// "Western Kasai", "Northern Europe": the direction in capitals belongs to the name behind it.
    pub(super) fn with_direction(&self, named: Named, at: TokenId, sentence: &Range<TokenId>) -> Named {
        let large = named.candidates.iter().any(|&id| self.gazetteer.level(id) >= Level::Adm1);
        let before = named.proper.start;
        if !large || before <= sentence.start.max(self.taken) || at != before || !self.is_capital(before - 1)
        {
            return named;
        }
        let opens = before - 1 == sentence.start;
        if opens || !self.is(before - 1, PlaceWord::Direction) || named.form != PlaceForm::Name {
            return named;
        }
        Named {
            proper: before - 1..named.proper.end,
            tokens: named.tokens.start.min(before - 1)..named.tokens.end,
            ..named
        }
    }

    /// The core with class words in capitals behind it ("Kherson Oblast", not "Kherson region"), or such of nature
    /// before it ("Lake Chad").
    pub(super) fn proper(&self, core: &Range<TokenId>, tokens: &Range<TokenId>) -> Range<TokenId> {
        let capitals = (core.end..tokens.end).all(|t| self.is_capital(t));
        let before = tokens.start + 1 == core.start
            && self.is_capital(tokens.start)
            && self.class(tokens.start) == Some(Level::Region);
        let start = if before { tokens.start } else { core.start };
        start..if capitals { tokens.end.max(core.end) } else { core.end }
    }

    /// "The Karima district of El Obeid", "Mosul's Zuhur district": a district of a city is a quarter, unless the
    /// province around the city has a place of that name.
    pub(super) fn is_of_city(
        &self,
        tokens: &Range<TokenId>,
        own: &[PlaceId],
        sentence: &Range<TokenId>,
    ) -> bool {
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
            let end =
                (start + 1..sentence.end.min(start + 3)).find(|&t| !self.is_capital(t)).unwrap_or(start + 1);
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
    pub(super) fn named_nature(&self, core: &Range<TokenId>, tokens: &Range<TokenId>) -> bool {
        let class = if tokens.end > core.end { tokens.end - 1 } else { tokens.start };
        self.is(class, PlaceWord::Nature)
    }

    /// Whether the capitals that start here, with small words between, hold a word for a body, an office or a site
    /// ("Regional Council", "Department of Health", "Fire & Rescue").
    pub(super) fn names_body(&self, at: TokenId, sentence: &Range<TokenId>) -> bool {
        const BODY_TOKENS_MAX: usize = 6;
        let heads = |t: TokenId| {
            self.gazetteer.words().of(self.parsed.lower(t)).iter().any(|w| {
                matches!(w, PlaceWord::Office | PlaceWord::Organisation | PlaceWord::Site | PlaceWord::Road)
            })
        };
        let links = |t: TokenId| {
            matches!(self.parsed.lower(t), "of" | "and" | "for" | "the" | "&" | "-" | "'s" | "’s")
        };
        // Where all is in capitals only the next word can tell.
        let reach = if self.shouted { 1 } else { BODY_TOKENS_MAX };
        at < sentence.end
            && self.is_capital(at)
            && (at..sentence.end.min(at + reach))
                .take_while(|&t| self.is_capital(t) || links(t))
                .any(|t| self.is_capital(t) && heads(t))
    }

    /// The class word before ("the town of X") or behind ("X urban district"), the tokens with it, and
    /// whether it means a small place.
    pub(super) fn with_class(
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
                    && !self
                        .gazetteer
                        .ids(&self.fold(core))
                        .iter()
                        .any(|&id| self.gazetteer.level(id) == level);
                let of_another = of_another || core.clone().all(|t| self.is_generic(t));
                // "The head of the region Pyotr Lukin".
                let person =
                    at == before && self.gazetteer.words().given(&name::fold(self.parsed.form(core.start)));
                if !part && !of_another && !person {
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
            class = self.class_of_list(core, sentence);
        }
        (class, tokens, small)
    }

    /// "Sumy, Kharkiv and Poltava oblasts": the plural behind a list says what each of its names is.
    pub(super) fn class_of_list(&self, core: &Range<TokenId>, sentence: &Range<TokenId>) -> Option<Level> {
        const LIST_TOKENS_MAX: usize = 40;
        let (start, end) = (core.start, core.end);
        let links = |t: TokenId| matches!(self.parsed.lower(t), "," | "and" | "or" | "&" | "-" | "the");
        let last = (end..sentence.end.min(end + LIST_TOKENS_MAX))
            .find(|&t| !links(t) && !self.is_capital(t) || self.class(t).is_some())?;
        // The last name of the list has the class word right behind it and a link before it.
        let ends =
            last == end && start >= sentence.start + 2 && links(start - 1) && self.is_capital(start - 2);
        let several = ends || last > end + 1 && (end..last).any(links) && links(end);
        let plural = self.parsed.lower(last).ends_with('s') && self.parsed.lower(last) != "pass";
        self.class(last).filter(|_| several && plural && !self.is(last, PlaceWord::Nature))
    }

    /// Whether a word says what a name is and is none itself.
    pub(super) fn is_generic(&self, token: TokenId) -> bool {
        self.gazetteer.words().of(self.parsed.lower(token)).iter().any(|w| *w != PlaceWord::Calendar)
    }

    /// "Kherson villages" names villages of Kherson, "Kherson Oblast" the oblast.
    pub(super) fn opens_new_phrase(&self, class_word: TokenId, sentence: &Range<TokenId>) -> bool {
        let plural =
            self.parsed.lower(class_word).ends_with('s') && !self.parsed.lower(class_word).ends_with("ss");
        let settlement =
            self.class(class_word) == Some(Level::Settlement) && self.parsed.lower(class_word) != "city";
        let named_after = class_word + 1 < sentence.end && self.is_capital(class_word + 1) && settlement;
        plural || named_after
    }

    /// What the words before say: skips articles and adjectives back to a preposition.
    pub(super) fn relation(&self, start: TokenId, sentence: &Range<TokenId>) -> PlaceRelation {
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
                // "In nearby Myrne" is in Myrne.
                "nearby" if t > from && matches!(self.parsed.upos(t - 1), Upos::Adp | Upos::Det) => {}
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
    pub(super) fn before_of(&self, of: TokenId, sentence: &Range<TokenId>) -> PlaceRelation {
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
    pub(super) fn shared_relation(&self, last: Option<&Named>, named: &Named) -> PlaceRelation {
        let Some(last) = last else { return named.relation };
        let gap = last.tokens.end..named.tokens.start;
        // "On the road from Kas to Nyala".
        if named.relation == PlaceRelation::To {
            let on = gap.len() == 1
                && self.parsed.lower(gap.start) == "to"
                && last.relation == PlaceRelation::Near;
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
    pub(super) fn form(
        &self,
        tokens: &Range<TokenId>,
        sentence: &Range<TokenId>,
        relation: PlaceRelation,
    ) -> PlaceForm {
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

    /// "The Kas road" is near Kas.
    pub(super) fn with_way(
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
    pub(super) fn is_way(&self, token: TokenId, sentence: &Range<TokenId>) -> bool {
        token < sentence.end && self.is(token, PlaceWord::Way) && !self.is_capital(token)
    }
}
