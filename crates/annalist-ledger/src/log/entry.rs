//! entry: what happened, who did it, when, and the fields that say so.

use super::{Digest, merkle};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use thiserror::Error;
use zstd::bulk::Decompressor;

/// Version of the canonical bytes of headers.
pub const VERSION: u32 = 1;
/// Bytes of a salt: enough that no list of names can be tried against a commitment.
const SALT: usize = 16;
/// Bodies of more bytes are compressed.
const COMPRESSED_FROM: usize = 512;
/// Longest body taken back from a store, in bytes, so that a damaged length cannot fill the memory.
const BODY_BYTES_MAX: usize = 1 << 30;
/// Longest header: proofs and tiles of the field's standards hold leaves of less than 64 KiB.
const HEADER_BYTES_MAX: usize = 60_000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The ledger was begun. Fields: `origin`, `key`, `program`.
    Ledger,
    /// Somebody works with it. Fields: `person`, `name` (in the vault).
    Person,
    /// A report came in. Fields: `report`, `found_at`, `capture`, `reading`, `mentions`.
    Report,
    /// A report was read anew. Fields: `report`, `entry`, `added_at`, `found_at`, `reading`, `mentions`, `gone` (mentions that it no
    /// longer has, and where their names lead).
    Reading,
    /// A report counts no more, or counts again. Fields: `report`, `withdrawn`, `reason`.
    Withdrawal,
    /// Mentions tell of the same incident as others, or not. Fields: `one`, `other`, `verdict`, `reason`.
    Judgement,
    /// A reviewer's claim about a field. Fields: `incident`, `field`, `value`, `reason`.
    Override,
    /// An incident went on to another state of review. Fields: `incident`, `state`, `content`, `reason`.
    Review,
    /// Words about an incident. Fields: `incident`, `text`.
    Comment,
    /// Somebody shall look at an incident. Fields: `incident`, `person`.
    Assignment,
    /// What was given out to an audience. Fields: `audience`, `policy`, `manifest`.
    Release,
    /// A field is made by another policy. Fields: `field`, `policy`.
    Policy,
    /// Fields of an earlier entry were erased. Fields: `entry`, `names`, `reason`.
    Erasure,
}

impl Kind {
    /// As it stands in headers.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ledger => "ledger",
            Kind::Person => "person",
            Kind::Report => "report",
            Kind::Reading => "reading",
            Kind::Withdrawal => "withdrawal",
            Kind::Judgement => "judgement",
            Kind::Override => "override",
            Kind::Review => "review",
            Kind::Comment => "comment",
            Kind::Assignment => "assignment",
            Kind::Release => "release",
            Kind::Policy => "policy",
            Kind::Erasure => "erasure",
        }
    }
}

/// What everybody may keep of an entry: its bytes are a leaf of the tree.
///
/// The canonical bytes are those of RFC 8785 (JSON, keys in order, no spaces), with whole numbers and texts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// Who, by a name that says nothing outside the ledger: `p3`, or `annalist` for the program itself.
    pub by: String,
    /// For each field the hexadecimal commitment to its salt, name and value.
    pub fields: BTreeMap<String, String>,
    /// What happened.
    pub kind: Kind,
    /// Its number, from nought.
    pub seq: u64,
    /// Always [`VERSION`].
    pub v: u32,
}

impl Header {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain data with text keys in order: this cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A header of its canonical bytes, and of no others.
    ///
    /// # Errors
    /// [`MalformedEntry`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedEntry> {
        let header: Header =
            serde_json::from_slice(bytes).map_err(|error| MalformedEntry(error.to_string()))?;
        if header.v != VERSION {
            return Err(MalformedEntry(format!("its version is {}, this program knows {VERSION}", header.v)));
        }
        if header.to_bytes() != bytes {
            return Err(MalformedEntry("its bytes are not canonical".to_owned()));
        }
        Ok(header)
    }
}

/// Bytes that are no entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("is no entry of a ledger: {0}")]
pub struct MalformedEntry(pub(crate) String);

/// A value of an entry that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// Its bytes.
    pub value: Vec<u8>,
    /// Kept apart, and never in an index or an export.
    pub vault: bool,
}

/// An entry that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What happened.
    pub kind: Kind,
    /// Who.
    pub by: String,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// The fields.
    pub fields: Vec<Field>,
    /// A key that no two entries of the ledger share, so that a thing done twice is one entry.
    pub once: Option<Digest>,
}

impl Draft {
    /// An entry of this kind without fields, made now.
    pub fn new(kind: Kind, by: &str) -> Self {
        Draft { kind, by: by.to_owned(), at: ms_now(), fields: Vec::new(), once: None }
    }

    /// With another field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.fields.push(Field { name: name.to_owned(), value: value.into(), vault: false });
        self
    }

    /// With another field that is kept apart.
    #[must_use]
    pub fn with_vault(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.fields.push(Field { name: name.to_owned(), value: value.into(), vault: true });
        self
    }

    /// Made at this time: for what happened elsewhere, and for tests.
    #[must_use]
    pub fn at(mut self, ms: i64) -> Self {
        self.at = ms;
        self
    }

    /// Made no more when an entry with this key is there.
    #[must_use]
    pub fn once(mut self, key: Digest) -> Self {
        self.once = Some(key);
        self
    }

    /// The entry with its number, its fields committed to with fresh salts.
    ///
    /// # Errors
    /// [`MalformedEntry`] when there are so many fields that the header is too long for a leaf.
    pub fn seal(self, seq: u64, mut salt: impl FnMut() -> [u8; SALT]) -> Result<Entry, MalformedEntry> {
        let mut fields = BTreeMap::new();
        let mut held = BTreeMap::new();
        for field in self.fields {
            let one = Held { salt: salt(), value: field.value, vault: field.vault };
            fields.insert(field.name.clone(), one.commitment(&field.name).hex());
            held.insert(field.name, one);
        }
        let header = Header { at: self.at, by: self.by, fields, kind: self.kind, seq, v: VERSION };
        let entry = Entry { header_bytes: header.to_bytes(), header, held };
        if entry.header_bytes.len() > HEADER_BYTES_MAX {
            return Err(MalformedEntry(format!("its header has {} bytes", entry.header_bytes.len())));
        }
        Ok(entry)
    }
}

/// A value with the salt of its commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Chosen freshly for this value.
    pub salt: [u8; SALT],
    /// The value.
    pub value: Vec<u8>,
    /// Kept apart.
    pub vault: bool,
}

impl Held {
    /// What the header says of this value.
    pub fn commitment(&self, name: &str) -> Digest {
        let length = (name.len() as u64).to_le_bytes();
        Digest::of_all(&[&self.salt, &length, name.as_bytes(), &self.value])
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.vault {
            f.write_str("(in the vault)")
        } else {
            f.write_str(&String::from_utf8_lossy(&self.value))
        }
    }
}

/// What happened, as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its header.
    pub header: Header,
    /// The header's canonical bytes.
    pub header_bytes: Vec<u8>,
    /// The fields that are still held; those of the header that are not here were erased.
    pub held: BTreeMap<String, Held>,
}

impl Entry {
    /// Its number.
    pub fn seq(&self) -> u64 {
        self.header.seq
    }

    /// The value of a field; none when it has none or it was erased.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.held.get(name).map(|held| held.value.as_slice())
    }

    /// The text of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.value(name)?).ok()
    }

    /// Its leaf in the tree.
    pub fn leaf(&self) -> Digest {
        merkle::leaf(&self.header_bytes)
    }

    /// What is wrong with the fields: those whose value is another one than was committed to, or that the header
    /// does not know.
    pub fn false_fields(&self) -> Vec<&str> {
        let is_false = |name: &str, held: &Held| {
            self.header.fields.get(name).is_none_or(|commitment| *commitment != held.commitment(name).hex())
        };
        self.held.iter().filter(|(name, held)| is_false(name, held)).map(|(name, _)| name.as_str()).collect()
    }

    /// Fields that were erased.
    pub fn erased(&self) -> impl Iterator<Item = &str> {
        self.header.fields.keys().map(String::as_str).filter(|name| !self.held.contains_key(*name))
    }

    /// The bytes of the open fields, or of those kept apart; empty when there are none.
    pub fn body(&self, vault: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, held) in self.held.iter().filter(|(_, held)| held.vault == vault) {
            bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&held.salt);
            bytes.extend_from_slice(&(held.value.len() as u64).to_le_bytes());
            bytes.extend_from_slice(&held.value);
        }
        pack(bytes)
    }

    /// An entry of what [`Header::to_bytes`] and [`Entry::body`] wrote.
    ///
    /// # Errors
    /// [`MalformedEntry`].
    pub fn from_parts(header: Vec<u8>, body: &[u8], vault: &[u8]) -> Result<Self, MalformedEntry> {
        let mut held = BTreeMap::new();
        unpack_into(&mut held, body, false)?;
        unpack_into(&mut held, vault, true)?;
        Ok(Entry { header: Header::from_bytes(&header)?, header_bytes: header, held })
    }
}

/// A body behind its first byte: 0 as it is, 1 compressed with zstd behind its length.
fn pack(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    if bytes.len() >= COMPRESSED_FROM
        && let Ok(small) = zstd::bulk::compress(&bytes, 1)
        && small.len() < bytes.len()
    {
        let mut packed = vec![1];
        packed.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        packed.extend_from_slice(&small);
        return packed;
    }
    let mut packed = Vec::with_capacity(bytes.len() + 1);
    packed.push(0);
    packed.extend_from_slice(&bytes);
    packed
}

fn unpack(packed: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    match packed.split_first() {
        None => Some([].as_slice().into()),
        Some((0, rest)) => Some(rest.into()),
        Some((1, rest)) => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let bytes = (length <= BODY_BYTES_MAX).then(|| decompress(rest, length))??;
            (bytes.len() == length).then(|| bytes.into())
        }
        Some(_) => None,
    }
}

fn decompress(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    thread_local! {
        // Making one takes as long as what it does to an entry.
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
    }
    DECOMPRESSOR.with_borrow_mut(|one| one.as_mut()?.decompress(bytes, length).ok())
}

fn unpack_into(held: &mut BTreeMap<String, Held>, packed: &[u8], vault: bool) -> Result<(), MalformedEntry> {
    let damaged = || MalformedEntry("its fields are damaged".to_owned());
    let bytes = unpack(packed).ok_or_else(damaged)?;
    let mut rest = bytes.as_ref();
    while !rest.is_empty() {
        let (name, one, after) = field(rest).ok_or_else(damaged)?;
        if held.insert(name, Held { vault, ..one }).is_some() {
            return Err(damaged());
        }
        rest = after;
    }
    Ok(())
}

fn field(bytes: &[u8]) -> Option<(String, Held, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (salt, rest) = rest.split_first_chunk::<SALT>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (value, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let name = String::from_utf8(name.to_vec()).ok()?;
    Some((name, Held { salt: *salt, value: value.to_vec(), vault: false }, rest))
}

/// Now, in milliseconds since 1970 UTC.
pub fn ms_now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry() -> Entry {
        let draft = Draft::new(Kind::Report, "p1").at(1_700_000_000_000);
        let draft = draft.with("reading", "words ".repeat(500)).with_vault("name", "A. Person");
        draft.seal(7, || [9; SALT]).unwrap()
    }

    #[test]
    fn an_entry_is_read_back_as_it_was_written() {
        let entry = entry();
        let (body, vault) = (entry.body(false), entry.body(true));
        assert!(body.len() < 200, "the body is compressed");
        let read = Entry::from_parts(entry.header_bytes.clone(), &body, &vault).unwrap();
        assert_eq!(read, entry);
        assert!(read.false_fields().is_empty());
        assert!(!format!("{read:?}").contains("A. Person"));
    }

    #[test]
    fn canonical_bytes_are_fixed_for_ever() {
        let entry = Draft::new(Kind::Comment, "p1").at(5).with("text", "é\n").seal(3, || [1; SALT]).unwrap();
        let commitment = Digest::of_all(&[&[1; SALT], &4u64.to_le_bytes(), b"text", "é\n".as_bytes()]).hex();
        let written = String::from_utf8(entry.header_bytes).unwrap();
        assert_eq!(
            written,
            format!(
                r#"{{"at":5,"by":"p1","fields":{{"text":"{commitment}"}},"kind":"comment","seq":3,"v":1}}"#
            )
        );
        let spaced = written.replace(':', ": ");
        assert!(Header::from_bytes(spaced.as_bytes()).is_err(), "one form only");
    }

    #[test]
    fn an_erased_field_leaves_the_leaf_and_a_changed_one_is_found() {
        let mut entry = entry();
        let leaf = entry.leaf();
        entry.held.remove("name");
        assert_eq!(entry.erased().collect::<Vec<_>>(), ["name"]);
        assert!(entry.false_fields().is_empty());
        assert_eq!(entry.leaf(), leaf);
        entry.held.get_mut("reading").unwrap().value.push(b'!');
        assert_eq!(entry.false_fields(), ["reading"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_an_entry_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let header = entry().header_bytes;
            let _ = Entry::from_parts(header, &body, &body);
            let _ = Entry::from_parts(body, &[], &[]);
        }
    }
}
