//! The `annalist` program: reports in, incidents with their words out.

mod args;
mod bench;
mod data;
mod explain;
mod fields;
mod input;
mod manual;
mod output;
mod parse;
mod pipeline;
mod read;
mod render;
mod term;

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
        args::Command::Show(args) => read::show(&args, color),
        args::Command::Explain(args) => explain::run(&args, color),
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
