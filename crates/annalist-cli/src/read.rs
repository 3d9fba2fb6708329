//! read: reports in, readings out, in the order of the input.

use crate::args::{ColorChoice, Format, ReadArgs, ShowArgs};
use crate::input::{self, Inputs};
use crate::output::Output;
use crate::render::{self, Table, Tally, View};
use crate::term::{self, Paint, Stderr, counted};
use crate::{ALL_READ, INTERRUPTED, SOME_UNREAD, ledger, pipeline};
use annalist::incident::Shown;
use annalist::reading::{Diagnostic, Reading};
use annalist::{Document, Engine, Meta, Weighed};
use annalist_ingest::{Defaults, IngestError, Limits, Record};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// `annalist read`.
pub(crate) fn run(args: &ReadArgs, color: ColorChoice) -> Result<u8> {
    let started = Instant::now();
    let engine = Engine::new(&input::bundle(&args.data)?).context("the data cannot be used")?;
    let limits = Limits::default();
    let defaults = input::defaults(&args.about);
    let stop = stop_on_interrupt();
    let inputs =
        Inputs::new(&args.paths, args.about.input.kind(), limits.clone()).stopped_by(Arc::clone(&stop));
    let stderr = Stderr::new(color);
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let view = View {
        paint: Paint::new(color, to_terminal),
        width: if to_terminal { term::terminal_width() } else { None },
    };
    let quiet = args.quiet || to_terminal && args.format != Format::Table;
    let progress = progress_bar(quiet, inputs.bytes);
    let threads = args.threads.map_or_else(processors, usize::from);
    let left_out = inputs.left_out;
    let mut sink = Sink::new(args.format, Output::open(args.output.as_deref())?, view);
    let mut failed = 0usize;
    let work = |record: Result<Record, IngestError>| -> Done {
        let bytes = record.as_ref().map_or(0, Record::bytes_read);
        let made = record
            .map_err(Failure::Ingest)
            .and_then(|record| read_one(&engine, record, &defaults, &limits))
            .map(|reading| Piece::new(&reading, args.format, view));
        Done { made, bytes }
    };
    pipeline::run(threads, inputs, &stop, work, |done: Done| {
        progress.inc(done.bytes);
        match done.made {
            Ok(piece) => {
                let written = progress.suspend(|| sink.write(piece));
                progress.set_message(format!(
                    "{} reports, {} incidents",
                    sink.tally.reports, sink.tally.incidents
                ));
                written
            }
            Err(failure) => {
                failed += 1;
                progress.suspend(|| failure.tell(&stderr));
                Ok(())
            }
        }
    })?;
    progress.finish_and_clear();
    let interrupted = stop.load(Ordering::Relaxed);
    let tally = sink.finish()?;
    if !args.quiet {
        tell(&stderr, args, &tally, failed, left_out, started, to_terminal);
    }
    if interrupted {
        let n = tally.reports;
        stderr.note(&format!("stopped: {} written, each of them whole", counted(n, "report")));
        return Ok(INTERRUPTED);
    }
    Ok(if failed > 0 { SOME_UNREAD } else { ALL_READ })
}

/// `annalist show`: draws readings that were written earlier.
pub(crate) fn show(args: &ShowArgs, color: ColorChoice) -> Result<u8> {
    let names: Vec<Option<String>> = args.files.iter().map(|file| ledger::name_in_ledger(file)).collect();
    if names.iter().any(Option::is_some) {
        if let Some(file) =
            args.files.iter().zip(&names).find_map(|(file, name)| name.is_none().then_some(file))
        {
            bail!("{} is no name in the ledger: give names or files, not both", file.display());
        }
        let names: Vec<String> = names.into_iter().flatten().collect();
        return ledger::show(&names, args.format, &args.ledger, color);
    }
    let to_terminal = std::io::stdout().is_terminal();
    let width = args.width.map(usize::from).or_else(term::terminal_width);
    let view = View { paint: Paint::new(color, to_terminal), width };
    let mut sink = Sink::new(args.format, Output::open(None)?, view);
    for file in &args.files {
        let name = file.display();
        let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            Box::new(BufReader::new(
                std::fs::File::open(file).with_context(|| format!("cannot open {name}"))?,
            ))
        };
        for reading in saved_readings(reader) {
            let reading = reading.with_context(|| {
                format!("{name}: is no file of readings; make one with annalist read --format jsonl")
            })?;
            sink.write(Piece::new(&reading, args.format, view))?;
        }
    }
    sink.finish()?;
    Ok(ALL_READ)
}

/// Readings of a JSONL file or of a JSON list.
fn saved_readings(mut reader: Box<dyn BufRead>) -> Box<dyn Iterator<Item = Result<Reading>>> {
    let is_list = reader.fill_buf().is_ok_and(|head| head.trim_ascii_start().starts_with(b"["));
    if is_list {
        return match serde_json::from_reader::<_, Vec<Reading>>(reader) {
            Ok(readings) => Box::new(readings.into_iter().map(Ok)),
            Err(error) => Box::new(std::iter::once(Err(error.into()))),
        };
    }
    Box::new(serde_json::Deserializer::from_reader(reader).into_iter().map(|r| r.map_err(Into::into)))
}

/// One record to its reading. A panic of the engine is a fault of ours and costs one report, not the run.
pub(crate) fn read_one(
    engine: &Engine,
    record: Record,
    defaults: &Defaults,
    limits: &Limits,
) -> Result<Reading, Failure> {
    weigh_one(engine, record, defaults, limits).map(|weighed| weighed.reading)
}

/// The same with what was weighed for it.
pub(crate) fn weigh_one(
    engine: &Engine,
    record: Record,
    defaults: &Defaults,
    limits: &Limits,
) -> Result<Weighed, Failure> {
    let place = record.place().to_string();
    let read = AssertUnwindSafe(|| {
        let ingested = record.document(defaults, limits)?;
        let mut weighed = engine.weigh(&ingested.document, Shown::Taken);
        for note in ingested.notes {
            weighed.reading.diagnostics.push(Diagnostic {
                code: note.code.to_owned(),
                evidence: None,
                note: note.message,
            });
        }
        Ok(weighed)
    });
    match catch_unwind(read) {
        Ok(read) => read.map_err(Failure::Ingest),
        Err(_) => Err(Failure::Panic(place)),
    }
}

/// A report read anew, in the clean text that it was read in; what was noted when its bytes became that text stays.
pub(crate) fn again(engine: &Engine, reading: &Reading, name: &str) -> Result<Reading, Failure> {
    /// What the codes of such notes begin with.
    const INGEST: &str = "ingest.";
    let read = AssertUnwindSafe(|| {
        let known = &reading.document;
        let meta = Meta {
            source_id: reading.source_id.clone(),
            title: known.title.clone(),
            outlet: known.outlet.clone(),
            url: known.url.clone(),
            published_at: known.published_at.as_deref().and_then(|day| day.parse().ok()),
            language: None,
        };
        let document = Document::new(known.text.clone(), meta).ok()?;
        let mut again = engine.weigh(&document, Shown::Taken).reading;
        let noted = reading.diagnostics.iter().filter(|note| note.code.starts_with(INGEST));
        again.diagnostics.extend(noted.cloned());
        Some(again)
    });
    let failed = || Failure::Panic(name.to_owned());
    // A text that was read once is no longer than texts may be.
    catch_unwind(read).ok().flatten().ok_or_else(failed)
}

/// Why one report has no reading.
#[derive(Debug)]
pub(crate) enum Failure {
    Ingest(IngestError),
    Panic(String),
}

impl Failure {
    /// Says so on standard error.
    pub(crate) fn tell(&self, stderr: &Stderr) {
        match self {
            Failure::Ingest(error) => {
                stderr.error(&format!("{}: {}", error.place(), error.fault()), error.remedy());
            }
            Failure::Panic(place) => stderr.error(
                &format!("{place}: the program failed on this report"),
                "this is a fault of annalist; please report it with the text",
            ),
        }
    }
}

struct Done {
    made: Result<Piece, Failure>,
    bytes: u64,
}

/// What one reading becomes in the output; made on the thread that read it.
struct Piece {
    tally: Tally,
    shape: Shape,
}

enum Shape {
    Words(String),
    Rows(Vec<render::Row>),
}

impl Piece {
    fn new(reading: &Reading, format: Format, view: View) -> Self {
        let shape = match format {
            Format::Table => Shape::Rows(render::rows(reading)),
            Format::Text => Shape::Words(render::report(reading, view)),
            // A reading is plain data: no map with keys that are no strings, so that this cannot fail.
            Format::Json => Shape::Words(serde_json::to_string_pretty(reading).unwrap_or_default()),
            Format::Jsonl => Shape::Words(serde_json::to_string(reading).unwrap_or_default() + "\n"),
        };
        Piece { tally: Tally::of(reading), shape }
    }
}

/// The output in its format.
struct Sink {
    format: Format,
    output: Output,
    table: Table,
    tally: Tally,
}

impl Sink {
    fn new(format: Format, output: Output, view: View) -> Self {
        Sink { format, output, table: Table::new(view), tally: Tally::default() }
    }

    fn write(&mut self, piece: Piece) -> Result<()> {
        let first = self.tally.reports == 0;
        self.tally.add(&piece.tally);
        match piece.shape {
            Shape::Words(words) => {
                if self.format == Format::Json {
                    self.output.write_all(if first { b"[\n" } else { b",\n" })?;
                } else if self.format == Format::Text && !first {
                    self.output.write_all(b"\n")?;
                }
                self.output.write_all(words.as_bytes())?;
            }
            Shape::Rows(rows) => self.table.add(rows, &mut self.output)?,
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Tally> {
        match self.format {
            Format::Json if self.tally.reports == 0 => self.output.write_all(b"[]\n")?,
            Format::Json => self.output.write_all(b"\n]\n")?,
            Format::Table => self.table.finish(&self.tally, &mut self.output)?,
            Format::Text | Format::Jsonl => {}
        }
        self.output.finish()?;
        Ok(self.tally)
    }
}

/// The closing line on standard error. Seconds are told here, since standard output shall be the same each time.
fn tell(
    stderr: &Stderr,
    args: &ReadArgs,
    tally: &Tally,
    failed: usize,
    left_out: usize,
    started: Instant,
    to_terminal: bool,
) {
    let mut parts = Vec::new();
    if to_terminal || args.output.is_some() || std::io::stderr().is_terminal() {
        let seconds = started.elapsed().as_secs_f64();
        parts.push(format!("read {} in {seconds:.2} s", counted(tally.reports, "report")));
    }
    if failed > 0 {
        parts.push(format!("{} could not be read", counted(failed, "input")));
    }
    if left_out > 0 {
        parts.push(format!("{} left out, no reports by their name", counted(left_out, "file")));
    }
    if let Some(path) = &args.output {
        parts.push(format!("written to {}", path.display()));
    }
    if !parts.is_empty() {
        stderr.note(&parts.join(", "));
    }
}

/// How many reports are read at the same time when nobody says.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Set by the first Ctrl-C; the second ends the program at once.
pub(crate) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Fails only when a handler exists already, and then that one does its work.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    stop
}

/// A bar on standard error, when a person looks there and the output does not run over it.
pub(crate) fn progress_bar(quiet: bool, bytes: Option<u64>) -> ProgressBar {
    const WORTH_A_BAR: u64 = 100_000;
    let drawn = !quiet && std::io::stderr().is_terminal() && bytes.is_none_or(|bytes| bytes > WORTH_A_BAR);
    if !drawn {
        return ProgressBar::hidden();
    }
    let (bar, template) = match bytes {
        Some(bytes) => {
            (ProgressBar::new(bytes), "{bar:24.cyan/dim} {percent:>3} %  {msg}  {bytes_per_sec}  {eta} left")
        }
        None => (ProgressBar::no_length(), "{spinner:.cyan} {bytes}  {msg}  {bytes_per_sec}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}
