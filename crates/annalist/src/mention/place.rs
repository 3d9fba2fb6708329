//! Places in the text and which entry of the gazetteer each means.

use crate::text::TokenId;
use std::ops::Range;

/// A place that the text names.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceMention {
    /// The tokens of the name with its class words ("the town of Borisovka", "Bryansk Oblast").
    pub tokens: Range<TokenId>,
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
    /// "Ukrainian", "Belgorod" before an office, "Muscovite": qualifies something else, locates nothing by itself.
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

/// The level of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A named street, school, hospital, camp.
    Site,
    /// City, town, village, city district.
    Settlement,
    /// District, raion, county, hromada.
    Adm2,
    /// Oblast, state, province, governorate.
    Adm1,
    /// Sahel, Donbas, "the border region".
    Region,
    /// Sovereign state or comparable.
    Country,
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
