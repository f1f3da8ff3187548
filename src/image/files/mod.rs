//! Pictures in files: PNG, JPEG, TIFF, WebP and EXR.

mod decode;
mod encode;
mod exif;
mod exr;
mod staged;
mod tiff;

use std::path::Path;

use image::metadata::Orientation;
use ndarray::Array2;

use super::{
    Alpha, FillMap, ImageView, ImageViewMut, Layout, PixelType, PointSpread, Transfer, Turn,
};
use crate::{Error, Result};

pub use staged::StagedFile;

/// JPEG quality when nothing is said.
pub const DEFAULT_JPEG_QUALITY: u8 = 95;
/// Largest side of a picture that is read, in pixels.
const MAX_SIDE: usize = 65_535;
/// Largest decoded picture that is read, in bytes.
const MAX_BYTES: usize = 4 << 30;

/// Most bytes of a decoded point-spread function: 8192×8192 gray at 32 bits.
const MAX_KERNEL_BYTES: usize = 256 << 20;

/// A file format for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Gray or RGB, alpha, 8 or 16 bits.
    Png,
    /// Gray or RGB, 8 bits, lossy.
    Jpeg,
    /// Gray or RGB, alpha, 8 or 16 bits or single float.
    Tiff,
    /// RGB, alpha, 8 bits; written without loss.
    WebP,
    /// Gray or RGB, alpha, half or single float, linear light.
    Exr,
}

impl FileFormat {
    /// The format a file name's ending stands for.
    ///
    /// # Errors
    /// `InvalidOption` (`output`) when it stands for none.
    pub fn of_name(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_ascii_lowercase().as_str() {
            "png" => Ok(FileFormat::Png),
            "jpg" | "jpeg" => Ok(FileFormat::Jpeg),
            "tif" | "tiff" => Ok(FileFormat::Tiff),
            "webp" => Ok(FileFormat::WebP),
            "exr" => Ok(FileFormat::Exr),
            _ => Err(Error::invalid(
                "output",
                format!("`{}`", path.display()),
                "a file name ending in .png, .jpg, .tif, .webp or .exr",
            )),
        }
    }

    /// What a person calls it.
    pub const fn name(self) -> &'static str {
        match self {
            FileFormat::Png => "PNG",
            FileFormat::Jpeg => "JPEG",
            FileFormat::Tiff => "TIFF",
            FileFormat::WebP => "WebP",
            FileFormat::Exr => "EXR",
        }
    }

    /// Largest side in pixels.
    const fn max_side(self) -> usize {
        match self {
            FileFormat::Jpeg => 65_535,
            FileFormat::WebP => 16_383,
            FileFormat::Png | FileFormat::Tiff | FileFormat::Exr => i32::MAX as usize,
        }
    }

    /// The sample type nearest to `wanted` that the format has.
    const fn pixel_type(self, wanted: PixelType) -> PixelType {
        match (self, wanted) {
            (FileFormat::Jpeg | FileFormat::WebP, _) => PixelType::U8,
            (FileFormat::Png, PixelType::F16 | PixelType::F32) => PixelType::U16,
            (FileFormat::Tiff, PixelType::F16) => PixelType::F32,
            // Half floats hold every 8-bit value, and 16-bit values only near 0.
            (FileFormat::Exr, PixelType::U8) => PixelType::F16,
            (FileFormat::Exr, PixelType::U16) => PixelType::F32,
            (FileFormat::Png | FileFormat::Tiff | FileFormat::Exr, _) => wanted,
        }
    }

    /// What stored values mean unless the caller says otherwise.
    const fn transfer(self) -> Transfer {
        match self {
            FileFormat::Exr => Transfer::Linear,
            _ => Transfer::Srgb,
        }
    }

    /// How colour and alpha are stored.
    const fn alpha(self) -> Alpha {
        match self {
            FileFormat::Exr => Alpha::Premultiplied,
            _ => Alpha::Straight,
        }
    }
}

/// What a file says besides its pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metadata {
    /// ICC profile.
    pub icc: Option<Vec<u8>>,
    /// EXIF block (TIFF-structured), its orientation set to upright.
    pub exif: Option<Vec<u8>>,
    /// Attributes of an EXR file.
    attributes: Option<exr::Attributes>,
}

/// A picture from or for a file, with its ICC profile and EXIF.
///
/// Pixels are seen upright: an orientation in the file is applied when reading, and what is written
/// says "upright". So angles, masks and kernels mean what a person sees.
#[derive(Clone, Debug)]
pub struct ImageFile {
    bytes: Vec<u8>,
    layout: Layout,
    origin: usize,
    metadata: Metadata,
}

impl ImageFile {
    /// Reads a file of any of the formats, which its content decides. EXR is linear and premultiplied,
    /// all others sRGB-encoded (an ICC profile is carried, not interpreted).
    ///
    /// # Errors
    /// `Io` when the file cannot be opened; `File` when it is empty, of no known format, damaged,
    /// truncated, or larger than 65535 pixels a side or 4 GiB decoded.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_within(path, MAX_BYTES)
    }

    /// As [`read`](Self::read), of at most `most` bytes when decoded.
    fn read_within(path: &Path, most: usize) -> Result<Self> {
        let (stored, orientation) = decode::read(path, most)?;
        let (layout, origin) = upright(&stored.layout, orientation);
        Ok(ImageFile {
            layout,
            origin,
            ..stored
        })
    }

    /// A black picture of `size` (width, height) to hold a result computed from this one and be written
    /// to `path`: with the metadata and channels of this one, and the depth, transfer and alpha mode
    /// nearest to this one that the format has. `transfer`, where given, overrides the format's.
    ///
    /// # Errors
    /// `InvalidOption` for a file name of no known format; `File` when the format cannot hold the
    /// alpha channel or the size; `InvalidImage` when the size is zero or too large for memory.
    pub fn for_result(
        &self,
        path: &Path,
        size: (usize, usize),
        transfer: Option<Transfer>,
    ) -> Result<Self> {
        let format = FileFormat::of_name(path)?;
        let refuse = |reason: String| Error::File {
            path: path.to_owned(),
            reason,
        };
        if self.layout.has_alpha() && format == FileFormat::Jpeg {
            return Err(refuse(
                "JPEG cannot hold the picture's alpha channel; write .png, .tif, .webp or .exr"
                    .to_owned(),
            ));
        }
        let (width, height) = size;
        if width.max(height) > format.max_side() {
            return Err(refuse(format!(
                "{} cannot hold {width}x{height} pixels; its largest side is {}",
                format.name(),
                format.max_side()
            )));
        }
        let pixel_type = format.pixel_type(self.layout.pixel_type);
        let mut layout = Layout::packed(width, height, self.layout.channels, pixel_type);
        layout.transfer = transfer.unwrap_or(format.transfer());
        layout.alpha = format.alpha();
        let mut metadata = self.metadata.clone();
        if format == FileFormat::WebP && layout.is_gray() {
            metadata.icc = None; // WebP stores gray as RGB, which a gray profile does not describe.
        }
        Ok(ImageFile {
            bytes: vec![0; layout.packed_bytes()?],
            layout,
            origin: 0,
            metadata,
        })
    }

    /// The pixels.
    ///
    /// # Errors
    /// Never for a picture that was read or made by [`for_result`](Self::for_result).
    pub fn view(&self) -> Result<ImageView<'_>> {
        ImageView::new(&self.bytes, self.layout, self.origin)
    }

    /// The pixels, to write.
    ///
    /// # Errors
    /// As [`view`](Self::view).
    pub fn view_mut(&mut self) -> Result<ImageViewMut<'_>> {
        ImageViewMut::new(&mut self.bytes, self.layout, self.origin)
    }

    /// Width and height in pixels, upright.
    pub fn size(&self) -> (usize, usize) {
        (self.layout.width, self.layout.height)
    }

    /// Writes aside a picture made by [`for_result`](Self::for_result) for the same `path`;
    /// [`StagedFile::publish`] then gives it its name. `jpeg_quality` is 1…100.
    ///
    /// # Errors
    /// `Io` or `File` when it cannot be written; nothing is left behind then.
    pub fn stage(&self, path: &Path, jpeg_quality: u8) -> Result<StagedFile> {
        encode::stage(self, path, jpeg_quality)
    }
}

/// The same stored pixels as they are to be seen: a stride permutation, no copy. Also gives the byte
/// of the first upright sample. `layout` is packed or planar with positive strides.
fn upright(layout: &Layout, orientation: Orientation) -> (Layout, usize) {
    let Turn {
        flip_x,
        flip_y,
        swap,
    } = Turn::of(orientation);
    let mut seen = *layout;
    let sample = layout.pixel_type.bytes();
    let or = |stride: isize, packed: usize| if stride == 0 { packed as isize } else { stride };
    let mut pixel = or(layout.pixel_stride, sample * layout.channels);
    let mut row = or(layout.row_stride, sample * layout.channels * layout.width);
    seen.channel_stride = or(layout.channel_stride, sample);
    let mut origin = 0;
    if flip_x {
        origin += pixel.unsigned_abs() * (layout.width - 1);
        pixel = -pixel;
    }
    if flip_y {
        origin += row.unsigned_abs() * (layout.height - 1);
        row = -row;
    }
    (seen.pixel_stride, seen.row_stride) = (pixel, row);
    if swap {
        (seen.pixel_stride, seen.row_stride) = (row, pixel);
        (seen.width, seen.height) = (layout.height, layout.width);
    }
    (seen, origin)
}

/// Reads a mask for inpainting, H×W in 0…1, above one half to be filled: [`FillMap`] tells how pictures
/// are understood. Where it was no plain white on black, a warning in the log says how.
///
/// # Errors
/// As [`ImageFile::read`], and `File` as [`FillMap::from_view`] refuses it.
pub fn read_mask(path: &Path) -> Result<Array2<f32>> {
    let file = ImageFile::read(path)?;
    let map = FillMap::from_view(&file.view()?).map_err(refused(path))?;
    tell(path, map.note());
    Ok(map.into_values())
}

/// Reads a point-spread function, h×w in any scale: [`PointSpread`] tells how pictures are understood.
/// Where it was not taken as it is, a warning in the log says how.
///
/// # Errors
/// As [`ImageFile::read`], and `File` as [`PointSpread::from_view`] refuses it, or when it is larger than
/// 256 MiB decoded.
pub fn read_kernel(path: &Path) -> Result<Array2<f32>> {
    let file = ImageFile::read_within(path, MAX_KERNEL_BYTES)?;
    let psf = PointSpread::from_view(&file.view()?).map_err(refused(path))?;
    tell(path, psf.note());
    Ok(psf.into_values())
}

fn refused(path: &Path) -> impl Fn(Error) -> Error {
    |error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn tell(path: &Path, note: Option<&str>) {
    if let Some(note) = note {
        log::warn!("{}: {note}", path.display());
    }
}
