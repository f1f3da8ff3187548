//! Borrowed, strided pictures of any supported pixel type.

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
    /// Colour has been multiplied by alpha.
    Premultiplied,
}

/// Geometry shared by both views: where sample (x, y, channel) lies in bytes from the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub pixel_type: PixelType,
    pub transfer: Transfer,
    pub alpha: Alpha,
    pub pixel_stride: isize,
    pub row_stride: isize,
    pub channel_stride: isize,
    /// Byte offset of sample (0, 0, 0) in the slice; non-zero when a stride is negative.
    pub origin: usize,
}

impl Layout {
    /// Byte offset of a sample; in bounds by construction.
    pub(crate) fn offset(&self, x: usize, y: usize, channel: usize) -> usize {
        let delta = self.pixel_stride * x as isize
            + self.row_stride * y as isize
            + self.channel_stride * channel as isize;
        (self.origin as isize + delta) as usize
    }
}

/// A picture to read.
#[derive(Clone, Debug)]
pub struct ImageView<'a> {
    pub(crate) layout: Layout,
    pub(crate) bytes: &'a [u8],
}

/// A picture to write.
#[derive(Debug)]
pub struct ImageViewMut<'a> {
    pub(crate) layout: Layout,
    pub(crate) bytes: &'a mut [u8],
}
