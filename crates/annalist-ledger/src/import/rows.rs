//! Rows of a table, none of them longer than the limit.

use super::ImportError;
use crate::export::unguard;
use std::io::{self, Read};

/// Longest row of a table, in bytes.
pub const ROW_BYTES_MAX: u64 = 4 << 20;
/// Longest line of JSON, in bytes.
pub const LINE_BYTES_MAX: u64 = 64 << 20;
/// Columns of a table.
pub const COLUMNS_MAX: usize = 512;

/// Reads a table row by row.
pub(super) struct Rows<R> {
    reader: csv::Reader<Metered<R>>,
    pub(super) head: Vec<String>,
    over: bool,
}

/// A row with its line.
pub(super) struct Row {
    pub(super) line: u64,
    /// The cells as they were before they were guarded.
    pub(super) cells: Vec<String>,
}

impl<R: Read> Rows<R> {
    /// Reads the head of a table.
    pub(super) fn new(input: R) -> Result<Self, ImportError> {
        let metered = Metered { inner: input, left: ROW_BYTES_MAX };
        let mut reader = csv::Reader::from_reader(metered);
        let head: Vec<String> =
            reader.headers().map_err(|e| fault(&e, 1))?.iter().map(|name| name.trim().to_owned()).collect();
        if head.len() > COLUMNS_MAX {
            return Err(ImportError::Head(format!("{} columns, the limit is {COLUMNS_MAX}", head.len())));
        }
        if let Some((_, twice)) =
            head.iter().enumerate().find(|(n, name)| head.iter().take(*n).any(|h| h == *name))
        {
            return Err(ImportError::Head(format!("there are two columns `{twice}`")));
        }
        Ok(Rows { reader, head, over: false })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        self.reader.get_mut().left = ROW_BYTES_MAX;
        let mut record = csv::StringRecord::new();
        let line = self.reader.position().line();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                Some(Ok(Row { line, cells: record.iter().map(|cell| unguard(cell).into_owned()).collect() }))
            }
            Err(error) => {
                self.over = error.is_io_error();
                Some(Err(fault(&error, line)))
            }
        }
    }
}

fn fault(error: &csv::Error, line: u64) -> ImportError {
    let line = error.position().map_or(line, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, the head has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("cell {} is no UTF-8", err.field() + 1),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    };
    ImportError::Line { line, message }
}

/// Stops a row whose quotation mark is never closed before it fills the memory.
struct Metered<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("the row has more than {ROW_BYTES_MAX} bytes")));
        }
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}
