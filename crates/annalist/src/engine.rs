//! The engine: resources loaded once, then one pure function from document to reading.

use crate::bundle::{Bundle, DataError};
use crate::document::Document;
use crate::reading::{self, Reading};
use crate::rule::{RuleInfo, RuleSet};
use crate::text::Splitter;

/// Reads documents. Cheap to share between threads; building one loads all data.
///
/// # Example
/// ```
/// use annalist::{Bundle, Document, Engine, Meta};
/// let engine = Engine::new(&Bundle::embedded())?;
/// let document = Document::new("A drone hit a bus in Kherson, killing two people.".into(), Meta::default())?;
/// let reading = engine.read(&document);
/// assert_eq!(reading.schema, "annalist.reading/1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    data_hash: String,
    splitter: Splitter,
    rules: RuleSet,
}

impl Engine {
    /// Loads everything that the bundle holds.
    ///
    /// # Errors
    /// The first file and line that cannot be used.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        Ok(Engine {
            data_hash: bundle.hash(),
            splitter: Splitter::new(bundle)?,
            rules: RuleSet::new(bundle)?,
        })
    }

    /// Reads one document. Never fails: what could not be understood stands in `diagnostics`.
    pub fn read(&self, document: &Document) -> Reading {
        let text = self.splitter.split(document);
        let meta = document.meta();
        Reading {
            schema: reading::SCHEMA.to_owned(),
            source_id: meta.source_id.clone(),
            engine: reading::Engine {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                data: self.data_hash.clone(),
            },
            document: reading::Document {
                id: document.id(),
                language: text.language().tag().to_owned(),
                title: meta.title.clone(),
                outlet: meta.outlet.clone(),
                url: meta.url.clone(),
                published_at: meta.published_at.map(|d| d.to_string()),
                text: document.text().to_owned(),
            },
            incidents: Vec::new(),
            claims: Vec::new(),
            voices: Vec::new(),
            quotes: Vec::new(),
            contradictions: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Every rule in force, by id.
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.rules.iter().map(|r| r.info.clone()).collect()
    }
}
