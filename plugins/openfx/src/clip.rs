//! Clips and the images they give.

use std::ffi::{CStr, c_void};
use std::ptr;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use crate::call::call;
use crate::failure::{Failure, Result};
use crate::host::Suites;
use crate::property::Properties;

/// A clip of an effect instance.
pub struct Clip<'a> {
    suites: &'a Suites,
    handle: OfxImageClipHandle,
    name: &'static CStr,
    /// Its property set.
    pub properties: Properties,
}

impl<'a> Clip<'a> {
    /// The clip with this name.
    ///
    /// # Errors
    /// `Host`.
    pub fn get(
        suites: &'a Suites,
        effect: OfxImageEffectHandle,
        name: &'static CStr,
    ) -> Result<Self> {
        let (mut handle, mut properties) = (ptr::null_mut(), ptr::null_mut());
        let status = call!(
            suites.effect,
            clipGetHandle,
            effect,
            name.as_ptr(),
            &mut handle,
            &mut properties
        );
        if status != kOfxStatOK || handle.is_null() {
            let call = format!("clipGetHandle of {}", name.to_string_lossy());
            return Err(Failure::host(call, status));
        }
        Ok(Clip {
            suites,
            handle,
            name,
            properties: suites.properties(properties),
        })
    }

    /// Whether something is connected, as far as the host tells.
    pub fn is_connected(&self) -> bool {
        self.properties.int(kOfxImageClipPropConnected, 0) == Some(1)
    }

    /// The clip's extent at `time` in canonical coordinates, `None` when the host does not tell.
    pub fn region_of_definition(&self, time: OfxTime) -> Option<OfxRectD> {
        let mut bounds = OfxRectD {
            x1: 0.0,
            y1: 0.0,
            x2: 0.0,
            y2: 0.0,
        };
        let status = call!(
            self.suites.effect,
            clipGetRegionOfDefinition,
            self.handle,
            time,
            &mut bounds
        );
        let holds = bounds.x1 < bounds.x2 && bounds.y1 < bounds.y2;
        (status == kOfxStatOK && holds).then_some(bounds)
    }

    /// Fetches the image at `time`; `None` when the host has none, or one without pixels.
    ///
    /// # Errors
    /// `Refused` when its layout makes no sense.
    pub fn image(&self, time: OfxTime) -> Result<Option<Image<'a>>> {
        let mut handle = ptr::null_mut();
        let status = call!(
            self.suites.effect,
            clipGetImage,
            self.handle,
            time,
            ptr::null(),
            &mut handle
        );
        if status != kOfxStatOK || handle.is_null() {
            return Ok(None);
        }
        // From here on, dropping gives it back.
        let held = Held {
            suites: self.suites,
            handle,
        };
        let properties = self.suites.properties(handle);
        let data = properties.pointer(kOfxImagePropData);
        let Some(data) = data.filter(|data| !data.is_null()) else {
            return Ok(None);
        };
        let pixels = Pixels::read(data, &properties).map_err(|reason| {
            let name = self.name.to_string_lossy();
            Failure::Refused(format!("the image of clip {name} {reason}"))
        })?;
        Ok(Some(Image {
            properties,
            pixels,
            _held: held,
        }))
    }
}

struct Held<'a> {
    suites: &'a Suites,
    handle: OfxPropertySetHandle,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // There is nothing to do about a host that does not take its image back.
        let _ = call!(self.suites.effect, clipReleaseImage, self.handle);
    }
}

/// An image of the host's, given back when dropped.
pub struct Image<'a> {
    /// Its property set.
    pub properties: Properties,
    /// Where its pixels lie.
    pub pixels: Pixels,
    _held: Held<'a>,
}

/// What a pixel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Components {
    /// Red, green, blue, alpha.
    Rgba,
    /// Red, green, blue.
    Rgb,
    /// Alpha alone.
    Alpha,
}

impl Components {
    /// Samples per pixel.
    pub fn count(self) -> usize {
        match self {
            Components::Rgba => 4,
            Components::Rgb => 3,
            Components::Alpha => 1,
        }
    }
}

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Single float, the only one that is computed on.
    Float,
    /// Integers or half floats of so many bytes: hosts that know one depth only hand them anyway.
    Other(usize),
}

impl Depth {
    /// Bytes per sample.
    pub fn bytes(self) -> usize {
        match self {
            Depth::Float => 4,
            Depth::Other(bytes) => bytes,
        }
    }
}

/// Rows of pixels in the host's memory.
///
/// `y` counts upwards: row `bounds.y1` starts at `data`, the row above it `row_bytes` further, which may
/// be backwards. Nothing need be aligned.
#[derive(Clone, Copy, Debug)]
pub struct Pixels {
    data: *mut c_void,
    row_bytes: i32,
    /// The pixels there are: x1 ≤ x < x2, y1 ≤ y < y2.
    pub bounds: OfxRectI,
    /// What each is made of.
    pub components: Components,
    /// How each sample is stored.
    pub depth: Depth,
}

impl Pixels {
    /// # Errors
    /// What is wrong, to follow the words "the image of clip …".
    fn read(data: *mut c_void, properties: &Properties) -> std::result::Result<Self, String> {
        let missing = |what: &str| format!("has no {what}");
        let [x1, y1, x2, y2] = properties
            .ints(kOfxImagePropBounds)
            .ok_or_else(|| missing("bounds"))?;
        let pixels = Pixels {
            data,
            row_bytes: properties
                .int(kOfxImagePropRowBytes, 0)
                .ok_or_else(|| missing("row bytes"))?,
            bounds: OfxRectI { x1, y1, x2, y2 },
            components: one_of(
                properties,
                kOfxImageEffectPropComponents,
                &[
                    (kOfxImageComponentRGBA, Components::Rgba),
                    (kOfxImageComponentRGB, Components::Rgb),
                    (kOfxImageComponentAlpha, Components::Alpha),
                ],
            )?,
            depth: one_of(
                properties,
                kOfxImageEffectPropPixelDepth,
                &[
                    (kOfxBitDepthFloat, Depth::Float),
                    (kOfxBitDepthHalf, Depth::Other(2)),
                    (kOfxBitDepthShort, Depth::Other(2)),
                    (kOfxBitDepthByte, Depth::Other(1)),
                ],
            )?,
        };
        let width = i64::from(x2) - i64::from(x1);
        let height = i64::from(y2) - i64::from(y1);
        if width < 1 || height < 1 || i32::try_from(width.max(height)).is_err() {
            return Err(format!("has {width}x{height} pixels"));
        }
        let row = width * pixels.pixel_bytes() as i64;
        let step = i64::from(pixels.row_bytes);
        if height > 1 && step.abs() < row {
            return Err(format!(
                "has {step} bytes from row to row; its rows are {row} bytes long"
            ));
        }
        Ok(pixels)
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.bounds.x1.abs_diff(self.bounds.x2) as usize
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.bounds.y1.abs_diff(self.bounds.y2) as usize
    }

    /// Bytes from a pixel to its right neighbour.
    pub fn pixel_bytes(&self) -> usize {
        self.components.count() * self.depth.bytes()
    }

    /// Where pixel (x, y) starts. Both lie in bounds, x may also be the end of the row.
    pub fn start(&self, x: i32, y: i32) -> *mut u8 {
        let OfxRectI { x1, y1, x2, y2 } = self.bounds;
        assert!(x1 <= x && x <= x2 && y1 <= y && y < y2);
        let row = (y as isize - y1 as isize) * self.row_bytes as isize;
        let pixel = (x as isize - x1 as isize) * self.pixel_bytes() as isize;
        self.data.cast::<u8>().wrapping_offset(row + pixel)
    }
}

fn one_of<T: Copy>(
    properties: &Properties,
    name: &CStr,
    known: &[(&CStr, T)],
) -> std::result::Result<T, String> {
    let text = properties.string(name, 0).unwrap_or_default();
    let found = known.iter().find(|(word, _)| word.to_str() == Ok(&text));
    found.map(|&(_, value)| value).ok_or_else(|| {
        let words: Vec<_> = known
            .iter()
            .map(|(word, _)| word.to_string_lossy())
            .collect();
        let name = name.to_string_lossy();
        format!("has {name} `{text}`; allowed: {}", words.join(", "))
    })
}
