//! Pictures in memory: strided views, pixel formats, colour transfer, alpha.

mod view;

pub use view::{Alpha, ImageView, ImageViewMut, PixelType, Transfer};
