//! One picture from or for a file, upright.

mod result;

use std::borrow::Cow;
use std::sync::Arc;

use image::metadata::Orientation;

use super::Note;
use super::colour::{Colour, Curve};
use super::metadata::Metadata;
use super::page::{Page, Plane};
use super::samples::Stored;
use crate::Result;
use crate::image::{Alpha, ImageView, ImageViewMut, Layout, PixelType, Transfer, Turn};

/// A picture from or for a file, with everything the file says about it.
///
/// Pixels are seen upright: an orientation in the file is applied when reading, and what is written
/// says "upright" (or, where pictures that are carried along depend on it, is stored as it was). So
/// angles, masks and kernels mean what a person sees.
///
/// Colour is seen in the primaries of the file, as sRGB codes (which those of other display spaces, such
/// as Adobe RGB, are near enough) or linear light: a curve that is neither (PQ, HLG, a gamma far from
/// sRGB's) is undone when reading and applied again when writing.
#[derive(Clone, Debug)]
pub struct ImageFile {
    bytes: Vec<u8>,
    /// How `bytes` lie in the file's own orientation, packed in a result.
    stored_layout: Layout,
    layout: Layout,
    origin: usize,
    stored: Stored,
    colour: Colour,
    /// What the codes mean where they were taken for sRGB codes and light is to be written.
    codes: Codes,
    metadata: Arc<Metadata>,
    planes: Vec<Plane>,
    orientation: Orientation,
    delay: (u32, u32),
    is_carried: bool,
    source_size: (usize, usize),
    /// What the caller says the values mean, whatever the file says.
    transfer: Option<Transfer>,
    notes: Vec<Note>,
}

/// What codes mean that the engine took for sRGB codes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Codes {
    /// That.
    Srgb,
    /// Light by another curve near it.
    Curve(Curve),
    /// What only an ICC profile can say.
    Profile(Vec<u8>),
}

impl ImageFile {
    /// Takes over what a reader gives; `transfer`, where given, overrides what the file says.
    pub(super) fn adopt(page: Page, transfer: Option<Transfer>) -> Result<Self> {
        let Page {
            mut bytes,
            mut layout,
            mut colour,
            mut notes,
            ..
        } = page;
        let wanted: &[u8] = if layout.is_gray() { b"GRAY" } else { b"RGB " };
        let space = |profile: &Vec<u8>| super::colour::icc::space(profile) == Some(wanted);
        if colour.icc.as_ref().is_some_and(|profile| !space(profile)) {
            notes.push(Note::new(
                "its ICC profile is left out; it is damaged or for other kinds of colour",
            ));
            colour = Colour::new(colour.cicp, None, None, None);
        }
        match (transfer, &colour.curve) {
            (Some(transfer), _) => layout.transfer = transfer,
            (None, curve) if curve.is_near_srgb() => layout.transfer = Transfer::Srgb,
            (None, Curve::Linear) => layout.transfer = Transfer::Linear,
            (None, curve) => {
                let working = match curve {
                    Curve::Pq | Curve::Hlg => Transfer::Linear,
                    _ => Transfer::Srgb,
                };
                let view = ImageView::new(&bytes, layout, 0)?;
                let floats = recoded(&view, |code| working.of_light(curve.decode(code)));
                layout = Layout {
                    transfer: working,
                    alpha: layout.alpha,
                    ..Layout::packed(layout.width, layout.height, layout.channels, PixelType::F32)
                };
                bytes = floats
                    .iter()
                    .flat_map(|value| value.to_ne_bytes())
                    .collect();
            }
        }
        let stored_layout = layout;
        let (layout, origin) = upright(&layout, page.orientation);
        let mut planes = page.planes;
        for plane in &mut planes {
            let (turned, first) = upright(&plane.layout, page.orientation);
            plane.layout = turned;
            plane.origin += first;
        }
        Ok(ImageFile {
            bytes,
            stored_layout,
            source_size: (layout.width, layout.height),
            layout,
            origin,
            stored: page.stored,
            colour,
            codes: Codes::Srgb,
            metadata: Arc::new(page.metadata),
            planes,
            orientation: page.orientation,
            delay: page.delay.unwrap_or((1, 10)),
            is_carried: page.is_carried,
            transfer,
            notes,
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

    /// Whether this is no picture but belongs to one (a mask page of a TIFF file): it is to be copied,
    /// not restored.
    pub fn is_carried(&self) -> bool {
        self.is_carried
    }

    /// What was lost or is carried along: of one that was read, by reading; of one made by
    /// [`for_result`](Self::for_result), by the format it is for.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    pub(super) fn colour(&self) -> &Colour {
        &self.colour
    }

    pub(super) fn codes(&self) -> &Codes {
        &self.codes
    }

    pub(super) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(super) fn planes(&self) -> &[Plane] {
        &self.planes
    }

    pub(super) fn stored(&self) -> Stored {
        self.stored
    }

    pub(super) fn channels(&self) -> usize {
        self.layout.channels
    }

    /// Seconds shown in an animation, as a fraction.
    pub(super) fn delay(&self) -> (u32, u32) {
        self.delay
    }

    /// Size of the picture this one is the result of, upright.
    pub(super) fn source_size(&self) -> (usize, usize) {
        self.source_size
    }

    /// Width and height as the file stores them.
    pub(super) fn stored_size(&self) -> (usize, usize) {
        (self.stored_layout.width, self.stored_layout.height)
    }

    /// The samples of a result as its file stores them: packed, in native order, in the file's curve.
    pub(super) fn stored_samples(&self) -> Cow<'_, [u8]> {
        let is_direct = is_direct(&self.colour.curve);
        if is_direct && self.stored.kind.pixel_type() == Some(self.stored_layout.pixel_type) {
            return Cow::Borrowed(&self.bytes);
        }
        let Ok(view) = ImageView::new(&self.bytes, self.stored_layout, 0) else {
            return Cow::Borrowed(&self.bytes);
        };
        let transfer = self.stored_layout.transfer;
        let values = match is_direct {
            true => recoded(&view, |value| value),
            false => recoded(&view, |value| {
                self.colour.curve.encode(transfer.to_light(value))
            }),
        };
        let mut samples = Vec::with_capacity(values.len() * self.stored.kind.bytes());
        for value in values {
            self.stored.put(value, &mut samples);
        }
        Cow::Owned(samples)
    }
}

/// Whether what the engine computes on are the codes of a curve themselves.
fn is_direct(curve: &Curve) -> bool {
    *curve == Curve::Linear || curve.is_near_srgb()
}

/// The values of a view, packed, with colour (not alpha) through `code`; multiplied colour is divided
/// first and multiplied again.
fn recoded(view: &ImageView<'_>, code: impl Fn(f32) -> f32) -> Vec<f32> {
    let layout = *view.layout();
    let colours = layout.channels - usize::from(layout.has_alpha());
    let mut values = Vec::with_capacity(layout.width * layout.height * layout.channels);
    for y in 0..layout.height {
        for x in 0..layout.width {
            let coverage = match (layout.alpha, layout.has_alpha()) {
                (Alpha::Premultiplied, true) => view.get(x, y, colours),
                _ => 1.0,
            };
            for channel in 0..colours {
                let value = view.get(x, y, channel);
                values.push(match coverage > 0.0 {
                    true => code(value / coverage) * coverage,
                    false => value,
                });
            }
            if layout.has_alpha() {
                values.push(view.get(x, y, colours));
            }
        }
    }
    values
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
