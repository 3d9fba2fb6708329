//! give: what leaves the ledger, and what comes in from other tables.

use super::args::{ClaimsTable, ExportArgs, ImportArgs, ReleaseArgs};
use super::{catch_up, to_read, to_write};
use crate::args::ColorChoice;
use crate::output::Output;
use crate::term::{Stderr, counted};
use crate::{ALL_READ, SOME_UNREAD, input};
use annalist_ledger::export::{Codebooks, Exporter, Format, Outcome};
use annalist_ledger::import::{Claims, Table};
use annalist_ledger::release::{self, Manifest, Released, Tombstone};
use annalist_ledger::store::{Appended, StoreError};
use annalist_ledger::{Incident, IncidentId, Ledger, Report};
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::Path;

/// `annalist export`.
pub(crate) fn export(args: &ExportArgs, color: ColorChoice) -> Result<u8> {
    let format = args.format.format();
    if format == Format::Parquet && args.output.is_none() && std::io::stdout().is_terminal() {
        bail!("parquet is not for terminals: name a file with --output");
    }
    let ledger = to_read(&args.ledger, color)?;
    let codebooks = Codebooks::read(&input::bundle(&args.ledger.data)?).context("the data cannot be used")?;
    let mut out = Output::open(args.output.as_deref())?;
    let mut exporter = Exporter::new(format, &mut out, &codebooks)?;
    let filter = args.filter.filter(None);
    ledger.find(&filter, &mut |incident| exporter.add(&incident).map(drop).map_err(written))?;
    let outcome = exporter.finish()?;
    out.finish()?;
    tell(&outcome, args.reasons.as_deref(), color)?;
    super::incidents::tell_undated(&ledger, &filter, color)?;
    Ok(ALL_READ)
}

/// What was left out, counted, and into a file when one was named.
fn tell(outcome: &Outcome, reasons: Option<&Path>, color: ColorChoice) -> Result<()> {
    let stderr = Stderr::new(color);
    let written = usize::try_from(outcome.written).unwrap_or(usize::MAX);
    let left_out = outcome.left_out.len();
    let mut line = format!("{} written", counted(written, "incident"));
    if left_out > 0 {
        line += &format!(", {left_out} that {} does not take", outcome.format.name());
    }
    if let Some(path) = reasons {
        let mut out = Output::open(Some(path))?;
        outcome.write_reasons(&mut out)?;
        out.finish()?;
        line += &format!(", reasons in {}", path.display());
    } else if left_out > 0 {
        line += "; --reasons FILE says why";
    }
    stderr.note(&line);
    Ok(())
}

fn written(error: std::io::Error) -> StoreError {
    StoreError::Io { path: "the output".into(), error }
}

/// `annalist import`.
pub(crate) fn import(args: &ImportArgs, color: ColorChoice) -> Result<u8> {
    const BATCH: usize = 256;
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let codebooks = Codebooks::read(&input::bundle(&args.ledger.data)?).context("the data cannot be used")?;
    let name = args.file.display().to_string();
    let file = File::open(&args.file).with_context(|| format!("cannot open {name}"))?;
    let table = args.format.map(|format| match format {
        ClaimsTable::Annalist => Table::Annalist,
        ClaimsTable::Acled => Table::Acled,
        ClaimsTable::Ged => Table::Ged,
    });
    let claims =
        Claims::new(table, BufReader::new(file), &args.outlet, &codebooks).with_context(|| name.clone())?;
    let (row_word, format) = (if claims.is_lines() { "line" } else { "row" }, claims.table().name());
    if args.format.is_none() {
        let kind = if claims.is_lines() { "lines of JSON" } else { "a table" };
        Stderr::new(color).note(&format!("{name} is read as {kind} of format {format}, by its head"));
    }
    let (mut failed, mut added, mut known) = (0usize, 0usize, 0usize);
    let mut waiting = Vec::new();
    let mut keep = |waiting: &mut Vec<_>, ledger: &mut Ledger| -> Result<()> {
        for done in ledger.add(std::mem::take(waiting))? {
            if matches!(done, Appended::New(_)) { added += 1 } else { known += 1 }
        }
        Ok(())
    };
    for (row, claim) in claims.enumerate() {
        match claim {
            Ok(reading) => {
                // A row is known by what it says and who says it.
                let capture = format!("{}\n{}", args.outlet, reading.document.text);
                let found_at = format!("{name}: {row_word} {}", row + 1);
                waiting.push(Report::draft(capture.as_bytes(), &found_at, &reading, ledger.person()));
            }
            Err(error) => {
                failed += 1;
                Stderr::new(color).error(&format!("{name}: {error}"), "");
            }
        }
        if waiting.len() >= BATCH {
            keep(&mut waiting, &mut ledger)?;
        }
    }
    keep(&mut waiting, &mut ledger)?;
    let changes = catch_up(&mut ledger, color)?;
    Stderr::new(color).note(&format!(
        "{} of {} added, {known} known before, {failed} could not be read, {} new or changed",
        counted(added, "row"),
        args.outlet,
        counted(changes.incidents.len(), "incident")
    ));
    Ok(if failed > 0 { SOME_UNREAD } else { ALL_READ })
}

/// `annalist release`.
pub(crate) fn release(args: &ReleaseArgs, color: ColorChoice) -> Result<u8> {
    let bundle = input::bundle(&args.ledger.data)?;
    let policies = release::Policies::read(&bundle).context("the data cannot be used")?;
    let codebooks = Codebooks::read(&bundle).context("the data cannot be used")?;
    let Some(policy) = policies.audience(&args.audience) else {
        let known = policies.names().collect::<Vec<_>>().join(", ");
        bail!("--audience {}: there is no such audience; the audiences are {known}", args.audience);
    };
    if args.output.exists() {
        bail!("{} is there already: a release gets a folder of its own", args.output.display());
    }
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let today = jiff::Zoned::now().date();
    let on = args.on.unwrap_or(today);
    if args.on.is_some() {
        may_be_dated(on, today, ledger.last_release(&policy.audience)?.as_ref())?;
    }
    let mut released: Vec<Released> = Vec::new();
    ledger.find(&annalist_ledger::Filter::default(), &mut |incident| {
        let view = release::release(&incident, policy, on).map_err(|error| written(error.into()))?;
        released.push(view);
        Ok(())
    })?;
    let manifest = release::manifest(&released, policy, on)?;
    let tombstones = tombstones(&ledger, &manifest, on)?;
    // The entry first: nothing may be given out that the ledger does not know of.
    ledger.release(&manifest)?;
    let unfinished = args.output.with_extension("unfinished");
    let _ = std::fs::remove_dir_all(&unfinished);
    std::fs::create_dir_all(&unfinished).with_context(|| format!("cannot make {}", unfinished.display()))?;
    let views: Vec<&Incident> = released.iter().filter_map(|item| item.incident.as_ref()).collect();
    for format in &args.format {
        let format = format.format();
        let mut out = Output::open(Some(&unfinished.join(format!("incidents.{}", format.ending()))))?;
        let mut exporter = Exporter::new(format, &mut out, &codebooks)?;
        for view in &views {
            exporter.add(view)?;
        }
        exporter.finish()?;
        out.finish()?;
    }
    write_json(&unfinished.join("manifest.json"), &manifest)?;
    write_json(&unfinished.join("tombstones.json"), &tombstones)?;
    // What was withheld and why is for those who release, not for those who receive.
    write_json(&args.output.with_extension("withheld.json"), &withheld(&released))?;
    std::fs::rename(&unfinished, &args.output)
        .with_context(|| format!("cannot make {}", args.output.display()))?;
    let all = released.len();
    Stderr::new(color).note(&format!(
        "{} of {all} for {} in {}; {} called back; what was withheld and why: {}",
        counted(views.len(), "incident"),
        policy.audience,
        args.output.display(),
        tombstones.len(),
        args.output.with_extension("withheld.json").display()
    ));
    Ok(ALL_READ)
}

/// Whether a release may bear a date: embargoes count from it, and the next release calls back what this one gave.
fn may_be_dated(on: Date, today: Date, last: Option<&Manifest>) -> Result<()> {
    if on > today {
        bail!("--on {on}: that day is yet to come, and so is the end of embargoes that count from it");
    }
    match last.and_then(|last| last.date.parse::<Date>().ok()) {
        Some(day) if on < day => bail!(
            "--on {on}: the last release to this audience is of {day}, and none may be dated before it: the next one \
             calls back what the one before it gave"
        ),
        _ => Ok(()),
    }
}

/// What of the last release to this audience must be called back.
fn tombstones(ledger: &Ledger, manifest: &Manifest, on: Date) -> Result<Vec<Tombstone>> {
    let Some(previous) = ledger.last_release(&manifest.audience)? else { return Ok(Vec::new()) };
    let mut now: BTreeMap<&IncidentId, Incident> = BTreeMap::new();
    for given in &previous.items {
        if let Ok(incident) = ledger.named(given.incident.as_str()) {
            now.insert(&given.incident, incident);
        }
    }
    Ok(release::tombstones(&previous, manifest, |id| now.get(id), on))
}

fn withheld(released: &[Released]) -> Vec<serde_json::Value> {
    let some = released.iter().filter(|item| !item.withheld.is_empty());
    some.map(|item| serde_json::json!({ "incident": item.id, "withheld": item.withheld })).collect()
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut out = Output::open(Some(path))?;
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.finish()
}
