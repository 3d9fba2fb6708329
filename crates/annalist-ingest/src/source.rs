//! source: here is one input, give me the reports in it one after the other.

use crate::Limits;
use crate::charset;
use crate::error::{Fault, IngestError, Place};
use crate::record::{Body, Record};
use serde_json::value::RawValue;
use std::io::{self, BufRead, Read};

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One report as plain text.
    Text,
    /// One page.
    Html,
    /// One JSON record a line.
    Jsonl,
    /// JSON records as a list (a gold batch) or one after the other over several lines.
    Json,
}

impl Kind {
    /// What the file's name says, if it says anything that can be relied on.
    ///
    /// `.json` files are looked into: many hold one record a line.
    pub fn of_name(name: &str) -> Option<Self> {
        let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match extension.as_str() {
            "txt" | "text" | "md" => Some(Kind::Text),
            "html" | "htm" | "xhtml" => Some(Kind::Html),
            "jsonl" | "ndjson" => Some(Kind::Jsonl),
            _ => None,
        }
    }

    /// What the first bytes look like.
    fn of_head(head: &[u8]) -> Self {
        let decoded = charset::decode(head, true);
        let text = decoded.text.trim_start();
        if text.starts_with('[') && text[1..].trim_start().starts_with(['{', ']']) {
            return Kind::Json;
        }
        if text.starts_with('{') {
            let line = text.lines().next().unwrap_or_default();
            let whole = serde_json::from_str::<&RawValue>(line).is_ok();
            let cut = !text.contains('\n');
            return if whole || cut { Kind::Jsonl } else { Kind::Json };
        }
        let lower: String = text.chars().take(2000).collect::<String>().to_ascii_lowercase();
        let page = lower.starts_with("<!doctype html")
            || lower.starts_with("<html")
            || (lower.starts_with('<') && (lower.contains("<html") || lower.contains("<body")));
        if page { Kind::Html } else { Kind::Text }
    }
}

/// The reports of one input, in order.
///
/// JSONL is read line by line and never held whole; the other kinds are held up to their limit.
pub struct Records<R> {
    name: String,
    limits: Limits,
    state: State<R>,
}

enum State<R> {
    New { reader: R, kind: Option<Kind> },
    Lines { reader: Box<dyn BufRead + Send>, line: u64 },
    Values { values: std::vec::IntoIter<Box<RawValue>>, record: u64, rest: Option<Fault> },
    Done,
}

impl<R: BufRead + Send + 'static> Records<R> {
    /// Reports of `reader`, which is called `name`; without `kind` the name and the first bytes decide.
    pub fn new(name: &str, reader: R, kind: Option<Kind>, limits: Limits) -> Self {
        let kind = kind.or_else(|| Kind::of_name(name));
        Records { name: name.to_owned(), limits, state: State::New { reader, kind } }
    }

    fn error(&mut self, fault: Fault) -> IngestError {
        self.state = State::Done;
        IngestError::new(Place::file(&self.name), fault)
    }

    fn open(&mut self, mut reader: R, kind: Option<Kind>) -> Option<Result<Record, IngestError>> {
        // Of what is known only the encoding is looked for, so that the first lines of a pipe need not wait for more.
        let reach = if kind.is_some() { MARK_BYTES } else { HEAD_BYTES };
        let head = match peek(&mut reader, reach) {
            Ok(head) => head,
            Err(error) => return Some(Err(self.error(Fault::Io(error)))),
        };
        let kind = kind.unwrap_or_else(|| Kind::of_head(&head));
        let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let rest = io::Cursor::new(head).chain(reader);
        match kind {
            Kind::Jsonl if !utf16 => {
                self.state = State::Lines { reader: Box::new(rest), line: 0 };
                self.next_line()
            }
            // Lines cannot be cut in UTF-16 bytes; such files come from small tools and are small.
            Kind::Jsonl => match whole(rest, "a JSONL file in UTF-16", self.limits.json_bytes_max) {
                Ok(bytes) => {
                    let text = charset::decode(&bytes, false).text.into_owned();
                    self.state = State::Lines { reader: Box::new(io::Cursor::new(text)), line: 0 };
                    self.next_line()
                }
                Err(fault) => Some(Err(self.error(fault))),
            },
            Kind::Json => match whole(rest, "a JSON file", self.limits.json_bytes_max) {
                Ok(bytes) => {
                    let (values, rest) = values(&charset::decode(&bytes, false).text);
                    self.state = State::Values { values: values.into_iter(), record: 0, rest };
                    self.next_value()
                }
                Err(fault) => Some(Err(self.error(fault))),
            },
            Kind::Text => self.one(rest, "a text file", self.limits.text_bytes_max, Body::Text),
            Kind::Html => self.one(rest, "a page", self.limits.html_bytes_max, Body::Html),
        }
    }

    fn one(
        &mut self,
        reader: impl Read,
        what: &'static str,
        max: usize,
        body: fn(Vec<u8>) -> Body,
    ) -> Option<Result<Record, IngestError>> {
        self.state = State::Done;
        Some(match whole(reader, what, max) {
            Ok(bytes) => {
                let bytes_read = bytes.len() as u64;
                Ok(Record { place: Place::file(&self.name), body: body(bytes), bytes_read })
            }
            Err(fault) => Err(self.error(fault)),
        })
    }

    fn next_line(&mut self) -> Option<Result<Record, IngestError>> {
        let State::Lines { reader, line } = &mut self.state else { return None };
        loop {
            *line += 1;
            let place = Place { file: self.name.clone(), line: Some(*line), record: None };
            let mut bytes = Vec::new();
            let max = self.limits.line_bytes_max;
            match reader.by_ref().take(max as u64 + 1).read_until(b'\n', &mut bytes) {
                Ok(0) => {
                    self.state = State::Done;
                    return None;
                }
                Ok(_) if bytes.len() > max && !bytes.ends_with(b"\n") => {
                    return Some(match skip_line(reader) {
                        Ok(()) => Err(IngestError::new(place, Fault::LineTooLong { max })),
                        Err(error) => Err(self.error(Fault::Io(error))),
                    });
                }
                Ok(_) if bytes.trim_ascii().is_empty() || bytes == b"\xef\xbb\xbf\n" => {}
                Ok(read) => {
                    return Some(Ok(Record { place, body: Body::Json(bytes), bytes_read: read as u64 }));
                }
                Err(error) => return Some(Err(self.error(Fault::Io(error)))),
            }
        }
    }

    fn next_value(&mut self) -> Option<Result<Record, IngestError>> {
        let State::Values { values, record, rest } = &mut self.state else { return None };
        *record += 1;
        let place = Place { file: self.name.clone(), line: None, record: Some(*record) };
        match values.next() {
            Some(value) => {
                let bytes = String::from(Box::<str>::from(value)).into_bytes();
                let bytes_read = bytes.len() as u64;
                Some(Ok(Record { place, body: Body::Json(bytes), bytes_read }))
            }
            None => {
                let fault = rest.take();
                self.state = State::Done;
                fault.map(|fault| Err(IngestError::new(place, fault)))
            }
        }
    }
}

impl<R: BufRead + Send + 'static> Iterator for Records<R> {
    type Item = Result<Record, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::New { reader, kind } => self.open(reader, kind),
            state @ State::Lines { .. } => {
                self.state = state;
                self.next_line()
            }
            state @ State::Values { .. } => {
                self.state = state;
                self.next_value()
            }
            State::Done => None,
        }
    }
}

/// Enough of an input to see what it is.
const HEAD_BYTES: u64 = 64 * 1024;
/// The longest mark of an encoding.
const MARK_BYTES: u64 = 4;

/// The beginning of an input.
fn peek(reader: &mut impl BufRead, reach: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.by_ref().take(reach).read_to_end(&mut head)?;
    Ok(head)
}

fn whole(reader: impl Read, what: &'static str, max: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    reader.take(max as u64 + 1).read_to_end(&mut bytes).map_err(Fault::Io)?;
    if bytes.len() > max { Err(Fault::TooBig { what, max }) } else { Ok(bytes) }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, found) = match buffer.iter().position(|&b| b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        if found {
            return Ok(());
        }
    }
}

/// The records of a list or of values one after the other, and what stopped it.
///
/// Values are kept as they are written; each is parsed on its own, so that one broken record is one error.
fn values(text: &str) -> (Vec<Box<RawValue>>, Option<Fault>) {
    if text.trim_start().starts_with('[') {
        return match serde_json::from_str(text) {
            Ok(values) => (values, None),
            Err(error) => (Vec::new(), Some(Fault::Json(error.to_string()))),
        };
    }
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>() {
        match value {
            Ok(value) => found.push(value),
            Err(error) => return (found, Some(Fault::Json(error.to_string()))),
        }
    }
    (found, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Defaults;

    fn texts(name: &str, bytes: &[u8]) -> Vec<Result<String, String>> {
        let limits = Limits { line_bytes_max: 200, ..Limits::default() };
        Records::new(name, io::Cursor::new(bytes.to_vec()), None, limits.clone())
            .map(|record| {
                let ingested = record.and_then(|r| r.document(&Defaults::default(), &limits));
                ingested.map(|i| i.document.text().to_owned()).map_err(|e| e.to_string())
            })
            .collect()
    }

    fn good(name: &str, bytes: &str) -> Vec<String> {
        texts(name, bytes.as_bytes()).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn kinds_are_seen_by_name_and_by_head() {
        assert_eq!(good("a.txt", "{ no json"), ["{ no json"]);
        assert_eq!(good("-", "A bus\r\nburns"), ["A bus\nburns"]);
        assert_eq!(good("-", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n"), ["a", "b"]);
        assert_eq!(good("a.json", "{\n \"text\": \"a\"\n}\n{\"text\":\"b\"}"), ["a", "b"]);
        assert_eq!(good("a.json", " [ {\"text\": \"a\"}, {\"text\": \"b\"} ]"), ["a", "b"]);
        assert_eq!(good("a.json", "[]"), Vec::<String>::new());
        assert_eq!(good("a.jsonl", "\n\n"), Vec::<String>::new());
        assert_eq!(good("a.txt", ""), [""]);
    }

    #[test]
    fn a_broken_record_among_good_ones_is_one_error() {
        let lines =
            format!("{{\"text\":\"a\"}}\nnot json\n{{\"text\":\"{}\"}}\n{{\"text\":\"b\"}}", "x".repeat(500));
        let found = texts("feed.jsonl", lines.as_bytes());
        assert_eq!(found[0].as_deref(), Ok("a"));
        assert!(found[1].as_ref().unwrap_err().starts_with("feed.jsonl:2: is no JSON record"));
        assert!(found[2].as_ref().unwrap_err().starts_with("feed.jsonl:3: is longer than 200 bytes"));
        assert_eq!(found[3].as_deref(), Ok("b"));
        let list = texts("gold.json", br#"[{"text": "a"}, {"no": 1}, {"text": "\ud800"}]"#);
        assert!(list[1].as_ref().unwrap_err().starts_with("gold.json, record 2: has neither"));
        assert_eq!(list[2].as_deref(), Ok("\u{fffd}"));
    }

    #[test]
    fn utf16_lines() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend("{\"text\":\"ї\"}\n{\"text\":\"b\"}".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(texts("a.jsonl", &bytes), [Ok("ї".to_owned()), Ok("b".to_owned())]);
    }
}
