//! The readers of kernels and masks: any bytes are a picture or an error. The first byte chooses.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use dcdp::Error;
use dcdp::image::{read_kernel, read_mask};
use libfuzzer_sys::fuzz_target;

/// One file of this process, in memory where the system has that.
fn file() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let shared = PathBuf::from("/dev/shm");
        let folder = if shared.is_dir() {
            shared
        } else {
            std::env::temp_dir()
        };
        folder.join(format!("dcdp-fuzz-{}", std::process::id()))
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, picture)) = bytes.split_first() else {
        return;
    };
    std::fs::write(file(), picture).expect("the file can be written");
    let result = match choice % 2 {
        0 => read_kernel(file()),
        _ => read_mask(file()),
    };
    let _ = std::fs::remove_file(file());
    match result {
        Ok(values) => {
            assert!(!values.is_empty());
            if choice % 2 == 0 {
                assert!(values.sum() > 0.0);
            }
        }
        Err(Error::Io { .. } | Error::File { .. } | Error::InvalidOption { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
});
