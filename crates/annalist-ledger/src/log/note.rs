//! note: texts with signatures, and the keys that make them.
//!
//! # Source
//! C2SP signed-note: the text, an empty line, then one line for each signature, with the name of its key.
//! Ed25519 keys bear the algorithm byte 1.

use super::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;

/// Algorithm byte of Ed25519 in key names and key hashes.
const ED25519: u8 = 1;
/// Longest note taken, in bytes: a checkpoint with hundreds of witnesses is far below.
const NOTE_BYTES_MAX: usize = 1 << 20;

/// Why a note or a key was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Not of the form of a signed note.
    #[error("is no signed note: {0}")]
    Malformed(&'static str),
    /// Not of the form of a key.
    #[error("is no Ed25519 key of the form NAME+HASH+KEY: {0}")]
    Key(&'static str),
    /// No signature of the key stands under it.
    #[error("bears no signature of the key {0}")]
    Unsigned(String),
    /// A signature of the key stands under it, for another text.
    #[error("bears a false signature in the name of {0}: the text was changed, or another key signed it")]
    False(String),
}

/// A secret key with its name.
pub struct SecretKey {
    name: String,
    key: SigningKey,
}

/// A public key with its name, `NAME+HASH+KEY` when written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl SecretKey {
    /// A key of these 32 secret bytes.
    ///
    /// # Errors
    /// [`NoteError::Key`] when the name is empty or holds a space or a plus.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return Err(NoteError::Key("a name is one word without +"));
        }
        Ok(SecretKey { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The key that others check with.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The text with the signature under it. The text ends with a line end.
    pub fn sign(&self, text: &str) -> String {
        let public = self.public();
        let mut signature = public.hash().to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n— {} {}\n", self.name, BASE64.encode(signature))
    }

    /// The key as it is kept: `PRIVATE+KEY+NAME+HASH+SEED`.
    pub fn to_text(&self) -> String {
        let mut seed = vec![ED25519];
        seed.extend_from_slice(&self.key.to_bytes());
        let hash = u32::from_be_bytes(self.public().hash());
        format!("PRIVATE+KEY+{}+{hash:08x}+{}", self.name, BASE64.encode(seed))
    }

    /// What [`SecretKey::to_text`] wrote.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let rest = text.trim().strip_prefix("PRIVATE+KEY+").ok_or(NoteError::Key("it is no secret key"))?;
        let (name, hash, seed) = key_parts(rest)?;
        let key = SecretKey::new(name, &seed)?;
        if key.public().hash() != hash {
            return Err(NoteError::Key("its hash does not fit"));
        }
        Ok(key)
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey({})", self.name)
    }
}

impl PublicKey {
    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a person or a file wrote.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, hash, key) = key_parts(text.trim())?;
        let key =
            VerifyingKey::from_bytes(&key).map_err(|_| NoteError::Key("it is no point of the curve"))?;
        let key = PublicKey { name: name.to_owned(), key };
        if key.hash() != hash {
            return Err(NoteError::Key("its hash does not fit"));
        }
        Ok(key)
    }

    /// The text of a note that bears a signature of this key.
    ///
    /// # Errors
    /// When it is no note, or no signature of this key is under it, or a false one.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note)?;
        for line in signatures.lines() {
            let (name, signature) = signature_parts(line)?;
            let Some((hash, signature)) = signature.split_first_chunk::<4>() else {
                return Err(NoteError::Malformed("a signature is too short"));
            };
            if name != self.name || *hash != self.hash() {
                continue;
            }
            let signature = Signature::from_slice(signature)
                .map_err(|_| NoteError::Malformed("a signature has no 64 bytes"))?;
            return match self.key.verify_strict(text.as_bytes(), &signature) {
                Ok(()) => Ok(text),
                Err(_) => Err(NoteError::False(self.name.clone())),
            };
        }
        Err(NoteError::Unsigned(self.name.clone()))
    }

    /// First four bytes of the hash of name and key, which signatures bear.
    fn hash(&self) -> [u8; 4] {
        let digest = Digest::of_all(&[self.name.as_bytes(), b"\n", &[ED25519], self.key.as_bytes()]);
        let [a, b, c, d, ..] = digest.0;
        [a, b, c, d]
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.hash()), BASE64.encode(key))
    }
}

/// Text and signatures of a note, each with its last line end.
pub(super) fn split(note: &str) -> Result<(&str, &str), NoteError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::Malformed("it is too long"));
    }
    if note.contains(|c: char| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed("it holds control characters"));
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line stands before the signatures"))?;
    let (text, signatures) = note.split_at(at + 1);
    let signatures = signatures.trim_start_matches('\n');
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(NoteError::Malformed("its last line is no signature"));
    }
    Ok((text, signatures))
}

fn signature_parts(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let malformed = NoteError::Malformed("a signature is not of the form: — NAME BASE64");
    let (name, signature) =
        line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(malformed.clone())?;
    Ok((name, BASE64.decode(signature).map_err(|_| malformed)?))
}

/// Name, hash and the 32 bytes of a written key.
fn key_parts(text: &str) -> Result<(&str, [u8; 4], [u8; 32]), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Key("it has no three parts"));
    };
    if hash.len() != 8 {
        return Err(NoteError::Key("its hash has no eight digits"));
    }
    let hash = u32::from_str_radix(hash, 16).map_err(|_| NoteError::Key("its hash is no number"))?;
    let key = BASE64.decode(key).map_err(|_| NoteError::Key("it is no base64"))?;
    match key.split_first_chunk::<1>() {
        Some(([ED25519], key)) => {
            let key = key.try_into().map_err(|_| NoteError::Key("it has no 32 bytes"))?;
            Ok((name, hash.to_be_bytes(), key))
        }
        _ => Err(NoteError::Key("it is of another algorithm")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretKey {
        SecretKey::new("example.org/ledger", &[7; 32]).unwrap()
    }

    #[test]
    fn a_signed_note_opens_with_its_key_alone() {
        let note = key().sign("example.org/ledger\n0\nabc\n");
        assert_eq!(key().public().open(&note), Ok("example.org/ledger\n0\nabc\n"));
        let other = SecretKey::new("example.org/ledger", &[8; 32]).unwrap().public();
        assert_eq!(other.open(&note), Err(NoteError::Unsigned("example.org/ledger".to_owned())));
        let changed = note.replace("\n0\n", "\n1\n");
        assert_eq!(key().public().open(&changed), Err(NoteError::False("example.org/ledger".to_owned())));
    }

    #[test]
    fn keys_are_read_back_and_a_slip_of_the_pen_is_found() {
        let public = key().public().to_string();
        assert_eq!(PublicKey::parse(&public).unwrap(), key().public());
        assert_eq!(SecretKey::parse(&key().to_text()).unwrap().public(), key().public());
        assert!(PublicKey::parse(&public.replace("example", "exemple")).is_err());
        assert!(SecretKey::new("two words", &[1; 32]).is_err());
    }
}
