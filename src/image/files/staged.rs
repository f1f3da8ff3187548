//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::aside::Aside;
use super::source::STANDARD;
use crate::{Error, Result};

/// A file written aside, in the folder of its target. Dropping it unpublished leaves nothing behind.
///
/// A file that it replaces keeps its mode, its owner and every name that links to it (on Windows, the names).
#[derive(Debug)]
pub struct StagedFile {
    target: Target,
    /// The name as given, for messages.
    name: PathBuf,
    writer: BufWriter<Aside>,
}

/// Where the bytes go in the end.
#[derive(Debug)]
enum Target {
    /// Standard output.
    Standard,
    /// A file that does not exist yet, or is replaced under its one name.
    Renamed(PathBuf),
    /// A file that is written over where it lies: it has other names, or an owner that a new file
    /// cannot be given.
    Rewritten(PathBuf),
}

impl StagedFile {
    /// Starts a file that is to become `target`, or go to standard output for `-`.
    ///
    /// # Errors
    /// `Io` when the folder is not writable; `File` when it does not exist, or when `target` is a folder
    /// or write-protected.
    pub fn create(target: &Path) -> Result<Self> {
        let refuse = |reason: &str| Error::File {
            path: target.to_owned(),
            reason: reason.to_owned(),
        };
        if target == Path::new(STANDARD) {
            let file = Aside::anywhere().map_err(|source| io_at(target, source))?;
            return Ok(StagedFile {
                target: Target::Standard,
                name: target.to_owned(),
                writer: BufWriter::new(file),
            });
        }
        if target.is_dir() {
            return Err(refuse("is a folder; give the name of a file"));
        }
        // What a symbolic link names is replaced, not the link.
        let real = dunce::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let replaced = fs::metadata(&real).ok();
        if let Some(metadata) = &replaced {
            let is_open = OpenOptions::new().write(true).open(&real).is_ok();
            if metadata.permissions().readonly() || !is_open {
                return Err(refuse("is write-protected; it is left as it is"));
            }
        }
        let folder = match real.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(Error::File {
                path: folder.to_owned(),
                reason: "the folder does not exist; make it first".to_owned(),
            });
        }
        let file = Aside::beside(folder).map_err(|error| Error::Io {
            path: folder.to_owned(),
            // The name of the temporary file would only confuse.
            source: error.kind().into(),
        })?;
        let in_place = match &replaced {
            Some(metadata) => !adopt(file.file(), &real, metadata),
            None => false,
        };
        let target = match in_place {
            true => Target::Rewritten(real),
            false => Target::Renamed(real),
        };
        Ok(StagedFile {
            name: match &target {
                Target::Renamed(path) | Target::Rewritten(path) => path.clone(),
                Target::Standard => PathBuf::from(STANDARD),
            },
            target,
            writer: BufWriter::new(file),
        })
    }

    /// Gives the file its name, replacing a file of that name.
    ///
    /// # Errors
    /// `Io` when the last bytes cannot be written or the file cannot be renamed.
    pub fn publish(self) -> Result<()> {
        let Self {
            target,
            name,
            writer,
        } = self;
        let io = |source| io_at(&name, source);
        let mut file = writer
            .into_inner()
            .map_err(|error| io(error.into_error()))?;
        match target {
            Target::Renamed(path) => file.become_file(&path).map_err(io)?,
            Target::Rewritten(path) => {
                file.rewind().map_err(io)?;
                let mut old = OpenOptions::new().write(true).open(&path).map_err(io)?;
                let length = io::copy(&mut file.file(), &mut old).map_err(io)?;
                old.set_len(length).map_err(io)?;
            }
            Target::Standard => {
                file.rewind().map_err(io)?;
                let mut output = io::stdout().lock();
                let copied = io::copy(&mut file.file(), &mut output).and_then(|_| output.flush());
                copied.map_err(io)?;
            }
        }
        Ok(())
    }
}

fn io_at(path: &Path, source: io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// Gives `file` the owner and mode of the file at the path, which it is to replace; `false` when it cannot have
/// them, or when that file has other names.
#[cfg(unix)]
fn adopt(file: &File, _: &Path, replaced: &fs::Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt, fchown};
    let Ok(own) = file.metadata() else {
        return false;
    };
    if replaced.nlink() > 1 || !replaced.is_file() {
        return false;
    }
    let owner = (replaced.uid(), replaced.gid());
    if (own.uid(), own.gid()) != owner && fchown(file, Some(owner.0), Some(owner.1)).is_err() {
        return false;
    }
    // After the owner: a change of owner clears bits of the mode.
    file.set_permissions(replaced.permissions()).is_ok()
}

/// Whether the file at the path has one name alone. What replaces it has the access rights that its folder gives.
#[cfg(windows)]
#[allow(unsafe_code)]
fn adopt(_: &File, path: &Path, _: &fs::Metadata) -> bool {
    use std::os::windows::io::AsRawHandle;
    use windows_sys::Win32::Storage::FileSystem::{
        BY_HANDLE_FILE_INFORMATION, GetFileInformationByHandle,
    };

    let Ok(replaced) = File::open(path) else {
        return false;
    };
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open, and `information` is a valid place for the answer.
    let found = unsafe { GetFileInformationByHandle(replaced.as_raw_handle(), &mut information) };
    found != 0 && information.nNumberOfLinks == 1
}

#[cfg(not(any(unix, windows)))]
fn adopt(_: &File, _: &Path, _: &fs::Metadata) -> bool {
    true
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Seek for StagedFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.writer.seek(position)
    }
}
