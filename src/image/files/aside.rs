//! Bytes that have no name yet, or one that nobody looks at.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::TempPath;

/// What the names of such files start and end with.
const AFFIXES: [&str; 2] = [".dcdp-", ".part"];

/// A file that is to get its name when it is whole. Dropped before, it leaves nothing behind.
///
/// Linux keeps it without any name where the file system can, so that nothing is left behind even by a
/// process that is killed; elsewhere it is a hidden file `.dcdp-*.part` in the same folder.
#[derive(Debug)]
pub struct Aside {
    file: File,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Named(TempPath),
    /// In this folder.
    #[cfg(target_os = "linux")]
    Nameless(std::path::PathBuf),
}

impl Aside {
    /// A file for a while, wherever the system keeps such.
    ///
    /// # Errors
    /// What the system says.
    pub fn anywhere() -> io::Result<Self> {
        let (file, path) = tempfile::NamedTempFile::new()?.into_parts();
        let place = Place::Named(path);
        Ok(Aside { file, place })
    }

    /// A file that will have its name in `folder`.
    ///
    /// # Errors
    /// What the system says.
    pub fn beside(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless::open(folder) {
            let place = Place::Nameless(folder.to_owned());
            return Ok(Aside { file, place });
        }
        let (file, path) = builder().tempfile_in(folder)?.into_parts();
        let place = Place::Named(path);
        Ok(Aside { file, place })
    }

    /// The bytes.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives it its name, in the folder it was made for; a file of that name is replaced.
    ///
    /// # Errors
    /// What the system says.
    pub fn become_file(self, path: &Path) -> io::Result<()> {
        // A name must not outlive the bytes when the machine stops.
        self.file.sync_data()?;
        match self.place {
            Place::Named(place) => place.persist(path).map_err(|error| error.error),
            #[cfg(target_os = "linux")]
            Place::Nameless(folder) => nameless::link(&self.file, &folder, path),
        }
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let [prefix, suffix] = AFFIXES;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(suffix);
    // As any program's new file; the umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Aside {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat};

    /// `None` where the file system has no such files, or there is no `/proc` to name one by.
    pub fn open(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(folder, flags, Mode::from(0o666)).ok()?);
        std::fs::metadata(own_name(&file)).ok()?;
        Some(file)
    }

    pub fn link(file: &File, folder: &Path, path: &Path) -> io::Result<()> {
        let name = |path: &Path| linkat(CWD, own_name(file), CWD, path, AtFlags::SYMLINK_FOLLOW);
        match name(path) {
            Err(error) if error == rustix::io::Errno::EXIST => {}
            named => return Ok(named?),
        }
        // Only a rename replaces a file at once.
        let place = super::builder().make_in(folder, |place| Ok(name(place)?))?;
        place
            .into_temp_path()
            .persist(path)
            .map_err(|error| error.error)
    }

    fn own_name(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}
