//! The model file: the network's numbers and the lemmatiser's table behind a checked header, read in place.
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
//! Weights are signed bytes with one scale for a row. The matrices stand one behind the other, in the order of
//! [`matrix_sizes`]; so do their scales and biases.

use super::feature::FEATURES;
use super::label::{Deprel, Upos};
use super::matrix::{DOT_MAX, Dense, INPUTS_MAX, WHOLE_MAX, whole};
use super::network::{DISTANCES, Network, Shape, UNIT};
use super::vector::{Slot, Vectors};
use crate::bundle::{Bundle, DataError};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Version of the file and of the features behind it.
pub const FORMAT: u32 = 2;

/// Most word classes, relations or inflections of a model.
pub const CLASSES_MAX: usize = 1024;

/// Most layers of a network.
pub const LAYERS_MAX: usize = 8;

const MAGIC: &[u8; 8] = b"ANNALSYN";
const HEADER: usize = 64;
const ENTRY: usize = 24;
const ALIGN: usize = 64;

/// A model, checked and ready: all tables are views of the file's bytes.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) network: Network,
    /// Word class per class of the model.
    pub(super) upos: Vec<Upos>,
    /// Relation per label of the model.
    pub(super) deprel: Vec<Deprel>,
    /// Inflections (`Number=Plur`), those of one word class beside each other.
    pub(super) morphs: Arc<[String]>,
    /// Which of `morphs` belong to a class of `upos`.
    pub(super) morphs_of: Vec<Range<usize>>,
    pub(super) scripts: Vec<Script>,
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

/// A matrix of signed bytes.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// Row by row.
    pub weights: Vec<i8>,
    /// What a byte of a row weighs.
    pub scales: Vec<f32>,
    /// What is added to a row's product.
    pub biases: Vec<f32>,
}

/// What `annalist-train` puts into a file.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Sizes of the network.
    pub shape: Shape,
    /// Word classes.
    pub upos: Vec<String>,
    /// Relations.
    pub labels: Vec<String>,
    /// Word class, a space and an inflection in CoNLL-U's writing; sorted.
    pub morphs: Vec<String>,
    /// The lemmatiser's scripts, by number.
    pub scripts: Vec<Script>,
    /// From features to rows of `vectors`, see [`super::vector::table`].
    pub slots: Vec<Slot>,
    /// Rows of vectors; the first ones for unknown words, affixes and shapes.
    pub vectors: Vec<i8>,
    /// What a byte of `vectors` weighs.
    pub vector_scale: f32,
    /// The matrices in the order of [`matrix_sizes`].
    pub matrices: Vec<Matrix>,
    /// Per layer, what a cell's past adds to its gates: forget and output gates of the forward half, then of the other.
    pub peeps: Vec<f32>,
    /// The root as a head.
    pub root: Vec<f32>,
    /// What distance adds to the score of an arc.
    pub distance: Vec<f32>,
    /// Slots of the lemmatiser, see [`super::lemma`]; a power of two of them.
    pub lemma_table: Vec<[u8; 4]>,
}

/// Inputs and outputs of every matrix of a network: the layers, the top, the product that compares head and dependent,
/// relations, word classes, inflections.
pub fn matrix_sizes(shape: Shape, upos: usize, labels: usize, morphs: usize) -> Vec<(usize, usize)> {
    let Shape { width, layers, arc, relation } = shape;
    let mut sizes = vec![(width, shape.layer_rows()); layers];
    sizes.extend([(width, shape.top_rows()), (arc, arc), (relation, labels), (width, upos), (width, morphs)]);
    sizes
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
    /// When it is no model, of another version, cut short, altered (its hash differs), or names word classes and
    /// relations that the engine does not know.
    pub fn from_bytes(path: &str, bytes: Cow<'static, [u8]>) -> Result<Self, DataError> {
        let fault = |message: String| DataError::new(path, 0, message);
        check_header(&bytes).map_err(fault)?;
        let sections = Sections { bytes: &bytes };
        let read = || -> Result<_, String> {
            let upos = read_names(sections.text("upos")?, "word class", Upos::parse)?;
            let deprel = read_names(sections.text("labels")?, "relation", Deprel::parse)?;
            if !deprel.iter().any(|&label| label != Deprel::Root) {
                return Err("it knows no relation but `root`; train it anew".to_owned());
            }
            let morphs = read_names(sections.text("morphs")?, "inflection", |line| {
                let (class, morph) = line.split_once(' ')?;
                Some((Upos::parse(class)?, morph.to_owned()))
            })?;
            let network = read_network(&sections, upos.len(), deprel.len(), morphs.len())?;
            Ok((
                upos,
                deprel,
                morphs,
                network,
                read_scripts(sections.text("scripts")?)?,
                sections.table("lemtable", 4)?,
            ))
        };
        let (upos, deprel, morphs, network, scripts, lemmas) = read().map_err(fault)?;
        let morphs_of = upos
            .iter()
            .map(|class| {
                let start = morphs.iter().position(|(c, _)| c == class).unwrap_or(0);
                start..start + morphs[start..].iter().take_while(|(c, _)| c == class).count()
            })
            .collect();
        let morphs = morphs.into_iter().map(|(_, morph)| morph).collect();
        Ok(Model { bytes, network, upos, deprel, morphs, morphs_of, scripts, lemmas })
    }

    pub(super) fn lemma_table(&self) -> &[[u8; 4]] {
        bytemuck::cast_slice(&self.bytes[self.lemmas.clone()])
    }
}

fn read_network(
    sections: &Sections<'_>,
    upos: usize,
    labels: usize,
    morphs: usize,
) -> Result<Network, String> {
    let again = |what: &str| format!("{what}; train it anew");
    let [width, layers, arc, relation] = sections.numbers("shape", u32::from_le_bytes)?[..] else {
        return Err(again("its network has no sizes"));
    };
    let shape = Shape {
        width: width as usize,
        layers: layers as usize,
        arc: arc as usize,
        relation: relation as usize,
    };
    let fits = |size: usize, most: usize| size > 0 && size <= most && size.is_multiple_of(4);
    if !fits(shape.width, INPUTS_MAX)
        || !fits(shape.arc, DOT_MAX)
        || !fits(shape.relation, INPUTS_MAX)
        || shape.layers > LAYERS_MAX
    {
        return Err(again("the sizes of its network are out of bounds"));
    }
    let floats = |name: &str| sections.numbers(name, f32::from_le_bytes);
    let (scales, biases) = (floats("scales")?, floats("biases")?);
    let weights: &[i8] = bytemuck::cast_slice(&sections.bytes[sections.find("weights")?]);
    let sizes = matrix_sizes(shape, upos, labels, morphs);
    let rows: usize = sizes.iter().map(|(_, outputs)| outputs).sum();
    let cells: usize = sizes.iter().map(|(inputs, outputs)| inputs * outputs).sum();
    if scales.len() != rows || biases.len() != rows || weights.len() != cells {
        return Err(again("its matrices have other sizes than it says"));
    }
    let (mut row, mut cell) = (0, 0);
    let mut matrices = sizes.into_iter().map(|(inputs, outputs)| {
        let (first, start) = (row, cell);
        row += outputs;
        cell += inputs * outputs;
        Dense::new(inputs, &weights[start..cell], &scales[first..row], &biases[first..row], UNIT)
    });
    let layers: Vec<Dense> = matrices.by_ref().take(shape.layers).collect();
    let mut next = || matrices.next().ok_or_else(|| again("a matrix is missing"));
    let (top, bilinear, relation, upos, morph) = (next()?, next()?, next()?, next()?, next()?);

    let vector_rows = sections.find("vectors")?;
    if vector_rows.len() < FEATURES * shape.width || vector_rows.len() % shape.width != 0 {
        return Err(again("it has too few vectors"));
    }
    let peeps = floats("peeps")?;
    if peeps.len() != 2 * shape.width * shape.layers {
        return Err(again("its layers have another size than it says"));
    }
    let root: Vec<i16> = floats("root")?.iter().map(|&x| whole(x, UNIT)).collect();
    let distance = floats("distance")?;
    if root.len() != shape.arc || distance.len() != DISTANCES {
        return Err(again("its root or its distances have another size than it says"));
    }
    let vector_scale = floats("vecscale")?.first().copied().unwrap_or(1.0);
    let bound = f32::from(WHOLE_MAX) * f32::from(WHOLE_MAX);
    let vectors = Vectors {
        width: shape.width,
        slots: sections.table("slots", size_of::<Slot>())?,
        rows: vector_rows,
        scale: vector_scale,
    };
    let distance = distance.iter().map(|d| (d * UNIT * UNIT).clamp(-bound, bound) as i32).collect();
    Ok(Network { shape, vectors, layers, peeps, top, bilinear, relation, upos, morph, root, distance })
}

/// Writes a model file; [`Model::from_bytes`] reads it.
pub fn to_bytes(parts: &Parts) -> Vec<u8> {
    let scripts: Vec<String> = parts.scripts.iter().map(|s| format!("{} {}", s.cut, s.append)).collect();
    let texts = [&parts.upos, &parts.labels, &parts.morphs, &scripts].map(|lines| lines.join("\n"));
    let Shape { width, layers, arc, relation } = parts.shape;
    let shape: Vec<u8> =
        [width, layers, arc, relation].iter().flat_map(|&n| (n as u32).to_le_bytes()).collect();
    let floats =
        |values: &mut dyn Iterator<Item = f32>| -> Vec<u8> { values.flat_map(f32::to_le_bytes).collect() };
    let weights: Vec<i8> = parts.matrices.iter().flat_map(|m| &m.weights).copied().collect();
    let scales = floats(&mut parts.matrices.iter().flat_map(|m| &m.scales).copied());
    let biases = floats(&mut parts.matrices.iter().flat_map(|m| &m.biases).copied());
    let peeps = floats(&mut parts.peeps.iter().copied());
    let root = floats(&mut parts.root.iter().copied());
    let distance = floats(&mut parts.distance.iter().copied());
    let sections: [(&str, &[u8]); 15] = [
        ("shape", &shape),
        ("upos", texts[0].as_bytes()),
        ("labels", texts[1].as_bytes()),
        ("morphs", texts[2].as_bytes()),
        ("scripts", texts[3].as_bytes()),
        ("slots", bytemuck::cast_slice(&parts.slots)),
        ("vecscale", &parts.vector_scale.to_le_bytes()),
        ("vectors", bytemuck::cast_slice(&parts.vectors)),
        ("weights", bytemuck::cast_slice(&weights)),
        ("scales", &scales),
        ("biases", &biases),
        ("peeps", &peeps),
        ("root", &root),
        ("distance", &distance),
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

    fn numbers<T>(&self, name: &str, from: impl Fn([u8; 4]) -> T) -> Result<Vec<T>, String> {
        let (words, rest) = self.bytes[self.find(name)?].as_chunks::<4>();
        match rest {
            [] => Ok(words.iter().map(|&word| from(word)).collect()),
            _ => Err(format!("its section `{name}` is no list of numbers; train it anew")),
        }
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

    /// A small model of given weights, repeated over its matrices.
    pub(in crate::syntax) fn toy(weights: &[i8]) -> Parts {
        let fill = |len: usize| weights.iter().copied().chain([0]).cycle().take(len).collect::<Vec<i8>>();
        let shape = Shape { width: 8, layers: 2, arc: 4, relation: 4 };
        let matrix = |(inputs, outputs)| Matrix {
            weights: fill(inputs * outputs),
            scales: vec![0.05; outputs],
            biases: fill(outputs).iter().map(|&n| f32::from(n) / 50.0).collect(),
        };
        Parts {
            shape,
            upos: vec!["NOUN".into(), "VERB".into(), "PUNCT".into()],
            labels: vec!["root".into(), "nsubj".into(), "obj".into()],
            morphs: vec!["NOUN _".into(), "NOUN Number=Plur".into(), "PUNCT _".into(), "VERB _".into()],
            scripts: vec![Script { cut: 9, append: "x".into() }, Script { cut: 1, append: String::new() }],
            slots: crate::syntax::vector::table(&[(7, 3)]),
            vectors: fill(8 * 10),
            vector_scale: 0.02,
            matrices: matrix_sizes(shape, 3, 3, 4).into_iter().map(matrix).collect(),
            peeps: vec![0.1; 2 * 2 * 8],
            root: vec![0.5; 4],
            distance: vec![0.1; DISTANCES],
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
        parts.upos.push("GERUND".into());
        assert!(message(to_bytes(&parts)).contains("unknown word class `GERUND`"));
        let mut parts = toy(&[1]);
        parts.root.truncate(3);
        assert!(message(to_bytes(&parts)).contains("its root"));
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
