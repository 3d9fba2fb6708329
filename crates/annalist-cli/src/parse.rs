//! parse: the trees of a report, for people who write rules.

use crate::args::{ColorChoice, ParseArgs};
use crate::input::{self, Inputs};
use crate::output::Output;
use crate::term::Stderr;
use crate::{ALL_READ, SOME_UNREAD};
use annalist::Parsed;
use annalist::syntax::{Analyser, conllu};
use annalist::text::Splitter;
use annalist_ingest::{Defaults, Limits};
use anyhow::{Context, Result};
use std::io::Write;

/// `annalist parse`.
pub(crate) fn run(args: &ParseArgs, color: ColorChoice) -> Result<u8> {
    let bundle = input::bundle(&args.data)?;
    let unusable = "the data cannot be used";
    let splitter = Splitter::new(&bundle).context(unusable)?;
    let analyser = Analyser::new(&bundle).context(unusable)?;
    let limits = Limits::default();
    let mut out = Output::open(None)?;
    let mut code = ALL_READ;
    let paths = [args.file.clone()];
    for record in Inputs::new(&paths, args.input.kind(), limits.clone()) {
        match record.and_then(|record| record.document(&Defaults::default(), &limits)) {
            Ok(ingested) => {
                let document = &ingested.document;
                if let Some(id) = &document.meta().source_id {
                    writeln!(out, "# newdoc id = {}", id.replace(char::is_control, " "))?;
                }
                let text = splitter.split(document);
                let syntax = analyser.parse(document, &text);
                let parsed = Parsed { document, text: &text, syntax: &syntax };
                out.write_all(conllu(&parsed).as_bytes())?;
            }
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
