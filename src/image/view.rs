//! Borrowed, strided pictures of any supported pixel type.

use half::f16;

use crate::{Error, Result};

/// Type of one stored sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelType {
    /// 8-bit unsigned, 0…255.
    U8,
    /// 16-bit unsigned, 0…65535.
    U16,
    /// Half float, nominal 0…1.
    F16,
    /// Single float, nominal 0…1.
    F32,
}

impl PixelType {
    /// Bytes per sample.
    pub const fn bytes(self) -> usize {
        match self {
            PixelType::U8 => 1,
            PixelType::U16 | PixelType::F16 => 2,
            PixelType::F32 => 4,
        }
    }

    /// Whether samples may lie outside 0…1, or be infinite or NaN.
    pub const fn is_float(self) -> bool {
        matches!(self, PixelType::F16 | PixelType::F32)
    }
}

/// How stored colour values relate to light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// sRGB-encoded (IEC 61966-2-1), as files usually are.
    #[default]
    Srgb,
    /// Linear light with sRGB primaries.
    Linear,
}

/// How colour relates to the alpha channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alpha {
    /// Colour is independent of alpha.
    #[default]
    Straight,
    /// Colour has been multiplied by alpha, as stored (in the picture's own transfer).
    Premultiplied,
}

/// Geometry and meaning of a picture in memory.
///
/// Sample (x, y, channel) lies `x·pixel_stride + y·row_stride + channel·channel_stride` bytes from
/// sample (0, 0, 0). Strides may be negative and samples need no alignment; values are in native byte
/// order. A stride of 0 stands for packed, interleaved samples: `channel_stride` one sample,
/// `pixel_stride` all channels, `row_stride` `width` times |`pixel_stride`|.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width in pixels, ≥ 1.
    pub width: usize,
    /// Height in pixels, ≥ 1.
    pub height: usize,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
    pub channels: usize,
    /// Type of every sample.
    pub pixel_type: PixelType,
    /// Meaning of the colour values.
    pub transfer: Transfer,
    /// Meaning of colour where there is alpha.
    pub alpha: Alpha,
    /// Bytes from a pixel to its right neighbour, 0 for packed.
    pub pixel_stride: isize,
    /// Bytes from a row to the next lower one, 0 for packed.
    pub row_stride: isize,
    /// Bytes from a channel to the next, 0 for packed.
    pub channel_stride: isize,
}

impl Layout {
    /// Bytes of the samples alone, without what strides leave between them.
    pub(crate) const fn samples_bytes(&self) -> usize {
        self.width * self.height * self.channels * self.pixel_type.bytes()
    }

    /// Packed, interleaved, sRGB-encoded, straight alpha.
    pub const fn packed(
        width: usize,
        height: usize,
        channels: usize,
        pixel_type: PixelType,
    ) -> Self {
        Layout {
            width,
            height,
            channels,
            pixel_type,
            transfer: Transfer::Srgb,
            alpha: Alpha::Straight,
            pixel_stride: 0,
            row_stride: 0,
            channel_stride: 0,
        }
    }

    /// Whether there is no colour, only luminance.
    pub const fn is_gray(&self) -> bool {
        self.channels <= 2
    }

    /// Whether the last channel is alpha.
    pub const fn has_alpha(&self) -> bool {
        self.channels == 2 || self.channels == 4
    }

    /// Bytes of a packed picture of this size and type.
    ///
    /// # Errors
    /// `InvalidImage` when a size is out of range or the number overflows.
    pub fn packed_bytes(&self) -> Result<usize> {
        self.check_sizes()?;
        [self.width, self.height, self.channels]
            .into_iter()
            .try_fold(self.pixel_type.bytes(), usize::checked_mul)
            .filter(|&bytes| isize::try_from(bytes).is_ok())
            .ok_or_else(|| self.overflow())
    }

    /// Bytes the picture touches before and after the first byte of sample (0, 0, 0): a slice that
    /// holds it is at least `before + after` long and has that sample at `origin = before` or later.
    ///
    /// # Errors
    /// `InvalidImage` when a size is out of range or a stride reaches beyond the address space.
    pub fn extent(&self) -> Result<(usize, usize)> {
        let resolved = self.resolved()?;
        let (mut before, mut after) = (0_usize, self.pixel_type.bytes());
        for (count, stride) in resolved.axes() {
            let reach = (count - 1)
                .checked_mul(stride.unsigned_abs())
                .ok_or_else(|| self.overflow())?;
            let side = if stride < 0 { &mut before } else { &mut after };
            *side = side.checked_add(reach).ok_or_else(|| self.overflow())?;
        }
        before
            .checked_add(after)
            .filter(|&total| isize::try_from(total).is_ok())
            .ok_or_else(|| self.overflow())?;
        Ok((before, after))
    }

    /// The same layout with every 0 stride replaced by what it stands for.
    ///
    /// # Errors
    /// As [`extent`](Layout::extent).
    pub fn resolved(&self) -> Result<Self> {
        let packed = self.packed_bytes()?;
        let or = |stride: isize, packed: usize| match stride {
            0 => packed as isize, // At most `packed_bytes`, which fits.
            _ => stride,
        };
        let sample = self.pixel_type.bytes();
        let mut layout = *self;
        layout.channel_stride = or(self.channel_stride, sample);
        layout.pixel_stride = or(self.pixel_stride, sample * self.channels);
        layout.row_stride = match (self.row_stride, self.pixel_stride) {
            (0, 0) => (packed / self.height) as isize,
            (0, stride) => stride
                .checked_abs()
                .and_then(|stride| stride.checked_mul(self.width as isize))
                .ok_or_else(|| self.overflow())?,
            (stride, _) => stride,
        };
        Ok(layout)
    }

    /// Count and stride of each axis: channel, pixel, row.
    fn axes(&self) -> [(usize, isize); 3] {
        [
            (self.channels, self.channel_stride),
            (self.width, self.pixel_stride),
            (self.height, self.row_stride),
        ]
    }

    /// Byte offset of a sample; in bounds by construction of the views.
    fn offset(&self, origin: usize, x: usize, y: usize, channel: usize) -> usize {
        let delta = self.pixel_stride * x as isize
            + self.row_stride * y as isize
            + self.channel_stride * channel as isize;
        origin.wrapping_add_signed(delta)
    }

    fn check_sizes(&self) -> Result<()> {
        if !(1..=4).contains(&self.channels) {
            return Err(Error::InvalidImage(format!(
                "{} channels; allowed: 1 (gray), 2 (gray, alpha), 3 (RGB), 4 (RGB, alpha)",
                self.channels
            )));
        }
        let sides = 1..=i32::MAX as usize;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(Error::InvalidImage(format!(
                "size {}x{}; allowed: 1 to {} pixels a side",
                self.width,
                self.height,
                i32::MAX
            )));
        }
        Ok(())
    }

    fn overflow(&self) -> Error {
        Error::InvalidImage(format!(
            "size {}x{}x{} with strides {}, {}, {} bytes (pixel, row, channel) exceeds the address space",
            self.width,
            self.height,
            self.channels,
            self.pixel_stride,
            self.row_stride,
            self.channel_stride
        ))
    }

    /// Validates against a slice; the result has all strides resolved.
    fn within(&self, bytes: usize, origin: usize) -> Result<Self> {
        let (before, after) = self.extent()?;
        if origin < before || bytes.checked_sub(origin).is_none_or(|rest| rest < after) {
            return Err(Error::InvalidImage(format!(
                "buffer of {bytes} bytes with the first sample at {origin}; \
                 this layout needs {before} bytes before it and {after} from it"
            )));
        }
        self.resolved()
    }

    /// Whether no two samples share a byte: each axis must step over all that the finer ones span.
    pub(crate) fn check_disjoint(&self) -> Result<()> {
        let mut axes = self.axes();
        axes.sort_unstable_by_key(|&(_, stride)| stride.unsigned_abs());
        let mut span = self.pixel_type.bytes();
        for (count, stride) in axes {
            if count == 1 {
                continue;
            }
            if stride.unsigned_abs() < span {
                return Err(Error::InvalidImage(format!(
                    "strides {}, {}, {} bytes (pixel, row, channel) make samples overlap; \
                     an output needs each sample in bytes of its own",
                    self.pixel_stride, self.row_stride, self.channel_stride
                )));
            }
            span += (count - 1) * stride.unsigned_abs();
        }
        Ok(())
    }
}

/// A picture to read.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    layout: Layout,
    origin: usize,
    bytes: &'a [u8],
}

impl<'a> ImageView<'a> {
    /// A view of `bytes`, in which sample (0, 0, 0) starts at byte `origin` (0 unless a stride is
    /// negative).
    ///
    /// # Errors
    /// `InvalidImage` when a size or the channel count is out of range, or the slice does not hold
    /// every sample.
    pub fn new(bytes: &'a [u8], layout: Layout, origin: usize) -> Result<Self> {
        let layout = layout.within(bytes.len(), origin)?;
        Ok(ImageView {
            layout,
            origin,
            bytes,
        })
    }

    /// The layout, all strides resolved.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The same pixels with another meaning of their values.
    pub fn with_transfer(mut self, transfer: Transfer) -> Self {
        self.layout.transfer = transfer;
        self
    }

    /// Sample (x, y, channel): integers scaled to 0…1, floats as they are.
    pub(crate) fn get(&self, x: usize, y: usize, channel: usize) -> f32 {
        let at = self.layout.offset(self.origin, x, y, channel);
        let sample = &self.bytes[at..at + self.layout.pixel_type.bytes()];
        match (self.layout.pixel_type, sample) {
            (PixelType::U8, &[a]) => f32::from(a) / 255.0,
            (PixelType::U16, &[a, b]) => f32::from(u16::from_ne_bytes([a, b])) / 65535.0,
            (PixelType::F16, &[a, b]) => f16::from_ne_bytes([a, b]).to_f32(),
            (PixelType::F32, &[a, b, c, d]) => f32::from_ne_bytes([a, b, c, d]),
            _ => unreachable!("a sample has the bytes of its type"),
        }
    }
}

/// A picture to write.
#[derive(Debug)]
pub struct ImageViewMut<'a> {
    layout: Layout,
    origin: usize,
    bytes: &'a mut [u8],
}

impl<'a> ImageViewMut<'a> {
    /// A view of `bytes`, in which sample (0, 0, 0) starts at byte `origin` (0 unless a stride is
    /// negative).
    ///
    /// # Errors
    /// As [`ImageView::new`], and when two samples share a byte.
    pub fn new(bytes: &'a mut [u8], layout: Layout, origin: usize) -> Result<Self> {
        let layout = layout.within(bytes.len(), origin)?;
        layout.check_disjoint()?;
        Ok(ImageViewMut {
            layout,
            origin,
            bytes,
        })
    }

    /// The layout, all strides resolved.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The same pixels with another meaning of their values.
    pub fn with_transfer(mut self, transfer: Transfer) -> Self {
        self.layout.transfer = transfer;
        self
    }

    /// The same view for a shorter time.
    pub fn reborrow(&mut self) -> ImageViewMut<'_> {
        ImageViewMut {
            layout: self.layout,
            origin: self.origin,
            bytes: self.bytes,
        }
    }

    /// The same pixels to read.
    pub fn as_view(&self) -> ImageView<'_> {
        ImageView {
            layout: self.layout,
            origin: self.origin,
            bytes: self.bytes,
        }
    }

    /// Stores every sample of a picture of the same size and channels, as it is stored there; between types of
    /// one depth not a bit changes.
    pub(crate) fn copy_from(&mut self, picture: &ImageView<'_>) {
        let Layout {
            width,
            height,
            channels,
            ..
        } = self.layout;
        for y in 0..height {
            for x in 0..width {
                for channel in 0..channels {
                    self.set(x, y, channel, picture.get(x, y, channel));
                }
            }
        }
    }

    /// Stores sample (x, y, channel). Integers: 0…1 scaled, rounded to nearest, clamped, NaN as 0.
    /// Floats: as it is, rounded to the type.
    pub(crate) fn set(&mut self, x: usize, y: usize, channel: usize, value: f32) {
        let at = self.layout.offset(self.origin, x, y, channel);
        let sample = &mut self.bytes[at..at + self.layout.pixel_type.bytes()];
        match self.layout.pixel_type {
            // `as` saturates and maps NaN to 0.
            PixelType::U8 => sample[0] = (value * 255.0).round() as u8,
            PixelType::U16 => {
                sample.copy_from_slice(&((value * 65535.0).round() as u16).to_ne_bytes());
            }
            PixelType::F16 => sample.copy_from_slice(&f16::from_f32(value).to_ne_bytes()),
            PixelType::F32 => sample.copy_from_slice(&value.to_ne_bytes()),
        }
    }
}
