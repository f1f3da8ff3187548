//! Reading files of a model folder, and nothing outside it.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::{FileEntry, MANIFEST, Manifest};
use super::onnx_file;
use crate::runtime::FileId;
use crate::{Error, Result};

/// Largest manifest, in bytes (64 KiB).
const LARGEST_MANIFEST: u64 = 64 << 10;

/// A model folder whose manifest has been read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFolder {
    /// The folder, links resolved.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

impl ModelFolder {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// `Io` when the folder does not exist; `Model`, naming file and field, when the manifest is missing
    /// or wrong.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = dunce::canonicalize(folder).map_err(|source| Error::Io {
            path: folder.to_owned(),
            source,
        })?;
        let file = path.join(MANIFEST);
        let refuse = |reason: String| Error::Model {
            path: file.clone(),
            field: "file".to_owned(),
            reason,
        };
        let found = inside(&path, Path::new(MANIFEST)).map_err(refuse)?;
        let length = found.data.len();
        if length > LARGEST_MANIFEST {
            return Err(refuse(format!(
                "has {length} bytes; a manifest has at most {LARGEST_MANIFEST}"
            )));
        }
        let bytes = read(&found.path, length).map_err(refuse)?;
        let text = String::from_utf8(bytes).map_err(|_| refuse("is not UTF-8 text".to_owned()))?;
        let manifest = Manifest::parse(&text, &file)?;
        Ok(ModelFolder { path, manifest })
    }

    /// Identifies a network file, without reading it. `field` is its name in the manifest.
    ///
    /// # Errors
    /// `Model` when the file is missing, stands outside the folder or has another size.
    pub(super) fn identify(&self, field: &str, entry: &FileEntry) -> Result<FileId> {
        let refuse = |part: &str, reason| self.refuse(field, entry, part, reason);
        let found =
            inside(&self.path, Path::new(&entry.path)).map_err(|reason| refuse(".path", reason))?;
        let (length, expected) = (found.data.len(), entry.bytes);
        if length != expected {
            let reason = format!("the file has {length} bytes, the manifest says {expected}");
            return Err(refuse(".bytes", reason));
        }
        Ok(FileId {
            path: found.path,
            sha256: entry.sha256.to_ascii_lowercase(),
            bytes: length,
            modified: found.data.modified().ok(),
        })
    }

    /// The content of a network file: the very bytes whose size, hash and structure were checked.
    /// `field` is its name in the manifest.
    ///
    /// # Errors
    /// As [`identify`](Self::identify); `Model` when the content differs from the manifest, is no ONNX
    /// model or refers to other files.
    pub fn read_network(&self, field: &str, entry: &FileEntry) -> Result<Vec<u8>> {
        let refuse = |part: &str, reason| self.refuse(field, entry, part, reason);
        let id = self.identify(field, entry)?;
        let bytes = read(&id.path, id.bytes).map_err(|reason| refuse(".path", reason))?;
        let found = hex(&Sha256::digest(&bytes));
        if found != id.sha256 {
            let expected = id.sha256;
            let reason = format!("the file has {found}, the manifest says {expected}");
            return Err(refuse(".sha256", reason));
        }
        onnx_file::check(&bytes).map_err(|reason| refuse("", reason))?;
        Ok(bytes)
    }

    fn refuse(&self, field: &str, entry: &FileEntry, part: &str, reason: String) -> Error {
        Error::Model {
            path: self.path.join(&entry.path),
            field: format!("{field}{part}"),
            reason,
        }
    }
}

/// A regular file found inside a folder.
struct Inside {
    /// Links resolved.
    path: PathBuf,
    data: Metadata,
}

/// Finds a regular file inside `folder`, which has its links resolved.
fn inside(folder: &Path, path: &Path) -> std::result::Result<Inside, String> {
    let path = dunce::canonicalize(folder.join(path)).map_err(|error| error.to_string())?;
    if !path.starts_with(folder) {
        let reached = path.display();
        return Err(format!("leads out of the model folder, to {reached}"));
    }
    let data = path.metadata().map_err(|error| error.to_string())?;
    // A pipe would wait for its writer, a device has no size.
    match data.is_file() {
        true => Ok(Inside { path, data }),
        false => Err("is not a regular file".to_owned()),
    }
}

/// Reads a file that has `length` bytes.
fn read(path: &Path, length: u64) -> std::result::Result<Vec<u8>, String> {
    let size = usize::try_from(length).map_err(|_| format!("{length} bytes are too many"))?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size)
        .map_err(|_| format!("{length} bytes do not fit in memory"))?;
    File::open(path)
        .and_then(|file| file.take(length).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    match bytes.len() == size {
        true => Ok(bytes),
        false => Err("changed while it was read".to_owned()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
