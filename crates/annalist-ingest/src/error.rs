use annalist::document::DocumentError;
use std::fmt;

/// Where in the inputs: file, and line or record when it holds several reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path as the person gave it, or `<stdin>`.
    pub file: String,
    /// Line of a JSONL file, from 1.
    pub line: Option<u64>,
    /// Record of a JSON list, from 1.
    pub record: Option<u64>,
}

impl Place {
    pub(crate) fn file(name: &str) -> Self {
        Place { file: name.to_owned(), line: None, record: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        Ok(())
    }
}

/// Why an input, or one report of it, cannot become a document.
///
/// Its display names the place, the fault and the remedy in one line.
#[derive(Debug)]
pub struct IngestError {
    place: Place,
    fault: Fault,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cannot be read: {0}")]
    Io(#[source] std::io::Error),
    #[error("is {found}, not text")]
    Binary { found: &'static str },
    #[error("has more than {max} bytes, the limit for {what}")]
    TooBig { what: &'static str, max: usize },
    #[error("is longer than {max} bytes, the limit for one line of JSONL")]
    LineTooLong { max: usize },
    #[error("is no JSON record: {0}")]
    Json(String),
    #[error("has neither `text` nor `html`")]
    NoText,
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error("nests HTML elements deeper than {max}")]
    HtmlTooDeep { max: usize },
    #[error("has more than {max} HTML nodes")]
    HtmlTooManyNodes { max: usize },
    #[error("has no main text that could be told from the rest of the page")]
    HtmlNoText,
}

impl IngestError {
    pub(crate) fn new(place: Place, fault: impl Into<Fault>) -> Self {
        IngestError { place, fault: fault.into() }
    }

    /// An input that could not be opened or listed.
    pub fn io(file: &str, error: std::io::Error) -> Self {
        IngestError::new(Place::file(file), Fault::Io(error))
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is wrong, without place and remedy.
    pub fn fault(&self) -> String {
        self.fault.to_string()
    }

    /// What the person can do about it.
    pub fn remedy(&self) -> &'static str {
        match &self.fault {
            Fault::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "check the path",
            Fault::Io(_) => "check that the file exists and that you may read it",
            Fault::Binary { .. } => "extract its text first, or unpack it",
            Fault::TooBig { .. } => "split it, or give its reports as lines of a .jsonl file",
            Fault::LineTooLong { .. } => "put each report on a line of its own",
            Fault::Json(_) => {
                r#"write each report as {"text": "…", "id": "…", "published_at": "YYYY-MM-DD"}"#
            }
            Fault::NoText => r#"give the report's words as "text" or its page as "html""#,
            // The message of the engine says what to do already.
            Fault::Document(_) => "",
            Fault::HtmlTooDeep { .. } | Fault::HtmlTooManyNodes { .. } => {
                "save the article's text as a .txt file and read that"
            }
            Fault::HtmlNoText => "save the article's text as a .txt file, or read the page with --input text",
        }
    }
}

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)?;
        match self.remedy() {
            "" => Ok(()),
            remedy => write!(f, "; {remedy}"),
        }
    }
}

impl std::error::Error for IngestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}
