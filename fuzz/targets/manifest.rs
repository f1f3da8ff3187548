//! The manifest reader: any text is a manifest in order or an error that names file and field.
#![no_main]

use std::path::Path;

use dcdp::Error;
use dcdp::priors::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Manifest::parse(text, Path::new("model.toml")) {
        Ok(manifest) => assert!(!manifest.name.is_empty()),
        Err(Error::Model { path, field, .. }) => {
            assert_eq!(path, Path::new("model.toml"));
            assert!(!field.is_empty());
        }
        Err(other) => panic!("{other:?}"),
    }
});
