//! `dcdp restore`.

use std::io::Write;
use std::path::Path;

use clap::ArgMatches;
use serde::Serialize;

use super::arguments::{jpeg_quality, path};
use super::batch::{Batch, Item};
use super::interrupt::Interrupt;
use super::options;
use super::output::{complain, to_json};
use super::progress::Bar;
use dcdp::Options;
use dcdp::image::{FileFormat, JpegSource, StagedFile};
use dcdp::request::parameters::Id;
use dcdp::restore::{Context, Report, output_size, restore};
use dcdp::{Error, Result};

/// What all pictures of a run share.
struct Session {
    context: Context,
    options: Options,
    jpeg_quality: u8,
    quiet: bool,
    interrupt: Interrupt,
}

/// What the report file says of one picture.
#[derive(Serialize)]
struct Entry {
    input: String,
    output: String,
    #[serde(flatten)]
    report: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Restores every picture. One that cannot be read, restored or written does not keep the others of a
/// batch from being restored.
///
/// # Errors
/// Any. Of several failed pictures it is the last one's; the others' are printed.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let options = options::read(matches)?;
    let batch = Batch::plan(matches)?;
    let report = match path(matches, "report") {
        Some(file) => {
            batch.check_apart("--report", file)?;
            Some((file, StagedFile::create(file)?))
        }
        None => None,
    };
    let session = Session {
        options,
        jpeg_quality: jpeg_quality(matches),
        quiet: matches.get_flag("quiet"),
        interrupt: Interrupt::watch()?,
        context: Context::new(None)?,
    };
    let mut entries = Vec::new();
    let mut failure = None;
    for item in &batch.items {
        match session.restore(item) {
            Ok(report) => entries.push(Entry::new(item, Some(report), None)),
            Err(error) if batch.is_several && is_about_one_picture(&error) => {
                entries.push(Entry::new(item, None, Some(&error)));
                failure.replace(error).iter().for_each(complain);
            }
            Err(error) => {
                failure.iter().for_each(complain);
                return Err(error);
            }
        }
    }
    if let Some((file, staged)) = report {
        let json = match entries.as_slice() {
            [entry] if !batch.is_several => to_json(entry)?,
            entries => to_json(&entries)?,
        };
        write(staged, file, &json)?;
    }
    failure.map_or(Ok(()), Err)
}

/// Whether the next picture may fare better.
fn is_about_one_picture(error: &Error) -> bool {
    matches!(
        error,
        Error::Io { .. } | Error::File { .. } | Error::InvalidImage(_) | Error::Memory { .. }
    )
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

    fn restore(&self, item: &Item) -> Result<Report> {
        let options = &self.for_picture(&item.input)?;
        let report = item.make(
            options,
            self.jpeg_quality,
            &self.interrupt,
            |width, height| output_size(options, width, height),
            |input, output| {
                let mut bar = Bar::new(&item.input, self.quiet, &self.interrupt);
                restore(&self.context, options, input, output, &mut bar)
            },
        )?;
        log::info!(
            "{}: {} network calls, {:.1} s",
            item.output.display(),
            report.network_calls,
            report.seconds.total
        );
        Ok(report)
    }
}

impl Entry {
    fn new(item: &Item, report: Option<Report>, error: Option<&Error>) -> Self {
        Entry {
            input: item.input.to_string_lossy().into_owned(),
            output: item.output.to_string_lossy().into_owned(),
            report,
            error: error.map(Error::to_string),
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
