//! bench: how fast are reports read on this machine, on one thread?

use crate::args::{BenchArgs, ColorChoice, TextOrJson};
use crate::input::{self, Inputs};
use crate::output::Output;
use crate::term::{Paint, Stderr};
use crate::{ALL_READ, SOME_UNREAD};
use annalist::text::Splitter;
use annalist::{Document, Engine, Stage};
use annalist_ingest::{Defaults, Kind, Limits, Records};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::hint::black_box;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// The project's own sample reports, so that the program can be measured without any file.
const SAMPLES: &str = include_str!("../../../samples/reports.jsonl");

#[derive(Serialize)]
struct Measured {
    version: String,
    documents: usize,
    bytes: usize,
    tokens: usize,
    rounds: usize,
    clock: &'static str,
    /// Seconds to load the data and build the engine.
    start_up: Spread,
    /// Seconds to read all documents once.
    read: Spread,
    documents_per_second: f64,
    megabytes_per_second: f64,
    tokens_per_second: f64,
    /// The first look of the gate alone, at bare text.
    gate: Gate,
    stages: Vec<StageShare>,
    peak_memory_megabytes: Option<f64>,
}

#[derive(Serialize)]
struct Gate {
    /// Documents that it closes at this first look.
    documents_closed: usize,
    megabytes_per_second: f64,
}

/// What one stage takes of the time of reading.
#[derive(Serialize)]
struct StageShare {
    stage: &'static str,
    /// Of the time of all stages, 0 to 1.
    share: f64,
    milliseconds_per_document: f64,
}

/// Of several rounds.
#[derive(Clone, Copy, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

/// `annalist bench`.
pub(crate) fn run(args: &BenchArgs, color: ColorChoice) -> Result<u8> {
    let bundle = input::bundle(&args.data)?;
    let stderr = Stderr::new(color);
    let (documents, failed) = documents(args, &stderr);
    if documents.is_empty() {
        bail!("there is nothing to read in the given files");
    }
    let rounds = usize::from(args.rounds);
    let start_up = rounds_of(rounds.min(5), || {
        black_box(Engine::new(&bundle).map(drop).is_ok());
    });
    let engine = Engine::new(&bundle).context("the data cannot be used")?;
    let splitter = Splitter::new(&bundle)?;
    let tokens = documents.iter().map(|d| splitter.split(d).tokens().len()).sum();
    let bytes = documents.iter().map(|d| d.text().len()).sum();
    let read = rounds_of(rounds, || {
        for document in &documents {
            black_box(engine.read(document));
        }
    });
    let gate = rounds_of(rounds, || {
        black_box(documents.iter().filter(|document| !engine.may_tell(document)).count());
    });
    let per_second = |n: f64| n / read.median.max(1e-9);
    let measured = Measured {
        version: crate::args::version(),
        documents: documents.len(),
        bytes,
        tokens,
        rounds,
        clock: clock_name(),
        start_up,
        read,
        documents_per_second: per_second(documents.len() as f64),
        megabytes_per_second: per_second(bytes as f64 / 1e6),
        tokens_per_second: per_second(tokens as f64),
        gate: Gate {
            documents_closed: documents.iter().filter(|document| !engine.may_tell(document)).count(),
            megabytes_per_second: bytes as f64 / 1e6 / gate.median.max(1e-9),
        },
        stages: stages(&engine, &documents, read.median),
        peak_memory_megabytes: peak_memory(),
    };
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, &measured)?;
            writeln!(out)?;
        }
        TextOrJson::Text => text(&measured, Paint::new(color, std::io::stdout().is_terminal()), &mut out)?,
    }
    out.finish()?;
    Ok(if failed { SOME_UNREAD } else { ALL_READ })
}

fn documents(args: &BenchArgs, stderr: &Stderr) -> (Vec<Document>, bool) {
    let limits = Limits::default();
    let defaults = Defaults::default();
    let mut failed = false;
    let mut documents = Vec::new();
    let samples = args.files.is_empty().then(|| {
        Records::new("samples/reports.jsonl", SAMPLES.as_bytes(), Some(Kind::Jsonl), limits.clone())
    });
    let given = Inputs::new(&args.files, None, limits.clone());
    for record in samples.into_iter().flatten().chain(given) {
        match record.and_then(|record| record.document(&defaults, &limits)) {
            Ok(ingested) => documents.push(ingested.document),
            Err(error) => {
                failed = true;
                stderr.error(&format!("{}: {}", error.place(), error.fault()), error.remedy());
            }
        }
    }
    (documents, failed)
}

/// What every stage takes, all documents read once more; `seconds` is what that takes without looking at the clock.
fn stages(engine: &Engine, documents: &[Document], seconds: f64) -> Vec<StageShare> {
    let mut times = [Duration::ZERO; Stage::ALL.len()];
    for document in documents {
        let mut last = Instant::now();
        black_box(engine.read_watched(document, &mut |stage| {
            let now = Instant::now();
            times[stage as usize] += now - last;
            last = now;
        }));
    }
    let whole = times.iter().sum::<Duration>().as_secs_f64().max(1e-9);
    let share = |time: Duration| time.as_secs_f64() / whole;
    let per_document = seconds * 1e3 / documents.len() as f64;
    Stage::ALL
        .into_iter()
        .zip(times)
        .map(|(stage, time)| StageShare {
            stage: stage.name(),
            share: share(time),
            milliseconds_per_document: share(time) * per_document,
        })
        .collect()
}

/// Repeats the work until a round lasts long enough for the clock, then measures the rounds.
fn rounds_of(rounds: usize, mut work: impl FnMut()) -> Spread {
    const LEAST: Duration = Duration::from_millis(20);
    let started = Instant::now();
    work();
    let once = started.elapsed().max(Duration::from_nanos(1));
    let repeats = (LEAST.as_nanos() / once.as_nanos()).clamp(1, 1000) as u32;
    let mut seconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let before = cpu_time();
            (0..repeats).for_each(|_| work());
            (cpu_time() - before).as_secs_f64() / f64::from(repeats)
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Spread { median: seconds[seconds.len() / 2], min: seconds[0], max: seconds[seconds.len() - 1] }
}

/// Processor time of this process: what other programs on the machine do, does not count.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn clock_name() -> &'static str {
    if cfg!(unix) { "processor time" } else { "wall clock" }
}

/// Most memory that this process ever held, in megabytes; Linux tells it.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1000.0)
}

fn text(measured: &Measured, paint: Paint, out: &mut impl Write) -> Result<()> {
    let Measured { documents, rounds, clock, .. } = measured;
    writeln!(out, "{}", paint.bold(&format!("annalist {}", measured.version)))?;
    let what = format!(
        "{documents} documents, {:.2} MB, {} tokens; {rounds} rounds on one thread, {clock}",
        measured.bytes as f64 / 1e6,
        measured.tokens
    );
    writeln!(out, "{}\n", paint.dim(&what))?;
    let milliseconds = |s: &Spread| {
        format!("{:>10.2} ms median {:>10.2} min {:>10.2} max", s.median * 1e3, s.min * 1e3, s.max * 1e3)
    };
    writeln!(out, "start-up    {}", milliseconds(&measured.start_up))?;
    writeln!(out, "all read    {}", milliseconds(&measured.read))?;
    writeln!(out, "documents   {:>10.0} a second", measured.documents_per_second)?;
    writeln!(out, "text        {:>10.2} MB a second", measured.megabytes_per_second)?;
    writeln!(out, "tokens      {:>10.0} a second", measured.tokens_per_second)?;
    let gate = &measured.gate;
    writeln!(
        out,
        "gate alone  {:>10.0} MB a second, {} of {documents} documents closed",
        gate.megabytes_per_second, gate.documents_closed
    )?;
    if let Some(peak) = measured.peak_memory_megabytes {
        writeln!(out, "peak memory {peak:>10.1} MB")?;
    }
    writeln!(out)?;
    for StageShare { stage, share, milliseconds_per_document } in &measured.stages {
        writeln!(
            out,
            "{stage:<11} {:>10.1} % {milliseconds_per_document:>12.3} ms a document",
            share * 100.0
        )?;
    }
    Ok(())
}
