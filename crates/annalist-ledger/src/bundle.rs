//! bundle: the whole log as one canonical sequence of bytes, to be carried from one store to another.
//!
//! # Units
//! A line that names the format, then for each entry three pieces (header, open fields, vault), each behind its
//! length as a little-endian 32-bit number.

use crate::store::{Row, Store, StoreError};
use std::io::{self, Read, Write};

const FORMAT: &[u8] = b"annalist.ledger-bundle/1\n";

/// Writes the log.
///
/// # Errors
/// When the store cannot be read or the bytes not be written.
pub fn write(store: &dyn Store, out: &mut dyn Write) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: "the bundle".into(), error };
    out.write_all(FORMAT).map_err(io)?;
    store.rows(0, &mut |row| {
        for piece in [&row.header, &row.body, &row.vault] {
            let length = u32::try_from(piece.len()).map_err(|_| too_long())?;
            out.write_all(&length.to_le_bytes()).and_then(|()| out.write_all(piece)).map_err(io)?;
        }
        Ok(true)
    })
}

/// The rows of a bundle, unchecked.
///
/// # Errors
/// When the bytes are no bundle, or end in the middle of an entry.
pub fn read(bytes: &mut dyn Read) -> io::Result<Vec<Row>> {
    let mut format = [0; FORMAT.len()];
    bytes.read_exact(&mut format)?;
    if format != FORMAT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "is no bundle of a ledger"));
    }
    let mut rows = Vec::new();
    while let Some(header) = piece(bytes)? {
        let (Some(body), Some(vault)) = (piece(bytes)?, piece(bytes)?) else { return Err(cut_off()) };
        rows.push(Row { seq: rows.len() as u64, header, body, vault });
    }
    Ok(rows)
}

fn piece(bytes: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut have = 0;
    while let Some(rest) = length.get_mut(have..).filter(|rest| !rest.is_empty()) {
        match bytes.read(rest)? {
            0 if have == 0 => return Ok(None),
            0 => return Err(cut_off()),
            n => have += n,
        }
    }
    let length = u64::from(u32::from_le_bytes(length));
    let mut piece = Vec::new();
    // Taken as it comes: a damaged length shall not fill the memory.
    if bytes.take(length).read_to_end(&mut piece)? as u64 != length {
        return Err(cut_off());
    }
    Ok(Some(piece))
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "ends in the middle of an entry")
}

fn too_long() -> StoreError {
    StoreError::Malformed(crate::log::MalformedEntry("a piece of it is longer than 4 GiB".to_owned()))
}
