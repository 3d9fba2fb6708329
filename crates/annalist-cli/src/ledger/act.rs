//! act: what people decide, each decision an entry.

use super::args::{
    AssignArgs, CommentArgs, EraseArgs, JudgeArgs, LedgerArg, PolicyArgs, ReviewArgs, SetArgs, WithdrawArgs,
};
use super::{to_read, to_write};
use crate::ALL_READ;
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::term::Stderr;
use annalist_ledger::index::Changes;
use annalist_ledger::merge::written;
use annalist_ledger::{IncidentId, Ledger, Verdict};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::io::Write;

/// `annalist merge`, `split`, `unsure` and `lift`.
pub(crate) fn judge(args: &JudgeArgs, verdict: Verdict, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let one = ledger.mention(&args.one)?;
    let others: Result<Vec<IncidentId>, _> = args.others.iter().map(|other| ledger.mention(other)).collect();
    let others = others?;
    if others.contains(&one) {
        bail!("{one} stands on both sides");
    }
    let changes = match verdict {
        Verdict::NotSame => ledger.split(&one, &others, &args.reason)?,
        Verdict::Lifted => {
            let mut changes = Changes::default();
            for other in &others {
                changes.incidents.extend(ledger.lift(&one, other, &args.reason)?.incidents);
            }
            changes
        }
        Verdict::Same | Verdict::Unsure => ledger.judge(&[one], &others, verdict, &args.reason)?,
    };
    tell(&ledger, &changes, color);
    Ok(ALL_READ)
}

/// `annalist set`.
pub(crate) fn set(args: &SetArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let incident = ledger.named(&args.incident)?;
    let value =
        args.value.as_deref().map(|text| written(&args.field, text, ledger.knowledge().policies.values()));
    let changes = ledger.set_field(&incident.id, &args.field, value, &args.reason)?;
    tell(&ledger, &changes, color);
    Ok(ALL_READ)
}

/// `annalist policy`.
pub(crate) fn policy(args: &PolicyArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    ledger.set_policy(&args.field, &args.policy)?;
    Stderr::new(color).note(&format!("{} is {} from now on, in every incident", args.field, args.policy));
    Ok(ALL_READ)
}

/// `annalist review`.
pub(crate) fn review(args: &ReviewArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let incident = ledger.named(&args.incident)?;
    ledger.review(&incident, &args.to, &args.reason)?;
    Stderr::new(color).note(&format!("{} is {} now", incident.id, args.to));
    Ok(ALL_READ)
}

/// `annalist comment`.
pub(crate) fn comment(args: &CommentArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let incident = ledger.named(&args.incident)?;
    ledger.comment(&incident.id, &args.text)?;
    Ok(ALL_READ)
}

/// `annalist assign`.
pub(crate) fn assign(args: &AssignArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let incident = ledger.named(&args.incident)?;
    ledger.assign(&incident.id, args.person.as_deref())?;
    Ok(ALL_READ)
}

/// `annalist withdraw`.
pub(crate) fn withdraw(args: &WithdrawArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let report = ledger.report_named(&args.report)?;
    let changes = ledger.withdraw(&report.id, !args.lift, &args.reason)?;
    tell(&ledger, &changes, color);
    Ok(ALL_READ)
}

/// `annalist erase`.
pub(crate) fn erase(args: &EraseArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let beside = ledger.readings_beside(args.entry)?;
    ledger.erase(args.entry, &args.fields, &args.reason)?;
    Stderr::new(color).note(&format!(
        "erased {} of entry {}; copies made before still hold it",
        args.fields.join(", "),
        args.entry
    ));
    if !beside.is_empty() {
        let beside: Vec<String> = beside.iter().map(u64::to_string).collect();
        Stderr::new(color).note(&format!(
            "the same report was read in entries {} too: what they hold of it is to be erased there",
            beside.join(", ")
        ));
    }
    Ok(ALL_READ)
}

/// `annalist people`.
pub(crate) fn people(args: &LedgerArg, format: TextOrJson, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(args, color)?;
    let mut out = Output::open(None)?;
    let people = ledger.people()?;
    match format {
        TextOrJson::Json => {
            let people: Vec<Value> =
                people.iter().map(|(person, name)| json!({ "person": person, "name": name })).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&people)?)?;
        }
        TextOrJson::Text => {
            for (person, name) in people {
                writeln!(out, "{person:<5} {}", name.as_deref().unwrap_or("(erased)"))?;
            }
        }
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// What a decision did to the incidents.
fn tell(ledger: &Ledger, changes: &Changes, color: ColorChoice) {
    let stderr = Stderr::new(color);
    for id in &changes.incidents {
        if let Ok(incident) = ledger.named(id.as_str()) {
            let n = incident.mentions.len();
            stderr.note(&format!("{id}: {}", crate::read::counted(n, "mention")));
        }
    }
}
