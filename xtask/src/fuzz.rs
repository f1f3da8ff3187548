//! Coverage-guided fuzzing with libFuzzer and AddressSanitizer, on the stable compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};

use crate::{Result, paths, shell};

const TARGETS: [&str; 5] = ["manifest", "picture", "files", "jpeg", "capi"];

/// The crates that are fuzzed: ours, and those that read pictures. Instrumenting the others takes minutes and
/// finds nothing; those that build scripts use as well, such as `toml`, cannot be.
const INSTRUMENTED: [&str; 16] = [
    "dcdp",
    "manifest",
    "picture",
    "files",
    "jpeg",
    "capi",
    "image",
    "png",
    "zune_jpeg",
    "zune_core",
    "tiff",
    "image_webp",
    "exr",
    "moxcms",
    "ruzstd",
    "libjpeg_turbo_rs",
];

/// What `cargo fuzz` gives the compiler; coverage is stable, the sanitizer needs RUSTC_BOOTSTRAP.
const FLAGS: [&str; 7] = [
    "--cfg=fuzzing",
    "-Zsanitizer=address",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
];

/// Set while cargo calls this program in place of the compiler.
const WRAPPING: &str = "DCDP_FUZZ_WRAPPER";

/// The compiler's exit code, when cargo calls this program in its place: with the compiler and its arguments.
pub fn as_compiler() -> Option<ExitCode> {
    std::env::var_os(WRAPPING)?;
    let mut arguments = std::env::args_os().skip(1);
    let mut command = Command::new(arguments.next()?);
    let arguments: Vec<_> = arguments.collect();
    let name = arguments
        .iter()
        .position(|argument| argument == "--crate-name")
        .and_then(|position| arguments.get(position + 1));
    command.args(&arguments);
    if name.is_some_and(|name| INSTRUMENTED.iter().any(|known| name == known)) {
        command.args(FLAGS).env("RUSTC_BOOTSTRAP", "1");
    }
    Some(match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    })
}

/// Fuzzes every target at the same time for `seconds`, beginning with the committed corpus.
///
/// # Errors
/// When a target finds something; what it found lies in `fuzz/artifacts`.
pub fn run(seconds: u32) -> Result<()> {
    let programs = build()?;
    let artifacts = paths::root().join("fuzz").join("artifacts");
    shell::make_folder(&artifacts)?;
    let mut running = Vec::new();
    for name in TARGETS {
        running.push((
            name,
            start(&programs.join(name), name, &artifacts, seconds)?,
        ));
    }
    let mut failed = Vec::new();
    for (name, mut child) in running {
        let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
        if !status.success() {
            failed.push(name);
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the fuzzer found something in {}; see {}",
            failed.join(", "),
            artifacts.display()
        )),
    }
}

/// Builds the targets; the folder they stand in.
fn build() -> Result<PathBuf> {
    let target = paths::target().join("fuzz");
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    shell::run(
        shell::cargo()
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(paths::root().join("fuzz").join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
            .env("RUSTC_WRAPPER", own)
            .env(WRAPPING, "1"),
    )?;
    Ok(target.join("release"))
}

fn start(program: &Path, name: &str, artifacts: &Path, seconds: u32) -> Result<Child> {
    let found = paths::target().join("fuzz").join("corpus").join(name);
    let log = paths::target().join("fuzz").join(format!("{name}.log"));
    shell::make_folder(&found)?;
    let output = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    eprintln!("fuzzing {name} for {seconds} s; log in {}", log.display());
    Command::new(program)
        .arg(format!("-max_total_time={seconds}"))
        // A small file may well describe a picture that takes a while, and up to 4 GiB.
        .args([
            "-timeout=120",
            "-rss_limit_mb=8192",
            "-malloc_limit_mb=4352",
        ])
        .arg(format!("-artifact_prefix={}/{name}-", artifacts.display()))
        // New inputs go to the first folder.
        .arg(&found)
        .arg(paths::root().join("fuzz").join("corpus").join(name))
        .stderr(output)
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))
}
