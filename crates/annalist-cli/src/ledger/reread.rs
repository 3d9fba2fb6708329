//! reread: reports of the ledger read anew by the present program.

use super::args::RereadArgs;
use super::reports::report_id;
use super::show::told;
use super::{bar, catch_up, named, to_read, to_write};
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::read::{self, Failure};
use crate::term::{Stderr, counted, sanitized};
use crate::{ALL_READ, INTERRUPTED, SOME_UNREAD, input, pipeline};
use annalist::Engine;
use annalist::reading::Reading;
use annalist_ledger::index::Stranded;
use annalist_ledger::log::Draft;
use annalist_ledger::store::Appended;
use annalist_ledger::{IncidentId, Ledger, LedgerError, Report, ReportId, Reread};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::Ordering;

/// Reports that are read and kept together.
const BATCH: usize = 256;

/// `annalist reread`.
pub(crate) fn reread(args: &RereadArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = if args.dry_run {
        to_read(&args.ledger, color)?
    } else {
        to_write(&args.ledger, Some(&args.actor), color)?
    };
    let engine = Engine::new(&input::bundle(&args.ledger.data)?).context("the data cannot be used")?;
    let stderr = Stderr::new(color);
    let erased = ledger.erased_reports()?;
    let reports = if args.all { ledger.reports()? } else { chosen(&ledger, &args.reports, &erased)? };
    let mut run = Run { dry: args.dry_run, told: Vec::new(), same: 0, failed: 0, passed: Vec::new() };
    if args.all {
        run.passed.extend(erased.iter().map(|(report, entry)| (report.clone(), Passed::Erased(*entry))));
    }
    let stop = read::stop_on_interrupt();
    let jobs = args.jobs.map_or_else(read::processors, usize::from);
    let bar = bar(u64::try_from(reports.len()).unwrap_or(u64::MAX), "reports read anew", color);
    for batch in reports.chunks(BATCH) {
        let mut ready = Vec::new();
        for id in batch {
            ready.extend(run.readable(&ledger, id)?);
        }
        let mut drafts = Vec::new();
        let work = |report: Report| {
            let again = read::again(&engine, &report.reading, report.id.as_str());
            (report, again)
        };
        pipeline::run(jobs, ready.into_iter(), &stop, work, |(report, again)| {
            bar.inc(1);
            run.take(&ledger, &report, again, &mut drafts, &stderr)
        })?;
        run.keep(&mut ledger, drafts)?;
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    bar.finish_and_clear();
    if !args.dry_run {
        catch_up(&mut ledger, color)?;
    }
    let stranded = ledger.stranded()?;
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => writeln!(out, "{}", serde_json::to_string_pretty(&run.json(&stranded))?)?,
        TextOrJson::Text => out.write_all(run.text(&ledger, &stranded)?.as_bytes())?,
    }
    out.finish()?;
    stderr.note(&run.summary());
    if stop.load(Ordering::Relaxed) {
        stderr.note("stopped: what was read anew is kept; the same command goes on from here");
        return Ok(INTERRUPTED);
    }
    Ok(if run.failed > 0 { SOME_UNREAD } else { ALL_READ })
}

/// The reports that a person named.
fn chosen(ledger: &Ledger, names: &[String], erased: &[(ReportId, u64)]) -> Result<Vec<ReportId>> {
    let mut reports = Vec::new();
    for name in names {
        let report = report_id(ledger, name)?;
        if let Some((_, entry)) = erased.iter().find(|(gone, _)| *gone == report) {
            anyhow::bail!("{report} cannot be read anew: {}", Passed::Erased(*entry).words())
        }
        if !reports.contains(&report) {
            reports.push(report);
        }
    }
    Ok(reports)
}

/// Why a report was passed over.
enum Passed {
    Withdrawn,
    /// It is a row of a table, without sentences.
    Row,
    /// Its words were erased, as an entry says.
    Erased(u64),
    /// It was read so before, in an entry whose reading was erased.
    ReadingErased(u64),
}

impl Passed {
    /// For a count of them.
    fn word(&self) -> &'static str {
        match self {
            Passed::Withdrawn => "withdrawn",
            Passed::Row => "from tables",
            Passed::Erased(_) => "erased",
            Passed::ReadingErased(_) => "read so before and erased",
        }
    }

    /// For a person.
    fn words(&self) -> String {
        match self {
            Passed::Withdrawn => "it was withdrawn".to_owned(),
            Passed::Row => "it is a row of a table, which annalist import reads".to_owned(),
            Passed::Erased(entry) => format!("what entry {entry} held of it was erased"),
            Passed::ReadingErased(entry) => {
                format!("it was read so in entry {entry}, whose reading was erased and stays so")
            }
        }
    }
}

/// What came of it so far.
struct Run {
    dry: bool,
    /// What is read otherwise now.
    told: Vec<Reread>,
    /// Reports that say what they said before.
    same: usize,
    failed: usize,
    /// Reports that were passed over, and why.
    passed: Vec<(ReportId, Passed)>,
}

impl Run {
    /// A report, when it can be read anew.
    fn readable(&mut self, ledger: &Ledger, id: &ReportId) -> Result<Option<Report>> {
        let Some(report) = ledger.report(id)? else {
            return Err(LedgerError::Unknown(id.to_string()).into());
        };
        let why = if report.withdrawn.is_some() {
            Passed::Withdrawn
        } else if report.is_row() {
            Passed::Row
        } else {
            return Ok(Some(report));
        };
        self.passed.push((report.id, why));
        Ok(None)
    }

    fn take(
        &mut self,
        ledger: &Ledger,
        report: &Report,
        again: Result<Reading, Failure>,
        drafts: &mut Vec<(Reread, Draft)>,
        stderr: &Stderr,
    ) -> Result<()> {
        match again {
            Ok(reading) => match ledger.reread(&report.id, reading)? {
                Some(found) => drafts.push(found),
                None => self.same += 1,
            },
            Err(failure) => {
                self.failed += 1;
                failure.tell(stderr);
            }
        }
        Ok(())
    }

    /// Puts a batch on the disk, all or nothing.
    fn keep(&mut self, ledger: &mut Ledger, read: Vec<(Reread, Draft)>) -> Result<()> {
        let (told, drafts): (Vec<Reread>, Vec<Draft>) = read.into_iter().unzip();
        if self.dry || drafts.is_empty() {
            self.told.extend(told);
            return Ok(());
        }
        for (told, appended) in told.into_iter().zip(ledger.add(drafts)?) {
            match appended {
                Appended::New(_) => self.told.push(told),
                Appended::Already(entry) => {
                    self.passed.push((told.report.id, Passed::ReadingErased(entry)));
                }
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let other = match (self.dry, self.told.len()) {
            (true, n) => format!("{} would be read otherwise", counted(n, "report")),
            (false, n) => format!("{} read otherwise", counted(n, "report")),
        };
        let mut parts = vec![other, format!("{} as before", self.same)];
        let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, why) in &self.passed {
            *passed.entry(why.word()).or_default() += 1;
        }
        parts.extend(passed.into_iter().map(|(word, n)| format!("{n} {word}")));
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        parts.join(", ")
    }

    fn text(&self, ledger: &Ledger, stranded: &[Stranded]) -> Result<String> {
        let mut text = String::new();
        for told in &self.told {
            let document = &told.report.reading.document;
            let outlet = document.outlet.as_deref().unwrap_or(&told.report.found_at);
            text += &sanitized(&format!("{} ({outlet}): {}", told.report.id, differences(told)));
            text.push('\n');
        }
        for (report, why) in &self.passed {
            text += &format!("{report}: passed over, {}\n", why.words());
        }
        if !stranded.is_empty() {
            let people = ledger.people()?;
            text +=
                "\nwhat people did about mentions that are no longer read; it is kept, and does not count:\n";
            for Stranded { mention, report, since, leads_to, done } in stranded {
                text += &format!(
                    "{mention} of report {report}, gone since entry {since}, {}\n",
                    leads(leads_to.as_ref())
                );
                for done in done {
                    let who = named(&people, &done.by);
                    text += &sanitized(&format!("   {:>6}  {who} {}", done.seq, told(&done.act)));
                    text.push('\n');
                }
            }
        }
        Ok(text)
    }

    fn json(&self, stranded: &[Stranded]) -> Value {
        let told: Vec<Value> = self
            .told
            .iter()
            .map(|told| {
                json!({
                    "report": told.report.id, "outlet": told.report.reading.document.outlet,
                    "mentions": told.report.mentions, "gained": told.gained, "lost": told.lost,
                    "changed": told.changed.iter().cloned().collect::<BTreeMap<IncidentId, Vec<String>>>(),
                })
            })
            .collect();
        let passed: Vec<Value> =
            self.passed.iter().map(|(report, why)| json!({ "report": report, "why": why.words() })).collect();
        let stranded: Vec<Value> = stranded
            .iter()
            .map(|stranded| {
                let done: Vec<Value> = stranded
                    .done
                    .iter()
                    .map(|done| json!({ "entry": done.seq, "at": done.at, "by": done.by, "act": done.act }))
                    .collect();
                json!({
                    "mention": stranded.mention, "report": stranded.report, "since": stranded.since,
                    "leads_to": stranded.leads_to, "done": done,
                })
            })
            .collect();
        json!({
            "dry_run": self.dry, "read_otherwise": told, "as_before": self.same, "failed": self.failed,
            "passed_over": passed, "stranded": stranded,
        })
    }
}

fn leads(to: Option<&IncidentId>) -> String {
    to.map_or_else(|| "with nothing in its words now".to_owned(), |to| format!("which leads to {to}"))
}

/// What is other than before, in words.
fn differences(told: &Reread) -> String {
    let mut parts = Vec::new();
    if !told.gained.is_empty() {
        let gained: Vec<String> = told.gained.iter().map(IncidentId::to_string).collect();
        parts.push(format!("gained {}", gained.join(", ")));
    }
    for (lost, to) in &told.lost {
        parts.push(format!("lost {lost}, {}", leads(to.as_ref())));
    }
    for (mention, fields) in &told.changed {
        parts.push(format!("{mention} has another {}", fields.join(", ")));
    }
    if parts.is_empty() {
        parts.push("the same incidents; claims, quotations or what speaks for them differ".to_owned());
    }
    parts.join("; ")
}
