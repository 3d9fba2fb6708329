//! checkpoint: the signed head of a ledger, to be kept outside it, and the proof that an entry is in it.
//!
//! # Source
//! C2SP tlog-checkpoint and tlog-proof.

use super::note::{self, NoteError, PublicKey, SecretKey};
use super::{Digest, merkle};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// First line of a proof.
const PROOF: &str = "c2sp.org/tlog-proof@v1";
/// Longest way through a tree of 2^64 leaves.
const PROOF_HASHES_MAX: usize = 64;

/// The head of a ledger at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger.
    pub origin: String,
    /// Number of its entries.
    pub size: u64,
    /// Head of the tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The text with the key's signature.
    pub fn sign(&self, key: &SecretKey) -> String {
        key.sign(&format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.0)))
    }

    /// A checkpoint that bears a signature of this key.
    ///
    /// # Errors
    /// When it is no checkpoint, or the key has not signed it.
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, NoteError> {
        Self::parse(key.open(note)?)
    }

    /// The checkpoint in a note, whoever signed it.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn unchecked(note: &str) -> Result<Self, NoteError> {
        Self::parse(note::split(note)?.0)
    }

    fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed("a checkpoint has three lines"));
        };
        let written = size;
        let size: u64 =
            size.parse().map_err(|_| NoteError::Malformed("the second line is no number of entries"))?;
        if origin.is_empty() || size.to_string() != written {
            return Err(NoteError::Malformed("the second line is no number of entries"));
        }
        let root = digest(root).ok_or(NoteError::Malformed("the third line is no hash"))?;
        Ok(Checkpoint { origin: origin.to_owned(), size, root })
    }
}

/// Shows that an entry is in the ledger which a checkpoint describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Bytes beside the proof that it says nothing about: here the entry's header.
    pub extra: Vec<u8>,
    /// Number of the entry, from nought.
    pub index: u64,
    /// The hashes beside its way to the root, deepest first.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Proof {
    /// As it is written into a `.tlog-proof` file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{PROOF}\n");
        if !self.extra.is_empty() {
            text += &format!("extra {}\n", BASE64.encode(&self.extra));
        }
        text += &format!("index {}\n", self.index);
        for hash in &self.hashes {
            text += &BASE64.encode(hash.0);
            text.push('\n');
        }
        text + "\n" + &self.checkpoint
    }

    /// What [`Proof::to_text`] wrote.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] naming the line.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(malformed("no empty line stands before the checkpoint"))?;
        let mut lines = head.lines().peekable();
        if lines.next() != Some(PROOF) {
            return Err(malformed("the first line does not name the format"));
        }
        let mut extra = Vec::new();
        if let Some(written) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            extra = BASE64.decode(written).map_err(|_| malformed("extra is no base64"))?;
            lines.next();
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(|index| index.parse().ok())
            .ok_or(malformed("no index"))?;
        let hashes: Option<Vec<Digest>> = lines.map(digest).collect();
        let hashes = hashes.ok_or(malformed("a line is no hash"))?;
        if hashes.len() > PROOF_HASHES_MAX {
            return Err(malformed("too many hashes"));
        }
        Ok(Proof { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// The checkpoint, when the key has signed it and the proof shows that this header is in it.
    ///
    /// # Errors
    /// When the checkpoint is not the key's, or the header is not where the proof says.
    pub fn check(&self, header: &[u8], key: &PublicKey) -> Result<Checkpoint, NoteError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = merkle::leaf(header);
        if !merkle::includes(&checkpoint.root, checkpoint.size, self.index, &leaf, &self.hashes) {
            return Err(NoteError::Malformed("the entry is not in the tree of the checkpoint"));
        }
        Ok(checkpoint)
    }
}

fn digest(base64: &str) -> Option<Digest> {
    BASE64.decode(base64).ok()?.try_into().ok().map(Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_own_entry_and_checkpoint() {
        let key = SecretKey::new("example.org/ledger", &[3; 32]).unwrap();
        let headers: Vec<String> = (0..9).map(|n| format!("entry {n}")).collect();
        let leaves: Vec<Digest> = headers.iter().map(|header| merkle::leaf(header.as_bytes())).collect();
        let origin = "example.org/ledger".to_owned();
        let checkpoint = Checkpoint { origin, size: 9, root: merkle::root(&leaves) };
        let proof = Proof {
            extra: headers[5].clone().into_bytes(),
            index: 5,
            hashes: merkle::inclusion(&leaves, 5).unwrap(),
            checkpoint: checkpoint.sign(&key),
        };
        let read = Proof::parse(&proof.to_text()).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.check(headers[5].as_bytes(), &key.public()), Ok(checkpoint));
        assert!(read.check(headers[6].as_bytes(), &key.public()).is_err());
        let other = SecretKey::new("example.org/ledger", &[4; 32]).unwrap();
        assert!(read.check(headers[5].as_bytes(), &other.public()).is_err());
    }
}
