//! Makes one file of pictures from another.

use std::path::Path;

use clap::ArgMatches;

use super::arguments::jpeg_quality;
use super::batch::{Batch, Item};
use super::interrupt::Interrupt;
use super::output::complain;
use dcdp::image::{Document, FileFormat, ImageView, ImageViewMut, Note, Output, Transfer};
use dcdp::request::parameters::Id;
use dcdp::{Error, Options, Result};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    /// The format of results, where not their names decide.
    pub format: Option<FileFormat>,
    /// Quality of results in JPEG, 1…100.
    pub jpeg_quality: u8,
    /// Whether nothing but errors is printed.
    pub quiet: bool,
    /// Whether results that are there are left as they are.
    pub skip_existing: bool,
}

impl Files {
    /// What the arguments say.
    ///
    /// # Errors
    /// A usage error for an unknown format.
    pub fn read(matches: &ArgMatches) -> Result<Self> {
        let format: Option<&String> = matches.get_one("format");
        Ok(Files {
            format: format.map(|word| FileFormat::of_word(word)).transpose()?,
            jpeg_quality: jpeg_quality(matches),
            quiet: matches.get_flag("quiet"),
            skip_existing: matches.get_flag("skip-existing"),
        })
    }
}

/// How the values of files are to be understood, where not as they say.
pub fn transfer(options: &Options) -> Option<Transfer> {
    match options.text(Id::Transfer) {
        "srgb" => Some(Transfer::Srgb),
        "linear" => Some(Transfer::Linear),
        _ => None,
    }
}

/// What making one file told.
pub struct Made<T> {
    /// What `work` told of each picture restored, in order.
    pub told: Vec<T>,
    /// What was lost or is carried along.
    pub notes: Vec<Note>,
}

impl<T> Made<T> {
    /// Prints what was lost or is carried along to standard error, a line each.
    pub fn tell(&self, input: &Path) {
        for note in &self.notes {
            complain(format_args!("{}: {note}", input.display()));
        }
    }
}

/// Where a picture stands among those of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl Item {
    /// Reads every picture of the input, lets `work` fill one of the size `size` gives for each, and
    /// writes them: whole or, after an error or interrupt, not at all.
    ///
    /// # Errors
    /// Those of reading, `size`, `work` and writing; `Cancelled`.
    pub fn make<T>(
        &self,
        options: &Options,
        files: &Files,
        interrupt: &Interrupt,
        size: impl Fn(usize, usize) -> Result<(usize, usize)>,
        mut work: impl FnMut(Position, &ImageView<'_>, &mut ImageViewMut<'_>) -> Result<T>,
    ) -> Result<Made<T>> {
        let transfer = transfer(options);
        let mut source = Document::open(&self.input)?;
        let output = Output::new(&self.output, files.format, files.jpeg_quality)?;
        // An output that cannot be written should be known before minutes of work.
        let mut writer = source.writer(&output)?;
        let mut notes = source.notes().to_vec();
        let mut told = Vec::new();
        let count = source.pages();
        for index in 0..count {
            interrupt.check()?;
            let picture = source.read(transfer)?;
            let new = picture.notes().iter().filter(|note| !notes.contains(note));
            let new: Vec<Note> = new.cloned().collect();
            notes.extend(new);
            if picture.is_carried() {
                writer.push(&picture.copy_for(&output)?)?;
                continue;
            }
            let (width, height) = picture.size();
            let mut result = picture.for_result(&output, size(width, height)?)?;
            let position = Position { index, count };
            told.push(work(position, &picture.view()?, &mut result.view_mut()?)?);
            interrupt.check()?;
            writer.push(&result)?;
        }
        let (staged, lost) = writer.finish()?;
        notes.extend(lost);
        interrupt.check()?;
        staged.publish()?;
        Ok(Made { told, notes })
    }
}

/// How the files of a batch fare: one that fails is told at once and does not stop the others.
pub struct Outcomes {
    is_several: bool,
    tried: usize,
    failed: usize,
}

impl Outcomes {
    /// Begins with the inputs that are left out.
    pub fn new(batch: &Batch) -> Self {
        for (_, error) in &batch.left_out {
            complain(error);
        }
        let failed = batch.left_out.len();
        Outcomes {
            is_several: batch.is_several,
            tried: failed,
            failed,
        }
    }

    /// Whether a file is left out because its result is there.
    pub fn skip(&mut self, item: &Item, files: &Files) -> bool {
        let is_made = files.skip_existing && item.is_made();
        if is_made {
            self.tried += 1;
            log::info!("{} is there already", item.output.display());
        }
        is_made
    }

    /// Takes the outcome of one file.
    ///
    /// # Errors
    /// What stops the run: any failure of a single file, and those that no other file would escape.
    pub fn take<T>(&mut self, made: Result<T>) -> Result<Option<T>> {
        self.tried += 1;
        match made {
            Ok(told) => Ok(Some(told)),
            Err(error) if self.is_several && is_about_one_picture(&error) => {
                self.failed += 1;
                complain(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The end of the run.
    ///
    /// # Errors
    /// `File` when something was left out, with how many.
    pub fn end(self, folder: &Path) -> Result<()> {
        match self.failed {
            0 => Ok(()),
            failed => Err(Error::File {
                path: folder.to_owned(),
                reason: format!("{failed} of {} inputs were left out", self.tried),
            }),
        }
    }
}

/// Whether the next picture may fare better.
fn is_about_one_picture(error: &Error) -> bool {
    matches!(
        error,
        Error::Io { .. } | Error::File { .. } | Error::InvalidImage(_) | Error::Memory { .. }
    )
}
