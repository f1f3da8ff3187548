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

/// Gain in dB for which a model moves before another that stood before it.
const CLEAR: f64 = 0.05;

/// Loss in dB against the best model for which `fast` takes a faster one.
const LITTLE: f64 = 1.0;

const FIRST: &str = "    // From here on `examples/tune` wrote this, with --write.\n";
const LAST: &str = "    // Up to here.\n";

/// Puts the models, as they stood, in the order in which they are to be taken: it stays but where one is clearly better
/// than one before it. Under `fast` the fastest of those that lose little come first.
pub fn order(preset: PresetName, models: &mut [Reached]) {
    for end in 1..models.len() {
        let mut place = end;
        while place > 0 && models[place].psnr > models[place - 1].psnr + CLEAR {
            models.swap(place, place - 1);
            place -= 1;
        }
    }
    if preset != PresetName::Fast {
        return;
    }
    let psnr = models.iter().map(|model| model.psnr);
    let best = psnr.fold(f64::NEG_INFINITY, f64::max);
    let milliseconds = |model: &Reached| match model.psnr >= best - LITTLE {
        true => model.milliseconds,
        false => f64::INFINITY,
    };
    models.sort_by(|a, b| milliseconds(a).total_cmp(&milliseconds(b)));
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
