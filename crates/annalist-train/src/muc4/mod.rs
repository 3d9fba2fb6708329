//! MUC-4: reports of attacks in Latin America, 1988 to 1991, to templates.
//!
//! The engine's reading says what stands where; small linear models over named features, learnt from the development
//! part, say which sentences tell of an incident that the guidelines of MUC-4 want, of which type, and which noun
//! phrases fill which role; [`template`] makes templates of it.

mod judge;
mod linear;
mod report;
mod scene;
mod template;

use anyhow::{Context, Result};
use judge::Judge;
use rayon::prelude::*;
use report::Report;
use scene::Scene;
use std::path::{Path, PathBuf};

/// The models as they come with the program.
const MODELS: &str = include_str!("../../data/muc4.tsv");

/// Arguments of `eval muc4`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Reports with templates, one JSON object a line.
    #[arg(long)]
    gold: PathBuf,
    /// Parts of the collection that count, `DEV`, `TST1` …; all where none is named.
    #[arg(long)]
    part: Vec<String>,
    /// The scorer, a Python program that takes gold and predictions; without one predictions are only written.
    #[arg(long)]
    scorer: Option<PathBuf>,
    /// Where the predictions go, one JSON object a line; without it into the system's folder for temporary files.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Models other than those that come with the program.
    #[arg(long)]
    models: Option<PathBuf>,
    /// Judges each report by models that were learnt from the others (five folds), whatever `--models` says.
    #[arg(long)]
    cross: bool,
}

/// Arguments of `muc4`.
#[derive(clap::Args)]
pub(crate) struct TrainArgs {
    /// Reports with templates, one JSON object a line.
    #[arg(long)]
    gold: PathBuf,
    /// Parts of the collection to learn from.
    #[arg(long, default_value = "DEV")]
    part: Vec<String>,
    /// Where the models go.
    #[arg(long)]
    out: PathBuf,
}

/// Reads the reports, writes templates and has them scored.
pub(crate) fn evaluate(args: &Args) -> Result<()> {
    let reports = report::load(&args.gold, &args.part)?;
    let mut scenes = scenes(&reports)?;
    let predictions = if args.cross {
        judge::learn(&reports, &mut scenes).1
    } else {
        let text = match &args.models {
            Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
            None => MODELS.to_owned(),
        };
        let mut judge = Judge::parse(&text)?;
        judge.judge_all(&reports, &mut scenes)
    };
    let mut lines = String::new();
    for ((report, scene), opinion) in reports.iter().zip(&scenes).zip(&predictions) {
        lines.push_str(&template::line(report, scene, opinion).to_string());
        lines.push('\n');
    }
    let out = args.out.clone().unwrap_or_else(|| std::env::temp_dir().join("muc4.predicted.jsonl"));
    std::fs::write(&out, lines).with_context(|| out.display().to_string())?;
    match &args.scorer {
        Some(scorer) => score(scorer, &args.gold, &out, &reports),
        None => Ok(()),
    }
}

/// Learns the models and writes them.
pub(crate) fn train(args: &TrainArgs) -> Result<()> {
    let reports = report::load(&args.gold, &args.part)?;
    let mut scenes = scenes(&reports)?;
    let (judge, _) = judge::learn(&reports, &mut scenes);
    let head = format!(
        "# models of `annalist-train eval muc4`\n# provenance: learnt by `annalist-train muc4` from the parts {} of MUC-4 ({} reports)\n\
         # under the name of each model: feature, weight\n",
        args.part.join(", "),
        reports.len()
    );
    std::fs::write(&args.out, head + &judge.write()).with_context(|| args.out.display().to_string())
}

fn scenes(reports: &[Report]) -> Result<Vec<Scene>> {
    let engine = annalist::Engine::new(&annalist::Bundle::embedded())?;
    Ok(reports.par_iter().map(|report| engine.examine(&report.document, scene::of)).collect())
}

fn score(scorer: &Path, gold: &Path, predicted: &Path, reports: &[Report]) -> Result<()> {
    let ids = predicted.with_extension("ids");
    let list: String = reports.iter().map(|r| format!("{}\n", r.id)).collect();
    std::fs::write(&ids, list).with_context(|| ids.display().to_string())?;
    let status = std::process::Command::new("python3")
        .arg(scorer)
        .args([gold, predicted])
        .arg("--ids")
        .arg(&ids)
        .status()
        .context("the scorer needs `python3`; leave out --scorer to only write predictions")?;
    std::fs::remove_file(&ids)?;
    anyhow::ensure!(status.success(), "the scorer {} failed: {status}", scorer.display());
    Ok(())
}
