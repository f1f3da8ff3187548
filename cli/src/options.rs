//! From the command line to the engine's options.

use clap::ArgMatches;

use super::arguments::path;
use super::regions::Regions;
use super::repeated;
use dcdp::Options;
use dcdp::image::read_kernel;
use dcdp::operators::kernels;
use dcdp::request::parameters::{Id, Kind, PARAMETERS, Parameter};
use dcdp::{Error, Result};

/// The options of `restore` or `degrade`, with kernel and masks read; masks that are others for each frame.
///
/// # Errors
/// Usage errors first: values out of range, options the task has no use for, a missing mask or kernel;
/// then those of reading the files.
pub fn read(matches: &ArgMatches) -> Result<(Options, Regions)> {
    let given: Vec<&Parameter> = PARAMETERS
        .iter()
        .filter(|row| matches!(matches.try_contains_id(row.name), Ok(true)))
        .collect();
    let mut options = Options::new();
    if let Some(report) = path(matches, "options") {
        repeated::apply(report, &mut options)?;
    }
    let mut kernel = path(matches, Id::Kernel.parameter().name).cloned();
    for row in &given {
        match (row.id, row.kind) {
            (_, Kind::File) => {}
            (Id::Blur, _) => {
                let file = set_blur(&mut options, text(matches, row), &given)?;
                kernel = kernel.or(file.map(Into::into));
            }
            _ => options.set_string(row.name, text(matches, row))?,
        }
    }
    for row in &given {
        check_use(&options, row)?;
    }
    let mask = path(matches, "mask");
    match (options.text(Id::Task), mask) {
        ("inpaint", None) => {
            return Err(Error::MissingOption {
                task: "inpaint".into(),
                name: "mask".into(),
                hint: "a picture of the region to fill, white where to fill".into(),
            });
        }
        ("inpaint", Some(_)) | (_, None) => {}
        (task, Some(_)) => {
            return Err(Error::InvalidArgument(format!(
                "--mask is of no use to task {task}; only inpaint has one"
            )));
        }
    }
    if options.text(Id::Task) == "deblur" && options.text(Id::Blur) == "kernel" {
        let file = kernel.ok_or_else(|| Error::MissingOption {
            task: "deblur".into(),
            name: "kernel".into(),
            hint: "a picture of the point-spread function, as in --blur kernel:FILE".into(),
        })?;
        let psf = kernels::normalised(read_kernel(&file)?.view())?;
        let psf = kernels::centred(psf.view())?;
        options.set_kernel(Some(psf.mapv(|value| value as f32)))?;
        options.set_string(Id::Kernel.parameter().name, &file.to_string_lossy())?;
    }
    let has_source = matches!(matches.try_contains_id("fill-from"), Ok(true));
    if has_source && options.text(Id::Task) != "inpaint" {
        return Err(Error::InvalidArgument(format!(
            "--fill-from is of no use to task {}; only inpaint has holes to fill",
            options.text(Id::Task)
        )));
    }
    let regions = Regions::read(matches, &mut options)?;
    Ok((options, regions))
}

fn text<'a>(matches: &'a ArgMatches, row: &Parameter) -> &'a str {
    matches.get_one::<String>(row.name).map_or("", |text| text)
}

/// Takes `--blur`: a word, or `gaussian:SIGMA`, `disk:RADIUS`, `motion:LENGTH,ANGLE`,
/// `random:SEED`, `kernel:FILE`. Gives the file.
fn set_blur<'a>(
    options: &mut Options,
    text: &'a str,
    given: &[&Parameter],
) -> Result<Option<&'a str>> {
    let (word, details) = match text.split_once(':') {
        Some((word, details)) => (word, Some(details)),
        None => (text, None),
    };
    options.set_string(Id::Blur.parameter().name, word)?;
    let Some(details) = details else {
        return Ok(None);
    };
    let mut set = |id: Id, value: &str| {
        let row = id.parameter();
        if given.iter().any(|other| other.id == id) {
            return Err(Error::InvalidArgument(format!(
                "--blur {text} and {} say the same thing twice; give one of them",
                flag(row)
            )));
        }
        options.set_string(row.name, value)
    };
    match (word, details.split_once(',')) {
        ("gaussian", None) => set(Id::BlurSigma, details)?,
        ("disk", None) => set(Id::BlurRadius, details)?,
        ("random", None) => set(Id::Seed, details)?,
        ("motion", Some((length, angle))) => {
            set(Id::BlurLength, length)?;
            set(Id::BlurAngle, angle)?;
        }
        ("motion", None) => set(Id::BlurLength, details)?,
        ("kernel", _) if !details.is_empty() => {
            set(Id::Kernel, details)?;
            return Ok(Some(details));
        }
        _ => {
            return Err(Error::invalid(
                "blur",
                format!("`{text}`"),
                "auto | gaussian:SIGMA | disk:RADIUS | motion:LENGTH,ANGLE | random:SEED | shake | kernel:FILE",
            ));
        }
    }
    Ok(None)
}

/// Refuses a flag that would change nothing: the caller meant something else.
fn check_use(options: &Options, row: &Parameter) -> Result<()> {
    if !row.applies_to(options.text(Id::Task)) {
        return Err(Error::InvalidArgument(format!(
            "{} is of no use to task {}",
            flag(row),
            options.text(Id::Task)
        )));
    }
    match row.needs {
        Some((id, word)) if options.text(id) != word => Err(Error::InvalidArgument(format!(
            "{} is of no use without {} {word}",
            flag(row),
            flag(id.parameter()),
        ))),
        _ => Ok(()),
    }
}

fn flag(row: &Parameter) -> String {
    format!("--{}", row.name.replace('_', "-"))
}
