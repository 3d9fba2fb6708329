//! Flat tables as Apache Parquet, without the Arrow family of crates: every column optional, plain encoding, one
//! Zstandard page for each column of a row group.
//!
//! # Source
//! Apache Parquet format 2.x: `parquet.thrift`, data page version 1, RLE levels; Thrift compact protocol.

use super::codebook::{Column, Kind};
use super::value::Cell;
use jiff::civil::{Date, date};
use std::io::{self, Write};

const MAGIC: &[u8] = b"PAR1";
/// A row group is written when it has so many rows or so many bytes.
const ROWS_MAX: u64 = 20_000;
const BYTES_MAX: usize = 16 << 20;
/// Of the 22: pages are small and are written while somebody waits.
const COMPRESSION_LEVEL: i32 = 3;
const EPOCH: Date = date(1970, 1, 1);

// Numbers of the format's enumerations.
const OPTIONAL: i64 = 1;
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const ZSTD: i64 = 6;
const DATA_PAGE: i64 = 0;

/// A column's physical type, converted type and field of the union of logical types.
fn types(kind: Kind) -> (i64, Option<(i64, i16)>) {
    match kind {
        Kind::Date => (1, Some((6, 6))),
        Kind::Integer => (2, None),
        Kind::Number => (5, None),
        Kind::Text => (6, Some((0, 1))),
    }
}

/// Writes rows of cells.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    columns: Vec<Buffer<'a>>,
    /// Bytes written so far.
    offset: i64,
    rows: u64,
    groups: Vec<Group>,
}

/// The rows of one column that are not written yet.
struct Buffer<'a> {
    column: &'a Column,
    present: Vec<bool>,
    values: Vec<u8>,
}

/// What the foot of the file says of a row group.
struct Group {
    rows: u64,
    chunks: Vec<Chunk>,
}

struct Chunk {
    offset: i64,
    size: i64,
    size_uncompressed: i64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut dyn Write, columns: &'a [Column]) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let columns =
            columns.iter().map(|column| Buffer { column, present: Vec::new(), values: Vec::new() }).collect();
        Ok(Writer { out, columns, offset: MAGIC.len() as i64, rows: 0, groups: Vec::new() })
    }

    pub(super) fn add(&mut self, cells: impl Iterator<Item = Cell>) -> io::Result<()> {
        for (buffer, cell) in self.columns.iter_mut().zip(cells) {
            buffer.add(&cell)?;
        }
        self.rows += 1;
        let bytes: usize = self.columns.iter().map(|buffer| buffer.values.len()).sum();
        if self.rows >= ROWS_MAX || bytes >= BYTES_MAX { self.write_group() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write_group()?;
        let foot = self.foot();
        let length = u32::try_from(foot.len()).map_err(io::Error::other)?;
        self.out.write_all(&foot)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        self.out.flush()
    }

    fn write_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::with_capacity(self.columns.len());
        for buffer in &mut self.columns {
            let body = buffer.take_body();
            let packed = zstd::bulk::compress(&body, COMPRESSION_LEVEL)?;
            let head = page_head(self.rows, body.len(), packed.len());
            self.out.write_all(&head)?;
            self.out.write_all(&packed)?;
            let (offset, head) = (self.offset, head.len() as i64);
            let (size, size_uncompressed) = (head + packed.len() as i64, head + body.len() as i64);
            chunks.push(Chunk { offset, size, size_uncompressed });
            self.offset += size;
        }
        self.groups.push(Group { rows: self.rows, chunks });
        self.rows = 0;
        Ok(())
    }

    /// `FileMetaData`.
    fn foot(&self) -> Vec<u8> {
        let mut t = Thrift::default();
        t.int(1, 5, 1);
        t.list(2, 12, self.columns.len() + 1);
        t.element(|t| {
            t.text(4, "incident");
            t.int(5, 5, self.columns.len() as i64);
        });
        for buffer in &self.columns {
            let (physical, logical) = types(buffer.column.kind);
            t.element(|t| {
                t.int(1, 5, physical);
                t.int(3, 5, OPTIONAL);
                t.text(4, &buffer.column.name);
                if let Some((converted, logical)) = logical {
                    t.int(6, 5, converted);
                    t.structure(10, |t| t.structure(logical, |_| ()));
                }
            });
        }
        t.int(3, 6, self.groups.iter().map(|g| g.rows as i64).sum());
        t.list(4, 12, self.groups.len());
        for group in &self.groups {
            t.element(|t| self.describe(t, group));
        }
        t.text(6, concat!("annalist ", env!("CARGO_PKG_VERSION")));
        t.end();
        t.bytes
    }

    /// `RowGroup`.
    fn describe(&self, t: &mut Thrift, group: &Group) {
        t.list(1, 12, group.chunks.len());
        for (buffer, chunk) in self.columns.iter().zip(&group.chunks) {
            t.element(|t| {
                t.int(2, 6, chunk.offset);
                t.structure(3, |t| {
                    t.int(1, 5, types(buffer.column.kind).0);
                    t.list(2, 5, 2);
                    t.zigzag(PLAIN);
                    t.zigzag(RLE);
                    t.list(3, 8, 1);
                    t.raw(&buffer.column.name);
                    t.int(4, 5, ZSTD);
                    t.int(5, 6, group.rows as i64);
                    t.int(6, 6, chunk.size_uncompressed);
                    t.int(7, 6, chunk.size);
                    t.int(9, 6, chunk.offset);
                });
            });
        }
        t.int(2, 6, group.chunks.iter().map(|c| c.size_uncompressed).sum());
        t.int(3, 6, group.rows as i64);
    }
}

/// `PageHeader` with its `DataPageHeader`.
fn page_head(rows: u64, size_uncompressed: usize, size: usize) -> Vec<u8> {
    let mut t = Thrift::default();
    t.int(1, 5, DATA_PAGE);
    t.int(2, 5, size_uncompressed as i64);
    t.int(3, 5, size as i64);
    t.structure(5, |t| {
        t.int(1, 5, rows as i64);
        t.int(2, 5, PLAIN);
        t.int(3, 5, RLE);
        t.int(4, 5, RLE);
    });
    t.end();
    t.bytes
}

impl Buffer<'_> {
    fn add(&mut self, cell: &Cell) -> io::Result<()> {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => {
                let length = u32::try_from(text.len()).map_err(io::Error::other)?;
                self.values.extend(length.to_le_bytes());
                self.values.extend(text.as_bytes());
            }
            Cell::Integer(n) => self.values.extend(n.to_le_bytes()),
            Cell::Number(n) => self.values.extend(n.to_le_bytes()),
            Cell::Date(day) => {
                let days = EPOCH.until(*day).map_err(io::Error::other)?.get_days();
                self.values.extend(days.to_le_bytes());
            }
        }
        self.present.push(*cell != Cell::Empty);
        Ok(())
    }

    /// The body of its page: runs of levels led by their length, then the values that are there.
    fn take_body(&mut self) -> Vec<u8> {
        let mut levels = Vec::new();
        for run in self.present.chunk_by(|a, b| a == b) {
            varint(&mut levels, (run.len() as u64) << 1);
            levels.push(u8::from(run.first() == Some(&true)));
        }
        let mut body = (levels.len() as u32).to_le_bytes().to_vec();
        body.append(&mut levels);
        body.append(&mut self.values);
        self.present.clear();
        body
    }
}

/// Writes structures of the Thrift compact protocol.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    /// Number of the last field of the structure that is being written.
    last: i16,
}

impl Thrift {
    /// The head of a field: the step from the field before in four bits, all numbers here being below 16.
    fn field(&mut self, id: i16, kind: u8) {
        let step = (id - self.last).clamp(1, 15) as u8;
        self.bytes.push(step << 4 | kind);
        self.last = id;
    }

    fn int(&mut self, id: i16, kind: u8, value: i64) {
        self.field(id, kind);
        self.zigzag(value);
    }

    fn zigzag(&mut self, value: i64) {
        varint(&mut self.bytes, (value << 1 ^ value >> 63).cast_unsigned());
    }

    fn text(&mut self, id: i16, text: &str) {
        self.field(id, 8);
        self.raw(text);
    }

    fn raw(&mut self, text: &str) {
        varint(&mut self.bytes, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    fn list(&mut self, id: i16, kind: u8, length: usize) {
        self.field(id, 9);
        match length {
            0..15 => self.bytes.push((length as u8) << 4 | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                varint(&mut self.bytes, length as u64);
            }
        }
    }

    fn structure(&mut self, id: i16, fill: impl FnOnce(&mut Self)) {
        self.field(id, 12);
        self.element(fill);
    }

    fn element(&mut self, fill: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.last);
        fill(self);
        self.end();
        self.last = outer;
    }

    fn end(&mut self) {
        self.bytes.push(0);
    }
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The file with its pages unpacked, for those who look for words in it.
#[cfg(test)]
pub(crate) fn unpacked(file: &[u8]) -> Vec<u8> {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut all = file.to_vec();
    for (at, _) in file.windows(4).enumerate().filter(|(_, w)| *w == FRAME) {
        let mut page = Vec::new();
        let mut reader = zstd::stream::read::Decoder::new(&file[at..]).unwrap().single_frame();
        io::Read::read_to_end(&mut reader, &mut page).unwrap();
        all.extend(page);
    }
    all
}
