use crate::Limits;
use crate::charset::{self, Decoded};
use crate::error::{Fault, IngestError, Place};
use crate::html;
use crate::json::{self, JsonRecord};
use annalist::document::{Document, Meta};
use jiff::civil::Date;
use std::borrow::Cow;

/// What reports are given that do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Day of publication.
    pub published_at: Option<Date>,
    /// Who publishes it.
    pub outlet: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
}

/// One report as it stands in the input.
#[derive(Clone, Debug)]
pub struct Record {
    pub(crate) place: Place,
    pub(crate) body: Body,
    pub(crate) bytes_read: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(Vec<u8>),
    Html(Vec<u8>),
    Json(Vec<u8>),
}

/// A document and what was odd on the way to it.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// The document.
    pub document: Document,
    /// What a reader of it should know.
    pub notes: Vec<Note>,
}

/// Something odd in an input that did not hinder reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Stable code: `ingest.lone-surrogate`.
    pub code: &'static str,
    /// For a person.
    pub message: String,
}

impl Record {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its bytes as they stand in the input.
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Text(bytes) | Body::Html(bytes) | Body::Json(bytes) => bytes,
        }
    }

    /// How many bytes of the input it took, for progress.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Makes the document: charset, JSON, main text of a page.
    ///
    /// # Errors
    /// When the bytes are no text, no JSON record or no page with an article, or when a limit is passed.
    ///
    /// # Example
    /// ```
    /// use annalist_ingest::{Defaults, Kind, Limits, Records};
    /// let lines = br#"{"id": "r1", "text": "A drone hit a bus in Sumy."}"#;
    /// let limits = Limits::default();
    /// let mut records = Records::new("feed.jsonl", lines.as_slice(), Some(Kind::Jsonl), limits.clone());
    /// let ingested = records.next().unwrap()?.document(&Defaults::default(), &limits)?;
    /// assert_eq!(ingested.document.meta().source_id.as_deref(), Some("r1"));
    /// # Ok::<(), annalist_ingest::IngestError>(())
    /// ```
    pub fn document(self, defaults: &Defaults, limits: &Limits) -> Result<Ingested, IngestError> {
        let Record { place, body, .. } = self;
        let mut notes = Vec::new();
        let made = match body {
            Body::Text(bytes) => from_text(&place, &bytes, &mut notes),
            Body::Html(bytes) => {
                let decoded = decode(&bytes, true, &mut notes);
                from_html(&decoded, stem(&place.file), limits, &mut notes)
            }
            Body::Json(bytes) => from_json(&place, &bytes, limits, &mut notes),
        };
        let made = made.and_then(|(text, mut meta)| {
            meta.published_at = meta.published_at.or(defaults.published_at);
            meta.outlet = meta.outlet.or_else(|| defaults.outlet.clone());
            meta.language = meta.language.or_else(|| defaults.language.clone());
            Ok(Document::new(without_nul(text, &mut notes), meta)?)
        });
        match made {
            Ok(document) => Ok(Ingested { document, notes }),
            Err(fault) => Err(IngestError::new(place, fault)),
        }
    }
}

fn from_text(place: &Place, bytes: &[u8], notes: &mut Vec<Note>) -> Result<(String, Meta), Fault> {
    if let Some(found) = binary(bytes) {
        return Err(Fault::Binary { found });
    }
    let text = decode(bytes, false, notes);
    // One kind of line end; JSON text is kept as it is, since its owner may hold offsets into it.
    let text =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into_owned() };
    Ok((text, Meta { source_id: Some(stem(&place.file)), ..Meta::default() }))
}

fn from_html(
    page: &str,
    id: String,
    limits: &Limits,
    notes: &mut Vec<Note>,
) -> Result<(String, Meta), Fault> {
    let article = html::article(page, limits)?;
    let published_at = article.published.as_deref().and_then(|said| date(said, notes));
    let meta = Meta {
        source_id: Some(id),
        title: article.title,
        outlet: article.outlet,
        url: None,
        published_at,
        language: article.language,
    };
    Ok((article.text, meta))
}

fn from_json(
    place: &Place,
    bytes: &[u8],
    limits: &Limits,
    notes: &mut Vec<Note>,
) -> Result<(String, Meta), Fault> {
    let decoded = decode(bytes, false, notes);
    let (mended, halves) = json::mend_surrogates(&decoded);
    if halves > 0 {
        notes.push(Note {
            code: "ingest.lone-surrogate",
            message: format!("{halves} halves of surrogate pairs were replaced by U+FFFD"),
        });
    }
    let record: JsonRecord =
        serde_json::from_str(&mended).map_err(|error| Fault::Json(json_fault(&error)))?;
    let id = record.id().unwrap_or_else(|| unnamed(place));
    let own = Meta {
        source_id: Some(id.clone()),
        title: record.field(|a| &a.title),
        outlet: record.field(|a| &a.outlet),
        url: record.field(|a| &a.url),
        published_at: record.field(|a| &a.published_at).and_then(|said| date(&said, notes)),
        language: record.field(|a| &a.language),
    };
    match (record.text, record.html) {
        (Some(text), _) => Ok((text, own)),
        (None, Some(page)) => {
            let (text, found) = from_html(&page, id, limits, notes)?;
            let meta = Meta {
                title: own.title.or(found.title),
                outlet: own.outlet.or(found.outlet),
                published_at: own.published_at.or(found.published_at),
                language: own.language.or(found.language),
                ..own
            };
            Ok((text, meta))
        }
        (None, None) => Err(Fault::NoText),
    }
}

/// serde_json says "at line 1 column 7"; the line is that of the record, which would mislead.
fn json_fault(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let bare = said.split(" at line ").next().unwrap_or(&said).to_owned();
    if error.column() > 0 { format!("{bare} at column {}", error.column()) } else { bare }
}

fn decode<'b>(bytes: &'b [u8], is_html: bool, notes: &mut Vec<Note>) -> Cow<'b, str> {
    let Decoded { text, guessed, replaced } = charset::decode(bytes, is_html);
    if let Some(name) = guessed {
        let message = format!("the charset is not stated; read as {name}");
        notes.push(Note { code: "ingest.charset-guessed", message });
    }
    if replaced {
        let message = "bytes that are no characters were replaced by U+FFFD".to_owned();
        notes.push(Note { code: "ingest.bytes-replaced", message });
    }
    text
}

/// NUL ends strings in much other software; U+FFFD in its place keeps every offset in code points.
fn without_nul(text: String, notes: &mut Vec<Note>) -> String {
    if !text.contains('\0') {
        return text;
    }
    let message = "NUL characters were replaced by U+FFFD".to_owned();
    notes.push(Note { code: "ingest.nul-replaced", message });
    text.replace('\0', "\u{fffd}")
}

/// A day as `2025-03-04`, as the head of a timestamp, or as mail and feeds write it.
fn date(said: &str, notes: &mut Vec<Note>) -> Option<Date> {
    let head = said.get(..10).and_then(|day| day.parse().ok());
    let found = head.or_else(|| jiff::fmt::rfc2822::parse(said).ok().map(|zoned| zoned.date()));
    if found.is_none() {
        let shown: String = said.chars().take(40).collect();
        let message = format!("`{shown}` is no day as YYYY-MM-DD; the report counts as undated");
        notes.push(Note { code: "ingest.published-at-unreadable", message });
    }
    found
}

fn binary(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 9] = [
        (b"%PDF-", "a PDF file"),
        (b"PK\x03\x04", "a ZIP or office file"),
        (b"\x1f\x8b", "a gzip file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\xd0\xcf\x11\xe0", "an old office file"),
    ];
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, found)| *found)
}

fn stem(file: &str) -> String {
    let path = std::path::Path::new(file);
    path.file_stem().map_or_else(|| file.to_owned(), |s| s.to_string_lossy().into_owned())
}

/// A name for a record without id that a person finds again: file and line.
fn unnamed(place: &Place) -> String {
    match place.line.or(place.record) {
        Some(number) => format!("{}:{number}", stem(&place.file)),
        None => stem(&place.file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: Body) -> Result<Ingested, IngestError> {
        let place = Place { file: "in/feed.jsonl".into(), line: Some(7), record: None };
        Record { place, body, bytes_read: 0 }.document(&Defaults::default(), &Limits::default())
    }

    fn json(line: &str) -> Result<Ingested, IngestError> {
        read(Body::Json(line.as_bytes().to_vec()))
    }

    fn codes(ingested: &Ingested) -> Vec<&str> {
        ingested.notes.iter().map(|n| n.code).collect()
    }

    #[test]
    fn a_lone_surrogate_does_not_lose_the_report() {
        let ingested = json(r#"{"id": 12, "text": "A drone \ud800 hit a bus.\u0000"}"#).unwrap();
        assert_eq!(ingested.document.text(), "A drone \u{fffd} hit a bus.\u{fffd}");
        assert_eq!(ingested.document.meta().source_id.as_deref(), Some("12"));
        assert_eq!(codes(&ingested), ["ingest.lone-surrogate", "ingest.nul-replaced"]);
    }

    #[test]
    fn gold_meta_and_own_fields() {
        let line = r#"{"meta": {"published_at": "2025-03-04", "outlet": "Post", "title": null}, "text": "A bus.", "outlet": "Own"}"#;
        let ingested = json(line).unwrap();
        let meta = ingested.document.meta();
        assert_eq!(meta.published_at.unwrap().to_string(), "2025-03-04");
        assert_eq!(meta.outlet.as_deref(), Some("Own"));
        assert_eq!(meta.source_id.as_deref(), Some("feed:7"));
    }

    #[test]
    fn dates_of_many_kinds() {
        let mut notes = Vec::new();
        for said in
            ["2025-03-04", "2025-03-04T23:00:00Z", "2025-03-04 10:00", "Tue, 4 Mar 2025 10:00:00 +0200"]
        {
            assert_eq!(date(said, &mut notes).unwrap().to_string(), "2025-03-04", "{said}");
        }
        assert!(notes.is_empty());
        assert_eq!(date("last week", &mut notes), None);
        assert_eq!(notes[0].code, "ingest.published-at-unreadable");
    }

    #[test]
    fn errors_name_the_place_and_the_remedy() {
        let error = json(r#"{"id": "x"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"in/feed.jsonl:7: has neither `text` nor `html`; give the report's words as "text" or its page as "html""#
        );
        assert!(json("{").unwrap_err().to_string().starts_with("in/feed.jsonl:7: is no JSON record: EOF"));
        let pdf = read(Body::Text(b"%PDF-1.7 ...".to_vec())).unwrap_err();
        assert!(pdf.to_string().contains("is a PDF file, not text; extract its text first"));
        let long = read(Body::Text(vec![b'a'; 10_000_001])).unwrap_err();
        assert!(long.to_string().contains("10000001 bytes") && long.to_string().contains("split it"));
    }

    #[test]
    fn html_inside_json() {
        let body = "<p>A drone hit a bus in the city of Sumy on Tuesday, killing two people and wounding five others, police said.</p>".repeat(3);
        let line = serde_json::json!({"html": format!("<html><body><article>{body}</article></body></html>"), "id": "p"});
        let ingested = json(&line.to_string()).unwrap();
        assert!(ingested.document.text().contains("killing two people"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(Body::Text(bytes.clone()));
            let _ = read(Body::Json(bytes.clone()));
            let _ = read(Body::Html(bytes));
        }

        #[test]
        fn json_text_is_kept_character_for_character(text in "\\PC{0,200}") {
            let ingested = json(&serde_json::json!({"text": text}).to_string()).unwrap();
            prop_assert_eq!(ingested.document.text(), text.replace('\0', "\u{fffd}"));
        }

        #[test]
        fn any_markup_is_a_document_or_an_error(page in "(<(/)?(p|b|div|table|td|a|svg|math|template|select)( a=\"x\")?>|[a-z ]{1,9}|&#x[0-9a-f]{1,6};|<!--|-->){0,80}") {
            let _ = read(Body::Html(page.into_bytes()));
        }
    }
}
