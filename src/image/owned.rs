//! Pixels kept.

use super::{ImageView, ImageViewMut, Layout};
use crate::{Error, Result};

/// A picture with samples of its own, packed.
#[derive(Clone, Debug)]
pub struct OwnedImage {
    layout: Layout,
    bytes: Vec<u8>,
}

impl OwnedImage {
    /// Copies the samples of a picture, as they are stored.
    ///
    /// # Errors
    /// `InvalidImage` where there is no memory for them.
    pub fn copy_of(picture: &ImageView<'_>) -> Result<Self> {
        let layout = Layout {
            pixel_stride: 0,
            row_stride: 0,
            channel_stride: 0,
            ..*picture.layout()
        };
        let size = layout.packed_bytes()?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| {
            Error::InvalidImage(format!("there is no memory for a copy of its {size} bytes"))
        })?;
        bytes.resize(size, 0);
        ImageViewMut::new(&mut bytes, layout, 0)?.copy_from(picture);
        Ok(OwnedImage { layout, bytes })
    }

    /// The picture.
    pub fn view(&self) -> ImageView<'_> {
        ImageView::new(&self.bytes, self.layout, 0).expect("packed samples fill their layout")
    }
}
