//! Image descriptors.

use std::ffi::c_void;
use std::mem::offset_of;

use super::abi::{Sized32, null, read_struct};
use crate::image::{Alpha, ImageView, ImageViewMut, Layout, PixelType, Transfer};
use crate::{Error, Result};

/// Type of one stored sample (member `type` of dcdp_image).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_type {
    /// 8-bit unsigned, 0...255.
    DCDP_U8 = 0,
    /// 16-bit unsigned, 0...65535, native byte order.
    DCDP_U16 = 1,
    /// IEEE half float, nominal 0...1, native byte order.
    DCDP_F16 = 2,
    /// IEEE single float, nominal 0...1, native byte order.
    DCDP_F32 = 3,
}

/// How stored colour relates to light (member `transfer` of dcdp_image).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_transfer {
    /// sRGB-encoded (IEC 61966-2-1), as picture files usually are.
    DCDP_SRGB = 0,
    /// Linear light with sRGB primaries.
    DCDP_LINEAR = 1,
}

/// How colour relates to alpha (member `alpha` of dcdp_image).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_alpha {
    /// Colour is independent of alpha.
    DCDP_STRAIGHT = 0,
    /// Colour has been multiplied by alpha.
    DCDP_PREMULTIPLIED = 1,
}

/// A picture in the caller's memory. Set every member you do not use to 0, struct_size to
/// sizeof(dcdp_image).
///
/// Sample (x, y, c) lies at data + x * pixel_stride + y * row_stride + c * channel_stride bytes. Strides
/// may be negative (data is then not the lowest address) and samples need no alignment. A stride of 0
/// means packed, interleaved samples: channel_stride is one sample, pixel_stride all channels, row_stride
/// width times the absolute pixel_stride. Values outside 0...1 in float images, infinities and NaN are
/// allowed and kept where they can be.
///
/// The library keeps no pointer to data beyond the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_image {
    /// sizeof(dcdp_image). A caller that ends the struct after data gets packed strides.
    pub struct_size: u32,
    /// Pixels per row, at least 1.
    pub width: i32,
    /// Rows, at least 1.
    pub height: i32,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
    pub channels: i32,
    /// A dcdp_type.
    pub r#type: i32,
    /// A dcdp_transfer.
    pub transfer: i32,
    /// A dcdp_alpha; matters with 2 or 4 channels.
    pub alpha: i32,
    /// Sample (0, 0, 0): the first channel of the top left pixel.
    pub data: *mut c_void,
    /// Bytes from a pixel to its right neighbour; 0 is packed.
    pub pixel_stride: isize,
    /// Bytes from a row to the next lower one; 0 is packed.
    pub row_stride: isize,
    /// Bytes from a channel to the next; 0 is packed.
    pub channel_stride: isize,
}

// SAFETY: repr(C), begins with a u32, and holds integers and a raw pointer only.
unsafe impl Sized32 for dcdp_image {
    const NAME: &'static str = "dcdp_image";
    const OLDEST: usize = offset_of!(dcdp_image, pixel_stride);
}

/// Gaps between rows up to this size are alignment, and belong to the image.
const ROW_PADDING: usize = 63;

/// Where the samples of a descriptor lie.
pub(super) struct Located {
    layout: Layout,
    first: *mut u8,
    origin: usize,
    bytes: usize,
}

impl Located {
    /// # Errors
    /// `InvalidArgument` for NULL or a bad `struct_size`, `InvalidImage` for everything else that cannot
    /// be a picture in memory.
    ///
    /// # Safety
    /// `descriptor` is NULL or points to `struct_size` readable bytes.
    pub unsafe fn new(descriptor: *const dcdp_image) -> Result<Self> {
        // SAFETY: as promised by the caller.
        let image = unsafe { read_struct(descriptor)? };
        let layout = layout(&image)?;
        if image.data.is_null() {
            return Err(null("dcdp_image: data"));
        }
        let (before, after) = layout.extent()?;
        let address = image.data as usize;
        if before > address || address.checked_add(after).is_none() {
            return Err(Error::InvalidImage(format!(
                "{}x{} pixels at {address:#x} with strides {}, {}, {} bytes (pixel, row, channel) \
                 reach beyond the address space",
                layout.width,
                layout.height,
                layout.pixel_stride,
                layout.row_stride,
                layout.channel_stride
            )));
        }
        Ok(Located {
            layout,
            first: image.data.cast::<u8>().wrapping_sub(before),
            origin: before,
            bytes: before + after,
        })
    }

    /// Whether the two share a byte.
    pub fn overlaps(&self, other: &Located) -> bool {
        let (a, b) = (self.first as usize, other.first as usize);
        a < b + other.bytes && b < a + self.bytes
    }

    /// Whether bytes between the samples may belong to somebody else, such as another part of a larger
    /// picture, and must not be borrowed.
    fn has_gaps(&self) -> Result<bool> {
        let padding = ROW_PADDING.saturating_mul(self.layout.height);
        Ok(self.bytes > self.layout.packed_bytes()?.saturating_add(padding))
    }

    /// Calls `copy(offset from the first sample, offset in a packed picture, bytes)` for every stretch of
    /// bytes that lies alike in both.
    fn stretches(&self, mut copy: impl FnMut(isize, usize, usize)) -> Result<()> {
        let layout = self.layout.resolved()?;
        let sample = layout.pixel_type.bytes();
        let pixel = sample * layout.channels;
        let row = pixel * layout.width;
        let interleaved = layout.channel_stride == sample as isize || layout.channels == 1;
        let whole_rows =
            interleaved && (layout.pixel_stride == pixel as isize || layout.width == 1);
        for y in 0..layout.height {
            let start = layout.row_stride * y as isize;
            if whole_rows {
                copy(start, y * row, row);
                continue;
            }
            for x in 0..layout.width {
                let start = start + layout.pixel_stride * x as isize;
                for channel in 0..layout.channels {
                    let packed = y * row + x * pixel + channel * sample;
                    copy(
                        start + layout.channel_stride * channel as isize,
                        packed,
                        sample,
                    );
                }
            }
        }
        Ok(())
    }

    /// A copy of the samples, packed.
    ///
    /// # Safety
    /// Every sample is readable.
    unsafe fn pack(&self) -> Result<Vec<u8>> {
        let mut bytes = room(self.layout.packed_bytes()?)?;
        let data = self.first.wrapping_add(self.origin);
        self.stretches(|at, packed, length| {
            let target = &mut bytes[packed..packed + length];
            // SAFETY: a sample of the caller's, readable as promised; `bytes` is ours alone.
            unsafe {
                std::ptr::copy_nonoverlapping(data.offset(at), target.as_mut_ptr(), length);
            }
        })?;
        Ok(bytes)
    }

    /// Stores packed samples.
    ///
    /// # Safety
    /// Every sample is writable.
    unsafe fn unpack(&self, bytes: &[u8]) -> Result<()> {
        let data = self.first.wrapping_add(self.origin);
        self.stretches(|at, packed, length| {
            let source = &bytes[packed..packed + length];
            // SAFETY: a sample of the caller's, writable as promised; `bytes` is ours alone.
            unsafe {
                std::ptr::copy_nonoverlapping(source.as_ptr(), data.offset(at), length);
            }
        })
    }

    fn packed_layout(&self) -> Layout {
        Layout {
            pixel_stride: 0,
            row_stride: 0,
            channel_stride: 0,
            ..self.layout
        }
    }

    /// Lends the picture to `body`.
    ///
    /// # Safety
    /// Every sample is readable, and nobody changes it meanwhile.
    pub unsafe fn with_view<R>(&self, body: impl FnOnce(&ImageView<'_>) -> Result<R>) -> Result<R> {
        if self.has_gaps()? {
            // SAFETY: as promised by the caller.
            let bytes = unsafe { self.pack()? };
            return body(&ImageView::new(&bytes, self.packed_layout(), 0)?);
        }
        // SAFETY: without gaps every byte of the extent belongs to the picture.
        let bytes = unsafe { std::slice::from_raw_parts(self.first, self.bytes) };
        body(&ImageView::new(bytes, self.layout, self.origin)?)
    }

    /// Lends the picture to `body` to be written; when `body` fails it stays as it was, provided `body`
    /// writes only when it succeeds.
    ///
    /// # Safety
    /// Every sample is readable and writable, and nobody else uses it meanwhile.
    pub unsafe fn with_view_mut<R>(
        &self,
        body: impl FnOnce(&mut ImageViewMut<'_>) -> Result<R>,
    ) -> Result<R> {
        if self.has_gaps()? {
            self.layout.resolved()?.check_disjoint()?;
            let mut bytes = room(self.layout.packed_bytes()?)?;
            let result = body(&mut ImageViewMut::new(&mut bytes, self.packed_layout(), 0)?)?;
            // SAFETY: as promised by the caller.
            unsafe { self.unpack(&bytes)? };
            return Ok(result);
        }
        // SAFETY: without gaps every byte of the extent belongs to the picture.
        let bytes = unsafe { std::slice::from_raw_parts_mut(self.first, self.bytes) };
        body(&mut ImageViewMut::new(bytes, self.layout, self.origin)?)
    }

    /// Lends an input and an output, which may share memory in any way.
    ///
    /// # Safety
    /// As [`Located::with_view`] for the input and [`Located::with_view_mut`] for the output.
    pub unsafe fn with_views<R>(
        input: &Located,
        output: &Located,
        body: impl FnOnce(&ImageView<'_>, &mut ImageViewMut<'_>) -> Result<R>,
    ) -> Result<R> {
        if input.overlaps(output) {
            // SAFETY: as promised by the caller.
            let bytes = unsafe { input.pack()? };
            let view = ImageView::new(&bytes, input.packed_layout(), 0)?;
            // SAFETY: as promised by the caller; the input is not borrowed from the caller any more.
            return unsafe { output.with_view_mut(|output| body(&view, output)) };
        }
        // SAFETY: as promised by the caller; the two share no byte.
        unsafe { input.with_view(|input| output.with_view_mut(|output| body(input, output))) }
    }
}

/// Zeroed bytes; an error where the memory cannot be had.
fn room(bytes: usize) -> Result<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes).map_err(|_| {
        Error::InvalidImage(format!(
            "there is no memory for a copy of its {bytes} bytes"
        ))
    })?;
    room.resize(bytes, 0);
    Ok(room)
}

fn layout(image: &dcdp_image) -> Result<Layout> {
    let side = |value: i32| {
        usize::try_from(value)
            .ok()
            .filter(|&value| value > 0)
            .ok_or_else(|| {
                Error::InvalidImage(format!(
                    "size {}x{}; allowed: 1 to {} pixels a side",
                    image.width,
                    image.height,
                    i32::MAX
                ))
            })
    };
    let member = |name: &str, value: i32, allowed: &str| {
        Error::InvalidImage(format!("{name} {value}; allowed: {allowed}"))
    };
    const U8: i32 = dcdp_type::DCDP_U8 as i32;
    const U16: i32 = dcdp_type::DCDP_U16 as i32;
    const F16: i32 = dcdp_type::DCDP_F16 as i32;
    const F32: i32 = dcdp_type::DCDP_F32 as i32;
    const SRGB: i32 = dcdp_transfer::DCDP_SRGB as i32;
    const LINEAR: i32 = dcdp_transfer::DCDP_LINEAR as i32;
    const STRAIGHT: i32 = dcdp_alpha::DCDP_STRAIGHT as i32;
    const PREMULTIPLIED: i32 = dcdp_alpha::DCDP_PREMULTIPLIED as i32;
    Ok(Layout {
        width: side(image.width)?,
        height: side(image.height)?,
        channels: match image.channels {
            1..=4 => image.channels as usize,
            other => return Err(member("channels", other, "1 to 4")),
        },
        pixel_type: match image.r#type {
            U8 => PixelType::U8,
            U16 => PixelType::U16,
            F16 => PixelType::F16,
            F32 => PixelType::F32,
            other => {
                return Err(member(
                    "type",
                    other,
                    "DCDP_U8, DCDP_U16, DCDP_F16, DCDP_F32",
                ));
            }
        },
        transfer: match image.transfer {
            SRGB => Transfer::Srgb,
            LINEAR => Transfer::Linear,
            other => return Err(member("transfer", other, "DCDP_SRGB, DCDP_LINEAR")),
        },
        alpha: match image.alpha {
            STRAIGHT => Alpha::Straight,
            PREMULTIPLIED => Alpha::Premultiplied,
            other => return Err(member("alpha", other, "DCDP_STRAIGHT, DCDP_PREMULTIPLIED")),
        },
        pixel_stride: image.pixel_stride,
        row_stride: image.row_stride,
        channel_stride: image.channel_stride,
    })
}
