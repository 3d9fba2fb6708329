//! act: what people decide, each decision an entry.

use super::args::{
    AssignArgs, CommentArgs, EraseArgs, JudgeArgs, LedgerArg, PolicyArgs, ReviewArgs, SetArgs, WithdrawArgs,
};
use super::reports::is_report;
use super::show::unfollowed_words;
use super::{named, time, to_read, to_write};
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::term::{Stderr, sanitized};
use crate::{ALL_READ, SOME_UNREAD};
use annalist_ledger::index::Changes;
use annalist_ledger::merge::written;
use annalist_ledger::{FieldPolicy, IncidentId, Ledger, Verdict};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::io::Write;

/// `annalist merge`, `split`, `unsure` and `lift`.
pub(crate) fn judge(args: &JudgeArgs, verdict: Verdict, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    let (one, others) = sides(&ledger, args)?;
    // Of an incident the mention can be taken out that it is named by.
    let by_report = |other: &String| verdict == Verdict::NotSame && is_report(other) && !is_report(&args.one);
    if others.iter().zip(&args.others).any(|(other, written)| *other == one && !by_report(written)) {
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
        Verdict::Same | Verdict::Unsure => {
            ledger.judge(std::slice::from_ref(&one), &others, verdict, &args.reason)?
        }
    };
    tell(&ledger, &changes, color);
    if verdict == Verdict::Same { not_followed(&ledger, &one, color) } else { Ok(ALL_READ) }
}

/// Says of the last judgement where it is not followed, and why.
fn not_followed(ledger: &Ledger, one: &IncidentId, color: ColorChoice) -> Result<u8> {
    let last = ledger.entries().saturating_sub(1);
    let (people, incident) = (ledger.people()?, ledger.named(one.as_str())?);
    let mut code = ALL_READ;
    for unfollowed in ledger.unfollowed(&incident)?.iter().filter(|unfollowed| unfollowed.same.seq == last) {
        let told = unfollowed_words(unfollowed, &people);
        Stderr::new(color).error(
            &format!("{}: {told}", incident.id),
            "your judgement is kept; annalist lift takes back theirs, and yours is followed then",
        );
        code = SOME_UNREAD;
    }
    Ok(code)
}

/// The mentions that a person named, those of reports by the incident that they share with the other side.
fn sides(ledger: &Ledger, args: &JudgeArgs) -> Result<(IncidentId, Vec<IncidentId>)> {
    let one = could_be(ledger, &args.one)?;
    let others: Vec<Vec<(IncidentId, IncidentId)>> =
        args.others.iter().map(|other| could_be(ledger, other)).collect::<Result<_>>()?;
    let theirs: Vec<&IncidentId> = others.iter().flatten().map(|(_, incident)| incident).collect();
    let one = chosen(&args.one, &one, &theirs)?;
    let mut mentions = Vec::new();
    for (written, other) in args.others.iter().zip(&others) {
        mentions.push(chosen(written, other, &[&one.1])?.0);
    }
    Ok((one.0, mentions))
}

/// The mentions that a name may mean, each with its incident.
fn could_be(ledger: &Ledger, name: &str) -> Result<Vec<(IncidentId, IncidentId)>> {
    if !is_report(name) {
        let mention = ledger.mention(name)?;
        let incident = ledger.named(mention.as_str())?.id;
        return Ok(vec![(mention, incident)]);
    }
    let report = ledger.report_named(name)?.id;
    let mentions = ledger.mentions_of(&report)?;
    if mentions.is_empty() {
        bail!("report {report} tells of no incident");
    }
    Ok(mentions)
}

/// The one of them that is meant: of several the one in an incident of the other side.
fn chosen(
    name: &str,
    could_be: &[(IncidentId, IncidentId)],
    incidents: &[&IncidentId],
) -> Result<(IncidentId, IncidentId)> {
    if let [one] = could_be {
        return Ok(one.clone());
    }
    let shared: Vec<&(IncidentId, IncidentId)> =
        could_be.iter().filter(|(_, incident)| incidents.contains(&incident)).collect();
    if let [one] = shared.as_slice() {
        return Ok((*one).clone());
    }
    let of = |(mention, incident): &(IncidentId, IncidentId)| format!("{mention} of incident {incident}");
    let all = could_be.iter().map(of).collect::<Vec<_>>().join(", ");
    bail!("report {name} tells of several incidents; say which mention you mean: {all}")
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
    let (Some(field), Some(policy)) = (&args.field, &args.policy) else { return policies(args, color) };
    let mut ledger = to_write(&args.ledger, Some(&args.actor), color)?;
    ledger.set_policy(field, policy)?;
    Stderr::new(color).note(&format!("{field} is {policy} from now on, in every incident"));
    Ok(ALL_READ)
}

/// The policy of every field, and where it comes from.
fn policies(args: &PolicyArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let (mut policies, people) = (ledger.policies()?, ledger.people()?);
    if let Some(wanted) = &args.field {
        if !policies.iter().any(|policy| policy.field == wanted) {
            let known: Vec<&str> = policies.iter().map(|policy| policy.field).collect();
            bail!("no policy makes a field {wanted}; the fields are {}", known.join(", "));
        }
        policies.retain(|policy| policy.field == wanted);
    }
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            let rows: Vec<Value> = policies
                .iter()
                .map(|FieldPolicy { field, policy, chosen }| {
                    let done = chosen.as_ref();
                    json!({
                        "field": field, "policy": policy.name(), "entry": done.map(|done| done.seq),
                        "by": done.map(|done| &done.by), "at": done.map(|done| done.at),
                    })
                })
                .collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        }
        TextOrJson::Text => {
            for FieldPolicy { field, policy, chosen } in policies {
                let from = match &chosen {
                    Some(done) => {
                        format!(
                            "chosen by {} on {}, entry {}",
                            named(&people, &done.by),
                            time(done.at),
                            done.seq
                        )
                    }
                    None => "of the data (schema/policies.toml)".to_owned(),
                };
                writeln!(out, "{field:<20} {:<15} {from}", policy.name())?;
            }
        }
    }
    out.finish()?;
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
                let name = name.as_deref().unwrap_or("(erased)");
                writeln!(out, "{person:<5} {}", sanitized(name))?;
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
            stderr.note(&format!("{id}: {}", crate::term::counted(n, "mention")));
        }
    }
}
