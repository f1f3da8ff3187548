//! Opening files, and telling what they are.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use crate::{Error, Result};

/// What a picture is read from.
pub(super) trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

/// An open file, or what came through standard input.
pub(super) type Source = Box<dyn Bytes>;

/// The name that stands for standard input and output.
pub(super) const STANDARD: &str = "-";

/// Opens the file at `path`, `-` for standard input.
pub(super) fn open(path: &Path) -> Result<Source> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let failed = |reason: &str| Error::File {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    if path == Path::new(STANDARD) {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(io)?;
        return match bytes.is_empty() {
            true => Err(failed("nothing came through standard input")),
            false => Ok(Box::new(Cursor::new(bytes))),
        };
    }
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(failed("is a folder; give the name of a picture"));
    }
    if metadata.len() == 0 && metadata.is_file() {
        return Err(failed("the file is empty"));
    }
    if metadata.is_file() {
        return Ok(Box::new(BufReader::new(file)));
    }
    // A pipe cannot be read twice.
    let mut bytes = Vec::new();
    BufReader::new(file).read_to_end(&mut bytes).map_err(io)?;
    Ok(Box::new(Cursor::new(bytes)))
}

/// What the first bytes of a file say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
    Tiff,
    WebP,
    Exr,
    /// What it is called, for a format that is not read.
    Other(Option<&'static str>),
}

impl Kind {
    /// The kind of a file that begins with `start`.
    pub(super) fn of(start: &[u8]) -> Self {
        let at =
            |offset: usize, magic: &[u8]| start.get(offset..).is_some_and(|s| s.starts_with(magic));
        if at(0, b"\x89PNG\r\n\x1a\n") {
            return Kind::Png;
        }
        if at(0, b"\xff\xd8\xff") {
            return Kind::Jpeg;
        }
        if at(0, b"II*\0") && at(8, b"CR") {
            return Kind::Other(Some("a Canon raw file"));
        }
        if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"]
            .iter()
            .any(|magic| at(0, magic))
        {
            return Kind::Tiff;
        }
        if at(0, b"RIFF") && at(8, b"WEBP") {
            return Kind::WebP;
        }
        if at(0, b"\x76\x2f\x31\x01") {
            return Kind::Exr;
        }
        let others: [(usize, &[u8], &str); 20] = [
            (0, b"\xff\x0a", "JPEG XL"),
            (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
            (4, b"ftypavi", "AVIF"),
            (4, b"ftyphei", "HEIC"),
            (4, b"ftyphev", "HEIC"),
            (4, b"ftypmif1", "HEIC or AVIF"),
            (4, b"ftypmsf1", "HEIC"),
            (4, b"ftypcrx ", "a Canon raw file"),
            (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
            (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
            (0, b"GIF8", "GIF"),
            (0, b"BM", "BMP"),
            (0, b"8BPS", "a Photoshop file"),
            (0, b"gimp xcf", "a GIMP file"),
            (0, b"DDS ", "DDS"),
            (0, b"%PDF", "PDF"),
            (0, b"SIMPLE  =", "FITS"),
            (0, b"#?RADIANCE", "Radiance HDR"),
            (0, b"FUJIFILMCCD-RAW", "a Fujifilm raw file"),
            (0, b"IIRO", "an Olympus raw file"),
        ];
        let found = others.iter().find(|(offset, magic, _)| at(*offset, magic));
        Kind::Other(found.map(|other| other.2))
    }
}
