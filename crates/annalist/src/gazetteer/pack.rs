//! The packed gazetteer: one file, read in place.
//!
//! A header of [`HEADER_BYTES`], then four parts, each at a multiple of 64: an `fst` map from key to postings,
//! records of five little-endian words, postings, and the blob of names. A key is a folded name; [`SKELETON`],
//! [`ADJECTIVE`], [`ABBREVIATION`] and [`CODE`] before it make other kinds of keys.

use super::Level;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Before a skeleton key.
pub const SKELETON: char = '~';
/// Before a folded adjective.
pub const ADJECTIVE: char = '=';
/// Before the letters of an abbreviation, as they are written.
pub const ABBREVIATION: char = '.';
/// Before a country's code in lower case.
pub const CODE: char = '@';
/// Most places under one key.
pub const POSTINGS_MAX: usize = 64;
/// Size of the header.
pub const HEADER_BYTES: usize = 128;
/// Version of the layout; a reader takes only its own.
pub const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"ANNPLACE";
const ALIGNMENT: usize = 64;
const WORDS: usize = 5;
const NO_PARENT: u32 = 0x00ff_ffff;
const NO_POSITION: u32 = i32::MIN as u32;
/// Steps of the stored logarithm of the population per e-fold.
const POPULATION_STEPS: f64 = 12.0;

/// One place as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record([u32; WORDS]);

impl Record {
    /// Its level.
    pub fn level(self) -> Level {
        match self.0[2] >> 29 {
            0 => Level::Site,
            1 => Level::Settlement,
            2 => Level::Adm2,
            3 => Level::Adm1,
            4 => Level::Region,
            _ => Level::Country,
        }
    }

    /// Whether the unit is abolished.
    pub fn former(self) -> bool {
        self.0[2] >> 28 & 1 == 1
    }

    /// GeoNames id.
    pub fn geonames_id(self) -> Option<u64> {
        let id = self.0[2] & 0x0fff_ffff;
        (id != 0).then_some(u64::from(id))
    }

    /// Latitude and longitude in degrees.
    pub fn position(self) -> Option<(f64, f64)> {
        (self.0[0] != NO_POSITION)
            .then(|| (f64::from(self.0[0] as i32) / 1e5, f64::from(self.0[1] as i32) / 1e5))
    }

    /// Inhabitants, to about a tenth.
    pub fn population(self) -> u64 {
        ((f64::from(self.size()) / POPULATION_STEPS).exp() - 1.0).round() as u64
    }

    /// The stored logarithm of the population: orders places by size.
    pub fn size(self) -> u32 {
        self.0[3] >> 24
    }

    pub(super) fn name(self) -> u32 {
        self.0[3] & 0x00ff_ffff
    }

    pub(super) fn parent(self) -> Option<u32> {
        let parent = self.0[4] & 0x00ff_ffff;
        (self.level() != Level::Country && parent != NO_PARENT).then_some(parent)
    }
}

/// A packed gazetteer.
pub struct Pack {
    fst: fst::Map<Cow<'static, [u8]>>,
    records: Cow<'static, [[u32; WORDS]]>,
    postings: Cow<'static, [u32]>,
    names: Cow<'static, [u8]>,
}

impl Pack {
    /// Reads a pack; borrowed bytes stay where they are, owned ones are copied into aligned parts.
    ///
    /// # Errors
    /// What is wrong, in words: another magic or version, a hash that does not fit, parts out of bounds.
    #[expect(clippy::ptr_arg, reason = "borrowed bytes stay in place, owned ones are copied")]
    pub fn new(bytes: &Cow<'static, [u8]>) -> Result<Self, String> {
        let head = bytes.get(..HEADER_BYTES).ok_or("shorter than its header")?;
        if &head[..8] != MAGIC {
            return Err("no gazetteer pack; build one with `annalist-train gazetteer`".into());
        }
        let word = |n: usize| u32::from_le_bytes([head[n], head[n + 1], head[n + 2], head[n + 3]]);
        if word(8) != VERSION {
            return Err(format!("version {} of the layout, this program reads {VERSION}", word(8)));
        }
        if blake3::hash(&bytes[HEADER_BYTES..]).as_bytes() != &head[32..64] {
            return Err("damaged: the hash in its header does not fit; build or copy it again".into());
        }
        let mut at = HEADER_BYTES;
        let mut part = |length: u32| {
            let start = at;
            let end = start.checked_add(length as usize).filter(|&e| e <= bytes.len());
            at = end.map_or(usize::MAX - ALIGNMENT, |e| e.next_multiple_of(ALIGNMENT));
            end.map(|end| cut(bytes, start, end)).ok_or("a part reaches beyond its end")
        };
        let (fst, records, postings, names) =
            (part(word(12))?, part(word(16))?, part(word(20))?, part(word(24))?);
        Ok(Pack {
            fst: fst::Map::new(fst).map_err(|e| e.to_string())?,
            records: words(records)?,
            postings: words(postings)?,
            names,
        })
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no place.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record of a place; an empty one beyond the last.
    pub fn record(&self, local: u32) -> Record {
        let words = self.records.get(local as usize).copied().unwrap_or([NO_POSITION, 0, 0, 0, NO_PARENT]);
        Record(words.map(u32::from_le))
    }

    /// Calls `each` with every place under a key, the largest first.
    pub fn ids(&self, key: &[u8], mut each: impl FnMut(u32)) {
        let Some(value) = self.fst.get(key) else { return };
        let at = (value >> 1) as usize;
        if value & 1 == 0 {
            each(at as u32);
            return;
        }
        let count = self.postings.get(at).map_or(0, |n| u32::from_le(*n) as usize).min(POSTINGS_MAX);
        for id in self.postings.iter().skip(at + 1).take(count) {
            each(u32::from_le(*id));
        }
    }

    /// The name at an offset of the blob.
    pub(super) fn name(&self, offset: u32) -> &str {
        let at = offset as usize;
        let length = self.names.get(at).map_or(0, |n| *n as usize);
        self.names.get(at + 1..at + 1 + length).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
    }

    /// The code of a country's record.
    pub(super) fn country_code(&self, local: u32) -> Option<&str> {
        let record = self.record(local);
        if record.level() != Level::Country {
            return None;
        }
        // The code stands right before the name.
        let at = (record.name() as usize).checked_sub(2)?;
        self.names.get(at..at + 2).and_then(|b| std::str::from_utf8(b).ok())
    }
}

#[expect(clippy::ptr_arg, reason = "borrowed bytes stay in place, owned ones are copied")]
fn cut(bytes: &Cow<'static, [u8]>, start: usize, end: usize) -> Cow<'static, [u8]> {
    match bytes {
        Cow::Borrowed(b) => Cow::Borrowed(&b[start..end]),
        Cow::Owned(b) => Cow::Owned(b[start..end].to_vec()),
    }
}

fn words<T: bytemuck::Pod>(bytes: Cow<'static, [u8]>) -> Result<Cow<'static, [T]>, String> {
    if !bytes.len().is_multiple_of(size_of::<T>()) {
        return Err("a part is no whole number of words".into());
    }
    Ok(match bytes {
        Cow::Borrowed(b) => match bytemuck::try_cast_slice(b) {
            Ok(slice) => Cow::Borrowed(slice),
            Err(_) => Cow::Owned(copied(b)),
        },
        Cow::Owned(b) => Cow::Owned(copied(&b)),
    })
}

/// Overlay bytes stand at any address: they are read word by word.
fn copied<T: bytemuck::Pod>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}

/// A place on its way into a pack.
#[derive(Clone, Debug)]
pub struct NewPlace {
    /// Name in the spelling that readings show.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Number of the unit above it, which is added before it.
    pub parent: Option<u32>,
    /// ISO 3166-1 alpha-2, of a country only.
    pub code: Option<String>,
    /// Latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// Inhabitants; 0 when unknown.
    pub population: u64,
    /// GeoNames id; 0 for none.
    pub geonames_id: u32,
    /// Whether the unit is abolished.
    pub former: bool,
}

/// Writes packs: the same places and keys in the same order give the same bytes.
#[derive(Default)]
pub struct PackBuilder {
    records: Vec<[u32; WORDS]>,
    names: Vec<u8>,
    name_at: BTreeMap<String, u32>,
    keys: BTreeMap<String, Vec<u32>>,
}

impl PackBuilder {
    /// Adds a place and gives its number. Keys are added apart.
    pub fn place(&mut self, place: &NewPlace) -> u32 {
        let (lat, lon) = match place.position {
            Some((lat, lon)) => ((lat * 1e5).round() as i32 as u32, (lon * 1e5).round() as i32 as u32),
            None => (NO_POSITION, 0),
        };
        let level = match place.level {
            Level::Site => 0,
            Level::Settlement => 1,
            Level::Adm2 => 2,
            Level::Adm1 => 3,
            Level::Region => 4,
            Level::Country => 5u32,
        };
        let size = ((place.population as f64 + 1.0).ln() * POPULATION_STEPS).round().min(255.0) as u32;
        let name = self.name(place);
        self.records.push([
            lat,
            lon,
            level << 29 | u32::from(place.former) << 28 | place.geonames_id & 0x0fff_ffff,
            size << 24 | name,
            place.parent.unwrap_or(NO_PARENT),
        ]);
        self.records.len() as u32 - 1
    }

    fn name(&mut self, place: &NewPlace) -> u32 {
        let code = place.code.as_deref().unwrap_or_default();
        let label = format!("{code}/{}", place.name);
        if let Some(&at) = self.name_at.get(&label) {
            return at;
        }
        self.names.extend(code.as_bytes());
        let at = self.names.len() as u32;
        let mut length = place.name.len().min(255);
        while !place.name.is_char_boundary(length) {
            length -= 1;
        }
        self.names.push(length as u8);
        self.names.extend(&place.name.as_bytes()[..length]);
        self.name_at.insert(label, at);
        at
    }

    /// Puts a place under a key.
    pub fn key(&mut self, key: String, place: u32) {
        if key.is_empty() {
            return;
        }
        let ids = self.keys.entry(key).or_default();
        if !ids.contains(&place) {
            ids.push(place);
        }
    }

    /// Number of keys.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The packed bytes.
    ///
    /// # Errors
    /// When the map of keys cannot be built or a part has over 4 GiB.
    pub fn finish(mut self) -> Result<Vec<u8>, fst::Error> {
        let mut postings: Vec<u32> = Vec::new();
        // Equal lists are stored once: spellings of one name share theirs.
        let mut list_at: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        let mut map = fst::MapBuilder::memory();
        for (key, ids) in &mut self.keys {
            ids.sort_by_key(|&id| (std::cmp::Reverse(self.records[id as usize][3] >> 24), id));
            ids.truncate(POSTINGS_MAX);
            let value = match ids.as_slice() {
                [only] => u64::from(*only) << 1,
                _ => *list_at.entry(ids.clone()).or_insert_with(|| {
                    let at = postings.len() as u64;
                    postings.push(ids.len() as u32);
                    postings.extend(ids.iter());
                    at << 1 | 1
                }),
            };
            map.insert(key, value)?;
        }
        let little = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
        let parts = [map.into_inner()?, little(self.records.as_flattened()), little(&postings), self.names];
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        for (n, part) in parts.iter().enumerate() {
            bytes[12 + 4 * n..16 + 4 * n].copy_from_slice(&(part.len() as u32).to_le_bytes());
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        }
        let hash = *blake3::hash(&bytes[HEADER_BYTES..]).as_bytes();
        bytes[32..64].copy_from_slice(&hash);
        Ok(bytes)
    }
}
