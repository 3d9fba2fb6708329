//! output: where results go. A file appears whole or not at all; what is no file (a device, a pipe) is written into, never
//! replaced; a closed pipe ends the work quietly.

use annalist_ledger::LedgerError;
use annalist_ledger::store::StoreError;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Standard output, a file that takes its name when everything is written, or a device or pipe.
pub(crate) enum Output {
    Stdout(BufWriter<io::StdoutLock<'static>>),
    File { writer: BufWriter<NamedTempFile>, path: PathBuf },
    Device { writer: BufWriter<File> },
}

impl Output {
    /// Opens `path`, or standard output without one; `-` is standard output too.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Output::Stdout(BufWriter::with_capacity(1 << 16, io::stdout().lock())));
        };
        // A link keeps standing: what it leads to is written.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            let device = File::options().write(true).open(&path);
            let device = device.with_context(|| format!("cannot write {}", path.display()))?;
            return Ok(Output::Device { writer: BufWriter::with_capacity(1 << 16, device) });
        }
        // Beside its end place, since a rename does not cross file systems.
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Temporary files are private by default; results shall have the usual rights (less the umask).
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder
            .prefix(".annalist-")
            .tempfile_in(folder)
            .with_context(|| format!("cannot write into the folder {}", folder.display()))?;
        Ok(Output::File { writer: BufWriter::with_capacity(1 << 16, file), path })
    }

    /// Writes what is left; only now a file stands under its name.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Output::Stdout(mut writer) => writer.flush()?,
            Output::Device { mut writer } => writer.flush()?,
            Output::File { writer, path } => {
                let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(writer) => writer.write(bytes),
            Output::File { writer, .. } => writer.write(bytes),
            Output::Device { writer } => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(writer) => writer.flush(),
            Output::File { writer, .. } => writer.flush(),
            Output::Device { writer } => writer.flush(),
        }
    }
}

/// Whether the reader of our output went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_ledger = match error.downcast_ref::<LedgerError>() {
        Some(LedgerError::Store(StoreError::Io { error, .. })) => Some(error),
        _ => None,
    };
    let all = error.chain().filter_map(|e| e.downcast_ref::<io::Error>());
    all.chain(of_ledger).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}
