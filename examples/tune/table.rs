//! The table that `model = auto` goes by, as Rust.

use dcdp::request::{PresetName, TaskKind};

/// What one model reached.
#[derive(Clone)]
pub struct Reached {
    pub model: String,
    /// dB.
    pub psnr: f64,
    pub milliseconds: f64,
}

/// One line: the models for a task and preset, the one to take first.
pub struct Line {
    pub task: TaskKind,
    pub preset: PresetName,
    pub models: Vec<Reached>,
}

/// Loss in dB against the best model for which `fast` takes a faster one.
const LITTLE: f64 = 1.0;

const FIRST: &str = "    // From here on `examples/tune` wrote this, with --write.\n";
const LAST: &str = "    // Up to here.\n";

/// Puts the models in the order in which they are to be taken: the best first; under `fast` the fastest of those
/// that lose little.
pub fn order(preset: PresetName, models: &mut [Reached]) {
    models.sort_by(|a, b| b.psnr.total_cmp(&a.psnr));
    if preset != PresetName::Fast {
        return;
    }
    let best = models.first().map_or(0.0, |model| model.psnr);
    let good = models.partition_point(|model| model.psnr >= best - LITTLE);
    models[..good].sort_by(|a, b| a.milliseconds.total_cmp(&b.milliseconds));
}

/// The lines as they stand in the table.
pub fn rendered(lines: &[Line]) -> String {
    let model = |reached: &Reached| {
        let Reached {
            model,
            psnr,
            milliseconds,
        } = reached;
        format!(
            "measured({model:?}, {psnr:.2}, {:.1})",
            milliseconds.round()
        )
    };
    let line = |line: &Line| {
        let models: Vec<String> = line.models.iter().map(model).collect();
        format!(
            "    row(TaskKind::{:?}, PresetName::{:?}, &[{}]),\n",
            line.task,
            line.preset,
            models.join(", ")
        )
    };
    lines.iter().map(line).collect()
}

/// The file with other lines, and how they were made; `None` where it has no place for them.
pub fn replaced(file: &str, made: &str, lines: &str) -> Option<String> {
    let (before, rest) = file.split_once(FIRST)?;
    let (_, after) = rest.split_once(LAST)?;
    Some(format!(
        "{before}{FIRST}    // {made}\n{lines}{LAST}{after}"
    ))
}
