//! C and C++ programs that use the library in earnest, plain and under the sanitizers.

use std::path::{Path, PathBuf};

use crate::build::{Program, full, library};

/// Runs a program twice: alone, and under the sanitizers.
fn both(name: &str, arguments: &[&str]) {
    for sanitized in [false, true] {
        Program::compile(name, sanitized).run(arguments);
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

/// The latency is printed, not asserted.
#[test]
fn cancelling_ends_early_from_another_thread() {
    both("cancel.c", &["96", "4", "0.2"]);
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

/// The ONNX Runtime beside the built programs.
fn own_runtime() -> PathBuf {
    let folder = library()
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .to_owned();
    let entries = std::fs::read_dir(&folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("libonnxruntime."))
        .unwrap_or_else(|| panic!("no ONNX Runtime in {}", folder.display()))
}
