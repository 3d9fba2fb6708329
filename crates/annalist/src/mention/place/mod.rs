//! Places in the text and which entry of the gazetteer each means.

mod beside;
mod plausible;
mod rank;
mod recognise;
mod resolve;

pub use crate::gazetteer::Level;
pub use rank::Choice;

use crate::gazetteer::Gazetteer;
use crate::syntax::Parsed;
use crate::text::TokenId;
use std::ops::Range;

/// Finds the places of a document and resolves them together, in order of their first token.
pub fn find(parsed: &Parsed<'_>, gazetteer: &Gazetteer) -> Vec<PlaceMention> {
    let named = recognise::names(parsed, gazetteer);
    resolve::all(parsed, gazetteer, named)
}

/// Resolves names that somebody else has marked, in the order given: each is taken for the name of a place.
///
/// This measures resolution apart from recognition; [`find`] is what a reading uses.
pub fn resolve(parsed: &Parsed<'_>, gazetteer: &Gazetteer, names: &[Range<TokenId>]) -> Vec<PlaceMention> {
    let named = recognise::marked(parsed, gazetteer, names);
    resolve::all(parsed, gazetteer, named)
}

/// What the names of a document may mean, with the signs for each place, in order of the first mention; for the
/// fitting of `places/weight.tsv`.
///
/// `names` are taken as [`resolve`] takes them; without them the names that [`find`] finds, whose tokens are given
/// back beside.
pub fn choices(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    names: Option<&[Range<TokenId>]>,
) -> (Vec<Range<TokenId>>, Vec<Choice>) {
    let named = match names {
        Some(names) => recognise::marked(parsed, gazetteer, names),
        None => recognise::names(parsed, gazetteer),
    };
    let choices = resolve::choices(parsed, gazetteer, &named);
    (named.into_iter().map(|n| n.tokens).collect(), choices)
}

/// A place that the text names.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceMention {
    /// The tokens of the name with its class words ("the town of Borisovka", "Bryansk Oblast").
    pub tokens: Range<TokenId>,
    /// The proper name alone: "Borisovka" of "the town of Borisovka", all of "Bryansk Oblast", "Kherson" of
    /// "Kherson hospital".
    pub proper: Range<TokenId>,
    /// Whether it names the place or is made from its name ("Ukrainian", "the Belgorod governor").
    pub form: PlaceForm,
    /// How the phrase stands to the place.
    pub relation: PlaceRelation,
    /// What it was resolved to; an unknown name keeps the level its class word gives.
    pub place: ResolvedPlace,
}

/// How a mention names its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceForm {
    /// "Borisovka", "the Sumy region".
    Name,
    /// "The Belgorod governor": a name that qualifies an office and locates nothing by itself.
    Qualifier,
    /// "Poltava Gas Company", "Sumy Regional Council": a name inside the name of a body.
    Part,
    /// "Ukrainian", "Muscovite": made from the name.
    Adjective,
}

/// How the phrase stands to the place it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceRelation {
    /// In, at, on, of.
    At,
    /// Near, outside, on the outskirts of, 12 km south of, between.
    Near,
    /// From: an origin, no location of what is told.
    From,
    /// To, into, towards: a goal.
    To,
    /// No preposition that tells.
    Bare,
}

/// What a name was resolved to.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedPlace {
    /// Its level.
    pub level: Level,
    /// The name in the text without class words: "Borisovka".
    pub name: String,
    /// City, town or village, gazetteer spelling where known.
    pub settlement: Option<String>,
    /// Second-level unit.
    pub adm2: Option<String>,
    /// First-level unit.
    pub adm1: Option<String>,
    /// ISO 3166-1 alpha-2; occupied territories carry the country the specification gives them.
    pub country: Option<String>,
    /// Latitude and longitude, degrees WGS 84.
    pub position: Option<(f64, f64)>,
    /// GeoNames id.
    pub gazetteer_id: Option<u64>,
    /// How sure the resolution is, 0 to 1; 0 for a name the gazetteer does not know.
    pub score: f32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Bundle;
    use crate::document::{Document, Meta};
    use crate::syntax::Analyser;
    use crate::text::Splitter;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    struct Kit {
        splitter: Splitter,
        analyser: Analyser,
        gazetteer: Gazetteer,
    }

    static KIT: LazyLock<Kit> = LazyLock::new(|| {
        let bundle = Bundle::embedded();
        Kit {
            splitter: Splitter::new(&bundle).unwrap(),
            analyser: Analyser::new(&bundle).unwrap(),
            gazetteer: Gazetteer::new(&bundle).unwrap(),
        }
    });

    fn places(text: &str) -> Vec<(String, PlaceMention)> {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let split = KIT.splitter.split(&document);
        let syntax = KIT.analyser.parse(&document, &split);
        let parsed = Parsed { document: &document, text: &split, syntax: &syntax };
        find(&parsed, &KIT.gazetteer)
            .into_iter()
            .map(|p| (split.span_of(p.tokens.clone()).of(text).to_owned(), p))
            .collect()
    }

    /// "name | level | adm1 | country" of every mention.
    fn table(text: &str) -> Vec<String> {
        places(text)
            .into_iter()
            .map(|(_, p)| {
                format!(
                    "{} | {:?} | {} | {}",
                    p.place.name,
                    p.place.level,
                    p.place.adm1.as_deref().unwrap_or("-"),
                    p.place.country.as_deref().unwrap_or("-")
                )
            })
            .collect()
    }

    #[test]
    fn units_settle_what_a_name_means() {
        assert_eq!(
            table("The attack took place in the town of Borisovka in Belgorod Oblast."),
            [
                "Borisovka | Settlement | Belgorod Oblast | RU",
                "Belgorod Oblast | Adm1 | Belgorod Oblast | RU"
            ]
        );
    }

    #[test]
    fn occupied_territory_carries_the_country_of_law() {
        assert_eq!(table("A missile fell in Simferopol.")[0], "Simferopol | Settlement | Crimea | UA");
    }

    #[test]
    fn districts_of_border_oblasts_and_countries() {
        assert_eq!(
            table(
                "The head of Borisovsky District of Belgorod Region said that Belarus had sent nobody to Bryansk Oblast."
            ),
            [
                "Borisovsky District | Adm2 | Belgorod Oblast | RU",
                "Belgorod Oblast | Adm1 | Belgorod Oblast | RU",
                "Belarus | Country | - | BY",
                "Bryansk Oblast | Adm1 | Bryansk Oblast | RU",
            ]
        );
    }

    #[test]
    fn a_village_unknown_to_the_gazetteer_is_not_its_namesake_abroad() {
        let found = places("In Borno State in Nigeria, gunmen attacked the village of Savo on Monday.");
        let village = &found.last().unwrap().1.place;
        assert_eq!((village.name.as_str(), village.country.as_deref()), ("Savo", Some("NG")));
    }

    #[test]
    fn oblique_cases_of_cyrillic_names() {
        let found = table("Ворог обстріляв громаду в Нікополі, загинула жінка.");
        assert_eq!(found, ["Нікополі | Settlement | Dnipropetrovsk Oblast | UA"]);
    }

    #[test]
    fn relations_follow_the_words_before() {
        let found = places(
            "Troops left Kherson. A drone fell 12 km south of Kharkiv, near Sumy and outside Poltava.",
        );
        let relations: Vec<_> = found.iter().map(|(_, p)| p.relation).collect();
        assert_eq!(relations[1..], [PlaceRelation::Near, PlaceRelation::Near, PlaceRelation::Near]);
    }

    #[test]
    fn a_bare_name_is_the_town_not_the_unit_around_it() {
        assert_eq!(
            table("A drone killed two people in Kherson. Shelling went on in Kherson Oblast."),
            ["Kherson | Settlement | Kherson Oblast | UA", "Kherson Oblast | Adm1 | Kherson Oblast | UA"]
        );
    }

    #[test]
    fn abbreviated_units_settle_what_a_name_means() {
        assert_eq!(
            table("A barn burned in Paris, Tex., before the fair."),
            ["Paris | Settlement | Texas | US", "Texas | Adm1 | Texas | US"]
        );
        assert!(table("Ms. Hill said that she was OK.").is_empty());
    }

    #[test]
    fn the_plural_behind_a_list_holds_for_every_name() {
        let levels: Vec<Level> = places("Alarms sounded in Sumy, Kharkiv and Poltava oblasts at dawn.")
            .into_iter()
            .map(|(_, p)| p.place.level)
            .collect();
        assert_eq!(levels, [Level::Adm1; 3]);
    }

    #[test]
    fn a_district_round_a_town_is_a_unit_a_district_of_a_city_a_quarter() {
        let found = places("A shell fell in Konotop district.");
        let unit = &found[0].1.place;
        assert_eq!((unit.level, unit.settlement.as_deref()), (Level::Adm2, None));
        assert_eq!(unit.adm1.as_deref(), Some("Sumy Oblast"));
        let found = places("Shells fell on the Karima district of El Obeid late on Saturday.");
        let quarter = &found[0].1.place;
        assert_eq!(quarter.level, Level::Settlement);
        assert_eq!(quarter.settlement, found[1].1.place.settlement);
    }

    #[test]
    fn a_road_leads_near_the_place_it_is_called_after() {
        let found = places("An ambulance was stopped on the Poltava road.");
        assert_eq!(found[0].1.relation, PlaceRelation::Near);
        assert_eq!(found[0].1.place.settlement.as_deref(), Some("Poltava"));
    }

    #[test]
    fn names_of_bodies_hold_names_of_places() {
        let found = places("The Poltava Gas Company has sent a crew, the Poltava governor wrote.");
        let forms: Vec<PlaceForm> = found.iter().map(|(_, p)| p.form).collect();
        assert_eq!(forms, [PlaceForm::Part, PlaceForm::Qualifier]);
    }

    #[test]
    fn persons_and_things_with_names_of_places_are_none() {
        for text in
            ["Gloria Reston said that Reston was glad.", "The Marburg virus came back.", "She drove an SUV."]
        {
            assert!(table(text).is_empty(), "{text}: {:?}", table(text));
        }
    }

    #[test]
    fn capitals_throughout_hide_no_place() {
        let found =
            table("BOGOTA, 9 JAN 90 -- POLICE SAID THAT A BOMB EXPLODED IN MEDELLIN IN SEARCH OF FAME.");
        assert!(found.iter().any(|p| p.starts_with("BOGOTA | Settlement")), "{found:?}");
        assert!(found.iter().any(|p| p.starts_with("MEDELLIN | Settlement")), "{found:?}");
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn marked_names_are_resolved_as_they_are_given() {
        let text = "Reston is a town near Herndon, Virginia.";
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let split = KIT.splitter.split(&document);
        let syntax = KIT.analyser.parse(&document, &split);
        let parsed = Parsed { document: &document, text: &split, syntax: &syntax };
        let names: Vec<Range<TokenId>> = ["Reston", "Herndon", "Virginia"]
            .map(|name| {
                let at = split.tokens().iter().position(|t| t.span.of(text) == name).unwrap();
                at..at + 1
            })
            .to_vec();
        let found = resolve(&parsed, &KIT.gazetteer, &names);
        let units: Vec<Option<&str>> = found.iter().map(|m| m.place.adm1.as_deref()).collect();
        assert_eq!(units, [Some("Virginia"); 3]);
    }

    #[test]
    fn small_words_inside_belong_to_the_name() {
        assert_eq!(
            table("A clinic was hit in Deir al-Gharbi village in Idlib province.")[0],
            "Deir al-Gharbi | Settlement | Idlib Governorate | SY"
        );
        let refinery = places("Fragments fell on the Slavyansk-na-Kubani refinery.").remove(0).1.place;
        assert_eq!(refinery.settlement.as_deref(), Some("Slavyansk-na-Kubani"));
    }

    #[test]
    fn a_site_lies_where_it_is_said_not_where_its_name_comes_from() {
        let market = places("A shell fell at the Dnipro market in Kherson.").remove(0).1.place;
        assert_eq!(market.settlement.as_deref(), Some("Kherson"));
    }

    #[test]
    fn ranks_months_and_goals_locate_nothing() {
        assert!(!table("Lt. Col. Juan Perez said so.").iter().any(|p| p.contains("Colima")));
        assert!(!table("KYIV, 7 Nov: a strike on a market hall").iter().any(|p| p.starts_with("Nov ")));
        let found = places("Gunmen stopped two Punjab-bound buses near Mekhtar, police in Quetta said.");
        assert_eq!(found[0].1.relation, PlaceRelation::To);
        assert_ne!(found[1].1.place.adm1.as_deref(), Some("Punjab"));
    }

    #[test]
    fn a_nearby_town_is_the_place_itself() {
        assert_eq!(places("Sappers found two shells in nearby Poltava.")[0].1.relation, PlaceRelation::At);
    }

    #[test]
    fn adjectives_qualify() {
        let found = places("A Ukrainian drone was seen by the Belgorod governor.");
        let forms: Vec<PlaceForm> = found.iter().map(|(_, p)| p.form).collect();
        assert_eq!(forms, [PlaceForm::Adjective, PlaceForm::Qualifier]);
        assert_eq!(found[0].1.place.country.as_deref(), Some("UA"));
    }

    #[test]
    fn unknown_names_keep_the_level_of_their_class_word() {
        let found = places("Shelling hit the village of Xyzzyvka in Kharkiv Oblast.");
        assert_eq!(found[0].1.place.settlement.as_deref(), Some("Xyzzyvka"));
        assert_eq!(found[0].1.place.adm1.as_deref(), Some("Kharkiv Oblast"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_data(text in "([A-Z][a-z]{1,8}|in|of|the|,|\\.|-|–|Oblast|town| |\\PC){0,60}") {
            // Spans are cut from the text by `places`: a token out of range would panic there.
            let mut end = 0;
            for (_, place) in places(&text) {
                prop_assert!(!place.tokens.is_empty());
                prop_assert!(place.tokens.start >= end);
                end = place.tokens.end;
            }
        }
    }
}
