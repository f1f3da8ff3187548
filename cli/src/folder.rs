//! The pictures of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use dcdp::image::{Document, FileFormat};
use dcdp::{Error, Result};

/// Endings of pictures that are not read: in a folder, they are named rather than passed over.
const UNREAD: [&str; 20] = [
    "avif", "heic", "heif", "jxl", "jp2", "gif", "bmp", "psd", "xcf", "hdr", "dng", "nef", "cr2",
    "cr3", "arw", "raf", "orf", "rw2", "tga", "ppm",
];

/// Why a file among several is left out.
pub fn why_not(input: PathBuf) -> (PathBuf, Error) {
    let error = match Document::open(&input) {
        Err(error) => error,
        Ok(_) => Error::File {
            path: input.clone(),
            reason: "its name says no picture format; give --format to write its result".to_owned(),
        },
    };
    (input, error)
}

/// The pictures of a folder by their names' endings, in the order of their names, without hidden ones;
/// and those of formats that are not read.
///
/// # Errors
/// `Io` when it cannot be read; `File` when it holds none.
pub fn pictures_in(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let io = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden || !path.is_file() {
            continue;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        if FileFormat::of_name(&path).is_ok() {
            found.push(path);
        } else if UNREAD.contains(&ending.to_ascii_lowercase().as_str()) {
            unread.push(path);
        }
    }
    if found.is_empty() {
        return Err(Error::File {
            path: folder.to_owned(),
            reason: "holds no pictures; they end in .png, .jpg, .tif, .webp or .exr".to_owned(),
        });
    }
    found.sort();
    unread.sort();
    Ok((found, unread))
}
