//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// A file written aside, in the folder of its target. Dropping it unpublished leaves nothing behind.
#[derive(Debug)]
pub struct StagedFile {
    target: PathBuf,
    writer: BufWriter<NamedTempFile>,
}

impl StagedFile {
    /// Starts a file that is to become `target`.
    ///
    /// # Errors
    /// `Io` when the folder does not exist or is not writable, `File` when `target` is a folder.
    pub fn create(target: &Path) -> Result<Self> {
        if target.is_dir() {
            return Err(Error::File {
                path: target.to_owned(),
                reason: "is a folder; give the name of a file".to_owned(),
            });
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dcdp-").suffix(".part");
        // As any program's new file; the umask applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| Error::Io {
            path: folder.to_owned(),
            // The name of the temporary file would only confuse.
            source: error.kind().into(),
        })?;
        Ok(StagedFile {
            target: target.to_owned(),
            writer: BufWriter::new(file),
        })
    }

    /// Gives the file its name, replacing a file of that name.
    ///
    /// # Errors
    /// `Io` when the last bytes cannot be written or the file cannot be renamed.
    pub fn publish(self) -> Result<()> {
        let Self { target, writer } = self;
        let io = |source| Error::Io {
            path: target.clone(),
            source,
        };
        let file = writer
            .into_inner()
            .map_err(|error| io(error.into_error()))?;
        file.persist(&target).map_err(|error| io(error.error))?;
        Ok(())
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

impl Seek for StagedFile {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.writer.seek(position)
    }
}

/// A file opened for reading, with its path for messages.
pub(super) fn open(path: &Path) -> Result<File> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(Error::File {
            path: path.to_owned(),
            reason: "is a folder; give the name of a picture".to_owned(),
        });
    }
    if metadata.len() == 0 && metadata.is_file() {
        return Err(Error::File {
            path: path.to_owned(),
            reason: "the file is empty".to_owned(),
        });
    }
    Ok(file)
}
