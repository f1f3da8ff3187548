//! Where results go.

use std::path::{Path, PathBuf};

use super::FileFormat;
use crate::Result;

/// A file that results go to: its name, format and quality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub(super) path: PathBuf,
    pub(super) format: FileFormat,
    pub(super) jpeg_quality: u8,
}

impl Output {
    /// The file at `path` (`-` is standard output), in `format` or else the one its name stands for.
    /// `jpeg_quality` is 1…100.
    ///
    /// # Errors
    /// `InvalidOption` for a name of no known format without a `format`.
    pub fn new(path: &Path, format: Option<FileFormat>, jpeg_quality: u8) -> Result<Self> {
        let format = match format {
            Some(format) => format,
            None => FileFormat::of_name(path)?,
        };
        Ok(Output {
            path: path.to_owned(),
            format,
            jpeg_quality,
        })
    }

    /// Where it goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// In which format.
    pub fn format(&self) -> FileFormat {
        self.format
    }
}
