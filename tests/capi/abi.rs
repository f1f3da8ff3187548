//! What the shared library shows to the linker and the loader.

use std::process::Command;

use crate::build::{library, succeed};

#[test]
fn library_exports_the_header_and_nothing_else() {
    let listed = succeed(
        Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(library()),
    );
    let names: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    let header = include_str!("../../include/dcdp.h");
    for name in &names {
        assert!(name.starts_with("dcdp_"), "{name} is exported");
        let declared = header.contains(&format!("{name}("));
        assert!(declared, "{name} is not in the header");
    }
    let declared = header
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '('))
        .filter_map(|word| word.strip_suffix('('))
        .filter(|word| word.starts_with("dcdp_"));
    for name in declared {
        assert!(names.contains(&name), "{name} is not exported");
    }
}

#[test]
fn library_has_a_soname_and_stays_loaded() {
    let dynamic = succeed(Command::new("readelf").args(["-dW"]).arg(library()));
    assert!(
        dynamic.contains("soname: [libdcdp.so.0]"),
        "no soname: {dynamic}"
    );
    assert!(dynamic.contains("NODELETE"), "not NODELETE: {dynamic}");
}
