//! id: short permanent names of reports and incidents.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Digits of an id: no vowels that make words, no letters taken for digits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of an id after its letter: 60 bits, so that among a million ids the chance of two alike is 1 in 2 million.
const LENGTH: usize = 12;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id that these parts have, the same for ever.
            pub fn of(parts: &[&[u8]]) -> Self {
                Self(named($letter, parts))
            }

            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// An id that a person or a file wrote; none when it is no such id.
            pub fn parse(written: &str) -> Option<Self> {
                let written = written.trim().to_ascii_lowercase();
                let digits = written.strip_prefix($letter)?;
                (digits.len() == LENGTH && digits.bytes().all(|b| DIGITS.contains(&b)))
                    .then_some(Self(written))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A report: `r` and twelve digits, of the bytes captured and what was given with them.
    ReportId, 'r'
}
id! {
    /// A mention, and the incident whose oldest mention it is: `i` and twelve digits.
    ///
    /// An incident bears the id of its oldest mention. When incidents are joined the younger id lives on as a
    /// name of the joined one, and when they are parted each mention is found again under its own.
    IncidentId, 'i'
}

/// A letter and sixty bits of the hash of the parts, each led by its length so that no two lists look alike.
fn named(letter: char, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let bits = digest.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut name = String::with_capacity(LENGTH + 1);
    name.push(letter);
    for digit in (0..LENGTH).rev() {
        let value = bits >> (4 + 5 * digit) & 31;
        name.push(char::from(DIGITS.get(value as usize).copied().unwrap_or(b'0')));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        let id = ReportId::of(&[b"bytes", b"source"]);
        assert_eq!(ReportId::parse(&id.to_string().to_uppercase()), Some(id.clone()));
        assert_eq!(id.as_str().len(), 13);
        assert_ne!(ReportId::of(&[b"byte", b"ssource"]), id);
        assert_eq!(IncidentId::parse(id.as_str()), None);
    }
}
