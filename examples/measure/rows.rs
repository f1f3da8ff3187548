//! What is measured: how pictures are degraded and stored.

use ndarray::Array2;

use super::holes;

/// The file that holds a measurement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// 8 bits.
    Png,
    /// 16 bits.
    Png16,
    /// Of this quality.
    Jpeg(u8),
}

/// Where a picture of this height and width is missing.
type Holes = fn(u32, u32) -> Array2<f32>;

/// One degradation.
#[derive(Clone, Copy)]
pub struct Row {
    /// For tables and `--rows`.
    pub name: &'static str,
    /// What the restorer is told too; the task comes first.
    pub options: &'static [(&'static str, &'static str)],
    /// Standard deviation of the noise, 0…255 units.
    pub noise: f64,
    /// What holds the measurement.
    pub stored: Stored,
    /// What is to be filled.
    pub holes: Option<Holes>,
}

const fn row(
    name: &'static str,
    options: &'static [(&'static str, &'static str)],
    noise: f64,
    stored: Stored,
) -> Row {
    Row {
        name,
        options,
        noise,
        stored,
        holes: None,
    }
}

const fn holes(name: &'static str, holes: Holes) -> Row {
    Row {
        name,
        options: &[("task", "inpaint")],
        noise: 0.0,
        stored: Stored::Png,
        holes: Some(holes),
    }
}

const DENOISE: &[(&str, &str)] = &[("task", "denoise")];
const DEJPEG: &[(&str, &str)] = &[("task", "dejpeg")];
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
const TWICE: &[(&str, &str)] = &[("task", "super-resolve"), ("scale", "2")];
const FOUR_TIMES: &[(&str, &str)] = &[("task", "super-resolve"), ("scale", "4")];

/// Every row, in the order of tables.
pub const ROWS: &[Row] = &[
    row("denoise-15", DENOISE, 15.0, Stored::Png),
    row("denoise-25", DENOISE, 25.0, Stored::Png),
    row("denoise-50", DENOISE, 50.0, Stored::Png),
    row("gaussian-3", GAUSSIAN, 0.0, Stored::Png),
    row("gaussian-3-jpeg", GAUSSIAN, 0.0, Stored::Jpeg(90)),
    row("gaussian-3-noise-5", GAUSSIAN, 5.0, Stored::Png),
    row("gaussian-3-noise-5-jpeg", GAUSSIAN, 5.0, Stored::Jpeg(90)),
    row("motion-21-30", MOTION, 0.0, Stored::Png),
    row("motion-21-30-16-bit", MOTION, 0.0, Stored::Png16),
    row("motion-21-30-jpeg", MOTION, 0.0, Stored::Jpeg(90)),
    row("motion-21-30-noise-1", MOTION, 1.0, Stored::Png),
    row("motion-21-30-noise-5", MOTION, 5.0, Stored::Png),
    row("motion-21-30-noise-5-jpeg", MOTION, 5.0, Stored::Jpeg(90)),
    row("motion-21-30-in-light", MOTION_IN_LIGHT, 0.0, Stored::Png),
    row(
        "motion-21-30-light-noise-1",
        MOTION_IN_LIGHT,
        1.0,
        Stored::Png,
    ),
    row(
        "motion-21-30-light-noise-2",
        MOTION_IN_LIGHT,
        2.0,
        Stored::Png,
    ),
    row(
        "motion-21-30-light-noise-5",
        MOTION_IN_LIGHT,
        5.0,
        Stored::Png,
    ),
    row(
        "motion-21-30-light-jpeg",
        MOTION_IN_LIGHT,
        0.0,
        Stored::Jpeg(90),
    ),
    row("disk-4-in-light", DISK_IN_LIGHT, 0.0, Stored::Png),
    row("disk-4-light-jpeg", DISK_IN_LIGHT, 0.0, Stored::Jpeg(90)),
    row("dejpeg-10", DEJPEG, 0.0, Stored::Jpeg(10)),
    row("dejpeg-20", DEJPEG, 0.0, Stored::Jpeg(20)),
    row("dejpeg-40", DEJPEG, 0.0, Stored::Jpeg(40)),
    row("dejpeg-60", DEJPEG, 0.0, Stored::Jpeg(60)),
    row("dejpeg-80", DEJPEG, 0.0, Stored::Jpeg(80)),
    row("dejpeg-90", DEJPEG, 0.0, Stored::Jpeg(90)),
    holes("inpaint-holes-16", holes::blocks),
    holes("inpaint-scratches-3", holes::scratches),
    row("super-resolve-2", TWICE, 0.0, Stored::Png),
    row("super-resolve-2-jpeg", TWICE, 0.0, Stored::Jpeg(90)),
    row("super-resolve-2-noise-2", TWICE, 2.0, Stored::Png),
    row("super-resolve-4", FOUR_TIMES, 0.0, Stored::Png),
    row("super-resolve-4-noise-2", FOUR_TIMES, 2.0, Stored::Png),
];
