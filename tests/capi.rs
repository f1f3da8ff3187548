//! The header and the library as C and C++ programs see them.
#![cfg(all(feature = "capi", unix))]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo puts the libraries: two above the test program in `deps`.
fn release() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.parent().unwrap().parent().unwrap().to_owned()
}

fn succeed(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{error}",
        output.status
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn committed_header_is_the_generated_one() {
    let committed = std::fs::read_to_string(root().join("include/dcdp.h")).unwrap();
    let generated = include_str!(concat!(env!("OUT_DIR"), "/dcdp.h"));
    assert!(
        committed == generated,
        "include/dcdp.h differs from src/capi; build with DCDP_UPDATE_HEADER=1"
    );
}

#[test]
fn header_is_clean_in_c_and_cpp() {
    let folder = tempfile::tempdir().unwrap();
    for (compiler, standard, file) in [
        ("cc", "c99", "one.c"),
        ("cc", "c11", "one.c"),
        ("c++", "c++11", "one.cpp"),
        ("c++", "c++17", "one.cpp"),
    ] {
        let source = folder.path().join(file);
        std::fs::write(
            &source,
            "#include \"dcdp.h\"\nint one(void);\nint one(void) { return DCDP_CANCELLED; }\n",
        )
        .unwrap();
        succeed(
            Command::new(compiler)
                .arg(format!("-std={standard}"))
                .args([
                    "-Wall",
                    "-Wextra",
                    "-Wpedantic",
                    "-Werror",
                    "-fsyntax-only",
                    "-I",
                ])
                .arg(root().join("include"))
                .arg(source),
        );
    }
}

#[test]
fn c_program_relies_on_layouts_and_errors() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("layout");
    let soname = folder.path().join("libdcdp.so.0");
    std::os::unix::fs::symlink(release().join("libdcdp.so"), &soname).unwrap();
    succeed(
        Command::new("cc")
            .args([
                "-std=c99",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-I",
            ])
            .arg(root().join("include"))
            .arg(root().join("tests/capi/layout.c"))
            .arg("-o")
            .arg(&program)
            .arg(&soname)
            .arg(format!("-Wl,-rpath,{}", folder.path().display())),
    );
    succeed(&mut Command::new(&program));
}

#[test]
fn library_exports_the_header_and_nothing_else() {
    let library = release().join("libdcdp.so");
    let listed = succeed(
        Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(library),
    );
    let names: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    let header = include_str!("../include/dcdp.h");
    assert!(names.len() > 20, "{listed}");
    for name in names {
        assert!(name.starts_with("dcdp_"), "{name} is exported");
        assert!(
            header.contains(&format!("{name}(")),
            "{name} is not in the header"
        );
    }
}
