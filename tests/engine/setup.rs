//! Options for the models of the tests.

use std::path::{Path, PathBuf};

use dcdp::Options;

pub const PHOTO: &str = "models/photo";
pub const TINY: &str = "tests/data/tiny-prior";

/// A file or folder of the project.
pub fn path(within: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(within)
}

pub fn options(model: &str, settings: &[(&str, &str)]) -> Options {
    let mut options = Options::new();
    let model = path(model);
    options
        .set_string("model", model.to_str().unwrap())
        .unwrap();
    for (name, value) in settings {
        options.set_string(name, value).unwrap();
    }
    options
}
