//! Measures what the presets' constants and the choice of `model = auto` are worth, on training photos.
//!
//! `cargo run --release --example tune -- FOLDER [--rows NAME,NAME] [--every N] [--limit N] [--crop N]
//! [--set NAME=VALUE]... [--presets NAME,NAME] [--models NAME,NAME] [--only constants|models] [--write]` degrades each
//! picture as the rows of `evaluate` say and prints Markdown: for each task and preset the constants of
//! src/plan/presets.rs, one after the other around its present value, with PSNR in dB, mean over the rows it has a
//! part in; and PSNR and milliseconds of each model (all installed ones of pictures, by name or folder with
//! `--models`). `--write` writes the latter to src/plan/models_table.rs, which needs rows of every task. Constants are
//! changed by hand, where the gain is clear and no row pays for it.

mod bench;
mod knobs;
#[path = "../measure/mod.rs"]
mod measure;
mod models;
#[path = "../../benches/chart/processor.rs"]
mod processor;
mod sweep;
mod table;

use std::path::Path;

use dcdp::request::{PresetName, TaskKind, Words};

use bench::Bench;
use measure::{Arguments, Outcome};
use table::Line;

const USAGE: &str = "usage: tune FOLDER [--rows NAME,NAME] [--every N] [--limit N] [--crop N] [--set NAME=VALUE]... \
                     [--presets NAME,NAME] [--models NAME,NAME] [--only constants|models] [--write]";

/// The presets that the table of models has rows for.
const WRITTEN: [PresetName; 2] = [PresetName::Default, PresetName::Fast];

/// What this example is told besides.
struct Wanted {
    presets: Vec<PresetName>,
    models: Option<Vec<String>>,
    only: Option<String>,
    write: bool,
}

fn main() -> Outcome<()> {
    let mut wanted = Wanted {
        presets: WRITTEN.to_vec(),
        models: None,
        only: None,
        write: false,
    };
    let arguments = Arguments::read(USAGE, |name, value| {
        match name {
            "--presets" => wanted.presets = presets(&value()?)?,
            "--models" => wanted.models = Some(value()?.split(',').map(str::to_owned).collect()),
            "--only" => wanted.only = Some(part(value()?)?),
            "--write" => wanted.write = true,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let pictures = measure::pictures(&arguments)?;
    let bench = Bench::new(arguments.rows(), &pictures, &arguments.set)?;
    let tasks: Vec<TaskKind> = TaskKind::WORDS.iter().map(|(task, _)| *task).collect();
    let wants = |part: &str| wanted.only.as_deref().is_none_or(|only| only == part);
    if wants("constants") {
        sweep::print_head();
        for &task in &tasks {
            let mut seen = Vec::new();
            for &preset in &wanted.presets {
                // A preset that is another by a second name says nothing new.
                let row = sweep::row(preset, task);
                if !seen.contains(&row) {
                    sweep::sweep(&bench, preset, task)?;
                    seen.push(row);
                }
            }
        }
    }
    if wants("models") {
        let names = wanted.models.unwrap_or_else(models::installed);
        let mut lines = Vec::new();
        for &preset in &wanted.presets {
            lines.extend(models::compare(&bench, preset, &tasks, &names)?);
        }
        if wanted.write {
            write(&command(&arguments.folder), &tasks, &lines)?;
        }
    }
    Ok(())
}

/// What `--only` may say.
fn part(name: String) -> Outcome<String> {
    match name.as_str() {
        "constants" | "models" => Ok(name),
        _ => Err(format!("--only {name}: allowed are constants and models").into()),
    }
}

fn presets(names: &str) -> Outcome<Vec<PresetName>> {
    names
        .split(',')
        .map(|name| Ok(PresetName::of_word(name).ok_or(format!("{name}: no preset"))?))
        .collect()
}

/// How to repeat this run on a folder of one's own.
fn command(folder: &Path) -> String {
    let own = |argument: String| match Path::new(&argument) == folder {
        true => "FOLDER".to_owned(),
        false => argument,
    };
    let arguments: Vec<String> = std::env::args().skip(1).map(own).collect();
    format!(
        "cargo run --release --example tune -- {}",
        arguments.join(" ")
    )
}

/// Writes the table of models.
fn write(made: &str, tasks: &[TaskKind], lines: &[Line]) -> Outcome<()> {
    for &task in tasks {
        for preset in WRITTEN {
            let is = |line: &Line| (line.task, line.preset) == (task, preset);
            if !lines.iter().any(is) {
                return Err(format!("--write needs rows of {task:?} under {preset:?}").into());
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plan/models_table.rs");
    let file = std::fs::read_to_string(&path)?;
    let file = table::replaced(&file, made, &table::rendered(lines)).ok_or("no place for it")?;
    std::fs::write(&path, file)?;
    println!("\n{}", path.display());
    Ok(())
}
