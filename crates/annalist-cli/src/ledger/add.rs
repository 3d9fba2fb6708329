//! add: reports into the ledger, read on all processors, acknowledged when they are safe.

use super::args::{Acknowledge, AddArgs};
use super::{catch_up, to_write};
use crate::args::ColorChoice;
use crate::input::{self, Inputs};
use crate::output::Output;
use crate::read::{self, Failure};
use crate::term::{Stderr, counted};
use crate::{ALL_READ, INTERRUPTED, SOME_UNREAD, UNUSABLE, pipeline};
use annalist::Engine;
use annalist_ingest::{IngestError, Limits, Record};
use annalist_ledger::index::Changes;
use annalist_ledger::log::Draft;
use annalist_ledger::store::{Appended, Sqlite, Store};
use annalist_ledger::{IncidentId, Ledger, Report, ReportId};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Reports that wait together for one synchronisation of the disk.
const BATCH: usize = 256;
/// Longest wait of a report that is read, so that little is done twice after a crash.
const WAIT: Duration = Duration::from_millis(250);

/// `annalist add`.
pub(crate) fn add(args: &AddArgs, color: ColorChoice) -> Result<u8> {
    let started = Instant::now();
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let engine = Engine::new(&input::bundle(&args.ledger.data)?).context("the data cannot be used")?;
    let limits = Limits::default();
    let defaults = input::defaults(&args.about);
    let stop = read::stop_on_interrupt();
    let inputs =
        Inputs::new(&args.paths, args.about.input.kind(), limits.clone()).stopped_by(Arc::clone(&stop));
    let left_out = inputs.left_out;
    let stderr = Stderr::new(color);
    let progress = read::progress_bar(args.quiet, inputs.bytes);
    let jobs = args.jobs.map_or_else(read::processors, usize::from);
    // Looked at by the readers, so that nothing is read that is there already.
    let known = Mutex::new(Sqlite::open_to_read(&args.ledger.path().join("ledger.db"))?);
    let by = ledger.person().to_owned();
    let work = |record: Result<Record, IngestError>| -> Done {
        let bytes = record.as_ref().map_or(0, Record::bytes_read);
        let made = record.map_err(Failure::Ingest).and_then(|record| {
            let found_at = record.place().to_string();
            let capture = record.bytes().to_vec();
            let (key, report) = (Report::key(&capture), Report::id_of(&capture));
            let entry = known.lock().ok().and_then(|known| known.once(&key).ok().flatten());
            let what = match entry {
                Some(entry) => What::Known(entry),
                None => {
                    let reading = read::read_one(&engine, record, &defaults, &limits)?;
                    let mentions = Report::names_of(&capture, &reading);
                    What::New(Report::draft(&capture, &found_at, &reading, &by), mentions)
                }
            };
            Ok(Read { found_at, report, what })
        });
        Done { made, bytes }
    };
    let mut batch = Batch::new(args.format, Output::open(None)?);
    let mut failed = 0usize;
    let beside = ledger.beside()?;
    let reading = AtomicBool::new(true);
    let (added, indexed) = std::thread::scope(|scope| {
        let index = scope.spawn(|| index_meanwhile(beside, &reading));
        let ended = Ended { reading: &reading, index: index.thread().clone() };
        let added = pipeline::run(jobs, inputs, &stop, work, |done: Done| -> Result<()> {
            match done.made {
                Ok(read) => batch.add(read, done.bytes),
                Err(failure) => {
                    failed += 1;
                    progress.inc(done.bytes);
                    progress.suspend(|| failure.tell(&stderr));
                }
            }
            if batch.is_due() { batch.keep(&mut ledger, &progress) } else { Ok(()) }
        });
        // What was read is kept, whatever ended the reading.
        let added = added.and(batch.keep(&mut ledger, &progress));
        drop(ended);
        (added, index.join())
    });
    progress.finish_and_clear();
    added?;
    let (mut beside, mut changes) = match indexed {
        Ok(Ok(indexed)) => indexed,
        // Whatever hindered it, the last try tells.
        Ok(Err(_)) => (ledger.beside()?, Changes::default()),
        Err(panic) => std::panic::resume_unwind(panic),
    };
    beside.refresh()?;
    changes.extend(catch_up(&mut beside, color)?);
    batch.output.finish()?;
    if !args.quiet {
        let mut parts = vec![format!("added {}", counted(batch.added, "report"))];
        if batch.known > 0 {
            parts.push(format!("{} known before", batch.known));
        }
        parts.push(counted(batch.mentions.len(), "mention"));
        // A reader may have taken some of it into the index already.
        let mut incidents = BTreeSet::new();
        for mention in changes.incidents.iter().chain(&batch.mentions) {
            incidents.extend(beside.incident_of(mention)?);
        }
        parts.push(format!("{} new or changed", counted(incidents.len(), "incident")));
        if failed > 0 {
            parts.push(format!("{} could not be read", counted(failed, "input")));
        }
        if left_out > 0 {
            parts.push(format!("{} left out, no reports by their name", counted(left_out, "file")));
        }
        parts.push(format!("{:.2} s", started.elapsed().as_secs_f64()));
        stderr.note(&parts.join(", "));
    }
    if stop.load(Ordering::Relaxed) {
        stderr.note("stopped: what was added is kept; the same command goes on from here");
        return Ok(INTERRUPTED);
    }
    Ok(match (failed, batch.added + batch.known) {
        (0, _) => ALL_READ,
        (_, 0) => UNUSABLE,
        _ => SOME_UNREAD,
    })
}

/// Lets the index go on without waiting when nothing more is read, whatever ended that.
struct Ended<'a> {
    reading: &'a AtomicBool,
    index: std::thread::Thread,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.reading.store(false, Ordering::Relaxed);
        self.index.unpark();
    }
}

/// Takes what was added into the index while the rest is read.
fn index_meanwhile(mut beside: Ledger, reading: &AtomicBool) -> Result<(Ledger, Changes)> {
    /// Incidents of which several reports come are put together once rather than with each.
    const PAUSE: Duration = Duration::from_millis(500);
    let mut changes = Changes::default();
    while reading.load(Ordering::Relaxed) {
        std::thread::park_timeout(PAUSE);
        beside.refresh()?;
        changes.extend(beside.catch_up(&|_| {})?);
    }
    Ok((beside, changes))
}

struct Done {
    made: Result<Read, Failure>,
    bytes: u64,
}

/// A report that was read, or is known.
struct Read {
    found_at: String,
    report: ReportId,
    what: What,
}

enum What {
    /// The entry that is to be made of it, and its mentions.
    New(Draft, Vec<IncidentId>),
    /// The entry that brought it in.
    Known(u64),
}

/// Reports on their way to the disk.
struct Batch {
    waiting: Vec<Read>,
    bytes: u64,
    since: Instant,
    format: Acknowledge,
    output: Output,
    added: usize,
    known: usize,
    /// The mentions of the reports that were added.
    mentions: Vec<IncidentId>,
}

impl Batch {
    fn new(format: Acknowledge, output: Output) -> Self {
        let (waiting, mentions) = (Vec::new(), Vec::new());
        Batch { waiting, bytes: 0, since: Instant::now(), format, output, added: 0, known: 0, mentions }
    }

    fn add(&mut self, read: Read, bytes: u64) {
        if self.waiting.is_empty() {
            self.since = Instant::now();
        }
        self.waiting.push(read);
        self.bytes += bytes;
    }

    fn is_due(&self) -> bool {
        self.waiting.len() >= BATCH || !self.waiting.is_empty() && self.since.elapsed() >= WAIT
    }

    /// Puts what waits on the disk, and only then acknowledges it.
    fn keep(&mut self, ledger: &mut Ledger, progress: &ProgressBar) -> Result<()> {
        let (mut read, mut drafts) = (Vec::new(), Vec::new());
        for Read { found_at, report, what } in self.waiting.drain(..) {
            let (entry, mentions) = match what {
                What::New(draft, mentions) => {
                    drafts.push(draft);
                    (None, mentions)
                }
                What::Known(entry) => (Some(entry), Vec::new()),
            };
            read.push((found_at, report, entry, mentions));
        }
        let appended = if drafts.is_empty() { Vec::new() } else { ledger.add(drafts)? };
        let mut appended = appended.into_iter();
        for (found_at, report, entry, mentions) in read {
            let appended = match entry {
                Some(entry) => Some(Appended::Already(entry)),
                None => appended.next(),
            };
            let Some(appended) = appended else { break };
            let new = matches!(appended, Appended::New(_));
            if new {
                self.added += 1;
                self.mentions.extend(mentions);
            } else {
                self.known += 1;
            }
            if self.format == Acknowledge::Jsonl {
                let line = json!({
                    "entry": appended.seq(), "new": new, "report": report, "found_at": found_at,
                });
                writeln!(self.output, "{line}")?;
            }
        }
        self.output.flush()?;
        progress.inc(std::mem::take(&mut self.bytes));
        progress.set_message(counted(self.added, "report") + " added");
        Ok(())
    }
}
