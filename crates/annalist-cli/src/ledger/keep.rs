//! keep: making a ledger, and showing that nothing in it was lost or changed.

use super::args::{BackupArgs, CheckpointArgs, DoctorArgs, InitArgs, ProveArgs, RestoreArgs, VerifyArgs};
use super::{bar, catch_up, knowledge, stdout_paint, to_read, with_remedy};
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::term::{self, Stderr, counted};
use crate::{ALL_READ, SOME_UNREAD};
use annalist_ledger::log::checkpoint::{Checkpoint, Proof};
use annalist_ledger::log::{Digest, Header};
use annalist_ledger::verify::Verified;
use annalist_ledger::{IncidentId, Ledger, LedgerError, ReportId};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// `annalist init`.
pub(crate) fn init(args: &InitArgs, color: ColorChoice) -> Result<u8> {
    let name = args.name.clone().unwrap_or_else(|| name_for(&args.folder));
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        bail!(
            "--name {name:?}: a ledger's name is one word without spaces and +, such as records.example.org/kharkiv"
        );
    }
    let ledger = Ledger::init(&args.folder, &name, knowledge(&args.data)?)?;
    let (_, key) = ledger.identity()?;
    let mut out = Output::open(None)?;
    writeln!(out, "{key}")?;
    out.finish()?;
    let stderr = Stderr::new(color);
    stderr.note(&format!("made the ledger {name} in {}", args.folder.display()));
    stderr
        .note("above is the key that others check its checkpoints with; keep a copy of ledger.key elsewhere");
    Ok(ALL_READ)
}

/// The folder's name with a number that no other ledger has.
fn name_for(folder: &Path) -> String {
    let stem = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem: String =
        stem.chars().map(|c| if c.is_alphanumeric() || "-._".contains(c) { c } else { '-' }).collect();
    let now = annalist_ledger::log::ms_now().to_le_bytes();
    let unlike = Digest::of(&[now.as_slice(), &std::process::id().to_le_bytes()].concat()).hex();
    let stem = if stem.is_empty() { "ledger".to_owned() } else { stem };
    format!("{stem}-{}", unlike.get(..8).unwrap_or_default())
}

/// `annalist verify`.
pub(crate) fn verify(args: &VerifyArgs, color: ColorChoice) -> Result<u8> {
    // The index is not needed, and what is wrong with the log may keep it from being made.
    let ledger =
        Ledger::open_to_read(args.ledger.path(), knowledge(&args.ledger.data)?).map_err(with_remedy)?;
    if let Some(file) = &args.proof {
        return verify_proof(&ledger, file);
    }
    let checkpoints: Result<Vec<String>> = args.checkpoint.iter().map(|file| text_of(file)).collect();
    let checkpoints = checkpoints?;
    if !checkpoints.is_empty() {
        let (_, key) = ledger.identity()?;
        for (file, note) in args.checkpoint.iter().zip(&checkpoints) {
            Checkpoint::open(note, &key).with_context(|| file.display().to_string())?;
        }
    }
    let bar = bar(ledger.entries(), "entries looked at", color);
    let mut verified = ledger.verify(&checkpoints, &mut |seq| bar.set_position(seq))?;
    bar.finish_and_clear();
    for fault in &mut verified.faults {
        if let Some(file) = fault.checkpoint.and_then(|n| args.checkpoint.get(n)) {
            fault.fault = format!("{}: {}", file.display(), fault.fault);
        }
    }
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => writeln!(out, "{}", serde_json::to_string_pretty(&verified)?)?,
        TextOrJson::Text => report(&verified, color, &mut out)?,
    }
    out.finish()?;
    if verified.is_sound() && args.checkpoint.is_empty() && args.format == TextOrJson::Text {
        Stderr::new(color).note(
            "without a checkpoint kept elsewhere this does not show whether the whole ledger was replaced or cut short",
        );
    }
    Ok(if verified.is_sound() { ALL_READ } else { SOME_UNREAD })
}

fn report(verified: &Verified, color: ColorChoice, out: &mut Output) -> Result<()> {
    let paint = stdout_paint(color);
    let n = |n: u64, what: &str| counted(usize::try_from(n).unwrap_or(usize::MAX), what);
    let entries =
        if verified.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", verified.entries) };
    writeln!(out, "{entries}, {} hashed again, {} erased", n(verified.values, "value"), verified.erased)?;
    writeln!(out, "root {}", verified.root)?;
    if verified.checkpoints > 0 {
        writeln!(out, "{} borne out", n(verified.checkpoints, "checkpoint"))?;
    }
    for fault in &verified.faults {
        let at = fault.entry.map(|entry| format!("entry {entry}: ")).unwrap_or_default();
        writeln!(out, "{} {at}{}", paint.on(term::red(), "fault"), term::sanitized(&fault.fault))?;
    }
    let more = verified.faults_found.saturating_sub(verified.faults.len() as u64);
    if more > 0 {
        writeln!(out, "and {more} more")?;
    }
    if verified.is_sound() {
        writeln!(out, "{}", paint.bold("sound"))?;
    }
    Ok(())
}

fn verify_proof(ledger: &Ledger, file: &Path) -> Result<u8> {
    let proof = Proof::parse(&text_of(file)?).with_context(|| file.display().to_string())?;
    let (_, key) = ledger.identity()?;
    let checkpoint = proof.check(&proof.extra, &key).with_context(|| file.display().to_string())?;
    let header = Header::from_bytes(&proof.extra).with_context(|| file.display().to_string())?;
    if header.seq != proof.index {
        bail!("{}: the entry says it is {}, the proof {}", file.display(), header.seq, proof.index);
    }
    let mut out = Output::open(None)?;
    writeln!(
        out,
        "entry {} ({}) is in {} of {} entries",
        header.seq,
        header.kind.name(),
        checkpoint.origin,
        checkpoint.size
    )?;
    out.finish()?;
    Ok(ALL_READ)
}

fn text_of(file: &Path) -> Result<String> {
    const BYTES_MAX: u64 = 1 << 20;
    let size = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    if size > BYTES_MAX {
        bail!("{} is too long for a checkpoint or a proof", file.display());
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// `annalist checkpoint`.
pub(crate) fn checkpoint(args: &CheckpointArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let mut out = Output::open(args.output.as_deref())?;
    out.write_all(ledger.checkpoint()?.as_bytes())?;
    out.finish()?;
    Ok(ALL_READ)
}

/// `annalist prove`.
pub(crate) fn prove(args: &ProveArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let entries = entries(&ledger, &args.what)?;
    if entries.is_empty() {
        bail!("no entry of the ledger is about {}", args.what);
    }
    let proofs = ledger.prove(&entries)?;
    match (&args.output, proofs.as_slice()) {
        (None, [proof]) => {
            let mut out = Output::open(None)?;
            out.write_all(proof.to_text().as_bytes())?;
            out.finish()?;
        }
        (None, _) => bail!(
            "{} has {}; name a folder for the proofs with --output",
            args.what,
            counted(proofs.len(), "entry").replace("entrys", "entries")
        ),
        (Some(folder), proofs) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            for proof in proofs {
                let mut out = Output::open(Some(&folder.join(format!("{}.tlog-proof", proof.index))))?;
                out.write_all(proof.to_text().as_bytes())?;
                out.finish()?;
            }
            Stderr::new(color).note(&format!("{} in {}", counted(proofs.len(), "proof"), folder.display()));
        }
    }
    Ok(ALL_READ)
}

fn entries(ledger: &Ledger, what: &str) -> Result<Vec<u64>> {
    if let Ok(entry) = what.parse() {
        return Ok(vec![entry]);
    }
    let is_report =
        ReportId::parse(what).is_some() || what.starts_with('r') && IncidentId::parse(what).is_none();
    if is_report {
        let report = ledger.report_named(what)?;
        return Ok(ledger.readings_of(&report.id)?);
    }
    Ok(ledger.entries_of(&ledger.named(what)?)?)
}

/// `annalist backup`.
pub(crate) fn backup(args: &BackupArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let verified = ledger.backup(&args.file)?;
    let stderr = Stderr::new(color);
    stderr.note(&format!("{} entries in {}, read back and sound", verified.entries, args.file.display()));
    stderr.note("the key that signs checkpoints is not in it: keep ledger.key too, elsewhere");
    Ok(ALL_READ)
}

/// `annalist restore`.
pub(crate) fn restore(args: &RestoreArgs, color: ColorChoice) -> Result<u8> {
    let checkpoints: Result<Vec<String>> = args.checkpoint.iter().map(|file| text_of(file)).collect();
    let key = match &args.key {
        Some(file) => {
            let key = text_of(file)?;
            // Nothing is made when it is the wrong one.
            Ledger::check_key(&args.file, &key).with_context(|| file.display().to_string())?;
            Some(key)
        }
        None => None,
    };
    let restored = Ledger::restore(&args.file, &args.folder, &checkpoints?, knowledge(&args.data)?);
    let (mut ledger, verified) = restored.map_err(|error| {
        let of_checkpoints = matches!(error, LedgerError::Note(_)) && !args.checkpoint.is_empty();
        let error = anyhow::Error::from(error);
        let files: Vec<String> = args.checkpoint.iter().map(|file| file.display().to_string()).collect();
        if of_checkpoints { error.context(files.join(", ")) } else { error }
    })?;
    if let Some(key) = key {
        ledger.put_key(&key)?;
    }
    catch_up(&mut ledger, color)?;
    let stderr = Stderr::new(color);
    stderr.note(&format!("{} entries restored into {}", verified.entries, args.folder.display()));
    if args.key.is_none() {
        stderr.note("without --key no checkpoint can be signed until ledger.key is put back");
    }
    Ok(ALL_READ)
}

/// `annalist doctor`.
pub(crate) fn doctor(args: &DoctorArgs, color: ColorChoice) -> Result<u8> {
    let ledger = if args.rebuild {
        let mut ledger =
            Ledger::open(args.ledger.path(), knowledge(&args.ledger.data)?).map_err(with_remedy)?;
        let bar = bar(ledger.entries(), "entries taken into the index", color);
        ledger.rebuild(&|seq| bar.set_position(seq))?;
        bar.finish_and_clear();
        ledger
    } else {
        to_read(&args.ledger, color)?
    };
    let findings = ledger.examine()?;
    let size = ledger.size()?;
    let (origin, key) = ledger.identity()?;
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            let found = json!({
                "origin": origin, "key": key.to_string(), "entries": ledger.entries(), "size": size,
                "files": files(ledger.folder()), "findings": findings,
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&found)?)?;
        }
        TextOrJson::Text => {
            writeln!(out, "ledger     {origin}")?;
            writeln!(out, "key        {key}")?;
            writeln!(out, "entries    {}", ledger.entries())?;
            writeln!(
                out,
                "reports    {}, {} mentions, {} incidents",
                size.reports, size.mentions, size.incidents
            )?;
            for (file, bytes) in files(ledger.folder()) {
                writeln!(out, "{file:<10} {:.1} MB", bytes as f64 / 1e6)?;
            }
            let paint = stdout_paint(color);
            for finding in &findings {
                writeln!(out, "{} {}", paint.on(term::yellow(), "look"), term::sanitized(finding))?;
            }
            if findings.is_empty() {
                writeln!(out, "{}", paint.bold("nothing amiss"))?;
            }
        }
    }
    out.finish()?;
    Ok(if findings.is_empty() { ALL_READ } else { SOME_UNREAD })
}

fn files(folder: &Path) -> Vec<(String, u64)> {
    let names = ["ledger.db", "ledger.db-wal", "index.db", "index.db-wal"];
    let size = |name: &&str| -> Option<(String, u64)> {
        let path: PathBuf = folder.join(name);
        Some(((*name).to_owned(), std::fs::metadata(path).ok()?.len()))
    };
    names.iter().filter_map(size).collect()
}
