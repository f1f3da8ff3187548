//! `cargo xtask test`: everything there is to check, step by step.

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Command;
use std::time::Instant;

use crate::beside::Beside;
use crate::{
    Result, c_test, compare, demo, dist, farm, files, floors, fuzz, gimp, model, openfx, paths,
    portable, python, release, runtime, second_hand, shell, wheel, wine,
};

/// One thing to check.
struct Step {
    name: &'static str,
    run: fn(&Settings) -> Result<()>,
}

struct Settings {
    /// Also what takes long: 24-megapixel pictures, long fuzzing, farm workers killed ten times, the builds for the
    /// oldest systems.
    full: bool,
    /// What was started early, by the name of its step.
    early: RefCell<HashMap<&'static str, Result<Beside>>>,
}

impl Settings {
    /// Starts the command of a step that comes later.
    fn start(&self, step: &'static str, command: Result<Command>) {
        let started = command.and_then(|mut command| Beside::start(step, &mut command));
        self.early.borrow_mut().insert(step, started);
    }

    /// Waits for the command of a step that was started.
    fn finish(&self, step: &str) -> Result<()> {
        match self.early.borrow_mut().remove(step) {
            Some(started) => started?.finish(),
            None => Err("it was not started".to_owned()),
        }
    }
}

const EXPORTERS: &str = "model exporters";
const TRAINING: &str = "model training";
const FARM: &str = "farm";
const COMPARISON: &str = "comparison";

const STEPS: &[Step] = &[
    Step {
        name: "ONNX Runtime",
        run: |_| runtime::install().map(drop),
    },
    Step {
        name: "models",
        run: |_| model::install_all(),
    },
    Step {
        name: "format",
        run: |_| shell::run(shell::cargo().args(["fmt", "--all", "--check"])),
    },
    Step {
        name: "lint",
        run: lint,
    },
    Step {
        name: "Rust tests",
        run: rust_tests,
    },
    Step {
        name: "golden arrays",
        run: golden,
    },
    Step {
        name: "demo",
        run: |_| demo::run(),
    },
    Step {
        name: "Rust example",
        run: rust_example,
    },
    Step {
        name: "files",
        run: |_| files::test(""),
    },
    Step {
        name: "C and C++",
        run: |_| c_test::run(),
    },
    Step {
        name: "GIMP",
        run: gimp_and_python,
    },
    Step {
        name: "OpenFX",
        run: openfx_and_farm,
    },
    Step {
        name: "Python package",
        run: |_| wheel::test(""),
    },
    Step {
        name: "versions",
        run: |_| release::versions(),
    },
    Step {
        name: "oldest systems",
        run: |_| floors::check_runtime(),
    },
    Step {
        name: "archives",
        run: archives,
    },
    Step {
        name: "Windows",
        run: windows,
    },
    Step {
        name: EXPORTERS,
        run: |settings| settings.finish(EXPORTERS),
    },
    Step {
        name: TRAINING,
        run: |settings| settings.finish(TRAINING),
    },
    Step {
        name: FARM,
        run: farms,
    },
    Step {
        name: "fuzzing",
        run: fuzzing,
    },
    Step {
        name: COMPARISON,
        run: |settings| settings.finish(COMPARISON),
    },
];

/// Runs every step, also after a failure, and prints which passed, each with its time.
///
/// # Errors
/// When a step failed.
pub fn run(full: bool) -> Result<()> {
    let settings = Settings {
        full,
        early: RefCell::default(),
    };
    shell::build_everything();
    match full {
        // The hosts are tested with what is shipped.
        true => portable::build_to_be_shipped(),
        false => shell::build_quickly(),
    }
    let mut lines = Vec::new();
    let mut failed = 0;
    for step in STEPS {
        println!("== {}", step.name);
        let start = Instant::now();
        let result = (step.run)(&settings);
        let seconds = start.elapsed().as_secs_f64();
        let verdict = match &result {
            Ok(()) => "passed".to_owned(),
            Err(message) => format!("FAILED: {message}"),
        };
        failed += usize::from(result.is_err());
        println!("== {}: {verdict} ({seconds:.0} s)", step.name);
        lines.push(format!("{:<18}{seconds:>6.0} s  {verdict}", step.name));
    }
    println!("\n{}", lines.join("\n"));
    println!("{} passed, {failed} failed", lines.len() - failed);
    match failed {
        0 => Ok(()),
        _ => Err("some checks failed".to_owned()),
    }
}

/// All that there is, then the program as it is shipped, without what only tests see.
fn lint(_: &Settings) -> Result<()> {
    for targets in [&["--workspace", "--all-targets"][..], &["-p", "dcdp-cli"]] {
        let mut command = shell::cargo();
        command.args(["clippy", "--release"]).args(targets);
        shell::run(command.args(["--", "-D", "warnings"]))?;
    }
    // A workspace of its own, whose lock is read last of all.
    let mut command = shell::cargo();
    command.args(["fetch", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    shell::run(command.current_dir(paths::root()))
}

fn rust_tests(settings: &Settings) -> Result<()> {
    let mut command = shell::cargo();
    command.args(["test", "--release", "--workspace"]);
    if let Some(library) = runtime::fetch_other()? {
        command.env("DCDP_TEST_OTHER_RUNTIME", library);
    }
    if settings.full {
        command.env("DCDP_TEST_FULL", "1");
        if let Some(library) = runtime::fetch_openvino()? {
            command.env("DCDP_TEST_OPENVINO", library);
        }
    }
    shell::run(&mut command)
}

fn fuzzing(settings: &Settings) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("skipped: tried on Linux only");
        return Ok(());
    }
    fuzz::run(if settings.full { 900 } else { 30 })
}

fn golden(_: &Settings) -> Result<()> {
    shell::run(example("golden")?.arg(paths::root().join("tests").join("golden")))
}

/// An example program, built.
fn example(name: &str) -> Result<Command> {
    shell::build(&["--example", name])?;
    let program = paths::release().join("examples").join(name);
    Ok(Command::new(
        program.with_extension(std::env::consts::EXE_EXTENSION),
    ))
}

/// Keeps `cargo xtask test` within 45 minutes on two cores.
fn left_to_full(command: &str) -> Result<()> {
    println!("skipped: takes long; `--full` runs it, and {command}");
    Ok(())
}

/// What `cargo xtask dist` makes, which holds every binary to its floor.
fn archives(settings: &Settings) -> Result<()> {
    if !settings.full {
        println!(
            "skipped: takes long; `--full` runs it, and `cargo xtask dist` with `test-archives`"
        );
        return Ok(());
    }
    dist::all()?;
    second_hand::test(None)
}

/// It compiles everything once more, and Rust's standard library.
fn windows(settings: &Settings) -> Result<()> {
    match settings.full {
        true => wine::test(),
        false => left_to_full("`cargo xtask test-windows`"),
    }
}

/// After the demo, which builds the program that compares.
fn rust_example(_: &Settings) -> Result<()> {
    let photos = paths::root().join("examples").join("photo");
    let noisy = photos.join("houses-noisy.png");
    let restored = paths::target().join("demo").join("houses-example.png");
    let mut command = example("restore")?;
    command.args([&noisy, &restored]);
    shell::run(command.args(["task=denoise", "noise=25"]))?;
    demo::check(demo::dcdp, &restored)
}

/// Its windows are waited for most of the time, which Python uses.
fn gimp_and_python(settings: &Settings) -> Result<()> {
    settings.start(EXPORTERS, exporters());
    settings.start(TRAINING, training());
    gimp::test("")
}

/// The farm's schedulers are waited for most of the time, and the comparison needs one core.
fn openfx_and_farm(settings: &Settings) -> Result<()> {
    if cfg!(target_os = "linux") {
        settings.start(FARM, farm::tests("", settings.full));
    }
    settings.start(COMPARISON, compare::tests());
    openfx::test("")
}

fn farms(settings: &Settings) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("skipped: the schedulers run on Linux only");
        return Ok(());
    }
    settings.finish(FARM)
}

fn exporters() -> Result<Command> {
    let mut command = python::with_torch()?;
    command.args(["-m", "pytest", "--quiet", "tests"]);
    command.current_dir(paths::root().join("models").join("export"));
    Ok(command)
}

fn training() -> Result<Command> {
    let mut command = python::with_torch()?;
    command.args(["train.py", "--smoke"]);
    command.current_dir(paths::root().join("models").join("train"));
    Ok(command)
}
