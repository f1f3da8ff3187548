//! Which TIFF tags are about storage, which are carried, and what they are called.

use super::super::metadata::ifd::{Directory, Field};
use super::super::metadata::{Density, Unit, exif};

pub(super) const DESCRIPTION: u16 = 270;
pub(super) const SUB_DIRECTORIES: u16 = 330;
pub(super) const XMP: u16 = 700;
pub(super) const IPTC: u16 = 33_723;
pub(super) const RESOURCES: u16 = 34_377;
pub(super) const PROFILE: u16 = 34_675;
/// Layers of Photoshop.
pub(super) const LAYERS: u16 = 37_724;
/// Horizontal and vertical resolution, and their unit (1 none, 2 inch, 3 cm).
pub(super) const RESOLUTION: (u16, u16, u16) = (282, 283, 296);

/// Tags that say how a page is stored, or that the writer makes anew: sizes, chunks, compression,
/// palettes, inks, ranges of values, sub-directories, and pointers.
const STORAGE: [u16; 55] = [
    256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292,
    293, 301, 317, 320, 322, 323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 342, 347,
    512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559, 34_665, 34_853, 40_965,
];
/// Tags that have a place of their own among the metadata.
const COMMON: [u16; 5] = [DESCRIPTION, XMP, IPTC, RESOURCES, PROFILE];

/// Whether a field is to be copied as it is from page to page.
pub(super) fn is_carried(field: &Field) -> bool {
    !STORAGE.contains(&field.tag) && !COMMON.contains(&field.tag) && field.tag != LAYERS
}

/// What no other format holds, in words.
pub(in crate::image::files) fn peculiar(fields: &[Field]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let known = exif::DESCRIPTIVE.contains(&field.tag)
            || matches!(field.tag, 254 | 255 | 269 | 285 | 297);
        if known || !is_carried(field) {
            continue;
        }
        let name = match field.tag {
            33_550 | 33_922 | 34_264 | 34_735 | 34_736 | 34_737 => "GeoTIFF tags".to_owned(),
            42_112 | 42_113 => "GDAL tags".to_owned(),
            50_838 | 50_839 => "ImageJ metadata".to_owned(),
            tag => format!("TIFF tag {tag}"),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Pixels per unit of length, where a page says it.
pub(super) fn density(directory: &Directory) -> Option<Density> {
    let real = |tag| directory.field(tag)?.reals().first().copied();
    let (x, y) = (real(RESOLUTION.0)?, real(RESOLUTION.1)?);
    if !(x > 0.0 && y > 0.0 && x.is_finite() && y.is_finite()) {
        return None;
    }
    Some(match directory.number(RESOLUTION.2).unwrap_or(2) {
        2 => Density {
            x,
            y,
            unit: Unit::Inch,
        },
        3 => Density {
            x: 100.0 * x,
            y: 100.0 * y,
            unit: Unit::Metre,
        },
        _ => Density {
            x,
            y,
            unit: Unit::Ratio,
        },
    })
}

/// Fields that hold lengths in pixels, for a page that is `factors` (across, down) times as large.
pub(super) fn resized(mut field: Field, factors: (f64, f64), is_measured: bool) -> Field {
    let double = |values: &[f64]| values.iter().flat_map(|v| v.to_ne_bytes()).collect();
    let mut values = field.reals();
    match field.tag {
        // ModelPixelScale: ground units per pixel.
        33_550 if values.len() >= 2 => {
            values[0] /= factors.0;
            values[1] /= factors.1;
            field.value = double(&values);
        }
        // ModelTiepoint: pixel x, y, z and ground x, y, z.
        33_922 => {
            for point in values.chunks_exact_mut(6) {
                point[0] *= factors.0;
                point[1] *= factors.1;
            }
            field.value = double(&values);
        }
        // ModelTransformation: 4×4, columns 0 and 1 are per pixel.
        34_264 if values.len() == 16 => {
            for row in values.chunks_exact_mut(4) {
                row[0] /= factors.0;
                row[1] /= factors.1;
            }
            field.value = double(&values);
        }
        // Where the resolution is a measurement (microscopes), it follows the pixels.
        282 | 283 if is_measured && !values.is_empty() => {
            let factor = if field.tag == 282 {
                factors.0
            } else {
                factors.1
            };
            field.value = rational(values[0] * factor);
        }
        _ => {}
    }
    field
}

/// A positive number as a RATIONAL's bytes.
pub(super) fn rational(value: f64) -> Vec<u8> {
    let mut denominator = 1_u32;
    while denominator < 1_000_000
        && value * f64::from(denominator) < 1e8
        && (value * f64::from(denominator)).fract() > 1e-9
    {
        denominator *= 10;
    }
    let numerator = (value * f64::from(denominator)).round() as u32;
    [numerator, denominator]
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect()
}
