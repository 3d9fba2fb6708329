//! ledger: the commands that keep the record.

mod act;
mod add;
pub(crate) mod args;
mod give;
mod incidents;
mod keep;
mod reports;
mod reread;
mod show;
mod why;

pub(crate) use act::{assign, comment, erase, judge, people, policy, review, set, withdraw};
pub(crate) use add::add;
pub(crate) use give::{export, import, release};
pub(crate) use incidents::incidents;
pub(crate) use keep::{backup, checkpoint, doctor, init, prove, restore, verify};
pub(crate) use reports::reports;
pub(crate) use reread::reread;
pub(crate) use show::{explain, history, resolve, show};
pub(crate) use why::matches;

use crate::args::{ColorChoice, OverlayArg};
use crate::input;
use crate::term::{self, Paint, Stderr};
use annalist::reading::Reading;
use annalist_ledger::{Knowledge, Ledger, LedgerError};
use anyhow::{Context, Result};
use args::{ActorArg, LedgerArg};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// The word as the name of an incident or a report, when it is no file and can be the beginning of such a name.
pub(crate) fn name_in_ledger(word: &Path) -> Option<String> {
    const LONGEST: usize = 13;
    let name = word.to_str()?;
    let is_name = name.len() <= LONGEST
        && name.starts_with(['i', 'I', 'r', 'R'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_name && !word.exists()).then(|| name.to_owned())
}

/// What a report of the ledger was read as, when the name is one of a report.
pub(crate) fn reading_of(name: &str, args: &LedgerArg, color: ColorChoice) -> Result<Option<Reading>> {
    if !reports::is_report(name) {
        return Ok(None);
    }
    let ledger = to_read(args, color)?;
    let id = reports::report_id(&ledger, name)?;
    let report = ledger.report(&id)?;
    Ok(Some(report.with_context(|| format!("what {id} was read as was erased"))?.reading))
}

fn knowledge(data: &OverlayArg) -> Result<Arc<Knowledge>> {
    let bundle = input::bundle(data)?;
    Ok(Arc::new(Knowledge::read(&bundle).context("the data cannot be used")?))
}

/// The ledger, to be read; what is in the log only is taken into the index first.
fn to_read(args: &LedgerArg, color: ColorChoice) -> Result<Ledger> {
    let mut ledger = Ledger::open_to_read(args.path(), knowledge(&args.data)?).map_err(with_remedy)?;
    catch_up(&mut ledger, color)?;
    Ok(ledger)
}

/// The ledger, to be written by somebody.
fn to_write(args: &LedgerArg, actor: Option<&ActorArg>, color: ColorChoice) -> Result<Ledger> {
    let mut ledger = Ledger::open(args.path(), knowledge(&args.data)?).map_err(with_remedy)?;
    catch_up(&mut ledger, color)?;
    if let Some(actor) = actor
        && let Some(name) = actor.name.as_deref()
    {
        if actor.new_person { ledger.act_as_new(name)? } else { ledger.act_as(name)? }
    }
    Ok(ledger)
}

fn with_remedy(error: LedgerError) -> anyhow::Error {
    let missing = matches!(error, LedgerError::Store(annalist_ledger::store::StoreError::Missing(_)));
    let error = anyhow::Error::from(error);
    if missing { error.context("name the ledger with --ledger DIR or ANNALIST_LEDGER") } else { error }
}

/// Brings the index to the log, with a bar when that takes long.
fn catch_up(ledger: &mut Ledger, color: ColorChoice) -> Result<annalist_ledger::index::Changes> {
    let bar = bar(ledger.entries(), "entries taken into the index", color);
    let changes = ledger.catch_up(&|seq| bar.set_position(seq))?;
    bar.finish_and_clear();
    if ledger.index_is_in_memory() && !changes.incidents.is_empty() {
        Stderr::new(color)
            .note("index.db cannot be written: the index was made in memory, for this command only");
    }
    Ok(changes)
}

/// A bar on standard error, when a person looks there.
fn bar(length: u64, what: &str, _color: ColorChoice) -> ProgressBar {
    const WORTH_A_BAR: u64 = 2_000;
    if !std::io::stderr().is_terminal() || length < WORTH_A_BAR {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:24.cyan/dim} {pos}/{len} {msg}  {eta} left") {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.set_message(what.to_owned());
    bar
}

fn stdout_paint(color: ColorChoice) -> Paint {
    Paint::new(color, std::io::stdout().is_terminal())
}

fn stdout_view(color: ColorChoice) -> crate::render::View {
    let to_terminal = std::io::stdout().is_terminal();
    crate::render::View {
        paint: Paint::new(color, to_terminal),
        width: if to_terminal { term::terminal_width() } else { None },
    }
}

/// A time for people: UTC, to the minute.
fn time(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(at) => at.to_string().get(..16).map(|at| at.replace('T', " ")).unwrap_or_default(),
        Err(_) => "?".to_owned(),
    }
}

/// A name for people: that in the world where it is known.
fn named(people: &[(String, Option<String>)], person: &str) -> String {
    match people.iter().find(|(known, _)| known == person) {
        Some((_, Some(name))) => format!("{} ({person})", term::sanitized(name)),
        _ => person.to_owned(),
    }
}
