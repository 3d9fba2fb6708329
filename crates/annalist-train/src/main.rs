//! `annalist-train`: builds models and data packs, and measures every stage.
#![allow(clippy::print_stdout)] // its tables are its product

mod eval_times;
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
    /// Measures one stage against annotated reports.
    #[command(subcommand)]
    Eval(Eval),
}

#[derive(Subcommand)]
enum Eval {
    /// Word classes, lemmas and trees against a treebank.
    Syntax(syntax::EvalArgs),
    /// Do the dates of gold incidents stand among the times that are found?
    Times(eval_times::Args),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Syntax(args) => syntax::train(&args),
        Command::Eval(Eval::Syntax(args)) => syntax::evaluate(&args),
        Command::Eval(Eval::Times(args)) => eval_times::run(&args),
    }
}
