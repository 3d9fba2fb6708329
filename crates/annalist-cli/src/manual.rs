//! manual: man pages and completions from the definition in `args`.

use crate::ALL_READ;
use crate::args::{Cli, CompletionsArgs, ManArgs};
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::io::Write;

/// Writes one page for the program and one for each command.
pub(crate) fn man(args: &ManArgs) -> Result<u8> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let command = Cli::command().version(env!("CARGO_PKG_VERSION"));
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("cannot write the pages into {}", folder.display()))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Manual pages are in {}; read them with: man -l {}/annalist.1",
        folder.display(),
        folder.display()
    )?;
    Ok(ALL_READ)
}

/// Prints the completion script of one shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<u8> {
    // Through a buffer: clap_complete panics when its writer fails, and a closed pipe is no fault.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "annalist", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ALL_READ)
}
