//! The recorded arrays, through the same code that `examples/golden.rs` gives to everyone.

use std::path::Path;

#[allow(dead_code)] // Its `main` is not used here.
#[path = "../../examples/golden.rs"]
mod example;

#[test]
fn every_recorded_array_is_matched() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    assert_eq!(example::run(&folder).unwrap(), 0);
}

#[test]
fn a_wrong_array_is_noticed() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = tempfile::tempdir().unwrap();
    let index = std::fs::read_to_string(source.join("index.json")).unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&index).unwrap();
    let entry = entries
        .iter()
        .find(|entry| entry["file"] == "measure_super_resolution_x4.npy")
        .unwrap();
    std::fs::copy(source.join("image.npy"), folder.path().join("image.npy")).unwrap();
    let file = "measure_super_resolution_x4.npy";
    let mut bytes = std::fs::read(source.join(file)).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&7.0_f32.to_le_bytes());
    std::fs::write(folder.path().join(file), bytes).unwrap();
    let index = serde_json::to_string(&[entry]).unwrap();
    std::fs::write(folder.path().join("index.json"), index).unwrap();
    assert_eq!(example::run(folder.path()).unwrap(), 1);
}
