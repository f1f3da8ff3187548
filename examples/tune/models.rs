//! Every model on every task.

use dcdp::priors::{self, PriorKind};
use dcdp::request::{Constants, PresetName, TaskKind, word};
use dcdp::testing::plan::MODELS;

use crate::bench::{Bench, Score, Variant};
use crate::measure::Outcome;
use crate::table::{Line, Reached, order};

/// The installed models of pictures, by name; consistency and latent models are taken by name only.
pub fn installed() -> Vec<String> {
    priors::list()
        .into_iter()
        .filter_map(|(_, folder)| Some(folder.ok()?.manifest))
        .filter(|manifest| manifest.kind == PriorKind::Pixel)
        .map(|manifest| manifest.name)
        .collect()
}

/// Prints a table of every row and, in bold, every task, and returns the latter.
pub fn compare(
    bench: &Bench,
    preset: PresetName,
    tasks: &[TaskKind],
    models: &[String],
) -> Outcome<Vec<Line>> {
    println!("\n| {} | measured | {} |", word(preset), models.join(" | "));
    println!("|---|---|{}", "---|".repeat(models.len()));
    let mut lines = Vec::new();
    for &task in tasks {
        let places = bench.of_task(task);
        let Some(&first) = places.first() else {
            continue;
        };
        let mut scores: Vec<Vec<Score>> = Vec::new();
        for model in models {
            let variant = Variant {
                preset,
                constants: Constants::default(),
                model: Some(model),
            };
            bench.warm_up(first, &variant)?;
            let score = |&place: &usize| bench.score(place, &variant);
            scores.push(places.iter().map(score).collect::<Outcome<_>>()?);
        }
        for (index, &place) in places.iter().enumerate() {
            let cells: Vec<Score> = scores.iter().map(|model| model[index]).collect();
            print_line(bench.row(place).name, bench.before(place), &cells);
        }
        let before: f64 = places.iter().map(|&place| bench.before(place)).sum();
        let means: Vec<Score> = scores.iter().map(|scores| Score::mean(scores)).collect();
        let name = format!("**{}**", word(task));
        print_line(&name, before / places.len() as f64, &means);
        let reached = |(model, score): (&String, &Score)| Reached {
            model: model.clone(),
            psnr: score.psnr,
            milliseconds: score.milliseconds,
        };
        let mut reached: Vec<Reached> = models.iter().zip(&means).map(reached).collect();
        reached.sort_by_key(|reached| standing(task, preset, &reached.model));
        order(preset, &mut reached);
        lines.push(Line {
            task,
            preset,
            models: reached,
        });
    }
    Ok(lines)
}

/// The place of a model in the present table, the last where it has none.
fn standing(task: TaskKind, preset: PresetName, model: &str) -> usize {
    MODELS
        .iter()
        .find(|row| (row.task, row.preset) == (task, preset))
        .and_then(|row| {
            row.models
                .iter()
                .position(|measured| measured.model == model)
        })
        .unwrap_or(usize::MAX)
}

fn print_line(name: &str, before: f64, scores: &[Score]) {
    let cell = |score: &Score| format!("{:.2} dB, {:.0} ms", score.psnr, score.milliseconds);
    let cells: Vec<String> = scores.iter().map(cell).collect();
    println!("| {name} | {before:.2} dB | {} |", cells.join(" | "));
}
