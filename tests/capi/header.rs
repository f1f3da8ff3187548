//! The header: generated, committed, clean in every dialect.

use crate::build::{Program, compiler, root, succeed};

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
fn headers_are_clean_in_c_and_cpp() {
    let folder = tempfile::tempdir().unwrap();
    for (standard, file, header) in [
        ("c99", "one.c", "dcdp.h"),
        ("c11", "one.c", "dcdp.h"),
        ("c++11", "one.cpp", "dcdp.h"),
        ("c++17", "one.cpp", "dcdp.hpp"),
        ("c++20", "one.cpp", "dcdp.hpp"),
    ] {
        let source = folder.path().join(file);
        let text = format!(
            "#include \"{header}\"\nint one(void);\nint one(void) {{ return DCDP_CANCELLED; }}\n"
        );
        std::fs::write(&source, text).unwrap();
        succeed(
            compiler(&source)
                .arg(format!("-std={standard}"))
                .arg("-fsyntax-only")
                .arg(source),
        );
    }
}

#[test]
fn c_program_relies_on_layouts_and_errors() {
    Program::compile("tests/capi/layout.c", false).run(&[]);
}
