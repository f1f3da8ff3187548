//! `dcdp restore`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use serde::Serialize;

use super::arguments::path;
use super::batch::{Batch, Item};
use super::interrupt::Interrupt;
use super::make::{Files, Made, Outcomes, transfer};
use super::measured::measure;
use super::neighbours::Neighbours;
use super::options;
use super::output::{complain, to_json};
use super::picture;
use super::progress::Bar;
use super::regions::Regions;
use super::sequence::Pattern;
use dcdp::Options;
use dcdp::estimate::blur::Blur;
use dcdp::image::{ImageViewMut, Layout, Note, PixelType, StagedFile};
use dcdp::restore::{Context, Report, output_size, restore, restore_with_uncertainty};
use dcdp::{Error, Result};

/// What all pictures of a run share.
struct Session {
    context: Context,
    options: Options,
    regions: Regions,
    files: Files,
    interrupt: Interrupt,
    neighbours: Neighbours,
    uncertainty: Option<PathBuf>,
    kernel_out: Option<PathBuf>,
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
    /// Whether the result was there already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skipped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Restores every picture. One that cannot be read, restored or written does not keep the others of a
/// batch from being restored.
///
/// # Errors
/// Any; of several inputs, how many were left out.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let (mut options, regions) = options::read(matches)?;
    let files = Files::read(matches)?;
    let batch = Batch::plan(matches, files.format)?;
    regions.check(&batch.items)?;
    let report = match path(matches, "report") {
        Some(file) => {
            batch.check_apart("--report", file)?;
            Some((file, StagedFile::create(file)?))
        }
        None => None,
    };
    let neighbours = Neighbours::new(&options, transfer(&options))?;
    measure(matches, &batch.sequences, transfer(&options), &mut options)?;
    let session = Session {
        options,
        regions,
        files,
        neighbours,
        interrupt: Interrupt::watch()?,
        context: Context::new(None)?,
        uncertainty: path(matches, "uncertainty").cloned(),
        kernel_out: path(matches, "kernel-out").cloned(),
    };
    if batch.is_several && (session.uncertainty.is_some() || session.kernel_out.is_some()) {
        return Err(Error::InvalidArgument(
            "--uncertainty and --kernel-out are for one picture; there are several".into(),
        ));
    }
    for (flag, file) in [
        ("--uncertainty", &session.uncertainty),
        ("--kernel-out", &session.kernel_out),
    ] {
        if let Some(file) = file {
            batch.check_apart(flag, file)?;
        }
    }
    let mut outcomes = Outcomes::new(&batch);
    let mut entries: Vec<Entry> = Vec::new();
    let mut left_alone = false;
    for (input, error) in &batch.left_out {
        entries.push(Entry::failed(input, Path::new(""), error));
    }
    for item in &batch.items {
        if outcomes.skip(item, &session.files) {
            entries.push(Entry::skipped(item));
            continue;
        }
        let made = session.restore(item, batch.place_of(&item.input));
        if let Err(error) = &made {
            entries.push(Entry::failed(&item.input, &item.output, error));
        }
        if let Some(made) = outcomes.take(made)? {
            let unblurred =
                |report: &Report| picture::found_no_blur(&session.options, &report.blur);
            left_alone |= made.told.iter().any(unblurred);
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
    outcomes.end(&batch.output)?;
    match left_alone && matches.get_flag("require") {
        true => Err(Error::File {
            path: batch.output,
            reason: "a picture was left as it is: no blur was found in it".to_owned(),
        }),
        false => Ok(()),
    }
}

impl Session {
    fn restore(&self, item: &Item, place: Option<(&Pattern, i64)>) -> Result<Made<Report>> {
        let mut bar = Bar::new(&item.input, self.files.quiet, &self.interrupt);
        let mut options = picture::with_file(&self.options, &item.input)?;
        if let Some((pattern, frame)) = place {
            self.neighbours.offer(&mut options, pattern, frame)?;
        }
        self.regions.set(item, &mut options)?;
        let options = &options;
        let mut scatter: Option<(Vec<u8>, (usize, usize))> = None;
        let made = item.make(
            options,
            &self.files,
            &self.interrupt,
            |width, height| output_size(options, width, height),
            |position, input, output| {
                bar.turn_to(position);
                let Some(_) = &self.uncertainty else {
                    return restore(&self.context, options, input, output, &mut bar);
                };
                let (width, height) = (output.layout().width, output.layout().height);
                let mut samples = vec![0; 3 * width * height];
                let layout = Layout::packed(width, height, 3, PixelType::U8);
                let mut deviation = ImageViewMut::new(&mut samples, layout, 0)?;
                let outputs = [&mut output.reborrow(), &mut deviation];
                let report =
                    restore_with_uncertainty(&self.context, options, input, outputs, &mut bar)?;
                scatter = Some((samples, (width, height)));
                Ok(report)
            },
        )?;
        drop(bar);
        if let (Some(file), Some((samples, size))) = (&self.uncertainty, &scatter) {
            picture::write_uncertainty(samples, *size, file)?;
        }
        for report in &made.told {
            if let Some(file) = &self.kernel_out {
                picture::write_kernel(&report.blur, file)?;
            }
            if let Some(Blur::None { reason }) = report.blur.as_ref().map(|found| &found.blur) {
                complain(format_args!(
                    "{}: no blur found ({reason}); left as it is",
                    item.input.display()
                ));
            }
        }
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
    /// Of a picture of which nothing is told.
    fn new(input: &Path, output: &Path) -> Self {
        Entry {
            input: input.to_string_lossy().into_owned(),
            output: output.to_string_lossy().into_owned(),
            report: None,
            pictures: Vec::new(),
            notes: Vec::new(),
            skipped: false,
            error: None,
        }
    }

    fn made(item: &Item, mut made: Made<Report>) -> Self {
        let is_single = made.told.len() == 1;
        Entry {
            report: is_single.then(|| made.told.remove(0)),
            pictures: made.told,
            notes: made.notes.iter().map(Note::to_string).collect(),
            ..Entry::new(&item.input, &item.output)
        }
    }

    fn skipped(item: &Item) -> Self {
        Entry {
            skipped: true,
            ..Entry::new(&item.input, &item.output)
        }
    }

    fn failed(input: &Path, output: &Path, error: &Error) -> Self {
        Entry {
            error: Some(error.to_string()),
            ..Entry::new(input, output)
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
