//! The model file: hashed tables of small weights behind a checked header, read in place.
//!
//! All numbers are little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `ANNALSYN` |
//! | 8..12 | [`FORMAT`] |
//! | 12..16 | number of sections |
//! | 16..24 | length of the file |
//! | 24..32 | zero |
//! | 32..64 | BLAKE3 of everything behind |
//! | 64.. | per section: name (8 bytes, padded with zeros), start and length (8 bytes each) |
//! | then | the sections, each on a multiple of 64 bytes |
//!
//! Several features fall on one row of a table; training gives the row to the most useful of them and a
//! check byte turns the others away, so that a small table loses rare features instead of mixing them up.
//! Weights are signed bytes. There are two kinds of rows: [`MoveRow`] for few classes, [`ClassRow`] for many.

use super::label::{Deprel, Upos};
use crate::bundle::{Bundle, DataError};
use std::borrow::Cow;
use std::ops::Range;

/// Version of the file and of the features behind it.
pub const FORMAT: u32 = 1;

/// Weights of the three moves, and the check byte of the feature that owns the row.
pub type MoveRow = [i8; 4];

/// Weights of up to [`ROW_CLASSES`] classes: the check byte of the feature that owns the row, 1 if the
/// feature has a further row at [`further`], then pairs of class and weight.
pub type ClassRow = [i8; 16];

/// Classes with a weight in one [`ClassRow`].
pub const ROW_CLASSES: usize = 7;

/// Most rows of one feature.
pub const ROWS_MAX: usize = 4;

/// Most tags or labels of a model.
pub const CLASSES_MAX: usize = 64;

const MAGIC: &[u8; 8] = b"ANNALSYN";
const HEADER: usize = 64;
const ENTRY: usize = 24;
const ALIGN: usize = 64;

/// A model, checked and ready: all tables are views of the file's bytes.
#[derive(Clone, Debug)]
pub struct Model {
    bytes: Cow<'static, [u8]>,
    /// Word class per tag of the model; several tags may share one.
    pub(super) upos: Vec<Upos>,
    /// Relation per label of the model.
    pub(super) deprel: Vec<Deprel>,
    pub(super) scripts: Vec<Script>,
    tags: Range<usize>,
    moves: Range<usize>,
    labels: Range<usize>,
    lemmas: Range<usize>,
}

/// How a lemma is made of a form: take off some characters, put others there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Script {
    /// Characters to take off the end.
    pub cut: u8,
    /// What to append.
    pub append: String,
}

/// What `annalist-train` puts into a file.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Tags: a word class, perhaps with a dash and a finer class (`VERB-Past`).
    pub tags: Vec<String>,
    /// Relations.
    pub labels: Vec<String>,
    /// The lemmatiser's scripts, by number.
    pub scripts: Vec<Script>,
    /// Weights of tags; the number of rows is a power of two.
    pub tag_table: Vec<ClassRow>,
    /// Weights of moves; the number of rows is a power of two.
    pub move_table: Vec<MoveRow>,
    /// Weights of labels; the number of rows is a power of two.
    pub label_table: Vec<ClassRow>,
    /// Slots of the lemmatiser, see [`super::lemma`]; a power of two of them.
    pub lemma_table: Vec<[u8; 4]>,
}

/// The path of a language's model in the data folder.
pub fn path(language: &str) -> String {
    format!("models/{language}/syntax.bin")
}

impl Model {
    /// Takes the model of a language from the bundle.
    ///
    /// # Errors
    /// When the file is missing, or as [`Model::from_bytes`].
    pub fn load(bundle: &Bundle, language: &str) -> Result<Self, DataError> {
        let path = path(language);
        match bundle.get(&path) {
            Some(file) => Model::from_bytes(&path, file.bytes().clone()),
            None => Err(DataError::new(
                &path,
                0,
                "the model is missing; restore the file or train it with `annalist-train syntax`",
            )),
        }
    }

    /// Checks a model file.
    ///
    /// # Errors
    /// When it is no model, of another version, cut short, altered (its hash differs), or names tags and
    /// relations that the engine does not know.
    pub fn from_bytes(path: &str, bytes: Cow<'static, [u8]>) -> Result<Self, DataError> {
        let fault = |message: String| DataError::new(path, 0, message);
        check_header(&bytes).map_err(fault)?;
        let sections = Sections { bytes: &bytes };
        let read = || -> Result<_, String> {
            let upos = read_names(sections.text("tags")?, "tag", |name| {
                Upos::parse(name.split('-').next().unwrap_or(name))
            })?;
            let deprel = read_names(sections.text("labels")?, "relation", Deprel::parse)?;
            if !deprel.iter().any(|&label| label != Deprel::Root) {
                return Err("it knows no relation but `root`; train it anew".to_owned());
            }
            Ok((
                upos,
                deprel,
                read_scripts(sections.text("scripts")?)?,
                sections.table("tagtable", size_of::<ClassRow>())?,
                sections.table("movtable", size_of::<MoveRow>())?,
                sections.table("labtable", size_of::<ClassRow>())?,
                sections.table("lemtable", 4)?,
            ))
        };
        let (upos, deprel, scripts, tags, moves, labels, lemmas) = read().map_err(fault)?;
        Ok(Model { bytes, upos, deprel, scripts, tags, moves, labels, lemmas })
    }

    /// Scores of the tags.
    #[inline]
    pub(super) fn score_tags(&self, features: &[u64]) -> [i16; CLASSES_MAX] {
        score_classes(bytemuck::cast_slice(&self.bytes[self.tags.clone()]), features)
    }

    /// Scores of the labels.
    #[inline]
    pub(super) fn score_labels(&self, features: &[u64]) -> [i16; CLASSES_MAX] {
        score_classes(bytemuck::cast_slice(&self.bytes[self.labels.clone()]), features)
    }

    /// Scores of the moves; the fourth is of no meaning.
    #[inline]
    pub(super) fn score_moves(&self, features: &[u64]) -> [i16; 4] {
        score_moves(bytemuck::cast_slice(&self.bytes[self.moves.clone()]), features)
    }

    pub(super) fn lemma_table(&self) -> &[[u8; 4]] {
        bytemuck::cast_slice(&self.bytes[self.lemmas.clone()])
    }
}

fn score_moves(rows: &[MoveRow], features: &[u64]) -> [i16; 4] {
    let mask = rows.len() - 1;
    let mut sums = [0; 4];
    for &feature in features {
        let row = &rows[row_of(feature, mask)];
        // A mask instead of a branch: which features own their row cannot be foreseen.
        let owned = -i16::from(row[3] == check_of(feature));
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += i16::from(*weight) & owned;
        }
    }
    sums
}

fn score_classes(rows: &[ClassRow], features: &[u64]) -> [i16; CLASSES_MAX] {
    let mask = rows.len() - 1;
    let mut sums = [0; CLASSES_MAX];
    for &feature in features {
        let mut key = feature;
        for _ in 0..ROWS_MAX {
            let row = &rows[row_of(key, mask)];
            if row[0] != check_of(key) {
                break;
            }
            for pair in row[2..].as_chunks::<2>().0 {
                sums[pair[0] as usize % CLASSES_MAX] += i16::from(pair[1]);
            }
            if row[1] != 1 {
                break;
            }
            key = further(key);
        }
    }
    sums
}

/// The key of the next row of a feature that has more weights than one row holds.
#[inline]
pub fn further(key: u64) -> u64 {
    let product = (key ^ 0x5bd1_e995).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    product ^ product >> 32
}

/// The row that a feature falls on; `mask` is the number of rows less one.
#[inline(always)]
pub fn row_of(feature: u64, mask: usize) -> usize {
    feature as usize & mask
}

/// The byte that tells the owner of a row from other features that fall on it.
#[inline(always)]
pub fn check_of(feature: u64) -> i8 {
    (feature >> 56) as i8
}

/// Writes a model file; [`Model::from_bytes`] reads it.
pub fn to_bytes(parts: &Parts) -> Vec<u8> {
    let scripts: Vec<String> = parts.scripts.iter().map(|s| format!("{} {}", s.cut, s.append)).collect();
    let texts = [parts.tags.join("\n"), parts.labels.join("\n"), scripts.join("\n")];
    let sections: [(&str, &[u8]); 7] = [
        ("tags", texts[0].as_bytes()),
        ("labels", texts[1].as_bytes()),
        ("scripts", texts[2].as_bytes()),
        ("tagtable", bytemuck::cast_slice(&parts.tag_table)),
        ("movtable", bytemuck::cast_slice(&parts.move_table)),
        ("labtable", bytemuck::cast_slice(&parts.label_table)),
        ("lemtable", bytemuck::cast_slice(&parts.lemma_table)),
    ];
    let mut bytes = vec![0; HEADER + sections.len() * ENTRY];
    for (n, (name, content)) in sections.iter().enumerate() {
        bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
        let entry = HEADER + n * ENTRY;
        let start = bytes.len() as u64;
        bytes[entry..entry + name.len()].copy_from_slice(name.as_bytes());
        bytes[entry + 8..entry + 16].copy_from_slice(&start.to_le_bytes());
        bytes[entry + 16..entry + 24].copy_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(content);
    }
    let len = bytes.len() as u64;
    let hash = blake3::hash(&bytes[HEADER..]);
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[12..16].copy_from_slice(&(sections.len() as u32).to_le_bytes());
    bytes[16..24].copy_from_slice(&len.to_le_bytes());
    bytes[32..64].copy_from_slice(hash.as_bytes());
    bytes
}

fn check_header(bytes: &[u8]) -> Result<(), String> {
    if bytes.get(..8) != Some(MAGIC) {
        return Err(
            "this is no syntax model; put one there that `annalist-train syntax` has written".to_owned()
        );
    }
    if bytes.len() < HEADER {
        return Err(format!("the model is cut short: {} bytes; copy it again", bytes.len()));
    }
    let format = number(bytes, 8, 4);
    if format != u64::from(FORMAT) {
        return Err(format!(
            "the model has format {format}, this engine reads {FORMAT}; train it anew with the \
             `annalist-train syntax` of this version"
        ));
    }
    let len = number(bytes, 16, 8);
    if len != bytes.len() as u64 {
        return Err(format!("the model has {} bytes and should have {len}; copy it again", bytes.len()));
    }
    if blake3::hash(&bytes[HEADER..]).as_bytes() != &bytes[32..HEADER] {
        return Err(
            "the model was altered: its hash differs from the one in its header; copy it again".to_owned()
        );
    }
    Ok(())
}

/// A little-endian number; 0 where there are no such bytes.
fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    let mut word = [0; 8];
    if let Some(found) = bytes.get(at..at + len) {
        word[..len].copy_from_slice(found);
    }
    u64::from_le_bytes(word)
}

struct Sections<'b> {
    bytes: &'b [u8],
}

impl<'b> Sections<'b> {
    fn find(&self, name: &str) -> Result<Range<usize>, String> {
        let count = number(self.bytes, 12, 4) as usize;
        let directory = self.bytes[HEADER..].chunks_exact(ENTRY).take(count);
        for entry in directory {
            if entry[..8].strip_prefix(name.as_bytes()).is_some_and(|rest| rest.iter().all(|&b| b == 0)) {
                let (start, len) = (number(entry, 8, 8), number(entry, 16, 8));
                let end = start.checked_add(len).filter(|&end| end <= self.bytes.len() as u64);
                return end
                    .map(|end| start as usize..end as usize)
                    .ok_or_else(|| format!("its section `{name}` ends beyond the file; copy it again"));
            }
        }
        Err(format!("it has no section `{name}`; train it anew"))
    }

    fn text(&self, name: &str) -> Result<&'b str, String> {
        std::str::from_utf8(&self.bytes[self.find(name)?])
            .map_err(|_| format!("its section `{name}` is not UTF-8; train it anew"))
    }

    fn table(&self, name: &str, lanes: usize) -> Result<Range<usize>, String> {
        let range = self.find(name)?;
        if range.len() % lanes != 0 || !(range.len() / lanes).is_power_of_two() {
            return Err(format!("its table `{name}` has no power of two of rows; train it anew"));
        }
        Ok(range)
    }
}

fn read_names<T>(text: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let names: Vec<T> = text
        .lines()
        .map(|name| parse(name).ok_or_else(|| format!("it uses the unknown {what} `{name}`; train it anew")))
        .collect::<Result<_, _>>()?;
    if names.is_empty() || names.len() > CLASSES_MAX {
        return Err(format!(
            "it has {} {what}s, between 1 and {CLASSES_MAX} are possible; train it anew",
            names.len()
        ));
    }
    Ok(names)
}

fn read_scripts(text: &str) -> Result<Vec<Script>, String> {
    let read = |line: &str| {
        let (cut, append) = line.split_once(' ')?;
        Some(Script { cut: cut.parse().ok()?, append: append.to_owned() })
    };
    text.lines()
        .map(|line| read(line).ok_or_else(|| format!("`{line}` is no lemma script; train it anew")))
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A model of given weights, repeated over its tables.
    pub(in crate::syntax) fn toy(weights: &[i8]) -> Parts {
        let fill = |len: usize| weights.iter().copied().chain([0]).cycle().take(len).collect::<Vec<i8>>();
        Parts {
            tags: vec!["NOUN".into(), "VERB-Past".into(), "PUNCT".into()],
            labels: vec!["root".into(), "nsubj".into(), "obj".into()],
            scripts: vec![Script { cut: 9, append: "x".into() }, Script { cut: 1, append: String::new() }],
            tag_table: fill(16 * 64).as_chunks().0.to_vec(),
            move_table: fill(4 * 64).as_chunks().0.to_vec(),
            label_table: fill(16 * 64).as_chunks().0.to_vec(),
            lemma_table: fill(256).chunks(4).map(|c| [c[0] as u8, c[1] as u8, c[2] as u8, 0]).collect(),
        }
    }

    fn message(bytes: Vec<u8>) -> String {
        Model::from_bytes("m.bin", bytes.into()).unwrap_err().message
    }

    #[test]
    fn damage_is_told_apart() {
        let whole = to_bytes(&toy(&[1, -2, 3]));
        assert!(Model::from_bytes("m.bin", whole.clone().into()).is_ok());
        assert!(message(whole[..whole.len() - 1].to_vec()).contains("copy it again"));
        assert!(message(whole[..20].to_vec()).contains("cut short"));
        assert!(message(b"PK".to_vec()).contains("no syntax model"));
        let mut altered = whole.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(message(altered).contains("hash differs"));
        let mut newer = whole;
        newer[8] = 99;
        assert!(message(newer).contains("format 99"));
    }

    #[test]
    fn unknown_labels_are_refused() {
        let mut parts = toy(&[1]);
        parts.tags.push("GERUND".into());
        assert!(message(to_bytes(&parts)).contains("unknown tag `GERUND`"));
        let mut parts = toy(&[1]);
        parts.move_table.truncate(3);
        assert!(message(to_bytes(&parts)).contains("movtable"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(mut bytes in prop::collection::vec(any::<u8>(), 0..400), whole in any::<bool>()) {
            if whole {
                // Past the checks of the header, so that the sections are read.
                let mut header = to_bytes(&toy(&[1]))[..HEADER.min(64)].to_vec();
                header[16..24].copy_from_slice(&((HEADER + bytes.len()) as u64).to_le_bytes());
                header[32..64].copy_from_slice(blake3::hash(&bytes).as_bytes());
                header.append(&mut bytes);
                bytes = header;
            }
            let _ = Model::from_bytes("m.bin", bytes.into());
        }
    }
}
