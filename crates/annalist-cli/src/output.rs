//! output: where results go. A file appears whole or not at all; a closed pipe ends the work quietly.

use anyhow::{Context, Result};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Standard output, or a file that takes its name when everything is written.
pub(crate) enum Output {
    Stdout(BufWriter<io::StdoutLock<'static>>),
    File { writer: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Output {
    /// Opens `path`, or standard output without one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Output::Stdout(BufWriter::with_capacity(1 << 16, io::stdout().lock())));
        };
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
        Ok(Output::File { writer: BufWriter::with_capacity(1 << 16, file), path: path.to_owned() })
    }

    /// Writes what is left; only now a file stands under its name.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Output::Stdout(mut writer) => writer.flush()?,
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
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(writer) => writer.flush(),
            Output::File { writer, .. } => writer.flush(),
        }
    }
}

/// Whether the reader of our output went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}
