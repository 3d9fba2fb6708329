//! gazetteer: here is a name, which places of the world may it mean?
//!
//! One packed file holds all names and places (see [`pack`]); any other `places/*.bin` of the bundle is laid
//! beside it. Names are matched in a folded form ([`name::fold`]) and, where that finds nothing, by a key that
//! looks through romanisations ([`name::skeleton`]).

pub mod name;
pub mod pack;
pub mod sign;

use crate::bundle::{Bundle, DataError};
use crate::table::rows;
use pack::{Pack, Record};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// The packed gazetteer's path in the data folder.
pub const PATH: &str = "places/gazetteer.bin";

/// Most places considered for one name; the most populous are kept.
pub const CANDIDATES_MAX: usize = pack::POSTINGS_MAX;

/// Number of a place in its [`Gazetteer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(u32);

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

/// One place that a name may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Number of the place.
    pub id: PlaceId,
    /// Its name in the gazetteer's spelling.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// First-level unit ("Belgorod Oblast").
    pub adm1: Option<String>,
    /// Second-level unit; none when the one on record is abolished.
    pub adm2: Option<String>,
    /// Latitude and longitude, degrees WGS 84.
    pub position: Option<(f64, f64)>,
    /// Inhabitants, rounded; 0 when unknown.
    pub population: u64,
    /// GeoNames id.
    pub gazetteer_id: Option<u64>,
}

/// All places and the words that go with them.
pub struct Gazetteer {
    packs: Vec<Pack>,
    /// First place number of each pack.
    firsts: Vec<u32>,
    /// Units of later packs that are units of the first one.
    same: FxHashMap<u32, u32>,
    words: PlaceWords,
    weights: sign::Signs,
    /// By country: the one that it is at war with.
    enemies: BTreeMap<String, String>,
}

impl Gazetteer {
    /// Reads `places/*.bin`, `places/stop.tsv`, `places/weight.tsv` and the place words of every language.
    ///
    /// # Errors
    /// A pack of another version or with broken bytes; the first line of a table that cannot be read.
    ///
    /// # Example
    /// ```
    /// use annalist::{Bundle, gazetteer::Gazetteer};
    /// let gazetteer = Gazetteer::new(&Bundle::embedded())?;
    /// let found = gazetteer.lookup("Graivoron");
    /// assert_eq!(found[0].adm1.as_deref(), Some("Belgorod Oblast"));
    /// # Ok::<(), annalist::DataError>(())
    /// ```
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut paths: Vec<&str> =
            bundle.under("places/").map(|(path, _)| path).filter(|p| p.ends_with(".bin")).collect();
        paths.sort_by_key(|p| (*p != PATH, *p));
        let mut gazetteer = Gazetteer {
            packs: Vec::new(),
            firsts: Vec::new(),
            same: FxHashMap::default(),
            words: PlaceWords::new(bundle)?,
            weights: sign::weights(bundle)?,
            enemies: enemies(bundle)?,
        };
        for path in paths {
            if let Some(file) = bundle.get(path) {
                let pack = Pack::new(file.bytes()).map_err(|message| DataError::new(path, 0, message))?;
                gazetteer.add(pack);
            }
        }
        Ok(gazetteer)
    }

    fn add(&mut self, pack: Pack) {
        let first = self.len() as u32;
        let number = self.packs.len();
        self.packs.push(pack);
        self.firsts.push(first);
        if number == 0 {
            return;
        }
        // A later pack brings its own countries and units: the first pack's stand for them.
        for local in 0..self.packs[number].len() as u32 {
            let record = self.packs[number].record(local);
            if record.level() < Level::Adm2 {
                continue;
            }
            let global = PlaceId(first + local);
            let twin = if record.level() == Level::Country {
                self.country_by_code(self.country_code(global).unwrap_or_default())
            } else {
                let country = self.country_code(global).map(str::to_owned);
                self.ids(&name::fold(self.name(global))).into_iter().find(|&id| {
                    id.0 < first
                        && self.level(id) == record.level()
                        && self.country_code(id).map(str::to_owned) == country
                })
            };
            if let Some(twin) = twin.filter(|t| t.0 < first) {
                self.same.insert(global.0, twin.0);
            }
        }
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.packs.iter().map(Pack::len).sum()
    }

    /// Whether there is no place.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places that `name` may mean, most populous first: by its folded form, else by the skeleton key.
    pub fn lookup(&self, name: &str) -> Vec<Candidate> {
        self.find(name).into_iter().map(|id| self.candidate(id)).collect()
    }

    /// As [`lookup`](Self::lookup), but numbers only.
    pub fn find(&self, name: &str) -> Vec<PlaceId> {
        let folded = name::fold(name);
        let exact = self.ids(&folded);
        if exact.is_empty() { self.similar(&folded) } else { exact }
    }

    /// The places whose folded name is `folded`.
    pub fn ids(&self, folded: &str) -> Vec<PlaceId> {
        let mut found = Vec::new();
        for (pack, first) in self.packs.iter().zip(&self.firsts) {
            pack.ids(folded.as_bytes(), |local| found.push(PlaceId(first + local)));
        }
        if self.packs.len() > 1 {
            self.merge(&mut found);
        }
        found
    }

    fn merge(&self, found: &mut Vec<PlaceId>) {
        for id in found.iter_mut() {
            id.0 = self.same.get(&id.0).copied().unwrap_or(id.0);
        }
        found.sort_by_key(|&id| (std::cmp::Reverse(self.record(id).size()), id));
        found.dedup();
        found.truncate(CANDIDATES_MAX);
    }

    /// The places whose name is `folded` in another romanisation.
    pub fn similar(&self, folded: &str) -> Vec<PlaceId> {
        // Names that share their consonants may still be strangers; half of the letters must agree.
        const LIKENESS_MIN: f64 = 0.55;
        let Some(key) = name::skeleton(folded) else { return Vec::new() };
        let mut found = self.ids(&format!("{}{key}", pack::SKELETON));
        let latin = name::latin(folded);
        found.retain(|&id| {
            let own = name::latin(&name::fold(self.name(id)));
            strsim::normalized_levenshtein(&latin, &own) >= LIKENESS_MIN
        });
        found
    }

    /// The places that an adjective or a name of inhabitants belongs to ("Ukrainian", "Muscovite").
    pub fn adjective(&self, word: &str) -> Vec<PlaceId> {
        self.ids(&format!("{}{}", pack::ADJECTIVE, name::fold(word)))
    }

    /// The units that letters stand for ("WVa" of "W. Va.", "TX"); small and large ones differ.
    pub fn abbreviation(&self, letters: &str) -> Vec<PlaceId> {
        self.ids(&format!("{}{}", pack::ABBREVIATION, letters))
    }

    /// The country with an ISO 3166-1 alpha-2 code.
    pub fn country_by_code(&self, code: &str) -> Option<PlaceId> {
        let key = format!("{}{}", pack::CODE, code.to_ascii_lowercase());
        self.ids(&key).into_iter().next()
    }

    /// A first-level unit of a country, by any of its names.
    pub fn adm1_by_name(&self, country: &str, name: &str) -> Option<PlaceId> {
        self.ids(&name::fold(name))
            .into_iter()
            .find(|&id| self.level(id) == Level::Adm1 && self.country_code(id) == Some(country))
    }

    /// Everything about one place.
    pub fn candidate(&self, id: PlaceId) -> Candidate {
        let own = |text: &str| text.to_owned();
        Candidate {
            id,
            name: self.name(id).to_owned(),
            level: self.level(id),
            country: self.country_code(id).map(own),
            adm1: self.adm1(id).map(|u| own(self.name(u))),
            adm2: self.adm2(id).filter(|&u| !self.former(u)).map(|u| own(self.name(u))),
            position: self.position(id),
            population: self.population(id),
            gazetteer_id: self.gazetteer_id(id),
        }
    }

    /// Its name in the gazetteer's spelling.
    pub fn name(&self, id: PlaceId) -> &str {
        let (pack, local) = self.local(id);
        pack.name(pack.record(local).name())
    }

    /// Its level.
    pub fn level(&self, id: PlaceId) -> Level {
        self.record(id).level()
    }

    /// Whether the unit is abolished; its name still occurs.
    pub fn former(&self, id: PlaceId) -> bool {
        self.record(id).former()
    }

    /// Latitude and longitude in degrees.
    pub fn position(&self, id: PlaceId) -> Option<(f64, f64)> {
        self.record(id).position()
    }

    /// Inhabitants, rounded to a tenth; 0 when unknown.
    pub fn population(&self, id: PlaceId) -> u64 {
        self.record(id).population()
    }

    /// GeoNames id.
    pub fn gazetteer_id(&self, id: PlaceId) -> Option<u64> {
        self.record(id).geonames_id()
    }

    /// The unit above it.
    pub fn parent(&self, id: PlaceId) -> Option<PlaceId> {
        let pack = self.pack_of(id);
        let local = self.record(id).parent()?;
        let global = self.firsts[pack] + local;
        Some(PlaceId(self.same.get(&global).copied().unwrap_or(global)))
    }

    /// Itself or the unit above it that has a level.
    pub fn at_level(&self, id: PlaceId, level: Level) -> Option<PlaceId> {
        let mut at = id;
        // Settlement, second level, first level, country: a longer chain is a broken pack.
        for _ in 0..5 {
            if self.level(at) == level {
                return Some(at);
            }
            at = self.parent(at)?;
        }
        None
    }

    /// Its first-level unit, itself included.
    pub fn adm1(&self, id: PlaceId) -> Option<PlaceId> {
        self.at_level(id, Level::Adm1)
    }

    /// Its second-level unit, itself included.
    pub fn adm2(&self, id: PlaceId) -> Option<PlaceId> {
        self.at_level(id, Level::Adm2)
    }

    /// Its country, itself included.
    pub fn country(&self, id: PlaceId) -> Option<PlaceId> {
        self.at_level(id, Level::Country)
    }

    /// ISO 3166-1 alpha-2 of its country.
    pub fn country_code(&self, id: PlaceId) -> Option<&str> {
        let country = self.country(id)?;
        let (pack, local) = self.local(country);
        pack.country_code(local)
    }

    /// Whether `inner` is `outer` or lies in it by the hierarchy of units.
    pub fn contains(&self, outer: PlaceId, inner: PlaceId) -> bool {
        let mut at = Some(inner);
        for _ in 0..5 {
            match at {
                Some(id) if id == outer => return true,
                Some(id) => at = self.parent(id),
                None => return false,
            }
        }
        false
    }

    /// The usual English name of a country ("Russia"), by its ISO 3166-1 alpha-2 code.
    pub fn country_name(&self, code: &str) -> Option<&str> {
        self.country_by_code(code).map(|id| self.name(id))
    }

    /// The country that a country is at war with, by their ISO 3166-1 alpha-2 codes.
    pub fn enemy_of(&self, country: &str) -> Option<&str> {
        self.enemies.get(country).map(String::as_str)
    }

    /// Kilometres between two places; none when a position is unknown.
    pub fn distance_km(&self, a: PlaceId, b: PlaceId) -> Option<f64> {
        Some(distance_km(self.position(a)?, self.position(b)?))
    }

    /// How much each sign weighs.
    pub fn weights(&self) -> &sign::Signs {
        &self.weights
    }

    /// The words that tell places from other names.
    pub(crate) fn words(&self) -> &PlaceWords {
        &self.words
    }

    fn pack_of(&self, id: PlaceId) -> usize {
        self.firsts.partition_point(|&first| first <= id.0).saturating_sub(1)
    }

    fn local(&self, id: PlaceId) -> (&Pack, u32) {
        let pack = self.pack_of(id);
        (&self.packs[pack], id.0 - self.firsts[pack])
    }

    fn record(&self, id: PlaceId) -> Record {
        let (pack, local) = self.local(id);
        pack.record(local)
    }
}

fn enemies(bundle: &Bundle) -> Result<BTreeMap<String, String>, DataError> {
    const BELLIGERENTS: &str = "places/belligerent.tsv";
    let Some(file) = bundle.get(BELLIGERENTS) else { return Ok(BTreeMap::new()) };
    let rows = rows(BELLIGERENTS, file.bytes())?;
    // Wars that have ended stay in the table for their years; only going ones name an enemy.
    Ok(rows
        .iter()
        .filter(|row| row.cell(3).is_empty())
        .map(|row| (row.cell(0).to_owned(), row.cell(1).to_owned()))
        .collect())
}

/// Kilometres along the great circle between two positions in degrees.
///
/// The arithmetic is an equirectangular one below 500 km, where its error is under one in a hundred, and
/// haversine beyond.
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    const EARTH_KM: f64 = 6371.0;
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let h = ((lat_b - lat_a) / 2.0).sin().powi(2)
        + lat_a.cos() * lat_b.cos() * ((b.1 - a.1).to_radians() / 2.0).sin().powi(2);
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}

/// What a word says about the name beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceWord {
    /// Class word of a level ("district", "oblast", "town").
    Class(Level),
    /// Part of a town ("neighbourhood", "quarter").
    Quarter,
    /// Named site ("school", "bridge").
    Site,
    /// Named road ("street", "highway"): after a place it is called, not of it.
    Road,
    /// A road between places: in small letters behind a name it says that something is near ("the Kas road").
    Way,
    /// Water, height or the like that has its class word in its name ("lake", "island").
    Nature,
    /// A body or office that a place name qualifies ("governor", "council").
    Office,
    /// A word in the names of bodies ("times", "airlines", "department").
    Organisation,
    /// What is named after places and is none ("virus").
    Thing,
    /// Part of a name, no place alone ("northern", "central").
    Direction,
    /// Stands before a person's name.
    Title,
    /// Stands between class words and names ("urban", "rural").
    Filler,
    /// Capitalised, but neither place nor person: months, weekdays, feasts, languages.
    Calendar,
}

/// Word tables of the place stage.
pub(crate) struct PlaceWords {
    words: FxHashMap<String, Vec<PlaceWord>>,
    /// Names of places that are common words or common names of persons: need a sign beside them.
    stop: FxHashSet<String>,
    given: FxHashSet<String>,
    /// Verbs of saying, by lemma.
    says: FxHashSet<String>,
}

impl PlaceWords {
    fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut words: BTreeMap<String, Vec<PlaceWord>> = BTreeMap::new();
        let mut given = FxHashSet::default();
        let mut says = FxHashSet::default();
        let mut stop = FxHashSet::default();
        for (path, file) in bundle.files() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let in_language = path.starts_with("lang/");
            match name {
                "place-word.tsv" if in_language => {
                    for row in rows(path, file.bytes())? {
                        let word = parse_word(row.cell(1)).ok_or_else(|| {
                            row.fault(format!("`{}` is no kind of place word", row.cell(1)))
                        })?;
                        words.entry(row.cell(0).to_lowercase()).or_default().push(word);
                    }
                }
                "title.tsv" if in_language => {
                    for row in rows(path, file.bytes())? {
                        words.entry(row.cell(0).to_lowercase()).or_default().push(PlaceWord::Title);
                    }
                }
                "say-verb.tsv" if in_language => {
                    for row in rows(path, file.bytes())? {
                        says.insert(row.cell(0).to_lowercase());
                    }
                }
                "given-name.tsv" if in_language => {
                    for row in rows(path, file.bytes())? {
                        given.insert(name::fold(row.cell(0)));
                    }
                }
                "stop.tsv" if path == "places/stop.tsv" => {
                    for row in rows(path, file.bytes())? {
                        stop.insert(name::fold(row.cell(0)));
                    }
                }
                _ => {}
            }
        }
        Ok(PlaceWords { words: words.into_iter().collect(), stop, given, says })
    }

    /// What a lower-cased word says.
    pub(crate) fn of(&self, lower: &str) -> &[PlaceWord] {
        self.words.get(lower).map_or(&[], Vec::as_slice)
    }

    /// Whether the word is of a kind.
    pub(crate) fn is(&self, lower: &str, kind: PlaceWord) -> bool {
        self.of(lower).contains(&kind)
    }

    /// Whether the word is one for a site or a road.
    pub(crate) fn is_site(&self, lower: &str) -> bool {
        self.of(lower).iter().any(|w| matches!(w, PlaceWord::Site | PlaceWord::Road))
    }

    /// The level that the word gives, if it is a class word.
    pub(crate) fn class(&self, lower: &str) -> Option<Level> {
        self.of(lower).iter().find_map(|w| match w {
            PlaceWord::Class(level) => Some(*level),
            PlaceWord::Nature => Some(Level::Region),
            _ => None,
        })
    }

    /// Whether a folded name is a common word.
    pub(crate) fn stopped(&self, folded: &str) -> bool {
        self.stop.contains(folded)
    }

    /// Whether a lemma is a verb of saying.
    pub(crate) fn says(&self, lemma: &str) -> bool {
        self.says.contains(lemma)
    }

    /// Whether a folded name is a common given name.
    pub(crate) fn given(&self, folded: &str) -> bool {
        self.given.contains(folded)
    }
}

fn parse_word(kind: &str) -> Option<PlaceWord> {
    Some(match kind {
        "settlement" => PlaceWord::Class(Level::Settlement),
        "adm2" => PlaceWord::Class(Level::Adm2),
        "adm1" => PlaceWord::Class(Level::Adm1),
        "region" => PlaceWord::Class(Level::Region),
        "country" => PlaceWord::Class(Level::Country),
        "quarter" => PlaceWord::Quarter,
        "site" => PlaceWord::Site,
        "road" => PlaceWord::Road,
        "way" => PlaceWord::Way,
        "nature" => PlaceWord::Nature,
        "thing" => PlaceWord::Thing,
        "direction" => PlaceWord::Direction,
        "office" => PlaceWord::Office,
        "organisation" => PlaceWord::Organisation,
        "title" => PlaceWord::Title,
        "filler" => PlaceWord::Filler,
        "calendar" => PlaceWord::Calendar,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pack::{NewPlace, PackBuilder};
    use std::sync::LazyLock;

    static EMBEDDED: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(&Bundle::embedded()).unwrap());

    #[test]
    fn spellings_of_one_town() {
        let ids: Vec<Option<u64>> = ["Grayvoron", "Graivoron", "Hraivoron", "Грайворон"]
            .iter()
            .map(|name| EMBEDDED.lookup(name)[0].gazetteer_id)
            .collect();
        assert!(ids.iter().all(|id| *id == Some(559_034)), "{ids:?}");
        for [a, b] in [["Kyiv", "Kiev"], ["Kharkiv", "Kharkov"], ["Odesa", "Odessa"]] {
            assert_eq!(EMBEDDED.lookup(a)[0].country, EMBEDDED.lookup(b)[0].country);
        }
    }

    #[test]
    fn occupied_territory_carries_the_country_of_law() {
        for name in ["Simferopol", "Sevastopol", "Luhansk", "Donetsk", "Melitopol", "Henichesk"] {
            assert_eq!(EMBEDDED.lookup(name)[0].country.as_deref(), Some("UA"), "{name}");
        }
    }

    #[test]
    fn adjectives_units_and_hierarchy() {
        let ukrainian = EMBEDDED.adjective("Ukrainian");
        assert_eq!(ukrainian, [EMBEDDED.country_by_code("UA").unwrap()]);
        let unit = EMBEDDED.adm1_by_name("UA", "Kharkivshchyna").unwrap();
        assert_eq!(EMBEDDED.name(unit), "Kharkiv Oblast");
        let city = EMBEDDED.find("Kharkiv").into_iter().find(|&id| EMBEDDED.level(id) == Level::Settlement);
        assert!(EMBEDDED.contains(unit, city.unwrap()));
        assert!(EMBEDDED.contains(ukrainian[0], unit));
        assert!(!EMBEDDED.contains(unit, ukrainian[0]));
    }

    #[test]
    fn an_overlay_adds_places_below_known_units() {
        let mut pack = PackBuilder::default();
        let base = NewPlace {
            name: "Ukraine".into(),
            level: Level::Country,
            parent: None,
            code: Some("UA".into()),
            position: None,
            population: 0,
            geonames_id: 0,
            former: false,
        };
        let country = pack.place(&base);
        let unit = NewPlace {
            name: "Kharkiv Oblast".into(),
            level: Level::Adm1,
            parent: Some(country),
            code: None,
            ..base.clone()
        };
        let unit = pack.place(&unit);
        let position = Some((49.5, 36.5));
        let mine = NewPlace {
            name: "Xyzzyvka".into(),
            level: Level::Settlement,
            parent: Some(unit),
            code: None,
            position,
            ..base
        };
        let mine = pack.place(&mine);
        pack.key("xyzzyvka".into(), mine);
        let mut bundle = Bundle::embedded();
        bundle.overlay("places/mine.bin", pack.finish().unwrap());
        let gazetteer = Gazetteer::new(&bundle).unwrap();
        let found = gazetteer.lookup("Xyzzyvka");
        assert_eq!(found[0].adm1.as_deref(), Some("Kharkiv Oblast"));
        let known = gazetteer.adm1_by_name("UA", "Kharkiv Oblast").unwrap();
        assert!(gazetteer.contains(known, found[0].id));
    }

    #[test]
    fn every_sign_has_a_weight() {
        let mut bundle = Bundle::embedded();
        let table = String::from_utf8(bundle.get(sign::PATH).unwrap().bytes().to_vec()).unwrap();
        bundle.overlay(sign::PATH, table.replace("population\t", "#\t").into_bytes());
        let fault = Gazetteer::new(&bundle).err().unwrap().to_string();
        assert!(fault.contains("no weight for `population`"), "{fault}");
        bundle.overlay(sign::PATH, format!("{table}luck\t1\n").into_bytes());
        assert!(Gazetteer::new(&bundle).err().unwrap().to_string().contains("`luck` is no sign"));
    }

    #[test]
    fn abbreviations_are_units() {
        let name =
            |letters: &str| EMBEDDED.abbreviation(letters).first().map(|&id| EMBEDDED.name(id).to_owned());
        assert_eq!(name("WVa").as_deref(), Some("West Virginia"));
        assert_eq!(name("TX").as_deref(), Some("Texas"));
        assert_eq!(name("Ms"), None);
        assert_eq!(EMBEDDED.abbreviation("Mich").len(), 2, "Michigan and Michoacán");
    }

    #[test]
    fn damaged_packs_are_refused() {
        let mut bytes = PackBuilder::default().finish().unwrap();
        assert!(Pack::new(&bytes.clone().into()).is_ok());
        bytes[8] = 99;
        assert!(Pack::new(&bytes.clone().into()).is_err());
        bytes.truncate(50);
        assert!(Pack::new(&bytes.into()).is_err());
    }
}
