//! `annalist-train`: builds models and data packs, and measures every stage.

mod eval_times;

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
    /// Measures one stage against annotated reports.
    #[command(subcommand)]
    Eval(Eval),
}

#[derive(Subcommand)]
enum Eval {
    /// Do the dates of gold incidents stand among the times that are found?
    Times(eval_times::Args),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Eval(Eval::Times(args)) => eval_times::run(&args),
    }
}
