//! Files that are no pictures, and pictures that no file can hold, are refused by name.

use std::fs;
use std::path::{Path, PathBuf};

use dcdp::image::{ImageFile, Output, read_kernel};
use image::ExtendedColorType;

use crate::files::{copy, samples};

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn refusal(path: &Path) -> String {
    let error = ImageFile::read(path).unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "{error}");
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn bad_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    refusal(&path("missing.png"));
    refusal(folder.path());
    fs::write(path("empty.png"), b"").unwrap();
    assert!(refusal(&path("empty.png")).contains("empty"));
    fs::write(path("text.png"), b"This is not a picture.").unwrap();
    assert!(refusal(&path("text.png")).contains("not a picture"));
    fs::write(path("huge.png"), png_of_size(100_000, 100_000)).unwrap();
    assert!(refusal(&path("huge.png")).contains("65535"));
    fs::write(path("large.png"), png_of_size(60_000, 40_000)).unwrap();
    assert!(refusal(&path("large.png")).contains("4096 MiB"));
    let error = read_kernel(&path("large.png")).unwrap_err().to_string();
    assert!(
        error.contains("60000x40000") && error.contains("256 MiB"),
        "{error}"
    );
}

/// The start of a PNG that says it has so many RGB pixels.
fn png_of_size(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0]);
    let crc = bytes[12..].iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    });
    bytes.extend((!crc).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    bytes
}

#[test]
fn truncated_files_are_refused_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let pixels = samples(40 * 30 * 3);
    let source = folder.path().join("in.png");
    image::save_buffer(&source, &pixels, 40, 30, ExtendedColorType::Rgb8).unwrap();
    for extension in ["png", "jpg", "tif", "webp", "exr"] {
        let whole = folder.path().join(format!("whole.{extension}"));
        copy(&source, &whole).unwrap();
        ImageFile::read(&whole).unwrap();
        let bytes = fs::read(&whole).unwrap();
        let cut = folder.path().join(format!("cut.{extension}"));
        for length in [bytes.len() / 2, 40] {
            fs::write(&cut, &bytes[..length]).unwrap();
            refusal(&cut);
        }
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in.png");
    image::save_buffer(&source, &[1, 2, 3, 4], 1, 1, ExtendedColorType::Rgba8).unwrap();
    let error = copy(&source, &folder.path().join("out.jpg")).unwrap_err();
    assert!(error.to_string().contains("alpha"), "{error}");
    let error = copy(&source, &folder.path().join("out.bmp")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains(".png"),
        "{error}"
    );
    let error = copy(&source, &folder.path().join("no/such/folder/out.png")).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
    let file = ImageFile::read(&source).unwrap();
    let error = file
        .for_result(
            &Output::new(Path::new("out.webp"), None, 95).unwrap(),
            (20_000, 1),
        )
        .unwrap_err();
    assert!(error.to_string().contains("16383"), "{error}");
    assert_eq!(names_in(folder.path()), ["in.png"]);
}

#[test]
fn an_unpublished_file_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in.png");
    image::save_buffer(&source, &[1, 2, 3], 1, 1, ExtendedColorType::Rgb8).unwrap();
    let target = folder.path().join("out.png");
    let file = ImageFile::read(&source).unwrap();
    let output = Output::new(&target, None, 95).unwrap();
    let result = file.for_result(&output, (1, 1)).unwrap();
    let staged = result.stage(&output).unwrap();
    assert!(!target.exists());
    drop(staged);
    assert_eq!(names_in(folder.path()), ["in.png"]);
}
