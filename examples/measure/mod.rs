//! Degrades clean pictures, stores and restores them, and says how close the result is: shared by the examples
//! that measure.

mod arguments;
mod holes;
mod rows;

use std::error::Error;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use dcdp::image::{ImageView, ImageViewMut, JpegSource, Layout, PixelType};
use dcdp::metrics::psnr;
use dcdp::restore::{Context, degrade, measurement_size, output_size, restore};
use dcdp::{Options, Report};
use image::imageops::FilterType;
use image::{DynamicImage, ImageBuffer, ImageFormat, RgbImage};

pub use arguments::Arguments;
pub use rows::{ROWS, Row, Stored};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The pictures of the folder in the order of their names, as many as wanted, cropped to the middle, sides divisible
/// by 4 so that every scale fits.
pub fn pictures(arguments: &Arguments) -> Outcome<Vec<RgbImage>> {
    let folder = &arguments.folder;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| ImageFormat::from_path(path).is_ok())
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no pictures", folder.display()).into());
    }
    files
        .iter()
        .step_by(arguments.every.max(1))
        .take(arguments.limit)
        .map(|file| load(file, arguments.crop))
        .collect()
}

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

/// A clean picture and what a row measures of it.
pub struct Case<'a> {
    /// Tells the restorer the task, not the noise.
    pub options: Options,
    /// PSNR of the measurement in dB, enlarged by bicubic resampling where it is smaller.
    pub before: f64,
    clean: &'a RgbImage,
    measurement: DynamicImage,
}

impl<'a> Case<'a> {
    /// Degrades and stores `clean` as `row` says.
    pub fn new(row: &Row, clean: &'a RgbImage) -> Outcome<Self> {
        let mut options = Options::new();
        for (name, value) in row.options {
            options.set_string(name, value)?;
        }
        let (width, height) = clean.dimensions();
        options.set_mask(row.holes.map(|holes| holes(height, width)));
        options.set_number("noise", row.noise)?;
        let (measurement, source) = stored(&options, clean, row.stored)?;
        options.set_jpeg(source);
        options.set_number("noise", -1.0)?;
        let small = (measurement.width(), measurement.height()) != (width, height);
        let before = match small {
            true => {
                let enlarged = measurement.resize_exact(width, height, FilterType::CatmullRom);
                psnr(&view(clean)?, &view_of(&enlarged)?)?
            }
            false => psnr(&view(clean)?, &view_of(&measurement)?)?,
        };
        Ok(Case {
            options,
            before,
            clean,
            measurement,
        })
    }

    /// Restores the measurement, in as many bits as it has: PSNR in dB, and the report.
    pub fn restore(&self, context: &Context, options: &Options) -> Outcome<(f64, Report)> {
        let input = view_of(&self.measurement)?;
        let given = *input.layout();
        let (width, height) = output_size(options, given.width, given.height)?;
        let layout = Layout::packed(width, height, 3, given.pixel_type);
        let mut restored = vec![0; layout.packed_bytes()?];
        let mut output = ImageViewMut::new(&mut restored, layout, 0)?;
        let report = restore(context, options, &input, &mut output, &mut ())?;
        let restored = ImageView::new(&restored, layout, 0)?;
        Ok((psnr(&view(self.clean)?, &restored)?, report))
    }
}

fn view(picture: &RgbImage) -> Outcome<ImageView<'_>> {
    let (width, height) = picture.dimensions();
    let layout = Layout::packed(width as usize, height as usize, 3, PixelType::U8);
    Ok(ImageView::new(picture, layout, 0)?)
}

/// Of a picture in RGB, 8 or 16 bits.
fn view_of(picture: &DynamicImage) -> Outcome<ImageView<'_>> {
    let pixel_type = match picture {
        DynamicImage::ImageRgb16(_) => PixelType::U16,
        _ => PixelType::U8,
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let layout = Layout::packed(width, height, 3, pixel_type);
    Ok(ImageView::new(picture.as_bytes(), layout, 0)?)
}

/// The measurement after a trip through the file that holds it, and the coefficients of a JPEG file, which is 4:4:4.
fn stored(
    options: &Options,
    clean: &RgbImage,
    stored: Stored,
) -> Outcome<(DynamicImage, Option<JpegSource>)> {
    let (width, height) =
        measurement_size(options, clean.width() as usize, clean.height() as usize);
    let degraded = |pixel_type| -> Outcome<Vec<u8>> {
        let layout = Layout::packed(width, height, 3, pixel_type);
        let mut bytes = vec![0; layout.packed_bytes()?];
        let mut output = ImageViewMut::new(&mut bytes, layout, 0)?;
        degrade::degrade(options, &view(clean)?, &mut output)?;
        Ok(bytes)
    };
    let eight_bit = || -> Outcome<RgbImage> {
        let samples = degraded(PixelType::U8)?;
        Ok(RgbImage::from_raw(width as u32, height as u32, samples).ok_or("too few samples")?)
    };
    Ok(match stored {
        Stored::Png => (eight_bit()?.into(), None),
        Stored::Png16 => {
            let samples = degraded(PixelType::U16)?;
            let samples = samples
                .chunks_exact(2)
                .map(|pair| u16::from_ne_bytes([pair[0], pair[1]]))
                .collect();
            let picture = ImageBuffer::from_raw(width as u32, height as u32, samples);
            let picture = picture.ok_or("too few samples")?;
            (DynamicImage::ImageRgb16(picture), None)
        }
        Stored::Jpeg(quality) => {
            let mut bytes = Vec::new();
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
            eight_bit()?.write_with_encoder(encoder)?;
            let source = JpegSource::from_bytes(&bytes)?;
            let decoded = image::load(Cursor::new(bytes), ImageFormat::Jpeg)?;
            (decoded.to_rgb8().into(), Some(source))
        }
    })
}
