//! Pictures in memory and in files: strided views, pixel formats, colour transfer, alpha.

mod convert;
mod transfer;
mod view;

pub use convert::Picture;
pub use view::{Alpha, ImageView, ImageViewMut, Layout, PixelType, Transfer};
