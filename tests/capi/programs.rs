//! C and C++ programs that use the library in earnest, plain and under the sanitizers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{Program, full, library, root, succeed};

/// Runs a program twice: alone, and under the sanitizers.
fn both(name: &str, arguments: &[&str]) {
    for sanitized in [false, true] {
        Program::compile(&format!("tests/capi/{name}"), sanitized).run(arguments);
    }
}

#[test]
fn every_pixel_format_and_layout() {
    both("formats.c", &[]);
}

#[test]
fn every_task() {
    both("tasks.c", &[]);
}

#[test]
fn what_a_picture_shows() {
    let folder = tempfile::tempdir().unwrap();
    let file = root().join("tests/data/jpeg/trace-420.jpg");
    let pixels = folder.path().join("pixels.ppm");
    let picture = image::open(&file).unwrap().into_rgb8();
    let (width, height) = picture.dimensions();
    let mut ppm = format!("P6\n{width} {height}\n255\n").into_bytes();
    ppm.extend(picture.as_raw());
    std::fs::write(&pixels, ppm).unwrap();
    both(
        "shown.c",
        &[file.to_str().unwrap(), pixels.to_str().unwrap()],
    );
}

#[test]
fn masks_of_every_kind() {
    both("masks.c", &[]);
}

#[test]
fn the_uncertainty_of_a_restoration() {
    both("uncertainty.c", &[]);
}

#[test]
fn operators_of_the_caller() {
    both("operators.c", &[]);
}

#[test]
fn hostile_calls() {
    both("hostile.c", &[]);
}

#[test]
fn cpp_wrapper() {
    both("wrapper.cpp", &[]);
}

#[test]
fn eight_threads_restore_and_cancel_at_random() {
    both("threads.c", &[if full() { "60" } else { "3" }]);
}

#[test]
fn loading_and_unloading_fifty_times() {
    let library = library();
    both("reload.c", &[library.to_str().unwrap()]);
}

/// What was compiled once runs with every later library.
#[cfg(target_arch = "x86_64")]
#[test]
fn an_old_program_runs_with_this_library() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(library(), folder.path().join("libdcdp.so.0")).unwrap();
    let program = root().join("tests/capi/old/program");
    succeed(
        Command::new(program)
            .env("LD_LIBRARY_PATH", folder.path())
            .env("DCDP_TEST_MODEL", root().join("tests/data/tiny-prior")),
    );
}

/// The latency is printed, not asserted.
#[test]
fn cancelling_ends_early_from_another_thread() {
    both("cancel.c", &["96", "4", "0.2"]);
}

/// Twice from C and once from the command line: the same bytes.
#[test]
fn c_gives_the_bytes_of_the_command_line() {
    let photo = root().join("examples/photo/houses-crop-noisy.ppm");
    let ppm = std::fs::read(&photo).unwrap();
    let header = b"P6\n128 96\n255\n";
    let samples = ppm.strip_prefix(header).unwrap().to_vec();
    let folder = tempfile::tempdir().unwrap();
    let (png, restored) = (folder.path().join("in.png"), folder.path().join("out.png"));
    let picture = image::RgbImage::from_raw(128, 96, samples).unwrap();
    picture.save(&png).unwrap();

    let tiny = root().join("tests/data/tiny-prior");
    let program = Program::compile("examples/c/restore.c", false);
    for settings in [
        &[
            "task=denoise",
            "noise=25",
            "seed=7",
            "preset=paper",
            "rounds=3",
        ][..],
        &[
            "task=super-resolve",
            "scale=2",
            "seed=8",
            "model=photo",
            "rounds=2",
        ],
    ] {
        let mut settings = settings.to_vec();
        let model = format!("model={}", tiny.display());
        if !settings.contains(&"model=photo") {
            settings.push(&model);
        }
        let from_c = || {
            let output = folder.path().join("out.ppm");
            let mut arguments = vec![photo.to_str().unwrap(), output.to_str().unwrap()];
            arguments.extend(&settings);
            program.run(&arguments);
            std::fs::read(&output).unwrap()
        };
        let first = from_c();
        assert_eq!(first, from_c(), "{settings:?}");
        let mut command = Command::new(command_line());
        command.arg("restore").arg(&png).arg("-o").arg(&restored);
        command.env("DCDP_MODEL_PATH", root().join("models"));
        for setting in &settings {
            let (name, value) = setting.split_once('=').unwrap();
            command.args([&format!("--{name}"), value]);
        }
        succeed(&mut command);
        let pixels = image::open(&restored).unwrap().into_rgb8();
        let (width, height) = pixels.dimensions();
        let mut expected = format!("P6\n{width} {height}\n255\n").into_bytes();
        expected.extend(pixels.as_raw());
        assert!(first == expected, "{settings:?} differs from dcdp restore");
        std::fs::remove_file(&restored).unwrap();
    }
}

/// An ONNX Runtime that is not the library's own: the one in the environment variable, of another
/// version, or a copy of ours.
#[test]
fn a_host_with_another_runtime_keeps_working() {
    let folder = tempfile::tempdir().unwrap();
    let other = std::env::var_os("DCDP_TEST_OTHER_RUNTIME").map_or_else(
        || {
            let copy = folder.path().join("libhost.so");
            std::fs::copy(own_runtime(), &copy).unwrap();
            copy
        },
        PathBuf::from,
    );
    both("host_runtime.c", &[other.to_str().unwrap()]);
}

/// Where cargo puts built programs.
fn built() -> PathBuf {
    let library = library();
    library.parent().and_then(Path::parent).unwrap().to_owned()
}

/// The command line, a package of its own.
fn command_line() -> PathBuf {
    let program = built().join("dcdp");
    assert!(
        program.is_file(),
        "{}: missing; test the whole workspace, or build dcdp-cli",
        program.display()
    );
    program
}

/// The ONNX Runtime beside the built programs.
fn own_runtime() -> PathBuf {
    let folder = built();
    let entries = std::fs::read_dir(&folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("libonnxruntime."))
        .unwrap_or_else(|| panic!("no ONNX Runtime in {}", folder.display()))
}
