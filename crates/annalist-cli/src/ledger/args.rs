//! args: the commands of the ledger, part of the one definition of the command line.

use crate::args::{AboutArgs, OverlayArg, TextOrJson};
use annalist_ledger::Filter;
use annalist_ledger::export::Format;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

pub(crate) const INIT_EXAMPLES: &str = "\
Examples:
  annalist init my-ledger
  annalist init my-ledger --name records.example.org/kharkiv

The name stands in every checkpoint. The folder gets ledger.db (all entries, never to be changed by
other programs), index.db (made of the entries, and made again when it is lost) and ledger.key, which
signs checkpoints: keep a copy of it elsewhere.";

pub(crate) const ADD_EXAMPLES: &str = "\
Examples:
  annalist add --ledger my-ledger news/ posts.jsonl
  annalist add report.txt --published-at 2025-12-18 --outlet \"Example News\"
  annalist add archive/ --jobs 8 --format jsonl > added.jsonl

The same bytes twice are one capture: adding a folder again adds what is new in it. What is acknowledged
outlives the loss of power; after a stop with Ctrl-C or a crash the same command goes on where it was.";

pub(crate) const INCIDENTS_EXAMPLES: &str = "\
Examples:
  annalist incidents --from 2025-12-01 --country UA --mode shelling
  annalist incidents --place Kharkiv --killed 1 --conflict
  annalist incidents --bbox 35.5,50,37,51 --target health --format csv > health.csv
  annalist incidents --text '\"city hospital\" OR ambulance'
  annalist incidents --election --review machine_draft --limit 20";

pub(crate) const JUDGE_EXAMPLES: &str = "\
Examples:
  annalist merge i7k3m i9q2x --as Ana --reason \"same post of the governor\"
  annalist split i7k3m i9q2x --as Ana --reason \"another street, an hour later\"
  annalist unsure i7k3m i9q2x --as Ana --reason \"ask the stringer\"
  annalist lift i7k3m i9q2x --as Ana --reason \"my mistake\"
  annalist split i7k3m r5w8t --as Ana --reason \"it tells of another street\"

A report's id stands for the mention of the incident that it tells of. annalist show lists both.
A judgement is an edge between two mentions with who, why and when. It can be lifted; no later run of
the program overrules it.";

pub(crate) const MATCHES_EXAMPLES: &str = "\
Examples:
  annalist matches i7k3m                    what else it could be, and what speaks for and against
  annalist matches i7k3m --format json --limit 3
  annalist merge i7k3m i9q2x --as Ana --reason \"same post of the governor\"

Incidents that were not joined with this one, the likeliest first: of each the pair of mentions that is
most alike, with what both tell. The numbers behind the reasons are what they add to the log-odds.
annalist explain ID --joins tells the same of those that were joined.";

pub(crate) const REREAD_EXAMPLES: &str = "\
Examples:
  annalist reread --all --dry-run            what the present program reads otherwise
  annalist reread --all --as Ana
  annalist reread r7k3m r9q2x

Reads the clean text that a report was taken in with. Where the reading says something else it becomes an
entry and takes the place of the one before, which stays in the log. Mentions keep their names with their
words; the name of one that is no longer read leads to what is read there now. What people did about
mentions that are gone is kept and listed. Reports that say what they said before add nothing; after a
stop with Ctrl-C or a crash the same command goes on where it was.";

pub(crate) const SET_EXAMPLES: &str = "\
Examples:
  annalist set i7k3m date 2025-06-09 --as Ana --reason \"the police log\"
  annalist set i7k3m date 2025-06-09..2025-06-11 --as Ana --reason \"found on the 11th\"
  annalist set i7k3m mode \"missile strike\" --as Ana --reason \"fragments seen\"
  annalist set i7k3m weapon drone,mine --as Ana --reason \"both found\"
  annalist set i7k3m killed 3-4-6 --as Ana --reason \"lowest, best, highest\"      also 4, 3-6, 12+, null
  annalist set i7k3m perpetrator \"Orvik (denied)\" --as Ana --reason \"its statement of Monday\"
  annalist set i7k3m place Kharkiv --as Ana --reason \"not the district\"
  annalist set i7k3m killed --lift --as Ana --reason \"the hospital corrected it\"

3-6 takes the lower as the best figure. A name alone is the recorder's own attribution; a place by its
name alone has no point and no country. Other fields, and more of a place, as JSON in the shape that
annalist show --format json gives.";

/// Which ledger.
#[derive(Args, Clone)]
pub(crate) struct FolderArg {
    /// Folder of the ledger
    #[arg(id = "ledger", long = "ledger", env = "ANNALIST_LEDGER", value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// Which ledger, and with what data.
#[derive(Args, Clone)]
pub(crate) struct LedgerArg {
    #[command(flatten)]
    pub(crate) folder: FolderArg,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
}

impl LedgerArg {
    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder.folder
    }
}

/// Who acts.
#[derive(Args)]
pub(crate) struct ActorArg {
    /// Who does this: your name, kept in the vault of the ledger, or your name in it (p1)
    #[arg(long = "as", env = "ANNALIST_USER", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// It is somebody new, though the name is nearly that of another person
    #[arg(long, requires = "name")]
    pub(crate) new_person: bool,
}

#[derive(Args)]
pub(crate) struct InitArgs {
    /// Folder for the ledger; it is made
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Its name in checkpoints, one word; made of the folder's name and a random number when not given
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
}

#[derive(Args)]
pub(crate) struct AddArgs {
    /// Files or folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) about: AboutArgs,
    /// Reports read at the same time
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How to acknowledge reports
    #[arg(long, short = 'f', value_enum, default_value = "summary")]
    pub(crate) format: Acknowledge,
    /// Say nothing on standard error but faults
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,
}

/// How added reports are acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Acknowledge {
    /// A line at the end
    Summary,
    /// A line of JSON for each report, written when it is safe on the disk
    Jsonl,
}

#[derive(Args)]
pub(crate) struct IncidentsArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// At most so many, the latest first
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How to write them
    #[arg(long, short = 'f', value_enum, default_value = "table")]
    pub(crate) format: ListFormat,
    /// Write to a file; it appears whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

/// How incidents are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One line an incident
    Table,
    /// A list, indented
    Json,
    /// One incident a line
    Jsonl,
    /// One incident a line for spreadsheets; cells that a spreadsheet would run are made harmless
    Csv,
}

/// Which incidents.
#[derive(Args)]
pub(crate) struct FilterArgs {
    /// May have happened on this day or later; incidents without a date are kept out and counted
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// May have happened on this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// With --from or --to also incidents without a date
    #[arg(long)]
    undated: bool,
    /// Country: UA or Ukraine; may be given several times or as UA,SO, as all lists here
    #[arg(long, value_name = "CODE")]
    country: Vec<String>,
    /// Name of the place or of a unit around it, or its beginning; may be given several times
    #[arg(long, value_name = "NAME")]
    place: Vec<String>,
    /// Within west,south,east,north in degrees
    #[arg(long, value_name = "W,S,E,N", value_parser = bounds, allow_hyphen_values = true)]
    bbox: Option<Bounds>,
    /// What was done: shelling, air_drone_strike, …
    #[arg(long, value_name = "MODE")]
    mode: Vec<String>,
    /// Class of target: health, education, electoral_official, …
    #[arg(long, value_name = "CLASS")]
    target: Vec<String>,
    /// Weapon: drone, mine, …
    #[arg(long, value_name = "WEAPON")]
    weapon: Vec<String>,
    /// Part of the perpetrator's name
    #[arg(long, value_name = "NAME")]
    perpetrator: Option<String>,
    /// State of the attribution: claimed, denied, contested, …
    #[arg(long, value_name = "STATE")]
    perpetrator_state: Vec<String>,
    /// At least so many killed, by the best figure
    #[arg(long, value_name = "N")]
    killed: Option<u64>,
    /// At least so many injured, by the best figure
    #[arg(long, value_name = "N")]
    injured: Option<u64>,
    /// Only what concerns an election
    #[arg(long)]
    election: bool,
    /// State of review: machine_draft, approved, …
    #[arg(long, value_name = "STATE")]
    review: Vec<String>,
    /// Assigned to this person: a name, or a name in the ledger (p1)
    #[arg(long, value_name = "PERSON")]
    assigned: Option<String>,
    /// What is known of it together: confirmed, single_source, contested, retracted
    #[arg(long, value_name = "GRADE")]
    grade: Vec<String>,
    /// Only where reports or voices disagree
    #[arg(long, conflicts_with = "no_conflict")]
    conflict: bool,
    /// Only where none disagree
    #[arg(long)]
    no_conflict: bool,
    /// Words in titles and in the sentences that tell of it: drone bus, "city hospital", drone NOT car, shell*
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
}

impl FilterArgs {
    /// The filter.
    pub(crate) fn filter(&self, limit: Option<u64>) -> Filter {
        Filter {
            from: self.from,
            to: self.to,
            undated: self.undated,
            country: self.country.clone(),
            place: self.place.clone(),
            bbox: self.bbox.as_ref().map(|bounds| bounds.0),
            mode: self.mode.clone(),
            target: self.target.clone(),
            weapon: self.weapon.clone(),
            perpetrator: self.perpetrator.clone(),
            perpetrator_state: self.perpetrator_state.clone(),
            killed_min: self.killed,
            injured_min: self.injured,
            election: self.election.then_some(true),
            review: self.review.clone(),
            assigned: self.assigned.clone(),
            grade: self.grade.clone(),
            conflict: if self.conflict { Some(true) } else { self.no_conflict.then_some(false) },
            text: self.text.clone(),
            limit,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Bounds([f64; 4]);

fn bounds(written: &str) -> Result<Bounds, String> {
    let parts: Result<Vec<f64>, _> = written.split(',').map(|part| part.trim().parse::<f64>()).collect();
    let parts: [f64; 4] = parts
        .ok()
        .and_then(|parts| parts.try_into().ok())
        .ok_or("four numbers with commas between: west,south,east,north")?;
    let [west, south, east, north] = parts;
    let sound = [west, east].iter().all(|x| x.abs() <= 180.0) && south.abs() <= 90.0 && north.abs() <= 90.0;
    if !sound || south > north {
        return Err("west and east lie within ±180, south lies below north within ±90".to_owned());
    }
    Ok(Bounds(parts))
}

pub(crate) const HISTORY_EXAMPLES: &str = "\
Examples:
  annalist log                               every entry of the ledger, newest last
  annalist log --limit 20                    the last twenty
  annalist log --from 400 --format jsonl
  annalist history i7k3m                     what happened to an incident: reports, judgements, decisions
  annalist history r7k3m                     what happened to a report

Each line begins with its time and the number of its entry, which annalist erase and annalist prove ask for.";

#[derive(Args)]
pub(crate) struct HistoryArgs {
    /// An incident or a report: its id or the beginning of it; without one the whole ledger
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// From the entry with this number on
    #[arg(long, value_name = "N")]
    pub(crate) from: Option<u64>,
    /// At most so many: the last ones, with --from the first ones
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How to write it
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: LogFormat,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

/// How entries are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people
    Text,
    /// A list, indented
    Json,
    /// One entry a line
    Jsonl,
}

pub(crate) const REPORTS_EXAMPLES: &str = "\
Examples:
  annalist reports                           newest first
  annalist reports --without-incidents --outlet \"Example News\"
  annalist reports --withdrawn --format jsonl
  annalist reports --text \"city hospital\"
  annalist show r7k3m                        one report: where it was found, its mentions, what became of it";

#[derive(Args)]
pub(crate) struct ReportsArgs {
    /// Only those that tell of no incident
    #[arg(long)]
    pub(crate) without_incidents: bool,
    /// Only those that were withdrawn
    #[arg(long)]
    pub(crate) withdrawn: bool,
    /// Only those whose words were erased
    #[arg(long, conflicts_with_all = ["without_incidents", "withdrawn", "outlet", "text"])]
    pub(crate) erased: bool,
    /// Part of the outlet's name
    #[arg(long, value_name = "NAME")]
    pub(crate) outlet: Option<String>,
    /// Words that stand in the report, its title or the place where it was found, as they are written
    #[arg(long, value_name = "WORDS")]
    pub(crate) text: Option<String>,
    /// At most so many, the newest first
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How to write them
    #[arg(long, short = 'f', value_enum, default_value = "table")]
    pub(crate) format: RowsFormat,
    /// Write to a file; it appears whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsFormat {
    /// One line each
    Table,
    /// A list, indented
    Json,
    /// One a line
    Jsonl,
}

#[derive(Args)]
pub(crate) struct RereadArgs {
    /// The reports: their ids or the beginnings of them
    #[arg(value_name = "REPORT", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) reports: Vec<String>,
    /// All reports of the ledger
    #[arg(long)]
    pub(crate) all: bool,
    /// Only say what would be other than before
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Reports read at the same time
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How to write what is other than before
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct MatchesArgs {
    /// The incident: its id or the beginning of it
    #[arg(value_name = "ID")]
    pub(crate) incident: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) limit: usize,
    /// How to write them
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct ResolveArgs {
    /// Join everything anew, as if nothing had been joined, and say whether the result is the same
    #[arg(long)]
    pub(crate) from_scratch: bool,
    /// How to write what changed
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct JudgeArgs {
    /// An incident, a mention or a report: its id or the beginning of it
    #[arg(value_name = "ID")]
    pub(crate) one: String,
    /// The others
    #[arg(required = true, value_name = "ID")]
    pub(crate) others: Vec<String>,
    /// Why
    #[arg(long, short = 'r', value_name = "WORDS")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct SetArgs {
    /// The incident
    #[arg(value_name = "ID")]
    pub(crate) incident: String,
    /// The field: mode, date, place, killed, …
    #[arg(value_name = "FIELD")]
    pub(crate) field: String,
    /// Its value, in short (see the examples) or as JSON in the shape of the field; `null` is not stated
    #[arg(value_name = "VALUE", required_unless_present = "lift")]
    pub(crate) value: Option<String>,
    /// Take back what was decided on the field
    #[arg(long, conflicts_with = "value")]
    pub(crate) lift: bool,
    /// Why
    #[arg(long, short = 'r', value_name = "WORDS")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct ReviewArgs {
    /// The incident
    #[arg(value_name = "ID")]
    pub(crate) incident: String,
    /// The state it goes to: triaged, in_review, needs_second, approved, published, withdrawn, rejected
    #[arg(long, value_name = "STATE")]
    pub(crate) to: String,
    /// Why
    #[arg(long, short = 'r', value_name = "WORDS", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct CommentArgs {
    /// The incident
    #[arg(value_name = "ID")]
    pub(crate) incident: String,
    /// The words
    #[arg(value_name = "WORDS")]
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct AssignArgs {
    /// The incident
    #[arg(value_name = "ID")]
    pub(crate) incident: String,
    /// To whom: a name, or a name in the ledger (p1)
    #[arg(value_name = "PERSON", required_unless_present = "lift")]
    pub(crate) person: Option<String>,
    /// To nobody any more
    #[arg(long, conflicts_with = "person")]
    pub(crate) lift: bool,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct WithdrawArgs {
    /// The report: its id or the beginning of it
    #[arg(value_name = "REPORT")]
    pub(crate) report: String,
    /// It counts again
    #[arg(long)]
    pub(crate) lift: bool,
    /// Why
    #[arg(long, short = 'r', value_name = "WORDS")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct EraseArgs {
    /// Number of the entry, as annalist log and annalist history give it
    #[arg(value_name = "ENTRY")]
    pub(crate) entry: u64,
    /// The fields to erase: capture, reading, text, name, …
    #[arg(required = true, value_name = "FIELD")]
    pub(crate) fields: Vec<String>,
    /// Why
    #[arg(long, short = 'r', value_name = "WORDS")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// A checkpoint that was kept elsewhere; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// A proof to check, in place of the whole log
    #[arg(long, value_name = "FILE", conflicts_with = "checkpoint")]
    pub(crate) proof: Option<PathBuf>,
    /// How to write what was found
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct CheckpointArgs {
    /// Write to a file, in place of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct ProveArgs {
    /// An incident, a report, or the number of an entry
    #[arg(value_name = "ID")]
    pub(crate) what: String,
    /// Folder for the proofs; an entry or a report alone goes to standard output
    #[arg(long, short = 'o', value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct BackupArgs {
    /// File for the copy; it must not be there yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct RestoreArgs {
    /// The copy that annalist backup made
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Folder for the ledger; no ledger may be in it
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// A checkpoint that was kept elsewhere, which the copy must bear out
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// The key that signs checkpoints; without it the ledger can be used, but sign none
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
}

#[derive(Args)]
pub(crate) struct DoctorArgs {
    /// Make the index anew from the entries
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// How to write what was found
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct PeopleArgs {
    /// How to write them
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

/// What the exit codes of the commands that examine a ledger mean.
pub(crate) const EXAMINED: &str = "\
Exit codes:
  0  it is sound
  1  it is not, or something should be looked at: what was found says what
  2  it could not be looked at: no ledger, no checkpoint or proof that can be read, or a proof that does not hold";

pub(crate) const EXPORT_EXAMPLES: &str = "\
Examples:
  annalist export --format csv --from 2025-01-01 > incidents.csv
  annalist export --format acled --review published --output acled.csv --reasons left-out.csv
  annalist export --format parquet --output incidents.parquet
  annalist export --format jsonl > all.jsonl                    nothing left out, to be read again

The same filters as annalist incidents: what is exported is what was on the screen. docs/exports.md
describes the columns, what each codebook does not take, and how cells are kept from being run.";

pub(crate) const RELEASE_EXAMPLES: &str = "\
Examples:
  annalist release --audience public --output public-2026-03 --as Ana
  annalist release --audience partners -f csv -f geojson --output for-partners --as Ana

Gives what the policy of the audience allows (data/schema/release.toml): states of review, embargo, names,
hospitals, exact points. The ledger keeps what was given, so that the next release says what must be
called back.";

/// Formats that incidents are exported in.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One incident a line, nothing left out
    Jsonl,
    /// A flat table of our own
    Csv,
    /// Columns after ACLED
    Acled,
    /// Columns after the UCDP Georeferenced Event Dataset
    Ged,
    /// A table with HXL hashtags
    Hxl,
    /// Points for maps
    Geojson,
    /// The flat table for data tools
    Parquet,
}

impl ExportFormat {
    pub(crate) fn format(self) -> Format {
        match self {
            ExportFormat::Jsonl => Format::Jsonl,
            ExportFormat::Csv => Format::Csv,
            ExportFormat::Acled => Format::Acled,
            ExportFormat::Ged => Format::Ged,
            ExportFormat::Hxl => Format::Hxl,
            ExportFormat::Geojson => Format::GeoJson,
            ExportFormat::Parquet => Format::Parquet,
        }
    }
}

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// The format
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT")]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Write to a file; it appears whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write what the format does not take, with the reasons, into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) reasons: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

pub(crate) const IMPORT_EXAMPLES: &str = "\
Examples:
  annalist import partner.jsonl --outlet \"Partner's ledger\" --as Ana
  annalist import incidents.csv --outlet \"Partner's ledger\"      the flat table says the same
  annalist import events.csv --format acled --outlet \"A data project\"

Each row comes in as one report of its publisher, whose claims point at their cells; it is joined with
what other reports say and never put in their place. Rows that are there already add nothing. Without
--format the head of the file says what it is. What another ledger exported (--format jsonl or csv)
keeps its values; who spoke there, how it was reviewed and which reports it rests on stay in the
words of the row.";

/// Tables whose rows are read as an outlet's claims.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClaimsTable {
    /// What annalist export wrote, in jsonl or csv
    Annalist,
    /// Columns after ACLED
    Acled,
    /// Columns after the UCDP Georeferenced Event Dataset
    Ged,
}

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// A table with a head, CSV, or lines of JSON that annalist export wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What it is; when not given, its head says so
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT", alias = "table", short_alias = 't')]
    pub(crate) format: Option<ClaimsTable>,
    /// Who published it: its rows become this outlet's claims, one source beside others
    #[arg(long, value_name = "NAME")]
    pub(crate) outlet: String,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

#[derive(Args)]
pub(crate) struct ReleaseArgs {
    /// For whom: public, partners, internal
    #[arg(long, value_name = "NAME")]
    pub(crate) audience: String,
    /// Folder for the release; it must not be there yet
    #[arg(long, short = 'o', value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Formats to write; may be given several times
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT", default_values = ["jsonl", "csv"])]
    pub(crate) format: Vec<ExportFormat>,
    /// The day of the release, which embargoes count from; today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<Date>,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}

pub(crate) const POLICY_EXAMPLES: &str = "\
Examples:
  annalist policy                            the policy of every field, and where it comes from
  annalist policy killed
  annalist policy killed conservative --as Ana";

#[derive(Args)]
pub(crate) struct PolicyArgs {
    /// The field: killed, date, place, …
    #[arg(value_name = "FIELD")]
    pub(crate) field: Option<String>,
    /// conservative (the least that all support), informative (the most precise), representative (what most independent
    /// sources say) or latest
    #[arg(value_name = "POLICY")]
    pub(crate) policy: Option<String>,
    /// How to list the policies
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) actor: ActorArg,
    #[command(flatten)]
    pub(crate) ledger: LedgerArg,
}
