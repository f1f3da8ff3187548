//! Measures restorations over a folder of clean pictures.
//!
//! `cargo run --release --example evaluate -- FOLDER [--rows NAME,NAME] [--crop N] [--limit N]
//! [--set NAME=VALUE]...` degrades each picture as each row says, stores the measurement as an 8-bit PNG
//! or JPEG would, restores it, and prints a Markdown table of mean PSNR in dB over the folder. Options
//! set apply to the restoration of every row.

use std::error::Error;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use dcdp::Options;
use dcdp::image::{ImageView, ImageViewMut, JpegSource, Layout, PixelType};
use dcdp::metrics::psnr;
use dcdp::restore::{Context, degrade, measurement_size, output_size, restore};
use image::imageops::FilterType;
use image::{ImageFormat, RgbImage};
use ndarray::Array2;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One line of the table.
struct Row {
    name: &'static str,
    options: &'static [(&'static str, &'static str)],
    noise: f64,
    jpeg: Option<u8>,
}

const GAUSSIAN: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "gaussian"),
    ("blur_sigma", "3"),
    ("blur_light", "encoded"),
];
const MOTION: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "motion"),
    ("blur_length", "21"),
    ("blur_angle", "30"),
    ("blur_light", "encoded"),
];
const MOTION_IN_LIGHT: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "motion"),
    ("blur_length", "21"),
    ("blur_angle", "30"),
];
const DISK_IN_LIGHT: &[(&str, &str)] =
    &[("task", "deblur"), ("blur", "disk"), ("blur_radius", "4")];
const DEJPEG: &[(&str, &str)] = &[("task", "dejpeg")];

const fn row(
    name: &'static str,
    options: &'static [(&'static str, &'static str)],
    noise: f64,
    jpeg: Option<u8>,
) -> Row {
    Row {
        name,
        options,
        noise,
        jpeg,
    }
}

const ROWS: &[Row] = &[
    row("denoise-25", &[("task", "denoise")], 25.0, None),
    row("gaussian-3", GAUSSIAN, 0.0, None),
    row("gaussian-3-jpeg", GAUSSIAN, 0.0, Some(90)),
    row("gaussian-3-noise-5", GAUSSIAN, 5.0, None),
    row("gaussian-3-noise-5-jpeg", GAUSSIAN, 5.0, Some(90)),
    row("motion-21-30", MOTION, 0.0, None),
    row("motion-21-30-jpeg", MOTION, 0.0, Some(90)),
    row("motion-21-30-noise-5", MOTION, 5.0, None),
    row("motion-21-30-noise-5-jpeg", MOTION, 5.0, Some(90)),
    row("motion-21-30-in-light", MOTION_IN_LIGHT, 0.0, None),
    row("disk-4-in-light", DISK_IN_LIGHT, 0.0, None),
    row("dejpeg-10", DEJPEG, 0.0, Some(10)),
    row("dejpeg-20", DEJPEG, 0.0, Some(20)),
    row("dejpeg-40", DEJPEG, 0.0, Some(40)),
    row("dejpeg-60", DEJPEG, 0.0, Some(60)),
    row("dejpeg-80", DEJPEG, 0.0, Some(80)),
    row("dejpeg-90", DEJPEG, 0.0, Some(90)),
    row("inpaint-holes-16", &[("task", "inpaint")], 0.0, None),
    row(
        "super-resolve-2",
        &[("task", "super-resolve"), ("scale", "2")],
        0.0,
        None,
    ),
    row(
        "super-resolve-4",
        &[("task", "super-resolve"), ("scale", "4")],
        0.0,
        None,
    ),
];

struct Arguments {
    folder: PathBuf,
    rows: Option<Vec<String>>,
    crop: Option<u32>,
    limit: usize,
    set: Vec<(String, String)>,
}

fn main() -> Outcome<()> {
    let arguments = arguments()?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&arguments.folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| ImageFormat::from_path(path).is_ok())
        .collect();
    files.sort();
    files.truncate(arguments.limit);
    let context = Context::new(None)?;
    println!("| row | degraded | restored | gain | NFE | seconds |");
    println!("|---|---|---|---|---|---|");
    for row in ROWS {
        let chosen = |rows: &Vec<String>| rows.iter().any(|name| row.name.starts_with(name));
        if !arguments.rows.as_ref().is_none_or(chosen) {
            continue;
        }
        let (mut before, mut after, mut calls, mut seconds) = (0.0, 0.0, 0.0_f64, 0.0);
        for file in &files {
            let clean = load(file, arguments.crop)?;
            let result = evaluate(&context, row, &clean, &arguments.set)?;
            before += result.before;
            after += result.after;
            calls = calls.max(result.network_calls);
            seconds += result.seconds;
        }
        let count = files.len() as f64;
        let (before, after, seconds) = (before / count, after / count, seconds / count);
        let gain = after - before;
        println!(
            "| {} | {before:.2} | {after:.2} | {gain:+.2} | {calls} | {seconds:.1} |",
            row.name
        );
    }
    Ok(())
}

fn arguments() -> Outcome<Arguments> {
    let mut given = std::env::args().skip(1);
    let mut folder = None;
    let (mut rows, mut crop, mut limit, mut set) = (None, None, usize::MAX, Vec::new());
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--rows" => rows = Some(value()?.split(',').map(str::to_owned).collect()),
            "--crop" => crop = Some(value()?.parse()?),
            "--limit" => limit = value()?.parse()?,
            "--set" => {
                let text = value()?;
                let (name, value) = text.split_once('=').ok_or("--set takes NAME=VALUE")?;
                set.push((name.to_owned(), value.to_owned()));
            }
            _ => folder = Some(PathBuf::from(&argument)),
        }
    }
    Ok(Arguments {
        folder: folder
            .ok_or("usage: evaluate FOLDER [--rows …] [--crop N] [--limit N] [--set …]")?,
        rows,
        crop,
        limit,
        set,
    })
}

/// What one picture gave.
struct Evaluation {
    before: f64,
    after: f64,
    network_calls: f64,
    seconds: f64,
}

fn evaluate(
    context: &Context,
    row: &Row,
    clean: &RgbImage,
    set: &[(String, String)],
) -> Outcome<Evaluation> {
    let mut options = Options::new();
    for (name, value) in row.options {
        options.set_string(name, value)?;
    }
    if options.text(dcdp::request::parameters::Id::Task) == "inpaint" {
        options.set_mask(Some(holes(clean.height(), clean.width())));
    }
    options.set_number("noise", row.noise)?;
    let (measurement, source) = stored(degraded(&options, clean)?, row.jpeg)?;
    options.set_jpeg(source);

    // The restorer is told the task, not the noise.
    options.set_number("noise", -1.0)?;
    for (name, value) in set {
        options.set_string(name, value)?;
    }
    let (width, height) = measurement.dimensions();
    let (wide, tall) = output_size(&options, width as usize, height as usize)?;
    let mut restored = RgbImage::new(wide as u32, tall as u32);
    let layout = Layout::packed(wide, tall, 3, PixelType::U8);
    let report = restore(
        context,
        &options,
        &view(&measurement)?,
        &mut ImageViewMut::new(&mut restored, layout, 0)?,
        &mut (),
    )?;
    let (width, height) = clean.dimensions();
    let enlarged = match measurement.dimensions() == clean.dimensions() {
        true => measurement,
        false => image::imageops::resize(&measurement, width, height, FilterType::CatmullRom),
    };
    Ok(Evaluation {
        before: psnr(&view(clean)?, &view(&enlarged)?)?,
        after: psnr(&view(clean)?, &view(&restored)?)?,
        network_calls: report.network_calls,
        seconds: report.seconds.total,
    })
}

fn view(picture: &RgbImage) -> Outcome<ImageView<'_>> {
    let (width, height) = picture.dimensions();
    let layout = Layout::packed(width as usize, height as usize, 3, PixelType::U8);
    Ok(ImageView::new(picture, layout, 0)?)
}

/// Loads a picture, cropped to the middle, sides divisible by 4 so that every scale fits.
fn load(file: &Path, crop: Option<u32>) -> Outcome<RgbImage> {
    let picture = image::open(file)?.to_rgb8();
    let side = |length: u32| length.min(crop.unwrap_or(u32::MAX)) / 4 * 4;
    let (width, height) = (side(picture.width()), side(picture.height()));
    let (left, top) = (
        (picture.width() - width) / 2,
        (picture.height() - height) / 2,
    );
    Ok(image::imageops::crop_imm(&picture, left, top, width, height).to_image())
}

fn degraded(options: &Options, clean: &RgbImage) -> Outcome<RgbImage> {
    let input = view(clean)?;
    let (width, height) =
        measurement_size(options, clean.width() as usize, clean.height() as usize);
    let mut measurement = RgbImage::new(width as u32, height as u32);
    let layout = Layout::packed(width, height, 3, PixelType::U8);
    let mut output = ImageViewMut::new(&mut measurement, layout, 0)?;
    degrade::degrade(options, &input, &mut output)?;
    Ok(measurement)
}

/// The measurement after a trip through the file that holds it; PNG changes nothing. JPEG is 4:4:4.
fn stored(measurement: RgbImage, jpeg: Option<u8>) -> Outcome<(RgbImage, Option<JpegSource>)> {
    let Some(quality) = jpeg else {
        return Ok((measurement, None));
    };
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    measurement.write_with_encoder(encoder)?;
    let source = JpegSource::from_bytes(&bytes)?;
    let decoded = image::load(Cursor::new(bytes), ImageFormat::Jpeg)?;
    Ok((decoded.to_rgb8(), Some(source)))
}

/// Scattered 16×16 holes covering a tenth of the picture, the same for every picture of a size.
fn holes(height: u32, width: u32) -> Array2<f32> {
    let (rows, columns) = (height.div_ceil(16), width.div_ceil(16));
    Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
        let cell = (y as u32 / 16) * columns + x as u32 / 16;
        // A fixed shuffle of the cells: multiples of a number coprime to their count.
        let cells = rows * columns;
        let stride = (1..)
            .map(|k| 7919 + k)
            .find(|k| coprime(*k, cells))
            .unwrap_or(1);
        let place = (u64::from(cell) * u64::from(stride)) % u64::from(cells);
        f32::from(u8::from(place * 10 < u64::from(cells)))
    })
}

fn coprime(mut a: u32, mut b: u32) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
