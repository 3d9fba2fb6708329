//! Measures of the place stage.

use anyhow::Result;
use std::path::PathBuf;

/// Places against gold.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold readings.
    #[arg(long, num_args = 1..)]
    gold: Vec<PathBuf>,
}

/// Prints the measures.
pub(crate) fn evaluate(args: &Args) -> Result<()> {
    println!("{}", args.gold.len());
    Ok(())
}
