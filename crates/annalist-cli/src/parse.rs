//! parse: the trees of a report, for people who write rules and for other tools.

use crate::args::{ColorChoice, ParseArgs, TreeFormat};
use crate::input::{self, Inputs};
use crate::output::Output;
use crate::term::{self, Paint, Stderr};
use crate::{ALL_READ, SOME_UNREAD};
use annalist::syntax::{Analyser, DrawingOptions, Part, conllu, drawing};
use annalist::text::Splitter;
use annalist::{Document, Meta, Parsed};
use annalist_ingest::{Defaults, Limits};
use anyhow::{Context, Result};
use std::io::{IsTerminal, Write};

/// `annalist parse`.
pub(crate) fn run(args: &ParseArgs, color: ColorChoice) -> Result<u8> {
    let bundle = input::bundle(&args.data)?;
    let unusable = "the data cannot be used";
    let splitter = Splitter::new(&bundle).context(unusable)?;
    let analyser = Analyser::new(&bundle).context(unusable)?;
    let to_terminal = std::io::stdout().is_terminal();
    let usual = if to_terminal { TreeFormat::Tree } else { TreeFormat::Conllu };
    let format = args.format.unwrap_or(usual);
    let paint = Paint::new(color, to_terminal);
    let options = DrawingOptions { morph: args.feats, width: term::terminal_width() };
    let mut out = Output::open(None)?;
    let mut write = |document: &Document| -> Result<()> {
        let text = splitter.split(document);
        let syntax = analyser.parse(document, &text);
        let parsed = Parsed { document, text: &text, syntax: &syntax };
        let written = match format {
            TreeFormat::Conllu => conllu(&parsed),
            TreeFormat::Tree => drawing(&parsed, options, |part, words| painted(paint, part, words)),
        };
        out.write_all(heading(document, format, paint).as_bytes())?;
        Ok(out.write_all(written.as_bytes())?)
    };
    if let Some(words) = &args.text {
        write(&Document::new(words.clone(), Meta::default())?)?;
        out.finish()?;
        return Ok(ALL_READ);
    }
    let limits = Limits::default();
    let mut code = ALL_READ;
    for record in Inputs::new(args.file.as_slice(), args.input.kind(), limits.clone()) {
        match record.and_then(|record| record.document(&Defaults::default(), &limits)) {
            Ok(ingested) => write(&ingested.document)?,
            Err(error) => {
                code = SOME_UNREAD;
                let place = error.place();
                Stderr::new(color).error(&format!("{place}: {}", error.fault()), error.remedy());
            }
        }
    }
    out.finish()?;
    Ok(code)
}

/// Which report it is, where the input says so.
fn heading(document: &Document, format: TreeFormat, paint: Paint) -> String {
    let id = document.meta().source_id.as_deref().map(|id| id.replace(char::is_control, " "));
    match (id, format) {
        (None, _) => String::new(),
        (Some(id), TreeFormat::Conllu) => format!("# newdoc id = {id}\n"),
        (Some(id), TreeFormat::Tree) => paint.dim(&format!("── {}", term::sanitized(&id))) + "\n\n",
    }
}

fn painted(paint: Paint, part: Part, words: &str) -> String {
    let words = term::sanitized(words);
    match part {
        Part::Branch | Part::Morph => paint.dim(&words),
        Part::Text | Part::Form => paint.bold(&words),
        Part::Deprel => paint.on(term::cyan(), &words),
        Part::Upos | Part::Lemma => words,
    }
}
