//! Pictures in NumPy arrays, seen where they lie.

use std::slice;

use dcdp::image::{Alpha, ImageView, ImageViewMut, Layout, PixelType};
use dcdp::{Error, Result};
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

/// Where the samples of an array lie.
///
/// It borrows: the array must outlive it, and while a view is used nobody may write to the samples (nor, for
/// a view to write through, read them). Python has no means to forbid it; the package's documentation
/// does.
#[derive(Clone, Copy)]
pub struct Located {
    layout: Layout,
    first: *mut u8,
}

// SAFETY: an address and numbers; what is done with the address is promised where views are made.
unsafe impl Send for Located {}

impl Located {
    /// The samples of an array H×W or H×W×C of `uint8`, `uint16`, `float16` or `float32` in native byte
    /// order, in which no two pixels share memory.
    ///
    /// # Errors
    /// `InvalidImage` for any other.
    pub fn of(array: &Bound<'_, PyUntypedArray>, is_premultiplied: bool) -> Result<Self> {
        let invalid = |text: String| Err(Error::InvalidImage(text));
        let dtype = array.dtype();
        let is_native = dtype.is_native_byteorder().unwrap_or(true);
        let pixel_type = match (dtype.kind(), dtype.itemsize()) {
            (b'u', 1) => PixelType::U8,
            (b'u', 2) if is_native => PixelType::U16,
            (b'f', 2) if is_native => PixelType::F16,
            (b'f', 4) if is_native => PixelType::F32,
            _ => {
                return invalid(format!(
                    "samples of type {dtype}; allowed: uint8, uint16, float16, float32"
                ));
            }
        };
        let (height, width, channels) = match *array.shape() {
            [height, width] => (height, width, 1),
            [height, width, channels] => (height, width, channels),
            ref other => {
                return invalid(format!(
                    "an array of shape {other:?}; allowed: height, width, or height, width, channels"
                ));
            }
        };
        let stride = |axis: usize| {
            let is_single = array.shape().get(axis).is_none_or(|&count| count == 1);
            let stride = array.strides().get(axis).copied().unwrap_or(0);
            // What one sample steps over says nothing; 0 is the engine's word for packed.
            if is_single { 0 } else { stride }
        };
        let layout = Layout {
            pixel_stride: stride(1),
            row_stride: stride(0),
            channel_stride: stride(2),
            alpha: match is_premultiplied {
                true => Alpha::Premultiplied,
                false => Alpha::Straight,
            },
            ..Layout::packed(width, height, channels, pixel_type)
        };
        let repeats = (0..array.ndim()).any(|axis| array.shape()[axis] > 1 && stride(axis) == 0);
        if repeats {
            return invalid("pixels that share memory; copy the array first".to_owned());
        }
        layout.extent()?;
        // SAFETY: the pointer is to a live array object.
        let first = unsafe { (*array.as_array_ptr()).fields.data.cast() };
        Ok(Located { layout, first })
    }

    /// The samples to read.
    ///
    /// # Errors
    /// `InvalidImage`, which [`of`](Self::of) has excluded.
    ///
    /// # Safety
    /// The array lives, and nobody writes to its samples.
    pub unsafe fn view<'a>(self) -> Result<ImageView<'a>> {
        let (before, after) = self.layout.extent()?;
        // SAFETY: NumPy vouches for every sample, and `extent` is what they span.
        let bytes = unsafe { slice::from_raw_parts(self.first.sub(before), before + after) };
        ImageView::new(bytes, self.layout, before)
    }

    /// The samples to write.
    ///
    /// # Errors
    /// `InvalidImage` when samples share bytes.
    ///
    /// # Safety
    /// The array lives and is writeable, and nobody else touches its samples.
    pub unsafe fn view_mut<'a>(self) -> Result<ImageViewMut<'a>> {
        let (before, after) = self.layout.extent()?;
        // SAFETY: as in `view`.
        let bytes = unsafe { slice::from_raw_parts_mut(self.first.sub(before), before + after) };
        ImageViewMut::new(bytes, self.layout, before)
    }
}
