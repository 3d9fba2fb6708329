//! `annalist-train`: builds models and data packs, and measures every stage. Nothing depends on it.
#![allow(clippy::print_stdout)] // its tables are its product

mod eval_attribution;
mod eval_counts;
mod eval_gate;
mod eval_gvdb;
mod eval_lexicon;
mod eval_records;
mod eval_speech;
mod eval_times;
mod eval_timex;
mod gazetteer;
mod input;
mod muc4;
mod places;
mod resolve;
mod scores;
mod syntax;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Trains the syntax model of a language on treebanks.
    Syntax(syntax::TrainArgs),
    /// Learns the models of `eval muc4`.
    Muc4(muc4::TrainArgs),
    /// Packs the gazetteer, or a user's places as an overlay.
    Gazetteer(gazetteer::Args),
    /// Learns from annotated reports by what signs candidates are chosen.
    Scores(scores::Args),
    /// Fits the weights by which places are chosen among namesakes.
    PlaceWeights(places::FitArgs),
    /// Learns by what signs two mentions tell of the same incident.
    Resolve(resolve::Args),
    /// Counts how common words are, for `resolve`.
    ResolveWords(resolve::WordsArgs),
    /// Measures one stage against annotated reports.
    #[command(subcommand)]
    Eval(Eval),
}

#[derive(Subcommand)]
enum Eval {
    /// Word classes, lemmas and trees against a treebank.
    Syntax(syntax::EvalArgs),
    /// Do the lexicons know the words that tell the values of gold incidents?
    Lexicon(eval_lexicon::Args),
    /// Quotations, their speakers and voices against gold reports.
    Speech(eval_speech::Args),
    /// Ascriptions against annotated sources, cues and contents: exact spans.
    Attribution(eval_attribution::Args),
    /// Do the dates of gold incidents stand among the times that are found?
    Times(eval_times::Args),
    /// Times against TIMEX3 annotations: spans, values and types.
    Timex(eval_timex::Args),
    /// Do the casualty figures and ages of gold incidents stand among the counts that are found?
    Counts(eval_counts::Args),
    /// Does the gate open the sentences that tell of gold incidents, and what does it spare?
    Gate(eval_gate::Args),
    /// Incidents merged of the mentions that belong together, against the records of editors.
    Records(eval_records::Args),
    /// Places against gold readings.
    Places(places::Args),
    /// Victims and shooters of gun violence, by name and outcome.
    Gvdb(eval_gvdb::Args),
    /// Are the reports of one incident joined, and no others?
    Resolve(resolve::Args),
    /// Templates of MUC-4, scored as its systems are.
    Muc4(muc4::Args),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Syntax(args) => syntax::train(&args),
        Command::Gazetteer(args) => gazetteer::run(&args),
        Command::Scores(args) => scores::run(&args),
        Command::PlaceWeights(args) => places::fit(&args),
        Command::Eval(Eval::Syntax(args)) => syntax::evaluate(&args),
        Command::Eval(Eval::Lexicon(args)) => eval_lexicon::run(&args),
        Command::Eval(Eval::Speech(args)) => eval_speech::run(&args),
        Command::Eval(Eval::Attribution(args)) => eval_attribution::run(&args),
        Command::Eval(Eval::Times(args)) => eval_times::run(&args),
        Command::Eval(Eval::Timex(args)) => eval_timex::run(&args),
        Command::Eval(Eval::Counts(args)) => eval_counts::run(&args),
        Command::Eval(Eval::Records(args)) => eval_records::run(&args),
        Command::Eval(Eval::Gate(args)) => eval_gate::run(&args),
        Command::Eval(Eval::Places(args)) => places::evaluate(&args),
        Command::Resolve(args) => resolve::train(&args),
        Command::ResolveWords(args) => resolve::words(&args),
        Command::Eval(Eval::Resolve(args)) => resolve::evaluate(&args),
        Command::Muc4(args) => muc4::train(&args),
        Command::Eval(Eval::Gvdb(args)) => eval_gvdb::run(&args),
        Command::Eval(Eval::Muc4(args)) => muc4::evaluate(&args),
    }
}
