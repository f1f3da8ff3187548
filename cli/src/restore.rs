//! `dcdp restore`.

use std::io::Write;
use std::path::Path;

use clap::ArgMatches;
use serde::Serialize;

use super::arguments::path;
use super::batch::{Batch, Item};
use super::interrupt::Interrupt;
use super::make::{Files, Made, Outcomes};
use super::options;
use super::output::to_json;
use super::progress::Bar;
use dcdp::Options;
use dcdp::image::{FileFormat, JpegSource, Note, StagedFile};
use dcdp::request::parameters::Id;
use dcdp::restore::{Context, Report, output_size, restore};
use dcdp::{Error, Result};

/// What all pictures of a run share.
struct Session {
    context: Context,
    options: Options,
    files: Files,
    interrupt: Interrupt,
}

/// What the report file says of one picture.
#[derive(Serialize)]
struct Entry {
    input: String,
    output: String,
    #[serde(flatten)]
    report: Option<Report>,
    /// Of a file of several pictures, the report of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pictures: Vec<Report>,
    /// What was lost or is carried along.
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Restores every picture. One that cannot be read, restored or written does not keep the others of a
/// batch from being restored.
///
/// # Errors
/// Any; of several inputs, how many were left out.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let options = options::read(matches)?;
    let files = Files::read(matches)?;
    let batch = Batch::plan(matches, files.format)?;
    let report = match path(matches, "report") {
        Some(file) => {
            batch.check_apart("--report", file)?;
            Some((file, StagedFile::create(file)?))
        }
        None => None,
    };
    let session = Session {
        options,
        files,
        interrupt: Interrupt::watch()?,
        context: Context::new(None)?,
    };
    let mut outcomes = Outcomes::new(&batch);
    let mut entries: Vec<Entry> = Vec::new();
    for (input, error) in &batch.left_out {
        entries.push(Entry::failed(input, Path::new(""), error));
    }
    for item in &batch.items {
        let made = session.restore(item);
        if let Err(error) = &made {
            entries.push(Entry::failed(&item.input, &item.output, error));
        }
        if let Some(made) = outcomes.take(made)? {
            entries.push(Entry::made(item, made));
        }
    }
    if let Some((file, staged)) = report {
        let json = match entries.as_slice() {
            [entry] if !batch.is_several => to_json(entry)?,
            entries => to_json(&entries)?,
        };
        write(staged, file, &json)?;
    }
    outcomes.end(&batch.output)
}

impl Session {
    /// The options with what the file says of its pixels: a JPEG file's own coefficients.
    fn for_picture(&self, input: &Path) -> Result<Options> {
        let mut options = self.options.clone();
        let is_jpeg = FileFormat::of_name(input).is_ok_and(|format| format == FileFormat::Jpeg);
        let task = options.text(Id::Task).to_owned();
        let needs = task == "dejpeg";
        if !needs && !matches!(task.as_str(), "deblur" | "super-resolve") {
            return Ok(options);
        }
        match JpegSource::read(input) {
            Ok(source) => options.set_jpeg(Some(source)),
            Err(error) if needs && is_jpeg => return Err(error),
            // Other formats, and JPEG files in colours that are converted first.
            Err(_) => {}
        }
        Ok(options)
    }

    fn restore(&self, item: &Item) -> Result<Made<Report>> {
        let mut bar = Bar::new(&item.input, self.files.quiet, &self.interrupt);
        let options = &self.for_picture(&item.input)?;
        let made = item.make(
            options,
            &self.files,
            &self.interrupt,
            |width, height| output_size(options, width, height),
            |position, input, output| {
                bar.turn_to(position);
                restore(&self.context, options, input, output, &mut bar)
            },
        )?;
        drop(bar);
        if !self.files.quiet {
            made.tell(&item.input);
        }
        for report in &made.told {
            log::info!(
                "{}: {} network calls, {:.1} s",
                item.output.display(),
                report.network_calls,
                report.seconds.total
            );
        }
        Ok(made)
    }
}

impl Entry {
    fn made(item: &Item, mut made: Made<Report>) -> Self {
        let is_single = made.told.len() == 1;
        Entry {
            input: item.input.to_string_lossy().into_owned(),
            output: item.output.to_string_lossy().into_owned(),
            report: is_single.then(|| made.told.remove(0)),
            pictures: made.told,
            notes: made.notes.iter().map(Note::to_string).collect(),
            error: None,
        }
    }

    fn failed(input: &Path, output: &Path, error: &Error) -> Self {
        Entry {
            input: input.to_string_lossy().into_owned(),
            output: output.to_string_lossy().into_owned(),
            report: None,
            pictures: Vec::new(),
            notes: Vec::new(),
            error: Some(error.to_string()),
        }
    }
}

fn write(mut staged: StagedFile, path: &Path, text: &str) -> Result<()> {
    writeln!(staged, "{text}").map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    staged.publish()
}
