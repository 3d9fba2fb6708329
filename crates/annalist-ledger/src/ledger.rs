//! ledger: a folder with the log, its index and the key that signs checkpoints.

use crate::act::{Act, Done};
use crate::filter::{BadFilter, Filter};
use crate::incident::Incident;
use crate::index::{Changes, Index, Listed, Match, Pair, Size, Stranded, Unfollowed};
use crate::knowledge::Knowledge;
use crate::log::checkpoint::{Checkpoint, Proof};
use crate::log::note::{NoteError, PublicKey, SecretKey};
use crate::log::{Draft, Entry, Kind, merkle};
use crate::merge::{Override, OverrideError, Policies, Policy};
use crate::release::Manifest;
use crate::report::{Report, part};
use crate::reread::Reread;
use crate::resolve::Verdict;
use crate::review::Refused;
use crate::store::{Appended, Sqlite, Store, StoreError, sync_folder};
use crate::verify::{Fault, Verified, verify};
use crate::{IncidentId, ReportId};
use annalist::reading::Reading;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

const LOG: &str = "ledger.db";
const INDEX: &str = "index.db";
const KEY: &str = "ledger.key";
/// A restored log before it is one.
const TRIAL: &str = "restored.db";
/// Who acts when the program does by itself.
const PROGRAM: &str = "annalist";

/// The record of a folder.
pub struct Ledger {
    folder: PathBuf,
    store: Sqlite,
    index: Index,
    knowledge: Arc<Knowledge>,
    person: Option<String>,
    /// Who acts, as long as nothing of them is in the log.
    newcomer: Option<Act>,
}

/// The policy that makes a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPolicy {
    /// The field.
    pub field: &'static str,
    /// Its policy.
    pub policy: Policy,
    /// Who chose it for this ledger; where nobody did, it is that of the data.
    pub chosen: Option<Done>,
}

/// Why something was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The log or the index refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A step of review was refused.
    #[error(transparent)]
    Review(#[from] Refused),
    /// A filter asks for what cannot be.
    #[error(transparent)]
    Filter(#[from] BadFilter),
    /// A value is none of its field.
    #[error(transparent)]
    Override(#[from] OverrideError),
    /// A checkpoint, proof or key is none.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Nothing bears this name.
    #[error("nothing in the ledger is called {0}")]
    Unknown(String),
    /// Several things bear a name that begins so.
    #[error("{0} is the beginning of several names: {1}")]
    Ambiguous(String, String),
    /// Nobody said who they are.
    #[error(
        "who are you? Give --as NAME, or set ANNALIST_USER: what people decide is kept under their names"
    )]
    Nobody,
    /// The key that signs checkpoints is not there.
    #[error("{0} is missing: without it no checkpoint can be signed; put it back from where you keep it")]
    NoKey(PathBuf),
    /// The operation needs something else first.
    #[error("{0}")]
    Refused(String),
}

impl Ledger {
    /// Makes a ledger in a folder, which is made too. `origin` is its name in checkpoints, one word.
    ///
    /// # Errors
    /// When one is there already or it cannot be made.
    pub fn init(folder: &Path, origin: &str, knowledge: Arc<Knowledge>) -> Result<Self, LedgerError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { path, error }
        };
        make_folder(folder)?;
        let (log, path) = (folder.join(LOG), folder.join(KEY));
        if log.exists() {
            return Err(StoreError::Exists(folder.to_owned()).into());
        }
        let key = if path.exists() {
            // The rest of a try that did not come to its end; or somebody's only copy of a key.
            let key = SecretKey::parse(&std::fs::read_to_string(&path).map_err(io(&path))?)?;
            if key.public().name() != origin {
                return Err(LedgerError::Refused(format!(
                    "{} is there without a ledger; move it away, or go on with it by --name {}",
                    path.display(),
                    key.public().name()
                )));
            }
            key
        } else {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|error| StoreError::Random(error.to_string()))?;
            let key = SecretKey::new(origin, &seed)?;
            write_secret(&path, &key.to_text())?;
            key
        };
        let begun = Act::Ledger {
            origin: origin.to_owned(),
            key: key.public().to_string(),
            program: format!("annalist {}", env!("CARGO_PKG_VERSION")),
        };
        let store = Sqlite::create(&log, vec![begun.draft(PROGRAM)])?;
        Self::of(folder, store, knowledge)
    }

    /// Opens a ledger for reading and writing.
    ///
    /// # Errors
    /// When there is none, or another program writes to it.
    pub fn open(folder: &Path, knowledge: Arc<Knowledge>) -> Result<Self, LedgerError> {
        Self::of(folder, Sqlite::open(&folder.join(LOG))?, knowledge)
    }

    /// Opens a ledger for reading, also while another program writes to it.
    ///
    /// # Errors
    /// When there is none.
    pub fn open_to_read(folder: &Path, knowledge: Arc<Knowledge>) -> Result<Self, LedgerError> {
        Self::of(folder, Sqlite::open_to_read(&folder.join(LOG))?, knowledge)
    }

    /// Opens it once more for reading, for another thread.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn beside(&self) -> Result<Self, LedgerError> {
        Self::open_to_read(&self.folder, Arc::clone(&self.knowledge))
    }

    fn of(folder: &Path, store: Sqlite, knowledge: Arc<Knowledge>) -> Result<Self, LedgerError> {
        let index = Index::open(&folder.join(INDEX), Arc::clone(&knowledge))?;
        Ok(Ledger { folder: folder.to_owned(), store, index, knowledge, person: None, newcomer: None })
    }

    /// Sees what others have written since it was opened for reading.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refresh(&mut self) -> Result<(), LedgerError> {
        Ok(self.store.refresh()?)
    }

    /// Takes into the index what is in the log only, joining mentions; to be called before anything is looked up.
    ///
    /// # Errors
    /// When log or index cannot be read or written.
    pub fn catch_up(&mut self, progress: &dyn Fn(u64)) -> Result<Changes, LedgerError> {
        Ok(self.index.catch_up(&self.store, progress)?)
    }

    /// Says who acts from now on: a name in the world, which is kept in the vault, or one of the ledger (`p3`). Somebody new
    /// comes into the ledger with the first thing that they do.
    ///
    /// # Errors
    /// When the name is empty, is that of another person but for case and blanks, or cannot be looked up.
    pub fn act_as(&mut self, name: &str) -> Result<(), LedgerError> {
        let name = shown_name(name)?;
        self.catch_up(&|_| {})?;
        if self.known_person(&name)?.is_none()
            && let Some((person, like)) = self.people()?.into_iter().find_map(|(person, known)| {
                let known = known?;
                alike(&known, &name).then_some((person, known))
            })
        {
            return Err(LedgerError::Refused(format!(
                "{name:?} is nearly the name of {like:?} ({person}): is it the same person? Write it so, or insist with --new-person"
            )));
        }
        self.act_as_new(&name)
    }

    /// The same, also under a name that is nearly that of another person.
    ///
    /// # Errors
    /// When the name is empty or cannot be looked up.
    pub fn act_as_new(&mut self, name: &str) -> Result<(), LedgerError> {
        let name = shown_name(name)?;
        self.catch_up(&|_| {})?;
        self.newcomer = None;
        let person = match self.known_person(&name)? {
            Some(person) => person,
            None if is_name_of_the_ledger(&name) => return Err(LedgerError::Unknown(name)),
            None => {
                let person = format!("p{}", self.people()?.len() + 1);
                self.newcomer = Some(Act::Person { person: person.clone(), name: Some(name) });
                person
            }
        };
        self.person = Some(person);
        Ok(())
    }

    /// The name in the ledger of a person, by that or by the name in the world.
    fn known_person(&self, name: &str) -> Result<Option<String>, LedgerError> {
        let name = name.trim();
        let people = self.people()?;
        let known =
            people.into_iter().find(|(person, named)| person == name || named.as_deref() == Some(name));
        let is_new = |act: &Act| matches!(act, Act::Person { name: Some(new), .. } if new == name);
        Ok(match known {
            Some((person, _)) => Some(person),
            None => self.newcomer.as_ref().filter(|act| is_new(act)).and(self.person.clone()),
        })
    }

    /// Adds entries, with whoever comes into the ledger by them before.
    fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Appended>, LedgerError> {
        let newcomer = match (&self.newcomer, &self.person) {
            (Some(act), Some(person)) => Some(act.draft(person)),
            _ => None,
        };
        let comes = newcomer.is_some();
        let mut appended = self.store.append(newcomer.into_iter().chain(drafts).collect())?;
        if comes {
            appended.drain(..appended.len().min(1));
            self.newcomer = None;
        }
        Ok(appended)
    }

    /// Everybody who works with the ledger: name in the ledger, name in the world unless it was erased.
    ///
    /// # Errors
    /// When the log or the index cannot be read.
    pub fn people(&self) -> Result<Vec<(String, Option<String>)>, LedgerError> {
        let mut people = Vec::new();
        for (person, seq) in self.index.people()? {
            let name = match self.store.entry(seq)?.as_ref().and_then(Act::of) {
                Some(Act::Person { name, .. }) => name,
                _ => None,
            };
            people.push((person, name));
        }
        Ok(people)
    }

    /// Who acts: a person of the ledger, or the program itself.
    pub fn person(&self) -> &str {
        self.person.as_deref().unwrap_or(PROGRAM)
    }

    fn me(&self) -> Result<&str, LedgerError> {
        self.person.as_deref().ok_or(LedgerError::Nobody)
    }

    /// Adds reports, all or none; those whose bytes are there already add nothing. They are in the index after
    /// [`Ledger::catch_up`].
    ///
    /// # Errors
    /// When they could not be kept.
    pub fn add(&mut self, reports: Vec<Draft>) -> Result<Vec<Appended>, LedgerError> {
        let mut known = true;
        for report in &reports {
            known &= match &report.once {
                Some(key) => self.store.once(key)?.is_some(),
                None => false,
            };
        }
        // Who adds nothing does not come into the ledger by it.
        if known { Ok(self.store.append(reports)?) } else { self.append(reports) }
    }

    /// What a person gives as a reason, without the blanks around it.
    ///
    /// # Errors
    /// When it says nothing.
    fn reason(words: &str) -> Result<String, LedgerError> {
        says(words, "the reason")
    }

    /// Does something in the name of the person, and brings the index to it.
    fn act(&mut self, acts: Vec<Act>) -> Result<Changes, LedgerError> {
        let me = self.me()?.to_owned();
        self.append(acts.iter().map(|act| act.draft(&me)).collect())?;
        self.catch_up(&|_| {})
    }

    /// The incident that a person named: by its id, one of its mentions, or the beginning of either.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`], [`LedgerError::Ambiguous`].
    pub fn named(&self, name: &str) -> Result<Incident, LedgerError> {
        let id = match IncidentId::parse(name) {
            Some(id) => id,
            None => self.begins(name, IncidentId::parse)?,
        };
        match self.index.incident(&id)? {
            Some(incident) => Ok(incident),
            None => Err(self.not_there(&id, name)?),
        }
    }

    /// The incident that a mention belongs to now.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn incident_of(&self, mention: &IncidentId) -> Result<Option<IncidentId>, LedgerError> {
        Ok(self.index.incident_of(mention)?)
    }

    /// Why nothing is found under the name of a mention.
    fn not_there(&self, id: &IncidentId, name: &str) -> Result<LedgerError, LedgerError> {
        Ok(match self.index.gone(id)? {
            Some((report, seq)) => LedgerError::Refused(format!(
                "{id} is no longer read in report {report} since entry {seq}, and nothing else in its words"
            )),
            None => LedgerError::Unknown(name.to_owned()),
        })
    }

    /// The mention that a person named; where its report was read anew, the one that its name leads to.
    ///
    /// # Errors
    /// As [`Ledger::named`].
    pub fn mention(&self, name: &str) -> Result<IncidentId, LedgerError> {
        let id = match IncidentId::parse(name) {
            Some(id) => id,
            None => self.begins(name, IncidentId::parse)?,
        };
        match self.index.mention(&id)? {
            Some(mention) => Ok(mention),
            None => Err(self.not_there(&id, name)?),
        }
    }

    /// The report that a person named.
    ///
    /// # Errors
    /// As [`Ledger::named`].
    pub fn report_named(&self, name: &str) -> Result<Report, LedgerError> {
        let id = match ReportId::parse(name) {
            Some(id) => id,
            None => self.begins(name, ReportId::parse)?,
        };
        self.report(&id)?.ok_or_else(|| LedgerError::Unknown(name.to_owned()))
    }

    fn begins<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, LedgerError> {
        const LEAST: usize = 3;
        let unknown = || LedgerError::Unknown(name.to_owned());
        let prefix = name.trim().to_ascii_lowercase();
        if prefix.len() < LEAST {
            return Err(LedgerError::Refused(format!(
                "{name:?} is too short for a name; give its first {LEAST} characters or more"
            )));
        }
        let found: Vec<String> =
            self.index.begin_with(&prefix)?.into_iter().filter(|found| parse(found).is_some()).collect();
        match found.as_slice() {
            [] => Err(unknown()),
            [one] => parse(one).ok_or_else(unknown),
            several => Err(LedgerError::Ambiguous(name.to_owned(), several.join(", "))),
        }
    }

    /// A report with its reading; none when there is none or its reading was erased.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn report(&self, id: &ReportId) -> Result<Option<Report>, LedgerError> {
        let Some((seq, withdrawn)) = self.index.report(id)? else { return Ok(None) };
        let report = self.store.entry(seq)?.as_ref().and_then(Report::of);
        Ok(report.map(|report| Report { withdrawn, ..report }))
    }

    /// The bytes of a report as they were captured; none when they were erased.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn capture(&self, id: &ReportId) -> Result<Option<Vec<u8>>, LedgerError> {
        let Some(seq) = self.entry_of(id)? else { return Ok(None) };
        Ok(self.store.entry(seq)?.and_then(|entry| entry.value("capture").map(<[u8]>::to_vec)))
    }

    /// The incidents that pass a filter, the latest first.
    ///
    /// # Errors
    /// When the filter or its search cannot be understood, the index not be read, or `visit` fails.
    pub fn find(
        &self,
        filter: &Filter,
        visit: &mut dyn FnMut(Incident) -> Result<(), StoreError>,
    ) -> Result<(), LedgerError> {
        Ok(self.index.find(&self.settled(filter)?, visit)?)
    }

    /// How many incidents pass a filter, its limit aside.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn count(&self, filter: &Filter) -> Result<u64, LedgerError> {
        Ok(self.index.count(&self.settled(filter)?)?)
    }

    /// How many incidents a filter that asks for days keeps out because they have no date.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn count_undated(&self, filter: &Filter) -> Result<u64, LedgerError> {
        if filter.undated || filter.from.is_none() && filter.to.is_none() {
            return Ok(0);
        }
        Ok(self.index.count_undated(&self.settled(filter)?)?)
    }

    fn settled(&self, filter: &Filter) -> Result<Filter, LedgerError> {
        let people = if filter.assigned.is_some() { self.people()? } else { Vec::new() };
        Ok(filter.settled(&self.knowledge.values, &people)?)
    }

    /// How large the ledger is.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn size(&self) -> Result<Size, LedgerError> {
        Ok(self.index.size()?)
    }

    /// Whether the index had to be made in memory, because its file cannot be written: it takes that long each time.
    pub fn index_is_in_memory(&self) -> bool {
        self.index.is_in_memory()
    }

    /// How many entries the log has.
    pub fn entries(&self) -> u64 {
        self.store.tree().size()
    }

    /// What people did about an incident, in order: what they judged and decided of it, the reports of it that they withdrew,
    /// what they erased of either, and the policies that they chose for all incidents.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn history(&self, incident: &Incident) -> Result<Vec<Done>, LedgerError> {
        let mut done = self.index.acts(incident)?;
        let mut entries: Vec<u64> = done.iter().map(|done| done.seq).collect();
        let reports: Vec<&ReportId> = incident.reports.iter().map(|source| &source.report).collect();
        for report in &reports {
            entries.extend(self.index.readings(report)?);
        }
        done.extend(self.withdrawals(&reports)?);
        done.extend(self.index.acts_of(Kind::Policy.name())?);
        done.extend(self.erasures(&entries, &incident.mentions)?);
        done.sort_by_key(|done| done.seq);
        Ok(done)
    }

    /// What people did about a report, in order: withdrawals and erasures.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn history_of(&self, report: &ReportId) -> Result<Vec<Done>, LedgerError> {
        let mut done = self.withdrawals(&[report])?;
        let mut entries = self.index.readings(report)?;
        let gone = self.erased_reports()?;
        entries.extend(gone.into_iter().filter(|(erased, _)| erased == report).map(|(_, entry)| entry));
        done.extend(self.erasures(&entries, &[])?);
        done.sort_by_key(|done| done.seq);
        Ok(done)
    }

    fn withdrawals(&self, reports: &[&ReportId]) -> Result<Vec<Done>, LedgerError> {
        let mut done = self.index.acts_of(Kind::Withdrawal.name())?;
        done.retain(|done| matches!(&done.act, Act::Withdrawal { report, .. } if reports.contains(&report)));
        Ok(done)
    }

    /// The erasures in these entries, or in one that told of one of these mentions.
    fn erasures(&self, entries: &[u64], mentions: &[IncidentId]) -> Result<Vec<Done>, LedgerError> {
        let mut found = Vec::new();
        for done in self.index.acts_of(Kind::Erasure.name())? {
            let Act::Erasure { entry: seq, gone, .. } = &done.act else { continue };
            let went_on = gone.values().flatten().any(|heir| mentions.contains(heir));
            let told = || -> Result<bool, LedgerError> {
                let entry = self.store.entry(*seq)?;
                let told = entry.and_then(|entry| part::<Vec<IncidentId>>(&entry, "mentions"));
                Ok(told.is_some_and(|told| told.iter().any(|mention| mentions.contains(mention))))
            };
            if entries.contains(seq) || went_on || !mentions.is_empty() && told()? {
                found.push(done);
            }
        }
        Ok(found)
    }

    /// Why its mentions are one incident: for each but the oldest the pair that ties it to those before.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn joins(&self, incident: &Incident) -> Result<Vec<Pair>, LedgerError> {
        Ok(self.index.joins(incident)?)
    }

    /// Judgements that its mentions are of one incident with others, which are not followed because somebody holds them apart.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn unfollowed(&self, incident: &Incident) -> Result<Vec<Unfollowed>, LedgerError> {
        Ok(self.index.unfollowed(incident)?)
    }

    /// The other incidents that it could be, the likeliest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn matches(&mut self, incident: &Incident) -> Result<Vec<Match>, LedgerError> {
        Ok(self.index.matches(incident)?)
    }

    /// Says of each mention of the one side and each of the other whether they tell of one incident.
    ///
    /// # Errors
    /// When nobody is named, or the judgement cannot be kept.
    pub fn judge(
        &mut self,
        one: &[IncidentId],
        other: &[IncidentId],
        verdict: Verdict,
        reason: &str,
    ) -> Result<Changes, LedgerError> {
        let (one, other, reason) = (one.to_vec(), other.to_vec(), Self::reason(reason)?);
        self.act(vec![Act::Judgement { one, other, verdict, reason }])
    }

    /// Takes mentions out of the incident that one of them belongs to: they are of another one than each mention that
    /// stays, since an edge to one alone would leave them joined through the rest.
    ///
    /// # Errors
    /// When nothing would stay, nobody is named, or the judgement cannot be kept.
    pub fn split(
        &mut self,
        from: &IncidentId,
        mentions: &[IncidentId],
        reason: &str,
    ) -> Result<Changes, LedgerError> {
        let mut stay = self.named(from.as_str())?.mentions;
        stay.retain(|mention| !mentions.contains(mention));
        if stay.is_empty() {
            return Err(LedgerError::Refused(format!("no mention of {from} would stay")));
        }
        self.judge(&stay, mentions, Verdict::NotSame, reason)
    }

    /// Takes back the last judgement on two mentions, with all that it said of others beside them.
    ///
    /// # Errors
    /// When there is none, nobody is named, or it cannot be kept.
    pub fn lift(&mut self, a: &IncidentId, b: &IncidentId, reason: &str) -> Result<Changes, LedgerError> {
        let is_on = |act: &Act| act.pairs().into_iter().any(|pair| pair == (a, b) || pair == (b, a));
        let last = self.index.acts_on(a)?.into_iter().map(|done| done.act).rfind(is_on);
        match last {
            Some(Act::Judgement { one, other, verdict, .. }) if verdict != Verdict::Lifted => {
                self.judge(&one, &other, Verdict::Lifted, reason)
            }
            _ => Err(LedgerError::Refused(format!("no judgement on {a} and {b} is in force"))),
        }
    }

    /// Says what a field of an incident is; none lifts what was said before.
    ///
    /// # Errors
    /// When the value is none of the field, nobody is named, or it cannot be kept.
    pub fn set_field(
        &mut self,
        incident: &IncidentId,
        field: &str,
        value: Option<serde_json::Value>,
        reason: &str,
    ) -> Result<Changes, LedgerError> {
        let said = Override {
            entry: self.entries(),
            field: field.to_owned(),
            value: value.clone(),
            reason: reason.to_owned(),
            who: self.me()?.to_owned(),
            at: 0,
        };
        said.check(&self.knowledge.policies)?;
        if value.is_none() && !self.is_set(incident, field)? {
            return Err(LedgerError::Refused(format!("nothing that somebody set for {field} is in force")));
        }
        let (field, reason) = (field.to_owned(), Self::reason(reason)?);
        self.act(vec![Act::Override { incident: incident.clone(), field, value, reason }])
    }

    /// Whether what somebody set for a field is in force.
    fn is_set(&self, incident: &IncidentId, field: &str) -> Result<bool, LedgerError> {
        let Some(incident) = self.index.incident(incident)? else { return Ok(false) };
        let last = self.index.acts(&incident)?.into_iter().rev().find_map(|done| match done.act {
            Act::Override { field: of, value, .. } if of == field => Some(value.is_some()),
            _ => None,
        });
        Ok(last.unwrap_or(false))
    }

    /// Takes an incident to another state of review.
    ///
    /// # Errors
    /// When the rules refuse it, nobody is named, or it cannot be kept.
    pub fn review(&mut self, incident: &Incident, state: &str, reason: &str) -> Result<Changes, LedgerError> {
        let done = self.history(incident)?;
        self.knowledge.review.check(incident, &done, state, self.me()?, reason)?;
        self.act(vec![Act::Review {
            incident: incident.id.clone(),
            state: state.to_owned(),
            content: incident.content_hash(),
            reason: reason.to_owned(),
        }])
    }

    /// Puts words beside an incident.
    ///
    /// # Errors
    /// When nobody is named or they cannot be kept.
    pub fn comment(&mut self, incident: &IncidentId, text: &str) -> Result<Changes, LedgerError> {
        let text = Some(says(text, "the comment")?);
        self.act(vec![Act::Comment { incident: incident.clone(), text }])
    }

    /// Says who shall look at an incident: a name in the ledger or in the world; none lifts it.
    ///
    /// # Errors
    /// When nobody is named, there is no such person, or it cannot be kept.
    pub fn assign(&mut self, incident: &IncidentId, to: Option<&str>) -> Result<Changes, LedgerError> {
        let person = match to {
            None => {
                let assigned = self.named(incident.as_str())?.review.assigned;
                if assigned.is_none() {
                    return Err(LedgerError::Refused(format!("{incident} is assigned to nobody")));
                }
                None
            }
            Some(to) => Some(self.known_person(to)?.ok_or_else(|| LedgerError::Unknown(to.to_owned()))?),
        };
        self.act(vec![Act::Assignment { incident: incident.clone(), person }])
    }

    /// Says that a report counts no more, or counts again.
    ///
    /// # Errors
    /// When nobody is named or it cannot be kept.
    pub fn withdraw(
        &mut self,
        report: &ReportId,
        withdrawn: bool,
        reason: &str,
    ) -> Result<Changes, LedgerError> {
        if !withdrawn && self.index.report(report)?.is_none_or(|(_, why)| why.is_none()) {
            return Err(LedgerError::Refused(format!("{report} is not withdrawn")));
        }
        let reason = Self::reason(reason)?;
        self.act(vec![Act::Withdrawal { report: report.clone(), withdrawn, reason }])
    }

    /// Makes a field of all incidents by another policy from now on.
    ///
    /// # Errors
    /// When there is no such field or policy, nobody is named, or it cannot be kept.
    pub fn set_policy(&mut self, field: &str, policy: &str) -> Result<Changes, LedgerError> {
        let fields = Policies::fields();
        if !fields.contains(&field) {
            let known = fields.join(", ");
            return Err(LedgerError::Refused(format!(
                "no policy makes a field {field}; the fields are {known}"
            )));
        }
        if Policy::parse(policy).is_none() {
            return Err(LedgerError::Refused(format!(
                "there is no policy {policy}; the policies are conservative, informative, representative, latest"
            )));
        }
        self.act(vec![Act::Policy { field: field.to_owned(), policy: policy.to_owned() }])
    }

    /// Keeps what is given out.
    ///
    /// # Errors
    /// When nobody is named or it cannot be kept.
    pub fn release(&mut self, manifest: &Manifest) -> Result<Changes, LedgerError> {
        let (audience, policy) = (manifest.audience.clone(), manifest.policy.clone());
        let manifest = serde_json::to_value(manifest)
            .map_err(|error| LedgerError::Refused(format!("the manifest cannot be written: {error}")))?;
        self.act(vec![Act::Release { audience, policy, manifest }])
    }

    /// What was given to an audience last.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn last_release(&self, to: &str) -> Result<Option<Manifest>, LedgerError> {
        let releases = self.index.acts_of("release")?;
        let last = releases.into_iter().rev().find_map(|done| match done.act {
            Act::Release { audience, manifest, .. } if audience == to => Some(manifest),
            _ => None,
        });
        Ok(last.and_then(|manifest| serde_json::from_value(manifest).ok()))
    }

    /// Takes fields out of an entry for ever; proofs made before still hold.
    ///
    /// # Errors
    /// When nobody is named, there is no such entry or field, or it cannot be kept.
    pub fn erase(&mut self, entry: u64, names: &[String], reason: &str) -> Result<(), LedgerError> {
        let me = self.me()?.to_owned();
        let found = self.store.entry(entry)?.ok_or(StoreError::NoEntry(entry))?;
        if let Some(unknown) = names.iter().find(|name| !found.held.contains_key(*name)) {
            let known = found.held.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(LedgerError::Refused(format!("entry {entry} holds no {unknown}; it holds {known}")));
        }
        let mut without = found.clone();
        without.held.retain(|name, _| !names.contains(name));
        let told = Report::of(&found).filter(|_| Report::of(&without).is_none());
        let gone = told.map(|report| self.bereft(&report, entry)).transpose()?.unwrap_or_default();
        let act = Act::Erasure { entry, names: names.to_vec(), reason: Self::reason(reason)?, gone };
        self.append(Vec::new())?;
        let erased = self.store.erase(entry, names, act.draft(&me));
        // What was made of the erased words goes with them.
        self.catch_up(&|_| {})?;
        erased?;
        Ok(())
    }

    /// The names of mentions that lead nowhere once a reading of a report is erased, each with the oldest mention of the same
    /// incident in another report. Without the first reading nothing is left of the report, without the newest one the one
    /// before it stands.
    fn bereft(
        &self,
        report: &Report,
        entry: u64,
    ) -> Result<BTreeMap<IncidentId, Option<IncidentId>>, LedgerError> {
        let readings = self.index.readings(&report.id)?;
        let names = match readings.iter().position(|seq| *seq == entry) {
            Some(0) => self.index.names_in(&report.id)?,
            Some(at) if at + 1 == readings.len() => {
                let before = readings.get(at - 1).map(|seq| self.store.entry(*seq)).transpose()?.flatten();
                let before = before.as_ref().and_then(Report::of).map(|report| report.mentions);
                let before = before.unwrap_or_default();
                report.mentions.iter().filter(|mention| !before.contains(mention)).cloned().collect()
            }
            _ => Vec::new(),
        };
        let mut bereft = BTreeMap::new();
        for name in names {
            let mut heir = None;
            for other in self.index.incident(&name)?.into_iter().flat_map(|incident| incident.mentions) {
                if heir.is_none() && self.index.report_of(&other)?.as_ref() != Some(&report.id) {
                    heir = Some(other);
                }
            }
            bereft.insert(name, heir);
        }
        Ok(bereft)
    }

    /// Makes the index anew from the log.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn rebuild(&mut self, progress: &dyn Fn(u64)) -> Result<Changes, LedgerError> {
        self.index.clear()?;
        self.catch_up(progress)
    }

    /// An entry of the log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entry(&self, seq: u64) -> Result<Option<Entry>, LedgerError> {
        Ok(self.store.entry(seq)?)
    }

    /// The entries that brought a report in and that are about an incident.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn entries_of(&self, incident: &Incident) -> Result<Vec<u64>, LedgerError> {
        let mut entries: Vec<u64> = self.history(incident)?.iter().map(|done| done.seq).collect();
        for source in &incident.reports {
            entries.extend(self.index.readings(&source.report)?);
        }
        entries.sort_unstable();
        entries.dedup();
        Ok(entries)
    }

    /// The number of the entry that brought a report in.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn entry_of(&self, report: &ReportId) -> Result<Option<u64>, LedgerError> {
        Ok(self.index.readings(report)?.first().copied())
    }

    /// The entries of a report's readings: the one that brought it in, and those that read it anew.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn readings_of(&self, report: &ReportId) -> Result<Vec<u64>, LedgerError> {
        Ok(self.index.readings(report)?)
    }

    /// The other entries that hold the words of the report of an entry; none when it holds none.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn readings_beside(&self, entry: u64) -> Result<Vec<u64>, LedgerError> {
        let Some(found) = self.store.entry(entry)? else { return Ok(Vec::new()) };
        let is_reading = matches!(found.header.kind, Kind::Report | Kind::Reading);
        let Some(report) = part::<ReportId>(&found, "report").filter(|_| is_reading) else {
            return Ok(Vec::new());
        };
        let mut beside = Vec::new();
        for seq in self.readings_of(&report)?.into_iter().filter(|seq| *seq != entry) {
            let held = self.store.entry(seq)?;
            beside.extend(held.filter(|held| held.value("reading").is_some()).map(|_| seq));
        }
        Ok(beside)
    }

    /// Visits all reports as they stand in the index, newest first.
    ///
    /// # Errors
    /// When the index cannot be read, or `visit` fails.
    pub fn list_reports(
        &self,
        visit: &mut dyn FnMut(Listed) -> Result<(), StoreError>,
    ) -> Result<(), LedgerError> {
        Ok(self.index.list_reports(visit)?)
    }

    /// A report as it stands in the index; none when there is none or its reading was erased.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn listed(&self, report: &ReportId) -> Result<Option<Listed>, LedgerError> {
        Ok(self.index.listed(report)?)
    }

    /// The mentions of a report in the order in which it tells of them, each with the incident that it belongs to now.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn mentions_of(&self, report: &ReportId) -> Result<Vec<(IncidentId, IncidentId)>, LedgerError> {
        Ok(self.index.mentions_of(report)?)
    }

    /// The policy of each field, and who chose it for this ledger; where nobody did, it is that of the data.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn policies(&self) -> Result<Vec<FieldPolicy>, LedgerError> {
        let chosen = self.index.acts_of(Kind::Policy.name())?;
        let policy = |done: &Done, wanted: &str| match &done.act {
            Act::Policy { field, policy } if field == wanted => Policy::parse(policy),
            _ => None,
        };
        let made = Policies::fields().iter().map(|field| {
            let last = chosen.iter().rev().find_map(|done| Some((policy(done, field)?, done.clone())));
            match last {
                Some((policy, done)) => FieldPolicy { field, policy, chosen: Some(done) },
                None => FieldPolicy { field, policy: self.knowledge.policies.of(field), chosen: None },
            }
        });
        Ok(made.collect())
    }

    /// All reports, oldest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn reports(&self) -> Result<Vec<ReportId>, LedgerError> {
        Ok(self.index.reports()?)
    }

    /// What another reading of a report's clean text makes of it, with the entry that would say so; none when it says what
    /// the present one says.
    ///
    /// A mention that is lost leads to what is read in its words now, else to another mention of its incident.
    ///
    /// # Errors
    /// When log or index cannot be read, or the reading is one of another text.
    pub fn reread(
        &self,
        report: &ReportId,
        reading: Reading,
    ) -> Result<Option<(Reread, Draft)>, LedgerError> {
        let readings = self.index.readings(report)?;
        let of = |seq: &u64| -> Result<Option<Report>, LedgerError> {
            Ok(self.store.entry(*seq)?.as_ref().and_then(Report::of))
        };
        let (Some((present, _)), Some(now)) = (self.index.report(report)?, self.report(report)?) else {
            return Err(LedgerError::Unknown(report.to_string()));
        };
        if reading.document.text != now.reading.document.text {
            return Err(LedgerError::Refused(format!("the reading is not one of the text of {report}")));
        }
        let mut earlier = Vec::new();
        for seq in readings.iter().filter(|seq| **seq != present) {
            earlier.extend(of(seq)?);
        }
        let Some(mut reread) = Reread::of(&now, &earlier, reading) else { return Ok(None) };
        let lost: Vec<IncidentId> = reread.lost.keys().cloned().collect();
        for (id, heir) in reread.lost.iter_mut().filter(|(_, heir)| heir.is_none()) {
            if let Some(incident) = self.index.incident(id)? {
                *heir = incident.mentions.into_iter().find(|mention| !lost.contains(mention));
            }
        }
        let draft = reread.draft(present, self.person());
        Ok(Some((reread, draft)))
    }

    /// What people did about mentions that are no longer read.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn stranded(&self) -> Result<Vec<Stranded>, LedgerError> {
        Ok(self.index.stranded()?)
    }

    /// Reports whose words were erased, so that nothing can be read in them any more, and the entries that brought them in.
    ///
    /// # Errors
    /// When log or index cannot be read.
    pub fn erased_reports(&self) -> Result<Vec<(ReportId, u64)>, LedgerError> {
        let mut erased = Vec::new();
        for done in self.index.acts_of(Kind::Erasure.name())? {
            let Act::Erasure { entry: seq, .. } = done.act else { continue };
            let Some(entry) = self.store.entry(seq)?.filter(|entry| entry.header.kind == Kind::Report) else {
                continue;
            };
            if let Some(report) = part::<ReportId>(&entry, "report")
                && self.index.report(&report)?.is_none()
                && !erased.contains(&(report.clone(), seq))
            {
                erased.push((report, seq));
            }
        }
        Ok(erased)
    }

    /// Name in checkpoints and the key they are checked with, as the first entry says.
    ///
    /// # Errors
    /// When the first entry is not what it was.
    pub fn identity(&self) -> Result<(String, PublicKey), LedgerError> {
        identity(&self.store)
    }

    /// The head of the ledger now.
    ///
    /// # Errors
    /// When the first entry is not what it was.
    pub fn head(&self) -> Result<Checkpoint, LedgerError> {
        let (origin, _) = self.identity()?;
        let tree = self.store.tree();
        Ok(Checkpoint { origin, size: tree.size(), root: tree.root() })
    }

    /// The head of the ledger now, signed: to be kept outside it.
    ///
    /// # Errors
    /// When the key is missing or another one.
    pub fn checkpoint(&self) -> Result<String, LedgerError> {
        Ok(self.head()?.sign(&self.key()?))
    }

    fn key(&self) -> Result<SecretKey, LedgerError> {
        let path = self.folder.join(KEY);
        let text = std::fs::read_to_string(&path).map_err(|_| LedgerError::NoKey(path.clone()))?;
        let key = SecretKey::parse(&text)?;
        if key.public() != self.identity()?.1 {
            return Err(LedgerError::Refused(format!("{} is the key of another ledger", path.display())));
        }
        Ok(key)
    }

    /// Puts the key that signs checkpoints into the folder, when it is this ledger's.
    ///
    /// # Errors
    /// When it is no key, another ledger's, or cannot be written.
    pub fn put_key(&self, text: &str) -> Result<(), LedgerError> {
        let key = SecretKey::parse(text)?;
        if key.public() != self.identity()?.1 {
            return Err(LedgerError::Refused("it is the key of another ledger".to_owned()));
        }
        Ok(write_secret(&self.folder.join(KEY), &key.to_text())?)
    }

    /// What a person should look at: nothing when all is well. It is cheaper than [`Ledger::verify`] and says less.
    ///
    /// # Errors
    /// When log or index cannot be read at all.
    pub fn examine(&self) -> Result<Vec<String>, LedgerError> {
        let mut found = self.store.examine()?;
        found.extend(self.index.examine()?);
        let verified = verify(&self.store, &[], &mut |_| {})?;
        let told = |fault: &Fault| match fault.entry {
            Some(entry) => format!("entry {entry}: {}", fault.fault),
            None => fault.fault.clone(),
        };
        found.extend(verified.faults.iter().map(told));
        if let Err(error) = self.key() {
            found.push(error.to_string());
        }
        let behind = self.entries().saturating_sub(self.index.entries()?);
        if behind > 0 {
            found.push(format!("{behind} entries are not in the index yet"));
        }
        Ok(found)
    }

    /// Shows of each entry that it is in the ledger of a checkpoint made now.
    ///
    /// # Errors
    /// When an entry is missing or no checkpoint can be signed.
    pub fn prove(&self, entries: &[u64]) -> Result<Vec<Proof>, LedgerError> {
        if let Some(none) = entries.iter().find(|entry| **entry >= self.entries()) {
            return Err(StoreError::NoEntry(*none).into());
        }
        let checkpoint = self.checkpoint()?;
        let mut leaves = Vec::new();
        let mut headers = Vec::new();
        self.store.rows(0, &mut |row| {
            leaves.push(merkle::leaf(&row.header));
            if entries.contains(&row.seq) {
                headers.push((row.seq, row.header));
            }
            Ok(true)
        })?;
        let mut proofs = Vec::new();
        for (index, extra) in headers {
            let hashes = usize::try_from(index).ok().and_then(|at| merkle::inclusion(&leaves, at));
            let hashes = hashes.ok_or(StoreError::NoEntry(index))?;
            proofs.push(Proof { extra, index, hashes, checkpoint: checkpoint.clone() });
        }
        Ok(proofs)
    }

    /// Looks at the whole log again, and at what checkpoints kept elsewhere say of it.
    ///
    /// # Errors
    /// When the log cannot be read; a checkpoint that the ledger's key has not signed is one too.
    pub fn verify(
        &self,
        checkpoints: &[String],
        progress: &mut dyn FnMut(u64),
    ) -> Result<Verified, LedgerError> {
        let mut opened = Vec::new();
        if !checkpoints.is_empty() {
            let (_, key) = self.identity()?;
            for note in checkpoints {
                opened.push(Checkpoint::open(note, &key)?);
            }
        }
        Ok(verify(&self.store, &opened, progress)?)
    }

    /// Writes a copy of the log into a file, whole or not at all, and looks whether it is sound.
    ///
    /// # Errors
    /// When it cannot be written, or the copy is not sound.
    pub fn backup(&self, to: &Path) -> Result<Verified, LedgerError> {
        if to.exists() {
            return Err(LedgerError::Refused(format!(
                "{} is there already; give another name",
                to.display()
            )));
        }
        self.store.copy_to(to)?;
        let copy = Sqlite::open_to_read(to)?;
        let verified = verify(&copy, &[], &mut |_| {})?;
        drop(copy);
        for suffix in ["-wal", "-shm"] {
            let mut beside = to.as_os_str().to_owned();
            beside.push(suffix);
            let _ = std::fs::remove_file(PathBuf::from(beside));
        }
        if verified.is_sound() {
            Ok(verified)
        } else {
            Err(LedgerError::Refused("the copy is not sound; annalist verify says what is wrong".to_owned()))
        }
    }

    /// Makes a ledger in an empty folder of a copy, when the copy is sound and is what the checkpoints saw.
    ///
    /// # Errors
    /// When the copy is no ledger or not sound, or a ledger is in the folder already.
    pub fn restore(
        copy: &Path,
        folder: &Path,
        checkpoints: &[String],
        knowledge: Arc<Knowledge>,
    ) -> Result<(Self, Verified), LedgerError> {
        let log = folder.join(LOG);
        if log.exists() {
            return Err(StoreError::Exists(folder.to_owned()).into());
        }
        let store = open_copy(copy)?;
        let (_, key) = identity(&store)?;
        let opened: Result<Vec<Checkpoint>, NoteError> =
            checkpoints.iter().map(|note| Checkpoint::open(note, &key)).collect();
        let verified = verify(&store, &opened?, &mut |_| {})?;
        if let Some(fault) = verified.faults.first() {
            let at = match (fault.entry, fault.checkpoint) {
                (Some(entry), _) => format!(" (entry {entry})"),
                (None, Some(n)) => format!(" (checkpoint {} of those given)", n + 1),
                (None, None) => String::new(),
            };
            return Err(LedgerError::Refused(format!(
                "{} is not sound: {}{at}",
                copy.display(),
                fault.fault
            )));
        }
        make_folder(folder)?;
        // A damaged header can let a file be read and not written: it gets its name when it was opened for both.
        let trial = folder.join(TRIAL);
        Sqlite::clear(&trial);
        let tried =
            store.copy_to(&trial).and_then(|()| Sqlite::open(&trial)).and_then(|whole| whole.rename(&log));
        Sqlite::clear(&trial);
        tried?;
        Ok((Self::open(folder, knowledge)?, verified))
    }

    /// Whether a key is that of the ledger in a copy.
    ///
    /// # Errors
    /// When it is no key or another ledger's, or the copy cannot be read.
    pub fn check_key(copy: &Path, key: &str) -> Result<(), LedgerError> {
        if SecretKey::parse(key)?.public() == identity(&open_copy(copy)?)?.1 {
            Ok(())
        } else {
            Err(LedgerError::Refused("it is the key of another ledger".to_owned()))
        }
    }

    /// What an exporter needs beside the incidents.
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The log itself, for what only reads it.
    pub fn store(&self) -> &dyn Store {
        &self.store
    }
}

/// Words without the blanks around them.
fn says(words: &str, what: &str) -> Result<String, LedgerError> {
    let shown = |c: char| !c.is_whitespace() && !c.is_control() && !is_turning(c);
    if words.chars().any(shown) {
        Ok(words.trim().to_owned())
    } else {
        Err(LedgerError::Refused(format!("{what} is empty: say something that others can read")))
    }
}

/// A person's name without blanks around it and signs that are not seen.
fn shown_name(name: &str) -> Result<String, LedgerError> {
    let shown: String = name.chars().filter(|c| !c.is_control() && !is_turning(*c)).collect();
    says(&shown, "the name")
}

/// Whether it can only be the name that a person has in a ledger.
fn is_name_of_the_ledger(name: &str) -> bool {
    name.strip_prefix('p').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether two names are the same but for case and blanks.
fn alike(one: &str, other: &str) -> bool {
    let bare = |name: &str| -> String {
        name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    bare(one) == bare(other)
}

/// Signs that are not seen and turn the line around.
fn is_turning(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// A copy of a log, which is no folder with a ledger.
fn open_copy(copy: &Path) -> Result<Sqlite, StoreError> {
    let io = |error| StoreError::Io { path: copy.to_owned(), error };
    if std::fs::metadata(copy).map_err(io)?.is_dir() {
        return Err(StoreError::Foreign(copy.to_owned()));
    }
    Sqlite::open_to_read(copy)
}

fn identity(store: &dyn Store) -> Result<(String, PublicKey), LedgerError> {
    let first = store.entry(0)?.filter(|entry| entry.header.kind == Kind::Ledger);
    match first.as_ref().and_then(Act::of) {
        Some(Act::Ledger { origin, key, .. }) => Ok((origin, PublicKey::parse(&key)?)),
        _ => Err(StoreError::Damaged { seq: 0, fault: "it does not name the ledger".to_owned() }.into()),
    }
}

/// Makes a folder, and those above it, whose names outlive the loss of power.
fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    match std::fs::create_dir(path) {
        Err(error) if !path.is_dir() => Err(StoreError::Io { path: path.to_owned(), error }),
        _ => sync_folder(path),
    }
}

/// Writes a file that only its owner may read: whole or not at all, and never in place of another.
fn write_secret(path: &Path, text: &str) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: path.to_owned(), error };
    let unfinished = path.with_extension("unfinished-key");
    // What an earlier try left behind is nobody's.
    let _ = std::fs::remove_file(&unfinished);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished).map_err(io)?;
    file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    // A second name takes the place of nothing; where the file system knows none, renaming has to do.
    let named = match std::fs::hard_link(&unfinished, path) {
        Err(_) if !path.exists() => std::fs::rename(&unfinished, path),
        named => named,
    };
    let _ = std::fs::remove_file(&unfinished);
    named.map_err(io)?;
    sync_folder(path)
}
