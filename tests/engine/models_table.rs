//! The table that `model = auto` goes by: that it is as examples/tune writes it, and that `auto` follows it.

#[path = "../../examples/tune/table.rs"]
mod table;

use dcdp::priors::find;
use dcdp::request::{Options, PresetName, Request, TaskKind, Words, word};
use dcdp::testing::plan::{MODELS, Models, choose_model};
use ndarray::Array2;
use table::{Line, Reached, order, rendered, replaced};

const FILE: &str = include_str!("../../src/plan/models_table.rs");

fn line(row: &Models) -> Line {
    let reached = |measured: &dcdp::testing::plan::Measured| Reached {
        model: measured.model.to_owned(),
        psnr: measured.psnr,
        milliseconds: measured.milliseconds,
    };
    Line {
        task: row.task,
        preset: row.preset,
        models: row.models.iter().map(reached).collect(),
    }
}

fn names(models: &[Reached]) -> Vec<&str> {
    models.iter().map(|model| model.model.as_str()).collect()
}

fn chosen(task: TaskKind, preset: PresetName, settings: &[(&str, &str)]) -> String {
    let mut options = Options::new();
    options.set_mask(Some(Array2::ones((4, 4))));
    options.set_string("task", word(task)).unwrap();
    options.set_string("preset", word(preset)).unwrap();
    for (name, value) in settings {
        options.set_string(name, value).unwrap();
    }
    choose_model(&Request::parse(&options).unwrap())
}

#[test]
fn the_table_is_as_the_example_writes_it() {
    let lines: Vec<Line> = MODELS.iter().map(line).collect();
    let rows = |text: &str| -> Vec<String> {
        let row = |line: &&str| line.starts_with("    row(");
        text.lines().filter(row).map(str::to_owned).collect()
    };
    let text = rendered(&lines);
    assert_eq!(rows(&text), rows(FILE));
    let again = replaced(FILE, "Anew.", &text).unwrap();
    assert_eq!(rows(&again), rows(FILE));
    assert!(again.contains("    // Anew.\n"));
}

#[test]
fn models_stand_in_the_order_of_what_they_reached() {
    for row in MODELS {
        let line = line(row);
        let mut again = line.models.clone();
        order(row.preset, &mut again);
        assert_eq!(
            names(&again),
            names(&line.models),
            "{:?} {:?}",
            row.task,
            row.preset
        );
    }
}

#[test]
fn what_is_clearly_better_moves_up_and_fast_takes_the_fastest_of_those_that_lose_little() {
    let reached = |model: &str, psnr, milliseconds| Reached {
        model: model.to_owned(),
        psnr,
        milliseconds,
    };
    let mut models = [reached("before", 32.0, 0.0), reached("even", 32.04, 0.0)];
    order(PresetName::Default, &mut models);
    assert_eq!(names(&models), ["before", "even"]);
    let mut models = [
        reached("slow", 32.0, 300.0),
        reached("quick", 31.5, 100.0),
        reached("bad", 25.0, 10.0),
    ];
    order(PresetName::Fast, &mut models);
    assert_eq!(names(&models), ["quick", "slow", "bad"]);
    order(PresetName::Default, &mut models);
    assert_eq!(names(&models), ["slow", "quick", "bad"]);
}

#[test]
fn auto_takes_the_first_installed_model_of_the_row() {
    for &(task, name) in TaskKind::WORDS {
        for preset in [PresetName::Default, PresetName::Fast] {
            let rows: Vec<&Models> = MODELS
                .iter()
                .filter(|row| (row.task, row.preset) == (task, preset))
                .collect();
            assert_eq!(rows.len(), 1, "{name} {preset:?}");
            let mut installed = rows[0].models.iter().map(|measured| measured.model);
            let first = installed.find(|model| find(model).is_ok()).unwrap();
            assert_eq!(chosen(task, preset, &[]), first, "{name} {preset:?}");
        }
        assert_eq!(
            chosen(task, PresetName::Best, &[]),
            chosen(task, PresetName::Default, &[])
        );
        // What needs a diffusion model gets it, whatever was measured.
        assert_eq!(chosen(task, PresetName::Paper, &[]), "photo");
        for needs in [("sampler", "ddim"), ("t_start", "300"), ("schedule", "log")] {
            assert_eq!(chosen(task, PresetName::Default, &[needs]), "photo");
        }
        assert_eq!(
            chosen(task, PresetName::Fast, &[("model", "ffdnet")]),
            "ffdnet"
        );
    }
}
