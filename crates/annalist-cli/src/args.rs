//! args: the one definition of the command line; help, man pages and completions come from it.

use crate::ledger::args as ledger;
use annalist_ingest::Kind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    everything was read
  1    some input could not be read; the rest was
  2    nothing was read: wrong option, or data that cannot be used
  130  stopped with Ctrl-C; what was complete is written";

const TOP_EXAMPLES: &str = "\
Examples:
  annalist read report.txt                     the incidents of one report as a table
  annalist read --format text report.txt       the report with its evidence marked
  annalist read --format jsonl news/ > out.jsonl
  annalist explain report.txt --field killed   who says so, in which words, by which rule
  annalist init records && cd records          a ledger: reports joined, decisions kept, nothing lost
  annalist add ../news/ && annalist incidents
  annalist data check --data my-data           are my changes to the data sound?

Reads offline, sends nothing anywhere.";

const READ_EXAMPLES: &str = "\
Examples:
  annalist read report.txt page.html feed.jsonl
  annalist read news/                            everything under a folder, sorted
  curl -s https://example.org/a.html | annalist read --input html -
  annalist read --published-at 2025-12-18 --outlet \"Example News\" report.txt
  annalist read --format jsonl --output out.jsonl --threads 4 archive/
  annalist read --data my-data report.txt        with your own lexicons or rules put over ours

JSONL records: {\"text\": \"…\", \"id\": \"…\", \"published_at\": \"YYYY-MM-DD\", \"outlet\": \"…\", \"url\": \"…\", \"title\": \"…\"};
`html` may stand in place of `text`. A JSON list of such records is read too.";

const SHOW_EXAMPLES: &str = "\
Examples:
  annalist show i7k3m                            an incident of the ledger: values, reports, conflicts, history
  annalist show r5w8t                            a report of the ledger: its mentions, what became of it
  annalist show out.jsonl                        the table of readings that were written earlier
  annalist show --format text out.jsonl | less -R";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  annalist explain report.txt                          every value, its words, its voice, its rule
  annalist explain report.txt --incident i1 --field killed
  annalist explain i7k3m --field killed                an incident of the ledger: whose claims, in which words
  annalist explain i7k3m --joins                       why its mentions are one incident
  annalist explain --format json report.txt";

const DATA_EXAMPLES: &str = "\
Examples:
  annalist data list                     what the program knows: files, entries, where they come from
  annalist data list --format json --data my-data
  annalist data check --data my-data     every file well formed, every rule true to its examples";

const BENCH_EXAMPLES: &str = "\
Examples:
  annalist bench                         over the samples in the program
  annalist bench archive.jsonl --rounds 9 --format json";

const PARSE_EXAMPLES: &str = "\
Examples:
  annalist parse --text \"A drone hit a car.\"     a tree, drawn for people
  annalist parse --feats report.txt              with number, tense, voice and the like
  annalist parse report.txt > report.conllu      CoNLL-U, as other tools read it
  annalist parse --format tree report.txt | less -R

How to read a tree: words stand in order, one on a line. A line on the left
leads from each word to its head, and the relation beside a word is the one to
that head. The lemma stands last where it differs from the word.

   ╭─ A     DET    det
 ╭─┴ drone  NOUN   nsubj         drone is the subject of hit
─┼ hit      VERB   root
 │ ╭─ a     DET    det
 ├─┴ car    NOUN   obj           car is its object
 ╰─ .       PUNCT  punct

Word classes and relations: https://universaldependencies.org/u/pos/ and /u/dep/";

/// The version with the hash of the data that is built in.
pub(crate) fn version() -> String {
    format!("{} (data {})", env!("CARGO_PKG_VERSION"), annalist::Bundle::embedded().hash())
}

/// Reads reports of attacks on civilians into incidents whose every value is tied to the words that say it.
#[derive(Parser)]
#[command(name = "annalist", max_term_width = 100, after_help = TOP_EXAMPLES, after_long_help = format!("{TOP_EXAMPLES}\n\n{EXIT_CODES}"))]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour: `auto` is on terminals, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ColorChoice,
    /// The same as `--color never`
    #[arg(long, global = true, conflicts_with = "color")]
    no_color: bool,
}

impl Cli {
    pub(crate) fn color(&self) -> ColorChoice {
        if self.no_color { ColorChoice::Never } else { self.color }
    }
}

/// When output is coloured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read reports into incidents
    #[command(after_help = READ_EXAMPLES, after_long_help = format!("{READ_EXAMPLES}\n\n{EXIT_CODES}"))]
    Read(ReadArgs),
    /// Make a ledger: the record that joins reports, keeps what people decide and shows that nothing was changed
    #[command(after_help = ledger::INIT_EXAMPLES)]
    Init(ledger::InitArgs),
    /// Read reports into the ledger
    #[command(after_help = ledger::ADD_EXAMPLES, after_long_help = format!("{}\n\n{EXIT_CODES}", ledger::ADD_EXAMPLES))]
    Add(ledger::AddArgs),
    /// Read reports of the ledger anew with the present program
    #[command(after_help = ledger::REREAD_EXAMPLES)]
    Reread(ledger::RereadArgs),
    /// List the incidents of the ledger
    #[command(after_help = ledger::INCIDENTS_EXAMPLES)]
    Incidents(Box<ledger::IncidentsArgs>),
    /// Show an incident of the ledger, or draw readings that were written earlier
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// List the reports of the ledger
    #[command(after_help = ledger::REPORTS_EXAMPLES)]
    Reports(ledger::ReportsArgs),
    /// Tell what happened to an incident or a report, or in the whole ledger: reports, judgements, decisions
    #[command(after_help = ledger::HISTORY_EXAMPLES, visible_alias = "log")]
    History(ledger::HistoryArgs),
    /// Say where each value of a report or an incident comes from
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Show which other incidents of the ledger one could be, and why
    #[command(after_help = ledger::MATCHES_EXAMPLES, visible_alias = "candidates")]
    Matches(ledger::MatchesArgs),
    /// Join the mentions of the ledger that tell of the same incident
    Resolve(ledger::ResolveArgs),
    /// Decide that mentions or incidents are the same
    #[command(after_help = ledger::JUDGE_EXAMPLES)]
    Merge(ledger::JudgeArgs),
    /// Decide that mentions are of different incidents
    #[command(after_help = ledger::JUDGE_EXAMPLES, visible_alias = "not-same")]
    Split(ledger::JudgeArgs),
    /// Decide that it cannot be told whether mentions are the same
    #[command(after_help = ledger::JUDGE_EXAMPLES)]
    Unsure(ledger::JudgeArgs),
    /// Take back a judgement on mentions
    #[command(after_help = ledger::JUDGE_EXAMPLES)]
    Lift(ledger::JudgeArgs),
    /// Decide what a field of an incident is
    #[command(after_help = ledger::SET_EXAMPLES)]
    Set(ledger::SetArgs),
    /// List the policies that fields are made by, or make a field of all incidents by another one
    #[command(after_help = ledger::POLICY_EXAMPLES)]
    Policy(ledger::PolicyArgs),
    /// Take an incident to another state of review
    Review(ledger::ReviewArgs),
    /// Write something beside an incident
    Comment(ledger::CommentArgs),
    /// Say who shall look at an incident
    Assign(ledger::AssignArgs),
    /// Say that a report counts no more: it was retracted
    Withdraw(ledger::WithdrawArgs),
    /// Write incidents as a table or file that others read
    #[command(after_help = ledger::EXPORT_EXAMPLES)]
    Export(Box<ledger::ExportArgs>),
    /// Read what another ledger or project exported as the claims of its publisher
    #[command(after_help = ledger::IMPORT_EXAMPLES)]
    Import(ledger::ImportArgs),
    /// Give out what an audience may see, and keep what was given
    #[command(after_help = ledger::RELEASE_EXAMPLES)]
    Release(ledger::ReleaseArgs),
    /// Erase fields of an entry for ever, as the law may ask; proofs made before still hold
    Erase(ledger::EraseArgs),
    /// List who works with the ledger
    People(ledger::PeopleArgs),
    /// Look whether the ledger is what it was
    #[command(after_help = ledger::EXAMINED)]
    Verify(ledger::VerifyArgs),
    /// Print the signed head of the ledger, to be kept elsewhere
    Checkpoint(ledger::CheckpointArgs),
    /// Show that entries are in the ledger, to somebody who has only a checkpoint
    Prove(ledger::ProveArgs),
    /// Copy the ledger into a file, while others may write
    Backup(ledger::BackupArgs),
    /// Make a ledger of a backup
    Restore(ledger::RestoreArgs),
    /// Examine the ledger, and make its index anew
    #[command(after_help = ledger::EXAMINED)]
    Doctor(ledger::DoctorArgs),
    /// Check or list the data: lexicons, rules, gazetteer, models
    #[command(after_help = DATA_EXAMPLES)]
    Data(DataArgs),
    /// Measure how fast reports are read on this machine
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Show the sentences of a report as trees: word classes, relations, lemmas
    #[command(after_help = PARSE_EXAMPLES)]
    Parse(ParseArgs),
    /// Write the manual pages into a folder
    #[command(after_help = "Examples:\n  annalist man man/ && man -l man/annalist.1")]
    Man(ManArgs),
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  annalist completions bash > ~/.local/share/bash-completion/completions/annalist"
    )]
    Completions(CompletionsArgs),
}

#[derive(Args)]
pub(crate) struct ReadArgs {
    /// Files or folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) about: AboutArgs,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
    /// Documents read at the same time; the output does not depend on it
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// How to write the readings
    #[arg(long, short = 'f', value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Write to a file; it appears whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Say nothing on standard error but faults
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,
}

/// What the person knows about the reports.
#[derive(Args)]
pub(crate) struct AboutArgs {
    /// Day of publication of reports that do not state theirs; relative dates stay unresolved without one
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) published_at: Option<Date>,
    /// Publisher of reports that do not state theirs
    #[arg(long, value_name = "NAME")]
    pub(crate) outlet: Option<String>,
    /// Language of reports that do not state theirs (BCP 47: en, ru, uk)
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// What the inputs are; `auto` looks at the name and the first bytes
    #[arg(long, value_enum, default_value = "auto", value_name = "KIND")]
    pub(crate) input: InputKind,
}

#[derive(Args, Clone)]
pub(crate) struct OverlayArg {
    /// Folder whose files are put over the built-in data by relative path; an empty file removes one
    #[arg(id = "data", long = "data", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The id of an incident or a report, or the beginning of it; or files of readings (JSONL or JSON), where `-` is standard input
    #[arg(required = true, value_name = "ID|FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to draw them
    #[arg(long, short = 'f', value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Width in columns; that of the terminal, else 100
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub(crate) width: Option<u16>,
    #[command(flatten)]
    pub(crate) ledger: ledger::LedgerArg,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A file with one or more reports, where `-` is standard input; or the id of an incident or a report of the ledger
    #[arg(value_name = "FILE|ID")]
    pub(crate) file: PathBuf,
    /// Only this incident of a report (i1, i2, …)
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Option<String>,
    /// Only this field (mode, date, place, killed, …)
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,
    /// Only why the mentions of an incident of the ledger were joined
    #[arg(long, conflicts_with_all = ["field", "incident"])]
    pub(crate) joins: bool,
    /// How to write the explanation
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) about: AboutArgs,
    #[command(flatten)]
    pub(crate) ledger: ledger::LedgerArg,
}

#[derive(Args)]
pub(crate) struct DataArgs {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

#[derive(Subcommand)]
pub(crate) enum DataCommand {
    /// Validate every file and every rule's examples; exit code 2 when there is a fault
    Check(DataOptions),
    /// List files and rules in force
    List(DataOptions),
}

#[derive(Args)]
pub(crate) struct DataOptions {
    #[command(flatten)]
    pub(crate) data: OverlayArg,
    /// How to write the answer
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
}

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Files to read; the samples in the program when there are none
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How often to read them all
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) rounds: u16,
    /// How to write the numbers
    #[arg(long, short = 'f', value_enum, default_value = "text")]
    pub(crate) format: TextOrJson,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
}

#[derive(Args)]
pub(crate) struct ParseArgs {
    /// A file with one or more reports; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "text")]
    pub(crate) file: Option<PathBuf>,
    /// Read these words instead of a file
    #[arg(long, short = 't', value_name = "WORDS", conflicts_with_all = ["file", "input"])]
    pub(crate) text: Option<String>,
    /// How to write the trees; `tree` on terminals, else `conllu`
    #[arg(long, short = 'f', value_enum)]
    pub(crate) format: Option<TreeFormat>,
    /// Draw the inflections too (`Number=Plur`); CoNLL-U always has them
    #[arg(long)]
    pub(crate) feats: bool,
    /// What the input is; `auto` looks at the name and the first bytes
    #[arg(long, value_enum, default_value = "auto", value_name = "KIND")]
    pub(crate) input: InputKind,
    #[command(flatten)]
    pub(crate) data: OverlayArg,
}

#[derive(Args)]
pub(crate) struct ManArgs {
    /// Folder for the pages
    #[arg(value_name = "DIR", default_value = "man")]
    pub(crate) folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// How readings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One line an incident
    Table,
    /// A list of readings, indented
    Json,
    /// One reading a line
    Jsonl,
    /// Each report with its evidence marked, its incidents and contradictions below
    Text,
}

/// How trees are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TreeFormat {
    /// A drawing for people: every word on a line, lines to its head
    Tree,
    /// CoNLL-U, for other tools
    Conllu,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

/// What the inputs are.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputKind {
    Auto,
    Text,
    Html,
    Jsonl,
    /// A JSON list of reports, as in gold batches
    Gold,
}

impl InputKind {
    /// The kind for ingest; none when it shall look.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            InputKind::Auto => None,
            InputKind::Text => Some(Kind::Text),
            InputKind::Html => Some(Kind::Html),
            InputKind::Jsonl => Some(Kind::Jsonl),
            InputKind::Gold => Some(Kind::Json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
