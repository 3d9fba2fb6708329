//! input: paths and options to records, engine and data.

use crate::args::{AboutArgs, OverlayArg};
use annalist::Bundle;
use annalist_ingest::{Defaults, Found, IngestError, Kind, Limits, Record, Records, walk};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// The built-in data with the files of the person's folder put over it.
pub(crate) fn bundle(overlay: &OverlayArg) -> Result<Bundle> {
    let mut bundle = Bundle::embedded();
    if let Some(folder) = &overlay.folder {
        if !folder.is_dir() {
            bail!("--data {}: is no folder", folder.display());
        }
        put_over(&mut bundle, folder, folder)?;
    }
    Ok(bundle)
}

fn put_over(bundle: &mut Bundle, root: &Path, folder: &Path) -> Result<()> {
    let what = || format!("--data: cannot read {}", folder.display());
    let mut entries =
        std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).with_context(what)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links to folders are not followed: a data folder has no need of them and they may loop.
        if entry.file_type().with_context(what)?.is_dir() {
            put_over(bundle, root, &path)?;
        } else {
            let bytes =
                std::fs::read(&path).with_context(|| format!("--data: cannot read {}", path.display()))?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name =
                name.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            bundle.overlay(&name, bytes);
        }
    }
    Ok(())
}

/// What reports are given that do not say it themselves.
pub(crate) fn defaults(about: &AboutArgs) -> Defaults {
    Defaults {
        published_at: about.published_at,
        outlet: about.outlet.clone(),
        language: about.language.clone(),
    }
}

/// All records behind some paths, file after file, each opened when its turn comes.
pub(crate) struct Inputs {
    files: std::vec::IntoIter<Source>,
    current: Option<Records<Box<dyn BufRead + Send>>>,
    errors: std::vec::IntoIter<IngestError>,
    kind: Option<Kind>,
    limits: Limits,
    stop: Arc<AtomicBool>,
    /// Bytes of all files, when all of them are known.
    pub(crate) bytes: Option<u64>,
    /// Files of folders that are no reports by their name.
    pub(crate) left_out: usize,
}

enum Source {
    Stdin,
    File(PathBuf),
}

impl Inputs {
    /// `-` is standard input.
    pub(crate) fn new(paths: &[PathBuf], kind: Option<Kind>, limits: Limits) -> Self {
        let mut sources = Vec::new();
        let mut errors = Vec::new();
        let mut bytes = Some(0);
        let mut left_out = 0;
        for path in paths {
            if path.as_os_str() == "-" {
                sources.push(Source::Stdin);
                bytes = None;
                continue;
            }
            let found = walk([path]);
            left_out += found.left_out;
            errors.extend(found.errors);
            for Found { path, bytes: size } in found.files {
                bytes = bytes.map(|sum| sum + size);
                sources.push(Source::File(path));
            }
        }
        let (files, errors) = (sources.into_iter(), errors.into_iter());
        let stop = Arc::new(AtomicBool::new(false));
        Inputs { files, current: None, errors, kind, limits, stop, bytes, left_out }
    }

    /// The same, which does not wait for standard input or a pipe any more once this is set.
    pub(crate) fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = stop;
        self
    }

    fn open(&self, source: Source) -> Result<Records<Box<dyn BufRead + Send>>, IngestError> {
        let (name, reader): (String, Box<dyn BufRead + Send>) = match source {
            Source::Stdin => {
                let waiting = Waiting::new(|| Ok(io::stdin()), Arc::clone(&self.stop));
                ("<stdin>".to_owned(), Box::new(BufReader::with_capacity(1 << 16, waiting)))
            }
            Source::File(path) if path.metadata().is_ok_and(|file| !file.is_file()) => {
                let name = path.to_string_lossy().into_owned();
                // A pipe that nobody writes into keeps its opener waiting too.
                let waiting = Waiting::new(move || File::open(&path), Arc::clone(&self.stop));
                (name, Box::new(BufReader::with_capacity(1 << 16, waiting)))
            }
            Source::File(path) => {
                let name = path.to_string_lossy().into_owned();
                let file = File::open(&path).map_err(|error| IngestError::io(&name, error))?;
                (name, Box::new(BufReader::with_capacity(1 << 16, file)))
            }
        };
        Ok(Records::new(&name, reader, self.kind, self.limits.clone()))
    }
}

/// Bytes of an input that may keep its reader waiting for ever, until somebody stops it.
struct Waiting {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    stop: Arc<AtomicBool>,
}

impl Waiting {
    /// Opens and reads on a thread of its own, which ends with the program.
    fn new<R: Read>(open: impl FnOnce() -> io::Result<R> + Send + 'static, stop: Arc<AtomicBool>) -> Self {
        const PIECE: usize = 1 << 16;
        let (give, pieces) = sync_channel(4);
        std::thread::spawn(move || {
            let mut reader = match open() {
                Ok(reader) => reader,
                Err(error) => return drop(give.send(Err(error))),
            };
            loop {
                let mut piece = vec![0; PIECE];
                let read = reader.read(&mut piece).map(|n| {
                    piece.truncate(n);
                    piece
                });
                let last =
                    read.as_ref().map_or_else(|e| e.kind() != io::ErrorKind::Interrupted, Vec::is_empty);
                let passed_over = read.is_err() && !last;
                // A closed receiver means that nobody reads on.
                if !passed_over && give.send(read).is_err() || last {
                    return;
                }
            }
        });
        Waiting { pieces, piece: io::Cursor::default(), stop }
    }
}

impl Read for Waiting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const LOOK: Duration = Duration::from_millis(50);
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.pieces.recv_timeout(LOOK) {
                Ok(piece) => {
                    let piece = piece?;
                    if piece.is_empty() {
                        return Ok(0);
                    }
                    self.piece = io::Cursor::new(piece);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                // What was read so far may be half a report: it is no end.
                Err(RecvTimeoutError::Timeout) if self.stop.load(Ordering::Relaxed) => {
                    return Err(io::Error::other("stopped"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Iterator for Inputs {
    type Item = Result<Record, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.current.as_mut().and_then(Iterator::next) {
                return Some(record);
            }
            self.current = None;
            // Paths that could not be listed are told first, before hours of reading.
            if let Some(error) = self.errors.next() {
                return Some(Err(error));
            }
            let file = self.files.next()?;
            match self.open(file) {
                Ok(records) => self.current = Some(records),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
