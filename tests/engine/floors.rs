//! What the default presets reach with the bundled prior on one small picture: a spoilt constant shows.
//!
//! After a deliberate change, `DCDP_PRINT_FLOORS=1 cargo test --release --workspace --test engine floors -- --nocapture`
//! prints the new numbers.

use std::path::Path;

use dcdp::Options;
use dcdp::image::{ImageView, ImageViewMut, JpegSource, Layout, PixelType};
use dcdp::metrics::psnr;
use dcdp::restore::degrade::degrade;
use dcdp::restore::{Context, measurement_size, restore};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use ndarray::Array2;

/// Side of the picture.
const SIDE: u32 = 160;

/// How far a result may lie from what is written, dB: other processors round differently.
const TOLERANCE: f64 = 0.1;

struct Row {
    options: &'static [(&'static str, &'static str)],
    /// Noise of the measurement, 0…255 units.
    noise: f64,
    /// Noise that is the same in red, green and blue.
    gray_noise: f64,
    /// Quality of the JPEG file that holds the measurement; PNG without.
    jpeg: Option<u8>,
    /// What comes out, dB.
    psnr: f64,
}

const fn row(
    options: &'static [(&'static str, &'static str)],
    noise: f64,
    jpeg: Option<u8>,
    psnr: f64,
) -> Row {
    Row {
        options,
        noise,
        gray_noise: 0.0,
        jpeg,
        psnr,
    }
}

const GAUSSIAN: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "gaussian"),
    ("blur_sigma", "2"),
];
const MOTION: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "motion"),
    ("blur_length", "15"),
    ("blur_angle", "30"),
];
const MOTION_IN_CODES: &[(&str, &str)] = &[
    ("task", "deblur"),
    ("blur", "motion"),
    ("blur_length", "15"),
    ("blur_angle", "30"),
    ("blur_light", "encoded"),
];
/// A trail, which blurs some frequencies away: too much trust in a measurement shows.
const TRAIL: &[(&str, &str)] = &[("task", "deblur"), ("blur", "random"), ("seed", "11")];

const DISK: &[(&str, &str)] = &[("task", "deblur"), ("blur", "disk"), ("blur_radius", "3")];

const WIDE_DISK: &[(&str, &str)] = &[("task", "deblur"), ("blur", "disk"), ("blur_radius", "6")];

const ROWS: &[Row] = &[
    row(&[("task", "denoise")], 25.0, None, 28.30),
    row(
        &[("task", "denoise"), ("preset", "best")],
        25.0,
        None,
        28.42,
    ),
    row(&[("task", "dejpeg")], 0.0, Some(30), 27.62),
    row(
        &[("task", "dejpeg"), ("preset", "fast")],
        0.0,
        Some(30),
        27.39,
    ),
    row(GAUSSIAN, 0.0, None, 23.88),
    row(MOTION, 0.0, None, 30.22),
    row(MOTION, 5.0, None, 22.89),
    Row {
        gray_noise: 5.0,
        ..row(MOTION, 0.0, None, 20.81)
    },
    row(MOTION, 0.0, Some(90), 23.81),
    row(MOTION_IN_CODES, 0.0, None, 33.03),
    Row {
        gray_noise: 2.0,
        ..row(MOTION_IN_CODES, 0.0, None, 25.13)
    },
    // Compression hides noise: taken for the 1 that it shows, it is blown up.
    row(WIDE_DISK, 10.0, Some(50), 19.17),
    row(TRAIL, 0.8, None, 23.18),
    row(DISK, 0.0, None, 30.92),
    row(&[("task", "inpaint")], 0.0, None, 32.67),
    row(
        &[("task", "super-resolve"), ("scale", "2")],
        0.0,
        None,
        25.04,
    ),
];

fn layout(picture: &RgbImage) -> Layout {
    let (width, height) = picture.dimensions();
    Layout::packed(width as usize, height as usize, 3, PixelType::U8)
}

/// The middle of the sample photo.
fn clean() -> RgbImage {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/photo/houses.jpg");
    let photo = image::open(file).unwrap().to_rgb8();
    image::imageops::crop_imm(&photo, 176, 240, SIDE, SIDE).to_image()
}

/// Scratches one and two pixels wide, and blocks.
fn holes() -> Array2<f32> {
    Array2::from_shape_fn((SIDE as usize, SIDE as usize), |(row, column)| {
        let scratch = (row + 3 * column) % 61 < 2;
        let block = row % 40 < 8 && column % 40 < 8;
        f32::from(u8::from(scratch || block))
    })
}

/// About normally distributed: a sum of twelve numbers even in -1/2…1/2.
fn add_gray_noise(picture: &mut RgbImage, sigma: f64) {
    let mut state = 1u64;
    for pixel in picture.pixels_mut() {
        let mut even = || {
            state = (state.wrapping_mul(6_364_136_223_846_793_005))
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1u64 << 24) as f64 - 0.5
        };
        let noise = sigma * (0..12).map(|_| even()).sum::<f64>();
        for value in &mut pixel.0 {
            *value = (f64::from(*value) + noise).round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// The measurement and, of a JPEG file, its coefficients.
fn measured(row: &Row, options: &Options, clean: &RgbImage) -> (RgbImage, Option<JpegSource>) {
    let size = measurement_size(options, SIDE as usize, SIDE as usize);
    let mut measurement = RgbImage::new(size.0 as u32, size.1 as u32);
    let to = layout(&measurement);
    degrade(
        options,
        &ImageView::new(clean, layout(clean), 0).unwrap(),
        &mut ImageViewMut::new(&mut measurement, to, 0).unwrap(),
    )
    .unwrap();
    add_gray_noise(&mut measurement, row.gray_noise);
    let Some(quality) = row.jpeg else {
        return (measurement, None);
    };
    let mut bytes = Vec::new();
    measurement
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .unwrap();
    let decoded = image::load_from_memory(&bytes).unwrap().to_rgb8();
    (decoded, Some(JpegSource::from_bytes(&bytes).unwrap()))
}

fn reached(row: &Row, context: &Context, clean: &RgbImage) -> f64 {
    let mut options = Options::new();
    for (name, value) in row.options {
        options.set_string(name, value).unwrap();
    }
    options.set_string("model", "photo").unwrap();
    if row.options.contains(&("task", "inpaint")) {
        options.set_mask(Some(holes()));
    }
    options.set_number("noise", row.noise).unwrap();
    let (measurement, source) = measured(row, &options, clean);
    options.set_jpeg(source);
    options.set_number("noise", -1.0).unwrap();
    let mut restored = RgbImage::new(SIDE, SIDE);
    let to = layout(&restored);
    restore(
        context,
        &options,
        &ImageView::new(&measurement, layout(&measurement), 0).unwrap(),
        &mut ImageViewMut::new(&mut restored, to, 0).unwrap(),
        &mut (),
    )
    .unwrap();
    psnr(
        &ImageView::new(clean, layout(clean), 0).unwrap(),
        &ImageView::new(&restored, to, 0).unwrap(),
    )
    .unwrap()
}

#[test]
fn the_default_presets_reach_what_they_did() {
    let context = Context::new(None).unwrap();
    let clean = clean();
    let mut off = Vec::new();
    for row in ROWS {
        let psnr = reached(row, &context, &clean);
        let line = format!(
            "{:?}, noise {}, gray {}, JPEG {:?}: {psnr:.2} dB",
            row.options, row.noise, row.gray_noise, row.jpeg
        );
        if std::env::var_os("DCDP_PRINT_FLOORS").is_some() {
            println!("{line}");
        }
        if (psnr - row.psnr).abs() > TOLERANCE {
            off.push(format!("{line}, expected {:.2}", row.psnr));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}
