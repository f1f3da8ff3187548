//! Files of one or more pictures: pages of TIFF, frames of animations.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::containers::animation::{self, Animation};
use super::containers::tiff_read::TiffFile;
use super::containers::{exr, jpeg, png, tiff_write, webp};
use super::page::{Failure, Limits, Page};
use super::source::{Kind, Source, open};
use super::{FileFormat, ImageFile, MAX_BYTES, Note, Output, StagedFile};
use crate::image::Transfer;
use crate::{Error, Result};

/// A file that pictures are read from, one after the other.
pub struct Document {
    path: PathBuf,
    limits: Limits,
    pages: Pages,
    read: usize,
    notes: Vec<Note>,
}

/// What the pictures come from.
enum Pages {
    /// One, not yet decoded.
    Single(FileFormat, Source),
    Tiff(Box<TiffFile>),
    Animation(Box<Animation>),
}

impl Document {
    /// Opens a file of any of the formats, which its content decides; `-` is standard input.
    ///
    /// # Errors
    /// `Io` when the file cannot be opened; `File` when it is empty, of no known format, or damaged
    /// where it says what it holds.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_within(path, Limits { most: MAX_BYTES })
    }

    /// As [`open`](Self::open), pictures of at most so many bytes.
    pub(super) fn open_within(path: &Path, limits: Limits) -> Result<Self> {
        let mut source = open(path)?;
        let io = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let failed = |reason| Error::File {
            path: path.to_owned(),
            reason,
        };
        let mut start = Vec::new();
        source
            .by_ref()
            .take(32)
            .read_to_end(&mut start)
            .map_err(io)?;
        source.rewind().map_err(io)?;
        let (pages, notes) = match Kind::of(&start) {
            Kind::Tiff => {
                let file = TiffFile::open(source).map_err(failed)?;
                let notes = file.notes.clone();
                (Pages::Tiff(Box::new(file)), notes)
            }
            Kind::Png | Kind::WebP => {
                let bytes = whole(&mut source).map_err(io)?;
                let is_png = Kind::of(&start) == Kind::Png;
                let animation = match is_png {
                    true => Animation::of_png(&bytes, limits),
                    false => Animation::of_webp(&bytes, limits),
                };
                match animation.map_err(failed)? {
                    Some(animation) => {
                        let notes = animation.notes.clone();
                        (Pages::Animation(Box::new(animation)), notes)
                    }
                    None => {
                        let format = if is_png {
                            FileFormat::Png
                        } else {
                            FileFormat::WebP
                        };
                        let source = Box::new(io::Cursor::new(bytes));
                        (Pages::Single(format, source), Vec::new())
                    }
                }
            }
            Kind::Jpeg => (Pages::Single(FileFormat::Jpeg, source), Vec::new()),
            Kind::Exr => (Pages::Single(FileFormat::Exr, source), Vec::new()),
            Kind::Other(name) => {
                return Err(failed(match name {
                    Some(name) => format!(
                        "is {name}, which is not read; read are PNG, JPEG, TIFF, WebP and EXR"
                    ),
                    None => "is not a picture in PNG, JPEG, TIFF, WebP or EXR format".to_owned(),
                }));
            }
        };
        Ok(Document {
            path: path.to_owned(),
            limits,
            pages,
            read: 0,
            notes,
        })
    }

    /// How many pictures there are.
    pub fn pages(&self) -> usize {
        match &self.pages {
            Pages::Single(..) => 1,
            Pages::Tiff(file) => file.pages(),
            Pages::Animation(animation) => animation.count,
        }
    }

    /// What is left out or carried along of the file as a whole.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Reads the next picture; `transfer`, where given, is what its values mean, whatever it says.
    ///
    /// # Errors
    /// `Io` or `File` when it is damaged, truncated or too large, and after the last.
    pub fn read(&mut self, transfer: Option<Transfer>) -> Result<ImageFile> {
        let (index, count) = (self.read, self.pages());
        let limits = self.limits;
        self.read += 1;
        let page: std::result::Result<Page, Failure> = match &mut self.pages {
            _ if index >= count => Err("has no more pictures".to_owned()),
            Pages::Tiff(file) => file.read(index, limits),
            Pages::Animation(animation) => animation.next(limits),
            Pages::Single(format, source) => {
                let bytes = match format {
                    FileFormat::Exr => Ok(Vec::new()),
                    _ => whole(source).map_err(|error| error.to_string()),
                };
                bytes.and_then(|bytes| match format {
                    FileFormat::Png => png::read(bytes, limits),
                    FileFormat::Jpeg => jpeg::read(bytes, limits),
                    FileFormat::WebP => webp::read(bytes, limits),
                    _ => exr::read_picture(io::BufReader::new(source), limits),
                })
            }
        };
        let page = page.map_err(|reason| Error::File {
            path: self.path.clone(),
            reason: match count {
                0 | 1 => reason,
                _ => format!("picture {} of {count} {reason}", index + 1),
            },
        })?;
        ImageFile::adopt(page, transfer)
    }

    /// Starts the file that the results of all pictures go to.
    ///
    /// # Errors
    /// `File` when its format cannot hold as many pictures; else those of [`StagedFile::create`].
    pub fn writer(&self, output: &Output) -> Result<DocumentWriter> {
        let count = self.pages();
        let is_animated = matches!(self.pages, Pages::Animation(_));
        let holds = match output.format {
            _ if count == 1 => true,
            FileFormat::Tiff => true,
            FileFormat::Png | FileFormat::WebP => is_animated,
            FileFormat::Jpeg | FileFormat::Exr => false,
        };
        if !holds {
            return Err(Error::File {
                path: output.path.clone(),
                reason: format!(
                    "{} holds {count} pictures, and {} one; write {}",
                    self.path.display(),
                    output.format.name(),
                    if is_animated {
                        ".png, .webp or .tif"
                    } else {
                        ".tif"
                    }
                ),
            });
        }
        let mut writer = output.writer(count)?;
        match &self.pages {
            Pages::Animation(animation) => {
                writer.plays = animation.plays;
                if output.format == FileFormat::Tiff {
                    let note = "TIFF does not hold the timing of an animation: left out";
                    writer.notes.push(Note::new(note));
                }
            }
            Pages::Tiff(file) => writer.is_big = file.is_big(),
            Pages::Single(..) => {}
        }
        Ok(writer)
    }
}

fn whole(source: &mut Source) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.rewind()?;
    source.read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl ImageFile {
    /// Reads the first picture of a file of any of the formats, which its content decides; see
    /// [`Document`] for files of several.
    ///
    /// # Errors
    /// `Io` when the file cannot be opened; `File` when it is empty, of no known format, damaged,
    /// truncated, or larger than 65535 pixels a side or 4 GiB decoded.
    pub fn read(path: &Path) -> Result<Self> {
        Document::open(path)?.read(None)
    }

    /// As [`read`](Self::read), of at most `most` bytes when decoded, for values that are no colours: no
    /// curve is undone.
    pub(super) fn as_stored(path: &Path, most: usize) -> Result<Self> {
        let transfer = Some(Transfer::default());
        Document::open_within(path, Limits { most })?.read(transfer)
    }

    /// Writes aside a picture made by [`for_result`](Self::for_result) for the same `output`, as its
    /// only one; [`StagedFile::publish`] then gives it its name.
    ///
    /// # Errors
    /// `Io` or `File` when it cannot be written; nothing is left behind then.
    pub fn stage(&self, output: &Output) -> Result<StagedFile> {
        let mut writer = output.writer(1)?;
        writer.push(self)?;
        Ok(writer.finish()?.0)
    }
}

impl Output {
    /// Starts the file for `pages` pictures.
    pub(super) fn writer(&self, pages: usize) -> Result<DocumentWriter> {
        Ok(DocumentWriter {
            output: self.clone(),
            pages,
            plays: 0,
            is_big: false,
            file: Shared(Rc::new(RefCell::new(StagedFile::create(&self.path)?))),
            started: None,
            notes: Vec::new(),
        })
    }
}

/// A file that results are written to, one after the other; it appears whole or not at all.
pub struct DocumentWriter {
    output: Output,
    pages: usize,
    plays: u32,
    is_big: bool,
    file: Shared,
    started: Option<Started>,
    notes: Vec<Note>,
}

/// A format in which pictures are added one by one.
enum Started {
    Tiff(tiff_write::Writer<Shared>),
    Animation(animation::Writer<Shared>),
}

impl DocumentWriter {
    /// Adds a picture made by [`ImageFile::for_result`] for this writer's output.
    ///
    /// # Errors
    /// `File` when it cannot be written.
    pub fn push(&mut self, picture: &ImageFile) -> Result<()> {
        for note in picture.notes() {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
        let mut notes = Vec::new();
        let written = self.write(picture, &mut notes);
        self.notes.extend(notes);
        written.map_err(|reason| Error::File {
            path: self.output.path.clone(),
            reason: format!("could not be written: {reason}"),
        })
    }

    fn write(
        &mut self,
        picture: &ImageFile,
        notes: &mut Vec<Note>,
    ) -> std::result::Result<(), Failure> {
        let format = self.output.format;
        let is_animation = self.pages > 1 && format != FileFormat::Tiff;
        let show = (u32::try_from(self.pages).unwrap_or(u32::MAX), self.plays);
        match format {
            FileFormat::Tiff => {
                let writer = match self.started.take() {
                    Some(Started::Tiff(writer)) => writer,
                    _ => {
                        let (width, height) = picture.size();
                        let samples = picture.channels() + picture.planes().len();
                        let pixel = samples * picture.stored().kind.bytes();
                        let bytes = (self.pages * width * height * pixel) as u64;
                        tiff_write::Writer::new(self.file.clone(), bytes, self.is_big)?
                    }
                };
                let Started::Tiff(writer) = self.started.insert(Started::Tiff(writer)) else {
                    return Ok(());
                };
                writer.push(picture, notes)
            }
            FileFormat::Png | FileFormat::WebP if is_animation => {
                let file = || self.file.clone();
                let writer = self.started.take().unwrap_or_else(|| {
                    Started::Animation(match format {
                        FileFormat::Png => animation::Writer::png(file()),
                        _ => animation::Writer::webp(file()),
                    })
                });
                let Started::Animation(writer) = self.started.insert(writer) else {
                    return Ok(());
                };
                writer.push(picture, show)
            }
            FileFormat::Png => png::write(self.file.clone(), picture),
            FileFormat::WebP => webp::write(self.file.clone(), picture),
            FileFormat::Exr => exr::write_picture(self.file.clone(), picture, notes),
            FileFormat::Jpeg => {
                let bytes = jpeg::write(picture, self.output.jpeg_quality, notes)?;
                self.file
                    .write_all(&bytes)
                    .map_err(|error| error.to_string())
            }
        }
    }

    /// Ends the file; [`StagedFile::publish`] then gives it its name. Also what was lost or carried
    /// along in writing.
    ///
    /// # Errors
    /// `File` when it cannot be written; nothing is left behind then.
    pub fn finish(self) -> Result<(StagedFile, Vec<Note>)> {
        let failed = |reason: String| Error::File {
            path: self.output.path.clone(),
            reason: format!("could not be written: {reason}"),
        };
        match self.started {
            Some(Started::Animation(writer)) => writer.finish().map_err(failed)?,
            // Every page is whole already; the encoder lets go of the file.
            Some(Started::Tiff(writer)) => drop(writer),
            None => {}
        }
        let mut file = Rc::try_unwrap(self.file.0)
            .map_err(|_| Error::Internal("a written file is still in use".to_owned()))?
            .into_inner();
        file.flush().map_err(|error| failed(error.to_string()))?;
        Ok((file, self.notes))
    }
}

/// The one staged file, for an encoder that keeps what it writes to.
#[derive(Clone)]
struct Shared(Rc<RefCell<StagedFile>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl Seek for Shared {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(position)
    }
}
