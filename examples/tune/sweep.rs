//! One constant after the other, around its present value.

use dcdp::priors::PriorKind;
use dcdp::request::{Constants, PresetName, TaskKind, word};
use dcdp::testing::plan::{Preset, Situation, preset};

use crate::bench::{Bench, Variant};
use crate::knobs::Knob;
use crate::measure::Outcome;

/// Most steps in one direction.
const STEPS: usize = 3;

/// Gain in dB from which on the constants that follow are tried beside the better value.
const ADOPTED: f64 = 0.02;

/// A preset of pixel priors.
pub fn row(name: PresetName, task: TaskKind) -> Preset {
    let situation = Situation {
        task,
        gaussian_blur: None,
        quantisation: None,
        scale: 2,
        kind: PriorKind::Pixel,
        own_operator: false,
    };
    preset(name, situation)
}

/// The head of the table that [`sweep`] goes on with.
pub fn print_head() {
    println!(
        "| preset | constant | present | dB | best | dB | gain | least gain of a row | tried |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
}

/// A constant's value, and the PSNR of each row with it.
struct Trial {
    value: f64,
    psnr: Vec<f64>,
}

impl Trial {
    fn mean(&self) -> f64 {
        self.psnr.iter().sum::<f64>() / self.psnr.len() as f64
    }
}

/// Prints a line for each constant of a preset.
pub fn sweep(bench: &Bench, name: PresetName, task: TaskKind) -> Outcome<()> {
    let row = row(name, task);
    let mut constants = Constants::default();
    for knob in Knob::ALL {
        let Some(present) = knob.of(&row) else {
            continue;
        };
        let mut places = bench.of_task(task);
        places.retain(|&place| knob.counts_in(bench.row(place)));
        if places.is_empty() {
            continue;
        }
        let trial = |value: f64| -> Outcome<Trial> {
            let mut constants = constants;
            knob.set(value, &row, &mut constants);
            let variant = Variant {
                preset: name,
                constants,
                model: None,
            };
            let psnr = |&place: &usize| -> Outcome<f64> { Ok(bench.score(place, &variant)?.psnr) };
            Ok(Trial {
                value,
                psnr: places.iter().map(psnr).collect::<Outcome<_>>()?,
            })
        };
        let trials = search(knob, present, trial)?;
        let here = &trials[0];
        let best = trials
            .iter()
            .max_by(|a, b| a.mean().total_cmp(&b.mean()))
            .unwrap_or(here);
        print_line([word(name), word(task)], knob, &trials, best);
        if best.mean() > here.mean() + ADOPTED && !knob.costs() {
            knob.set(best.value, &row, &mut constants);
        }
    }
    Ok(())
}

/// The present value first, then those around it, as far as each step gains.
fn search(knob: Knob, present: f64, trial: impl Fn(f64) -> Outcome<Trial>) -> Outcome<Vec<Trial>> {
    let steps = if knob.costs() { 1 } else { STEPS };
    let mut trials = vec![trial(present)?];
    for direction in [0, 1] {
        let (mut value, mut reached) = (present, trials[0].mean());
        for _ in 0..steps {
            let next = knob.beside(value)[direction];
            if next <= 0.0 || next == value {
                break;
            }
            let found = trial(next)?;
            let gain = found.mean() - reached;
            (value, reached) = (next, found.mean());
            trials.push(found);
            if gain <= 0.0 {
                break;
            }
        }
    }
    Ok(trials)
}

fn print_line(names: [&str; 2], knob: Knob, trials: &[Trial], best: &Trial) {
    let here = &trials[0];
    let least = best
        .psnr
        .iter()
        .zip(&here.psnr)
        .map(|(best, here)| best - here)
        .fold(f64::INFINITY, f64::min);
    let mut tried: Vec<&Trial> = trials.iter().collect();
    tried.sort_by(|a, b| a.value.total_cmp(&b.value));
    let tried: Vec<String> = tried
        .iter()
        .map(|trial| format!("{} {:.2}", short(trial.value), trial.mean()))
        .collect();
    println!(
        "| {} {} | {} | {} | {:.2} | {} | {:.2} | {:+.2} | {least:+.2} | {} |",
        names[1],
        names[0],
        knob.name(),
        short(here.value),
        here.mean(),
        short(best.value),
        best.mean(),
        best.mean() - here.mean(),
        tried.join(", "),
    );
}

/// At most two decimals, none where they are zero.
fn short(value: f64) -> String {
    ((100.0 * value).round() / 100.0).to_string()
}
