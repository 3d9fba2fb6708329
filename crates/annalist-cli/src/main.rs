//! The `annalist` program: reports in, incidents with their words out.

mod args;
mod bench;
mod data;
mod explain;
mod fields;
mod input;
mod ledger;
mod manual;
mod output;
mod parse;
mod pipeline;
mod read;
mod render;
mod term;

use annalist_ledger::Verdict;
use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

/// Everything was read.
const ALL_READ: u8 = 0;
/// Some input could not be read; the rest was.
const SOME_UNREAD: u8 = 1;
/// Nothing was read: a wrong option, or data that cannot be used. Clap exits with the same number.
const UNUSABLE: u8 = 2;
/// Stopped with Ctrl-C, as shells number it.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let command = args::Cli::command().version(args::version());
    let cli = match args::Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let color = cli.color();
    let done = match cli.command {
        args::Command::Read(args) => read::run(&args, color),
        args::Command::Init(args) => ledger::init(&args, color),
        args::Command::Add(args) => ledger::add(&args, color),
        args::Command::Reread(args) => ledger::reread(&args, color),
        args::Command::Incidents(args) => ledger::incidents(&args, color),
        args::Command::Show(args) => read::show(&args, color),
        args::Command::Reports(args) => ledger::reports(&args, color),
        args::Command::History(args) => ledger::history(&args, color),
        args::Command::Explain(args) => explain::run(&args, color),
        args::Command::Matches(args) => ledger::matches(&args, color),
        args::Command::Resolve(args) => ledger::resolve(&args, color),
        args::Command::Merge(args) => ledger::judge(&args, Verdict::Same, color),
        args::Command::Split(args) => ledger::judge(&args, Verdict::NotSame, color),
        args::Command::Unsure(args) => ledger::judge(&args, Verdict::Unsure, color),
        args::Command::Lift(args) => ledger::judge(&args, Verdict::Lifted, color),
        args::Command::Set(args) => ledger::set(&args, color),
        args::Command::Policy(args) => ledger::policy(&args, color),
        args::Command::Review(args) => ledger::review(&args, color),
        args::Command::Comment(args) => ledger::comment(&args, color),
        args::Command::Assign(args) => ledger::assign(&args, color),
        args::Command::Withdraw(args) => ledger::withdraw(&args, color),
        args::Command::Export(args) => ledger::export(&args, color),
        args::Command::Import(args) => ledger::import(&args, color),
        args::Command::Release(args) => ledger::release(&args, color),
        args::Command::Erase(args) => ledger::erase(&args, color),
        args::Command::People(args) => ledger::people(&args.ledger, args.format, color),
        args::Command::Verify(args) => ledger::verify(&args, color),
        args::Command::Checkpoint(args) => ledger::checkpoint(&args, color),
        args::Command::Prove(args) => ledger::prove(&args, color),
        args::Command::Backup(args) => ledger::backup(&args, color),
        args::Command::Restore(args) => ledger::restore(&args, color),
        args::Command::Doctor(args) => ledger::doctor(&args, color),
        args::Command::Data(args) => data::run(&args, color),
        args::Command::Bench(args) => bench::run(&args, color),
        args::Command::Parse(args) => parse::run(&args, color),
        args::Command::Man(args) => manual::man(&args),
        args::Command::Completions(args) => manual::completions(&args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough: `annalist read … | head`.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(ALL_READ),
        Err(error) => {
            term::Stderr::new(color).error(&format!("{error:#}"), "");
            ExitCode::from(UNUSABLE)
        }
    }
}
